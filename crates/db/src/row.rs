//! One row of an answer, read column after column in the order the statement lists them.
//!
//! Reading out of order or as another kind is an error with the statement's name, never a silent default.

use xinlu_model::{Id, Time};

use crate::{DbError, Statement, Value};

/// A row; each call takes the next column.
#[derive(Debug)]
pub struct Row {
    statement: &'static Statement,
    values: std::vec::IntoIter<Value>,
    taken: usize,
}

impl Row {
    pub(crate) fn new(statement: &'static Statement, values: Vec<Value>) -> Self {
        Self { statement, values: values.into_iter(), taken: 0 }
    }

    fn wrong(&self) -> DbError {
        DbError::Column { statement: self.statement.name, index: self.taken }
    }

    fn next(&mut self) -> Result<Value, DbError> {
        self.taken += 1;
        self.values.next().ok_or_else(|| self.wrong())
    }

    /// An integer.
    pub fn int(&mut self) -> Result<i64, DbError> {
        self.maybe_int()?.ok_or_else(|| self.wrong())
    }

    /// An integer or NULL.
    pub fn maybe_int(&mut self) -> Result<Option<i64>, DbError> {
        match self.next()? {
            Value::Int(number) => Ok(Some(number)),
            Value::Null => Ok(None),
            _ => Err(self.wrong()),
        }
    }

    /// An integer that is 0 or 1.
    pub fn flag(&mut self) -> Result<bool, DbError> {
        Ok(self.int()? != 0)
    }

    /// An id.
    pub fn id<T>(&mut self) -> Result<Id<T>, DbError> {
        Ok(Id::new(self.int()?))
    }

    /// A time.
    pub fn time(&mut self) -> Result<Time, DbError> {
        Ok(Time::from_micros(self.int()?))
    }

    /// A time or NULL.
    pub fn maybe_time(&mut self) -> Result<Option<Time>, DbError> {
        Ok(self.maybe_int()?.map(Time::from_micros))
    }

    /// A text.
    pub fn text(&mut self) -> Result<String, DbError> {
        self.maybe_text()?.ok_or_else(|| self.wrong())
    }

    /// A text or NULL.
    pub fn maybe_text(&mut self) -> Result<Option<String>, DbError> {
        match self.next()? {
            Value::Text(text) => Ok(Some(text)),
            Value::Null => Ok(None),
            _ => Err(self.wrong()),
        }
    }

    /// Bytes.
    pub fn bytes(&mut self) -> Result<Vec<u8>, DbError> {
        self.maybe_bytes()?.ok_or_else(|| self.wrong())
    }

    /// Bytes or NULL.
    pub fn maybe_bytes(&mut self) -> Result<Option<Vec<u8>>, DbError> {
        match self.next()? {
            Value::Bytes(bytes) => Ok(Some(bytes)),
            Value::Null => Ok(None),
            _ => Err(self.wrong()),
        }
    }
}
