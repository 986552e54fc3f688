//! Brings departments, members, seats, and contacts with their tags from WeCom into the directory (PROTOCOL.md 3.4).
//!
//! A sync may run at any time and again. What one part of it may not read (errcodes 48002, 60011 …) does not stop the
//! others. It never removes somebody because of an error: only a complete list says who left.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value, json};
use xinlu_identity::{ContactIn, ContactOrigin, DepartmentIn, Directory, FollowIn, MemberIn, MemberStatus};
use xinlu_model::Time;

use super::client::{SecretKind, WecomClient};
use super::error::WecomError;
use super::tags;
use crate::ChannelError;

/// Members of one `batch/get_by_user`, and contacts of its page: WeCom's most.
const BATCH_MAX: usize = 100;
/// Pairs of one page of `user/list_id`: WeCom's most.
const LIST_ID_MAX: u32 = 10_000;
/// Pages of one list. A server that always says "more" must not hold us for ever.
const PAGES_MAX: usize = 100_000;

/// All departments that the secret may see.
const DEPARTMENTS: &str = "/cgi-bin/department/list";

/// What a sync brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncSummary {
    /// Departments in the source.
    pub departments: usize,
    /// Members in the source.
    pub members: usize,
    /// Members whose conversations are archived; `None` when that could not be read.
    pub seats: Option<usize>,
    /// Contacts in the source.
    pub contacts: usize,
    /// What failed: which list, and why. Empty when all was read.
    pub failures: Vec<String>,
}

/// The members whose conversations WeCom archives.
pub(crate) async fn permit_list(client: &WecomClient) -> Result<Vec<String>, WecomError> {
    let answer = client.post(SecretKind::Archive, "/cgi-bin/msgaudit/get_permit_user_list", &json!({})).await?;
    Ok(strings(answer.get("ids")))
}

/// How many departments the secret of contacts may see.
pub(crate) async fn department_count(client: &WecomClient) -> Result<usize, WecomError> {
    let answer = client.get(SecretKind::Contacts, DEPARTMENTS, &[]).await?;
    Ok(objects(answer.get("department")).len())
}

/// Syncs one corp.
pub struct ContactsSync {
    client: Arc<WecomClient>,
    directory: Arc<Directory>,
    source: String,
}

impl ContactsSync {
    /// `source` is the key of the source in the directory, `wecom:CORPID`.
    pub fn new(client: Arc<WecomClient>, directory: Arc<Directory>, source: String) -> Self {
        Self { client, directory, source }
    }

    /// Everything this corp's secrets allow to read.
    pub async fn sync(&self) -> Result<SyncSummary, ChannelError> {
        let mut summary = SyncSummary::default();
        if self.client.has(SecretKind::Contacts) {
            match self.departments_and_members().await? {
                Ok((departments, members)) => (summary.departments, summary.members) = (departments, members),
                Err(error) => summary.failures.push(format!("members: {error}")),
            }
        }
        if self.client.has(SecretKind::Archive) {
            match self.seats().await {
                Ok(seats) => {
                    summary.seats = Some(seats.len());
                    self.directory.sync_seats(&self.source, seats).await?;
                }
                Err(error) => summary.failures.push(format!("seats: {error}")),
            }
        }
        if self.client.has(SecretKind::External) {
            match self.contacts().await {
                Ok(mut contacts) => {
                    if let Err(error) = tags::name(&self.client, &mut contacts).await {
                        summary.failures.push(format!("tags: {error}"));
                    }
                    summary.contacts = contacts.len();
                    self.directory.sync_contacts(&self.source, contacts).await?;
                }
                Err(error) => summary.failures.push(format!("contacts: {error}")),
            }
        }
        Ok(summary)
    }

    /// Outer error: ours. Inner: WeCom's.
    async fn departments_and_members(&self) -> Result<Result<(usize, usize), WecomError>, ChannelError> {
        let departments = match self.departments().await {
            Ok(departments) => departments,
            Err(error) => return Ok(Err(error)),
        };
        let ids: Vec<i64> = departments.iter().map(|department| department.id).collect();
        self.directory.sync_departments(&self.source, departments).await?;
        let members = match self.members(&ids).await {
            Err(error) if error.is_not_permitted() => self.member_ids().await,
            other => other,
        };
        match members {
            Ok(members) => {
                let count = members.len();
                self.directory.sync_members(&self.source, members, true).await?;
                Ok(Ok((ids.len(), count)))
            }
            Err(error) => Ok(Err(error)),
        }
    }

    async fn departments(&self) -> Result<Vec<DepartmentIn>, WecomError> {
        let answer = self.client.get(SecretKind::Contacts, DEPARTMENTS, &[]).await?;
        let department = |one: &Map<String, Value>| {
            Some(DepartmentIn {
                id: number(one, "id")?,
                parent: number(one, "parentid").filter(|parent| *parent != 0),
                name: text(one, "name"),
                order: number(one, "order").unwrap_or(0),
            })
        };
        Ok(objects(answer.get("department")).into_iter().filter_map(department).collect())
    }

    async fn members(&self, departments: &[i64]) -> Result<Vec<MemberIn>, WecomError> {
        let mut members: BTreeMap<String, MemberIn> = BTreeMap::new();
        for id in departments {
            let id = id.to_string();
            let query = [("department_id", id.as_str())];
            let answer = self.client.get(SecretKind::Contacts, "/cgi-bin/user/list", &query).await?;
            for one in objects(answer.get("userlist")) {
                let member = member(one);
                members.insert(member.userid.clone(), member);
            }
        }
        Ok(members.into_values().filter(|member| !member.userid.is_empty()).collect())
    }

    /// The way for newer apps, which get no names: ids and departments only.
    async fn member_ids(&self) -> Result<Vec<MemberIn>, WecomError> {
        let mut departments: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        let mut cursor = String::new();
        for _ in 0..PAGES_MAX {
            let body = json!({"cursor": cursor, "limit": LIST_ID_MAX});
            let page = self.client.post(SecretKind::Contacts, "/cgi-bin/user/list_id", &body).await?;
            for pair in objects(page.get("dept_user")) {
                departments.entry(text(pair, "userid")).or_default().extend(number(pair, "department"));
            }
            cursor = text(&page, "next_cursor");
            if cursor.is_empty() {
                break;
            }
        }
        let members = departments.into_iter().filter(|(userid, _)| !userid.is_empty());
        Ok(members.map(|(userid, departments)| MemberIn { departments, ..bare_member(userid) }).collect())
    }

    async fn seats(&self) -> Result<Vec<String>, WecomError> {
        permit_list(&self.client).await
    }

    async fn contacts(&self) -> Result<Vec<ContactIn>, WecomError> {
        let api = "/cgi-bin/externalcontact/get_follow_user_list";
        let answer = self.client.get(SecretKind::External, api, &[]).await?;
        let mut contacts: HashMap<String, ContactIn> = HashMap::new();
        for members in strings(answer.get("follow_user")).chunks(BATCH_MAX) {
            self.contacts_of(members, &mut contacts).await?;
        }
        let mut contacts: Vec<ContactIn> = contacts.into_values().collect();
        contacts.sort_unstable_by(|one, other| one.external_id.cmp(&other.external_id));
        Ok(contacts)
    }

    async fn contacts_of(
        &self,
        members: &[String],
        contacts: &mut HashMap<String, ContactIn>,
    ) -> Result<(), WecomError> {
        let api = "/cgi-bin/externalcontact/batch/get_by_user";
        let mut cursor = String::new();
        for _ in 0..PAGES_MAX {
            let body = json!({"userid_list": members, "cursor": cursor, "limit": BATCH_MAX});
            let page = match self.client.post(SecretKind::External, api, &body).await {
                // None of these members has a contact.
                Err(WecomError::Refused { errcode: 84061, .. }) => return Ok(()),
                other => other?,
            };
            for item in objects(page.get("external_contact_list")) {
                let Some(about) = item.get("external_contact").and_then(Value::as_object) else { continue };
                let contact = contact(about);
                let known = contacts.entry(contact.external_id.clone()).or_insert(contact);
                known.follows.extend(item.get("follow_info").and_then(Value::as_object).map(follow));
            }
            cursor = text(&page, "next_cursor");
            if cursor.is_empty() {
                break;
            }
        }
        Ok(())
    }
}

fn bare_member(userid: String) -> MemberIn {
    MemberIn {
        userid,
        name: String::new(),
        avatar: String::new(),
        departments: Vec::new(),
        leader: Vec::new(),
        position: String::new(),
        status: MemberStatus::Active,
        archived_seat: None,
    }
}

fn member(one: &Map<String, Value>) -> MemberIn {
    let departments = numbers(one.get("department"));
    let leads = numbers(one.get("is_leader_in_dept"));
    let leader = departments.iter().zip(leads).filter(|(_, leads)| *leads == 1).map(|(id, _)| *id).collect();
    MemberIn {
        name: text(one, "name"),
        avatar: text(one, "avatar"),
        departments,
        leader,
        position: text(one, "position"),
        status: MemberStatus::from_number(number(one, "status").unwrap_or(1)),
        ..bare_member(text(one, "userid"))
    }
}

fn contact(about: &Map<String, Value>) -> ContactIn {
    ContactIn {
        external_id: text(about, "external_userid"),
        name: text(about, "name"),
        avatar: text(about, "avatar"),
        corp_name: text(about, "corp_name"),
        kind: ContactOrigin::from_number(number(about, "type").unwrap_or(0)),
        gender: number(about, "gender").unwrap_or(0),
        unionid: about.get("unionid").and_then(Value::as_str).filter(|id| !id.is_empty()).map(str::to_owned),
        follows: Vec::new(),
    }
}

fn follow(info: &Map<String, Value>) -> FollowIn {
    FollowIn {
        userid: text(info, "userid"),
        remark: text(info, "remark"),
        added_at: number(info, "createtime").map(Time::from_seconds),
        tags: tags::given(info),
    }
}

pub(super) fn text(object: &Map<String, Value>, name: &str) -> String {
    object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

pub(super) fn number(object: &Map<String, Value>, name: &str) -> Option<i64> {
    object.get(name).and_then(Value::as_i64)
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

pub(super) fn objects(value: Option<&Value>) -> Vec<&Map<String, Value>> {
    list(value).iter().filter_map(Value::as_object).collect()
}

fn numbers(value: Option<&Value>) -> Vec<i64> {
    list(value).iter().filter_map(Value::as_i64).collect()
}

pub(super) fn strings(value: Option<&Value>) -> Vec<String> {
    list(value).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
