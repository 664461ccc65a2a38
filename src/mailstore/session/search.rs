//! Searching the open folder (RFC 3501 §6.4.4, §7.2.5; ESEARCH answers: RFC 4731, RFC 9051).
//!
//! Never asks for an ESEARCH answer: its ranges may run over UIDs that do not exist, which would
//! count more than there is. Takes one where the server sends it all the same. Bounded; a SEARCH
//! that was not answered is an error and not an empty folder.

use std::fmt::Write as _;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use super::super::error::StoreError;
use super::super::link::{Link, OnUntagged, Untagged, accept, ignore, lock};
use super::super::options::Direction;
use super::super::response::Status;
use super::super::search::{Piece, Search};
use super::super::syntax::{Reader, Value};
use super::super::types::Uid;
use super::super::uidset;
use super::Session;

/// Messages one search may find.
const MOST: usize = 2_000_000;

/// How many messages a search found, and how long the server took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Messages.
    pub count: u64,
    /// From the last octet of the command to the answer.
    pub elapsed: Duration,
}

impl Session {
    /// The UIDs of the messages in the open folder that match, ascending, each once.
    ///
    /// A server searches what it saw of the folder last: [`noop`](Self::noop) makes it look again.
    ///
    /// # Errors
    /// `InvalidArgument` where no folder is open or the search does not fit a command; `Refused`
    /// with the server's words (`BADCHARSET`); `Malformed` where no answer can be understood;
    /// `TooLarge` for more than 2,000,000.
    pub fn search(&mut self, search: &Search) -> Result<Vec<Uid>, StoreError> {
        self.find("UID SEARCH", search).map(|(found, _)| found)
    }

    /// Counts by sequence numbers: plain `SEARCH` with the keys in the order given, the form in
    /// which c-client asks on behalf of Asterisk. For comparing counts and for measuring.
    ///
    /// # Errors
    /// As [`search`](Self::search).
    pub fn search_sequence(&mut self, search: &Search) -> Result<Counted, StoreError> {
        let (found, elapsed) = self.find("SEARCH", search)?;
        Ok(Counted {
            count: found.len() as u64,
            elapsed,
        })
    }

    fn find(
        &mut self,
        verb: &'static str,
        search: &Search,
    ) -> Result<(Vec<Uid>, Duration), StoreError> {
        let asked = self.ask(verb, search, &mut ignore)?;
        let Some(mut found) = asked.found else {
            let command = format!("{verb} in {}", self.open_name());
            let error = StoreError::malformed(command, asked.words.as_bytes());
            return Err(lock(&self.link).kill(error));
        };
        found.sort_unstable();
        found.dedup();
        Ok((found, asked.elapsed))
    }

    /// Searches; what the server tells besides is for `other`.
    pub(super) fn ask(
        &mut self,
        verb: &'static str,
        search: &Search,
        other: &mut OnUntagged<'_>,
    ) -> Result<Asked, StoreError> {
        let Some((name, _)) = &self.open else {
            return Err(StoreError::invalid("no folder is open"));
        };
        let command = format!("{verb} in {name}");
        let pieces = search.command()?;
        // Values are far shorter than what LITERAL- allows.
        let plus = self.capabilities.has("LITERAL+") || self.capabilities.has("LITERAL-");
        let mut link = lock(&self.link);
        link.alive()?;
        link.wire.set_doing(&command);
        let tag = link.tag();
        let early = send(&mut link, &format!("{tag} {verb} "), &pieces, plus, &tag)?;
        let sent = Instant::now();
        let mut answer = SearchAnswer {
            tag: &tag,
            by_uid: verb == "UID SEARCH",
            found: Vec::new(),
            came: false,
        };
        let status = match early {
            Some(status) => status,
            None => link.finish_any(&tag, &mut |untagged| {
                if answer.read(&untagged)? {
                    return Ok(());
                }
                other(untagged)
            })?,
        };
        let elapsed = sent.elapsed();
        let status = accept(status, &command)?;
        Ok(Asked {
            found: answer.came.then_some(answer.found),
            elapsed,
            words: status.text,
        })
    }
}

/// What came of a search.
pub(super) struct Asked {
    /// What was found, in the server's order; `None` where it said OK and told nothing, which some
    /// do where they find nothing.
    pub(super) found: Option<Vec<Uid>>,
    /// From the last octet of the command to the answer.
    elapsed: Duration,
    /// The text of its OK.
    words: String,
}

/// Sends a command in pieces. The status is there where the server answered instead of asking for
/// a literal.
fn send(
    link: &mut Link,
    start: &str,
    pieces: &[Piece],
    plus: bool,
    tag: &str,
) -> Result<Option<Status>, StoreError> {
    let mut text = start.to_owned();
    for piece in pieces {
        match piece {
            Piece::Text(words) => text.push_str(words),
            Piece::Literal(octets) => {
                let size = octets.len();
                // Writing to a String cannot fail.
                let _ = write!(text, "{{{size}{}}}", if plus { "+" } else { "" });
                link.queue(&text)?;
                text.clear();
                if !plus {
                    link.flush()?;
                    if let Some(status) = link.go_ahead(tag, &mut ignore)? {
                        return Ok(Some(status));
                    }
                }
                link.wire.trace(Direction::Client, octets);
                link.queue_octets(octets)?;
            }
        }
    }
    link.queue(&text)?;
    link.flush()?;
    Ok(None)
}

/// The SEARCH and ESEARCH lines of one answer.
struct SearchAnswer<'t> {
    tag: &'t str,
    by_uid: bool,
    found: Vec<Uid>,
    came: bool,
}

impl SearchAnswer<'_> {
    /// Takes an untagged answer; whether it was one to a search.
    fn read(&mut self, untagged: &Untagged<'_>) -> Result<bool, StoreError> {
        let Untagged::Data(data) = untagged else {
            return Ok(false);
        };
        let mut reader = Reader::new(data);
        let read = if reader.word("SEARCH") {
            self.came = true;
            self.numbers(reader)
        } else if reader.word("ESEARCH") {
            self.extended(reader)
        } else {
            return Ok(false);
        };
        if self.found.len() >= MOST {
            return Err(StoreError::TooLarge {
                doing: "SEARCH".to_owned(),
                limit: MOST as u64,
            });
        }
        read.map(|()| true)
            .ok_or_else(|| StoreError::malformed("SEARCH", data))
    }

    /// `SEARCH *(number) [(MODSEQ n)]`
    fn numbers(&mut self, mut reader: Reader<'_>) -> Option<()> {
        while !reader.at_end() && self.found.len() < MOST {
            if reader.at_list() {
                reader.skip()?;
                return reader.at_end().then_some(());
            }
            let Value::Atom(_) = reader.clone().value()? else {
                return None;
            };
            let number = u32::try_from(reader.number()?).ok()?;
            self.found.push(Uid(NonZeroU32::new(number)?));
        }
        Some(())
    }

    /// `ESEARCH [(TAG "tag")] [UID] *(name value)`; without ALL nothing was found.
    fn extended(&mut self, mut reader: Reader<'_>) -> Option<()> {
        if reader.at_list() {
            let correlator = reader.value()?;
            let [_, tag] = correlator.list()? else {
                return None;
            };
            if tag.octets()? != self.tag.as_bytes() {
                return Some(()); // about somebody else's search
            }
        }
        if reader.word("UID") != self.by_uid {
            return None;
        }
        self.came = true;
        while !reader.at_end() {
            let name = reader.value()?;
            if name.is("ALL") {
                let set = reader.value()?;
                uidset::read(set.octets()?, &mut self.found, MOST)?;
            } else {
                reader.skip()?;
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(by_uid: bool, lines: &[&str]) -> Result<Option<Vec<u32>>, StoreError> {
        let mut answer = SearchAnswer {
            tag: "v7",
            by_uid,
            found: Vec::new(),
            came: false,
        };
        for line in lines {
            answer.read(&Untagged::Data(line.as_bytes()))?;
        }
        let numbers = answer.found.iter().map(|uid| uid.0.get()).collect();
        Ok(answer.came.then_some(numbers))
    }

    #[test]
    fn both_kinds_of_answer_are_understood() {
        let found = |line| read(true, &[line]).unwrap();
        assert_eq!(found("SEARCH\r\n"), Some(vec![]));
        assert_eq!(
            found("search 3 1 4294967295 \r\n"),
            Some(vec![3, 1, u32::MAX])
        );
        assert_eq!(found("SEARCH 5 (MODSEQ 917162500)\r\n"), Some(vec![5]));
        assert_eq!(
            found("ESEARCH (TAG \"v7\") UID COUNT 3 X-NEW (1 (2)) ALL 9:8,2 MIN 2\r\n"),
            Some(vec![8, 9, 2])
        );
        assert_eq!(found("esearch (tag {2}\r\nv7) uid\r\n"), Some(vec![]));
        assert_eq!(found("ESEARCH UID ALL 4\r\n"), Some(vec![4]));
        assert_eq!(found("ESEARCH (TAG \"v6\") UID ALL 4\r\n"), None);
        assert_eq!(found("LIST () \".\" SEARCH\r\n"), None);
        let sequence = read(false, &["ESEARCH (TAG \"v7\") ALL 1:3\r\n"]);
        assert_eq!(sequence.unwrap(), Some(vec![1, 2, 3]));
        let both = read(true, &["SEARCH 1\r\n", "SEARCH 2\r\n"]);
        assert_eq!(both.unwrap(), Some(vec![1, 2]));
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_finds_no_fewer() {
        let deep = format!("SEARCH 1 {}", "(".repeat(200_000));
        for line in [
            "SEARCH x",
            "SEARCH 0",
            "SEARCH 4294967296",
            "SEARCH 99999999999999999999999",
            "SEARCH -1",
            "SEARCH \"1\"",
            "SEARCH 1 (MODSEQ 5) 2",
            "SEARCH 1 (MODSEQ",
            "ESEARCH (TAG \"v7\") ALL 1:3",
            "ESEARCH (TAG) UID ALL 1",
            "ESEARCH UID ALL",
            "ESEARCH UID ALL 1:*",
            "ESEARCH UID ALL 0",
            "ESEARCH UID ALL (1)",
            "ESEARCH UID ALL 1:4294967295",
            "ESEARCH UID COUNT",
            &deep,
        ] {
            assert!(read(true, &[line]).is_err(), "{line:.60}");
        }
    }

    proptest! {
        #[test]
        fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            for word in ["SEARCH ", "ESEARCH ", "ESEARCH (TAG \"v7\") UID "] {
                let line = [word.as_bytes(), &octets].concat();
                let mut answer = SearchAnswer {
                    tag: "v7",
                    by_uid: true,
                    found: Vec::new(),
                    came: false,
                };
                let _ = answer.read(&Untagged::Data(&line));
            }
        }
    }
}
