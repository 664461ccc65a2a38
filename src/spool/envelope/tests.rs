use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> (Envelope, Vec<Remark>) {
    Envelope::parse(text.as_bytes()).unwrap()
}

fn caller(value: &str) -> (String, String) {
    let caller = CallerId::parse(value);
    (caller.name, caller.number)
}

#[test]
fn the_four_shapes_of_a_callerid_are_told_apart() {
    for (value, name, number) in [
        (r#""Ada Lovelace" <5551001>"#, "Ada Lovelace", "5551001"),
        ("5551005", "", "5551005"),
        ("+44 (20) 7946-0001", "", "+442079460001"),
        ("Name Only", "Name Only", ""),
        ("Unknown", "", ""),
        ("", "", ""),
    ] {
        assert_eq!(caller(value), (name.into(), number.into()), "{value}");
    }
}

#[test]
fn names_with_quotes_brackets_and_semicolons_come_out_whole() {
    for (value, name, number) in [
        (
            r#""Mary \"Ada\" Somerville" <1>"#,
            r#"Mary "Ada" Somerville"#,
            "1",
        ),
        (
            r#""Mary "Ada" Somerville" <1>"#,
            r#"Mary "Ada" Somerville"#,
            "1",
        ),
        (r#""Back\\slash <angle>" <2>"#, r"Back\slash <angle>", "2"),
        (r#""Sales; x=y" <3>"#, "Sales; x=y", "3"),
        (r#""No closing <4>"#, r#""No closing"#, "4"),
        ("Bare name <5>", "Bare name", "5"),
        // As Asterisk 22's own `ast_callerid_split` answers.
        (r#""Cut <6"#, r#""Cut"#, "6"),
        ("Eve <3", "Eve", "3"),
        ("I <3 <6> it", "I <3", "6"),
        ("> 5 <6", "> 5", "6"),
        (r#"""#, "", ""),
        ("\u{1}\"Bell\u{7}e\" <9>\u{b}", "Bell\u{7}e", "9"),
        (r#""5551005""#, "5551005", ""),
        (r#"""  <7>"#, "", "7"),
        (r#""Ends in backslash\" <8>"#, "Ends in backslash", "8"),
        (r#""<>" <>"#, "<>", ""),
    ] {
        assert_eq!(caller(value), (name.into(), number.into()), "{value}");
    }
}

#[test]
fn keys_are_read_in_every_spelling_asterisk_writes() {
    for line in [
        "flag=Urgent",
        "flag = Urgent",
        "flag => Urgent",
        "FLAG=Urgent\r",
        "\tflag =Urgent",
    ] {
        let (envelope, remarks) = parse(&format!(";!\n;! banner\n\n[message]\r\n{line}\nnew=1\n"));
        assert_eq!(envelope.flag, "Urgent", "{line:?}");
        assert_eq!(remarks, [], "{line:?}");
    }
    let (envelope, _) = parse("[message]\nflag=\ncategory = \norigtime=\nduration=\n");
    assert_eq!(envelope, Envelope::default());
}

#[test]
fn an_escaped_semicolon_is_one_everywhere() {
    let (envelope, _) = parse("[message]\ncallerid=\"A\\; B\" <1>\ncategory=x\\;y\n");
    assert_eq!(
        (envelope.caller.name.as_str(), envelope.category.as_str()),
        ("A; B", "x;y")
    );
}

#[test]
fn the_first_of_two_keys_wins() {
    let (envelope, remarks) = parse("[message]\nflag=\nflag=Urgent\nflag=x\n");
    assert_eq!(envelope.flag, "");
    assert_eq!(remarks, [Remark::Duplicate("flag")]);
}

#[test]
fn other_sections_are_not_the_message() {
    let (envelope, remarks) = parse("[other]\nflag=a\n[Message]\nduration=3\n[x]\ncategory=b\n");
    assert_eq!(
        (envelope.flag.as_str(), envelope.category.as_str()),
        ("", "")
    );
    assert_eq!(envelope.duration, Some(3));
    assert_eq!(remarks, []);
}

#[test]
fn a_file_without_its_head_is_read_with_a_remark() {
    let (envelope, remarks) = parse("7\ncallerid=5551001\nduration=3");
    assert_eq!(envelope.caller.number, "5551001");
    assert_eq!(remarks, [Remark::NoSection, Remark::Rubbish(1)]);
}

#[test]
fn numbers_are_read_as_c_reads_them_and_others_are_told() {
    for (text, number) in [
        ("5", Some(5)),
        ("+5", Some(5)),
        ("-5", Some(-5)),
        ("5 seconds", Some(5)),
        ("--5", None),
        ("x5", None),
        ("99999999999999999999", None),
    ] {
        let (envelope, remarks) = parse(&format!("[message]\norigtime={text}\n"));
        assert_eq!(envelope.origtime, number, "{text}");
        assert_eq!(remarks.is_empty(), number.is_some(), "{text}");
    }
    assert_eq!(parse("[message]\nduration=-3").0.duration, Some(0));
    assert_eq!(
        parse("[message]\nduration=5000000000").0.duration,
        Some(u32::MAX)
    );
}

#[test]
fn latin_1_and_nul_do_not_lose_the_rest() {
    let (envelope, remarks) =
        Envelope::parse(b"[message]\ncallerid=Jos\xe9\nexten=a\0b\nflag=Urgent\n").unwrap();
    assert_eq!(envelope.caller.name, "José");
    assert_eq!(
        (envelope.exten.as_str(), envelope.flag.as_str()),
        ("a", "Urgent")
    );
    assert_eq!(remarks, [Remark::Nul, Remark::NotUtf8]);
}

#[test]
fn a_file_that_tells_nothing_is_a_fault() {
    assert_eq!(Envelope::parse(b""), Err(EnvelopeFault::Empty));
    assert_eq!(Envelope::parse(&[0; 500]), Err(EnvelopeFault::NothingKnown));
    assert_eq!(
        Envelope::parse(b"[message]\nx=1\n"),
        Err(EnvelopeFault::NothingKnown)
    );
    let long = vec![b'x'; MAX_ENVELOPE + 1];
    assert_eq!(Envelope::parse(&long), Err(EnvelopeFault::TooLong));
}

/// Writes a name as `ast_escape_quoted` does.
fn escape(name: &str) -> String {
    name.replace('\\', r"\\").replace('"', "\\\"")
}

proptest! {
    #[test]
    fn no_octets_make_the_parser_panic(octets in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = Envelope::parse(&octets);
        let mut keyed = b"[message]\ncallerid=".to_vec();
        keyed.extend(&octets);
        prop_assert!(Envelope::parse(&keyed).is_ok());
    }

    #[test]
    fn a_name_escaped_by_asterisk_is_read_back(
        name in r#"[a-zA-Z0-9é"\\<>;=(),.'][a-zA-Z0-9é"\\<>;=(),.' ]{0,40}[a-zA-Z.)]"#,
        number in "[0-9*#+]{1,15}",
    ) {
        let value = format!("\"{}\" <{number}>", escape(&name));
        // A pair of quotes inside the outer pair is taken for decoration by Asterisk as well.
        prop_assume!(!name.starts_with('"'));
        prop_assert_eq!(caller(&value), (name, number));
    }

    #[test]
    fn any_callerid_gives_a_caller(value in any::<String>()) {
        let caller = CallerId::parse(&value);
        prop_assert!(caller.name.len() + caller.number.len() <= value.len());
    }
}
