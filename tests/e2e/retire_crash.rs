//! `retire` killed before every call that changes a directory or puts something on disk, and in the
//! middle of every line of its journal. Whatever happens, each message is whole in one of the two places, and the next run, or `--undo`, ends as if
//! nothing had been.

use crate::support;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use support::cli::{Ran, Vmimap};
use support::migrated_site::{Site, Tree, of_message, split, tree};

/// What changes directories, or waits for the disk.
const CALLS: [&str; 9] = [
    "linkat",
    "renameat2",
    "unlinkat",
    "mkdirat",
    "fsync",
    "fdatasync",
    "copy_file_range",
    "fchmod",
    "utimensat",
];
/// Three messages in two folders, one of them in several formats.
const PART: [&str; 5] = ["4123@default", "--folder", "Old", "--folder", "Work"];

/// A copy of the migrated spool, with a state directory of its own.
struct Case<'a> {
    site: &'a Site,
    dir: PathBuf,
    /// Where messages are moved to; on another file system perhaps.
    to: PathBuf,
}

/// Which runs are killed.
#[derive(Debug, Clone, Copy)]
struct Way {
    /// Those that bring back.
    undo: bool,
    /// Those that copy.
    far: bool,
}

impl<'a> Case<'a> {
    fn new(site: &'a Site, way: Way) -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let number = MADE.fetch_add(1, Ordering::SeqCst);
        let dir = site.genuine.dir().join(format!("case{number}"));
        fs::create_dir(&dir).unwrap();
        let copy = Command::new("cp")
            .arg("-a")
            .arg(site.genuine.spool())
            .arg(&dir)
            .status();
        assert!(copy.unwrap().success());
        let to = if way.far {
            PathBuf::from(format!("/dev/shm/vmimap-{}-{number}", std::process::id()))
        } else {
            dir.join("retired")
        };
        Self { site, dir, to }
    }

    fn spool(&self) -> PathBuf {
        self.dir.join("voicemail")
    }

    fn end(self) {
        fs::remove_dir_all(&self.dir).unwrap();
        let _ = fs::remove_dir_all(&self.to);
    }

    fn call(&self) -> Vmimap {
        Vmimap::new(["retire", "--yes", "--json", "--voicemail-conf"])
            .arg(&self.site.conf)
            .arg("--state-dir")
            .arg(self.dir.join("state"))
    }

    fn retire(&self) -> Vmimap {
        self.call()
            .arg(self.spool())
            .args(&PART)
            .arg("--to")
            .arg(&self.to)
    }

    fn undo(&self) -> Vmimap {
        self.call().arg("--undo")
    }

    /// Every message is whole in the spool or in the directory, and a txt is never without its
    /// recordings.
    fn whole(&self, meant: &Tree) -> Result<(), String> {
        let places = [split(tree(&self.spool())).0, split(tree(&self.to)).0];
        for place in &places {
            for (path, _) in place
                .iter()
                .filter(|(path, _)| path.extension().unwrap() == "txt")
            {
                for other in of_message(meant, path) {
                    if !place.contains_key(other) {
                        return Err(format!("{} is half a message", path.display()));
                    }
                }
            }
        }
        for (path, _) in meant
            .iter()
            .filter(|(path, _)| path.extension().unwrap() == "txt")
        {
            let whole =
                |place: &Tree| of_message(meant, path).all(|one| place.get(one) == meant.get(one));
            if !places.iter().any(whole) {
                return Err(format!("{} is whole nowhere", path.display()));
            }
        }
        Ok(())
    }

    /// Runs it to its end one way or the other, and looks at the end.
    fn ended(&self, back: bool, meant: &Tree) -> Result<(), String> {
        let ran = if back { self.undo() } else { self.retire() }.run();
        if ran.status != 0 {
            return Err(format!(
                "then ended with {}\n{}{}",
                ran.status, ran.stdout, ran.stderr
            ));
        }
        let selected = |tree: &Tree| -> Tree {
            let ours = |path: &PathBuf| {
                ["default/4123/Old", "default/4123/Work"]
                    .iter()
                    .any(|folder| path.starts_with(folder))
            };
            let tree = tree.iter().filter(|(path, _)| ours(path));
            tree.map(|(path, file)| (path.clone(), file.clone()))
                .collect()
        };
        let (spool, kept) = (tree(&self.spool()), tree(&self.to));
        let right = if back {
            kept.is_empty() && spool == *meant
        } else {
            let gone = selected(meant);
            let mut rest = meant.clone();
            rest.retain(|path, _| !gone.contains_key(path));
            kept == gone && spool == rest
        };
        let names = |tree: &Tree| {
            tree.keys()
                .map(|path| path.display().to_string())
                .collect::<Vec<_>>()
        };
        right.then_some(()).ok_or_else(|| {
            format!(
                "spool {:#?}\nkept {:#?}",
                names(&selected(&spool)),
                names(&kept)
            )
        })
    }
}

/// Calls that are killed or fail, and what each is called.
type Kill = (String, Vec<String>);

fn before(call: &str, number: usize) -> Kill {
    let inject = format!("inject={call}:signal=KILL:when={number}");
    let words = [
        "strace",
        "-f",
        "--seccomp-bpf",
        "-o",
        "/dev/null",
        "-e",
        &inject,
    ];
    (
        format!("{call} {number}"),
        words.map(str::to_owned).to_vec(),
    )
}

/// Tries each kill at a run, and both ways to go on.
fn all(site: &Site, way: Way, kills: &[Kill]) -> usize {
    let meant = tree(&site.genuine.spool());
    let (next, struck) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some((what, words)) = kills.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let number = next.load(Ordering::SeqCst);
                    let case = Case::new(site, way);
                    if way.undo {
                        case.retire().run().status(0);
                    }
                    let call = if way.undo { case.undo() } else { case.retire() };
                    let words: Vec<&str> = words.iter().map(String::as_str).collect();
                    let ran: Ran = call.under(&words).run();
                    if ran.status != 0 {
                        struck.fetch_add(1, Ordering::SeqCst);
                    }
                    let right = case
                        .whole(&meant)
                        .and_then(|()| case.ended(number % 2 == 0, &meant));
                    let right = right.and_then(|()| {
                        // And once the other way.
                        if way.far {
                            Ok(())
                        } else {
                            case.ended(number % 2 == 1, &meant)
                        }
                    });
                    if let Err(why) = right {
                        failures
                            .lock()
                            .unwrap()
                            .push(format!("{way:?}, {what}: {why}"));
                    }
                    case.end();
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    struck.into_inner()
}

/// How often an undisturbed run makes each call.
fn calls(site: &Site, way: Way) -> BTreeMap<&'static str, usize> {
    let case = Case::new(site, way);
    if way.undo {
        case.retire().run().status(0);
    }
    let call = if way.undo { case.undo() } else { case.retire() };
    let trace = case.dir.join("trace");
    let filter = format!("trace={}", CALLS.join(","));
    let words = ["strace", "-f", "-o", trace.to_str().unwrap(), "-e", &filter];
    call.under(&words).run().status(0);
    let trace = fs::read_to_string(trace).unwrap();
    case.end();
    let count = |call: &str| trace.matches(&format!(" {call}(")).count();
    CALLS.into_iter().map(|call| (call, count(call))).collect()
}

fn killed_at_every_call(way: Way) {
    let site = Site::migrated();
    let calls = calls(&site, way);
    let sure = ["linkat", "renameat2", "unlinkat", "fsync", "fdatasync"];
    let copies = ["copy_file_range", "fchmod", "utimensat"];
    let sure = sure.iter().chain(copies.iter().filter(|_| way.far));
    assert!(sure.clone().all(|call| calls[call] > 2), "{calls:?}");
    let kills: Vec<Kill> = calls
        .iter()
        .flat_map(|(call, count)| (1..=*count).map(|number| before(call, number)))
        .collect();
    let struck = all(&site, way, &kills);
    assert!(struck > kills.len() * 9 / 10, "{struck} of {}", kills.len());
}

#[test]
fn killed_at_any_step_of_moving_away_nothing_is_lost_and_the_next_run_ends_it() {
    let (undo, far) = (false, false);
    killed_at_every_call(Way { undo, far });
}

#[test]
fn killed_at_any_step_of_bringing_back_nothing_is_lost_and_the_next_run_ends_it() {
    let (undo, far) = (true, false);
    killed_at_every_call(Way { undo, far });
}

#[test]
fn killed_at_any_step_of_copying_away_nothing_is_lost_and_the_next_run_ends_it() {
    let (undo, far) = (false, true);
    killed_at_every_call(Way { undo, far });
}

#[test]
fn killed_at_any_step_of_copying_back_nothing_is_lost_and_the_next_run_ends_it() {
    let (undo, far) = (true, true);
    killed_at_every_call(Way { undo, far });
}

#[test]
fn killed_in_the_middle_of_any_line_of_the_journal_the_next_run_ends_it() {
    let site = Site::migrated();
    for undo in [false, true] {
        let way = Way { undo, far: false };
        let case = Case::new(&site, way);
        case.retire().run().status(0);
        let journal = case.dir.join("state/journal/retired.jsonl");
        let begins = if undo {
            fs::metadata(&journal).unwrap().len()
        } else {
            0
        };
        if undo {
            case.undo().run().status(0);
        }
        let text = fs::read_to_string(&journal).unwrap();
        let mut at = 0;
        let mut kills = Vec::new();
        for line in text.split_inclusive('\n') {
            for end in [at + 1, at + line.len() / 2, at + line.len() - 1] {
                if end as u64 > begins {
                    let limit = format!("ulimit -c 0; exec prlimit --fsize={end} -- \"$@\"");
                    let words = ["sh", "-c", &limit, "sh"].map(str::to_owned).to_vec();
                    kills.push((format!("journal at {end}"), words));
                }
            }
            at += line.len();
        }
        let struck = all(&site, way, &kills);
        // Paths and moments may be an octet longer than in the run that was measured.
        assert!(struck + 4 > kills.len(), "{struck} of {}", kills.len());
    }
}
