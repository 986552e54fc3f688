//! Groups get their names from whichever API knows them, on both databases; what WeCom refuses is asked again in time.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value, json};
use xinlu_model::{ConversationId, SourceId};

use super::{CLOSED_MS, NAMED_MS, RoomNames, UNNAMED_MS, WALK_MS};
use crate::testing::{CONTACT, World, said, wecom};

/// What a WeCom knows, and what it was asked.
#[derive(Default)]
struct Rooms {
    external: BTreeMap<&'static str, &'static str>,
    internal: BTreeMap<&'static str, &'static str>,
    /// Refuses everything of external groups.
    external_errcode: i64,
    calls: Vec<String>,
}

impl Rooms {
    fn answer(&mut self, path: &str, body: &Value) -> Value {
        let room = |name: &str| body[name].as_str().expect("a room").to_owned();
        if path == "/cgi-bin/externalcontact/groupchat/get" {
            let room = room("chat_id");
            self.calls.push(format!("external {room}"));
            if self.external_errcode != 0 {
                return json!({"errcode": self.external_errcode});
            }
            return match self.external.get(room.as_str()) {
                Some(name) => json!({"errcode": 0, "group_chat": {"chat_id": room, "name": name}}),
                None => json!({"errcode": 40050}),
            };
        }
        assert_eq!(path, "/cgi-bin/msgaudit/groupchat/get");
        let room = room("roomid");
        self.calls.push(format!("internal {room}"));
        match self.internal.get(room.as_str()) {
            Some(name) => json!({"errcode": 0, "roomname": name, "members": []}),
            None => json!({"errcode": 301_059}),
        }
    }
}

struct Stand {
    world: World,
    source: SourceId,
    wecom: Arc<Mutex<Rooms>>,
    names: RoomNames,
}

impl Stand {
    async fn new(world: World, messages: &[String], rooms: Rooms) -> Self {
        let source = world.archived(messages).await;
        let rooms = Arc::new(Mutex::new(rooms));
        let answering = Arc::clone(&rooms);
        let client = wecom(&world, move |path, _, body| answering.lock().answer(path, body)).await;
        let names = RoomNames::new(client, Arc::clone(&world.archive), source, world.clock.clone());
        Self { world, source, wecom: rooms, names }
    }

    /// Runs once; what WeCom was asked.
    async fn run(&self) -> Vec<String> {
        self.names.run().await.expect("nothing of ours fails");
        std::mem::take(&mut self.wecom.lock().calls)
    }

    /// The titles of all rooms, in the order of the rooms.
    async fn titles(&self) -> Vec<String> {
        let rooms = self.world.archive.rooms(self.source, ConversationId::new(0), 100).await.expect("listed");
        rooms.into_iter().map(|room| room.title).collect()
    }
}

fn talk() -> [String; 4] {
    [
        said("m1", "ken", CONTACT, "wrCustomers", "一"),
        said("m2", "ken", "li", "wrTeam", "二"),
        said("m3", "ken", "li", "wrQuiet", "三"),
        said("m4", "ken", CONTACT, "", "四"),
    ]
}

fn rooms() -> Rooms {
    Rooms {
        external: [("wrCustomers", "客户群"), ("wrQuiet", "")].into(),
        internal: [("wrTeam", "晨会")].into(),
        ..Rooms::default()
    }
}

#[tokio::test]
async fn groups_are_named_once_and_again_when_it_is_time() {
    for world in World::both().await {
        let stand = Stand::new(world, &talk(), rooms()).await;
        let mut asked = stand.run().await;
        asked.sort_unstable();
        assert_eq!(asked, ["external wrCustomers", "external wrQuiet", "internal wrQuiet", "internal wrTeam"]);
        assert_eq!(stand.titles().await, ["客户群", "晨会", ""]);
        let status = stand.names.status();
        assert_eq!((status.named, status.unnamed, status.waiting, status.failure), (2, 1, 0, None));
        assert_eq!(stand.run().await, [""; 0], "nothing is due");

        // A group that is new is named without looking through all.
        stand.wecom.lock().internal.insert("wrNew", "新群");
        stand.world.archived(&[said("m5", "ken", "li", "wrNew", "五")]).await;
        assert_eq!(stand.run().await, ["internal wrNew"]);
        assert_eq!(stand.titles().await, ["客户群", "晨会", "", "新群"]);

        stand.world.clock.advance_ms(UNNAMED_MS.max(WALK_MS));
        assert_eq!(stand.run().await, ["internal wrQuiet", "external wrQuiet"]);
        stand.wecom.lock().internal.insert("wrTeam", "晚会");
        stand.world.clock.advance_ms(NAMED_MS);
        assert_eq!(stand.run().await.len(), 5, "names are looked at again");
        assert_eq!(stand.titles().await, ["客户群", "晚会", "", "新群"]);
    }
}

#[tokio::test]
async fn a_change_that_is_told_is_looked_at_at_once_and_a_lost_name_stays() {
    let stand = Stand::new(World::new().await, &talk(), rooms()).await;
    stand.run().await;
    stand.wecom.lock().external.insert("wrCustomers", "贵宾群");
    for room in ["wrCustomers", "wrNeverSeen", ""] {
        stand.names.changed(room);
    }
    assert_eq!(stand.run().await, ["external wrCustomers"]);
    assert_eq!(stand.titles().await, ["贵宾群", "晨会", ""]);
    stand.wecom.lock().external.remove("wrCustomers");
    stand.names.changed("wrCustomers");
    assert_eq!(stand.run().await, ["external wrCustomers", "internal wrCustomers"]);
    assert_eq!(stand.titles().await, ["贵宾群", "晨会", ""]);
}

#[tokio::test]
async fn a_secret_that_may_not_ask_is_told_and_not_used_for_every_group() {
    let stand = Stand::new(World::new().await, &talk(), Rooms { external_errcode: 48002, ..rooms() }).await;
    stand.world.archived(&[said("m6", "ken", CONTACT, "wrMore", "六")]).await;
    let asked = stand.run().await;
    assert_eq!(asked.iter().filter(|call| call.starts_with("external")).count(), 1, "{asked:?}");
    assert_eq!(stand.titles().await, ["", "晨会", "", ""]);
    let failure = stand.names.status().failure.expect("told");
    assert!(failure.contains("48002"), "{failure}");

    stand.wecom.lock().external_errcode = 0;
    stand.world.clock.advance_ms(CLOSED_MS);
    stand.run().await;
    assert_eq!(stand.titles().await, ["客户群", "晨会", "", ""]);
    assert_eq!(stand.names.status().failure, None);
}

#[tokio::test]
async fn who_calls_too_often_waits_and_forgets_nobody() {
    let stand = Stand::new(World::new().await, &talk(), Rooms { external_errcode: 45009, ..rooms() }).await;
    stand.run().await;
    assert!(stand.names.status().waiting >= 1 && stand.names.status().failure.is_some());
    stand.wecom.lock().external_errcode = 0;
    stand.world.clock.advance_ms(60_000);
    stand.run().await;
    assert_eq!(stand.titles().await, ["客户群", "晨会", ""]);
    assert_eq!((stand.names.status().waiting, stand.names.status().failure), (0, None));
}
