//! Who can sign in to the demo: one person for each way of looking at an archive.
//!
//! Passwords and keys are random and live in `demo.json` only; a second start reads them from there.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use xinlu_identity::Identity;
use xinlu_model::MemberId;

use super::inspector::{self, Administrator};
use crate::app::{App, Failure, World, new_password};
use crate::data::{DataLayout, write_private};

/// A person of the demo.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Person {
    /// The name they sign in with.
    pub name: String,
    /// Their password.
    pub password: String,
    /// The role's code.
    pub role: String,
    /// An API key with that role.
    pub api_key: String,
    /// What they see, for the printed list.
    #[serde(default)]
    pub about: String,
}

#[derive(Deserialize)]
struct Page {
    users: Vec<Person>,
}

/// Name, role, whether bound to a member, what they see. The administrator comes first: their key makes the inspector's role.
const PEOPLE: [(&str, &str, Bound, &str); 7] = [
    ("admin", "system_administrator", Bound::Nobody, "users, roles, channels; no conversations / 系统管理，看不到会话"),
    ("auditor", "auditor", Bound::Nobody, "every conversation / 审计员，查看全部会话"),
    (
        "inspector",
        inspector::CODE,
        Bound::Nobody,
        "everything masked, one message at a time in full / 质检员，脱敏查看，逐条查看原文",
    ),
    ("leader", "team_leader", Bound::Leader, "the conversations of a department, masked / 部门主管，脱敏查看"),
    ("member", "employee", Bound::Member, "their own conversations / 员工，只看自己的会话"),
    ("observer", "observer", Bound::Nobody, "who talked when, no text / 观察员，只看元数据"),
    ("trail", "audit_administrator", Bound::Nobody, "the audit trail / 日志审计员"),
];

/// How long to wait for the directory of the simulated company.
const DIRECTORY_LOOKS: u32 = 120;
const LOOK_MS: u64 = 250;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bound {
    Nobody,
    Leader,
    Member,
}

/// The people, made at the first start. They are written down before they are made, so a start that is cut short is
/// finished by the next.
pub async fn ensure(app: &App, layout: &DataLayout, url: &str) -> Result<Vec<Person>, Failure> {
    let path = layout.root().join("demo.json");
    let known = std::fs::read(&path).ok().and_then(|text| serde_json::from_slice::<Page>(&text).ok());
    let mut people = plan(known.map_or_else(Vec::new, |page| page.users));
    write(&path, url, &people)?;
    if people.iter().all(|person| !person.api_key.is_empty()) {
        return Ok(people);
    }
    let identity = &app.parts.identity;
    let (leader, member) = wait_for_members(identity).await?;
    let present = identity.list_users().await.map_err(Failure::part)?;
    let mut administrator = String::new();
    for (person, (.., bound, _)) in people.iter_mut().zip(PEOPLE) {
        let member = match bound {
            Bound::Nobody => None,
            Bound::Leader => Some(leader),
            Bound::Member => Some(member),
        };
        let inspects = person.role == inspector::CODE;
        let roles: Vec<&str> = if inspects { Vec::new() } else { vec![person.role.as_str()] };
        let user = match present.iter().find(|user| user.name == person.name) {
            Some(user) => user.id,
            None => {
                identity.create_user(&person.name, &person.password, &roles, member).await.map_err(Failure::part)?
            }
        };
        if person.api_key.is_empty() {
            if inspects {
                Administrator::new(url, &administrator)?.appoint(user.number()).await?;
            }
            person.api_key = identity.create_api_key(user, "demo", None, None).await.map_err(Failure::part)?.1;
        }
        if administrator.is_empty() {
            administrator.clone_from(&person.api_key);
        }
    }
    write(&path, url, &people)?;
    Ok(people)
}

/// Everybody, with the password and key of who is there already.
fn plan(mut known: Vec<Person>) -> Vec<Person> {
    let world = World::system();
    let person = |(name, role, _, about): (&str, &str, Bound, &str)| {
        if let Some(at) = known.iter().position(|person| person.name == name) {
            return known.swap_remove(at);
        }
        Person {
            name: name.to_owned(),
            password: new_password(&world),
            role: role.to_owned(),
            api_key: String::new(),
            about: about.to_owned(),
        }
    };
    PEOPLE.into_iter().map(person).collect()
}

fn write(path: &Path, url: &str, people: &[Person]) -> Result<(), Failure> {
    let page = serde_json::json!({"url": url, "users": people});
    let text = serde_json::to_string_pretty(&page).unwrap_or_default();
    Ok(write_private(path, text.as_bytes())?)
}

/// A member who leads a department and another who leads none.
async fn wait_for_members(identity: &Identity) -> Result<(MemberId, MemberId), Failure> {
    for _ in 0..DIRECTORY_LOOKS {
        let members = identity.directory().members().await.map_err(Failure::part)?;
        let leads = |member: &xinlu_identity::Member| member.departments.iter().any(|place| place.leads);
        let leader = members.iter().find(|member| leads(member));
        let member = members.iter().rev().find(|member| !member.departments.is_empty() && !leads(member));
        if let (Some(leader), Some(member)) = (leader, member) {
            return Ok((leader.id, member.id));
        }
        tokio::time::sleep(Duration::from_millis(LOOK_MS)).await;
    }
    Err(Failure::Simulator("its directory did not arrive".to_owned()))
}
