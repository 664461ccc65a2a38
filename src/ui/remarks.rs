//! Remarks about a configuration, so that one fault made fifty thousand times stays readable.
//!
//! Remarks go to stderr: they are about the input, not the answer.

use std::borrow::Cow;
use std::collections::HashMap;

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
}
