//! Exports: a conversation as a file that can be read and printed, or as a package that can be checked without us.
//!
//! Memory stays bounded however long the conversation is: messages are read page by page and leave piece by piece. Only who
//! reads the conversation in full exports it. What is exported is decided at the start (`upto`); what comes later is not in it.

mod outlet;
mod package;
mod page;
mod words;

use std::sync::Arc;

use serde::Deserialize;
use tokio::sync::mpsc;
use utoipa::ToSchema;
use xinlu_http::{Grants, Level};
use xinlu_model::{ConversationId, PageLimit, RecordId, Time};

use crate::store::sizes;
use crate::timeline::{ConversationView, Window, place_key};
use crate::view::MessageView;
use crate::{Archive, ArchiveError};
use outlet::Outlet;

pub(crate) use page::policy;

/// Messages of one export: a browser still opens and prints the page, and proofs of all are made in a minute.
pub const EXPORT_MESSAGES_MAX: u32 = 10_000;
/// Stored bytes of these: the package stays far below the 4 GiB where ZIP ends.
pub const EXPORT_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// Messages read at once.
const PAGE_MESSAGES: u32 = 200;
/// Pieces that wait for the client.
const PIECES_WAITING: usize = 2;

/// What is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportForm {
    /// One page to read and print.
    Html,
    /// The page, the messages as data, and the proof of each.
    Zip,
}

/// The language of the labels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
pub enum ExportLanguage {
    /// Chinese.
    #[default]
    #[serde(rename = "zh-CN")]
    Chinese,
    /// English.
    #[serde(rename = "en")]
    English,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct ExportQuestion {
    /// What is made.
    pub form: ExportForm,
    /// The language of its labels.
    pub language: ExportLanguage,
    /// Only messages sent at this time or later.
    pub from: Option<Time>,
    /// Only messages sent before this time.
    pub until: Option<Time>,
}

/// An export that may be made.
#[derive(Clone, Debug)]
pub struct Export {
    /// The conversation as the caller sees it.
    pub conversation: ConversationView,
    /// What is asked for.
    pub question: ExportQuestion,
    /// Messages it has.
    pub messages: u32,
    /// The last record that can be in it.
    pub upto: RecordId,
    /// Who makes it.
    pub by: String,
    /// When.
    pub at: Time,
    source: String,
    checkpoint: Option<String>,
    vkey: String,
}

impl Archive {
    /// Checks that a caller may export a conversation and that it is not too large. Errors: `ConversationNotFound`,
    /// `NotAllowed` below level text, `ExportTooLarge`.
    pub async fn export(
        &self,
        grants: &Grants,
        id: ConversationId,
        question: ExportQuestion,
        by: &str,
    ) -> Result<Export, ArchiveError> {
        let conversation = self.conversation(grants, id).await?;
        if self.level(grants, id).await? != Some(Level::Text) {
            return Err(ArchiveError::NotAllowed("an export needs conversation.read at level text"));
        }
        let upto = self.last_record().await?;
        let from = question.from.unwrap_or(Time::from_micros(i64::MIN));
        let until = question.until.unwrap_or(Time::from_micros(i64::MAX));
        let (messages, bytes) = sizes::between(&self.deps.db, id, (from, until), upto, EXPORT_MESSAGES_MAX + 1).await?;
        if messages > EXPORT_MESSAGES_MAX || bytes > EXPORT_BYTES_MAX {
            return Err(ArchiveError::ExportTooLarge {
                messages_max: EXPORT_MESSAGES_MAX,
                bytes_max: EXPORT_BYTES_MAX,
            });
        }
        // Before the first checkpoint there is none, and every message still waits for its place.
        let checkpoint = self.checkpoint().await.ok();
        let vkey = self.deps.ledger.verifier().to_string();
        let at = self.deps.clock.now();
        let source = self.source(conversation.source).await?.key;
        let by = by.to_owned();
        Ok(Export { conversation, question, messages, upto, by, at, source, checkpoint, vkey })
    }

    /// Makes the file; its pieces in order. An error is the last piece. Making ends when the receiver is dropped.
    pub fn export_pieces(
        self: &Arc<Self>,
        grants: Arc<Grants>,
        export: Export,
    ) -> mpsc::Receiver<Result<Vec<u8>, ArchiveError>> {
        let (sender, receiver) = mpsc::channel(PIECES_WAITING);
        let archive = Arc::clone(self);
        tokio::spawn(async move {
            let conversation = export.conversation.id;
            let mut outlet = Outlet::new(sender.clone(), &export);
            let made = match export.question.form {
                ExportForm::Html => page::write(&archive, &grants, &export, &mut outlet).await,
                ExportForm::Zip => package::write(&archive, &grants, &export, &mut outlet).await,
            };
            let ended = match made {
                Ok(()) => outlet.finish().await,
                Err(error) => Err(error),
            };
            match ended {
                Ok(()) | Err(ArchiveError::Stopping) => {}
                Err(error) => {
                    tracing::error!(%conversation, %error, "an export could not be made to its end");
                    // Who asked may have gone.
                    let _ = sender.send(Err(error)).await;
                }
            }
        });
        receiver
    }
}

/// Goes over the messages of an export, oldest first.
struct Walk {
    after: Option<String>,
}

impl Walk {
    fn new(export: &Export) -> Self {
        let from = export.question.from.unwrap_or(Time::from_micros(i64::MIN));
        Self { after: Some(place_key(from, RecordId::new(0))) }
    }

    /// The next messages, perhaps none of a page; `None` after the last page.
    async fn page(
        &mut self,
        archive: &Archive,
        grants: &Grants,
        export: &Export,
    ) -> Result<Option<Vec<MessageView>>, ArchiveError> {
        let Some(after) = self.after.take() else { return Ok(None) };
        let limit =
            PageLimit::new(Some(PAGE_MESSAGES)).ok_or(ArchiveError::Misuse("a page has 200 messages at most"))?;
        let page = archive.messages(grants, export.conversation.id, &Window::After(after), limit, false).await?;
        let until = export.question.until.unwrap_or(Time::from_micros(i64::MAX));
        let past = page.items.last().is_some_and(|last| last.sent_at >= until);
        self.after = page.next.filter(|_| !past);
        let wanted = page.items.into_iter().filter(|one| one.sent_at < until && one.record <= export.upto);
        Ok(Some(wanted.collect()))
    }
}

#[cfg(test)]
mod tests;
