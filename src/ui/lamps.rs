//! What became of the lamps, in words.

use crate::ops::lamps::Report;

use super::words::plural;
use super::{Ui, Volume};

/// Tells it: one line where it went well and somebody looks, a warning where it did not. JSON lines
/// have it in their summary as well.
pub fn tell(ui: &Ui, report: Option<&Report>, json: bool) {
    let Some(report) = report else { return };
    let boxes = plural(report.mailboxes, "mailbox", "mailboxes");
    if let Some(why) = &report.error {
        let left = report.mailboxes.saturating_sub(report.refreshed);
        ui.error(&format!(
            "warning: lamps of {left} of {boxes} may be wrong: {why}; the mail itself is as told"
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
