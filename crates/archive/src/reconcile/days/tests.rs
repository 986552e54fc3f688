//! When a day is balanced, waits or misses something.

use xinlu_model::SourceId;

use super::{Counts, DayState, reconciled};

#[test]
fn a_day_is_balanced_only_when_everything_is_settled() {
    let state = |counts: Counts| reconciled(20_000, SourceId::new(1), &counts).state;
    let day = || Counts { received: 5, archived: 3, duplicates: 2, ..Counts::default() };
    assert_eq!(state(day()), DayState::Balanced);
    assert_eq!(state(Counts { received: 6, parked: 1, ..day() }), DayState::Waiting);
    assert_eq!(state(Counts { received: 6, open: 1, ..day() }), DayState::Waiting);
    assert_eq!(state(Counts { received: 6, ..day() }), DayState::Missing);
    assert_eq!(state(Counts { received: 4, ..day() }), DayState::Missing, "more than came is as wrong");
    assert_eq!(state(Counts { missing: 1, ..day() }), DayState::Missing);
    assert_eq!(reconciled(20_000, SourceId::new(1), &day()).day, "2024-10-04");
}
