use super::*;

const HEADER: &str = "X-Asterisk-VM-Context: default\r\n\
    X-Asterisk-VM-Extension: 4123\r\n\
    X-Asterisk-VM-Caller-ID-Name: Ada\r\n\
    X-Asterisk-VM-Duration: 2:05\r\n\
    X-Asterisk-VM-Orig-time: 1795427839\r\n";
const TOP: &str = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
const PARTS: &str = "--b\r\n\r\ntext\r\n--b\r\nContent-Type: audio/x-wav; name=a.wav\r\n\r\n\
    QWRh\r\n--b--\r\n";

fn read(message: &str) -> Result<StoredVoicemail, ReadFault> {
    let mut reader = MessageReader::new();
    reader.push(message.as_bytes());
    reader.finish()
}

#[test]
fn a_message_reads_the_same_however_it_is_cut() {
    let message = format!("{HEADER}{TOP}{PARTS}");
    let whole = read(&message).unwrap();
    assert_eq!(
        (whole.audio_octets, whole.parts, whole.closed),
        (3, 2, true)
    );
    assert_eq!(whole.voicemail.duration, 2);
    for size in 1..message.len() {
        let mut reader = MessageReader::new();
        message
            .as_bytes()
            .chunks(size)
            .for_each(|piece| reader.push(piece));
        assert_eq!(reader.finish().as_ref(), Ok(&whole), "in pieces of {size}");
    }
}

#[test]
fn bare_line_feeds_and_a_missing_end_are_read_too() {
    let message = format!("{HEADER}{TOP}{PARTS}").replace('\r', "");
    assert_eq!(read(&message).unwrap().audio_octets, 3);
    let cut = message.trim_end_matches("--b--\n");
    let stored = read(cut).unwrap();
    assert_eq!((stored.audio_octets, stored.closed), (3, false));
}

#[test]
fn each_fault_is_named() {
    for (message, fault) in [
        (String::new(), ReadFault::MissingHeader(VmHeader::Extension)),
        (
            HEADER.replace("Caller-ID-Name", "Nobody"),
            ReadFault::MissingHeader(VmHeader::CallerIdName),
        ),
        (
            HEADER.replace("1795427839", "yesterday"),
            ReadFault::BadOrigTime("yesterday".to_owned()),
        ),
        (format!("{HEADER}\r\n"), ReadFault::NotMultipart),
        (
            format!("{HEADER}{TOP}--b\r\n\r\nx\r\n--b--\r\n"),
            ReadFault::NoSecondPart,
        ),
        (
            format!("{HEADER}{TOP}{}", PARTS.replace("; name=a.wav", "")),
            ReadFault::NoParameter,
        ),
        (
            format!("{HEADER}{TOP}{}", PARTS.replace("a.wav", "my.msg0000.wav")),
            ReadFault::UnknownFormat("my.msg0000.wav".to_owned()),
        ),
        (
            format!("{HEADER}{TOP}{}", PARTS.replace("QWRh", "Q===")),
            ReadFault::NotBase64,
        ),
        (
            format!("{}{HEADER}{TOP}{PARTS}", "A: b\r\n".repeat(50_000)),
            ReadFault::HeaderTooLong,
        ),
    ] {
        assert_eq!(read(&message).unwrap_err(), fault);
    }
}

#[test]
fn a_multipart_inside_part_one_does_not_count() {
    let inner = "--b\r\nContent-Type: multipart/alternative; boundary=bb\r\n\r\n\
        --bb\r\n\r\nx\r\n--bb\r\n\r\ny\r\n--bb--\r\n";
    let message = format!(
        "{HEADER}{TOP}{inner}{}",
        &PARTS[PARTS.find("--b\r\nC").unwrap()..]
    );
    let stored = read(&message).unwrap();
    assert_eq!((stored.parts, stored.audio_octets), (2, 3));
}

#[test]
fn one_endless_base64_line_is_read() {
    let line = "QWRh".repeat(10_000);
    let message = format!("{HEADER}{TOP}{}", PARTS.replace("QWRh", &line));
    for size in [1, 1000, 100_000] {
        let mut reader = MessageReader::new();
        message
            .as_bytes()
            .chunks(size)
            .for_each(|piece| reader.push(piece));
        assert_eq!(
            reader.finish().unwrap().audio_octets,
            30_000,
            "in pieces of {size}"
        );
    }
}

#[test]
fn endless_lines_do_not_grow_the_reader() {
    for prefix in [
        String::new(),
        format!("{TOP}--b\r\n"),
        format!("{TOP}--b\r\n\r\n"),
    ] {
        let mut reader = MessageReader::new();
        reader.push(prefix.as_bytes());
        for _ in 0..2000 {
            reader.push(&[b'-'; 1000]);
        }
        let kept =
            reader.header.capacity() + reader.part_header.capacity() + reader.carry.capacity();
        assert!(
            kept <= 2 * (MAX_HEADER_BLOCK + MAX_PART_HEADER + MAX_LINE),
            "{kept}"
        );
    }
}

#[test]
fn a_boundary_as_long_as_a_base64_line_still_ends_the_recording() {
    let boundary = "b".repeat(COLUMNS - 2);
    let message = format!("{HEADER}{TOP}{PARTS}")
        .replace("boundary=b", &format!("boundary={boundary}"))
        .replace("--b", &format!("--{boundary}"));
    let next = format!("--{boundary}\r\n\r\nQWRh\r\n--{boundary}--");
    let message = message.replace(&format!("--{boundary}--"), &next);
    let stored = read(&message).unwrap();
    assert_eq!((stored.parts, stored.audio_octets), (3, 3));
}

#[test]
fn base64_in_lines_of_other_widths_keeps_its_order() {
    let characters: String = ('A'..='Z').chain('a'..='z').cycle().take(4000).collect();
    let recordings: Vec<AudioDigest> = [76, 72, 60, 500]
        .into_iter()
        .flat_map(|width| (1..200).map(move |size| (width, size)))
        .map(|(width, size)| {
            let lines: Vec<&str> = (0..characters.len())
                .step_by(width)
                .map(|at| &characters[at..characters.len().min(at + width)])
                .collect();
            let message = format!(
                "{HEADER}{TOP}{}",
                PARTS.replace("QWRh", &lines.join("\r\n"))
            );
            let mut reader = MessageReader::new();
            for piece in message.as_bytes().chunks(size) {
                reader.push(piece);
            }
            reader.finish().unwrap().audio
        })
        .collect();
    assert!(recordings.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn a_long_line_cut_anywhere_neither_hides_nor_makes_a_boundary() {
    let text = format!("{}--b", "x".repeat(MAX_LINE + 100));
    let line = "QWRh".repeat((MAX_LINE + 100) / 4);
    let parts = PARTS.replace("text", &text).replace("QWRh", &line);
    let message = format!("{HEADER}{TOP}{parts}");
    let whole = read(&message).unwrap();
    assert_eq!((whole.parts, whole.closed), (2, true));
    for cut in 0..message.len() {
        let mut reader = MessageReader::new();
        reader.push(&message.as_bytes()[..cut]);
        reader.push(&message.as_bytes()[cut..]);
        assert_eq!(reader.finish().as_ref(), Ok(&whole), "cut at {cut}");
    }
}
