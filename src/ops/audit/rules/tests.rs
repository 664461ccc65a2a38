//! Each rule against a message that only it is about: a sound one with one thing changed.

use super::*;
use crate::mailstore::types::Part;

const LEFT: i64 = 1_795_427_846;

const HEADER: &str = "Message-ID: <a@b>\r\n\
X-Asterisk-VM-Message-Num: 3\r\n\
X-Asterisk-VM-Server-Name: \r\n\
X-Asterisk-VM-Context: default\r\n\
X-Asterisk-VM-Extension: 4123\r\n\
X-Asterisk-VM-Flag: \r\n\
X-Asterisk-VM-Priority: 6\r\n\
X-Asterisk-VM-Caller-ID-Num: 5551\r\n\
X-Asterisk-VM-Caller-ID-Name: Ada\r\n\
X-Asterisk-VM-Duration: 2\r\n\
X-Asterisk-VM-Category: \r\n\
X-Asterisk-VM-Message-Type: Message\r\n\
X-Asterisk-VM-Orig-date: Monday\r\n\
X-Asterisk-VM-Orig-time: 1795427846\r\n\
X-Asterisk-VM-Message-ID: 1795427846-00000002\r\n\r\n";

fn leaf(media_type: &str, name: Option<&str>) -> Part {
    let name = name.map(|name| (b"name".to_vec(), name.as_bytes().to_vec()));
    Part {
        media_type: media_type.to_owned(),
        subtype: "x".to_owned(),
        parameters: name.into_iter().collect(),
        encoding: "base64".to_owned(),
        size: Some(5_000), // 2.2 s of GSM in RIFF
        ..Part::default()
    }
}

fn multipart(children: Vec<Part>) -> Structure {
    Structure::Parts(Box::new(Part {
        media_type: "multipart".to_owned(),
        subtype: "mixed".to_owned(),
        children,
        ..Part::default()
    }))
}

fn recording(name: &str) -> Part {
    leaf("audio", Some(name))
}

fn text() -> Part {
    Part {
        media_type: "text".to_owned(),
        subtype: "plain".to_owned(),
        encoding: "8bit".to_owned(),
        size: Some(100),
        ..Part::default()
    }
}

fn sound() -> Structure {
    multipart(vec![text(), recording("msg0002.WAV")])
}

fn codes_of(stored: &Stored<'_>) -> Vec<&'static str> {
    stored.faults().map(|fault| fault.rule.code()).collect()
}

fn stored<'a>(header: &'a str, structure: &'a Structure) -> Stored<'a> {
    Stored {
        structure: Some(structure),
        internal_date: Some(LEFT),
        now: LEFT + 100,
        ..Stored::new(header.as_bytes(), Owner::Here)
    }
}

fn with_header(from: &str, to: &str) -> Vec<&'static str> {
    assert!(HEADER.contains(from), "{from}");
    let header = HEADER.replacen(from, to, 1);
    codes_of(&stored(&header, &sound()))
}

fn with_parts(parts: Vec<Part>) -> Vec<&'static str> {
    codes_of(&stored(HEADER, &multipart(parts)))
}

#[test]
fn a_sound_message_has_no_faults() {
    assert!(codes_of(&stored(HEADER, &sound())).is_empty());
}

#[test]
fn each_header_fault_is_found_by_its_own_rule() {
    let name = "X-Asterisk-VM-Caller-ID-Name";
    let long = format!("Name: {}", "x".repeat(80));
    for (from, to, codes) in [
        ("X-Asterisk-VM-Caller-ID-Name: Ada\r\n", "", &["VMA001"][..]),
        ("X-Asterisk-VM-Orig-time: 1795427846\r\n", "", &["VMA020"]),
        ("Name: Ada", "Name: Ada;--", &["VMA021"]),
        ("Num: 5551", "Num: 1--;", &["VMA021"]),
        ("Num: 5551", "Num:5551", &["VMA030"]),
        ("Name: Ada", "Name:", &["VMA031"]),
        ("Name: Ada", "Name: Ada\r\n Lovelace", &["VMA032"]),
        ("Name: Ada", "Name: =?UTF-8?Q?J=C3=B3?=", &["VMA034"]),
        ("Name: Ada", "Name: Ada; Eve", &["VMA041"]),
        ("Name: Ada", long.as_str(), &["VMA040"]),
        ("Duration: 2", "Duration: 2:05", &["VMA037"]),
        ("Duration: 2", "Duration: 20", &["VMA038"]),
        ("Duration: 2", "Duration: 4", &[]), // within what is measured
        ("time: 1795427846", "time: soon", &["VMA036"]),
        (
            "time: 1795427846",
            "time: 4000000000",
            &["VMA036", "VMA039"],
        ),
        ("time: 1795427846", "time: 1795420000", &["VMA039"]),
        ("Flag: ", "Flag: Urgent", &["VMA061"]),
        ("Type: Message", "Type: unavail", &["VMA067"]),
        (
            "X-Asterisk-VM-Flag",
            "X-Asterisk-VM-Caller-channel: SIP/7\r\nX-Asterisk-VM-Flag",
            &["VMA080"],
        ),
    ] {
        assert_eq!(with_header(from, to), codes, "{to}");
    }
    let twice = format!("{name}: Ada\r\n{name}: Eve");
    assert_eq!(with_header(&format!("{name}: Ada"), &twice), ["VMA035"]);
    let note = format!("Subject: {name}: Mallory\r\nMessage-ID");
    assert_eq!(with_header("Message-ID", &note), ["VMA033"]);
}

#[test]
fn a_time_that_lost_its_first_digit_is_told_from_an_impossible_one() {
    // `5550100` without its space loses the 5; a time without its space is one in 1995.
    let codes = with_header("time: 1795427846", "time:1795427846");
    assert_eq!(codes, ["VMA030", "VMA039"]);
    assert_eq!(with_header("time: 1795427846", "time: 0"), ["VMA036"]);
}

#[test]
fn each_structure_fault_is_found_by_its_own_rule() {
    let wav = || recording("msg0002.WAV");
    let encoded = |encoding: &str| Part {
        encoding: encoding.to_owned(),
        ..wav()
    };
    let sized = |size| Part {
        size: Some(size),
        ..wav()
    };
    for (parts, codes) in [
        (vec![text(), leaf("audio", None)], &["VMA002"][..]),
        (vec![text()], &["VMA007"]),
        (vec![wav()], &["VMA011"]),
        (vec![wav(), text()], &["VMA002", "VMA011"]),
        (vec![text(), recording("my.msg0002.WAV")], &["VMA012"]),
        (vec![text(), recording("msg0002")], &["VMA012"]),
        (vec![text(), recording("utf-8")], &["VMA012"]),
        (vec![text(), recording("msg0002.mp3")], &["VMA012"]),
        (vec![text(), wav(), recording("msgintro0002.WAV")], &[]),
        (
            vec![text(), wav(), recording("msgintro0002.gsm")],
            &["VMA016"],
        ),
        (vec![text(), wav(), recording("msg0002.gsm")], &["VMA016"]),
        (vec![text(), encoded("8bit")], &["VMA019"]),
        (vec![text(), encoded("7bit")], &[]),
        (vec![text(), sized(0)], &["VMA014"]),
        (vec![text(), sized(80)], &["VMA014"]),
    ] {
        let mut found = with_parts(parts);
        found.sort_unstable();
        assert_eq!(found, codes);
    }
    let long = with_parts(vec![text(), sized((128 << 20) + 1)]);
    assert!(long.contains(&"VMA017"), "{long:?}");
}

#[test]
fn what_is_no_multipart_has_no_attachment_or_crashes() {
    let whole = |media_type: &str, subtype: &str| {
        let part = Part {
            media_type: media_type.to_owned(),
            subtype: subtype.to_owned(),
            ..Part::default()
        };
        codes_of(&stored(HEADER, &Structure::Parts(Box::new(part))))
    };
    assert_eq!(whole("text", "plain"), ["VMA007"]);
    assert_eq!(whole("audio", "x-wav"), ["VMA007"]);
    assert_eq!(whole("MESSAGE", "RFC822"), ["VMA003"]);
}

#[test]
fn what_the_server_could_not_say_is_a_finding() {
    let unreadable = Structure::Unreadable("(\"a\" \u{1b}[2J".to_owned());
    for structure in [Structure::TooComplex, unreadable] {
        assert_eq!(codes_of(&stored(HEADER, &structure)), ["VMA095"]);
    }
    let sound = sound();
    let mut cut = stored(HEADER, &sound);
    cut.header_cut = true;
    cut.internal_date = None;
    assert_eq!(codes_of(&cut), ["VMA096", "VMA097"]);
}

#[test]
fn places_and_owners_have_their_rules() {
    let sound = sound();
    let with = |change: &dyn Fn(&mut Stored<'_>)| {
        let mut message = stored(HEADER, &sound);
        change(&mut message);
        codes_of(&message)
    };
    let other = || VoicemailBox::new("9", "x");
    assert_eq!(with(&|m| m.opened = false), ["VMA052"]);
    let typed = HEADER.replace("Type: Message", "Type: unavail");
    let mut greeting = stored(&typed, &sound);
    greeting.opened = false;
    assert_eq!(
        codes_of(&greeting),
        ["VMA054"],
        "not a message that is lost"
    );
    assert_eq!(with(&|m| m.flags.deleted = true), ["VMA053"]);
    assert_eq!(with(&|m| m.flags.flagged = true), ["VMA061"]);
    assert_eq!(
        with(&|m| (m.flags.flagged, m.flags.seen) = (true, true)),
        [""; 0]
    );
    assert_eq!(with(&|m| m.owner = Owner::Elsewhere(other())), ["VMA051"]);
    assert_eq!(with(&|m| m.owner = Owner::Nobody(other())), ["VMA070"]);
    assert_eq!(with(&|m| m.owner = Owner::Unnamed), ["VMA050"]);
}
