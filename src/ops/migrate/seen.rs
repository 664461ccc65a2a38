//! A look at one voicemail box's spool directory, told and counted.
//!
//! A run looks several times, because the phone system may be live: what is odd is told once, and
//! what counts is what the latest look shows.

use std::collections::BTreeSet;

use crate::ops::event::Event;
use crate::spool::{Snapshot, SpoolEntry};
use crate::voicemail::vmbox::VoicemailBox;

use super::report::{BoxReport, Failure, Look, Place};
use super::work::Work;
use super::{Migration, catalogue};

/// What a look at a spool directory gives.
pub struct Seen {
    /// Its good messages.
    pub entries: Vec<SpoolEntry>,
    /// Those that are being recorded or changed.
    pub waiting: Vec<Failure>,
    /// How much there is besides its good messages.
    pub look: Look,
    /// The state of the directory this is about.
    pub as_of: Snapshot,
}

/// Scans the box. What is odd is told unless it was `told` before.
pub fn scan(migration: &Migration<'_>, vmbox: &VoicemailBox, told: &mut BTreeSet<String>) -> Seen {
    let mut scan = migration.spool.scan_box(vmbox, &migration.options.scan);
    scan.complain_only_about(&migration.options.selection.folders);
    for notice in &scan.notices {
        if told.insert(notice.to_string()) {
            migration.observer.event(&Event::Notice(notice));
        }
    }
    let left = !scan.greetings.is_empty() && !migration.options.greetings.wanted;
    if left && migration.conf.general.imapgreetings.value {
        let row = &catalogue::GREETINGS_LEFT;
        migration.tell_once(row, vmbox, row.title.to_owned());
    }
    let look = Look {
        lost: scan.lost(),
        waiting: scan.deferred.len() as u64,
        errors: scan.errors(),
    };
    let waiting = scan.deferred.iter().map(|one| Failure {
        place: Place::Message {
            folder: one.folder,
            number: one.number,
        },
        reason: one.why.to_owned(),
    });
    Seen {
        waiting: waiting.collect(),
        look,
        entries: scan.entries,
        as_of: scan.as_of,
    }
}

/// What the plan says of messages that are no part of it.
#[must_use]
pub fn aside(work: &Work<'_>, report: &BoxReport) -> Look {
    Look {
        lost: report.look.lost + work.rejected.failed,
        waiting: report.look.waiting + work.rejected.deferred,
        errors: report.look.errors,
    }
}
