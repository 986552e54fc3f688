//! SQL of the tags that members give contacts.

use std::collections::{BTreeSet, HashMap, HashSet};

use xinlu_db::{Db, DbError, Row, Tx, next_ids, sql};
use xinlu_model::{ContactId, MemberId};

use crate::directory::{TagId, TagIn, TagKind};

use super::lots_of_ids;

sql!(FIND = "SELECT id, group_name, name, kind FROM identity_tags WHERE source = $1 AND external_id = $2"
    => id: Int, group_name: Text, name: Text, kind: Int);
sql!(
    ADD = "INSERT INTO identity_tags (id, source, external_id, group_name, name, kind)
    VALUES ($1, $2, $3, $4, $5, $6)"
);
sql!(SAVE = "UPDATE identity_tags SET group_name = $2, name = $3, kind = $4 WHERE id = $1");
sql!(CLEAR = "DELETE FROM identity_follow_tags WHERE contact_id = $1");
sql!(
    GIVE = "INSERT INTO identity_follow_tags (contact_id, member_id, tag_id) VALUES ($1, $2, $3)
    ON CONFLICT (contact_id, member_id, tag_id) DO NOTHING"
);
sql!(GIVEN_16 = "SELECT f.contact_id, f.member_id, t.id, t.external_id, t.group_name, t.name, t.kind
    FROM identity_follow_tags f JOIN identity_tags t ON t.id = f.tag_id
    WHERE f.contact_id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
    ORDER BY f.contact_id, f.member_id, t.group_name, t.name, t.id"
    => contact_id: Int, member_id: Int, id: Int, external_id: Text, group_name: Text, name: Text, kind: Int);
sql!(LIST = "SELECT id, external_id, group_name, name, kind FROM identity_tags ORDER BY group_name, name, id LIMIT $1"
    => id: Int, external_id: Text, group_name: Text, name: Text, kind: Int);
sql!(COUNT = "SELECT d.tag_id, COUNT(*) AS contacts
    FROM (SELECT DISTINCT tag_id, contact_id FROM identity_follow_tags) d GROUP BY d.tag_id"
    => tag_id: Int, contacts: Int);
sql!(GIVEN_BY = "SELECT tag_id, contact_id FROM identity_follow_tags WHERE member_id = $1"
    => tag_id: Int, contact_id: Int);

/// A tag as we hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) id: TagId,
    pub(crate) external_id: String,
    pub(crate) group: String,
    /// Empty while only its id is known.
    pub(crate) name: String,
    pub(crate) kind: TagKind,
}

/// A tag that a member gave a contact.
pub(crate) struct Given {
    pub(crate) contact: ContactId,
    pub(crate) member: MemberId,
    pub(crate) tag: Tag,
}

fn tag(row: &mut Row) -> Result<Tag, DbError> {
    Ok(Tag {
        id: row.id()?,
        external_id: row.text()?,
        group: row.text()?,
        name: row.text()?,
        kind: TagKind::from_number(row.int()?),
    })
}

/// The ids of these tags of a source by the source's ids, making and naming them as needed. One writer of contacts at a
/// time: lock them first.
pub(crate) async fn resolve(tx: &mut Tx, source: &str, tags: &[&TagIn]) -> Result<HashMap<String, TagId>, DbError> {
    let mut wanted: HashMap<&str, &TagIn> = HashMap::new();
    for one in tags {
        let known = wanted.entry(one.id.as_str()).or_insert(one);
        if known.name.is_empty() {
            *known = one;
        }
    }
    let mut wanted: Vec<&TagIn> = wanted.into_values().collect();
    wanted.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    let keys = wanted.iter().map(|one| vec![source.into(), one.id.as_str().into()]).collect();
    let (mut ids, mut new, mut changed) = (HashMap::new(), Vec::new(), Vec::new());
    for (one, rows) in wanted.into_iter().zip(tx.query_many(&FIND, keys).await?) {
        let Some(mut row) = rows.into_iter().next() else {
            new.push(one);
            continue;
        };
        let (id, group, name, kind): (TagId, String, String, i64) = (row.id()?, row.text()?, row.text()?, row.int()?);
        let same = group == one.group && name == one.name && kind == one.kind.number();
        if !one.name.is_empty() && !same {
            changed.push(vec![
                id.into(),
                one.group.as_str().into(),
                one.name.as_str().into(),
                one.kind.number().into(),
            ]);
        }
        ids.insert(one.id.clone(), id);
    }
    tx.execute_many(&SAVE, changed).await?;
    if !new.is_empty() {
        let first = TagId::new(next_ids(tx, "identity_tag", new.len() as i64).await?);
        let mut rows = Vec::with_capacity(new.len());
        for (one, place) in new.into_iter().zip(0..) {
            let id = first.plus(place);
            ids.insert(one.id.clone(), id);
            rows.push(vec![
                id.into(),
                source.into(),
                one.id.as_str().into(),
                one.group.as_str().into(),
                one.name.as_str().into(),
                one.kind.number().into(),
            ]);
        }
        tx.execute_many(&ADD, rows).await?;
    }
    Ok(ids)
}

/// Makes these the only tags of these contacts.
pub(crate) async fn save_given(
    tx: &mut Tx,
    contacts: &[ContactId],
    given: &[(ContactId, MemberId, TagId)],
) -> Result<(), DbError> {
    tx.execute_many(&CLEAR, contacts.iter().map(|id| vec![(*id).into()]).collect()).await?;
    let rows = given.iter().map(|(contact, member, tag)| vec![(*contact).into(), (*member).into(), (*tag).into()]);
    tx.execute_many(&GIVE, rows.collect()).await.map(|_| ())
}

/// The tags of these contacts, by contact, member, group and name.
pub(crate) async fn given(db: &Db, contacts: &[ContactId]) -> Result<Vec<Given>, DbError> {
    let mut given = Vec::new();
    for lot in lots_of_ids(contacts) {
        for mut row in db.query(&GIVEN_16, lot).await? {
            let (contact, member) = (row.id()?, row.id()?);
            given.push(Given { contact, member, tag: tag(&mut row)? });
        }
    }
    Ok(given)
}

/// All tags by group and name, at most `limit`; those that nobody bears any more included.
pub(crate) async fn list(db: &Db, limit: u32) -> Result<Vec<Tag>, DbError> {
    db.query(&LIST, vec![limit.into()]).await?.iter_mut().map(tag).collect()
}

/// How many contacts bear each tag: given by anybody, or by one of these members.
pub(crate) async fn count(db: &Db, members: Option<&BTreeSet<MemberId>>) -> Result<HashMap<TagId, u64>, DbError> {
    let Some(members) = members else {
        let rows = db.query(&COUNT, Vec::new()).await?.into_iter();
        return rows.map(|mut row| Ok((row.id()?, row.int()? as u64))).collect();
    };
    let mut contacts: HashMap<TagId, HashSet<ContactId>> = HashMap::new();
    for member in members {
        for mut row in db.query(&GIVEN_BY, vec![(*member).into()]).await? {
            contacts.entry(row.id()?).or_default().insert(row.id()?);
        }
    }
    Ok(contacts.into_iter().map(|(tag, contacts)| (tag, contacts.len() as u64)).collect())
}
