//! Where a message's number stands.

use super::{identity, revocation_target, seconds_of};

#[test]
fn times_are_read_from_wecoms_forms_and_no_others() {
    for (msgid, seconds) in [
        ("CAQQ2fbb4QUY0On2rYSAgAMgip/yzgs=", Some(1_547_107_161)),
        ("CAQQluDa4QUY0On2rYSAgAMgzPrShAE=", Some(1_547_087_894)),
        ("14822339130656386894_1603875600", Some(1_603_875_600)),
        ("8891446340739254950_1603875826_external", Some(1_603_875_826)),
        ("125289002219525886280", None),
        ("4_1603875600x", None),
        ("4_0000000001", None),
        ("4_9999999999", None),
        ("CAQQ", None),
        ("", None),
        ("_", None),
        ("////////////////////////////////", None),
    ] {
        assert_eq!(seconds_of(msgid), seconds, "{msgid}");
    }
}

#[test]
fn messages_of_one_time_are_neighbours() {
    let of = |number: u64, seconds: u64| identity("wecom:a", &format!("{number}_{seconds}_external"));
    let (first, last) = (
        (0..500).map(|number| of(number, 1_700_000_000)).max(),
        (0..500).map(|number| of(number, 1_700_000_256)).min(),
    );
    assert!(first < last);
    assert!(of(1, 4_294_967_295) > 0, "until the year 2106");
    assert_ne!(of(1, 1_700_000_000), of(2, 1_700_000_000));
    assert_ne!(identity("wecom:a", "x"), identity("wecom:b", "x"));
    assert_ne!(revocation_target("wecom:a", "x"), revocation_target("wecom:a", "y"));
}
