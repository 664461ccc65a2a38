//! The ground under the other tests: the private Dovecot is what its options say it is.

use crate::support;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use support::dovecot::{Dovecot, DovecotOptions, Store, Tls, User};
use support::mailutil::Mailutil;
use support::process;

const DATE: &str = "\"05-Feb-2009 18:31:30 +0000\"";
const MESSAGE: &[u8] = b"From: a@pbx.example\r\nSubject: x\r\nX-Test: y\r\n\r\nhello {3}\r\n";

fn with_users(users: Vec<User>) -> DovecotOptions {
    DovecotOptions {
        users,
        ..DovecotOptions::default()
    }
}

fn ada() -> User {
    User::new("ada", "pass word")
}

#[test]
fn what_is_appended_is_read_back() {
    let server = Dovecot::start(with_users(vec![ada()]));
    let mut raw = server.raw("ada");
    raw.append("INBOX", "(\\Seen)", DATE, MESSAGE).ok();
    let stored = raw.messages("INBOX");
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].uid, 1);
    assert_eq!(stored[0].flags, ["\\Seen"]);
    assert_eq!(stored[0].internal_date, "05-Feb-2009 18:31:30 +0000");
    assert_eq!(stored[0].body, MESSAGE);
    assert_eq!(raw.search("INBOX", "SEEN HEADER X-Test Y"), [1]);
    assert_eq!(raw.list(), ["INBOX"]);
}

#[test]
fn counts_follow_asterisks_searches() {
    let server = Dovecot::start(with_users(vec![ada()]));
    let mut raw = server.raw("ada");
    let message = b"X-Asterisk-VM-Extension: 4123\r\nX-Asterisk-VM-Context: default\r\n\r\n";
    for flags in [
        "()",
        "()",
        "()",
        "(\\Flagged)",
        "(\\Seen)",
        "(\\Seen \\Flagged)",
        "(\\Deleted)",
    ] {
        raw.append("INBOX", flags, DATE, message).ok();
    }
    let counts = raw.asterisk_counts("INBOX", "4123", "default");
    assert_eq!((counts.new, counts.urgent, counts.old), (3, 1, 2));
    let counts = raw.asterisk_counts("INBOX", "4124", "default");
    assert_eq!((counts.new, counts.urgent, counts.old), (0, 0, 0));
}

#[test]
fn a_stopped_server_leaves_nothing_running_and_no_files() {
    let mut server = Dovecot::start(with_users(vec![ada()]));
    let dir = server.dir().to_owned();
    let _connection = server.raw("ada");
    let pid = server.pid().unwrap();
    assert!(process::is_alive(pid));
    server.stop();
    assert!(!process::is_alive(pid));
    let ours = |line: &Vec<u8>| String::from_utf8_lossy(line).contains(dir.to_str().unwrap());
    let commands = std::fs::read_dir("/proc").unwrap().flatten();
    let commands = commands.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    assert_eq!(commands.filter(ours).count(), 0);
    drop(server);
    assert!(!dir.exists());
}

#[test]
fn a_server_ends_even_if_its_test_is_killed() {
    const CHILD: &str = "VMIMAP_HARNESS_CHILD";
    if let Some(dir) = std::env::var_os(CHILD) {
        let dir = Path::new(&dir);
        let server = Dovecot::start_below(dir, with_users(vec![ada()]));
        std::fs::write(dir.join("pid.new"), server.pid().unwrap().to_string()).unwrap();
        std::fs::rename(dir.join("pid.new"), dir.join("pid")).unwrap();
        std::thread::sleep(Duration::from_mins(1));
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    process::open_to_all(dir.path());
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "dovecot::a_server_ends_even_if_its_test_is_killed",
        ])
        .env(CHILD, dir.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let pid = eventually(|| std::fs::read_to_string(dir.path().join("pid")).ok());
    let pid = pid.parse().unwrap();
    assert!(process::is_alive(pid));
    child.kill().unwrap();
    child.wait().unwrap();
    eventually(|| (!process::is_alive(pid)).then_some(()));
}

/// What a look gives as soon as it gives something, within 20 seconds.
fn eventually<T>(look: impl Fn() -> Option<T>) -> T {
    for _ in 0..2000 {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("it did not come about");
}

#[test]
fn mail_survives_a_restart_and_a_kill() {
    let mut server = Dovecot::start(with_users(vec![ada()]));
    server.raw("ada").append("INBOX", "()", DATE, MESSAGE).ok();
    server.restart();
    assert_eq!(server.raw("ada").message_count("INBOX"), 1);
    server.kill();
    server.restart();
    assert_eq!(server.raw("ada").message_count("INBOX"), 1);
}

#[test]
fn each_account_has_its_own_limits() {
    let limited = User::new("grace", "secret").storage(200).messages(2);
    let mut server = Dovecot::start(with_users(vec![ada(), limited]));
    let mut raw = server.raw("grace");
    let quota = raw.command("GETQUOTAROOT INBOX").ok().text();
    assert!(quota.contains("(STORAGE 0 200 MESSAGE 0 2)"), "{quota}");
    raw.append("INBOX", "()", DATE, MESSAGE).ok();
    raw.append("INBOX", "()", DATE, MESSAGE).ok();
    let refusal = raw.append("INBOX", "()", DATE, MESSAGE);
    assert!(
        refusal.status.starts_with("NO [OVERQUOTA]"),
        "{}",
        refusal.status
    );
    let text = server.raw("ada").command("GETQUOTAROOT INBOX").ok().text();
    assert!(!text.contains("STORAGE"), "{text}");
    server.add_user(User::new("joan", "secret").messages(7));
    let text = server.raw("joan").command("GETQUOTAROOT INBOX").ok().text();
    assert!(text.contains("(MESSAGE 0 7)"), "{text}");
}

#[test]
fn a_master_user_acts_for_another_even_under_acl() {
    let master = Some(("vmaster".to_owned(), "mastersecret".to_owned()));
    let options = with_users(vec![ada()]);
    let options = DovecotOptions {
        master,
        acl: true,
        acl_as_user: true,
        ..options
    };
    let server = Dovecot::start(options.clone());
    let mut raw = server.raw_unauthenticated();
    raw.login("ada*vmaster", "mastersecret");
    raw.append("INBOX", "()", DATE, MESSAGE).ok();
    assert_eq!(server.raw("ada").message_count("INBOX"), 1);

    // Without acl_user the master has its own rights only: what the option is there to show.
    let server = Dovecot::start(DovecotOptions {
        acl_as_user: false,
        ..options
    });
    let mut raw = server.raw_unauthenticated();
    raw.login("ada*vmaster", "mastersecret");
    let refusal = raw.append("INBOX", "()", DATE, MESSAGE);
    assert!(refusal.status.starts_with("NO"), "{}", refusal.status);
}

#[test]
fn stores_separators_and_prefixes_are_as_asked() {
    for (store, separator, prefix) in [
        (Store::Sdbox, '/', ""),
        (Store::Mdbox, '/', ""),
        (Store::Maildir, '.', "INBOX."),
    ] {
        let options = with_users(vec![ada()]);
        let options = DovecotOptions {
            store,
            separator,
            prefix: prefix.to_owned(),
            ..options
        };
        let server = Dovecot::start(options);
        let mut raw = server.raw("ada");
        let namespace = raw.command("NAMESPACE").ok().text();
        let expected = format!("((\"{prefix}\" \"{separator}\"))");
        assert!(namespace.contains(&expected), "{namespace}");
        raw.append("INBOX", "()", DATE, MESSAGE).ok();
        assert_eq!(raw.message_count("INBOX"), 1);
    }
}

#[test]
fn capabilities_can_be_hidden_and_connections_limited() {
    let options = with_users(vec![ada()]);
    let capability = Some("IMAP4rev1".to_owned());
    let options = DovecotOptions {
        capability,
        max_userip_connections: 1,
        ..options
    };
    let server = Dovecot::start(options);
    let mut first = server.raw("ada");
    let text = first.command("CAPABILITY").ok().text();
    assert!(
        !text.contains("LITERAL+") && !text.contains("UIDPLUS"),
        "{text}"
    );
    let refusal = server
        .raw_unauthenticated()
        .command("LOGIN ada \"pass word\"");
    // The code before these words is [LIMIT] or [UNAVAILABLE], as Dovecot was built.
    let words = "Maximum number of connections from user+IP exceeded";
    assert!(
        refusal.status.starts_with("NO [") && refusal.status.contains(words),
        "{}",
        refusal.status
    );
}

#[test]
fn tls_is_what_the_options_say() {
    let offered = Dovecot::start(DovecotOptions {
        tls: Tls::Offered,
        ..with_users(vec![ada()])
    });
    let greeting = openssl(&offered, offered.tls_port(), Some(&offered.ca_file()), &[]);
    assert!(greeting.contains("* OK"), "{greeting}");
    let starttls = ["-starttls", "imap"];
    let answer = openssl(
        &offered,
        offered.port(),
        Some(&offered.ca_file()),
        &starttls,
    );
    assert!(
        answer.contains("a OK Logged in") || answer.contains("a OK ["),
        "{answer}"
    );
    // The authority is not among the system's: without it the certificate must not be believed.
    let answer = openssl(&offered, offered.tls_port(), None, &[]);
    assert!(!answer.contains("a OK"), "{answer}");
    offered.raw("ada").command("NOOP").ok();

    let required = Dovecot::start(DovecotOptions {
        tls: Tls::Required,
        ..with_users(vec![ada()])
    });
    let mut raw = required.raw_unauthenticated();
    assert!(raw.greeting.contains("LOGINDISABLED"), "{}", raw.greeting);
    let refusal = raw.command("LOGIN ada \"pass word\"");
    assert!(
        refusal.status.starts_with("NO [PRIVACYREQUIRED]"),
        "{}",
        refusal.status
    );
    let answer = openssl(
        &required,
        required.port(),
        Some(&required.ca_file()),
        &starttls,
    );
    assert!(answer.contains("a OK"), "{answer}");
}

/// What a login says through `openssl s_client`, which verifies the certificate.
fn openssl(server: &Dovecot, port: u16, ca: Option<&Path>, more: &[&str]) -> String {
    let mut command = Command::new("openssl");
    let address = format!("{}:{port}", server.host());
    command
        .args([
            "s_client",
            "-quiet",
            "-verify_return_error",
            "-connect",
            &address,
        ])
        .args(more);
    if let Some(ca) = ca {
        command.arg("-CAfile").arg(ca);
    }
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // The write fails where openssl gave up before; the answer then says what there is to say.
    let _ = stdin.write_all(b"a LOGIN ada \"pass word\"\r\nb LOGOUT\r\n");
    let output = child.wait_with_output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn c_client_counts_and_reads_what_the_server_holds() {
    let server = Dovecot::start(with_users(vec![ada()]));
    let mut raw = server.raw("ada");
    raw.append("INBOX", "(\\Seen)", DATE, MESSAGE).ok();
    raw.append("INBOX", "(\\Flagged)", DATE, MESSAGE).ok();
    let mailutil = Mailutil::new();
    assert_eq!(mailutil.count(&server, "ada", "INBOX"), 2);
    let text = mailutil.read_out(&server, "ada", "INBOX");
    assert_eq!(text.matches("X-Test: y").count(), 2, "{text}");
    assert_eq!(text.matches(" Feb  5 18:31:30 2009").count(), 2, "{text}");
    assert!(text.contains("X-Status: F"), "{text}");
    let wrong = mailutil.run(
        &["check", &Mailutil::remote(&server, "ada", "INBOX")],
        &["x"; 3],
    );
    assert!(!wrong.status.success() || wrong.stdout.is_empty());
}
