//! What is said of one name of one endpoint, and why something is not: no more than the words.

use crate::finding::Confidence;
use crate::topology::knowledge::Unread;
use crate::topology::resolve::Answer;

use super::record::{self, Record};

/// What one rule says of one name.
#[derive(Debug, Clone, PartialEq)]
pub enum Judged<T> {
    Pass,
    Fail(T),
    Unknown(Why),
    /// Nobody can judge it, or nobody asks: counted, no gap.
    NotJudged(&'static str),
    /// Another rule has said it already.
    Muted,
}

impl<T> Judged<T> {
    /// How much it says: of the names in one zone the gravest speaks.
    pub fn gravity(&self) -> u8 {
        match self {
            Judged::Fail(_) => 4,
            Judged::Unknown(_) => 3,
            Judged::NotJudged(_) => 2,
            Judged::Pass => 1,
            Judged::Muted => 0,
        }
    }

    /// The same for a rule to which this fault is another rule's.
    pub fn without_fault<U>(&self) -> Judged<U> {
        match self {
            Judged::Pass => Judged::Pass,
            Judged::Fail(_) | Judged::Muted => Judged::Muted,
            Judged::Unknown(why) => Judged::Unknown(why.clone()),
            Judged::NotJudged(reason) => Judged::NotJudged(reason),
        }
    }
}

/// Why something cannot be known.
#[derive(Debug, Clone, PartialEq)]
pub enum Why {
    Unread(Unread),
    /// Everything was read, and still it cannot be decided.
    Undecided(&'static str),
}

/// DNS-001: no zone holds the name.
#[derive(Debug, Clone, PartialEq)]
pub struct ZoneFault {
    pub confidence: Confidence,
    /// The network whose Azure resolver answers the clients and must be linked, where it is known.
    pub at: Option<usize>,
}

/// DNS-010: a network gets no private answer, though a zone exists (or nothing answers at all).
#[derive(Debug, Clone, PartialEq)]
pub struct ViewFault {
    pub confidence: Confidence,
    pub answer: Answer,
}

/// DNS-021 and DNS-022.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordFault {
    Missing(record::Missing),
    Wrong(record::Wrong),
}

/// From where a record was judged.
#[derive(Debug, Clone, PartialEq)]
pub enum Vantage {
    /// The endpoint's own network, and how it got there.
    Network(Answer),
    /// The zone itself, because no network's view can be judged.
    ZoneCopy(&'static str),
}

/// What ails one name.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnosis {
    pub zone: Judged<ZoneFault>,
    pub view: Judged<ViewFault>,
    pub record: Judged<RecordFault>,
    /// DNS-023: addresses that belong to nobody, beside the right one.
    pub extra: Judged<record::Extra>,
}

impl Diagnosis {
    /// Whether clients get the right address.
    pub fn is_clean(&self) -> bool {
        self.view == Judged::Pass && self.record == Judged::Pass
    }

    /// The zone is there; nothing else can be known.
    pub(super) fn unknown(why: Why) -> Self {
        Diagnosis {
            zone: Judged::Pass,
            view: Judged::Unknown(why.clone()),
            record: Judged::Unknown(why.clone()),
            extra: Judged::Unknown(why),
        }
    }

    pub(super) fn zone_unknown(why: Why) -> Self {
        Diagnosis { zone: Judged::Unknown(why.clone()), ..Diagnosis::unknown(why) }
    }

    pub(super) fn zone_missing(confidence: Confidence, at: Option<usize>) -> Self {
        Diagnosis {
            zone: Judged::Fail(ZoneFault { confidence, at }),
            view: Judged::Muted,
            record: Judged::Muted,
            extra: Judged::Muted,
        }
    }

    /// Nobody can judge what is seen from there.
    pub(super) fn not_judged(reason: &'static str) -> Self {
        Diagnosis {
            zone: Judged::Pass,
            view: Judged::NotJudged(reason),
            record: Judged::NotJudged(reason),
            extra: Judged::NotJudged(reason),
        }
    }

    /// The zone is there, and why nobody sees it is another rule's to say.
    pub(super) fn muted() -> Self {
        Diagnosis { zone: Judged::Pass, view: Judged::Muted, record: Judged::Muted, extra: Judged::Muted }
    }

    pub(super) fn not_seen(fault: ViewFault) -> Self {
        Diagnosis {
            zone: Judged::Pass,
            view: Judged::Fail(fault),
            record: Judged::Muted,
            extra: Judged::Muted,
        }
    }

    pub(super) fn record(view: Judged<ViewFault>, record: Record) -> Self {
        let (record, extra) = match record {
            Record::Right => (Judged::Pass, Judged::Pass),
            Record::Extra(extra) => (Judged::Pass, Judged::Fail(extra)),
            Record::ExtraUnknown(unread) => (Judged::Pass, Judged::Unknown(Why::Unread(unread))),
            Record::Missing(missing) => (Judged::Fail(RecordFault::Missing(missing)), Judged::Muted),
            Record::Wrong(wrong) => (Judged::Fail(RecordFault::Wrong(wrong)), Judged::Muted),
            Record::Unknown(why) => (Judged::Unknown(why.clone()), Judged::Unknown(why)),
            Record::NotJudged(reason) => (Judged::NotJudged(reason), Judged::NotJudged(reason)),
        };
        Diagnosis { zone: Judged::Pass, view, record, extra }
    }
}

pub mod reason {
    //! Why something is not judged.
    pub const NOT_APPROVED: &str = "connection is not approved";
    pub const IN_PROGRESS: &str = "endpoint is being changed or has failed to provision";
    pub const NO_CLIENTS: &str = "virtual network without clients";
    pub const OUTSIDE: &str = "custom DNS outside Azure, or nowhere to be found";
    pub const TRUSTED: &str = "custom DNS that the configuration vouches for";
    pub const DEAD_SERVER: &str = "the network's DNS server does not answer";
    pub const SEVERAL_COPIES: &str = "several zones of one name, and none is known to be used";
    pub const NO_ADDRESS: &str = "endpoint's address for the name is not known";
    pub const DERIVED: &str = "the name was not seen, only derived from the target's";
    pub const CNAME: &str = "a CNAME leads out of the private zones";
    pub const NO_NAME: &str = "no name was seen on the endpoint";
}
