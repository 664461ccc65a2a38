//! What to look for in a folder: SEARCH keys that no caller can break out of (RFC 3501 §6.4.4).
//!
//! Keys stay in the order they were put in, and a word goes out bare where it can, quoted where it
//! must: the very form in which c-client asks. Does not send, see
//! [`Session::search`](super::session::Session::search). Invariants: text pieces are printable
//! ASCII without a stray quote; what is not ASCII goes as a literal, with CHARSET UTF-8.

use super::date;
use super::error::StoreError;
use super::name::quote;
use super::types::Uid;
use super::uidset::{LONGEST_SET, sets};

/// Octets a value may have.
const LONGEST_VALUE: usize = 1000;

/// Octets of a whole command besides its literals; servers cut lines at 8,000 and more
/// (RFC 7162 §4).
const LONGEST_COMMAND: usize = 7_900;

/// Search keys; a message must match all of them.
///
/// ```
/// use vmimap::mailstore::search::Search;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let search = Search::undeleted().and(!Search::seen()).and(Search::header("X-Box", "4123")?);
/// assert_eq!(search.to_string(), "UNDELETED NOT SEEN HEADER X-Box 4123");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    pieces: Vec<Piece>,
    /// How many keys stand side by side.
    keys: usize,
}

/// A stretch of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// As it stands.
    Text(String),
    /// To be sent as a literal.
    Literal(Vec<u8>),
}

impl Search {
    /// Every message.
    #[must_use]
    pub fn all() -> Self {
        Self::word("ALL")
    }

    /// Messages with `\Deleted`.
    #[must_use]
    pub fn deleted() -> Self {
        Self::word("DELETED")
    }

    /// Messages without `\Deleted`.
    #[must_use]
    pub fn undeleted() -> Self {
        Self::word("UNDELETED")
    }

    /// Messages with `\Seen`.
    #[must_use]
    pub fn seen() -> Self {
        Self::word("SEEN")
    }

    /// Messages without `\Seen`.
    #[must_use]
    pub fn unseen() -> Self {
        Self::word("UNSEEN")
    }

    /// Messages with `\Flagged`.
    #[must_use]
    pub fn flagged() -> Self {
        Self::word("FLAGGED")
    }

    /// Messages without `\Flagged`.
    #[must_use]
    pub fn unflagged() -> Self {
        Self::word("UNFLAGGED")
    }

    /// Messages with a header field of this name whose value *contains* `value`, in any case; an
    /// empty one matches every message that has the field.
    ///
    /// # Errors
    /// `InvalidArgument` where the name is no field name, or the value holds a control character
    /// or more than 1,000 octets.
    pub fn header(name: &str, value: &str) -> Result<Self, StoreError> {
        let plain = |b: u8| matches!(b, b'!'..=b'~') && b != b':';
        if name.is_empty() || name.len() > LONGEST_VALUE || !name.bytes().all(plain) {
            return Err(StoreError::invalid(format!(
                "SEARCH: header field {:?}: is no field name",
                shown(name)
            )));
        }
        if value.len() > LONGEST_VALUE || value.chars().any(char::is_control) {
            return Err(StoreError::invalid(format!(
                "SEARCH: value {:?}: is too long or holds a control character",
                shown(value)
            )));
        }
        let mut search = Self::word("HEADER ");
        search.push_text(&astring(name));
        search.push_text(" ");
        if value.is_ascii() {
            search.push_text(&astring(value));
        } else {
            search.pieces.push(Piece::Literal(value.into()));
        }
        Ok(search)
    }

    /// These messages and no other.
    ///
    /// # Errors
    /// `InvalidArgument` for none, and for so many that they fit no command line; look at those
    /// with [`envelopes_of`](super::session::Session::envelopes_of).
    pub fn uids(uids: &[Uid]) -> Result<Self, StoreError> {
        match sets(uids).as_slice() {
            [set] if set.len() <= LONGEST_SET => Ok(Self::word(&format!("UID {set}"))),
            [] => Err(StoreError::invalid("SEARCH: no UID is given")),
            _ => Err(StoreError::invalid(format!(
                "SEARCH: {} UIDs do not fit one command",
                uids.len()
            ))),
        }
    }

    /// Messages whose INTERNALDATE is on the day of this instant (Unix seconds, day in UTC) or
    /// later. Servers compare days as they stand in the date, without regard to its zone: ask for
    /// a day more on either side and compare instants.
    ///
    /// # Errors
    /// `InvalidArgument` for a date outside the years 0 to 9999.
    pub fn since(seconds: i64) -> Result<Self, StoreError> {
        Ok(Self::word(&format!("SINCE {}", day(seconds)?)))
    }

    /// Messages whose INTERNALDATE is on a day before that of this instant; else as
    /// [`since`](Self::since).
    ///
    /// # Errors
    /// As [`since`](Self::since).
    pub fn before(seconds: i64) -> Result<Self, StoreError> {
        Ok(Self::word(&format!("BEFORE {}", day(seconds)?)))
    }

    /// Messages that were put into the folder on a day before that of this instant (`SAVEDBEFORE`,
    /// RFC 8514: only where the server announces `SAVEDATE`); else as [`before`](Self::before).
    ///
    /// # Errors
    /// As [`since`](Self::since).
    pub fn saved_before(seconds: i64) -> Result<Self, StoreError> {
        Ok(Self::word(&format!("SAVEDBEFORE {}", day(seconds)?)))
    }

    /// Messages of more than this many octets.
    #[must_use]
    pub fn larger(octets: u32) -> Self {
        Self::word(&format!("LARGER {octets}"))
    }

    /// Messages of fewer than this many octets.
    #[must_use]
    pub fn smaller(octets: u32) -> Self {
        Self::word(&format!("SMALLER {octets}"))
    }

    /// Messages with this keyword, `$Forwarded` for example.
    ///
    /// # Errors
    /// `InvalidArgument` where it is no atom.
    pub fn keyword(keyword: &str) -> Result<Self, StoreError> {
        if !is_atom(keyword) || keyword.len() > LONGEST_VALUE {
            return Err(StoreError::invalid(format!(
                "SEARCH: keyword {:?}: is none",
                shown(keyword)
            )));
        }
        Ok(Self::word(&format!("KEYWORD {keyword}")))
    }

    /// Messages that match both; the keys of `other` come after these.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.push_text(" ");
        self.append(other.pieces);
        self.keys += other.keys;
        self
    }

    /// Messages that match either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let mut either = Self::word("OR ");
        either.append(self.into_one_key());
        either.push_text(" ");
        either.append(other.into_one_key());
        either
    }

    fn word(word: &str) -> Self {
        Self {
            pieces: vec![Piece::Text(word.to_owned())],
            keys: 1,
        }
    }

    /// Its pieces, in parentheses where they are more than one key.
    fn into_one_key(self) -> Vec<Piece> {
        if self.keys == 1 {
            return self.pieces;
        }
        let mut whole = Self::word("(");
        whole.append(self.pieces);
        whole.push_text(")");
        whole.pieces
    }

    fn push_text(&mut self, text: &str) {
        match self.pieces.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text),
            _ => self.pieces.push(Piece::Text(text.to_owned())),
        }
    }

    fn append(&mut self, pieces: Vec<Piece>) {
        for piece in pieces {
            match piece {
                Piece::Text(text) => self.push_text(&text),
                literal @ Piece::Literal(_) => self.pieces.push(literal),
            }
        }
    }

    /// The pieces behind `SEARCH `, with the charset where one is needed.
    pub(super) fn command(&self) -> Result<Vec<Piece>, StoreError> {
        let literal = |p: &Piece| matches!(p, Piece::Literal(_));
        let needs_charset = self.pieces.iter().any(literal);
        let mut command = Self::word(if needs_charset { "CHARSET UTF-8 " } else { "" });
        command.append(self.pieces.clone());
        let octets = command.pieces.iter().map(|piece| match piece {
            Piece::Text(text) => text.len(),
            Piece::Literal(_) => 0,
        });
        if octets.sum::<usize>() > LONGEST_COMMAND {
            return Err(StoreError::invalid("SEARCH: does not fit one command"));
        }
        Ok(command.pieces)
    }
}

impl std::ops::Not for Search {
    type Output = Self;

    /// Messages that do not match.
    fn not(self) -> Self {
        let mut not = Self::word("NOT ");
        not.append(self.into_one_key());
        not
    }
}

impl std::fmt::Display for Search {
    /// The keys as they are sent; a literal reads as its text in quotes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => f.write_str(text)?,
                Piece::Literal(octets) => f.write_str(&quote(&String::from_utf8_lossy(octets)))?,
            }
        }
        Ok(())
    }
}

fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}

fn day(seconds: i64) -> Result<String, StoreError> {
    let date = date::format(seconds, 0);
    let day = date.as_deref().and_then(|date| date.split(' ').next());
    day.map(str::to_owned).ok_or_else(|| {
        StoreError::invalid(format!("SEARCH: {seconds} is no date that IMAP can say"))
    })
}

/// A word bare where it can be, else quoted; the caller has made sure that it is printable ASCII.
fn astring(text: &str) -> String {
    if is_atom(text) && !text.eq_ignore_ascii_case("NIL") {
        text.to_owned()
    } else {
        quote(text)
    }
}

/// Whether this is an `atom` (RFC 3501 §9).
fn is_atom(text: &str) -> bool {
    let plain = |b: u8| {
        b.is_ascii_graphic() && !matches!(b, b'(' | b')' | b'{' | b'%' | b'*' | b'"' | b'\\' | b']')
    };
    !text.is_empty() && text.bytes().all(plain)
}

#[cfg(test)]
mod tests;
