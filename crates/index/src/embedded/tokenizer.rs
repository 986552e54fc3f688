//! Hands the bigrams of `text` to tantivy.
//!
//! It must never fold: what comes in is folded already, pieces joined by the separator.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};
use xinlu_text::{PIECE_SEPARATOR, TokenKind, Tokens};

pub const TOKENIZER: &str = "bigram";

#[derive(Debug, Clone, Default)]
pub struct BigramTokenizer {
    token: Token,
}

pub struct BigramStream<'a> {
    tokens: Tokens<'a>,
    token: &'a mut Token,
}

impl Tokenizer for BigramTokenizer {
    type TokenStream<'a> = BigramStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> BigramStream<'a> {
        self.token.reset();
        BigramStream { tokens: Tokens::new(text), token: &mut self.token }
    }
}

impl TokenStream for BigramStream<'_> {
    fn advance(&mut self) -> bool {
        let Some(token) = self.tokens.next() else { return false };
        self.token.text.clear();
        if token.kind == TokenKind::RunStart {
            self.token.text.push(PIECE_SEPARATOR);
        }
        self.token.text.push_str(token.text);
        self.token.position = token.position as usize;
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}
