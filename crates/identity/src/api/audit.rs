//! The audit trail, newest first, and the proof of an entry.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Method;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::IntoParams;
use xinlu_http::{Access, Answer, Call, Endpoint, Json, Path, Query};
use xinlu_ledger::{ProofAnswer, RefKind};
use xinlu_model::{AuditId, Page, Time, UserId};

use crate::access::permission::AUDIT_READ;
use crate::audit::{AuditEntry, AuditOutcome, audit_canonical};
use crate::store::audit::{self as store, Filter};
use crate::{Identity, IdentityError};

use super::{after, limit, next};

pub(super) fn endpoints(identity: &Arc<Identity>) -> Vec<Endpoint> {
    let state = || Arc::clone(identity);
    let read = Access::Permission(AUDIT_READ);
    vec![
        Endpoint::new(Method::GET, "/api/v1/audit", read, get(list).with_state(state()))
            .summary("Lists the audit trail, newest first")
            .audited("audit.read")
            .parameters::<ListAudit>()
            .answer::<Page<AuditView>>(),
        Endpoint::new(Method::GET, "/api/v1/audit/{id}", read, get(view).with_state(state()))
            .summary("Shows an entry of the audit trail")
            .audited("audit.read")
            .answer::<AuditView>(),
        Endpoint::new(Method::GET, "/api/v1/audit/{id}/proof", read, get(proof).with_state(state()))
            .summary("Proves that an entry stands in the audit log, with all that checking it needs")
            .audited("audit.prove")
            .answer::<AuditProof>(),
    ]
}

/// Which entries.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListAudit {
    /// Of this user.
    #[param(value_type = Option<i64>)]
    user: Option<UserId>,
    /// Whose action begins with this, as `user.` or `conversation.read`.
    action: Option<String>,
    /// Whose target begins with this, as `user:7`.
    target: Option<String>,
    /// That ended so.
    outcome: Option<AuditOutcome>,
    /// Not before.
    #[param(value_type = Option<String>, format = "date-time")]
    from: Option<Time>,
    /// Before.
    #[param(value_type = Option<String>, format = "date-time")]
    until: Option<Time>,
    /// The `next` of the page before.
    after: Option<String>,
    /// 1 to 200, 50 unless told.
    limit: Option<u32>,
}

/// An entry.
#[derive(Serialize, utoipa::ToSchema)]
struct AuditView {
    id: AuditId,
    at: Time,
    /// Who; absent before signing in and on the command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserId>,
    user_name: String,
    action: String,
    target: String,
    outcome: AuditOutcome,
    /// More, as the part that acted says it.
    detail: Value,
    request_id: String,
}

impl From<AuditEntry> for AuditView {
    fn from(entry: AuditEntry) -> Self {
        Self {
            id: entry.id,
            at: entry.at,
            user: entry.user,
            user_name: entry.user_name,
            action: entry.action,
            target: entry.target,
            outcome: entry.outcome,
            detail: serde_json::from_str(&entry.detail).unwrap_or(Value::Null),
            request_id: entry.request_id,
        }
    }
}

/// A proof, or that it has to be waited for.
#[derive(Serialize, utoipa::ToSchema)]
struct AuditProof {
    /// `pending` for about a second after the entry was written, then `logged`.
    state: &'static str,
    /// Place in the log, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    leaf_index: Option<u64>,
    /// Leaves of the tree that the checkpoint signs.
    #[serde(skip_serializing_if = "Option::is_none")]
    tree_size: Option<u64>,
    /// The leaf, base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    leaf: Option<String>,
    /// RFC 6962 inclusion path from the leaf up, base64.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<String>,
    /// The signed note (c2sp.org/tlog-checkpoint).
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<String>,
    /// The log's public key (c2sp.org/signed-note).
    #[serde(skip_serializing_if = "Option::is_none")]
    vkey: Option<String>,
    /// The bytes the leaf commits to, base64.
    entry: String,
    /// The 32 bytes that open the commitment: HMAC-SHA-256(blind, entry) are the last 32 bytes of the leaf. Base64.
    blind: String,
}

async fn list(
    State(identity): State<Arc<Identity>>,
    call: Call,
    Query(query): Query<ListAudit>,
) -> Answer<Page<AuditView>> {
    let limit = limit(query.limit)?;
    let before = match after(query.after.as_deref())? {
        0 => i64::MAX,
        key => key,
    };
    let filter = Filter {
        before: AuditId::new(before),
        from: query.from.unwrap_or(Time::from_micros(i64::MIN)),
        until: query.until.unwrap_or(Time::from_micros(i64::MAX)),
        action: query.action.unwrap_or_default(),
        target: query.target.unwrap_or_default(),
        outcome: query.outcome,
        user: query.user,
    };
    let asked = json!({"user": filter.user, "action": filter.action, "target": filter.target});
    call.note("audit", asked);
    let page = store::list(&identity.db, &filter, limit).await?;
    let next = next(page.len(), limit, page.last().map(|entry| entry.id.number()));
    Ok(Json(Page { items: page.into_iter().map(AuditView::from).collect(), next }))
}

async fn view(State(identity): State<Arc<Identity>>, call: Call, Path(id): Path<AuditId>) -> Answer<AuditView> {
    call.note(&format!("audit:{id}"), Value::Null);
    let (entry, _) = store::load(&identity.db, id).await?.ok_or(IdentityError::NotFound("audit entry"))?;
    Ok(Json(entry.into()))
}

async fn proof(State(identity): State<Arc<Identity>>, call: Call, Path(id): Path<AuditId>) -> Answer<AuditProof> {
    call.note(&format!("audit:{id}"), Value::Null);
    let (entry, blind) = store::load(&identity.db, id).await?.ok_or(IdentityError::NotFound("audit entry"))?;
    let ledger = identity.ledger.as_ref().ok_or(IdentityError::NotFound("audit log"))?;
    let mut proof = AuditProof {
        state: "pending",
        leaf_index: None,
        tree_size: None,
        leaf: None,
        hashes: Vec::new(),
        checkpoint: None,
        vkey: None,
        entry: STANDARD.encode(audit_canonical(&entry)),
        blind: STANDARD.encode(blind),
    };
    match ledger.proof(RefKind::AUDIT, id.number() as u64).await? {
        ProofAnswer::Pending => {}
        ProofAnswer::Absent => return Err(IdentityError::NotFound("leaf of this entry").into()),
        ProofAnswer::Found { leaf_index, tree_size, leaf, hashes, checkpoint } => {
            proof.state = "logged";
            proof.leaf_index = Some(leaf_index);
            proof.tree_size = Some(tree_size);
            proof.leaf = Some(STANDARD.encode(leaf));
            for hash in hashes {
                proof.hashes.push(hash.to_base64());
            }
            proof.checkpoint = Some(checkpoint);
            proof.vkey = Some(ledger.verifier().to_string());
        }
    }
    Ok(Json(proof))
}
