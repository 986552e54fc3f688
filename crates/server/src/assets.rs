//! The web console, carried in the binary.
//!
//! Nothing is loaded from a foreign host: the policy sent with each page forbids it. The build compresses what is worth it
//! once, beside the file itself, so that no request waits for a compressor.

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};

const FILES: &[(&str, &[u8])] = &include!(concat!(env!("OUT_DIR"), "/console_files.rs"));

/// Scripts, styles and images of our own origin only; media of conversations are shown as blobs, PDF files in a frame.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; frame-src blob:; \
     object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Names with a hash of their content never change.
const FOREVER: &str = "public, max-age=31536000, immutable";

const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>Xinlu 信录</title>\
    <h1>Xinlu 信录</h1><p>The server runs, but this binary was built without the web console. Run <code>make web</code> \
    and build again, or use the API: <a href=/api/openapi.json>/api/openapi.json</a>.</p>\
    <p>服务已运行，但此程序未包含网页控制台。请先运行 <code>make web</code> 再重新构建，或直接使用 API。</p>";

/// Serves the console at every path that is no API.
pub fn router() -> Router {
    Router::new().fallback(serve)
}

async fn serve(uri: Uri, asked: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") {
        return xinlu_http::ApiError::new(
            xinlu_model::ErrorKind::NotFound,
            "http.no_endpoint",
            "there is no such endpoint; /api/openapi.json lists all",
        )
        .into_response();
    }
    let mut response = match find(path).or_else(|| find("index.html")) {
        Some((name, bytes)) => {
            let kind = HeaderValue::from_static(content_type(name));
            let cache = if name.starts_with("assets/") { FOREVER } else { "no-cache" };
            let compressed = find(&format!("{name}.gz")).filter(|_| takes_gzip(&asked));
            let bytes = compressed.map_or(bytes, |(_, bytes)| bytes);
            let mut response = ([(header::CONTENT_TYPE, kind)], bytes).into_response();
            let headers = response.headers_mut();
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
            headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
            if compressed.is_some() {
                headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
            response
        }
        None => (StatusCode::OK, Html(NOT_BUILT)).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// Whether the browser says that it reads gzip (RFC 9110, section 12.5.3); `q=0` says that it does not.
pub(crate) fn takes_gzip(asked: &HeaderMap) -> bool {
    let codings = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    codings.split(',').any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        name.trim().eq_ignore_ascii_case("gzip") && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

fn find(path: &str) -> Option<(&'static str, &'static [u8])> {
    FILES.iter().find(|(name, _)| *name == path).copied()
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::takes_gzip;

    #[test]
    fn gzip_is_sent_only_to_who_reads_it() {
        let taken = |text: &'static str| {
            let mut asked = HeaderMap::new();
            asked.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(text));
            takes_gzip(&asked)
        };
        assert!(taken("gzip, deflate, br"));
        assert!(taken("br;q=1.0, GZIP;q=0.8"));
        assert!(!taken("br, gzip;q=0"));
        assert!(!taken("identity"));
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
