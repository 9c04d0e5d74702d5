//! Monotonic coverage: whatever is not read adds no fault to an arbitrary estate, and turns none into a silent pass.

use plaudit::diff::{Diff, Run};
use plaudit::inventory::Kind;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::{config, plan};
use crate::less_coverage::{Cut, added, cuts};

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn what_is_not_read_adds_no_fault_and_hides_none_in_silence(
        mut plan in plan(),
        chosen in vec(any::<Index>(), 1..4),
    ) {
        // Who reads suspects alone asks of other endpoints then.
        plan.deep = true;
        let e = plan.estate();
        let full = plan.judge(plan.read(&e));
        // Asked for by itself, the builder's service is an object without any properties of one.
        let is_asked_again =
            |cut: &Cut| matches!(cut, Cut::List(_, Kind::PrivateLinkServices | Kind::Subscriptions));
        let mut all = cuts(&e, plan.subscriptions());
        all.retain(|cut| !is_asked_again(cut));
        let chosen: Vec<&Cut> = chosen.iter().map(|index| index.get(&all)).collect();
        let mut reduced = e.clone();
        chosen.iter().for_each(|cut| cut.apply(&mut reduced));
        let less = plan.judge(plan.read(&reduced));
        prop_assert_eq!(added(&full, &less), Ok(()), "{:?}", chosen);
        // Nobody is told that it has mended: it is there, or cannot be judged any more.
        let (old, new) = (Run::of(&full), Run::of(&less));
        let diff = Diff::of(&old, &new);
        prop_assert!(diff.mended.is_empty(), "{chosen:?} mended {:#?}", diff.mended);
    }
}
