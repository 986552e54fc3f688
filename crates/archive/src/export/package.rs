//! The package of an export: the page, the messages as data, and all that a stranger needs to check that none was changed.
//!
//! Files: `README.txt`, `conversation.html`, `messages.jsonl` (a message a line, as the API shows it), `proofs/RECORD.json`
//! (as `/api/v1/archive/proof/RECORD`), `checkpoint.txt` and `log.vkey`.

use xinlu_http::Grants;

use super::outlet::Outlet;
use super::{Export, Walk, page};
use crate::{Archive, ArchiveError};

/// How to check the package, in both languages: who gets it may read neither ours nor the exporter's.
const README: &str = include_str!("readme.txt");

/// Writes the package up to its directory, which `Outlet::finish` writes.
pub(super) async fn write(
    archive: &Archive,
    grants: &Grants,
    export: &Export,
    outlet: &mut Outlet,
) -> Result<(), ArchiveError> {
    outlet.begin("README.txt")?;
    outlet.write(README.as_bytes()).await?;
    outlet.begin("log.vkey")?;
    outlet.write(format!("{}\n", export.vkey).as_bytes()).await?;
    if let Some(checkpoint) = &export.checkpoint {
        outlet.begin("checkpoint.txt")?;
        outlet.write(checkpoint.as_bytes()).await?;
    }
    outlet.begin("conversation.html")?;
    page::write(archive, grants, export, outlet).await?;

    outlet.begin("messages.jsonl")?;
    let mut records = Vec::new();
    let mut walk = Walk::new(export);
    while let Some(messages) = walk.page(archive, grants, export).await? {
        for message in messages {
            records.push(message.record);
            outlet.write(&json(&message)?).await?;
            outlet.write(b"\n").await?;
        }
    }
    for record in records {
        let proof = archive.proof(grants, record).await?;
        outlet.begin(&format!("proofs/{record}.json"))?;
        outlet.write(&json(&proof)?).await?;
    }
    Ok(())
}

fn json<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, ArchiveError> {
    serde_json::to_vec(value).map_err(|_| ArchiveError::Misuse("an answer cannot be written as JSON"))
}
