//! Pairs and rooms that said nothing are asked about in bounds, on both databases; what WeCom does not know holds up none.

use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value, json};
use xinlu_archive::Agreement;
use xinlu_http::{Grant, Grants, Level, Visible};
use xinlu_model::{PageLimit, Time};

use super::{AgreementSummary, AgreementSync, CALLS_MAX, GOOD_MS};
use crate::testing::{World, said, wecom};

/// When WeCom says that everybody made up their mind.
const SINCE_S: i64 = 1_600_000_000;

#[derive(Default)]
struct Wecom {
    /// Pairs or rooms of each call.
    calls: Vec<usize>,
    /// Contacts whose member is gone; one of them spoils a call.
    gone: Vec<String>,
    errcode: i64,
}

impl Wecom {
    fn answer(&mut self, path: &str, body: &Value) -> Value {
        if self.errcode != 0 {
            return json!({"errcode": self.errcode});
        }
        if path == "/cgi-bin/msgaudit/check_room_agree" {
            self.calls.push(1);
            assert_eq!(body, &json!({"roomid": "wrRoom"}));
            return json!({"errcode": 0, "agreeinfo": [
                {"status_change_time": SINCE_S, "exteranalopenid": contact(0), "agree_status": "Default_Agree"},
                {"status_change_time": 0, "exteranalopenid": contact(900), "agree_status": "Undecided"}]});
        }
        assert_eq!(path, "/cgi-bin/msgaudit/check_single_agree");
        let pairs = body["info"].as_array().expect("pairs");
        self.calls.push(pairs.len());
        if pairs.len() > 100 {
            return json!({"errcode": 301_060});
        }
        let external = |pair: &Value| pair["exteranalopenid"].as_str().expect("an id").to_owned();
        if pairs.iter().any(|pair| self.gone.contains(&external(pair))) {
            return json!({"errcode": 301_061});
        }
        let info = pairs.iter().map(|pair| {
            assert_eq!(pair["userid"], "ken");
            let agreed = if external(pair) == contact(1) { "Disagree" } else { "Agree" };
            json!({"status_change_time": SINCE_S, "userid": "ken", "exteranalopenid": external(pair), "agree_status": agreed})
        });
        json!({"errcode": 0, "agreeinfo": info.collect::<Vec<_>>()})
    }
}

fn contact(number: usize) -> String {
    format!("wmUu0zBgAALV7ZymkcMyxvbTe8Yd{number:04}")
}

/// ken's talks with so many contacts, a group, a talk among members, and one with a contact who agreed in a message.
fn talk(contacts: usize) -> Vec<String> {
    let mut talk: Vec<String> =
        (0..contacts).map(|number| said(&format!("m{number}"), "ken", &contact(number), "", "文")).collect();
    talk.push(said("room", "ken", &contact(0), "wrRoom", "文"));
    talk.push(said("inside", "ken", "li", "", "文"));
    talk.push(
        json!({"msgid": "agreed", "action": "send", "from": contact(800), "tolist": ["ken"], "roomid": "",
            "msgtime": 1_767_574_000_000_i64, "msgtype": "agree",
            "agree": {"userid": contact(800), "agree_time": 1_767_574_000_000_i64}})
        .to_string(),
    );
    talk
}

struct Stand {
    world: World,
    wecom: Arc<Mutex<Wecom>>,
    sync: AgreementSync,
}

impl Stand {
    async fn new(world: World, contacts: usize, known: Wecom) -> Self {
        let source = world.archived(&talk(contacts)).await;
        let known = Arc::new(Mutex::new(known));
        let answering = Arc::clone(&known);
        let client = wecom(&world, move |path, _, body| answering.lock().answer(path, body)).await;
        let sync = AgreementSync::new(client, Arc::clone(&world.archive), source, world.clock.clone());
        Self { world, wecom: known, sync }
    }

    async fn run(&self) -> AgreementSummary {
        self.sync.run().await.expect("nothing of ours fails")
    }

    /// Conversation, contact, agreement and since when, of the first so many.
    async fn kept(&self, count: u32) -> Vec<(i64, String, Agreement, Option<Time>)> {
        let grant = Grant { permission: "consent.read".to_owned(), visible: Visible::All, level: Level::Text };
        let limit = PageLimit::new(Some(count)).expect("a page");
        let page = self.world.archive.agreements(&Grants::new(vec![grant]), None, None, limit).await.expect("read");
        page.items
            .into_iter()
            .map(|one| (one.conversation.number(), one.contact.external_id, one.agreement, one.changed_at))
            .collect()
    }
}

#[tokio::test]
async fn who_said_nothing_is_asked_about_once_a_week() {
    for world in World::both().await {
        let stand = Stand::new(world, 2, Wecom::default()).await;
        let summary = AgreementSummary { asked: 3, answers: 4, calls: 2, failure: None };
        assert_eq!(stand.run().await, summary);
        assert_eq!(std::mem::take(&mut stand.wecom.lock().calls), [2, 1]);
        let since = Some(Time::from_seconds(SINCE_S));
        let expected = [
            (1, contact(0), Agreement::Agree, since),
            (2, contact(1), Agreement::Disagree, since),
            (3, contact(0), Agreement::DefaultAgree, since),
            (3, contact(900), Agreement::Other, None),
        ];
        assert_eq!(stand.kept(200).await, expected);
        assert_eq!(stand.run().await, AgreementSummary::default(), "nobody is asked about twice");
        stand.world.clock.advance_ms(GOOD_MS + 1);
        assert_eq!(stand.run().await, summary, "but after a week");
    }
}

#[tokio::test]
async fn one_unknown_pair_does_not_hide_the_others() {
    let gone = vec![contact(7), contact(130)];
    let stand = Stand::new(World::new().await, 150, Wecom { gone, ..Wecom::default() }).await;
    let summary = stand.run().await;
    assert_eq!((summary.asked, summary.answers, summary.failure), (151, 150, None));
    assert!(summary.calls <= 35, "{} calls", summary.calls);
    assert!(stand.wecom.lock().calls.iter().all(|pairs| *pairs <= 100));
    assert_eq!(stand.run().await.calls, 0, "who is unknown is not asked about again either");
}

#[tokio::test]
async fn a_refusal_of_everything_ends_the_run_and_is_told() {
    for errcode in [48002, 301_052, 45009] {
        let stand = Stand::new(World::new().await, 3, Wecom { errcode, ..Wecom::default() }).await;
        let summary = stand.run().await;
        assert_eq!((summary.asked, summary.calls), (0, 1));
        assert!(summary.failure.is_some());
        stand.wecom.lock().errcode = 0;
        stand.world.clock.advance_ms(60_000);
        assert_eq!(stand.run().await.asked, 4, "later it goes on");
    }
}

#[tokio::test]
async fn a_run_has_an_end() {
    // Everybody is unknown: the most calls there can be.
    let everybody = (0..200).map(contact).collect();
    let stand = Stand::new(World::new().await, 200, Wecom { gone: everybody, ..Wecom::default() }).await;
    let first = stand.run().await;
    assert_eq!((first.calls, first.failure), (CALLS_MAX, None));
    let mut asked = first.asked;
    for _ in 0..5 {
        asked += stand.run().await.asked;
    }
    assert_eq!(asked, 201, "the next runs go on behind it");
}
