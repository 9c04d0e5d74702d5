//! Monotonic coverage: whatever is not read adds no fault to an arbitrary estate, and turns none into a silent pass.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::{config, plan};
use crate::less_coverage::{Cut, compare, cuts};

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn what_is_not_read_adds_no_fault_and_hides_none_in_silence(
        plan in plan(),
        chosen in vec(any::<Index>(), 1..4),
    ) {
        let e = plan.estate();
        let full = plan.judge(plan.read(&e));
        let all = cuts(&e, plan.subscriptions());
        let chosen: Vec<&Cut> = chosen.iter().map(|index| index.get(&all)).collect();
        let mut reduced = e.clone();
        chosen.iter().for_each(|cut| cut.apply(&mut reduced));
        let less = plan.judge(plan.read(&reduced));
        prop_assert_eq!(compare(&e, &full, &less, &chosen), Ok(()));
    }
}
