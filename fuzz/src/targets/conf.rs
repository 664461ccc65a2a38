//! voicemail.conf: any file is a configuration or an error with its line; line ends and the file
//! that a line stands in make no difference; no password gets out.

use std::fs;
use std::path::Path;

use vmimap::voicemail::conf::{ConfError, LoadOptions, VoicemailConf, load};

/// Stands for every password in a planted mailbox.
const SECRET: &str = "Xq7-not-to-be-seen";

thread_local! {
    static SCRATCH: tempfile::TempDir = super::scratch();
}

/// Takes the octets for a configuration. It may include itself, and nothing else of this machine.
pub fn check(data: &[u8]) {
    let outside = |line: &[u8]| line.contains(&b'#') && line.contains(&b'/');
    if data.len() > super::MOST || data.split(|octet| *octet == b'\n').any(outside) {
        return;
    }
    SCRATCH.with(|scratch| {
        let dir = scratch.path();
        let conf = match read(dir, data) {
            Ok(conf) => conf,
            Err(error) => return is_told(&error),
        };
        bounded(&conf, data);
        let first = told(&conf);
        let plain = !data.contains(&b'#');
        let short = data
            .split(|octet| *octet == b'\n')
            .all(|line| line.len() < 8000);
        if plain && short && !data.contains(&b'\r') {
            let lines: Vec<_> = data.split(|octet| *octet == b'\n').collect();
            let crlf = read(dir, &lines.join(&b"\r\n"[..])).expect("the same lines");
            assert_eq!(told(&crlf), first, "with CRLF");
        }
        if plain && short {
            fs::write(dir.join("body.conf"), data).expect("a file");
            let main = read(dir, b"#include body.conf\n").expect("the same lines");
            fs::remove_file(dir.join("body.conf")).expect("it was there");
            assert_eq!(told(&main), first, "from an included file");
            let after = read(dir, &[data, b"\n\n; a remark\n"].concat()).expect("the same lines");
            assert_eq!(told(&after), first, "with a remark behind it");
        }
        secret(dir, data);
    });
}

fn read(dir: &Path, octets: &[u8]) -> Result<VoicemailConf, ConfError> {
    let path = dir.join("voicemail.conf");
    fs::write(&path, octets).expect("a file");
    let options = LoadOptions {
        max_octets: 256 * 1024,
        ..LoadOptions::default()
    };
    load(&path, &options)
}

fn is_told(error: &ConfError) {
    let text = error.to_string();
    assert!(text.contains(".conf"), "{text}");
}

fn bounded(conf: &VoicemailConf, data: &[u8]) {
    let includes = data.contains(&b'#');
    let lines = data.split(|octet| *octet == b'\n').count();
    for notice in &conf.notices {
        assert!(!notice.code.is_empty() && !notice.message.is_empty());
        assert!(notice.message.len() < 20_000, "{}", notice.message.len());
    }
    assert!(conf.losses() <= conf.notices.len() as u64);
    assert!(!conf.formats().is_empty());
    for mailbox in &conf.mailboxes {
        assert!(mailbox.origin.line >= 1);
        assert!(includes || mailbox.origin.line as usize <= lines);
        assert!(conf.maxmsg(mailbox) <= 9999);
        if let Some(found) = conf.mailbox(&mailbox.vmbox) {
            assert_eq!(found.vmbox, mailbox.vmbox);
        }
        let account = conf.account(mailbox);
        for fault in account.faults() {
            assert!(!fault.to_string().is_empty());
        }
        if let Ok(port) = account.port_number() {
            assert_ne!(port, 0);
        }
        assert!(!conf.imapfolder(mailbox).is_empty());
        let profile = conf.mail_profile(mailbox);
        assert!(profile.fromstring.is_none_or(|text| !text.is_empty()));
    }
}

/// All that a configuration says, without the names of files.
fn told(conf: &VoicemailConf) -> Vec<String> {
    let mut all = Vec::new();
    for mailbox in &conf.mailboxes {
        let line = mailbox.origin.line;
        let account = conf.account(mailbox);
        all.push(format!(
            "{line} {:?} {:?} {:?}",
            mailbox.vmbox, mailbox.fullname, mailbox.email
        ));
        all.push(format!(
            "{:?} {:?}",
            account.imap_user,
            account.imap_flags()
        ));
        all.push(format!(
            "{:?} {}",
            conf.mail_profile(mailbox),
            conf.maxmsg(mailbox)
        ));
    }
    all.extend(
        conf.general
            .describe()
            .into_iter()
            .map(|(name, value, _)| format!("{name}={value}")),
    );
    all.extend(
        conf.zones
            .iter()
            .map(|zone| format!("{} {} {}", zone.name, zone.timezone, zone.format)),
    );
    all.extend(
        conf.aliases
            .iter()
            .map(|(alias, mailbox)| format!("{alias} {mailbox}")),
    );
    all.extend(
        conf.notices
            .iter()
            .map(|notice| format!("{} {}", notice.code, notice.severity as u8)),
    );
    all
}

/// Passwords in whatever surroundings show up nowhere.
fn secret(dir: &Path, data: &[u8]) {
    if data
        .windows(4)
        .any(|octets| SECRET.as_bytes().starts_with(octets))
    {
        return;
    }
    let planted = format!(
        "\n[general]\nauthpassword={SECRET}\n[planted]\n77 => {SECRET},Ada,,,imapuser=ada|imappassword={SECRET}\n"
    );
    let conf = match read(dir, &[data, planted.as_bytes()].concat()) {
        Ok(conf) => conf,
        Err(error) => return assert!(!format!("{error} {error:?}").contains(SECRET), "{error}"),
    };
    assert!(!format!("{conf:?}").contains(SECRET), "Debug");
    for notice in &conf.notices {
        assert!(!notice.message.contains(SECRET), "{}", notice.message);
        assert!(
            !notice.place.contains(SECRET)
                && notice.hint.as_ref().is_none_or(|h| !h.contains(SECRET))
        );
    }
    for (name, value, _) in conf.general.describe() {
        assert!(!value.contains(SECRET), "{name}");
    }
}
