//! The query language: from what a person types to a tree.
//!
//! Words and "phrases" are substrings; `AND` (or nothing) binds before `OR`; `NOT` or `-` excludes; `word*` is a prefix;
//! fields are `from:` `to:` `with:` `in:` `kind:` `dept:` `after:` `before:` `has:media`. Full-width punctuation does the same.
//!
//! Pure: names stay names here; `resolve.rs` turns them into ids. It never guesses: what it cannot read is an error with a place.

use crate::SearchError;

/// Levels of brackets, so that reading cannot exhaust the stack.
const DEPTH_MAX: usize = 32;
/// Characters of a query; longer is no question of a person.
const CHARS_MAX: usize = 2_000;

/// What was typed, as a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// Everything.
    All,
    /// A substring.
    Term(String),
    /// A word's beginning.
    Prefix(String),
    /// All of them.
    And(Vec<Query>),
    /// One of them.
    Or(Vec<Query>),
    /// Not this.
    Not(Box<Query>),
    /// A field and what it should be.
    Field(Field, String),
}

/// The fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Who said it.
    From,
    /// Who was told.
    To,
    /// Either.
    With,
    /// The conversation: id or title.
    In,
    /// The kind of message.
    Kind,
    /// A department of a member taking part, with those below.
    Dept,
    /// Sent at or after.
    After,
    /// Sent before.
    Before,
    /// `media`.
    Has,
}

/// Names of fields, English and Chinese.
const FIELDS: [(&str, Field); 18] = [
    ("from", Field::From),
    ("发送人", Field::From),
    ("to", Field::To),
    ("接收人", Field::To),
    ("with", Field::With),
    ("参与人", Field::With),
    ("in", Field::In),
    ("会话", Field::In),
    ("kind", Field::Kind),
    ("类型", Field::Kind),
    ("dept", Field::Dept),
    ("部门", Field::Dept),
    ("after", Field::After),
    ("之后", Field::After),
    ("before", Field::Before),
    ("之前", Field::Before),
    ("has", Field::Has),
    ("包含", Field::Has),
];

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    And,
    Or,
    Not,
    Word(String),
    Phrase(String),
    Field(Field),
}

/// Reads a query.
pub fn parse(text: &str) -> Result<Query, SearchError> {
    if text.chars().count() > CHARS_MAX {
        return Err(SearchError::TooLarge);
    }
    let tokens = tokens(text)?;
    let mut reader = Reader { tokens: &tokens, next: 0, end: text.chars().count(), depth: 0 };
    if tokens.is_empty() {
        return Ok(Query::All);
    }
    let query = reader.any()?;
    match reader.peek() {
        None => Ok(query),
        Some(_) => Err(reader.wrong("a closing bracket without an opening one")),
    }
}

fn is_quote(letter: char) -> bool {
    matches!(letter, '"' | '“' | '”' | '＂')
}

fn is_colon(letter: char) -> bool {
    matches!(letter, ':' | '：')
}

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, SearchError> {
    let letters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(letter) = letters.get(at).copied() {
        let start = at;
        at += 1;
        match letter {
            letter if letter.is_whitespace() => {}
            '(' | '（' => tokens.push((start, Token::Open)),
            ')' | '）' => tokens.push((start, Token::Close)),
            '-' if starts_operand(&letters, at) => tokens.push((start, Token::Not)),
            letter if is_quote(letter) => {
                let length = letters.iter().skip(at).position(|letter| is_quote(*letter));
                let length =
                    length.ok_or(SearchError::Syntax { at: start, what: "a quote is not closed".to_owned() })?;
                tokens.push((start, Token::Phrase(letters.iter().skip(at).take(length).collect())));
                at += length + 1;
            }
            _ => {
                at = start + word_length(&letters, start);
                let word: String = letters.iter().skip(start).take(at - start).collect();
                let colon = letters.get(at).is_some_and(|letter| is_colon(*letter));
                match field(&word).filter(|_| colon) {
                    Some(field) => {
                        at += 1;
                        tokens.push((start, Token::Field(field)));
                    }
                    None => at = push_word(&mut tokens, &letters, start, at),
                }
            }
        }
    }
    Ok(tokens)
}

/// A word goes on over colons that belong to no field (`12:30`).
fn push_word(tokens: &mut Vec<(usize, Token)>, letters: &[char], start: usize, mut at: usize) -> usize {
    while letters.get(at).is_some_and(|letter| is_colon(*letter)) {
        at += 1;
        at += word_length(letters, at);
    }
    let word: String = letters.iter().skip(start).take(at - start).collect();
    let token = match word.as_str() {
        "AND" | "&&" => Token::And,
        "OR" | "||" => Token::Or,
        "NOT" => Token::Not,
        _ => Token::Word(word),
    };
    tokens.push((start, token));
    at
}

fn word_length(letters: &[char], start: usize) -> usize {
    let ends =
        |letter: &char| letter.is_whitespace() || is_quote(*letter) || is_colon(*letter) || "()（）".contains(*letter);
    let rest = letters.iter().skip(start);
    rest.clone().position(ends).unwrap_or_else(|| rest.count())
}

fn starts_operand(letters: &[char], at: usize) -> bool {
    letters.get(at).is_some_and(|letter| !letter.is_whitespace())
}

fn field(word: &str) -> Option<Field> {
    FIELDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, field)| *field)
}

struct Reader<'a> {
    tokens: &'a [(usize, Token)],
    next: usize,
    end: usize,
    depth: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn wrong(&self, what: &str) -> SearchError {
        let at = self.tokens.get(self.next).map_or(self.end, |(at, _)| *at);
        SearchError::Syntax { at, what: what.to_owned() }
    }

    fn any(&mut self) -> Result<Query, SearchError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(SearchError::TooLarge);
        }
        let mut parts = vec![self.all()?];
        while self.peek() == Some(&Token::Or) {
            self.next += 1;
            parts.push(self.all()?);
        }
        self.depth -= 1;
        Ok(joined(parts, Query::Or))
    }

    fn all(&mut self) -> Result<Query, SearchError> {
        let mut parts = vec![self.one()?];
        loop {
            match self.peek() {
                None | Some(Token::Or | Token::Close) => return Ok(joined(parts, Query::And)),
                Some(Token::And) => self.next += 1,
                Some(_) => {}
            }
            parts.push(self.one()?);
        }
    }

    fn one(&mut self) -> Result<Query, SearchError> {
        let Some(token) = self.peek().cloned() else { return Err(self.wrong("something is missing at the end")) };
        match token {
            Token::Not => {
                self.next += 1;
                self.depth += 1;
                if self.depth > DEPTH_MAX {
                    return Err(SearchError::TooLarge);
                }
                let part = self.one()?;
                self.depth -= 1;
                Ok(Query::Not(Box::new(part)))
            }
            Token::Open => {
                self.next += 1;
                let query = self.any()?;
                if self.peek() != Some(&Token::Close) {
                    return Err(self.wrong("a bracket is not closed"));
                }
                self.next += 1;
                Ok(query)
            }
            Token::Field(field) => {
                self.next += 1;
                self.value(field)
            }
            Token::Word(word) => {
                self.next += 1;
                Ok(word_or_prefix(&word))
            }
            Token::Phrase(phrase) => {
                self.next += 1;
                Ok(Query::Term(phrase))
            }
            Token::And | Token::Or | Token::Close => Err(self.wrong("a word, a phrase or a field is missing here")),
        }
    }

    fn value(&mut self, field: Field) -> Result<Query, SearchError> {
        match self.peek().cloned() {
            Some(Token::Word(value) | Token::Phrase(value)) if !value.trim().is_empty() => {
                self.next += 1;
                Ok(Query::Field(field, value))
            }
            _ => Err(self.wrong("the field's value is missing")),
        }
    }
}

fn word_or_prefix(word: &str) -> Query {
    match word.strip_suffix(['*', '＊']) {
        Some(start) if !start.is_empty() => Query::Prefix(start.to_owned()),
        _ => Query::Term(word.to_owned()),
    }
}

fn joined(mut parts: Vec<Query>, join: fn(Vec<Query>) -> Query) -> Query {
    match parts.len() {
        1 => parts.pop().unwrap_or(Query::All),
        _ => join(parts),
    }
}

impl Query {
    /// Whether it asks for words, which only those may who see text.
    pub fn asks_for_text(&self) -> bool {
        match self {
            Self::Term(_) | Self::Prefix(_) => true,
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::asks_for_text),
            Self::Not(part) => part.asks_for_text(),
            Self::All | Self::Field(..) => false,
        }
    }
}

#[cfg(test)]
mod tests;
