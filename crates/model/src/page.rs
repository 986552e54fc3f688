//! One page of a list, continued by key.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// A page of items; `next` is the key that continues, absent on the last page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Page<T> {
    /// The items in order.
    pub items: Vec<T>,
    /// Opaque; hand it back as `after`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// The derived schema would name every list `Page`; ours is named after its items, such as `MemberViewPage`.
impl<T: ToSchema> ToSchema for Page<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Page", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

impl<T: ToSchema> PartialSchema for Page<T> {
    fn schema() -> RefOr<Schema> {
        let items =
            ArrayBuilder::new().items(Ref::from_schema_name(T::name())).description(Some("The items in order."));
        let next = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("Opaque; hand it back as `after`; absent on the last page."));
        ObjectBuilder::new()
            .property("items", items)
            .required("items")
            .property("next", next)
            .description(Some("One page of a list."))
            .into()
    }
}

/// How many items a page may have: 1 to 200, 50 unless told. More would only be scrolled past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageLimit(u32);

impl PageLimit {
    /// Most items of one page.
    pub const MAX: u32 = 200;
    /// Items of a page unless told.
    pub const DEFAULT: u32 = 50;

    /// `None` gives the default; anything beyond 1 to 200 is refused.
    pub fn new(wanted: Option<u32>) -> Option<Self> {
        let limit = wanted.unwrap_or(Self::DEFAULT);
        (1..=Self::MAX).contains(&limit).then_some(Self(limit))
    }

    /// The number of items.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Default for PageLimit {
    fn default() -> Self {
        Self(Self::DEFAULT)
    }
}
