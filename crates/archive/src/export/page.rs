//! The page of an export: everything of the conversation in one file, to be read, printed and kept.
//!
//! It runs nothing, loads nothing and sends nothing: a policy of its own, which travels in the file, forbids it. Text of
//! messages is escaped wherever it stands, and addresses in it are text.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use xinlu_http::Grants;
use xinlu_keys::sha256;
use xinlu_model::{MessageKind, PieceRole};

use super::outlet::{Outlet, shown_time};
use super::words::{Words, conversation_kind, media_state, message_kind, words};
use super::{Export, ExportLanguage, Walk};
use crate::conversation::ConversationKind;
use crate::view::{HANDLE_FIELD, MediaView, MessageView, PartyView};
use crate::{Archive, ArchiveError};

const STYLE: &str = "
:root { color: #1d2129; background: #fff; font: 14px/1.6 system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif; }
body { max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0 0 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 0 0 1rem; }
dt { color: #4e5969; }
dd { margin: 0; overflow-wrap: anywhere; }
pre { font: 12px/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; margin: .3rem 0; color: #4e5969; }
article { border-top: 1px solid #e5e6eb; padding: .5rem 0; break-inside: avoid; }
header time { font-variant-numeric: tabular-nums; color: #4e5969; margin-right: .6rem; }
header span, footer { color: #4e5969; font-size: 12px; }
p { margin: .2rem 0; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; }
p.title, p.name { font-weight: 600; }
p.nested { padding-left: 1rem; border-left: 2px solid #e5e6eb; }
p.note { color: #b42318; }
ul { margin: .2rem 0; padding-left: 1.2rem; }
@media print { body { margin: 0; max-width: none; } a { color: inherit; text-decoration: none; } }
@page { margin: 15mm; }
";

/// Kinds whose pieces and files say all there is to read; of the others the source's own object is shown as well.
const PLAIN: [MessageKind; 8] = [
    MessageKind::Text,
    MessageKind::Image,
    MessageKind::Voice,
    MessageKind::Video,
    MessageKind::File,
    MessageKind::Emotion,
    MessageKind::Markdown,
    MessageKind::Revoke,
];

/// What the page may do, as a content security policy: show its own style, which is named by its hash, and nothing else.
pub(crate) fn policy() -> String {
    let hash = STANDARD.encode(sha256(&[STYLE.as_bytes()]));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
}

/// Writes the page to its end.
pub(super) async fn write(
    archive: &Archive,
    grants: &Grants,
    export: &Export,
    outlet: &mut Outlet,
) -> Result<(), ArchiveError> {
    outlet.write(head(export).as_bytes()).await?;
    let mut walk = Walk::new(export);
    let mut shown = 0;
    while let Some(messages) = walk.page(archive, grants, export).await? {
        for message in messages {
            shown += 1;
            let with_recipients = export.conversation.kind == ConversationKind::Thread;
            outlet.write(article(message, with_recipients, export.question.language).as_bytes()).await?;
        }
    }
    outlet.write(foot(export, shown).as_bytes()).await
}

/// Text as it may stand anywhere in HTML, also between quotes; signs that no text has are shown as replaced.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(letter),
            '\r' => {}
            control if control.is_control() => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

/// Writing to a string cannot fail.
fn fact(out: &mut String, name: &str, value: &str) {
    let _ = writeln!(out, "<dt>{name}</dt><dd>{}</dd>", escaped(value));
}

fn head(export: &Export) -> String {
    let words = words(export.question.language);
    let title = escaped(&export.conversation.title);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{}: <bdi>{title}</bdi></h1>\n<dl>\n",
        words.tag,
        policy(),
        words.heading,
    );
    let conversation = &export.conversation;
    fact(&mut out, words.kind, conversation_kind(conversation.kind, export.question.language));
    fact(&mut out, words.source, &export.source);
    fact(&mut out, words.members, &parties(&conversation.members));
    fact(&mut out, words.contacts, &parties(&conversation.contacts));
    fact(&mut out, words.period, &period(export, words));
    fact(&mut out, words.messages, &export.messages.to_string());
    fact(&mut out, words.by, &export.by);
    fact(&mut out, words.at, &shown_time(export.at));
    let checkpoint = export.checkpoint.as_deref().unwrap_or(words.no_checkpoint);
    let _ = writeln!(
        out,
        "</dl>\n<p>{}</p>\n<p>{}</p>\n<pre>{}</pre>\n<main>",
        words.zone,
        words.checkpoint,
        escaped(checkpoint)
    );
    out
}

fn period(export: &Export, words: &Words) -> String {
    let from = export.question.from.map_or_else(|| words.beginning.to_owned(), shown_time);
    let until = export.question.until.map_or_else(|| words.today.to_owned(), shown_time);
    format!("{from} – {until}")
}

fn parties(parties: &[PartyView]) -> String {
    parties.iter().map(party).collect::<Vec<_>>().join("、")
}

fn party(party: &PartyView) -> String {
    if party.name == party.external_id { party.name.clone() } else { format!("{} ({})", party.name, party.external_id) }
}

fn article(message: MessageView, with_recipients: bool, language: ExportLanguage) -> String {
    let words = words(language);
    let mut out = format!(
        "<article id=\"r{}\">\n<header><time datetime=\"{}\">{}</time><b><bdi>{}</bdi></b> <span>{}",
        message.record,
        message.sent_at,
        shown_time(message.sent_at),
        escaped(&party(&message.sender)),
        message_kind(message.kind, language),
    );
    if let Some(name) = &message.unknown_kind {
        let _ = write!(out, " ({})", escaped(name));
    }
    if with_recipients {
        let _ = write!(out, " · {} {}", words.to, escaped(&parties(&message.recipients)));
    }
    out.push_str("</span></header>\n");
    for piece in message.pieces.iter().flatten() {
        let _ = writeln!(out, "<p class=\"{}\">{}</p>", role(piece.role), escaped(&piece.text));
    }
    if !message.media.is_empty() {
        let items: String = message.media.iter().map(|item| media(item, words, language)).collect();
        let _ = writeln!(out, "<ul>{items}</ul>");
    }
    if let (false, Some(body)) = (PLAIN.contains(&message.kind), message.body) {
        let text = serde_json::to_string_pretty(&without_handles(body)).unwrap_or_default();
        let _ = writeln!(out, "<pre>{}</pre>", escaped(&text));
    }
    for (what, record) in [(words.revoked, message.revoked_by), (words.revokes, message.revokes)] {
        if let Some(record) = record {
            let _ = writeln!(out, "<p class=\"note\">{what} <a href=\"#r{record}\">{record}</a></p>");
        }
    }
    let place = message.proof.leaf_index;
    let place = place.map_or_else(|| words.pending.to_owned(), |place| format!("{} {place}", words.leaf));
    let msgid = escaped(&message.msgid);
    let _ = writeln!(out, "<footer>{} {} · {msgid} · {place}</footer>\n</article>", words.record, message.record);
    out
}

const fn role(role: PieceRole) -> &'static str {
    match role {
        PieceRole::Text => "text",
        PieceRole::Title => "title",
        PieceRole::Description => "description",
        PieceRole::FileName => "file",
        PieceRole::Name => "name",
        PieceRole::Place => "place",
        PieceRole::Nested => "nested",
    }
}

fn media(item: &MediaView, words: &Words, language: ExportLanguage) -> String {
    let mut facts = vec![message_kind(item.kind, language).to_owned()];
    facts.extend(item.name.as_deref().map(escaped));
    facts.extend(item.size.map(|size| format!("{size} {}", words.bytes)));
    facts.push(media_state(item.state, language).to_owned());
    format!("<li>{} (media {})</li>", facts.join(" · "), item.media)
}

/// Handles of files are of use only to the source.
fn without_handles(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(name, _)| name != HANDLE_FIELD)
            .map(|(name, value)| (name, without_handles(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_handles).collect(),
        other => other,
    }
}

fn foot(export: &Export, shown: u32) -> String {
    let mut out = "</main>\n".to_owned();
    let left_out = export.messages.saturating_sub(shown);
    if left_out > 0 {
        let _ = writeln!(out, "<p class=\"note\">{}: {left_out}</p>", words(export.question.language).left_out);
    }
    out.push_str("</body>\n</html>\n");
    out
}
