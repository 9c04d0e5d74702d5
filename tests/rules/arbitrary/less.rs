//! Monotonic coverage: whatever is not read adds no fault to an arbitrary estate, and turns none into a silent pass.

use plaudit::diff::{Diff, Run};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::{config, plan};
use crate::less_coverage::{Cut, compare, cuts};

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
        let all = cuts(&e, plan.subscriptions());
        let chosen: Vec<&Cut> = chosen.iter().map(|index| index.get(&all)).collect();
        let mut reduced = e.clone();
        chosen.iter().for_each(|cut| cut.apply(&mut reduced));
        let less = plan.judge(plan.read(&reduced));
        let compared = compare(&e, &full, &less, &chosen);
        // Whether a network that was not read is one of those that a pattern names, nobody can say.
        let is_lost = |why: &String| plan.wishes.clients.is_some() && why.contains(" silenced ");
        prop_assert!(compared.as_ref().err().is_none_or(is_lost), "{compared:?}");
        let (old, new) = (Run::of(&full), Run::of(&less));
        let diff = Diff::of(&old, &new);
        let mended: Vec<_> = diff.mended.iter().map(|said| (&said.rule, &said.subject)).collect();
        prop_assert!(mended.is_empty(), "{chosen:?} mended {mended:?}");
    }
}
