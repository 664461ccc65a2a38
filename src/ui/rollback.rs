//! What a rollback says besides what every removal says: which run it is about, and that nothing of it
//! is left.

use serde_json::json;

use crate::exit::Exit;
use crate::ops::expunge::Way;
use crate::ops::expunge::report::RunReport;
use crate::ops::runs::Run;

use super::json::line;
use super::removal::RemovalView;
use super::removal_json::JsonView;
use super::removal_words::count;
use super::{Ui, Volume, sanitize};

/// Says which run is about to be looked at; to people as the plan is shown to them.
pub fn begin(ui: &Ui, json: bool, dry_run: bool, run: &Run, spool: &str) {
    if json {
        let fields = json!({
            "run": run.run,
            "spool": spool,
            "mailboxes": run.boxes.len(),
        });
        return line(ui, "rollback", fields);
    }
    let shown = ui.volume == Volume::Verbose
        || ui.volume == Volume::Normal && (dry_run || ui.stdout_is_terminal);
    if shown {
        let line = format!("Run {} of {spool}, {}:", run.run, run.state().as_str());
        ui.answer(&sanitize::text(&line));
    }
}

/// Says that nothing of the run is left to take back.
pub fn nothing_left(ui: &Ui, json: bool, dry_run: bool, run: &Run) {
    if json {
        let view = JsonView::new(ui, Way::Expunge, dry_run);
        view.finish(&RunReport::default(), None, Exit::Done);
    } else if ui.volume > Volume::Quiet {
        let line = words(&run.run, run.counts.rolled_back, run.counts.appended);
        ui.answer(&sanitize::text(&line));
    }
}

fn words(run: &str, rolled_back: u64, appended: u64) -> String {
    let were = if rolled_back == 1 { "was" } else { "were" };
    match (rolled_back, appended) {
        (_, 0) => format!("Run {run} appended nothing; nothing is left to roll back."),
        (0, _) => format!("Run {run}: nothing is left to roll back."),
        (n, _) => format!(
            "Run {run}: nothing is left to roll back; {} {were} rolled back before.",
            count(n, "message")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_whether_there_ever_was_anything() {
        assert!(words("r", 0, 0).contains("appended nothing"));
        assert!(words("r", 1, 1).ends_with("1 message was rolled back before."));
        assert_eq!(words("r", 0, 3), "Run r: nothing is left to roll back.");
    }
}
