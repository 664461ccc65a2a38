//! Boxes of one account whose phones see each other's messages.
//!
//! Asterisk finds a box's messages by `SEARCH HEADER`, which is a substring test in any case of
//! letters: box 200 also counts, plays and deletes what is left for 2001 and 12001, and context
//! `default` also matches `my-default` (asterisk-findings 1.3, tried on a running Asterisk).

use crate::voicemail::conf::VoicemailConf;
use crate::voicemail::notice::{CodeRow, Notice};
use crate::voicemail::terms::Terms;
use crate::voicemail::vmbox::VoicemailBox;

/// One box whose phone shows another box's messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrossTalk<'a> {
    /// Whose phone shows too much.
    pub sees: &'a VoicemailBox,
    /// Whose messages it shows.
    pub seen: &'a VoicemailBox,
    /// Whether that includes new, old and urgent messages; else (the boxes have different
    /// `imapfolder`s) it is only Work, Family, Friends and the like, which an account has once.
    pub in_imapfolder: bool,
}

/// The cross-talk among boxes of one account, in the order of `boxes`. Boxes with the same
/// extension header and context (an `imapvmshareid`) share their messages on purpose and are left
/// out. Time grows with the square of the number of boxes that share the account.
#[must_use]
pub fn among<'a>(conf: &'a VoicemailConf, boxes: &'a [VoicemailBox]) -> Vec<CrossTalk<'a>> {
    let known: Vec<(&VoicemailBox, Terms, &str)> = boxes
        .iter()
        .filter_map(|vmbox| {
            let mailbox = conf.mailbox(vmbox)?;
            let terms = Terms::new(conf.extension_header(mailbox), &vmbox.context);
            Some((vmbox, terms, conf.imapfolder(mailbox)))
        })
        .collect();
    let mut found = Vec::new();
    for (sees, terms, folder) in &known {
        for (seen, others, other_folder) in &known {
            // Equal terms are those of the box itself, or shared on purpose.
            if terms != others && terms.find(others) {
                found.push(CrossTalk {
                    sees,
                    seen,
                    in_imapfolder: folder == other_folder,
                });
            }
        }
    }
    found
}

/// The remark about it, under the code of whoever makes it.
#[must_use]
pub fn notice(row: &CodeRow, talk: &CrossTalk<'_>) -> Notice {
    let what = if talk.in_imapfolder {
        format!(
            "also counts, plays and deletes the messages of {}",
            talk.seen
        )
    } else {
        format!(
            "also shows, plays and deletes the messages of {} in Work, Family, Friends and the like",
            talk.seen
        )
    };
    Notice::new(row, talk.sees.to_string(), what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voicemail::conf::LoadOptions;

    fn talk(boxes: &[(&str, &str, &str)]) -> Vec<(String, String, bool)> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("voicemail.conf");
        let lines: Vec<String> = boxes
            .iter()
            .map(|(number, context, options)| {
                format!("[{context}]\n{number} => 1,,,,imapuser=u|imappassword=p{options}\n")
            })
            .collect();
        std::fs::write(&path, format!("[general]\n{}", lines.concat())).unwrap();
        let conf = crate::voicemail::conf::load(&path, &LoadOptions::default()).unwrap();
        let boxes: Vec<VoicemailBox> = boxes
            .iter()
            .map(|(number, context, _)| VoicemailBox::new(*number, *context))
            .collect();
        among(&conf, &boxes)
            .into_iter()
            .map(|one| {
                (
                    one.sees.to_string(),
                    one.seen.to_string(),
                    one.in_imapfolder,
                )
            })
            .collect()
    }

    #[test]
    fn a_shorter_number_sees_the_longer_ones_that_hold_it() {
        let found = talk(&[
            ("200", "a", ""),
            ("2001", "a", ""),
            ("12001", "a", ""),
            ("31", "a", ""),
        ]);
        assert_eq!(
            found,
            [
                ("200@a".into(), "2001@a".into(), true),
                ("200@a".into(), "12001@a".into(), true),
                ("2001@a".into(), "12001@a".into(), true),
            ]
        );
    }

    #[test]
    fn contexts_are_substrings_in_any_case_too() {
        let found = talk(&[
            ("1", "Default", ""),
            ("1", "my-default", ""),
            ("1", "sales", ""),
        ]);
        assert_eq!(found, [("1@Default".into(), "1@my-default".into(), true)]);
    }

    #[test]
    fn a_shared_id_is_no_accident() {
        let found = talk(&[
            ("7", "a", "|imapvmshareid=g"),
            ("8", "a", "|imapvmshareid=g"),
        ]);
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn another_imapfolder_helps_in_the_inbox_only() {
        let found = talk(&[("20", "a", "|imapfolder=Twenty"), ("200", "a", "")]);
        assert_eq!(found, [("20@a".into(), "200@a".into(), false)]);
    }
}
