//! BODYSTRUCTUREs as servers send them, legal ones that are nasty, and broken ones.

use proptest::prelude::*;

use super::*;

fn parts(octets: &[u8]) -> Box<Part> {
    match Structure::read(octets) {
        Structure::Parts(part) => part,
        other => panic!("{}: {other:?}", String::from_utf8_lossy(octets)),
    }
}

fn pair(name: &str, value: &str) -> (Vec<u8>, Vec<u8>) {
    (name.into(), value.into())
}

#[test]
fn a_message_with_a_recording_is_read_with_its_parameters_in_order() {
    let whole = parts(
        br#"(("TEXT" "PLAIN" ("charset" "ISO-8859-1") NIL NIL "8BIT" 236 8 NIL NIL NIL NIL)("audio" "x-wav" ("name" "msg0000.wav" "x" "2" "NAME" "other") NIL "Voicemail sound attachment." "BASE64" 43000 NIL ("attachment" ("filename" "msg0000.wav")) NIL NIL) "MIXED" ("boundary" "--voicemail_1") NIL NIL NIL)"#,
    );
    assert!(whole.is("Multipart", "mixed") && whole.is_multipart());
    assert_eq!(whole.parameter("BOUNDARY"), Some(&b"--voicemail_1"[..]));
    assert_eq!((whole.size, whole.children.len()), (None, 2));
    let text = &whole.children[0];
    assert!(text.is("text", "plain") && !text.is_multipart());
    assert_eq!((text.encoding.as_str(), text.size), ("8BIT", Some(236)));
    assert_eq!(text.disposition, None);
    let audio = &whole.children[1];
    assert_eq!(
        audio.parameters,
        [
            pair("name", "msg0000.wav"),
            pair("x", "2"),
            pair("NAME", "other")
        ]
    );
    assert_eq!(audio.parameter("Name"), Some(&b"msg0000.wav"[..]));
    assert_eq!(
        audio.description.as_deref(),
        Some(&b"Voicemail sound attachment."[..])
    );
    let disposition = audio.disposition.as_ref().unwrap();
    assert_eq!(disposition.kind, "attachment");
    assert_eq!(disposition.parameter("FILENAME"), Some(&b"msg0000.wav"[..]));
}

#[test]
fn literals_nil_atoms_and_eight_bit_octets_stand_where_strings_are_expected() {
    let part = parts(
        b"({5}\r\nAUDIO x-gsm (\"a\\\"b\" {6}\r\n) \xff\"( \xe9 NIL) {0}\r\n ~{2}\r\n\x00) NIL 18446744073709551615 nil (inline NIL))\r\n",
    );
    assert!(part.is("audio", "X-GSM"));
    assert_eq!(
        part.parameters,
        [
            (b"a\"b".to_vec(), b") \xff\"( ".to_vec()),
            (b"\xe9".to_vec(), Vec::new())
        ]
    );
    assert_eq!(part.description.as_deref(), Some(&b"\x00)"[..]));
    assert_eq!((part.encoding.as_str(), part.size), ("", Some(u64::MAX)));
    let inline = Disposition {
        kind: "inline".into(),
        parameters: Vec::new(),
    };
    assert_eq!(part.disposition, Some(inline));
    let part = parts(b"(\"NIL\" nil NIL NIL \"NIL\" \"7bit\" 0)");
    assert_eq!(
        (part.media_type.as_str(), part.subtype.as_str()),
        ("NIL", "")
    );
    assert_eq!(part.description.as_deref(), Some(&b"NIL"[..]));
}

#[test]
fn the_shortest_forms_and_unknown_extensions_are_legal() {
    let least = "(\"text\" \"plain\" NIL NIL NIL \"7bit\" 3 1)";
    assert_eq!(parts(least.as_bytes()).size, Some(3));
    let multi = parts(format!("({least}{least} \"alternative\")").as_bytes());
    assert_eq!((multi.children.len(), multi.parameters.len()), (2, 0));
    let extended = parts(
        b"(\"a\" \"b\" () NIL NIL \"7bit\" 3 \"md5\" NIL (\"en\" \"de\") \"loc\" (1 (2 \"x\")) 7)",
    );
    assert!(extended.is("a", "b") && extended.disposition.is_none());
}

#[test]
fn a_message_within_a_message_has_that_message_as_its_child() {
    let inner = "(\"audio\" \"basic\" NIL NIL NIL \"base64\" 8)";
    let envelope = "(NIL \"s (\" ((\"a\" NIL \"b\" \"c\")) NIL NIL NIL NIL NIL NIL \"<x@y>\")";
    let outer = format!(
        "(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7bit\" 99 {envelope} {inner} 4 NIL (\"inline\"))"
    );
    let outer = parts(outer.as_bytes());
    assert_eq!((outer.size, outer.children.len()), (Some(99), 1));
    assert!(outer.children[0].is("audio", "basic"));
    assert_eq!(outer.disposition.as_ref().unwrap().kind, "inline");
    let bare = parts(b"(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 99)");
    assert!(bare.children.is_empty());
}

#[test]
fn too_deep_too_many_and_too_much_are_said_and_not_cut() {
    let nested = |depth: usize| {
        let leaf = "(\"a\" \"b\" NIL NIL NIL \"7bit\" 1)";
        let tail = " \"mixed\")".repeat(depth - 1);
        format!("{}{leaf}{tail}", "(".repeat(depth - 1))
    };
    assert!(parts(nested(DEEPEST).as_bytes()).is_multipart());
    let read = |text: &str| Structure::read(text.as_bytes());
    assert_eq!(read(&nested(DEEPEST + 1)), Structure::TooComplex);
    assert_eq!(read(&nested(100_000)), Structure::TooComplex);
    let wide = |count: usize| {
        let leaf = "(\"a\" \"b\" NIL NIL NIL \"7bit\" 1)";
        format!("({} \"mixed\")", leaf.repeat(count))
    };
    assert_eq!(parts(wide(MOST_PARTS - 1).as_bytes()).children.len(), 199);
    assert_eq!(read(&wide(MOST_PARTS)), Structure::TooComplex);
    let with = |count| {
        let list = "\"n\" \"v\" ".repeat(count);
        format!("(\"a\" \"b\" ({list}) NIL NIL \"7bit\" 1)")
    };
    assert_eq!(parts(with(200).as_bytes()).parameters.len(), 200);
    assert_eq!(read(&with(201)), Structure::TooComplex);
    let parens = format!("{}{}", "(".repeat(200_000), ")".repeat(200_000));
    assert_eq!(read(&parens), Structure::TooComplex);
    let hidden = format!("(\"a\" \"b\" NIL NIL NIL \"7bit\" 1 NIL NIL {parens})");
    assert_eq!(parts(hidden.as_bytes()).size, Some(1));
}

#[test]
fn what_cannot_be_understood_is_unreadable_with_an_excerpt() {
    for bad in [
        "NIL",
        "\"text\"",
        "()",
        "(\"a\" \"b\")",
        "(\"a\" \"b\" NIL NIL NIL \"7bit\" NIL)",
        "(\"a\" \"b\" NIL NIL NIL \"7bit\" -1)",
        "(\"a\" \"b\" NIL NIL NIL \"7bit\" 18446744073709551616)",
        "(\"a\" \"b\" (\"odd\") NIL NIL \"7bit\" 1)",
        "(\"a\" \"b\" \"c\" NIL NIL \"7bit\" 1)",
        "(\"a\" (\"b\") NIL NIL NIL \"7bit\" 1)",
        "(\"a\" \"b\" NIL NIL NIL \"7bit\" 1",
        "(\"a\" \"b\" NIL NIL NIL \"7bit\" 1) x",
    ] {
        let Structure::Unreadable(shown) = Structure::read(bad.as_bytes()) else {
            panic!("{bad}");
        };
        assert_eq!(shown, bad);
    }
    assert!(matches!(
        Structure::read(b""),
        Structure::Unreadable(shown) if shown.is_empty()
    ));
}

proptest! {
    #[test]
    fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Structure::read(&octets);
    }

    #[test]
    fn no_near_structure_makes_it_panic(
        text in "(\\(|\\)| |NIL|\"a\"|\"message\" \"rfc822\"|\"text\"|1|\\{1\\}\r\n){0,60}"
    ) {
        let _ = Structure::read(text.as_bytes());
        let _ = Structure::read(format!("(\"a\" \"b\" NIL NIL NIL \"7bit\" 1 {text})").as_bytes());
    }
}
