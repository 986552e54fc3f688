//! SQL of members and departments.

use xinlu_db::{Db, DbError, Row, Tx, Value, next_ids, sql};
use xinlu_model::{DepartmentId, MemberId, Time};

use crate::directory::{Department, DepartmentIn, Member, MemberIn, MemberStatus, Membership};

sql!(VERSIONS = "SELECT name, number FROM identity_versions" => name: Text, number: Int);
sql!(
    BUMP = "INSERT INTO identity_versions (name, number) VALUES ($1, 1)
    ON CONFLICT (name) DO UPDATE SET number = identity_versions.number + 1"
);
sql!(DEPARTMENTS = "SELECT id, source, external_id, parent_id, name, sort_order, removed FROM identity_departments ORDER BY id"
    => id: Int, source: Text, external_id: Int, parent_id: MaybeInt, name: Text, sort_order: Int, removed: Int);
sql!(MEMBERS = "SELECT id, source, external_id, name, avatar, position, status, archived_seat FROM identity_members ORDER BY id"
    => id: Int, source: Text, external_id: Text, name: Text, avatar: Text, position: Text, status: Int, archived_seat: MaybeInt);
sql!(MEMBERSHIPS = "SELECT member_id, department_id, leads FROM identity_memberships ORDER BY member_id, department_id"
    => member_id: Int, department_id: Int, leads: Int);
sql!(INSIDE = "SELECT COUNT(*) AS members FROM identity_memberships p JOIN identity_members m ON m.id = p.member_id
    WHERE p.department_id = $1 AND m.status <> $2" => members: Int);
sql!(FIND_MEMBER = "SELECT id FROM identity_members WHERE source = $1 AND external_id = $2" => id: Int);
sql!(
    ADD_MEMBER = "INSERT INTO identity_members
    (id, source, external_id, name, avatar, position, status, archived_seat, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)"
);
sql!(
    SAVE_MEMBER = "UPDATE identity_members SET name = $2, avatar = $3, position = $4, status = $5, archived_seat = $6,
    updated_at = $7 WHERE id = $1"
);
sql!(CLEAR_MEMBERSHIPS = "DELETE FROM identity_memberships WHERE member_id = $1");
sql!(ADD_MEMBERSHIP = "INSERT INTO identity_memberships (member_id, department_id, leads) VALUES ($1, $2, $3)");
sql!(
    ADD_DEPARTMENT = "INSERT INTO identity_departments (id, source, external_id, parent_id, name, sort_order, removed)
    VALUES ($1, $2, $3, $4, $5, $6, 0)"
);
sql!(
    SAVE_DEPARTMENT =
        "UPDATE identity_departments SET parent_id = $2, name = $3, sort_order = $4, removed = $5 WHERE id = $1"
);

/// The versions that tell caches of this and other processes when to read again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Versions {
    pub(crate) directory: i64,
    pub(crate) contacts: i64,
}

/// Name of the version of members and departments.
pub(crate) const DIRECTORY_VERSION: &str = "directory";
/// Name of the version of contacts' names.
pub(crate) const CONTACTS_VERSION: &str = "contacts";

pub(crate) async fn versions(db: &Db) -> Result<Versions, DbError> {
    let mut versions = Versions::default();
    for mut row in db.query(&VERSIONS, Vec::new()).await? {
        match row.text()?.as_str() {
            DIRECTORY_VERSION => versions.directory = row.int()?,
            CONTACTS_VERSION => versions.contacts = row.int()?,
            _ => {}
        }
    }
    Ok(versions)
}

pub(crate) async fn bump(tx: &mut Tx, name: &'static str) -> Result<(), DbError> {
    tx.execute(&BUMP, vec![name.into()]).await.map(|_| ())
}

/// One writer of members at a time, on every node: the counter's row stays locked until the commit.
pub(crate) async fn lock_members(tx: &mut Tx) -> Result<(), DbError> {
    next_ids(tx, "identity_member", 0).await.map(|_| ())
}

/// One writer of departments at a time.
pub(crate) async fn lock_departments(tx: &mut Tx) -> Result<(), DbError> {
    next_ids(tx, "identity_department", 0).await.map(|_| ())
}

fn department(mut row: Row) -> Result<Department, DbError> {
    Ok(Department {
        id: row.id()?,
        source: row.text()?,
        external_id: row.int()?,
        parent: row.maybe_int()?.map(DepartmentId::new),
        name: row.text()?,
        order: row.int()?,
        removed: row.flag()?,
    })
}

fn member(mut row: Row) -> Result<Member, DbError> {
    Ok(Member {
        id: row.id()?,
        source: row.text()?,
        userid: row.text()?,
        name: row.text()?,
        avatar: row.text()?,
        position: row.text()?,
        status: MemberStatus::from_number(row.int()?),
        archived_seat: row.maybe_int()?.map(|flag| flag != 0),
        departments: Vec::new(),
    })
}

fn membership(mut row: Row) -> Result<(MemberId, Membership), DbError> {
    Ok((row.id()?, Membership { department: row.id()?, leads: row.flag()? }))
}

/// All departments, members and who is in which, as rows.
pub(crate) type Everything = (Vec<Department>, Vec<Member>, Vec<(MemberId, Membership)>);

pub(crate) async fn load(db: &Db) -> Result<Everything, DbError> {
    let departments = db.query(&DEPARTMENTS, Vec::new()).await?;
    let members = db.query(&MEMBERS, Vec::new()).await?;
    let memberships = db.query(&MEMBERSHIPS, Vec::new()).await?;
    read(departments, members, memberships)
}

pub(crate) async fn load_in(tx: &mut Tx) -> Result<Everything, DbError> {
    let departments = tx.query(&DEPARTMENTS, Vec::new()).await?;
    let members = tx.query(&MEMBERS, Vec::new()).await?;
    let memberships = tx.query(&MEMBERSHIPS, Vec::new()).await?;
    read(departments, members, memberships)
}

/// All departments, those that are gone included.
pub(crate) async fn departments_in(tx: &mut Tx) -> Result<Vec<Department>, DbError> {
    tx.query(&DEPARTMENTS, Vec::new()).await?.into_iter().map(department).collect()
}

/// How many members are directly inside a department, those who left not counted.
pub(crate) async fn members_inside(tx: &mut Tx, id: DepartmentId) -> Result<i64, DbError> {
    tx.query_one(&INSIDE, vec![id.into(), MemberStatus::Left.number().into()]).await?.int()
}

fn read(departments: Vec<Row>, members: Vec<Row>, memberships: Vec<Row>) -> Result<Everything, DbError> {
    Ok((
        departments.into_iter().map(department).collect::<Result<_, _>>()?,
        members.into_iter().map(member).collect::<Result<_, _>>()?,
        memberships.into_iter().map(membership).collect::<Result<_, _>>()?,
    ))
}

/// The members of these ids, making those that are not there; in the order asked.
pub(crate) async fn resolve_members(
    tx: &mut Tx,
    source: &str,
    userids: &[&str],
    now: Time,
) -> Result<(Vec<MemberId>, bool), DbError> {
    lock_members(tx).await?;
    let keys = userids.iter().map(|userid| vec![source.into(), (*userid).into()]).collect();
    let mut found = Vec::with_capacity(userids.len());
    for rows in tx.query_many(&FIND_MEMBER, keys).await? {
        found.push(rows.into_iter().next().map(|mut row| row.id()).transpose()?);
    }
    let missing = found.iter().filter(|id| id.is_none()).count() as i64;
    if missing == 0 {
        return Ok((found.into_iter().flatten().collect(), false));
    }
    let mut next = MemberId::new(next_ids(tx, "identity_member", missing).await?);
    let mut rows = Vec::new();
    for (id, userid) in found.iter_mut().zip(userids).filter(|(id, _)| id.is_none()) {
        rows.push(member_row(next, source, &bare(userid), now));
        *id = Some(next);
        next = next.plus(1);
    }
    tx.execute_many(&ADD_MEMBER, rows).await?;
    bump(tx, DIRECTORY_VERSION).await?;
    Ok((found.into_iter().flatten().collect(), true))
}

fn bare(userid: &str) -> MemberIn {
    MemberIn {
        userid: userid.to_owned(),
        name: String::new(),
        avatar: String::new(),
        departments: Vec::new(),
        leader: Vec::new(),
        position: String::new(),
        status: MemberStatus::Unknown,
        archived_seat: None,
    }
}

fn member_row(id: MemberId, source: &str, member: &MemberIn, now: Time) -> Vec<Value> {
    vec![
        id.into(),
        source.into(),
        member.userid.as_str().into(),
        member.name.as_str().into(),
        member.avatar.as_str().into(),
        member.position.as_str().into(),
        member.status.number().into(),
        member.archived_seat.into(),
        now.into(),
    ]
}

/// Makes new members and returns their first id; the others follow it.
pub(crate) async fn add_members(tx: &mut Tx, source: &str, new: &[MemberIn], now: Time) -> Result<MemberId, DbError> {
    let first = MemberId::new(next_ids(tx, "identity_member", new.len() as i64).await?);
    let rows = new.iter().zip(0..).map(|(member, place)| member_row(first.plus(place), source, member, now)).collect();
    tx.execute_many(&ADD_MEMBER, rows).await?;
    Ok(first)
}

pub(crate) async fn save_members(tx: &mut Tx, changed: &[Member], now: Time) -> Result<(), DbError> {
    let row = |member: &Member| {
        vec![
            member.id.into(),
            member.name.as_str().into(),
            member.avatar.as_str().into(),
            member.position.as_str().into(),
            member.status.number().into(),
            member.archived_seat.into(),
            now.into(),
        ]
    };
    tx.execute_many(&SAVE_MEMBER, changed.iter().map(row).collect()).await.map(|_| ())
}

pub(crate) async fn save_memberships(tx: &mut Tx, changed: &[(MemberId, Vec<Membership>)]) -> Result<(), DbError> {
    tx.execute_many(&CLEAR_MEMBERSHIPS, changed.iter().map(|(id, _)| vec![(*id).into()]).collect()).await?;
    let rows = changed
        .iter()
        .flat_map(|(id, list)| list.iter().map(|one| vec![(*id).into(), one.department.into(), one.leads.into()]));
    tx.execute_many(&ADD_MEMBERSHIP, rows.collect()).await.map(|_| ())
}

/// Makes departments without one above and returns the first id; the others follow it.
pub(crate) async fn add_departments(tx: &mut Tx, source: &str, new: &[DepartmentIn]) -> Result<DepartmentId, DbError> {
    let first = DepartmentId::new(next_ids(tx, "identity_department", new.len() as i64).await?);
    let rows = new.iter().zip(0..).map(|(department, place)| {
        vec![
            first.plus(place).into(),
            source.into(),
            department.id.into(),
            Value::Null,
            department.name.as_str().into(),
            department.order.into(),
        ]
    });
    tx.execute_many(&ADD_DEPARTMENT, rows.collect()).await?;
    Ok(first)
}

pub(crate) async fn save_departments(tx: &mut Tx, changed: &[Department]) -> Result<(), DbError> {
    let row = |department: &Department| {
        vec![
            department.id.into(),
            department.parent.into(),
            department.name.as_str().into(),
            department.order.into(),
            department.removed.into(),
        ]
    };
    tx.execute_many(&SAVE_DEPARTMENT, changed.iter().map(row).collect()).await.map(|_| ())
}
