//! Temporary files (`media/upload`, `media/get`): bytes on the way out, or a JSON error with HTTP 200.
//!
//! Uploads live in memory only; WeCom keeps them for three days.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{ApiError, Request, checked};
use crate::faults::dice;
use crate::world::{Upload, World};

/// Files of five bytes or less are refused (doc 90253).
const UPLOAD_BYTES_MIN: usize = 6;
/// Types and how large a file of each may be.
const LIMITS: [(&str, usize); 4] = [("image", 10 << 20), ("voice", 2 << 20), ("video", 10 << 20), ("file", 20 << 20)];

/// Part of a file, for an answer.
#[derive(Clone, Debug)]
pub struct Part {
    /// The whole file.
    pub upload: Upload,
    /// First byte and the one after the last, when a range was asked for.
    pub range: Option<(usize, usize)>,
}

/// `POST media/upload?type` with one file.
pub fn upload(world: &World, request: &Request, upload: Upload) -> Value {
    store(world, request, upload).unwrap_or_else(|error| error.body(request))
}

fn store(world: &World, request: &Request, upload: Upload) -> Result<Value, ApiError> {
    let corp = checked(world, request)?;
    let kind = request.parameter("type");
    let limit = LIMITS.iter().find(|(name, _)| *name == kind).map(|(_, limit)| *limit);
    let limit = limit.ok_or_else(|| ApiError::new(40004, "invalid media type"))?;
    if upload.bytes.len() < UPLOAD_BYTES_MIN || upload.bytes.len() > limit {
        return Err(ApiError::new(40006, "invalid media size"));
    }
    let mut uploads = corp.uploads.lock();
    let media_id = format!("3{:016x}{:08x}", dice::hash(&upload.bytes), uploads.len());
    uploads.insert(media_id.clone(), upload);
    // The official sample has an empty errmsg and a time that is a string.
    Ok(json!({
        "errcode": 0,
        "errmsg": "",
        "type": kind,
        "media_id": media_id,
        "created_at": (request.now_ms / 1000).to_string(),
    }))
}

/// `GET media/get?media_id`; `range` is the value of the `Range` header.
pub fn get(world: &World, request: &Request, range: Option<&str>) -> Result<Part, Value> {
    let corp = checked(world, request).map_err(|error| error.body(request))?;
    let upload = corp.uploads.lock().get(request.parameter("media_id")).cloned();
    let upload = upload.ok_or_else(|| ApiError::of(40007).body(request))?;
    let range = range.and_then(|range| byte_range(range, upload.bytes.len()));
    Ok(Part { upload, range })
}

/// `bytes=A-B`, `bytes=A-` or `bytes=-N` within a file; nothing when it names no byte of it (the whole is sent then).
fn byte_range(range: &str, length: usize) -> Option<(usize, usize)> {
    let (start, end) = range.strip_prefix("bytes=")?.split_once('-')?;
    let (start, end) = match (start, end) {
        ("", last) => (length.saturating_sub(last.parse().ok()?), length),
        (start, "") => (start.parse().ok()?, length),
        (start, end) => (start.parse().ok()?, end.parse::<usize>().ok()?.saturating_add(1).min(length)),
    };
    (start < end).then_some((start, end))
}

/// A file as it came in a multipart form.
pub fn new_upload(file_name: Option<&str>, content_type: Option<&str>, bytes: Vec<u8>) -> Upload {
    Upload {
        file_name: file_name.unwrap_or("file").to_owned(),
        content_type: content_type.unwrap_or("application/octet-stream").to_owned(),
        bytes: Arc::new(bytes),
    }
}
