use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::voicemail::conf::{Comments, Place};

fn txt() -> Txt<'static> {
    Txt {
        origmailbox: "5001",
        context: "judge",
        exten: "leave",
        rdnis: "unknown",
        priority: 8,
        callerchan: "Local/x@judge-00000017;2",
        caller_name: "Only WAV49",
        caller_number: "5551052",
        origtime: 1_795_427_707,
        category: "",
        msg_id: Some("1795427707-00000012"),
        flag: "",
        duration: 1,
    }
}

/// What Asterisk's configuration reader makes of the file: every `key=value` of it.
fn as_asterisk(file: &[u8]) -> Vec<(String, String)> {
    let mut comments = Comments::default();
    let place = Place::new(Path::new("msg0000.txt"), 0);
    let mut values = Vec::new();
    for line in file.split(|octet| *octet == b'\n') {
        let (Some(left), fault) = comments.strip(line, &place) else {
            continue;
        };
        assert_eq!(fault, None);
        let left = String::from_utf8(left).unwrap();
        if let Some((key, value)) = left.split_once('=') {
            let value = value.strip_prefix('>').unwrap_or(value);
            values.push((key.trim().to_owned(), value.trim().to_owned()));
        }
    }
    values
}

#[test]
fn keys_and_their_order_are_asterisks() {
    let text = String::from_utf8(txt().write()).unwrap();
    assert_eq!(
        text,
        ";\n; Message Information file\n;\n[message]\norigmailbox=5001\ncontext=judge\nexten=leave\n\
         rdnis=unknown\npriority=8\ncallerchan=Local/x@judge-00000017\\;2\n\
         callerid=\"Only WAV49\" <5551052>\norigdate=Mon Nov 23 09:55:07 AM UTC 2026\n\
         origtime=1795427707\ncategory=\nmsg_id=1795427707-00000012\nflag=\nduration=1\n"
    );
}

#[test]
fn the_four_shapes_of_a_callerid_are_written() {
    for (name, number, value) in [
        ("Ada", "1", "\"Ada\" <1>"),
        ("", "5551005", "5551005"),
        ("Name Only", "", "Name Only"),
        ("", "", "Unknown"),
        ("5551005", "", "\"5551005\" <>"),
        ("unknown", "", "\"unknown\" <>"),
        ("", "sip:a@b", "\"\" <sip:a@b>"),
        ("Mary \"Ada\" \\", "1", "\"Mary \\\"Ada\\\" \\\\\" <1>"),
        ("Eve", "1><2", "\"Eve\" <12>"),
    ] {
        assert_eq!(callerid(name, number), value);
    }
}

#[test]
fn without_an_id_there_is_no_line_for_one() {
    let file = Txt {
        msg_id: None,
        ..txt()
    }
    .write();
    assert!(!String::from_utf8(file).unwrap().contains("msg_id"));
}

proptest! {
    #[test]
    fn no_value_hides_or_changes_another(
        name in "([ -~é]|;--|--;|\\\\;|\n|\t){0,12}",
        number in "([0-9;<>\"\\\\=-]|;--|--;){0,12}",
        other in "([ -~]|;--|--;|\\\\;|\r|\n){0,12}",
    ) {
        let file = Txt {
            caller_name: &name,
            caller_number: &number,
            category: &other,
            flag: &other,
            msg_id: Some(&other),
            context: &other,
            ..txt()
        }
        .write();
        let values = as_asterisk(&file);
        let keys: Vec<&str> = values.iter().map(|(key, _)| key.as_str()).collect();
        prop_assert_eq!(keys, [
            "origmailbox", "context", "exten", "rdnis", "priority", "callerchan", "callerid",
            "origdate", "origtime", "category", "msg_id", "flag", "duration",
        ]);
        let clean: String = other.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        for at in [1, 9, 10, 11] {
            prop_assert_eq!(&values[at].1, clean.trim());
        }
        prop_assert_eq!(&values[8].1, "1795427707");
        prop_assert_eq!(&values[12].1, "1");
    }
}
