//! FETCH answers of the small server, with a BODYSTRUCTURE of its own making.

use std::fmt::Write as _;

use super::store::Message;
use super::{Manners, Names};

/// Tells of one message what the command asks for. The order is nobody's in particular.
pub fn tell(out: &mut Vec<u8>, number: usize, message: &Message, command: &str, manners: &Manners) {
    let flags: Vec<&str> = message.flags.iter().map(String::as_str).collect();
    let mut text = format!("* {number} FETCH (UID {}", message.uid);
    let asks = |item: &str| command.contains(item);
    if asks("FLAGS") {
        let _ = write!(text, " FLAGS ({})", flags.join(" "));
    }
    if asks("INTERNALDATE") {
        let _ = write!(
            text,
            " INTERNALDATE \"{}\"",
            in_zone(&message.date, manners.zone)
        );
    }
    if asks("RFC822.SIZE") {
        let _ = write!(text, " RFC822.SIZE {}", message.body.len());
    }
    if asks("BODYSTRUCTURE") {
        let _ = write!(text, " BODYSTRUCTURE {}", structure(&message.body));
    }
    out.extend(text.as_bytes());
    if let Some((_, rest)) = command.split_once("BODY.PEEK[HEADER.FIELDS (") {
        let names: Vec<&str> = rest.split(')').next().unwrap().split(' ').collect();
        let shown: Vec<String> = names
            .iter()
            .map(|name| match manners.names {
                Names::AsSent => (*name).to_owned(),
                Names::UpperCase => name.to_ascii_uppercase(),
                Names::Quoted => format!("\"{name}\""),
            })
            .collect();
        let item = format!(" BODY[HEADER.FIELDS ({})]", shown.join(" "));
        literal(out, &item, &fields(message.header(), &names));
    } else if asks("BODY.PEEK[HEADER]") {
        literal(out, " BODY[HEADER]", message.header());
    }
    if asks("BODY.PEEK[]") {
        literal(out, " BODY[]", &message.body);
    }
    out.extend(b")\r\n");
}

fn literal(out: &mut Vec<u8>, item: &str, octets: &[u8]) {
    out.extend(format!("{item} {{{}}}\r\n", octets.len()).as_bytes());
    out.extend(octets);
}

/// The fields of these names with their folded lines, and the empty line.
fn fields(header: &[u8], names: &[&str]) -> Vec<u8> {
    let text = String::from_utf8_lossy(header);
    let (mut found, mut wanted) = (String::new(), false);
    for line in text.split_inclusive("\r\n") {
        if !line.starts_with([' ', '\t']) {
            let name = line.split(':').next().unwrap_or("").trim_end();
            wanted = names.iter().any(|one| one.eq_ignore_ascii_case(name));
        }
        if wanted && line != "\r\n" {
            found.push_str(line);
        }
    }
    found.push_str("\r\n");
    found.into_bytes()
}

/// The same instant as it is said some hours east of UTC, with the day padded by a blank.
fn in_zone(date: &str, hours: i8) -> String {
    let read = jiff::fmt::strtime::parse("%d-%b-%Y %H:%M:%S %z", date.trim()).unwrap();
    let there = read.to_timestamp().unwrap() + jiff::SignedDuration::from_hours(hours.into());
    format!("{}{hours:+03}00", there.strftime("%e-%b-%Y %H:%M:%S "))
}

/// BODYSTRUCTURE (RFC 3501 §7.4.2), as much of it as a voicemail needs.
fn structure(part: &[u8]) -> String {
    let text = String::from_utf8_lossy(part);
    let (header, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let header = header.replace("\r\n ", " ").replace("\r\n\t", " ");
    let field = |name: &str| {
        let line = header.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        });
        line.unwrap_or("")
    };
    let kind = match field("Content-Type") {
        "" => "text/plain",
        kind => kind,
    };
    let (kind, parameters) = kind.split_once(';').unwrap_or((kind, ""));
    let (main, sub) = kind.trim().split_once('/').unwrap();
    let parameter = |line: &str, name: &str| {
        let found = line.split(';').find_map(|one| {
            let (found, value) = one.trim().split_once('=')?;
            found.eq_ignore_ascii_case(name).then_some(value)
        });
        found.map(|value| value.trim_matches('"').to_owned())
    };
    if main.eq_ignore_ascii_case("multipart") {
        let boundary = parameter(parameters, "boundary").unwrap();
        let parts: String = body
            .split(&format!("--{boundary}"))
            .skip(1)
            .filter_map(|part| part.strip_prefix("\r\n"))
            .map(|part| structure(part.strip_suffix("\r\n").unwrap_or(part).as_bytes()))
            .collect();
        return format!("({parts} \"{sub}\")");
    }
    let list = |line: &str, name: &str| match parameter(line, name) {
        Some(value) => format!("(\"{name}\" \"{value}\")"),
        None => "NIL".to_owned(),
    };
    let encoding = match field("Content-Transfer-Encoding") {
        "" => "7BIT",
        encoding => encoding,
    };
    let lines = if main.eq_ignore_ascii_case("text") {
        format!(" {}", body.lines().count())
    } else {
        String::new()
    };
    let disposition = match field("Content-Disposition") {
        "" => "NIL".to_owned(),
        whole => {
            let kind = whole.split(';').next().unwrap_or("").trim();
            format!("(\"{kind}\" {})", list(whole, "filename"))
        }
    };
    format!(
        "(\"{main}\" \"{sub}\" {} NIL NIL \"{encoding}\" {}{lines} NIL {disposition} NIL)",
        list(parameters, "name"),
        body.len()
    )
}
