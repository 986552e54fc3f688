//! One page of a list, continued by key.

use serde::{Deserialize, Serialize};

/// A page of items; `next` is the key that continues, absent on the last page.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The items in order.
    pub items: Vec<T>,
    /// Opaque; hand it back as `after`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
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
