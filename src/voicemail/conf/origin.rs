//! Where a line of configuration stands.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A file and a line in it; line 0 means that the value is Asterisk's default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file.
    pub file: Arc<Path>,
    /// The line, counted from 1.
    pub line: u32,
}

impl Origin {
    /// The origin of what no file says.
    #[must_use]
    pub fn default_value() -> Self {
        Self {
            file: Arc::from(Path::new("")),
            line: 0,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            f.write_str("default")
        } else {
            write!(f, "{}:{}", self.file.display(), self.line)
        }
    }
}
