//! Whether lamps can be refreshed by the manager interface, where that is set up.
//!
//! Logs in and asks for a mailbox that there is not, which counts nothing: so a right that the
//! manager's user lacks shows before a run needs it.

use super::catalogue as code;
use super::check::{Check, Group};
use crate::manager::{Manager, ManagerError, Options};
use crate::voicemail::notice::CodeRow;

const TOPIC: &str = "manager interface";

/// No mailbox and no context of anybody's.
const NOBODY: &str = "vmimap-doctor";

/// Looks at it. Nothing set up is nothing to tell.
pub(super) fn check(manager: Option<&Options>) -> Vec<Check> {
    let Some(options) = manager else {
        return Vec::new();
    };
    let place = format!("{}@{}", options.user, options.connect.address());
    let outcome = Manager::log_in(options).and_then(|mut manager| {
        let answer = manager.refresh(NOBODY, NOBODY);
        manager.log_off();
        answer
    });
    let finding = |row: &CodeRow, error: &ManagerError| {
        Check::finding(row, Group::Lamps, TOPIC, place.clone(), error.to_string())
    };
    vec![match &outcome {
        Ok(()) => {
            let text = "lets in, and may refresh lamps (VoicemailRefresh)";
            Check::pass(Group::Lamps, TOPIC, place, text)
        }
        Err(error @ (ManagerError::NotAllowed(_) | ManagerError::Refused(_))) => {
            finding(&code::LAMPS_NOT_ALLOWED, error)
        }
        Err(error) => finding(&code::NO_MANAGER, error),
    }]
}
