//! Marks that a run of `expunge --lift-foreign-marks` has taken off others' messages and, being cut, did
//! not put back (`ops::expunge::lifts`). Only tells.

use std::path::Path;

use super::catalogue as code;
use super::check::{Check, Group};
use crate::ops::expunge::lifts::open_lifts;

const TOPIC: &str = "lifted marks";

/// Looks into the state directory. Nothing there is nothing to tell.
pub(super) fn check(state_dir: &Path) -> Vec<Check> {
    let finding = |place: String, text: String| {
        Check::finding(&code::LIFTED, Group::Hazards, TOPIC, place, text)
    };
    match open_lifts(state_dir) {
        Ok(lifts) => lifts
            .iter()
            .map(|lift| {
                let text = format!(
                    "others' messages in {} lack the \\Deleted they had: {}",
                    lift.folder,
                    lift.described("")
                );
                finding(lift.account.clone(), text)
            })
            .collect(),
        Err(error) => vec![finding(state_dir.display().to_string(), error.to_string())],
    }
}
