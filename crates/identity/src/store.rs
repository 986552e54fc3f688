//! All SQL of this part, by subject. Nothing outside names a table of ours.

use xinlu_db::Value;

pub(crate) mod audit;
pub(crate) mod contacts;
pub(crate) mod directory;
pub(crate) mod keys;
pub(crate) mod roles;
pub(crate) mod sessions;
pub(crate) mod tags;
pub(crate) mod totp;
pub(crate) mod users;

/// Keys of one `…_16` statement; a portable stand-in for a list parameter.
const LIST_WIDTH: usize = 16;

/// The keys sixteen at a time, the last lot filled up by repeating.
fn lots(keys: &[Value]) -> Vec<Vec<Value>> {
    let fill = |lot: &[Value]| {
        let filler = lot.last().cloned().into_iter().cycle().take(LIST_WIDTH - lot.len());
        lot.iter().cloned().chain(filler).collect()
    };
    keys.chunks(LIST_WIDTH).map(fill).collect()
}

/// The same of ids.
fn lots_of_ids<T>(ids: &[xinlu_model::Id<T>]) -> Vec<Vec<Value>> {
    let keys: Vec<Value> = ids.iter().copied().map(Value::from).collect();
    lots(&keys)
}
