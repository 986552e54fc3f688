//! What grants add up to.

use std::collections::BTreeSet;
use std::sync::Arc;

use xinlu_http::{Grant, Grants, Level, Visible};
use xinlu_model::MemberId;

fn members(ids: &[i64]) -> Visible {
    Visible::Members(Arc::new(ids.iter().copied().map(MemberId::new).collect::<BTreeSet<_>>()))
}

fn grant(visible: Visible, level: Level) -> Grant {
    Grant { permission: "conversation.read".to_owned(), visible, level }
}

fn level(grants: &Grants, ids: &[i64]) -> Option<Level> {
    let ids: Vec<MemberId> = ids.iter().copied().map(MemberId::new).collect();
    grants.level("conversation.read", &ids)
}

#[test]
fn the_highest_level_of_any_own_member_counts() {
    let grants = Grants::new(vec![
        grant(Visible::All, Level::Metadata),
        grant(members(&[1, 2]), Level::Masked),
        grant(members(&[2]), Level::Text),
    ]);
    assert_eq!(level(&grants, &[9]), Some(Level::Metadata));
    assert_eq!(level(&grants, &[9, 1]), Some(Level::Masked));
    assert_eq!(level(&grants, &[1, 2]), Some(Level::Text));
    assert_eq!(grants.visible("conversation.read", Level::Metadata), Visible::All);
    assert_eq!(grants.visible("conversation.read", Level::Masked), members(&[1, 2]));
    assert_eq!(grants.visible("conversation.read", Level::Text), members(&[2]));
    assert!(grants.holds("conversation.read") && grants.holds_for_all("conversation.read"));
}

#[test]
fn without_a_grant_nothing_is_seen() {
    let grants = Grants::new(vec![grant(members(&[1]), Level::Text)]);
    assert_eq!(level(&grants, &[]), None);
    assert_eq!(level(&grants, &[2]), None);
    assert!(!grants.holds_for_all("conversation.read"));
    assert!(!grants.holds("conversation") && !grants.holds("audit.read"));
    assert_eq!(grants.visible("audit.read", Level::Metadata), Visible::nobody());
    assert!(!Visible::nobody().sees(&[MemberId::new(1)]));
    assert_eq!(grants.list().len(), 1);
}
