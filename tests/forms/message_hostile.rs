//! What callers and administrators may write, against a reader of our own making that does what
//! Asterisk's `get_header_by_tag` does, and against an independent mail parser.
use mail_parser::{HeaderValue as Value, MessageParser, MimeHeaders};
use vmimap::voicemail::audio::AudioFormat;
use vmimap::voicemail::compose::{MailProfile, Zone, compose_for_caller};
use vmimap::voicemail::message::{HeaderValue, Voicemail};
use vmimap::voicemail::source_key::{AudioDigest, SourceKey};
use vmimap::voicemail::vmbox::VoicemailBox;

/// Everything somebody might try in a name, a number, a subject or an address.
fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "Ada",
        "a\r\nX-Asterisk-VM-Context: evil\r\n\r\nbody",
        "a\nX-Asterisk-VM-Orig-time: 1",
        "\rX-Asterisk-VM-Extension: 1",
        "X-Asterisk-VM-Context: evil",
        "x-aSTERISK-vm-cONTEXT: evil",
        "X-Asterisk-\r\n VM-Context: evil",
        "X-Ast\0erisk-VM-Cont\u{7f}ext: evil",
        "X-Ast\u{e9}erisk-VM-Duration: 9",
        "X-Asterisk-VM-X-Asterisk-VM-Flag: Urgent",
        "=?UTF-8?Q?X-Asterisk-VM-Flag:_Urgent?=",
        "=?utf-8?b?WC1Bc3Rlcmlzay1WTS1GbGFnOiBVcmdlbnQ=?=",
        "\u{1b}[31m\u{7}\u{8}\u{9b}",
        "\u{202e}gnp.exe\u{202c} \u{200b}\u{2028}\u{2029}\u{feff}",
        "Zoë 渡辺 太郎 \u{1f600}",
        "\u{fffd}\u{fffd}",
        "${VM_NAME} ${VM_CIDNAME} ${VM_CALLERID} ${${VM_NAME}}",
        "$[1 + 1] ${SHELL(reboot)} ${EVAL(${VM_CIDNAME})}",
        "%A %n %q %%s %9999d",
        "a\\\" <x@y>, \"b",
        "Mallory ;--",
        "--; Mallory ;--; -;- --",
        "<>()[],;:\\\"@|",
        "----voicemail_1",
        "\r\n.\r\n",
        "From me",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push("x".repeat(10_240));
    texts.push("é ".repeat(5_120));
    texts.push(format!("{}X-Asterisk-VM-Flag: Urgent", "y".repeat(70)));
    texts
}

fn voicemail(text: &str) -> Voicemail {
    Voicemail {
        context: HeaderValue::lossy("sales-floor"),
        extension: HeaderValue::lossy("desk_a"),
        caller_name: HeaderValue::lossy(text),
        caller_number: HeaderValue::lossy(text),
        origtime: 1_795_427_839,
        duration: 125,
        category: HeaderValue::lossy(text),
        flag: HeaderValue::lossy(""),
        priority: 8,
        msg_id: HeaderValue::lossy("1795427837-00000000"),
        message_num: 1,
        format: AudioFormat::Wav49,
        greeting: None,
    }
}

fn profile(text: &str) -> MailProfile {
    let text = || text.to_owned();
    MailProfile {
        serveremail: text(),
        hostname: text(),
        fromstring: Some(text()),
        server_name: text(),
        fullname: text(),
        email: text(),
        imap_user: text(),
        emailsubject: Some(text()),
        emailbody: Some(text()),
        emaildateformat: text(),
        charset: text(),
        mailbox: text(),
        context: text(),
        zone: Zone::resolve(Some("UTC")),
        ..MailProfile::default()
    }
}

fn compose(text: &str, profile: &MailProfile) -> Vec<u8> {
    let audio = [0x5a_u8; 200];
    let vmbox = VoicemailBox::new("desk_a", "sales-floor");
    let key = SourceKey::new(&vmbox, "", 0, &AudioDigest([7; 32]), 1);
    let mut out = Vec::new();
    compose_for_caller(&voicemail(text), Some(text), profile, &key, 200)
        .write_to(&mut &audio[..], &mut out)
        .unwrap();
    out
}

/// What Asterisk 22 takes for a header: `strcasestr`, one character skipped, 79 octets, cut at the
/// first CR, else at the first LF.
fn asterisk_reads(block: &str, name: &str) -> Option<String> {
    let at = block
        .to_ascii_lowercase()
        .find(&format!("{name}:").to_ascii_lowercase())?;
    let value: String = block[at + name.len() + 2..].chars().take(79).collect();
    let end = value.find('\r').or_else(|| value.find('\n'));
    Some(value[..end.unwrap_or(value.len())].to_owned())
}

#[test]
fn asterisk_reads_what_was_meant_whatever_stands_in_the_settings() {
    for text in hostile() {
        let meant = voicemail(&text);
        let message = compose(&text, &profile(&text));
        let message = String::from_utf8_lossy(&message);
        let (block, _) = message.split_once("\r\n\r\n").unwrap();
        assert!(block.is_ascii() && !block.contains('\0'), "{text:?}");
        for (name, value) in [
            ("Context", "sales-floor"),
            ("Extension", "desk_a"),
            ("Orig-time", "1795427839"),
            ("Duration", "125"),
            ("Flag", ""),
            ("Message-ID", "1795427837-00000000"),
            ("Caller-ID-Name", meant.caller_name.as_str()),
            ("Caller-ID-Num", meant.caller_number.as_str()),
            ("Category", meant.category.as_str()),
        ] {
            let read = asterisk_reads(block, &format!("X-Asterisk-VM-{name}"));
            assert_eq!(read.as_deref(), Some(value), "{name} with {text:?}");
            // Asterisk writes it into a file of its own and reads that.
            assert!(
                !value.contains(";--") && !value.contains("--;"),
                "{value:?}"
            );
        }
        for line in block.split("\r\n") {
            if line.starts_with("X-Asterisk-VM-") {
                let (name, value) = line.split_once(": ").expect("a space after the colon");
                assert!(value.len() <= 79, "{name} has {} octets", value.len());
            }
            assert!(!line.contains(['\r', '\n']), "{text:?}: {line:?}");
            assert!(
                !line.trim().is_empty(),
                "{text:?}: an empty line ends the block"
            );
        }
    }
}

#[test]
fn a_mail_program_finds_one_text_and_one_recording_whatever_stands_in_the_settings() {
    for text in hostile() {
        let message = compose(&text, &profile(&text));
        let mail = MessageParser::default().parse(&message).unwrap();
        assert_eq!((mail.text_body_count(), mail.attachment_count()), (1, 1));
        let part = mail.attachment(0).unwrap();
        assert_eq!(part.contents(), [0x5a; 200], "{text:?}");
        assert_eq!(part.attachment_name(), Some("msg0000.WAV"));
        assert!(mail.from().is_some() && mail.to().is_some(), "{text:?}");
        let names: Vec<&str> = mail
            .headers()
            .iter()
            .map(mail_parser::Header::name)
            .collect();
        assert_eq!(
            names.len(),
            names.iter().collect::<std::collections::HashSet<_>>().len()
        );
        assert!(mail.header("Bcc").is_none());
    }
}

#[test]
fn names_and_subjects_are_shown_as_they_were_meant() {
    for (text, shown) in [
        ("Zoë 渡辺 太郎 \u{1f600}", "Zoë 渡辺 太郎 \u{1f600}"),
        ("X-Asterisk-VM-Flag: Urgent", "X-Asterisk-VM-Flag: Urgent"),
        ("=?UTF-8?Q?not_a_word?=", "=?UTF-8?Q?not_a_word?="),
        ("100% %A ${VM_NAME}", "100% %A ${VM_NAME}"),
    ] {
        for charset in ["UTF-8", "ISO-8859-1", "US-ASCII", "Shift_JIS"] {
            let profile = MailProfile {
                fullname: text.to_owned(),
                email: "a@example.test|b@example.test".to_owned(),
                emailsubject: Some("${VM_NAME}".to_owned()),
                emailbody: Some("${VM_NAME}${VM_CIDNAME}".to_owned()),
                emaildateformat: "%Y".to_owned(),
                charset: charset.to_owned(),
                ..MailProfile::default()
            };
            let message = compose(text, &profile);
            let mail = MessageParser::default().parse(&message).unwrap();
            assert_eq!(mail.subject(), Some(shown), "{charset}");
            let body = mail.body_text(0).unwrap();
            assert_eq!(body.trim_end(), format!("{shown}{shown}"), "{charset}");
            let Some(Value::Address(to)) = mail.header("To") else {
                panic!("no To")
            };
            let to: Vec<_> = to.iter().map(|one| (one.name(), one.address())).collect();
            assert_eq!(
                to,
                [
                    (Some(shown), Some("a@example.test")),
                    (Some(shown), Some("b@example.test"))
                ],
                "{charset}"
            );
        }
    }
}

#[test]
fn latin_1_stays_latin_1_where_the_settings_say_so() {
    let profile = MailProfile {
        fullname: "Jos\u{e9}".to_owned(),
        email: "a@example.test".to_owned(),
        emailbody: Some("${VM_NAME}".to_owned()),
        ..MailProfile::default()
    };
    let message = compose("", &profile);
    let text = String::from_utf8_lossy(&message);
    assert!(text.contains("\r\nTo: =?ISO-8859-1?Q?Jos=E9?= <a@example.test>\r\n"));
    assert!(text.contains("\r\nContent-Type: text/plain; charset=ISO-8859-1\r\n"));
    assert!(message.windows(6).any(|octets| octets == b"Jos\xe9\r\n"));
}

#[test]
fn addresses_of_every_shape_make_a_to_header() {
    for (email, to) in [
        ("", "<u1>"),
        ("ada", "<ada>"),
        ("ada@example.test", "<ada@example.test>"),
        ("|ada@h||b@h|", "<ada@h>,\r\n \"A\" <b@h>"),
        ("Ada <ada@h>|b@h", "<ada@h>,\r\n \"A\" <b@h>"),
        ("\r\nBcc: x@y", "<Bccx@y>"),
        ("é@ü", "<u1>"),
        ("@|.|-", "<u1>"),
    ] {
        let profile = MailProfile {
            fullname: "A".to_owned(),
            email: email.to_owned(),
            imap_user: "u1".to_owned(),
            ..MailProfile::default()
        };
        let message = compose("", &profile);
        let text = String::from_utf8_lossy(&message);
        let from = text.find("\r\nTo: ").unwrap();
        let till = text.find("\r\nSubject: ").unwrap();
        assert_eq!(
            &text[from..till],
            format!("\r\nTo: \"A\" {to}"),
            "{email:?}"
        );
    }
}
