//! What searches look like on the wire, and what cannot get there.

use std::num::NonZeroU32;

use proptest::prelude::*;

use super::*;

fn text(search: &Search) -> String {
    let pieces = search.command().unwrap();
    let shown = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Literal(octets) => format!("{{{}}}", octets.len()),
    });
    shown.collect()
}

fn header(name: &str, value: &str) -> Search {
    Search::header(name, value).unwrap()
}

#[test]
fn keys_stay_in_order_and_words_go_bare_where_they_can() {
    let search = Search::undeleted()
        .and(Search::unflagged())
        .and(Search::unseen())
        .and(header("X-Asterisk-VM-Extension", "4123"))
        .and(header("X-Asterisk-VM-Context", "default"));
    assert_eq!(
        text(&search),
        "UNDELETED UNFLAGGED UNSEEN HEADER X-Asterisk-VM-Extension 4123 HEADER X-Asterisk-VM-Context default"
    );
}

#[test]
fn every_key_has_its_word() {
    let uid = |n| Uid(NonZeroU32::new(n).unwrap());
    let search = Search::all()
        .and(Search::deleted())
        .and(Search::seen())
        .and(Search::flagged())
        .and(Search::uids(&[uid(4), uid(3), uid(9)]).unwrap())
        .and(Search::since(1_233_858_690).unwrap())
        .and(Search::before(1_233_792_000).unwrap())
        .and(Search::larger(u32::MAX))
        .and(Search::smaller(0))
        .and(Search::keyword("$Forwarded").unwrap());
    assert_eq!(
        text(&search),
        "ALL DELETED SEEN FLAGGED UID 3:4,9 SINCE 05-Feb-2009 BEFORE 05-Feb-2009 LARGER 4294967295 SMALLER 0 KEYWORD $Forwarded"
    );
}

#[test]
fn not_and_or_put_parentheses_round_what_is_more_than_one_key() {
    let two = || Search::seen().and(Search::flagged());
    assert_eq!(text(&!Search::seen()), "NOT SEEN");
    assert_eq!(text(&!two()), "NOT (SEEN FLAGGED)");
    assert_eq!(
        text(&Search::deleted().or(two()).and(Search::all())),
        "OR DELETED (SEEN FLAGGED) ALL"
    );
    assert_eq!(
        text(&Search::deleted().or(Search::seen().or(Search::all()))),
        "OR DELETED OR SEEN ALL"
    );
    assert_eq!(text(&!!header("a", "")), "NOT NOT HEADER a \"\"");
}

#[test]
fn what_is_no_atom_is_quoted() {
    for (value, sent) in [
        ("", "\"\""),
        ("a b", "\"a b\""),
        ("q\"\\", "\"q\\\"\\\\\""),
        ("NIL", "\"NIL\""),
        ("(x)", "\"(x)\""),
        ("{3}", "\"{3}\""),
        ("a*", "\"a*\""),
        ("a]", "\"a]\""),
        ("<id@host>", "<id@host>"),
    ] {
        assert_eq!(text(&header("X-A", value)), format!("HEADER X-A {sent}"));
    }
    assert_eq!(text(&header("X(A", "1")), "HEADER \"X(A\" 1");
}

#[test]
fn other_letters_go_as_a_literal_with_a_charset() {
    let search = Search::seen()
        .and(header("Subject", "caf\u{e9}"))
        .or(Search::all());
    assert_eq!(
        text(&search),
        "CHARSET UTF-8 OR (SEEN HEADER Subject {5}) ALL"
    );
    assert_eq!(
        search.to_string(),
        "OR (SEEN HEADER Subject \"caf\u{e9}\") ALL"
    );
}

#[test]
fn nothing_can_carry_a_second_command() {
    for bad in [
        "a\r\nx LOGOUT",
        "a\nb",
        "a\rb",
        "nul\0",
        "tab\t",
        "\u{7f}",
        "\u{85}",
    ] {
        assert!(Search::header("X-A", bad).is_err(), "{bad:?}");
        assert!(Search::header(bad, "x").is_err(), "{bad:?}");
        assert!(Search::keyword(bad).is_err(), "{bad:?}");
    }
    for bad in ["", "a b", "a:b", "caf\u{e9}"] {
        assert!(Search::header(bad, "x").is_err(), "{bad:?}");
    }
    for bad in ["", "\\Seen", "a b", "(", "]", "\"", "{1}", "caf\u{e9}"] {
        assert!(Search::keyword(bad).is_err(), "{bad:?}");
    }
    assert!(Search::header("X", &"x".repeat(1001)).is_err());
}

#[test]
fn what_does_not_fit_is_refused_and_not_cut() {
    assert!(Search::uids(&[]).is_err());
    let many: Vec<Uid> = (1..9_000)
        .filter_map(|n| NonZeroU32::new(n * 2).map(Uid))
        .collect();
    assert!(Search::uids(&many).is_err());
    assert!(Search::since(i64::MAX).is_err() && Search::before(i64::MIN).is_err());
    let long = (0..9).fold(Search::all(), |search, _| {
        search.and(header("X", &"x".repeat(1000)))
    });
    assert!(long.command().is_err());
}

#[test]
fn a_search_nested_without_end_costs_no_stack_and_does_not_fit_a_line() {
    let deep = (0..5_000).fold(Search::seen(), |search, _| !search);
    assert!(deep.command().is_err());
}

proptest! {
    #[test]
    fn an_accepted_value_leaves_the_quotes_balanced(value in any::<String>(), name in any::<String>()) {
        if let Ok(search) = Search::header(&name, &value) {
            let shown = text(&search);
            prop_assert!(shown.bytes().all(|b| (0x20..0x7f).contains(&b)), "{}", shown);
            let mut quoted = false;
            let mut octets = shown.bytes();
            while let Some(octet) = octets.next() {
                match octet {
                    b'\\' if quoted => drop(octets.next()),
                    b'"' => quoted = !quoted,
                    _ => {}
                }
            }
            prop_assert!(!quoted, "{}", shown);
        }
    }
}
