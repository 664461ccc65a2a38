//! Tests of what errors say and how far they reach.

use super::*;

#[test]
fn the_servers_words_are_quoted_without_control_characters() {
    let error = StoreError::Refused {
        command: "CREATE Old".into(),
        refusal: Refusal {
            status: "NO",
            code: Some("NOPERM".into()),
            text: "not \u{1b}[31myours\u{202e}".into(),
        },
    };
    assert_eq!(error.to_string(), "CREATE Old: NO [NOPERM] not  [31myours ");
    assert!(error.has_code("noperm"));
    assert_eq!(error.scope(), Scope::Folder);
}

#[test]
fn a_long_answer_is_cut_in_an_error() {
    let shown = excerpt(&[b'x'; 10_000]);
    assert!(shown.len() < 200 && shown.ends_with('…'));
}
