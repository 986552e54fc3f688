//! `/api/v1/media/{id}`: the bytes of a media item, whole or in ranges (RFC 9110 section 14).
//!
//! A file's name is data: it only ever stands, escaped, in a header. What a browser could run is sent as a download.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};
use xinlu_http::{Access, ApiError, Call, Endpoint, Level, Path};
use xinlu_model::MediaId;

use crate::media::{MediaReader, content_type, is_shown_inline};
use crate::store::records;
use crate::view::READ;
use crate::{Archive, ArchiveError};

/// Bytes read at once for a long answer.
const PIECE_BYTES: u64 = 256 * 1024;
/// Bytes that tell what a file is.
const FRONT_BYTES: u64 = 16;

pub(super) fn endpoints(archive: &Arc<Archive>) -> Vec<Endpoint> {
    let handler = get(view).with_state(Arc::clone(archive));
    vec![
        Endpoint::new(Method::GET, "/api/v1/media/{id}", Access::Permission(READ), handler)
            .audited("media.read")
            .summary("The bytes of a media item; `Range` is understood. Needs level text.")
            .answer_type("application/octet-stream"),
    ]
}

async fn view(
    State(archive): State<Arc<Archive>>,
    call: Call,
    Path(media): Path<MediaId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let reader = open_for(&archive, &call, media, json!({})).await?;
    let wanted = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let (status, start, end) = match wanted.map(|wanted| range(wanted, reader.size)) {
        None | Some(Wanted::Whole) => (StatusCode::OK, 0, reader.size),
        Some(Wanted::Part(start, end)) => (StatusCode::PARTIAL_CONTENT, start, end),
        Some(Wanted::Outside) => return Ok(outside(reader.size)),
    };
    let front = archive.read_media(&reader, 0, FRONT_BYTES).await?;
    let mut response = answer_headers(&reader, &front);
    let size = reader.size;
    let set = |headers: &mut HeaderMap, name, text: String| {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(name, value);
        }
    };
    *response.status_mut() = status;
    set(response.headers_mut(), header::CONTENT_LENGTH, (end - start).to_string());
    if status == StatusCode::PARTIAL_CONTENT {
        set(response.headers_mut(), header::CONTENT_RANGE, format!("bytes {start}-{}/{size}", end - 1));
    }
    *response.body_mut() = body(archive, reader, start, end);
    Ok(response)
}

/// Opens an item for a caller who reads its conversation in full; the trail tells of it, with this detail.
pub(super) async fn open_for(
    archive: &Archive,
    call: &Call,
    media: MediaId,
    detail: Value,
) -> Result<MediaReader, ApiError> {
    let target = format!("media {media}");
    call.note(&target, detail.clone());
    let missing = ArchiveError::MediaNotFound(media);
    let Some(item) = archive.media_item(media).await? else { return Err(missing.into()) };
    let Some(stored) = records::by_id(&archive.deps.db, item.record).await? else { return Err(missing.into()) };
    match archive.level(&call.caller()?.grants, stored.conversation).await? {
        Some(Level::Text) => {}
        Some(_) => return Err(ApiError::forbidden()),
        None => return Err(missing.into()),
    }
    let reader = archive.open_media(media).await?;
    let mut read = json!({"message": item.record, "conversation": stored.conversation, "size": reader.size});
    if let (Some(read), Some(detail)) = (read.as_object_mut(), detail.as_object()) {
        read.extend(detail.clone());
    }
    call.note(&target, read);
    Ok(reader)
}

/// Reads on as the client takes it.
fn body(archive: Arc<Archive>, reader: MediaReader, start: u64, end: u64) -> Body {
    let stream = futures_util::stream::try_unfold((archive, reader, start), move |(archive, reader, at)| async move {
        if at >= end {
            return Ok(None);
        }
        let piece = archive.read_media(&reader, at, PIECE_BYTES.min(end - at)).await.inspect_err(|error| {
            tracing::error!(media = %reader.media, %error, "a media item could not be read to its end");
        })?;
        let next = at + piece.len() as u64;
        Ok::<_, ArchiveError>(Some((piece, (archive, reader, next))))
    });
    Body::from_stream(stream)
}

fn answer_headers(reader: &MediaReader, front: &[u8]) -> Response {
    let shown = content_type(reader.kind, reader.name.as_deref(), front);
    let inline = is_shown_inline(shown);
    let disposition = disposition(inline, reader.name.as_deref().unwrap_or_default(), reader.media);
    let mut response = [
        (header::CONTENT_TYPE, shown),
        (header::ACCEPT_RANGES, "bytes"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::CACHE_CONTROL, "private, no-store"),
    ]
    .into_response();
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// RFC 6266 with RFC 8187 for the name; every byte that is no letter, digit, dot or dash is percent-encoded.
fn disposition(inline: bool, name: &str, media: MediaId) -> String {
    let how = if inline { "inline" } else { "attachment" };
    if name.is_empty() {
        return format!("{how}; filename=\"media-{media}\"");
    }
    let mut encoded = String::with_capacity(name.len() * 3);
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-' {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("{how}; filename=\"media-{media}\"; filename*=UTF-8''{encoded}")
}

/// What a `Range` header wants.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    /// From, and the first byte after.
    Part(u64, u64),
    Outside,
}

/// One range of bytes; several at once, or other units, are answered with the whole, as RFC 9110 section 14.2 allows.
fn range(header: &str, size: u64) -> Wanted {
    let Some((from, to)) = header.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Wanted::Whole;
    };
    let (from, to) = (from.trim(), to.trim());
    if to.contains(',') {
        return Wanted::Whole;
    }
    let (start, end) = match (from.parse::<u64>(), to.parse::<u64>()) {
        (Ok(start), Ok(last)) if start <= last => (start, last.saturating_add(1).min(size)),
        (Ok(start), Err(_)) if to.is_empty() => (start, size),
        (Err(_), Ok(suffix)) if from.is_empty() => (size.saturating_sub(suffix), size),
        _ => return Wanted::Whole,
    };
    if start >= end { Wanted::Outside } else { Wanted::Part(start, end) }
}

fn outside(size: u64) -> Response {
    let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
    if let Ok(value) = HeaderValue::from_str(&format!("bytes */{size}")) {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    response.extensions_mut().insert(ApiError::from(ArchiveError::RangeOutside { size }));
    response
}

#[cfg(test)]
mod tests;
