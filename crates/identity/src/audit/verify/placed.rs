//! The placements of the audit log against its leaves: proofs of entries are looked up by them.

use xinlu_db::Db;
use xinlu_ledger::{LogName, LogReport, Placement, RefKind, head, placements};

use crate::IdentityError;
use crate::audit::leaf::id_of;

/// Problems named; wrong placements repeat themselves.
const NAMED_MAX: usize = 100;

/// What is wrong: leaves that nothing is known of or that are placed twice, and placements whose first leaf is another's.
/// Between two placements' beginnings leaves follow one another as entries do, which the walk over the leaves has checked.
pub(super) async fn check_placements(db: &Db, log: &LogReport) -> Result<Vec<String>, IdentityError> {
    let mut wrong = Vec::new();
    let (mut expected, mut next) = (0_u64, 0_u64);
    loop {
        let page = placements(db, LogName::Audit, next).await?;
        let Some(last) = page.last() else { break };
        next = last.first_index.saturating_add(1);
        for one in &page {
            let from = one.first_index;
            if from > expected {
                wrong.push(format!("nothing is known of leaves {expected} to {from}"));
            } else if from < expected {
                wrong.push(format!("leaves {from} to {expected} are placed twice"));
            }
            // Placements beyond the tree that was read were made since.
            if from < log.tree_size && !is_of(log, one) {
                wrong.push(format!("leaf {from} is not that of kind {} number {}", one.kind.0, one.first_reference));
            }
            expected = from.saturating_add(one.count);
        }
    }
    // Read after the placements, which move together with it.
    let known = head(db, LogName::Audit).await?.map_or(0, |head| head.size).max(log.tree_size);
    if expected < log.tree_size {
        wrong.push(format!("nothing is known of leaves {expected} to {}", log.tree_size));
    } else if expected > known {
        wrong.push(format!("leaves {known} to {expected} are placed, and the log does not have them"));
    }
    wrong.truncate(NAMED_MAX);
    Ok(wrong)
}

/// Whether the first leaf of a placement is what it says; one that cannot be read is named with its file.
fn is_of(log: &LogReport, placement: &Placement) -> bool {
    let Ok(leaf) = log.leaf(placement.first_index) else { return true };
    match (placement.kind, id_of(&leaf)) {
        (RefKind::AUDIT, Some(id)) => u64::try_from(id) == Ok(placement.first_reference),
        (RefKind::CHECKPOINT, None) => true,
        _ => false,
    }
}
