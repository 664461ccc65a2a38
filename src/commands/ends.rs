//! The two directories that `vmimap retire` moves messages between: whether they may be used, whether
//! there is room, and moving between them with the journal open.

use std::fs::File;
use std::io;
use std::path::Path;

use anyhow::Context;

use crate::depot::{Depot, DepotError, Dir, Owner, hold};
use crate::ops::retire::record::{Record, Run};
use crate::ops::retire::report::RunReport;
use crate::ops::retire::{Mover, Observer, Plan};
use crate::ops::stop::Stop;

/// Opens both ends, keeps exports out of them, and moves between them as one run of the journal.
pub(super) fn between(
    record: &mut Record,
    run: &Run,
    stop: &Stop,
    observer: &dyn Observer,
    work: impl FnOnce(&mut Mover<'_>) -> io::Result<RunReport>,
) -> anyhow::Result<RunReport> {
    const JOURNAL: &str = "write the journal of moves";
    let open = |path: &Path| {
        let dir = Dir::root(path, Owner::default());
        dir.with_context(|| path.display().to_string())
    };
    let spool = open(&run.ends.spool)?;
    let _held: Option<File> = hold(&spool)?;
    let depot = Depot::open(&run.ends.to, &[], false, Owner::default()).map_err(in_our_words)?;
    let to = open(&run.ends.to)?;
    record.begin(run).context(JOURNAL)?;
    let mut mover = Mover {
        spool,
        to,
        record,
        stop,
        observer,
    };
    let report = work(&mut mover).context("move")?;
    mover.record.end().context(JOURNAL)?;
    depot.end()?;
    Ok(report)
}

/// Looks whether messages may be moved to a directory; gives it where it is there.
pub(super) fn look(to: &Path) -> anyhow::Result<Option<Dir>> {
    Depot::look(to, &[], false).map_err(in_our_words)
}

/// An export's refusals name its own flags.
fn in_our_words(error: DepotError) -> anyhow::Error {
    let words = match &error {
        DepotError::NotEmpty(path) => Some(format!(
            "{}: is not empty, and no earlier run made it; name a new directory",
            path.display()
        )),
        _ => None,
    };
    match words {
        Some(words) => anyhow::Error::new(error).context(words),
        None => error.into(),
    }
}

/// Why the files that must be copied do not fit, where they do not.
pub(super) fn no_room(plan: &Plan, to: &Path) -> anyhow::Result<Option<String>> {
    let there = to.ancestors().find(|path| path.exists());
    let there = there.unwrap_or(Path::new("/"));
    let dir = Dir::root(there, Owner::default()).with_context(|| there.display().to_string())?;
    let needed = plan.octets_beyond(dir.device()?);
    let stat = rustix::fs::statvfs(there)?;
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    Ok((needed > free).then(|| {
        format!(
            "{}: {needed} octets have to be copied to this file system, {free} are free; nothing was \
             changed",
            to.display()
        )
    }))
}
