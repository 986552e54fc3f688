//! Language without I/O: how text is folded so that what looks the same is found as the same, how folded text is cut into
//! bigrams for the index, and where structured personal data stands in it.
//!
//! Words: *folding* maps text to the form that is indexed and compared; a *piece* is one text of a message (its body, a file
//! name, a link title); a *run* is a stretch of letters or digits of one class.
//! Invariants: `fold(fold(x)) == fold(x)`; folded text never contains [`PIECE_SEPARATOR`]; offsets always lie on character
//! boundaries of the original.
//!
//! It must never read files, the clock or the configuration, and never log the text it is given.

mod bigram;
mod digits;
mod fold;
mod personal_data;
mod simplify;

pub use bigram::{CharClass, Token, TokenKind, Tokens, char_class};
pub use fold::{Folded, PIECE_SEPARATOR, Span, fold, fold_into};
pub use personal_data::{PersonalData, PersonalDataKind, detect, mask};
pub use simplify::simplify;
