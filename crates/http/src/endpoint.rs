//! One row of the endpoint table.

use axum::http::Method;
use axum::routing::MethodRouter;
use utoipa::openapi::path::Parameter;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, ToSchema};

use crate::Access;

/// Bodies up to 1 MiB unless a row says otherwise: larger than any JSON an endpoint takes.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// A named schema and those it refers to.
pub(crate) struct Shape {
    pub(crate) schema: RefOr<Schema>,
    pub(crate) parts: Vec<(String, RefOr<Schema>)>,
}

/// Path, access, audit action, shapes and handler of one operation.
pub struct Endpoint {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    pub(crate) audit: Option<&'static str>,
    pub(crate) summary: &'static str,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<Shape>,
    pub(crate) answer: Option<Shape>,
    pub(crate) answer_type: &'static str,
    pub(crate) body_bytes_max: usize,
    pub(crate) handler: MethodRouter,
}

fn shape<T: ToSchema>() -> Shape {
    let mut parts = Vec::new();
    T::schemas(&mut parts);
    let name = T::name();
    if name.is_empty() {
        return Shape { schema: T::schema(), parts };
    }
    parts.push((name.to_string(), T::schema()));
    Shape { schema: RefOr::Ref(utoipa::openapi::Ref::from_schema_name(name)), parts }
}

impl Endpoint {
    /// A row. `handler` is `axum::routing::get(f).with_state(part)` or another method alike.
    pub fn new(method: Method, path: &'static str, access: Access, handler: MethodRouter) -> Self {
        Self {
            method,
            path,
            access,
            audit: None,
            summary: "",
            parameters: Vec::new(),
            body: None,
            answer: None,
            answer_type: "application/json",
            body_bytes_max: BODY_BYTES_MAX,
            handler,
        }
    }

    /// Each call makes an entry of this action in the audit trail before its answer leaves; one whose handler says
    /// `Call::shows_nothing` only if it is refused.
    pub fn audited(mut self, action: &'static str) -> Self {
        self.audit = Some(action);
        self
    }

    /// One sentence for the documentation.
    pub fn summary(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    /// The query and path parameters.
    pub fn parameters<T: IntoParams>(mut self) -> Self {
        self.parameters.extend(T::into_params(|| None));
        self
    }

    /// The JSON body it takes.
    pub fn body<T: ToSchema>(mut self) -> Self {
        self.body = Some(shape::<T>());
        self
    }

    /// The JSON it answers.
    pub fn answer<T: ToSchema>(mut self) -> Self {
        self.answer = Some(shape::<T>());
        self
    }

    /// It answers something else than JSON.
    pub fn answer_type(mut self, media_type: &'static str) -> Self {
        self.answer_type = media_type;
        self
    }

    /// The largest body it takes, in bytes.
    pub fn body_bytes_max(mut self, bytes: usize) -> Self {
        self.body_bytes_max = bytes;
        self
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path, with `{name}` for its parts.
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// What it asks of its caller.
    pub fn access(&self) -> Access {
        self.access
    }
}
