//! The directory: ids, names, syncs and finders.

use std::sync::Arc;

use xinlu_db::Db;
use xinlu_identity::{ContactIn, ContactOrigin, Directory, MemberStatus};
use xinlu_model::{MemberId, Party, PartyId, PartyKind};
use xinlu_testkit::SetClock;

use crate::support::{CORP, World, company_members, member, worlds};

fn party(kind: PartyKind, id: &str) -> Party {
    Party { kind, id: id.to_owned() }
}

fn contact(external_id: &str, name: &str) -> ContactIn {
    ContactIn {
        external_id: external_id.to_owned(),
        name: name.to_owned(),
        avatar: "https://example.com/a.png".to_owned(),
        corp_name: "好公司".to_owned(),
        kind: ContactOrigin::Wecom,
        gender: 2,
        unionid: Some("u1".to_owned()),
        follows: Vec::new(),
    }
}

async fn name(world: &World, party: PartyId) -> String {
    let names = world.directory.names(&[party]).await.unwrap();
    names.get(&party).map_or_else(|| "-".to_owned(), |name| name.name.clone())
}

#[tokio::test]
async fn the_same_party_always_gets_the_same_id() {
    for world in worlds().await {
        let parties = [
            party(PartyKind::Member, "zhang"),
            party(PartyKind::Contact, "wm1"),
            party(PartyKind::Bot, "wb1"),
            party(PartyKind::Member, "zhang"),
            party(PartyKind::Contact, "zhang"),
        ];
        let first = world.directory.resolve(CORP, &parties).await.unwrap();
        let kinds: Vec<_> = first.iter().map(|id| id.kind()).collect();
        assert_eq!(kinds, parties.iter().map(|party| party.kind).collect::<Vec<_>>());
        assert_eq!(first[0], first[3]);
        assert_eq!(world.directory.resolve(CORP, &parties).await.unwrap(), first);
        let other = world.directory.resolve("wecom:other", &parties).await.unwrap();
        assert!(other.iter().all(|id| !first.contains(id)), "another corp's people are other people");
        // A second process, or the same after a crash, finds what is durable.
        let db = Db::open(&world.test.config).unwrap();
        let fresh = Directory::open(db, SetClock::new());
        assert_eq!(fresh.resolve(CORP, &parties).await.unwrap(), first);
        assert_eq!(world.directory.resolve(CORP, &[]).await.unwrap(), []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_agree_on_ids() {
    for world in worlds().await {
        let mut tasks = tokio::task::JoinSet::new();
        for process in 0..4 {
            let db = Db::open(&world.test.config).unwrap();
            let directory = Directory::open(db, SetClock::new());
            tasks.spawn(async move {
                let mut parties: Vec<Party> = (0..60)
                    .flat_map(|n| {
                        [party(PartyKind::Member, &format!("m{n}")), party(PartyKind::Contact, &format!("c{n}"))]
                    })
                    .collect();
                parties.rotate_left(process * 13);
                let ids = directory.resolve(CORP, &parties).await.unwrap();
                let mut pairs: Vec<_> = parties.into_iter().zip(ids).collect();
                pairs.sort();
                pairs
            });
        }
        let answers = tasks.join_all().await;
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
        let mut ids: Vec<_> = answers[0].iter().map(|(_, id)| id.packed()).collect();
        ids.dedup();
        assert_eq!(ids.len(), 120);
    }
}

#[tokio::test]
async fn names_follow_syncs() {
    for world in worlds().await {
        let parties = [party(PartyKind::Member, "north"), party(PartyKind::Contact, "wm1")];
        let ids = world.directory.resolve(CORP, &parties).await.unwrap();
        assert_eq!(name(&world, ids[0]).await, "north", "without a name the id is shown");
        assert_eq!(name(&world, ids[1]).await, "wm1");
        world.company().await;
        world.directory.sync_contacts(CORP, vec![contact("wm1", "张客户")]).await.unwrap();
        assert_eq!(name(&world, ids[0]).await, "王北");
        assert_eq!(name(&world, ids[1]).await, "张客户");
        world.directory.sync_contacts(CORP, vec![contact("wm1", "张大客户")]).await.unwrap();
        assert_eq!(name(&world, ids[1]).await, "张大客户");
        world.directory.sync_contacts(CORP, vec![contact("wm1", "")]).await.unwrap();
        assert_eq!(name(&world, ids[1]).await, "张大客户", "an empty name changes nothing");
        let names = world.directory.names(&ids).await.unwrap();
        assert_eq!(names[&ids[1]].company, "好公司");
        assert_eq!(names[&ids[1]].external_id, "wm1");
        assert_eq!(name(&world, PartyId::member(MemberId::new(9_999))).await, "-");
        let bot = world.directory.resolve(CORP, &[party(PartyKind::Bot, "wb1")]).await.unwrap()[0];
        assert_eq!((name(&world, bot).await.as_str(), bot.kind()), ("wb1", PartyKind::Bot));
    }
}

#[tokio::test]
async fn who_leaves_stays_with_their_departments() {
    for world in worlds().await {
        world.company().await;
        let bare = world.directory.resolve(CORP, &[party(PartyKind::Member, "ghost")]).await.unwrap()[0];
        let again = world.directory.sync_members(CORP, company_members(), true).await.unwrap();
        assert_eq!((again.created, again.updated, again.gone), (0, 0, 0));
        let mut members = company_members();
        members.retain(|member| member.userid != "north");
        let partly = world.directory.sync_members(CORP, members.clone(), false).await.unwrap();
        assert_eq!(partly.gone, 0, "a partial list says nothing of the others");
        let report = world.directory.sync_members(CORP, members.clone(), true).await.unwrap();
        assert_eq!((report.created, report.updated, report.gone), (0, 0, 1));
        let north = world.directory.find_member(world.member("north").await).await.unwrap().unwrap();
        assert_eq!((north.status, north.departments.len()), (MemberStatus::Left, 1));
        let ghost = world.directory.find_member(bare.as_member().unwrap()).await.unwrap().unwrap();
        assert_eq!(ghost.status, MemberStatus::Unknown);
        world.directory.sync_members(CORP, Vec::new(), true).await.unwrap();
        let south = world.directory.find_member(world.member("south").await).await.unwrap().unwrap();
        assert_eq!(south.status, MemberStatus::Active, "an empty list is taken for a fault");
        world.directory.sync_members(CORP, company_members(), true).await.unwrap();
        let north = world.directory.find_member(north.id).await.unwrap().unwrap();
        assert_eq!(north.status, MemberStatus::Active, "and who comes back is the same");
    }
}

#[tokio::test]
async fn seats_are_exactly_those_permitted() {
    for world in worlds().await {
        world.company().await;
        let seats = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        world.directory.sync_seats(CORP, seats(&["north", "unheard"])).await.unwrap();
        let seat = async |userid: &str| {
            let id = world.member(userid).await;
            world.directory.find_member(id).await.unwrap().unwrap().archived_seat
        };
        assert_eq!((seat("north").await, seat("south").await), (Some(true), Some(false)));
        assert_eq!(seat("unheard").await, Some(true));
        world.directory.sync_members(CORP, company_members(), true).await.unwrap();
        assert_eq!(seat("north").await, Some(true), "a directory that says nothing of seats keeps them");
        world.directory.sync_seats(CORP, seats(&["south"])).await.unwrap();
        assert_eq!((seat("north").await, seat("south").await), (Some(false), Some(true)));
    }
}

#[tokio::test]
async fn finders_prefer_what_equals() {
    for world in worlds().await {
        world.company().await;
        let (south, south2) = (world.member("south").await, world.member("south2").await);
        let directory = &world.directory;
        assert_eq!(directory.find_members_by_name("李南").await.unwrap(), [south]);
        assert_eq!(directory.find_members_by_name("李").await.unwrap(), [south, south2]);
        assert_eq!(directory.find_members_by_name("SOUTH").await.unwrap(), [south]);
        assert_eq!(directory.find_members_by_name("  ").await.unwrap(), []);
        assert_eq!(directory.find_members_by_userid("SOUTH").await.unwrap(), []);
        let sales = directory.find_departments_by_name("销售部").await.unwrap();
        assert_eq!(sales.len(), 1);
        assert_eq!(directory.find_departments_by_name("区销售").await.unwrap().len(), 2);
        assert_eq!(directory.members_of_departments(&sales, false).await.unwrap().len(), 1);
        assert_eq!(directory.members_of_departments(&sales, true).await.unwrap().len(), 4);
        let list = vec![contact("wm1", "Li Ming"), contact("wm2", "Li Ming Junior"), contact("wm3", "100%")];
        directory.sync_contacts(CORP, list).await.unwrap();
        assert_eq!(directory.find_contacts_by_name("li ming").await.unwrap().len(), 1);
        assert_eq!(directory.find_contacts_by_name("LI").await.unwrap().len(), 2);
        assert_eq!(directory.find_contacts_by_name("%").await.unwrap().len(), 1);
        assert_eq!(directory.find_contacts_by_name("").await.unwrap(), []);
    }
}

#[tokio::test]
async fn another_process_hears_of_changes() {
    for world in worlds().await {
        world.company().await;
        let clock = SetClock::new();
        let other = Directory::open(Db::open(&world.test.config).unwrap(), clock.clone());
        let id = world.member("north").await;
        let contact_id = world.directory.resolve(CORP, &[party(PartyKind::Contact, "wm1")]).await.unwrap()[0];
        let shown = async |other: &Arc<Directory>| {
            let names = other.names(&[PartyId::member(id), contact_id]).await.unwrap();
            (names[&PartyId::member(id)].name.clone(), names[&contact_id].name.clone())
        };
        assert_eq!(shown(&other).await, ("王北".to_owned(), "wm1".to_owned()));
        world.directory.sync_members(CORP, vec![member("north", "王北北", &[3], &[])], false).await.unwrap();
        world.directory.sync_contacts(CORP, vec![contact("wm1", "客户")]).await.unwrap();
        clock.advance_ms(2_000);
        assert_eq!(shown(&other).await, ("王北北".to_owned(), "客户".to_owned()));
    }
}

#[tokio::test]
async fn a_ring_in_the_sources_tree_does_no_harm() {
    use xinlu_identity::DepartmentIn;
    for world in worlds().await {
        let department = |id, parent| DepartmentIn { id, parent, name: format!("部门{id}"), order: id };
        let ring = vec![department(1, Some(3)), department(2, Some(1)), department(3, Some(2)), department(4, Some(4))];
        world.directory.sync_departments(CORP, ring).await.unwrap();
        world.directory.sync_members(CORP, vec![member("a", "甲", &[2, 77], &[2])], true).await.unwrap();
        let one = world.directory.find_departments_by_name("部门1").await.unwrap();
        assert_eq!(world.directory.members_of_departments(&one, true).await.unwrap().len(), 1);
        assert_eq!(world.directory.department_path(one[0]).await.unwrap().len(), 3);
        assert_eq!(world.directory.departments().await.unwrap().len(), 4);
    }
}
