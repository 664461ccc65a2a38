//! `msgNNNN.txt`: what was read, written again, reads the same; line ends do not matter.

use std::fmt::Write as _;

use vmimap::spool::Envelope;
use vmimap::spool::envelope::{MAX_ENVELOPE, Remark};

/// Reads the octets as the text beside a recording.
pub fn check(data: &[u8]) {
    let read = Envelope::parse(data);
    assert!(data.len() <= MAX_ENVELOPE || read.is_err());
    let Ok((envelope, remarks)) = read else {
        return;
    };
    assert!(remarks.len() <= 20, "{remarks:?}");
    for remark in &remarks {
        assert!(remark.to_string().len() < 400);
        if let Remark::Rubbish(lines) = remark {
            assert!(*lines <= data.split(|octet| *octet == b'\n').count());
        }
    }
    let size: usize = texts(&envelope).iter().map(|(_, text)| text.len()).sum();
    // Latin-1 doubles an octet at most.
    assert!(size <= 2 * data.len());
    assert!(
        envelope
            .origdate_time()
            .is_none_or(|time| time.unsigned_abs() < 1 << 50)
    );

    let again = reread(write(&envelope).as_bytes());
    assert_eq!(again, envelope, "written again");
    if !data.contains(&b'\r') {
        let text = data.split(|octet| *octet == b'\n').collect::<Vec<_>>();
        let crlf = text.join(&b"\r\n"[..]);
        if crlf.len() <= MAX_ENVELOPE {
            assert_eq!(reread(&crlf), envelope, "with CRLF");
        }
    }
    let noise = [
        data,
        b"\n; a remark\n\n[other]\norigmailbox=9\nduration=77\n",
    ]
    .concat();
    if noise.len() <= MAX_ENVELOPE && !remarks.contains(&Remark::NoSection) {
        assert_eq!(reread(&noise), envelope, "with another section behind it");
    }
}

fn reread(octets: &[u8]) -> Envelope {
    Envelope::parse(octets).expect("the same values").0
}

fn texts(envelope: &Envelope) -> [(&'static str, &str); 10] {
    [
        ("origmailbox", &envelope.origmailbox),
        ("context", &envelope.context),
        ("exten", &envelope.exten),
        ("rdnis", &envelope.rdnis),
        ("callerchan", &envelope.callerchan),
        ("origdate", &envelope.origdate),
        ("category", &envelope.category),
        ("msg_id", &envelope.msg_id),
        ("flag", &envelope.flag),
        ("name", &envelope.caller.name),
    ]
}

/// The file as Asterisk would have written it, with `=>` because a value may begin with `>`.
fn write(envelope: &Envelope) -> String {
    let mut file = String::from("[message]\n");
    for (key, text) in &texts(envelope)[..9] {
        let _ = writeln!(file, "{key}=>{text}");
    }
    let caller = &envelope.caller;
    if !caller.name.is_empty() || !caller.number.is_empty() {
        let name = caller.name.replace('\\', "\\\\").replace('"', "\\\"");
        let _ = writeln!(file, "callerid=\"{name}\" <{}>", caller.number);
    }
    let _ = writeln!(file, "priority={}", envelope.priority);
    if let Some(origtime) = envelope.origtime {
        let _ = writeln!(file, "origtime={origtime}");
    }
    if let Some(duration) = envelope.duration {
        let _ = writeln!(file, "duration={duration}");
    }
    file
}
