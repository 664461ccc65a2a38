//! Everything of a message that a file spool can hold, whatever is wrong with the rest of it.
//!
//! [`MessageReader::finish`](super::MessageReader::finish) refuses a message that Asterisk would not
//! play; whoever brings messages back to files wants the recording and the headers all the same. The
//! recordings themselves stream past, into taps. Judges nothing.
//!
//! Source: `app_voicemail.c`, `imap_retrieve_file` (part 3 is a forwarder's comment, played first).

use super::recording::{Recording, Tap};
use super::sound::Sound;
use super::{AsteriskHeaders, MessageReader, asterisk_view, mime};
use crate::voicemail::source_key::SourceKey;

/// A message, read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// The header block through Asterisk's eyes.
    pub view: AsteriskHeaders,
    /// Whether the header block was longer than is read; then nothing of it can be trusted.
    pub header_too_long: bool,
    /// The `Message-ID` header, with its brackets.
    pub message_id: Option<String>,
    /// The key in it, if the message is one of ours.
    pub source_key: Option<SourceKey>,
    /// `X-Asterisk-VM-Caller-channel`, which Asterisk wrote up to 2016.
    pub caller_channel: Option<String>,
    /// Part 2: the recording.
    pub sound: Option<Sound>,
    /// Part 3: what a forwarder said before it.
    pub comment: Option<Sound>,
    /// Octets of the whole message as pushed.
    pub total_octets: u64,
}

impl MessageReader {
    /// A reader at the beginning of a message that passes on what it decodes: part 2 to one tap,
    /// part 3 to the other.
    #[must_use]
    pub fn tapped(recording: Tap, comment: Tap) -> Self {
        Self {
            recording: Recording::tapped(recording),
            comment: Recording::tapped(comment),
            ..Self::new()
        }
    }

    /// Everything of the message, once all of it has been pushed. The taps are dropped.
    #[must_use]
    pub fn into_whole(mut self) -> Whole {
        self.end();
        let text = |name| {
            let value = mime::field(&self.header, name)?;
            Some(String::from_utf8_lossy(&value).into_owned())
        };
        let message_id = text("Message-ID");
        let caller_channel = text("X-Asterisk-VM-Caller-channel");
        let (parts, closed) = (self.parts, self.closed);
        let sound = |wanted: u32, recording: Recording, name| {
            (parts >= wanted).then(|| Sound::of(recording, name, closed))
        };
        Whole {
            view: asterisk_view(&self.header),
            header_too_long: self.header_too_long,
            source_key: message_id.as_deref().and_then(SourceKey::from_message_id),
            message_id,
            caller_channel,
            sound: sound(2, self.recording, self.name),
            comment: sound(3, self.comment, self.comment_name),
            total_octets: self.total,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;
    use crate::voicemail::header::VmHeader;

    fn read(message: &[u8], piece: usize) -> (Whole, Vec<u8>, Vec<u8>) {
        let heard = Rc::new(RefCell::new((Vec::new(), Vec::new())));
        let [one, two] = [Rc::clone(&heard), Rc::clone(&heard)];
        let mut reader = MessageReader::tapped(
            Box::new(move |octets| one.borrow_mut().0.extend_from_slice(octets)),
            Box::new(move |octets| two.borrow_mut().1.extend_from_slice(octets)),
        );
        message.chunks(piece).for_each(|piece| reader.push(piece));
        let whole = reader.into_whole();
        let (recording, comment) = heard.take();
        (whole, recording, comment)
    }

    const FORWARDED: &str = "X-Asterisk-VM-Extension: 1\r\nX-Asterisk-VM-Caller-channel: SIP/1\r\n\
        Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n\
        --b\r\nContent-Type: audio/x-gsm; name=\"msg0000.gsm\"\r\n\r\nQWRh\r\n\
        --b\r\nContent-Type: audio/x-gsm; name=\"msgintro0000.gsm\"\r\n\r\nRXZl\r\nRXZl\r\n--b--\r\n";

    #[test]
    fn recording_and_comment_go_to_their_taps_wherever_the_message_is_cut() {
        for piece in [1, 7, 4096] {
            let (whole, recording, comment) = read(FORWARDED.as_bytes(), piece);
            assert_eq!(
                (&recording[..], &comment[..]),
                (&b"Ada"[..], &b"EveEve"[..])
            );
            let comment = whole.comment.unwrap();
            assert_eq!(comment.name.as_deref(), Some(&b"msgintro0000.gsm"[..]));
            assert_eq!(whole.sound.unwrap().decoded.unwrap().1, 3);
            assert_eq!(whole.caller_channel.as_deref(), Some("SIP/1"));
        }
    }

    #[test]
    fn a_message_that_asterisk_would_not_play_is_read_all_the_same() {
        let (whole, recording, _) = read(FORWARDED.as_bytes(), 64);
        assert_eq!(whole.view.get(VmHeader::CallerIdName), None);
        assert_eq!(recording, b"Ada");
        let (whole, recording, _) = read(b"Subject: no voicemail\r\n\r\ntext", 64);
        assert_eq!(
            (whole.sound, whole.comment, recording),
            (None, None, vec![])
        );
    }
}
