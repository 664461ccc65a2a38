//! Names of IMAP mailboxes: modified UTF-7 against a second reader, and every accepted name comes
//! back from a LIST and goes into a command as itself and nothing else.

use vmimap::mailstore::fuzzing::{decode_utf7, encode_utf7};
use vmimap::mailstore::name::MailboxName;
use vmimap::mailstore::session::Session;

/// Takes the octets for a name as people write it, and as the wire has it.
pub fn check(data: &[u8]) {
    if data.len() > super::MOST {
        return;
    }
    let text = String::from_utf8_lossy(data);
    codec(&text);
    if let Ok(name) = MailboxName::from_unicode(&text) {
        assert!(!text.chars().any(char::is_control));
        let shown = name.to_string();
        assert!(
            shown == text || shown.eq_ignore_ascii_case(&text) && is_inbox(&text),
            "{shown}"
        );
        on_the_wire(&name);
    }
    if let Ok(name) = MailboxName::from_wire(&text) {
        assert!(
            name.as_wire()
                .bytes()
                .all(|octet| (0x20..0x7f).contains(&octet))
        );
        assert!(name.as_wire() == text || is_inbox(&text));
        assert_eq!(
            MailboxName::from_wire(name.as_wire()).ok().as_ref(),
            Some(&name)
        );
        assert!(!name.to_string().chars().any(char::is_control));
        on_the_wire(&name);
        let child = name.join(Some('/'), "Old");
        assert!(child.is_ok_and(|c| c.as_wire().ends_with("/Old")) || text.len() > 990);
    }
    listing(data);
}

fn is_inbox(text: &str) -> bool {
    text.get(..5)
        .is_some_and(|head| head.eq_ignore_ascii_case("INBOX"))
}

fn codec(text: &str) {
    let wire = encode_utf7(text);
    assert!(wire.bytes().all(|octet| (0x20..0x7f).contains(&octet)));
    assert!(wire.len() <= text.len() * 5 + 8);
    assert_eq!(decode_utf7(&wire).as_deref(), Some(text));
    assert_eq!(
        naive(&wire).as_deref(),
        Some(text),
        "another reader, {wire}"
    );
    if let Some(decoded) = decode_utf7(text) {
        assert_eq!(
            naive(text).as_deref(),
            Some(decoded.as_str()),
            "another reader, {text}"
        );
        assert_eq!(decode_utf7(&encode_utf7(&decoded)), Some(decoded));
    }
}

/// Modified UTF-7, bit by bit.
fn naive(wire: &str) -> Option<String> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";
    let mut text = String::new();
    let mut chars = wire.chars();
    while let Some(c) = chars.next() {
        if c != '&' {
            text.push(c);
            continue;
        }
        let (mut bits, mut held, mut units, mut empty) = (0_u32, 0, Vec::new(), true);
        loop {
            match chars.next()? {
                '-' => break,
                c => bits = (bits << 6) | u32::try_from(ALPHABET.find(c)?).ok()?,
            }
            (held, empty) = (held + 6, false);
            if held >= 16 {
                held -= 16;
                units.push(u16::try_from(bits >> held).ok()?);
                bits &= (1 << held) - 1;
            }
        }
        if bits != 0 || held >= 6 {
            return None;
        }
        text.push_str(&if empty {
            "&".to_owned()
        } else {
            String::from_utf16(&units).ok()?
        });
    }
    Some(text)
}

/// The name comes out of a LIST, quoted or as a literal, and goes into an EXAMINE.
fn on_the_wire(name: &MailboxName) {
    let quoted = quote(name.as_wire());
    let size = name.as_wire().len();
    let answers = format!(
        "* LIST () \"/\" {quoted}\r\n* LIST (\\Noselect) NIL {{{size}}}\r\n{}\r\nv1 OK done\r\na2 NO no\r\n",
        name.as_wire()
    );
    let (mut session, server) =
        Session::rehearsed(answers.as_bytes(), "IMAP4rev1").expect("a pair");
    let listed = session.list("", name.as_wire()).expect("a listing");
    assert_eq!(
        listed.iter().map(|f| &f.name).collect::<Vec<_>>(),
        [name, name]
    );
    assert!(listed[0].selectable && !listed[1].selectable);
    assert!(session.examine(name).is_err());
    assert!(!session.is_dead());
    drop(session);
    let said = String::from_utf8(super::said(server)).expect("ASCII");
    assert_eq!(
        said,
        format!("v1 LIST \"\" {quoted}\r\na2 EXAMINE {quoted}\r\n")
    );
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Whatever a LIST answers, the names in it can be sent back.
fn listing(data: &[u8]) {
    let answers = [b"* LIST ", data, b"\r\nv1 OK done\r\n"].concat();
    let (mut session, _server) = Session::rehearsed(&answers, "IMAP4rev1").expect("a pair");
    for folder in session.list("", "*").unwrap_or_default() {
        assert_eq!(
            MailboxName::from_wire(folder.name.as_wire()).ok(),
            Some(folder.name)
        );
        assert!(folder.delimiter.is_none_or(|c| c.is_ascii_graphic()));
    }
}
