//! What the command line's tree does not tell: the files a verb touches and where it ends.

/// A file and what it is.
type File = (&'static str, &'static str);

const ALWAYS: &[File] = &[
    (
        "/etc/asterisk/voicemail.conf",
        "Accounts, servers, folders, formats and zones, read as Asterisk reads them; --voicemail-conf names another.",
    ),
    (
        "/etc/vmimap.toml",
        "What voicemail.conf cannot say, see vmimap.toml(5); optional.",
    ),
];

const JOURNAL: File = (
    "STATE-DIR/journal/CONTEXT/EXTENSION.jsonl",
    "What was about to be sent, and what became of it; see vmimap-journal(5).",
);
const RETIRED: File = (
    "STATE-DIR/journal/retired.jsonl",
    "What was moved from where to where, and what was brought back; see vmimap-journal(5).",
);
const BOOK: File = (
    "STATE-DIR/journal/runs.jsonl",
    "When each migrate run began and ended; see vmimap-journal(5).",
);
const LOCK: File = (
    "STATE-DIR/lock",
    "Keeps two runs that write apart; /var/lib/vmimap/lock for root.",
);

/// The files of a verb, by the name of its page.
pub(super) fn files(page: &str) -> Vec<&'static File> {
    let own: &[File] = match page {
        "vmimap-migrate" | "vmimap-rollback" | "vmimap-runs-merge" => &[JOURNAL, BOOK, LOCK],
        "vmimap-runs" => &[JOURNAL, BOOK],
        "vmimap-verify" => &[JOURNAL],
        "vmimap-retire" => &[RETIRED, LOCK],
        "vmimap" | "vmimap-audit" | "vmimap-expunge" | "vmimap-expire" => &[LOCK],
        _ => &[],
    };
    ALWAYS.iter().chain(own).collect()
}

/// Where a verb ends, by the name of its page.
pub(super) fn limits(page: &str) -> Option<&'static str> {
    Some(match page {
        "vmimap" => {
            "users.conf and mailboxes in a database (realtime) are not read.\n\n\
             Greetings stay where they are unless they are asked for; so do passwords of mailboxes and \
             the spool's own bookkeeping."
        }
        "vmimap-migrate" => {
            "New, urgent and old messages are one folder in IMAP; together they are never grown beyond \
             maxmsg, because Asterisk crashes on more (--over-maxmsg does it all the same).\n\n\
             After kill -9 in the middle of a batch, a server may still be storing what it has received; \
             the next run waits up to 10 s for that. A server that takes longer could be given a message \
             twice; the run after that says so (VMM002).\n\n\
             Copies follow the spool (--update, --follow) and are pruned (--prune) only by this machine's journal: what \
             another one has put there is left as it is. What an administrator moves \
             out of the spool by hand counts as deleted by phone.\n\n\
             Of a greeting the caller who recorded it is not known. Recordings do not say when they were \
             made; the file's time stands for that."
        }
        "vmimap-verify" => {
            "A message that was migrated before the time at which it says it was left was stored with the moment of \
             its migration: once that time has come, its date is told as a difference.\n\n\
             With --sample, recordings that have not changed since they were migrated (inode, size, times) and are \
             not in the sample are not read again."
        }
        "vmimap-retire" => {
            "A message that is a link, or lies in a folder that is one, stays. So does one whose place is taken when \
             it is to be brought back.\n\n\
             A phone that plays a left-over file in the very moment in which it is moved may not play it; the message \
             in IMAP is played the next time.\n\n\
             After kill -9 in the middle of a move, a message that a phone saves to another folder before the next run \
             is in both directories afterwards.\n\n\
             Without the state directory there is nothing to bring back by; DIR is then a spool like any other."
        }
        "vmimap-rollback" => {
            "Folders that the run made stay.\n\n\
             A message that a phone or a mail program has moved is not looked for: it lies where its owner put it.\n\n\
             Asterisk keeps message numbers for the whole of a phone session: what is removed meanwhile makes \
             it delete the wrong message later. No lock of IMAP helps; roll back at night, and with --quiet-for."
        }
        "vmimap-runs" => {
            "Whether a run is under way is told by the process that wrote its number into the lock: on another \
             machine that shares the state directory it looks interrupted.\n\n\
             Runs that the book of runs does not tell of, because it was moved away, are told by their journals \
             alone: one that was cut between two mailboxes looks complete."
        }
        "vmimap-expunge" | "vmimap-expire" => {
            "Asterisk keeps message numbers for the whole of a phone session: what is removed meanwhile makes \
             it delete the wrong message later. No lock of IMAP helps; remove at night, and with --quiet-for."
        }
        "vmimap-quota" => {
            "Minutes of room are computed from the recording formats' fixed rates and 2 KiB for the rest of a \
             message; a long emailbody takes more."
        }
        "vmimap-audit" => {
            "Without --audio the recordings are not fetched: that they are whole and what they claim to be \
             is then judged by size and name only."
        }
        _ => return None,
    })
}
