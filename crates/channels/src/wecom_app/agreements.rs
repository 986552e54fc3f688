//! Asks WeCom whether contacts agreed to being archived, where they never said so in a message (PROTOCOL.md 3.1.7).
//!
//! The archive says whom to ask about and keeps the answers; each conversation is asked about once a week, a bounded
//! number at a time, one call after the other. It is a convenience beside the messages and holds up nothing: whatever
//! WeCom refuses is told by the status and tried again later.

use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use xinlu_archive::{Agreement, AgreementAnswer, AgreementQuestion, Archive, Asked};
use xinlu_model::{Clock, ConversationId, SourceId, Time};

use super::client::{SecretKind, WecomClient};
use super::error::WecomError;
use crate::ChannelError;

/// Pairs of one call: WeCom's most (301060).
const PAIRS_AT_ONCE: usize = 100;
/// Calls of one run; a tenth of what WeCom allows in a minute for rooms, the dearer of the two.
pub const CALLS_MAX: usize = 150;
/// Questions read from the archive at once.
const QUESTIONS_AT_ONCE: u32 = 1_000;
/// How long an answer is good for. A contact who changes their mind says so in a message besides.
const GOOD_MS: i64 = 7 * 24 * 3_600_000;
/// Errcodes that speak of one pair or room and not of all: ids that are unknown, malformed or gone.
const CODES_OF_ONE: [i64; 8] = [301_061, 301_059, 60111, 40003, 40031, 40050, 40096, 84061];
/// A number of seconds has fewer digits than this for the next thousand years; a greater one is of milliseconds.
const SECONDS_END: i64 = 100_000_000_000;

const SINGLE: &str = "/cgi-bin/msgaudit/check_single_agree";
const ROOM: &str = "/cgi-bin/msgaudit/check_room_agree";

/// What one run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgreementSummary {
    /// Conversations asked about.
    pub asked: usize,
    /// Answers kept.
    pub answers: usize,
    /// Calls made.
    pub calls: usize,
    /// Why it ended early.
    pub failure: Option<String>,
}

/// Asks for one corp.
pub struct AgreementSync {
    client: Arc<WecomClient>,
    archive: Arc<Archive>,
    source: SourceId,
    clock: Arc<dyn Clock>,
    /// Where the next run goes on.
    after: Mutex<ConversationId>,
}

/// Why asking ended.
enum Ended {
    /// By WeCom.
    Refused(WecomError),
    /// By us.
    Failed(ChannelError),
    /// Enough calls for one run.
    Enough,
}

impl From<ChannelError> for Ended {
    fn from(error: ChannelError) -> Self {
        Self::Failed(error)
    }
}

impl AgreementSync {
    /// For the conversations of `source`.
    pub fn new(client: Arc<WecomClient>, archive: Arc<Archive>, source: SourceId, clock: Arc<dyn Clock>) -> Self {
        Self { client, archive, source, clock, after: Mutex::new(ConversationId::new(0)) }
    }

    /// Asks about what is due, as far as one run goes; the next one goes on behind it and begins anew at the end.
    pub async fn run(&self) -> Result<AgreementSummary, ChannelError> {
        let mut summary = AgreementSummary::default();
        if !self.client.has(SecretKind::Archive) {
            return Ok(summary);
        }
        match self.ask_all(&mut summary).await {
            Ok(()) | Err(Ended::Enough) => {}
            Err(Ended::Refused(error)) => summary.failure = Some(error.to_string()),
            Err(Ended::Failed(error)) => return Err(error),
        }
        Ok(summary)
    }

    async fn ask_all(&self, summary: &mut AgreementSummary) -> Result<(), Ended> {
        let due_before = self.clock.now().plus_millis(-GOOD_MS);
        loop {
            let after = *self.after.lock();
            let questions = self.archive.agreement_questions(self.source, after, due_before, QUESTIONS_AT_ONCE);
            let questions = questions.await.map_err(ChannelError::from)?;
            let (pairs, rooms): (Vec<_>, Vec<_>) =
                questions.items.into_iter().partition(|question| matches!(question.asked, Asked::Pair { .. }));
            for lot in pairs.chunks(PAIRS_AT_ONCE) {
                self.ask_pairs(lot, summary).await?;
            }
            for question in &rooms {
                self.ask_room(question, summary).await?;
            }
            // Only when all of these were asked about: what was is not due again, so coming back is cheap.
            *self.after.lock() = questions.next.unwrap_or(ConversationId::new(0));
            if questions.next.is_none() {
                return Ok(());
            }
        }
    }

    /// One unknown id makes WeCom refuse the whole call: then each half is asked for alone.
    async fn ask_pairs(&self, pairs: &[AgreementQuestion], summary: &mut AgreementSummary) -> Result<(), Ended> {
        let mut lots = vec![pairs];
        while let Some(lot) = lots.pop() {
            let info: Vec<Value> = lot.iter().filter_map(pair).collect();
            match self.call(SINGLE, &json!({"info": info}), summary).await? {
                Some(answer) => {
                    let answers = pair_answers(lot, &answer);
                    self.keep(lot, answers, summary).await?;
                }
                None if lot.len() > 1 => {
                    let (first, second) = lot.split_at(lot.len() / 2);
                    lots.extend([second, first]);
                }
                None => self.keep(lot, Vec::new(), summary).await?,
            }
        }
        Ok(())
    }

    async fn ask_room(&self, question: &AgreementQuestion, summary: &mut AgreementSummary) -> Result<(), Ended> {
        let Asked::Room(room) = &question.asked else { return Ok(()) };
        let answer = self.call(ROOM, &json!({"roomid": room}), summary).await?;
        let answers = answer.map(|answer| room_answers(question.conversation, &answer)).unwrap_or_default();
        self.keep(std::slice::from_ref(question), answers, summary).await
    }

    /// `None`: WeCom does not know what was asked about.
    async fn call(
        &self,
        api: &'static str,
        body: &Value,
        summary: &mut AgreementSummary,
    ) -> Result<Option<Map<String, Value>>, Ended> {
        if summary.calls >= CALLS_MAX {
            return Err(Ended::Enough);
        }
        summary.calls += 1;
        match self.client.post(SecretKind::Archive, api, body).await {
            Ok(answer) => Ok(Some(answer)),
            Err(WecomError::Refused { errcode, .. }) if CODES_OF_ONE.contains(&errcode) => Ok(None),
            Err(error) => Err(Ended::Refused(error)),
        }
    }

    async fn keep(
        &self,
        asked: &[AgreementQuestion],
        answers: Vec<AgreementAnswer>,
        summary: &mut AgreementSummary,
    ) -> Result<(), Ended> {
        let conversations: Vec<ConversationId> = asked.iter().map(|question| question.conversation).collect();
        let kept = self.archive.save_agreements(self.source, &conversations, &answers).await;
        kept.map_err(ChannelError::from)?;
        summary.asked += asked.len();
        summary.answers += answers.len();
        Ok(())
    }
}

fn pair(question: &AgreementQuestion) -> Option<Value> {
    match &question.asked {
        // The spelling is WeCom's.
        Asked::Pair { member, contact } => Some(json!({"userid": member, "exteranalopenid": contact})),
        Asked::Room(_) => None,
    }
}

fn pair_answers(asked: &[AgreementQuestion], answer: &Map<String, Value>) -> Vec<AgreementAnswer> {
    let conversation = |one: &Map<String, Value>| {
        let (userid, external) = (text(one, "userid")?, text(one, "exteranalopenid")?);
        let is_it = |question: &&AgreementQuestion| matches!(&question.asked, Asked::Pair { member, contact } if member == userid && contact == external);
        asked.iter().find(is_it).map(|question| question.conversation)
    };
    infos(answer).filter_map(|one| answer_of(conversation(one)?, one)).collect()
}

fn room_answers(conversation: ConversationId, answer: &Map<String, Value>) -> Vec<AgreementAnswer> {
    infos(answer).filter_map(|one| answer_of(conversation, one)).collect()
}

fn infos(answer: &Map<String, Value>) -> impl Iterator<Item = &Map<String, Value>> {
    answer.get("agreeinfo").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

fn answer_of(conversation: ConversationId, one: &Map<String, Value>) -> Option<AgreementAnswer> {
    let agreement = match text(one, "agree_status")? {
        "Agree" => Agreement::Agree,
        "Disagree" => Agreement::Disagree,
        "Default_Agree" => Agreement::DefaultAgree,
        _ => Agreement::Other,
    };
    let changed_at = one.get("status_change_time").and_then(Value::as_i64).filter(|at| *at > 0);
    let time = |at: i64| if at < SECONDS_END { Time::from_seconds(at) } else { Time::from_millis(at) };
    let contact = text(one, "exteranalopenid").filter(|contact| !contact.is_empty())?.to_owned();
    Some(AgreementAnswer { conversation, contact, agreement, changed_at: changed_at.map(time) })
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests;
