//! Remarks about a configuration, so that one fault made fifty thousand times stays readable.
//!
//! Remarks go to stderr: they are about the input, not the answer.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Ui, Volume};
use crate::voicemail::notice::{Notice, Severity};

/// The most remarks with one code that are shown, unless all are asked for.
pub const MOST: usize = 20;

/// The remarks to show: all of them when verbose, else the first twenty with each code and, in
/// place of the others, how many there are.
#[must_use]
pub fn few(notices: &[Notice], volume: Volume) -> Vec<Cow<'_, Notice>> {
    if volume == Volume::Verbose {
        return notices.iter().map(Cow::Borrowed).collect();
    }
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for notice in notices {
        *counts.entry(notice.code).or_default() += 1;
    }
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut shown = Vec::new();
    for notice in notices {
        let (seen, all) = (seen.entry(notice.code).or_default(), counts[notice.code]);
        *seen += 1;
        // A line that says "1 more" is no shorter than the one it stands for.
        if *seen <= MOST || all == MOST + 1 {
            shown.push(Cow::Borrowed(notice));
        } else if *seen == all {
            let message = format!("and {} more like these; -v shows all", all - MOST);
            shown.push(Cow::Owned(Notice {
                message,
                hint: None,
                ..notice.clone()
            }));
        }
    }
    shown
}

/// Counts warnings that come one by one while work is done, by code: so that each is made [`MOST`] times
/// at most, unless all are asked for.
#[derive(Debug, Default)]
pub struct Made(Mutex<BTreeMap<&'static str, u64>>);

impl Made {
    fn by_code(&self) -> MutexGuard<'_, BTreeMap<&'static str, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a warning, and tells whether it has not been made too often.
    pub fn still_worth_saying(&self, notice: &Notice, volume: Volume) -> bool {
        let mut all = self.by_code();
        let made = all.entry(notice.code).or_default();
        *made += 1;
        volume == Volume::Verbose || *made <= MOST as u64
    }

    /// How many were not made, at the end; a line for each code.
    #[must_use]
    pub fn unsaid(&self, volume: Volume) -> Vec<String> {
        let all = self.by_code();
        let unsaid = all.iter().filter_map(|(code, made)| {
            let more = made.checked_sub(MOST as u64).filter(|more| *more > 0)?;
            Some(format!("warning: {more} more like [{code}]; -v shows all"))
        });
        unsaid.filter(|_| volume != Volume::Verbose).collect()
    }
}

/// A remark as people read it.
#[must_use]
pub fn text(notice: &Notice) -> String {
    let hint = notice.hint.as_ref();
    let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
    format!("{}: {notice}{hint}", notice.severity)
}

/// Shows remarks: errors in every volume, warnings unless quiet, the rest when verbose.
pub fn show(notices: &[Notice], ui: &Ui) {
    for notice in few(notices, ui.volume) {
        let wanted = match notice.severity {
            Severity::Error => true,
            Severity::Warning => ui.volume != Volume::Quiet,
            Severity::Info => ui.volume == Volume::Verbose,
        };
        if wanted {
            ui.error(&text(&notice));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voicemail::notice::{CodeRow, Severity};

    fn notices(counts: &[(&'static str, usize)]) -> Vec<Notice> {
        let row = |code| CodeRow {
            code,
            severity: Severity::Warning,
            title: "",
            cure: "",
        };
        let of = |(code, count): &(&'static str, usize)| {
            let row = row(code);
            (0..*count).map(move |line| Notice::new(&row, format!("f:{line}"), "odd"))
        };
        counts.iter().flat_map(of).collect()
    }

    #[test]
    fn what_is_said_too_often_is_counted_instead() {
        let all = notices(&[("A", 50), ("B", 2), ("C", 21)]);
        let shown = few(&all, Volume::Normal);
        assert_eq!(shown.len(), 21 + 2 + 21);
        assert_eq!(
            shown[20].to_string(),
            "f:49: and 30 more like these; -v shows all [A]"
        );
        assert_eq!(few(&all, Volume::Verbose).len(), 73);
    }

    #[test]
    fn warnings_that_come_one_by_one_are_counted_for_the_end() {
        let all = notices(&[("A", 23), ("B", 20)]);
        let said = |volume| {
            let made = Made::default();
            let said = all.iter();
            let said = said.filter(|one| made.still_worth_saying(one, volume));
            (said.count(), made.unsaid(volume))
        };
        let unsaid = "warning: 3 more like [A]; -v shows all".to_owned();
        assert_eq!(said(Volume::Normal), (40, vec![unsaid]));
        assert_eq!(said(Volume::Verbose), (43, vec![]));
    }
}
