//! Rules become grants: scopes are resolved to members on the department tree as it is today. Pure.

use std::collections::BTreeSet;
use std::sync::Arc;

use xinlu_http::{Grant, Grants, Visible};
use xinlu_model::{DepartmentId, MemberId};

use crate::directory::{Member, Snapshot};

use super::permission::{Rule, Scope, implied};

/// The grants of somebody who is this member (or none) and holds these rules.
pub(crate) fn grants(rules: &[Rule], member: Option<MemberId>, snapshot: &Snapshot) -> Grants {
    let member = member.and_then(|id| snapshot.members.get(&id));
    let mut grants = Vec::with_capacity(rules.len());
    for rule in rules {
        let visible = visible(rule.scope, member.map(Arc::as_ref), snapshot);
        let permissions =
            std::iter::once(rule.permission.as_str()).chain(implied(&rule.permission, rule.level).iter().copied());
        grants.extend(permissions.map(|permission| Grant {
            permission: permission.to_owned(),
            visible: visible.clone(),
            level: rule.level,
        }));
    }
    Grants::new(grants)
}

fn visible(scope: Scope, member: Option<&Member>, snapshot: &Snapshot) -> Visible {
    if scope == Scope::All {
        return Visible::All;
    }
    let Some(member) = member else { return Visible::nobody() };
    let departments: Vec<DepartmentId> = member.departments.iter().map(|place| place.department).collect();
    let mut members: BTreeSet<MemberId> = match scope {
        Scope::Own | Scope::All => BTreeSet::new(),
        Scope::Department => snapshot.inside(&departments),
        Scope::Subtree => {
            let led: Vec<_> =
                member.departments.iter().filter(|place| place.leads).map(|place| place.department).collect();
            let roots = if led.is_empty() { departments } else { led };
            snapshot.inside(&snapshot.subtree(&roots))
        }
    };
    members.insert(member.id);
    Visible::Members(Arc::new(members))
}
