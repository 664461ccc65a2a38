//! The book of runs: `<state-dir>/journal/runs.jsonl`, a line when a migrate run begins and one when
//! it has ended. A run without the second line was cut, or is under way.
//!
//! Appended to only, under the lock of the state directory. A torn last line is what a crash leaves
//! and is cut off by the next run; damage elsewhere is an error that names file and line.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ops::jsonl::{self, named};

/// The file's name below the state directory.
pub const FILE: &str = "journal/runs.jsonl";
const FORMAT: u32 = 1;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Line {
    /// A run begins.
    Begin {
        /// 1.
        format: u32,
        /// Its id.
        run: String,
        /// When, RFC 3339.
        time: String,
        /// The spool.
        spool: String,
        /// Voicemail boxes it is about.
        mailboxes: u64,
    },
    /// A run has ended.
    End {
        /// 1.
        format: u32,
        /// Its id.
        run: String,
        /// When, RFC 3339.
        time: String,
        /// Its exit status.
        exit: u8,
    },
}

/// The book of a state directory.
#[derive(Debug)]
pub struct Book {
    path: PathBuf,
    /// Every whole line.
    pub lines: Vec<Line>,
    /// Where the last of them ends.
    whole: u64,
}

impl Book {
    /// Reads the book; a missing one is empty.
    ///
    /// # Errors
    /// When it cannot be read, or a line other than the last is damaged.
    pub fn read(state_dir: &Path) -> io::Result<Self> {
        let path = state_dir.join(FILE);
        let octets = match fs::read(&path) {
            Ok(octets) => octets,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(named(&path, &error)),
        };
        let mut book = Self {
            path,
            lines: Vec::new(),
            whole: 0,
        };
        for (number, text) in (1..).zip(octets.split_inclusive(|octet| *octet == b'\n')) {
            if text.last() != Some(&b'\n') {
                break;
            }
            let line = understood(text).map_err(|why| {
                let path = book.path.display();
                let text = format!(
                    "{path}:{number}: damaged line ({why}); move the file away to go on without it: \
                     that costs only what vmimap runs tells"
                );
                io::Error::new(io::ErrorKind::InvalidData, text)
            })?;
            book.lines.push(line);
            book.whole += text.len() as u64;
        }
        Ok(book)
    }

    /// A run begins; on disk when this returns.
    ///
    /// # Errors
    /// The system's.
    pub fn begin(&mut self, run: &str, spool: &Path, mailboxes: usize) -> io::Result<()> {
        self.write(Line::Begin {
            format: FORMAT,
            run: run.to_owned(),
            time: Timestamp::now().to_string(),
            spool: spool.display().to_string(),
            mailboxes: mailboxes as u64,
        })
    }

    /// A run has ended; on disk when this returns.
    ///
    /// # Errors
    /// The system's.
    pub fn end(&mut self, run: &str, exit: u8) -> io::Result<()> {
        self.write(Line::End {
            format: FORMAT,
            run: run.to_owned(),
            time: Timestamp::now().to_string(),
            exit,
        })
    }

    fn write(&mut self, line: Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(&line)?;
        text.push(b'\n');
        let put = || -> io::Result<()> {
            let mut file = jsonl::open(&self.path)?;
            file.set_len(self.whole)?;
            file.write_all(&text)?;
            file.sync_data()?;
            jsonl::sync_name(&self.path)
        };
        put().map_err(|error| named(&self.path, &error))?;
        self.whole += text.len() as u64;
        self.lines.push(line);
        Ok(())
    }
}

fn understood(text: &[u8]) -> Result<Line, String> {
    let line: Line = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let (Line::Begin { format, .. } | Line::End { format, .. }) = &line;
    if *format == FORMAT {
        Ok(line)
    } else {
        Err(format!("format {format}, this vmimap knows {FORMAT}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_line_is_cut_off_and_a_damaged_one_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let begin = |run: &str| Book::read(dir.path())?.begin(run, Path::new("/s"), 2);
        begin("a").unwrap();
        let path = dir.path().join(FILE);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, [&whole[..], b"{\"step\":\"e"].concat()).unwrap();
        begin("b").unwrap();
        let book = Book::read(dir.path()).unwrap();
        assert_eq!(book.lines.len(), 2);
        fs::write(&path, [b"nonsense\n", &whole[..]].concat()).unwrap();
        let error = Book::read(dir.path()).unwrap_err().to_string();
        assert!(error.contains("runs.jsonl:1: damaged line"), "{error}");
        assert!(begin("c").is_err());
    }
}
