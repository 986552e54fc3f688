//! Problems of one table, the first of them named and the rest counted.
//!
//! A table that is wrong all over must fill neither the memory nor the report.

use super::leaves::NAMED_MAX;
use super::{Verification, VerifyProblem};

/// Useful for a walk over one table.
pub(super) struct Named {
    table: &'static str,
    problems: Vec<VerifyProblem>,
    more: usize,
}

impl Named {
    pub(super) fn of(table: &'static str) -> Self {
        Self { table, problems: Vec::new(), more: 0 }
    }

    pub(super) fn wrong(&mut self, place: String, what: String) {
        if self.problems.len() < NAMED_MAX {
            self.problems.push(VerifyProblem { place, what });
        } else {
            self.more += 1;
        }
    }
}

impl Verification {
    /// Takes over what was found of a table.
    pub(super) fn take_named(&mut self, named: Named) {
        let Named { table, problems, more } = named;
        self.report.problems.extend(problems);
        if more > 0 {
            self.report.problem(table, &format!("and {more} more problems of this table"));
        }
    }
}
