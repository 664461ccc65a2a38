//! What makes a configuration unusable as a whole.
//!
//! Everything less than that is a [`Notice`](crate::voicemail::notice::Notice). The line between
//! the two is Asterisk's own wherever it draws one: a [`SyntaxFault`] in the main file makes
//! Asterisk refuse the file, so it is an error here; the same fault in an included file makes
//! Asterisk skip the rest of that file only, so it is a notice.
//!
//! No error carries text of a line, since a line may hold a password.

use std::path::PathBuf;
use std::{fmt, io};

use super::origin::Place;

/// Why a configuration could not be loaded.
#[derive(Debug)]
pub enum ConfError {
    /// The file could not be opened or read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// Asterisk would refuse the file because of this line.
    Syntax {
        /// The line.
        place: Place,
        /// What is wrong with it.
        fault: SyntaxFault,
    },
    /// The line runs a program, and that was not allowed.
    ExecRefused {
        /// The `#exec` line.
        place: Place,
    },
    /// The program of an `#exec` line could not be used.
    Exec {
        /// The `#exec` line.
        place: Place,
        /// What went wrong.
        reason: String,
    },
    /// A limit was passed that no real configuration comes near.
    TooLarge {
        /// Where the limit was passed.
        place: Place,
        /// The limit.
        limit: &'static str,
    },
}

impl fmt::Display for ConfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, source } => write!(f, "{}: {source}", path.display()),
            Self::Syntax {
                place,
                fault: fault @ (SyntaxFault::UnsupportedFilter | SyntaxFault::InheritsItself(_)),
            } => write!(f, "{place}: {fault}"),
            Self::Syntax { place, fault } => {
                write!(f, "{place}: {fault}; Asterisk would refuse the whole file")
            }
            Self::ExecRefused { place } => write!(
                f,
                "{place}: #exec runs a program, which is refused unless --allow-exec is given"
            ),
            Self::Exec { place, reason } => write!(f, "{place}: #exec: {reason}"),
            Self::TooLarge { place, limit } => write!(f, "{place}: more than {limit}"),
        }
    }
}

// The system's words are part of the text already: as a source they would be told twice.
impl std::error::Error for ConfError {}

/// A line that makes Asterisk stop reading the file it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyntaxFault {
    /// `[section` without `]`.
    NoClosingBracket,
    /// `[section](...` without `)`.
    NoClosingParenthesis,
    /// `[section](+)` where no such section (or only a template) stands above.
    NothingToAddTo(String),
    /// `[section](base)` where no such base stands above.
    UnknownBase(String),
    /// `[section](+,section)`: Asterisk copies for ever.
    InheritsItself(String),
    /// `[section](+name=pattern)`: a filter this reader has no use for.
    UnsupportedFilter,
    /// A value before any section.
    NoSection,
    /// A backslash with nothing printable behind it at the start of a line.
    BadEscape,
    /// `#include` of something that does not exist or cannot be read.
    IncludeMissing(String),
    /// Includes inside includes, deeper than Asterisk follows. Usually a loop.
    IncludeTooDeep(String),
}

impl fmt::Display for SyntaxFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoClosingBracket => f.write_str("section header without a closing ]"),
            Self::NoClosingParenthesis => f.write_str("section header without a closing )"),
            Self::NothingToAddTo(name) => {
                write!(
                    f,
                    "section {name:?} is added to, but does not exist above, or as a template only"
                )
            }
            Self::UnknownBase(name) => {
                write!(
                    f,
                    "section {name:?} is inherited from, but does not exist above"
                )
            }
            Self::InheritsItself(name) => write!(
                f,
                "section {name:?} inherits from itself; Asterisk would never finish reading it"
            ),
            Self::UnsupportedFilter => f.write_str(
                "section is chosen by a filter, (+name=pattern), which vmimap does not support",
            ),
            Self::NoSection => f.write_str("value stands before any section"),
            Self::BadEscape => f.write_str("backslash escapes nothing"),
            Self::IncludeMissing(pattern) => {
                write!(
                    f,
                    "included file {pattern:?} does not exist or cannot be read"
                )
            }
            Self::IncludeTooDeep(pattern) => {
                write!(
                    f,
                    "included file {pattern:?} is more than 10 includes deep; perhaps files include \
                     each other in a circle"
                )
            }
        }
    }
}
