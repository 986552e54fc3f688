//! Holds every registered statement against an engine: it prepares, and it answers the columns its readers expect.

use tokio_postgres::types::Type;

use crate::{ColumnKind, Db, Statement, statement};

/// Prepares all statements linked into this program on a migrated database. Each line of the answer is one fault.
pub async fn check_statements(db: &Db) -> Vec<String> {
    let mut faults = Vec::new();
    for statement in statement::registered() {
        match db.prepare(statement).await {
            Err(error) => faults.push(error.to_string()),
            Ok(columns) => faults.extend(compare(statement, &columns)),
        }
    }
    faults
}

fn compare(statement: &Statement, columns: &[(String, Option<Type>)]) -> Vec<String> {
    if columns.len() != statement.columns.len() {
        return vec![format!("{}: {} columns, {} listed", statement.name, columns.len(), statement.columns.len())];
    }
    let pairs = statement.columns.iter().zip(columns);
    let wrong = pairs
        .filter(|(listed, (name, ty))| listed.name != name || ty.as_ref().is_some_and(|ty| !holds(listed.kind, ty)));
    wrong.map(|(listed, (name, ty))| format!("{}: {name} {ty:?} where {listed:?} is listed", statement.name)).collect()
}

fn holds(kind: ColumnKind, ty: &Type) -> bool {
    match kind {
        ColumnKind::Int | ColumnKind::MaybeInt => *ty == Type::INT8 || *ty == Type::INT4,
        ColumnKind::Text | ColumnKind::MaybeText => *ty == Type::TEXT,
        ColumnKind::Bytes | ColumnKind::MaybeBytes => *ty == Type::BYTEA,
    }
}
