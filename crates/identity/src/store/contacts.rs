//! SQL of contacts and bots.

use xinlu_db::{Db, DbError, Row, Tx, Value, next_ids, sql};
use xinlu_model::{ContactId, MemberId, Party, PartyKind, Time};

use crate::directory::{Contact, ContactOrigin, TagId};

use super::lots_of_ids;

sql!(FIND_CONTACT = "SELECT id FROM identity_contacts WHERE source = $1 AND kind = $2 AND external_id = $3" => id: Int);
sql!(
    ADD_CONTACT =
        "INSERT INTO identity_contacts (id, source, kind, external_id, name, search_name, search_text, avatar,
    company, origin, gender, unionid, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)"
);
sql!(
    SAVE_CONTACT =
        "UPDATE identity_contacts SET name = $2, search_name = $3, search_text = $4, avatar = $5, company = $6,
    origin = $7, gender = $8, unionid = $9, updated_at = $10 WHERE id = $1"
);
sql!(CONTACTS_16 = "SELECT id, source, kind, external_id, name, avatar, company, origin, gender, unionid, created_at
    FROM identity_contacts
    WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ORDER BY id"
    => id: Int, source: Text, kind: Int, external_id: Text, name: Text, avatar: Text, company: Text, origin: Int,
       gender: Int, unionid: MaybeText, created_at: Int);
sql!(LIST = "SELECT id, source, kind, external_id, name, avatar, company, origin, gender, unionid, created_at
    FROM identity_contacts WHERE id > $1 AND search_text LIKE $2 ESCAPE '\\' ORDER BY id LIMIT $3"
    => id: Int, source: Text, kind: Int, external_id: Text, name: Text, avatar: Text, company: Text, origin: Int,
       gender: Int, unionid: MaybeText, created_at: Int);
sql!(LIST_TAGGED = "SELECT id, source, kind, external_id, name, avatar, company, origin, gender, unionid, created_at
    FROM identity_contacts WHERE id > $1 AND search_text LIKE $2 ESCAPE '\\'
    AND id IN (SELECT f.contact_id FROM identity_follow_tags f WHERE f.tag_id = $4) ORDER BY id LIMIT $3"
    => id: Int, source: Text, kind: Int, external_id: Text, name: Text, avatar: Text, company: Text, origin: Int,
       gender: Int, unionid: MaybeText, created_at: Int);
sql!(NAMED = "SELECT id FROM identity_contacts WHERE search_name = $1 ORDER BY id LIMIT $2" => id: Int);
sql!(NAMED_LIKE = "SELECT id FROM identity_contacts WHERE search_name LIKE $1 ESCAPE '\\' ORDER BY id LIMIT $2" => id: Int);
sql!(CALLED = "SELECT id FROM identity_contacts WHERE external_id = $1 ORDER BY id LIMIT $2" => id: Int);
sql!(CLEAR_FOLLOWS = "DELETE FROM identity_follows WHERE contact_id = $1");
sql!(
    ADD_FOLLOW = "INSERT INTO identity_follows (contact_id, member_id, remark, added_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (contact_id, member_id) DO UPDATE SET remark = excluded.remark, added_at = excluded.added_at"
);
sql!(FOLLOWS_16 = "SELECT contact_id, member_id, remark, added_at FROM identity_follows
    WHERE contact_id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
    ORDER BY contact_id, member_id"
    => contact_id: Int, member_id: Int, remark: Text, added_at: MaybeInt);

sql!(COUNT = "SELECT COUNT(*) AS contacts FROM identity_contacts" => contacts: Int);
sql!(FOLLOWED_BY = "SELECT contact_id FROM identity_follows WHERE member_id = $1" => contact_id: Int);

/// A member who looks after a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Follow {
    pub(crate) contact: ContactId,
    pub(crate) member: MemberId,
    pub(crate) remark: String,
    pub(crate) added_at: Option<Time>,
}

pub(crate) fn search_form(text: &str) -> String {
    text.trim().to_lowercase()
}

/// A pattern that finds `text` anywhere, with the pattern's own signs taken literally.
fn contains(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in search_form(text).chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

fn contact(mut row: Row) -> Result<Contact, DbError> {
    Ok(Contact {
        id: row.id()?,
        source: row.text()?,
        kind: u8::try_from(row.int()?).ok().and_then(PartyKind::from_number).unwrap_or(PartyKind::Contact),
        external_id: row.text()?,
        name: row.text()?,
        avatar: row.text()?,
        company: row.text()?,
        origin: ContactOrigin::from_number(row.int()?),
        gender: row.int()?,
        unionid: row.maybe_text()?,
        created_at: row.time()?,
    })
}

fn search_text(contact: &Contact) -> String {
    search_form(&format!("{}\n{}\n{}", contact.name, contact.company, contact.external_id))
}

fn new_row(contact: &Contact) -> Vec<Value> {
    vec![
        contact.id.into(),
        contact.source.as_str().into(),
        i64::from(contact.kind.number()).into(),
        contact.external_id.as_str().into(),
        contact.name.as_str().into(),
        search_form(&contact.name).into(),
        search_text(contact).into(),
        contact.avatar.as_str().into(),
        contact.company.as_str().into(),
        contact.origin.number().into(),
        contact.gender.into(),
        contact.unionid.clone().into(),
        contact.created_at.into(),
    ]
}

/// One writer of contacts at a time, on every node.
pub(crate) async fn lock(tx: &mut Tx) -> Result<(), DbError> {
    next_ids(tx, "identity_contact", 0).await.map(|_| ())
}

/// The contacts or bots of these ids, making those that are not there; in the order asked. Call `lock` first.
pub(crate) async fn resolve(
    tx: &mut Tx,
    source: &str,
    parties: &[&Party],
    now: Time,
) -> Result<Vec<ContactId>, DbError> {
    let key = |party: &&Party| vec![source.into(), i64::from(party.kind.number()).into(), party.id.as_str().into()];
    let mut found: Vec<Option<ContactId>> = Vec::with_capacity(parties.len());
    for rows in tx.query_many(&FIND_CONTACT, parties.iter().map(key).collect()).await? {
        found.push(rows.into_iter().next().map(|mut row| row.id()).transpose()?);
    }
    let missing = found.iter().filter(|id| id.is_none()).count() as i64;
    if missing > 0 {
        let mut next = ContactId::new(next_ids(tx, "identity_contact", missing).await?);
        let mut rows = Vec::new();
        for (id, party) in found.iter_mut().zip(parties).filter(|(id, _)| id.is_none()) {
            rows.push(new_row(&bare(next, source, party, now)));
            *id = Some(next);
            next = next.plus(1);
        }
        tx.execute_many(&ADD_CONTACT, rows).await?;
    }
    Ok(found.into_iter().flatten().collect())
}

fn bare(id: ContactId, source: &str, party: &Party, now: Time) -> Contact {
    Contact {
        id,
        source: source.to_owned(),
        kind: party.kind,
        external_id: party.id.clone(),
        name: String::new(),
        avatar: String::new(),
        company: String::new(),
        origin: ContactOrigin::Unknown,
        gender: 0,
        unionid: None,
        created_at: now,
    }
}

pub(crate) async fn save(tx: &mut Tx, changed: &[Contact], now: Time) -> Result<(), DbError> {
    let row = |contact: &Contact| {
        vec![
            contact.id.into(),
            contact.name.as_str().into(),
            search_form(&contact.name).into(),
            search_text(contact).into(),
            contact.avatar.as_str().into(),
            contact.company.as_str().into(),
            contact.origin.number().into(),
            contact.gender.into(),
            contact.unionid.clone().into(),
            now.into(),
        ]
    };
    tx.execute_many(&SAVE_CONTACT, changed.iter().map(row).collect()).await.map(|_| ())
}

pub(crate) async fn save_follows(tx: &mut Tx, contacts: &[ContactId], follows: &[Follow]) -> Result<(), DbError> {
    tx.execute_many(&CLEAR_FOLLOWS, contacts.iter().map(|id| vec![(*id).into()]).collect()).await?;
    let row = |follow: &Follow| {
        vec![follow.contact.into(), follow.member.into(), follow.remark.as_str().into(), follow.added_at.into()]
    };
    tx.execute_many(&ADD_FOLLOW, follows.iter().map(row).collect()).await.map(|_| ())
}

pub(crate) async fn by_ids(db: &Db, ids: &[ContactId]) -> Result<Vec<Contact>, DbError> {
    let mut contacts = Vec::with_capacity(ids.len());
    for lot in lots_of_ids(ids) {
        for row in db.query(&CONTACTS_16, lot).await? {
            contacts.push(contact(row)?);
        }
    }
    Ok(contacts)
}

pub(crate) async fn by_ids_in(tx: &mut Tx, ids: &[ContactId]) -> Result<Vec<Contact>, DbError> {
    let rows = tx.query_many(&CONTACTS_16, lots_of_ids(ids)).await?;
    rows.into_iter().flatten().map(contact).collect()
}

pub(crate) async fn follows(db: &Db, ids: &[ContactId]) -> Result<Vec<Follow>, DbError> {
    let mut follows = Vec::new();
    for lot in lots_of_ids(ids) {
        for mut row in db.query(&FOLLOWS_16, lot).await? {
            let (contact, member) = (row.id()?, row.id()?);
            follows.push(Follow { contact, member, remark: row.text()?, added_at: row.maybe_time()? });
        }
    }
    Ok(follows)
}

/// Contacts after `after` whose name, company or id contains `text` and, when asked for, to whom somebody gave a tag.
pub(crate) async fn list(
    db: &Db,
    text: &str,
    tag: Option<TagId>,
    after: ContactId,
    limit: u32,
) -> Result<Vec<Contact>, DbError> {
    let mut values: Vec<Value> = vec![after.into(), contains(text).into(), limit.into()];
    let rows = match tag {
        None => db.query(&LIST, values).await?,
        Some(tag) => {
            values.push(tag.into());
            db.query(&LIST_TAGGED, values).await?
        }
    };
    rows.into_iter().map(contact).collect()
}

pub(crate) async fn named(db: &Db, name: &str, limit: u32) -> Result<Vec<ContactId>, DbError> {
    let exact = db.query(&NAMED, vec![search_form(name).into(), limit.into()]).await?;
    if !exact.is_empty() {
        return ids(exact);
    }
    ids(db.query(&NAMED_LIKE, vec![contains(name).into(), limit.into()]).await?)
}

pub(crate) async fn called(db: &Db, external_id: &str, limit: u32) -> Result<Vec<ContactId>, DbError> {
    ids(db.query(&CALLED, vec![external_id.into(), limit.into()]).await?)
}

fn ids(rows: Vec<Row>) -> Result<Vec<ContactId>, DbError> {
    rows.into_iter().map(|mut row| row.id()).collect()
}

/// How many contacts and bots there are.
pub(crate) async fn count(db: &Db) -> Result<u64, DbError> {
    Ok(db.find(&COUNT, Vec::new()).await?.map_or(Ok(0), |mut row| row.int())? as u64)
}

/// Whom a member looks after.
pub(crate) async fn followed_by(db: &Db, member: MemberId) -> Result<Vec<ContactId>, DbError> {
    db.query(&FOLLOWED_BY, vec![member.into()]).await?.into_iter().map(|mut row| row.id()).collect()
}
