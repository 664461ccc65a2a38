//! Where a configuration value came from.
//!
//! Every value, warning and error of this module carries one of these, so that an administrator
//! can be sent to the line. Cloning is cheap: the file name is shared.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// One line of one file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The file as it was named or found by an include pattern.
    pub file: Arc<Path>,
    /// The line, counted from 1 in that very file.
    pub line: u32,
}

impl Place {
    /// Makes a place.
    pub fn new(file: impl Into<Arc<Path>>, line: u32) -> Self {
        Self {
            file: file.into(),
            line,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

/// Whether a value was written down somewhere or is Asterisk's default.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Nobody said anything; Asterisk's own default applies.
    Default,
    /// Written on this line.
    Line(Place),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Line(place) => place.fmt(f),
        }
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value Asterisk uses: already cut, clamped or defaulted.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

impl<T> Setting<T> {
    /// A value nobody wrote down.
    pub fn default(value: impl Into<T>) -> Self {
        Self {
            value: value.into(),
            origin: Origin::Default,
        }
    }

    /// A value from a line.
    pub fn at(value: impl Into<T>, place: &Place) -> Self {
        Self {
            value: value.into(),
            origin: Origin::Line(place.clone()),
        }
    }
}
