//! Marks that a run of `expunge --lift-foreign-marks` has taken off others' messages and, being cut, did
//! not put back (`ops::expunge::lifts`). Only tells: those messages are no voicemail, as a rule.

use super::Audit;
use super::catalogue::account as code;
use super::finding::{Finding, Place};

impl Audit<'_> {
    /// What is off, whatever was selected.
    pub(super) fn lifted(&self) -> Vec<Finding> {
        let found = self.lifted.iter().map(|lift| Finding {
            rule: &code::LIFTED,
            place: Place {
                account: Some(lift.account.as_str().into()),
                folder: Some(lift.folder.as_wire().into()),
                uid_validity: Some(lift.validity),
                ..Place::default()
            },
            found: lift.described(""),
            expected: None,
        });
        found.collect()
    }
}
