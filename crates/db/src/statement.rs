//! Registered SQL texts.
//!
//! A statement lists the columns it answers and their kinds, so a test can hold the text, both engines and the code
//! that reads the rows against one another. It is never changed at run time.

/// What a column holds. `Maybe…` may be NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// 64-bit integer.
    Int,
    /// UTF-8 text.
    Text,
    /// Bytes.
    Bytes,
    /// 64-bit integer or NULL.
    MaybeInt,
    /// Text or NULL.
    MaybeText,
    /// Bytes or NULL.
    MaybeBytes,
}

/// One column of an answer.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Name as the engine reports it.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
}

/// A registered SQL text with `$1`, `$2` … for its values.
#[derive(Debug)]
pub struct Statement {
    /// Module path and name, for errors.
    pub name: &'static str,
    /// The text, one for both engines.
    pub sql: &'static str,
    /// What it answers, in order; empty when it answers nothing.
    pub columns: &'static [Column],
}

/// A statement in the program-wide list that the checking test walks.
pub struct Registered(pub &'static Statement);

inventory::collect!(Registered);

/// Every statement linked into this program.
pub fn registered() -> Vec<&'static Statement> {
    inventory::iter::<Registered>.into_iter().map(|registered| registered.0).collect()
}

/// Registers a statement: `sql!(FIND_NAME = "SELECT name FROM part_thing WHERE id = $1" => name: Text);`
///
/// Kinds are those of `ColumnKind`. Without `=>` the statement answers no rows.
#[macro_export]
macro_rules! sql {
    ($visibility:vis $name:ident = $text:expr) => {
        $crate::sql!($visibility $name = $text =>);
    };
    ($visibility:vis $name:ident = $text:expr => $($column:ident : $kind:ident),* $(,)?) => {
        $visibility static $name: $crate::Statement = $crate::Statement {
            name: concat!(module_path!(), "::", stringify!($name)),
            sql: $text,
            columns: &[$($crate::Column { name: stringify!($column), kind: $crate::ColumnKind::$kind }),*],
        };
        $crate::inventory::submit! { $crate::Registered(&$name) }
    };
}
