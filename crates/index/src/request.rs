//! Question and answer of a search.
//!
//! It must never page by offset: a page begins after a key.

use serde::{Deserialize, Serialize};

use crate::{Expr, IndexError};

/// Most hits of one page; a page is shown to a person, an export goes through the archive.
pub const LIMIT_MAX: usize = 200;
/// Most values of one facet.
const FACET_VALUES_MAX: usize = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    #[default]
    TimeDescending,
    TimeAscending,
    /// BM25 over bigrams; equal scores by time, newest first. Scores move a little when documents are added between two pages.
    Relevance,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SearchRequest {
    pub expr: Expr,
    /// Only documents one of whose members is in the list; `None` sees all, an empty list sees nothing.
    pub scope: Option<Vec<u64>>,
    pub sort: Sort,
    /// 0 to [`LIMIT_MAX`]; 0 only counts.
    pub limit: usize,
    /// The `next` of the page before.
    pub after: Option<Cursor>,
    pub facets: FacetRequest,
}

impl SearchRequest {
    /// Newest first, no scope, no facets.
    pub fn new(expr: Expr, limit: usize) -> Self {
        SearchRequest {
            expr,
            scope: None,
            sort: Sort::TimeDescending,
            limit,
            after: None,
            facets: FacetRequest::default(),
        }
    }

    pub fn check(&self) -> Result<(), IndexError> {
        let facet_max = self.facets.conversations_max.max(self.facets.senders_max);
        if self.limit > LIMIT_MAX || facet_max > FACET_VALUES_MAX {
            return Err(IndexError::LimitTooLarge { limit: self.limit.max(facet_max) });
        }
        self.expr.check()
    }
}

/// Which counts are wanted beside the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FacetRequest {
    pub kinds: bool,
    /// The most frequent conversations, at most so many; 0 wants none.
    pub conversations_max: usize,
    pub senders_max: usize,
    pub months: bool,
    /// Months are cut in local time: minutes east of UTC (China 480).
    pub utc_offset_minutes: i32,
}

impl FacetRequest {
    pub(crate) fn wants_any(&self) -> bool {
        self.kinds || self.months || self.conversations_max > 0 || self.senders_max > 0
    }
}

/// Key of the last hit of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    pub sent_at_micros: i64,
    pub record: u64,
    /// Bits of the score when sorted by relevance, else 0.
    pub score_bits: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    pub record: u64,
    pub sent_at_micros: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchAnswer {
    pub hits: Vec<Hit>,
    /// All matching documents, exactly, whatever the page.
    pub total: u64,
    pub facets: Facets,
    /// `None` on the last page.
    pub next: Option<Cursor>,
}

/// Counts over all matching documents, exact. The two lists of a limited length hold the most frequent values, equal counts by
/// smaller value first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facets {
    /// (kind, count), by kind.
    pub kinds: Vec<(u16, u64)>,
    pub conversations: Vec<(u64, u64)>,
    pub senders: Vec<(u64, u64)>,
    /// (year × 100 + month, count), by month.
    pub months: Vec<(i32, u64)>,
}

/// The month of a time as year × 100 + month (proleptic Gregorian; algorithm of Howard Hinnant, "chrono-compatible low-level date
/// algorithms").
pub(crate) fn month_of(sent_at_micros: i64, utc_offset_minutes: i32) -> i32 {
    let local = sent_at_micros.saturating_add(i64::from(utc_offset_minutes) * 60_000_000);
    let day = local.div_euclid(86_400_000_000) + 719_468;
    let era = day.div_euclid(146_097);
    let day_of_era = day.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year * 100 + month) as i32
}
