//! Marks that a run of `expunge --lift-foreign-marks` has taken off others' messages and, being cut, did
//! not put back (`ops::expunge::lifts`). Only tells: those messages are no voicemail, as a rule.

use super::Audit;
use super::catalogue::account as code;
use super::finding::{Finding, Place};
use crate::ops::expunge::lifts::OpenLift;

impl Audit<'_> {
    /// What is off, whatever was selected.
    pub(super) fn lifted(&self) -> Vec<Finding> {
        let finding = |place, found| Finding {
            rule: &code::LIFTED,
            place,
            found,
            expected: None,
        };
        let place = |lift: &OpenLift| Place {
            account: Some(lift.account.as_str().into()),
            folder: Some(lift.folder.as_wire().into()),
            uid_validity: Some(lift.validity),
            ..Place::default()
        };
        match &self.lifted {
            Ok(lifts) => lifts
                .iter()
                .map(|lift| finding(place(lift), lift.described("")))
                .collect(),
            Err(why) => vec![finding(Place::default(), why.clone())],
        }
    }
}
