//! The turns: fresh accounts, a settled disk, one peer, then a look at what it delivered.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Settings;
use crate::corpus::{CONTEXT, Corpus};
use crate::measure::{self, Sample};
use crate::peers::Peer;
use crate::support::dovecot::{Dovecot, DovecotOptions};
use crate::support::fixtures::{Account, PASSWORD};
use crate::support::mailutil::Mailutil;

/// What a peer needs to know for one turn.
#[derive(Debug)]
pub struct Turn<'a> {
    pub corpus: &'a Corpus,
    pub host: &'a str,
    pub port: u16,
    /// Where imapsync reads from.
    pub source: Option<(&'a str, u16)>,
    /// A folder of the turn's own.
    pub dir: &'a Path,
    pub mailutil_home: &'a Path,
    pub jobs: usize,
    prefix: String,
}

impl Turn<'_> {
    /// The account of a mailbox in this turn.
    pub fn user(&self, extension: &str) -> String {
        format!("{}{extension}", self.prefix)
    }
}

/// What one peer did in all rounds.
#[derive(Debug)]
pub struct Row {
    pub peer: Peer,
    pub samples: Vec<Sample>,
    /// What went wrong, if something did; such a row is not to be believed.
    pub faults: Vec<String>,
}

/// The running benchmark.
#[derive(Debug)]
pub struct Bench<'a> {
    settings: &'a Settings,
    corpus: &'a Corpus,
    server: &'a Dovecot,
    /// The server's port, or the proxy's before it.
    port: u16,
    work: &'a Path,
    mailutil: Mailutil,
    source: Option<Dovecot>,
    pub rows: Vec<Row>,
}

/// The second run follows the first one in the same accounts.
fn prefix(peer: Peer, number: usize) -> String {
    let peer = if peer == Peer::VmimapAgain {
        Peer::Vmimap
    } else {
        peer
    };
    format!("{}{number}-", peer.name())
}

/// Every account of every turn.
pub fn all_accounts(settings: &Settings, peers: &[Peer], corpus: &Corpus) -> Vec<Account> {
    let mut accounts = Vec::new();
    for number in 0..settings.runs {
        for peer in peers {
            for extension in &corpus.extensions {
                accounts.push(Account {
                    context: CONTEXT.to_owned(),
                    extension: extension.clone(),
                    user: format!("{}{extension}", prefix(*peer, number)),
                });
            }
        }
    }
    accounts
}

impl<'a> Bench<'a> {
    /// Makes ready what the peers read from; no clock runs yet.
    pub fn prepare(
        settings: &'a Settings,
        corpus: &'a Corpus,
        server: &'a Dovecot,
        port: u16,
        work: &'a Path,
        peers: &[Peer],
    ) -> Self {
        let mailutil = Mailutil::below(work);
        if peers.contains(&Peer::Mailutil) {
            corpus.lay_out_mbx(&mailutil);
        }
        let source = peers
            .contains(&Peer::Imapsync)
            .then(|| source_server(corpus, work));
        let row = |peer: &Peer| Row {
            peer: *peer,
            samples: Vec::new(),
            faults: Vec::new(),
        };
        let rows = peers.iter().map(row).collect();
        Self {
            settings,
            corpus,
            server,
            port,
            work,
            mailutil,
            source,
            rows,
        }
    }

    /// Lets one peer run once and writes down what it took.
    pub fn take_turn(&mut self, peer: Peer, number: usize) {
        let dir = self.work.join(format!("turn-{}", prefix(peer, number)));
        fs::create_dir_all(&dir).unwrap();
        let turn = Turn {
            corpus: self.corpus,
            host: self.server.host(),
            port: self.port,
            source: self
                .source
                .as_ref()
                .map(|source| (source.host(), source.port())),
            dir: &dir,
            mailutil_home: self.mailutil.home(),
            jobs: self.settings.jobs,
            prefix: prefix(peer, number),
        };
        let job = peer.job(&turn);
        settle();
        let outcome = measure::run(&job, &dir.join(format!("{}.log", peer.name())));
        let fault = match &outcome {
            Ok(_) => self.miscount(&turn).err(),
            Err(why) => Some(why.clone()),
        };
        let row = self.rows.iter_mut().find(|row| row.peer == peer).unwrap();
        if let Ok(sample) = outcome {
            println!(
                "round {}: {:17} {:8.3} s",
                number + 1,
                peer.name(),
                sample.wall.as_secs_f64()
            );
            row.samples.push(sample);
        }
        if let Some(fault) = fault {
            println!("round {}: {:17} FAULT: {fault}", number + 1, peer.name());
            row.faults.push(fault);
        }
    }

    /// Whether every account holds what it should.
    fn miscount(&self, turn: &Turn<'_>) -> Result<(), String> {
        for (extension, expected) in self.corpus.extensions.iter().zip(&self.corpus.counts) {
            let user = turn.user(extension);
            let found = self.server.raw(&user).message_count("INBOX");
            if found != *expected {
                return Err(format!("{user} holds {found} messages, not {expected}"));
            }
        }
        Ok(())
    }

    /// Removes the mail of a finished round, so that the disk does not fill up.
    pub fn clear_mail(&self) {
        let homes = fs::read_dir(self.server.dir().join("mail")).unwrap();
        let turns = fs::read_dir(self.work).unwrap();
        let turns = turns.filter(|entry| {
            entry
                .as_ref()
                .unwrap()
                .file_name()
                .to_str()
                .unwrap()
                .starts_with("turn-")
        });
        let paths: Vec<PathBuf> = homes
            .chain(turns)
            .map(|entry| entry.unwrap().path())
            .collect();
        for path in paths {
            fs::remove_dir_all(path).unwrap();
        }
    }
}

/// Lets the disk finish what earlier turns have left to it.
fn settle() {
    let _ = Command::new("sync").status();
}

/// A second server that holds the corpus, for imapsync to read.
fn source_server(corpus: &Corpus, work: &Path) -> Dovecot {
    let user = |extension: &String| {
        crate::support::dovecot::User::new(&format!("source{extension}"), PASSWORD)
    };
    let users = corpus.extensions.iter().map(user).collect();
    let source = Dovecot::start_below(
        work,
        DovecotOptions {
            users,
            ..DovecotOptions::default()
        },
    );
    let mut args: Vec<String> = ["blast", source.host(), &source.port().to_string()]
        .map(str::to_owned)
        .to_vec();
    args.push(corpus.ready.to_str().unwrap().to_owned());
    args.push("source".to_owned());
    args.extend(corpus.extensions.iter().cloned());
    crate::wire::run_as_peer(&args);
    source
}
