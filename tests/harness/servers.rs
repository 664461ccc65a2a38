//! The ground under the other tests: the private Cyrus and Courier are what their options say.

use crate::support;
use support::courier::{Courier, CourierOptions};
use support::cyrus::{ADMIN, Cyrus, CyrusOptions};
use support::dovecot_config::User;
use support::mailutil::Mailutil;
use support::process;
use support::server::ImapServer;

const DATE: &str = "\"05-Feb-2009 18:31:30 +0000\"";
const MESSAGE: &[u8] = b"From: a@pbx.example\r\nSubject: x\r\nX-Test: y\r\n\r\nhello {3}\r\n";

fn ada() -> User {
    User::new("ada", "pass word").storage(200).messages(20)
}

fn cyrus(altnamespace: bool, unixhierarchysep: bool) -> Cyrus {
    Cyrus::start(CyrusOptions {
        altnamespace,
        unixhierarchysep,
        users: vec![ada()],
        without_inbox: vec![User::new("bob", "two")],
        ..CyrusOptions::default()
    })
}

fn courier() -> Courier {
    let users = vec![ada(), User::new("bob", "two")];
    Courier::start(CourierOptions {
        users,
        ..CourierOptions::default()
    })
}

/// What is appended is read back, by the tests' own client and by c-client; and found.
fn keeps_mail(server: &dyn ImapServer) {
    let mut raw = server.raw("ada");
    raw.append("INBOX", "(\\Seen)", DATE, MESSAGE).ok();
    let stored = raw.messages("INBOX");
    assert_eq!(stored.len(), 1);
    assert_eq!(
        (stored[0].uid, &stored[0].flags[..]),
        (1, &["\\Seen".to_owned()][..])
    );
    assert!(DATE.contains(stored[0].internal_date.trim()));
    assert_eq!(stored[0].body, MESSAGE);
    assert_eq!(raw.search("INBOX", "SEEN HEADER X-Test Y"), [1]);
    assert_eq!(raw.list(), ["INBOX"]);
    assert_eq!(Mailutil::new().count(server, "ada", "INBOX"), 1);
}

#[test]
fn cyrus_names_folders_as_it_is_told() {
    for (alt, slash, expected) in [
        (false, false, "((\"INBOX.\" \".\")) ((\"user.\" \".\"))"),
        (false, true, "((\"INBOX/\" \"/\")) ((\"user/\" \"/\"))"),
        (true, false, "((\"\" \".\")) ((\"Other Users.\" \".\"))"),
        (true, true, "((\"\" \"/\")) ((\"Other Users/\" \"/\"))"),
    ] {
        let server = cyrus(alt, slash);
        let namespace = server.raw("ada").command("NAMESPACE").ok().text();
        assert!(namespace.contains(expected), "{namespace}");
    }
}

#[test]
fn cyrus_keeps_mail_and_limits_and_gives_no_inbox_to_those_without() {
    let server = cyrus(true, true);
    keeps_mail(&server);
    let quota = server.raw("ada").command("GETQUOTAROOT INBOX").ok().text();
    assert!(quota.contains("(STORAGE 0 200 MESSAGE 1 20)"), "{quota}");
    assert_eq!(server.raw("bob").list(), Vec::<String>::new());
    assert_eq!(server.raw(ADMIN).list(), ["user/ada"]);
    let greeting = support::raw_imap::RawImap::connect(server.host(), server.port()).greeting;
    assert!(
        greeting.contains(&format!("Cyrus IMAP {}", Cyrus::version())),
        "{greeting}"
    );
}

#[test]
fn cyrus_takes_other_settings_in_the_place_of_the_harness_own() {
    let settings = vec![
        ("sasl_mech_list", "LOGIN".to_owned()),
        ("servername", "localhost".to_owned()),
    ];
    let server = Cyrus::start(CyrusOptions {
        users: vec![ada()],
        settings,
        ..CyrusOptions::default()
    });
    let mut raw = support::raw_imap::RawImap::connect(server.host(), server.port());
    let capability = raw.command("CAPABILITY").ok().text();
    assert!(capability.contains("AUTH=LOGIN"), "{capability}");
    assert!(!capability.contains("AUTH=PLAIN"), "{capability}");
    assert!(raw.greeting.contains("localhost Cyrus"), "{}", raw.greeting);
}

#[test]
fn courier_keeps_mail_and_limits() {
    let server = courier();
    keeps_mail(&server);
    let mut raw = server.raw("ada");
    let quota = raw.command("GETQUOTAROOT INBOX").ok().text();
    assert!(
        quota.contains("\"ROOT\" (STORAGE 1 200 MESSAGE 1 20)"),
        "{quota}"
    );
    let namespace = raw.command("NAMESPACE").ok().text();
    assert!(namespace.contains("((\"INBOX.\" \".\"))"), "{namespace}");
    assert_eq!(server.raw("bob").message_count("INBOX"), 0);
}

/// Commands of running processes that name a folder.
fn running_in(dir: &str) -> Vec<String> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    entries
        .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.contains(dir))
        .collect()
}

#[test]
fn stopped_servers_leave_nothing_running_and_no_files() {
    let mut servers: [(Box<dyn Stop>, std::path::PathBuf); 2] = {
        let (cyrus, courier) = (cyrus(false, false), courier());
        let _connections = (cyrus.raw("ada"), courier.raw("ada"));
        let dirs = (cyrus.dir().to_owned(), courier.dir().to_owned());
        [(Box::new(cyrus), dirs.0), (Box::new(courier), dirs.1)]
    };
    for (server, dir) in &mut servers {
        let name = dir.to_str().unwrap();
        assert!(!running_in(name).is_empty());
        let pid = server.end();
        assert!(!process::is_alive(pid));
        assert_eq!(running_in(name), Vec::<String>::new());
    }
    let dirs = servers.map(|(_, dir)| dir);
    assert!(!dirs.iter().any(|dir| dir.exists()));
}

trait Stop {
    /// Stops the server, and tells which process its first was.
    fn end(&mut self) -> u32;
}

impl Stop for Cyrus {
    fn end(&mut self) -> u32 {
        let pid = self.pid().unwrap();
        self.stop();
        pid
    }
}

impl Stop for Courier {
    fn end(&mut self) -> u32 {
        let pid = self.pid().unwrap();
        self.stop();
        pid
    }
}
