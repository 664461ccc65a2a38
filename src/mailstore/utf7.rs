//! Modified UTF-7 (RFC 3501 §5.1.3).
//!
//! Its own code, because the crate at hand panics on `&!-` and takes quadratic time. Does not
//! judge names; [`super::name`] does. Invariant: `decode(encode(x)) == Some(x)` for every string.

use base64::Engine as _;
use base64::alphabet::Alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_encode_padding(false)
    .with_decode_padding_mode(DecodePaddingMode::RequireNone)
    .with_decode_allow_trailing_bits(false);

fn engine() -> Option<GeneralPurpose> {
    let alphabet =
        Alphabet::new("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").ok()?;
    Some(GeneralPurpose::new(&alphabet, CONFIG))
}

/// Encodes text.
pub(super) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run: Vec<u8> = Vec::new();
    for c in text.chars() {
        if matches!(c, ' '..='~') {
            flush(&mut run, &mut out);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            let mut units = [0u16; 2];
            for unit in c.encode_utf16(&mut units) {
                run.extend_from_slice(&unit.to_be_bytes());
            }
        }
    }
    flush(&mut run, &mut out);
    out
}

fn flush(run: &mut Vec<u8>, out: &mut String) {
    if run.is_empty() {
        return;
    }
    out.push('&');
    if let Some(engine) = engine() {
        out.push_str(&engine.encode(&*run));
    }
    out.push('-');
    run.clear();
}

/// Decodes text; `None` where it is no modified UTF-7.
pub(super) fn decode(wire: &str) -> Option<String> {
    let mut out = String::with_capacity(wire.len());
    let mut rest = wire;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let (inside, after) = rest[at + 1..].split_once('-')?;
        if inside.is_empty() {
            out.push('&');
        } else {
            let octets = engine()?.decode(inside).ok()?;
            if octets.len() % 2 != 0 {
                return None;
            }
            let units = octets
                .chunks_exact(2)
                .map(|p| u16::from_be_bytes([p[0], p[1]]));
            for c in char::decode_utf16(units) {
                out.push(c.ok()?);
            }
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_names_encode_as_the_rfc_says() {
        assert_eq!(encode("Entwürfe & Co"), "Entw&APw-rfe &- Co");
        assert_eq!(encode("台北"), "&U,BTFw-");
        assert_eq!(decode("&U,BTFw-").as_deref(), Some("台北"));
    }

    #[test]
    fn what_is_no_modified_utf7_is_not_decoded() {
        for wire in ["&", "&!!!-", "&A-", "&2D0-", "&AGEAY", "&U/BTFw-", "&AGE=-"] {
            assert_eq!(decode(wire), None, "{wire}");
        }
    }

    proptest! {
        #[test]
        fn decode_undoes_encode(text in any::<String>()) {
            prop_assert_eq!(decode(&encode(&text)), Some(text));
        }

        #[test]
        fn decode_never_panics(wire in any::<String>()) {
            let _ = decode(&wire);
        }
    }
}
