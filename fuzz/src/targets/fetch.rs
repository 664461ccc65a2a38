//! FETCH answers: what was understood and is said again in another server's way is understood the
//! same; a message's structure is a bounded tree or says that it is not.

use std::fmt::Write as _;

use vmimap::mailstore::name::MailboxName;
use vmimap::mailstore::session::Session;
use vmimap::mailstore::structure::{DEEPEST, MOST_PARAMETERS, MOST_PARTS};
use vmimap::mailstore::types::{Asked, Envelope, Part, Structure};

/// Takes the octets for attributes of a message, and for its structure.
pub fn check(data: &[u8]) {
    if data.len() > super::MOST {
        return;
    }
    read_and_say_again(&[b"* 1 FETCH (", data, b")\r\n"].concat());
    read_and_say_again(
        &[
            b"* 1 FETCH (UID 9 FLAGS (\\Seen) RFC822.SIZE 4 INTERNALDATE NIL BODY[HEADER] \"a: b\" BODYSTRUCTURE ",
            data,
            b")\r\n",
        ]
        .concat(),
    );
}

fn read_and_say_again(answer: &[u8]) {
    for envelope in listed(answer) {
        assert!(envelope.header.len() <= 64 * 1024);
        match envelope.structure.as_ref().expect("it was asked for") {
            Structure::Parts(part) => bounded(part),
            Structure::TooComplex => continue,
            Structure::Unreadable(why) => {
                assert!(why.chars().count() < 1000, "{why}");
                assert!(!why.chars().any(char::is_control), "{why:?}");
                continue;
            }
        }
        let again = say(&envelope);
        if again.len() > 2 * super::MOST || envelope.header_cut {
            continue;
        }
        assert_eq!(
            listed(&again),
            [envelope],
            "{}",
            String::from_utf8_lossy(&again)
        );
    }
}

/// The messages of an answer, whatever else is wrong with it.
fn listed(answer: &[u8]) -> Vec<Envelope> {
    let answers = [super::examined(1).as_bytes(), answer, b"v1 OK done\r\n"].concat();
    let (mut session, _server) = Session::rehearsed(&answers, "IMAP4rev1").expect("a pair");
    session.examine(&MailboxName::inbox()).expect("a folder");
    let mut found = Vec::new();
    let listed = session.envelopes(&Asked::everything(), &mut |envelope| found.push(envelope));
    if let Ok(count) = listed {
        assert_eq!(count, found.len() as u64);
    }
    found
}

fn bounded(whole: &Part) {
    let (mut parts, mut open) = (0, vec![(whole, 1)]);
    while let Some((part, depth)) = open.pop() {
        parts += 1;
        assert!(depth <= DEEPEST && parts <= MOST_PARTS);
        assert!(part.parameters.len() <= MOST_PARAMETERS);
        assert_eq!(
            part.size.is_none(),
            part.is_multipart() && part.size.is_none()
        );
        open.extend(part.children.iter().map(|child| (child, depth + 1)));
    }
}

/// The same message as another server would tell it: other order, other case, only literals.
fn say(envelope: &Envelope) -> Vec<u8> {
    let mut out = b"* 1 fetch (BODY[header] ".to_vec();
    literal(&mut out, &envelope.header);
    let mut rest = format!(
        " uid {} rfc822.size {} flags (",
        envelope.uid,
        envelope.size.unwrap_or(0)
    );
    let flags = envelope.flags;
    for (set, name) in [
        (flags.seen, "\\seen "),
        (flags.flagged, "\\FLAGGED "),
        (flags.deleted, "\\Deleted "),
        (flags.answered, "\\Answered "),
        (flags.draft, "\\draft "),
    ] {
        rest.push_str(if set { name } else { "" });
    }
    let date = envelope
        .internal_date
        .and_then(date)
        .unwrap_or("NIL".to_owned());
    let _ = write!(rest, ") internaldate {date} bodystructure ");
    out.extend(rest.into_bytes());
    if let Some(Structure::Parts(part)) = &envelope.structure {
        structure(&mut out, part);
    }
    out.extend(b")\r\n");
    out
}

fn literal(out: &mut Vec<u8>, octets: &[u8]) {
    out.extend(format!("{{{}}}\r\n", octets.len()).into_bytes());
    out.extend(octets);
}

fn structure(out: &mut Vec<u8>, part: &Part) {
    out.push(b'(');
    let single = part.size.is_some();
    if single {
        literal(out, part.media_type.as_bytes());
        out.push(b' ');
    } else {
        part.children.iter().for_each(|child| structure(out, child));
    }
    out.push(b' ');
    literal(out, part.subtype.as_bytes());
    out.push(b' ');
    parameters(out, &part.parameters);
    if let Some(size) = part.size {
        out.extend(b" nil ");
        match &part.description {
            Some(text) => literal(out, text),
            None => out.extend(b"NIL"),
        }
        out.push(b' ');
        literal(out, part.encoding.as_bytes());
        out.extend(format!(" {size}").into_bytes());
        if part.media_type.eq_ignore_ascii_case("text") {
            out.extend(b" 0");
        }
        if let [child] = part.children.as_slice() {
            out.extend(b" (envelope (of) it) ");
            structure(out, child);
            out.extend(b" 0");
        }
        out.extend(b" md5");
    }
    if let Some(disposition) = &part.disposition {
        out.extend(b" (");
        literal(out, disposition.kind.as_bytes());
        out.push(b' ');
        parameters(out, &disposition.parameters);
        out.extend(b") en ((x))");
    }
    out.push(b')');
}

fn parameters(out: &mut Vec<u8>, parameters: &[(Vec<u8>, Vec<u8>)]) {
    if parameters.is_empty() {
        out.extend(b"NIL");
        return;
    }
    out.push(b'(');
    for (name, value) in parameters {
        literal(out, name);
        out.push(b' ');
        literal(out, value);
        out.push(b' ');
    }
    out.push(b')');
}

/// An instant in a zone of its own; `None` before the year 1 and after 9999.
fn date(seconds: i64) -> Option<String> {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days since 0000-03-01, in cycles of 400 years (civil_from_days).
    let shifted = days + 719_468;
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let name = [
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ];
    let name = name.get(usize::try_from(month - 1).ok()?)?;
    (1..=9999).contains(&year).then(|| {
        format!(
            "\"{day}-{name}-{year:04} {:02}:{:02}:{:02} +0000\"",
            rest / 3600,
            rest / 60 % 60,
            rest % 60
        )
    })
}
