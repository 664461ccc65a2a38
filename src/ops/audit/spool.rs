//! What lies in the spool while the voicemail is in IMAP.
//!
//! Names only: no file is opened, no lock is waited for, nothing is changed.

use std::time::SystemTime;

use super::Audit;
use super::catalogue::{Rule, account as code};
use super::finding::{Finding, Place};
use crate::voicemail::vmbox::VoicemailBox;

impl Audit<'_> {
    /// Left-over files of these boxes, and directories that belong to no mailbox.
    pub(super) fn spool_findings(&self, boxes: &[VoicemailBox]) -> Vec<Finding> {
        let Some(spool) = &self.spool else {
            return Vec::new();
        };
        let mut found = Vec::new();
        let now = SystemTime::now();
        for vmbox in boxes {
            let left = spool.leftovers(vmbox, now);
            for files in left.folders {
                let place = format!("{}/{}/{}", vmbox.context, vmbox.extension, files.folder);
                if files.half > 0 {
                    let text = format!("{} without their other half", files.half);
                    found.push(about(&code::HALF_MESSAGE, Some(vmbox), &place, text));
                }
                if files.whole > 0 {
                    let text = format!("{} whole", files.whole);
                    found.push(about(&code::SHADOWED, Some(vmbox), &place, text));
                }
            }
            for notice in left.notices {
                let text = notice.to_string();
                found.push(about(
                    &code::SPOOL_NOT_READ,
                    Some(vmbox),
                    &notice.place,
                    text,
                ));
            }
        }
        match spool.boxes() {
            Ok(list) => {
                let unknown = list.boxes.into_iter().filter(|one| {
                    self.options.selection.takes_box(&one.vmbox)
                        && self.conf.mailbox(&one.vmbox).is_none()
                });
                for one in unknown {
                    let place = format!("{}/{}", one.vmbox.context, one.vmbox.extension);
                    let text = format!("no mailbox {}", one.vmbox);
                    found.push(about(&code::UNKNOWN_DIRECTORY, None, &place, text));
                }
            }
            Err(error) => {
                found.push(about(&code::SPOOL_NOT_READ, None, "", error.to_string()));
            }
        }
        found
    }
}

fn about(rule: &'static Rule, vmbox: Option<&VoicemailBox>, place: &str, found: String) -> Finding {
    Finding {
        rule,
        place: Place {
            mailbox: vmbox.cloned(),
            folder: Some(place.into()),
            ..Place::default()
        },
        found,
        expected: None,
    }
}
