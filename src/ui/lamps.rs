//! What became of the lamps, in words.

use std::fmt::Write as _;

use crate::ops::lamps::Report;
use crate::voicemail::vmbox::VoicemailBox;

use super::words::plural;
use super::{Ui, Volume};

/// Tells it: one line where it went well and somebody looks, a warning where it did not. JSON lines
/// have it in their summary as well.
pub fn tell(ui: &Ui, report: Option<&Report>, json: bool) {
    let Some(report) = report else { return };
    let boxes = plural(report.mailboxes, "mailbox", "mailboxes");
    if let Some(why) = &report.error {
        let left = report.left.len();
        ui.error(&format!(
            "warning: lamps of {left} of {boxes} may be wrong: {why}; the mail itself is as told"
        ));
        let (names, command) = (names(&report.left), report.by_hand.as_deref());
        ui.error(&format!(
            "they are those of {names}; another run refreshes only what it changes itself, so set \
             them by hand, where Asterisk runs: {}",
            command.unwrap_or_default()
        ));
        return;
    }
    let shown = match ui.volume {
        Volume::Quiet => false,
        Volume::Normal => ui.stdout_is_terminal,
        Volume::Verbose => true,
    };
    if !shown || json {
        return;
    }
    ui.answer(&match report.way {
        _ if report.mailboxes == 0 => "no lamps to refresh: no mailbox was changed".to_owned(),
        "ami" => format!("lamps of {boxes} refreshed by AMI"),
        _ => format!("lamps of {boxes}, and of all others, refreshed by voicemail reload"),
    });
}

/// Mailboxes by name, as many as fit a message; the command that sets them sets the others as well.
fn names(boxes: &[VoicemailBox]) -> String {
    const MOST: usize = 50;
    let shown = boxes.iter().take(MOST);
    let mut text = shown
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    if boxes.len() > MOST {
        // Writing to a String cannot fail.
        let _ = write!(text, " and {} more", boxes.len() - MOST);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_fifty_mailboxes_and_counts_the_others() {
        let boxes: Vec<_> = (100..152)
            .map(|number: u32| VoicemailBox::new(number.to_string(), "a"))
            .collect();
        assert_eq!(names(&boxes[..2]), "100@a, 101@a");
        assert!(names(&boxes[..50]).ends_with("148@a, 149@a"));
        assert!(names(&boxes).ends_with("149@a and 2 more"));
    }
}
