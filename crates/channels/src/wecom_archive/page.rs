//! Reads what `GetChatData` answers and says what to do about it (PROTOCOL.md 3.1.2 and 3.1.5).
//!
//! Pure and lenient: every item of an answer becomes an envelope, whatever its form (see `items`). Only exact repetitions
//! within one answer are left out, and they are counted; an answer that cannot be read is never taken for an empty one.

mod items;

use xinlu_archive::{ENVELOPES_PER_BATCH_MAX, Envelope};

pub use items::UNNUMBERED;

/// What a fetch came to.
#[derive(Debug, PartialEq, Eq)]
pub enum FetchOutcome {
    /// What was delivered. Without envelopes: nothing new.
    Page(Page),
    /// The page is too large: ask for fewer.
    Smaller,
    /// It may work later.
    Later(Trouble),
}

/// What one fetch delivered.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// In the order of their seq, those of one seq in the order of delivery. A seq may stand here more than once, and it
    /// may be one that was not asked for: late deliveries, and items without a seq of their own (`UNNUMBERED`).
    pub envelopes: Vec<Envelope>,
    /// Items that repeated another one of the same answer in everything, and were left out.
    pub repeated: usize,
}

/// Why a fetch did not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The stable name, as status, metric and log say it.
    pub name: &'static str,
    /// WeCom's number.
    pub code: i64,
    /// Whether a person has to do something before it can work.
    pub needs_person: bool,
}

/// Return codes and errcodes that have a name; anything else is `refused`.
const TROUBLES: [(i64, &str, bool); 17] = [
    (-1, "busy", false),
    (10001, "network", false),
    (10002, "reply_unreadable", false),
    (10003, "system", false),
    (10000, "bad_parameter", true),
    (10009, "ip_not_trusted", true),
    (10011, "tls_certificate", true),
    (45009, "called_too_often", false),
    (45033, "called_too_often", false),
    (40001, "secret_wrong", true),
    (40013, "corp_unknown", true),
    (40091, "secret_wrong", true),
    (41001, "ip_not_trusted", true),
    (48002, "secret_wrong", true),
    (60020, "ip_not_trusted", true),
    (301_042, "ip_not_trusted", true),
    (301_052, "archive_expired", true),
];
/// The archive was never opened in WeCom's admin page.
const NOT_OPENED: i64 = 301_053;
/// The page asked for is too large.
const TOO_LARGE: i64 = 301_058;
/// The name of an answer that is no JSON.
const UNREADABLE: i64 = 10002;

/// Judges return code and JSON of a fetch after the seq `after`.
pub fn read(code: i32, json: &[u8], after: u64) -> FetchOutcome {
    if code != 0 {
        return FetchOutcome::Later(trouble(i64::from(code)));
    }
    let Some(answer) = items::read(json, after) else {
        return FetchOutcome::Later(trouble(UNREADABLE));
    };
    match answer.errcode {
        // More than one batch can hold: nothing is taken, and fewer are asked for.
        0 if answer.envelopes.len() > ENVELOPES_PER_BATCH_MAX => FetchOutcome::Smaller,
        0 => FetchOutcome::Page(in_order(answer.envelopes)),
        TOO_LARGE => FetchOutcome::Smaller,
        errcode => FetchOutcome::Later(trouble(errcode)),
    }
}

/// The envelopes in the order of their seq without exact repetitions. Another msgid or other bytes under a seq that was
/// there before is another envelope: which of them is right is not for us to say.
fn in_order(mut envelopes: Vec<Envelope>) -> Page {
    envelopes.sort_by_key(|envelope| envelope.seq);
    let delivered = envelopes.len();
    let mut kept: Vec<Envelope> = Vec::with_capacity(delivered);
    for envelope in envelopes {
        let mut same_seq = kept.iter().rev().take_while(|before| before.seq == envelope.seq);
        if !same_seq.any(|before| *before == envelope) {
            kept.push(envelope);
        }
    }
    Page { repeated: delivered - kept.len(), envelopes: kept }
}

/// What a return code or errcode means.
pub(crate) fn trouble(code: i64) -> Trouble {
    if code == NOT_OPENED {
        return Trouble { name: "archive_not_opened", code, needs_person: true };
    }
    let found = TROUBLES.iter().find(|(known, ..)| *known == code);
    let (name, needs_person) = found.map_or(("refused", true), |(_, name, needs_person)| (*name, *needs_person));
    Trouble { name, code, needs_person }
}

#[cfg(test)]
mod tests;
