//! Numbers and their holes, whatever the order they come in.

use xinlu_model::Time;

use super::{SeqSet, parties_of_key};

fn set(numbers: &[u64]) -> SeqSet {
    let mut set = SeqSet::default();
    for (number, at) in numbers.iter().zip(1..) {
        set.insert_first(Time::from_micros(at), *number);
    }
    set
}

#[test]
fn holes_are_what_is_not_there() {
    let all: Vec<u64> = vec![7, 3, 4, 9, 8, 12, 5, 6, 20, 19];
    let mut orders = vec![all.clone()];
    for turn in 1..all.len() {
        let mut turned = all.clone();
        turned.rotate_left(turn);
        orders.push(turned);
    }
    for order in orders {
        let set = set(&order);
        assert_eq!(set.holes(3, 20), (8, vec![(10, 11), (13, 18)]), "{order:?}");
        assert_eq!(set.holes(1, 3), (2, vec![(1, 2)]));
        assert_eq!(set.holes(4, 9), (0, vec![]));
        assert_eq!(set.holes(10, 30), (18, vec![(10, 11), (13, 18), (21, 30)]));
        assert_eq!(set.holes(14, 15), (2, vec![(14, 15)]));
        assert_eq!((set.first(), set.highest()), (Some(order[0]), Some(20)));
        assert!(set.touches(1, 3) && set.touches(9, 9) && set.touches(13, 19) && !set.touches(13, 18));
    }
    assert_eq!(set(&[]).holes(1, 5), (5, vec![(1, 5)]));
    assert_eq!(set(&[1, u64::MAX]).holes(1, u64::MAX), (u64::MAX - 2, vec![(2, u64::MAX - 1)]));
    assert_eq!(set(&[0]).holes(0, 0), (0, vec![]));
}

#[test]
fn runs_that_touch_become_one_and_sets_become_one() {
    let mut one = set(&[1, 2, 3, 10]);
    one.insert(2, 8);
    one.merge(set(&[9, 12]));
    assert_eq!(one.holes(1, 12), (1, vec![(11, 11)]));
    one.insert(0, 40);
    one.insert(5, 6);
    assert_eq!(one.holes(0, 41), (1, vec![(41, 41)]));
    assert_eq!(one.first(), Some(1), "numbers that were not delivered are not the first to come");
}

#[test]
fn keys_tell_who_takes_part_or_do_not() {
    assert_eq!(parties_of_key("p:5:9"), Some(vec![5, 9]));
    assert_eq!(parties_of_key("t:5:9:13"), Some(vec![5, 9, 13]));
    for silent in ["g:wrG", "g:1:2", "t#00ff", "p:x", "", "q:1"] {
        assert_eq!(parties_of_key(silent), None, "{silent}");
    }
}
