//! All members and the department tree, in memory, as of one version. Pure: answers who is where, and changes nothing.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use xinlu_model::{DepartmentId, MemberId};

use crate::store::contacts::search_form;
use crate::store::directory::Everything;

use super::model::{Department, Member, Membership};

/// The directory as of one version. Some hundred bytes a member: a company of 100 000 takes about 40 MB.
#[derive(Default)]
pub(crate) struct Snapshot {
    pub(crate) members: HashMap<MemberId, Arc<Member>>,
    pub(crate) departments: HashMap<DepartmentId, Arc<Department>>,
    children: HashMap<DepartmentId, Vec<DepartmentId>>,
    inside: HashMap<DepartmentId, Vec<MemberId>>,
}

impl Snapshot {
    pub(crate) fn new((departments, mut members, memberships): Everything) -> Self {
        let mut by_member: HashMap<MemberId, Vec<Membership>> = HashMap::new();
        let mut snapshot = Self::default();
        for (member, membership) in memberships {
            by_member.entry(member).or_default().push(membership);
            snapshot.inside.entry(membership.department).or_default().push(member);
        }
        for member in &mut members {
            member.departments = by_member.remove(&member.id).unwrap_or_default();
        }
        for department in &departments {
            if let Some(parent) = department.parent {
                snapshot.children.entry(parent).or_default().push(department.id);
            }
        }
        snapshot.members = members.into_iter().map(|member| (member.id, Arc::new(member))).collect();
        snapshot.departments = departments.into_iter().map(|one| (one.id, Arc::new(one))).collect();
        snapshot
    }

    /// These departments and all below them. A ring in the source's data ends where it meets itself.
    pub(crate) fn subtree(&self, roots: &[DepartmentId]) -> BTreeSet<DepartmentId> {
        let mut seen: BTreeSet<DepartmentId> = BTreeSet::new();
        let mut waiting: Vec<DepartmentId> = roots.to_vec();
        while let Some(id) = waiting.pop() {
            if seen.insert(id) {
                waiting.extend(self.children.get(&id).into_iter().flatten());
            }
        }
        seen
    }

    /// The members inside these departments, those who left included.
    pub(crate) fn inside<'a>(&self, departments: impl IntoIterator<Item = &'a DepartmentId>) -> BTreeSet<MemberId> {
        let lists = departments.into_iter().filter_map(|id| self.inside.get(id));
        lists.flatten().copied().collect()
    }

    /// From the top down to the department, for showing where it is.
    pub(crate) fn path(&self, id: DepartmentId) -> Vec<DepartmentId> {
        let mut path = Vec::new();
        let mut next = Some(id);
        while let Some(id) = next.filter(|id| !path.contains(id)) {
            path.push(id);
            next = self.departments.get(&id).and_then(|department| department.parent);
        }
        path.reverse();
        path
    }

    /// Members whose name or id is the text, or else contains it; in the order of ids.
    pub(crate) fn members_named(&self, text: &str) -> Vec<MemberId> {
        let text = search_form(text);
        let forms: Vec<_> = self
            .members
            .values()
            .map(|member| (member.id, search_form(&member.name), search_form(&member.userid)))
            .collect();
        pick(forms, &text)
    }

    /// Departments whose name is the text, or else contains it; in the order of ids.
    pub(crate) fn departments_named(&self, text: &str) -> Vec<DepartmentId> {
        let text = search_form(text);
        let present = self.departments.values().filter(|department| !department.removed);
        let forms: Vec<_> = present.map(|one| (one.id, search_form(&one.name), String::new())).collect();
        pick(forms, &text)
    }
}

fn pick<I: Ord + Copy>(forms: Vec<(I, String, String)>, text: &str) -> Vec<I> {
    if text.is_empty() {
        return Vec::new();
    }
    let choose = |fits: &dyn Fn(&str) -> bool| -> Vec<I> {
        let mut ids: Vec<I> = forms.iter().filter(|(_, a, b)| fits(a) || fits(b)).map(|(id, ..)| *id).collect();
        ids.sort_unstable();
        ids
    };
    let exact = choose(&|form| form == text);
    if exact.is_empty() { choose(&|form| form.contains(text)) } else { exact }
}
