//! The SEARCH keys the small server knows (RFC 3501 §6.4.4).

use super::store::Message;
use super::words::{Word, holds};

/// Whether a message matches all keys.
pub fn matches(message: &Message, keys: &[Word]) -> Result<bool, String> {
    let mut rest = keys.iter();
    let mut all = true;
    while let Some(key) = rest.next() {
        all &= one(message, key, &mut rest)?;
    }
    Ok(all)
}

fn one(
    message: &Message,
    key: &Word,
    rest: &mut std::slice::Iter<'_, Word>,
) -> Result<bool, String> {
    if let Word::List(keys) = key {
        return matches(message, keys);
    }
    let mut text = || rest.next().map_or_else(String::new, Word::text);
    Ok(match key.text().to_ascii_uppercase().as_str() {
        "ALL" => true,
        "SEEN" => message.has("\\Seen"),
        "UNSEEN" => !message.has("\\Seen"),
        "FLAGGED" => message.has("\\Flagged"),
        "UNFLAGGED" => !message.has("\\Flagged"),
        "DELETED" => message.has("\\Deleted"),
        "UNDELETED" => !message.has("\\Deleted"),
        "KEYWORD" => message.has(&text()),
        "UID" => holds(&text(), message.uid),
        "HEADER" => {
            let (name, value) = (text(), text());
            has_header(message, &name, &value)
        }
        "OR" => {
            let mut side = || -> Result<bool, String> {
                let key = rest.next().ok_or("BAD Missing argument")?;
                one(message, key, rest)
            };
            let (left, right) = (side()?, side()?);
            left || right
        }
        "NOT" => {
            let key = rest.next().ok_or("BAD Missing argument")?;
            !one(message, key, rest)?
        }
        other => return Err(format!("BAD Unknown search criterion: {other}")),
    })
}

fn has_header(message: &Message, name: &str, value: &str) -> bool {
    let header = String::from_utf8_lossy(message.header());
    let unfolded = header.replace("\r\n ", " ").replace("\r\n\t", " ");
    unfolded.lines().any(|line| {
        line.split_once(':').is_some_and(|(found, text)| {
            found.eq_ignore_ascii_case(name) && text.to_lowercase().contains(&value.to_lowercase())
        })
    })
}
