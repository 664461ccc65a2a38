//! The distinct servers of a voicemail.conf, and which accounts of each are looked at.
//!
//! A door is a server with one way of protecting the connection: ten thousand mailboxes usually
//! share one, and what can be seen from outside is looked at once for each.

use std::collections::HashMap;
use std::time::Duration;

use crate::mailstore::options::ConnectOptions;
use crate::ops::account::Overrides;
use crate::ops::fleet::Group;
use crate::voicemail::conf::{ImapFlags, Origin, VoicemailConf};

/// Where the values come from that override voicemail.conf; `None` where nothing overrides it.
#[derive(Debug, Clone, Default)]
pub struct Origins {
    /// `--server` and its kin.
    pub server: Option<String>,
    /// `--port`.
    pub port: Option<String>,
    /// `--imapflags`.
    pub imapflags: Option<String>,
}

/// A server and the way to it.
#[derive(Debug, Clone)]
pub struct Door {
    /// `host:port`.
    pub label: String,
    /// How vmimap connects.
    pub options: ConnectOptions,
    /// What Asterisk's mail library is told.
    pub flags: ImapFlags,
    /// Where server, port and flags come from, for people.
    pub origin: String,
    /// Accounts behind it: places in the list of groups.
    pub groups: Vec<usize>,
}

/// The doors of the groups' accounts, in the order of the first account of each.
#[must_use]
pub fn doors(
    conf: &VoicemailConf,
    overrides: &Overrides,
    origins: &Origins,
    groups: &[Group],
) -> Vec<Door> {
    let mut doors: Vec<Door> = Vec::new();
    let mut known: HashMap<(String, String), usize> = HashMap::new();
    for (at, group) in groups.iter().enumerate() {
        let (Ok(account), Some(mailbox)) = (
            &group.account,
            group.boxes.first().and_then(|one| conf.mailbox(one)),
        ) else {
            continue;
        };
        let of_conf = conf.account(mailbox);
        let text = overrides.imapflags.as_ref().unwrap_or(&of_conf.flags.value);
        // The account came about, so they can be read.
        let flags = ImapFlags::parse(text).unwrap_or_default();
        let key = format!(
            "{:?} {} {} {}",
            flags.security, flags.validate_cert, flags.readonly, flags.secure
        );
        let key = (account.server().to_owned(), key);
        let door = *known.entry(key).or_insert_with(|| {
            let said = |own: &Option<String>, conf: String| own.clone().unwrap_or(conf);
            doors.push(Door {
                label: account.server().to_owned(),
                options: account.options().clone(),
                flags,
                origin: format!(
                    "imapserver from {}, imapport from {}, {} from {}",
                    said(&origins.server, short(&of_conf.server.origin)),
                    said(&origins.port, short(&of_conf.port.origin)),
                    match text.as_str() {
                        "" => "no imapflags".to_owned(),
                        text => format!("imapflags={text}"),
                    },
                    said(&origins.imapflags, short(&of_conf.flags.origin)),
                ),
                groups: Vec::new(),
            });
            doors.len() - 1
        });
        doors[door].groups.push(at);
    }
    doors
}

/// An origin without the directories: the report has named the file in full.
fn short(origin: &Origin) -> String {
    match origin {
        Origin::Default => "Asterisk's default".to_owned(),
        Origin::Line(place) => {
            let file = place.file.file_name().unwrap_or(place.file.as_os_str());
            format!("{}:{}", file.to_string_lossy(), place.line)
        }
    }
}

/// At most `most` of `n` places, spread evenly, the first and the last among them.
#[must_use]
pub fn spread(n: usize, most: usize) -> Vec<usize> {
    if n <= most || most < 2 {
        return (0..n.min(most.max(1))).collect();
    }
    (0..most).map(|at| at * (n - 1) / (most - 1)).collect()
}

/// Which of a door's accounts are looked at: at most `most` for each way of logging in.
#[must_use]
pub fn sample(door: &Door, groups: &[Group], most: usize) -> Vec<usize> {
    let mut ways: Vec<(Option<&str>, Vec<usize>)> = Vec::new();
    for at in &door.groups {
        let way = groups[*at]
            .account
            .as_ref()
            .ok()
            .and_then(|a| a.auth_user());
        match ways.iter_mut().find(|(known, _)| *known == way) {
            Some((_, places)) => places.push(*at),
            None => ways.push((way, vec![*at])),
        }
    }
    let mut taken: Vec<usize> = ways
        .iter()
        .flat_map(|(_, places)| {
            let some = spread(places.len(), most).into_iter();
            some.map(|at| places[at])
        })
        .collect();
    taken.sort_unstable();
    taken
}

/// A duration for people: `0.4 ms`, `12 ms`, `1.3 s`.
#[must_use]
pub fn took(duration: Duration) -> String {
    let millis = duration.as_secs_f64() * 1000.0;
    if millis < 0.095 {
        "<0.1 ms".to_owned()
    } else if millis < 9.95 {
        format!("{millis:.1} ms")
    } else if millis < 999.5 {
        format!("{millis:.0} ms")
    } else {
        format!("{:.1} s", millis / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voicemail::conf::{LoadOptions, Security};
    use crate::voicemail::vmbox::VoicemailBox;

    #[test]
    fn a_sample_holds_both_ends_and_no_place_twice() {
        assert_eq!(spread(3, 20), [0, 1, 2]);
        assert_eq!(spread(0, 20), [0_usize; 0]);
        let taken = spread(10_000, 20);
        assert_eq!(
            (taken.len(), taken.first(), taken.last()),
            (20, Some(&0), Some(&9_999))
        );
        let mut once = taken.clone();
        once.dedup();
        assert_eq!(once, taken);
        for n in 21..200 {
            let mut taken = spread(n, 20);
            taken.dedup();
            assert_eq!(taken.len(), 20, "{n}");
        }
    }

    #[test]
    fn ten_thousand_mailboxes_of_one_server_are_one_door_for_each_way_in() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("voicemail.conf");
        let lines: Vec<String> = (0..10_000)
            .map(|n| match n {
                7 => "7 => 1,,,,imapuser=u7|imappassword=p|imapflags=ssl\n".to_owned(),
                8 => "8 => 1,,,,imapuser=u8|imappassword=p|imapflags=secure\n".to_owned(),
                _ => format!("{n} => 1,,,,imapuser=u{n}|imappassword=p\n"),
            })
            .collect();
        let text = format!("[general]\nimapport=1143\n[a]\n{}", lines.concat());
        std::fs::write(&path, text).unwrap();
        let conf = crate::voicemail::conf::load(&path, &LoadOptions::default()).unwrap();
        let boxes: Vec<VoicemailBox> = conf.mailboxes.iter().map(|m| m.vmbox.clone()).collect();
        let overrides = Overrides::default();
        let groups = crate::ops::fleet::with_neighbours(&conf, &overrides, boxes);
        let origins = Origins {
            server: Some("--server".to_owned()),
            ..Origins::default()
        };
        let doors = doors(&conf, &overrides, &origins, &groups);
        let shape: Vec<(usize, Security)> = doors
            .iter()
            .map(|d| (d.groups.len(), d.flags.security))
            .collect();
        assert_eq!(
            shape,
            [
                (9_998, Security::StartTlsIfOffered),
                (1, Security::ImplicitTls),
                (1, Security::StartTlsIfOffered)
            ]
        );
        let origin = &doors[0].origin;
        assert!(
            origin.starts_with("imapserver from --server, imapport from voicemail.conf:2, "),
            "{origin}"
        );
        assert!(
            origin.contains("no imapflags from Asterisk's default"),
            "{origin}"
        );
        assert_eq!(sample(&doors[0], &groups, 20).len(), 20);
    }

    #[test]
    fn durations_have_two_or_three_digits() {
        let shown = [40, 400, 12_000, 999_400, 1_250_000].map(|us| took(Duration::from_micros(us)));
        assert_eq!(shown, ["<0.1 ms", "0.4 ms", "12 ms", "999 ms", "1.2 s"]);
    }
}
