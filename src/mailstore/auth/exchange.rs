//! A SASL exchange over IMAP: AUTHENTICATE, challenges and answers in base64, the way out of it.
//!
//! Knows no mechanism; each is a [`Side`]. Invariants: every answer is known to the wire as a secret
//! while the exchange lasts, so that no echo of it reaches a trace or an error; challenges are
//! bounded in length and number; a challenge that makes no sense is answered with `*`, never
//! with a guess. Source: RFC 3501 §6.2.2, RFC 4959.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;

use super::super::error::{StoreError, excerpt};
use super::super::link::{Link, Step, accept};
use super::super::mechanism::Mechanism;
use super::super::options::Direction;
use super::super::response::{Condition, Status};
use super::Heard;

/// The longest challenge, in octets of base64; Kerberos tokens are the longest there are.
const LONGEST: usize = 64 * 1024;

/// The most challenges of one exchange.
const MOST: usize = 16;

/// Octets that are wiped.
pub(super) type Octets = Zeroizing<Vec<u8>>;

/// The client's side of a mechanism.
pub(super) trait Side {
    /// What the client says first; `None` where the server speaks first.
    fn first(&mut self) -> Result<Option<Octets>, String>;

    /// The answer to a challenge, or why there can be none.
    fn answer(&mut self, challenge: &[u8]) -> Result<Octets, String>;

    /// Whether the server may say OK now, or what it has failed to prove.
    fn settled(&self) -> Result<(), String> {
        Ok(())
    }

    /// What the server told about its refusal beforehand.
    fn complaint(&self) -> Option<String> {
        None
    }
}

/// A message of these parts, made in one piece: a text that grows leaves copies of itself behind.
pub(super) fn octets(parts: &[&str]) -> Octets {
    Zeroizing::new(parts.concat().into_bytes())
}

/// Says why an exchange went wrong on this side.
pub(super) fn broken(mechanism: Mechanism, reason: impl Into<String>) -> StoreError {
    StoreError::LoginBroken {
        mechanism,
        reason: reason.into(),
    }
}

/// Carries an exchange out; the server's OK, or its refusal as [`StoreError::Refused`].
pub(super) fn carry_out(
    link: &mut Link,
    mechanism: Mechanism,
    side: &mut dyn Side,
    initial: bool,
    heard: &mut Heard,
) -> Result<Status, StoreError> {
    let name = mechanism.sasl_name().unwrap_or_default();
    let command = format!("AUTHENTICATE {name}");
    // Nothing has been sent: a Kerberos ticket may be missing.
    let mut first = side.first().map_err(|why| broken(mechanism, why))?;
    link.wire.set_doing(&command);
    let tag = link.tag();
    if let Some(first) = first.take_if(|_| initial) {
        say(link, &format!("{tag} {command} <redacted>"));
        link.queue_octets(format!("{tag} {command} ").as_bytes())?;
        // An empty one is written as "=" (RFC 4959 §3).
        send(link, &first, "=")?;
    } else {
        link.queue(&format!("{tag} {command}"))?;
    }
    for _ in 0..MOST {
        let challenge = match next(link, &tag, heard)? {
            Step::Answer(status) => return finish(link, status, mechanism, side, &command),
            Step::Continue(challenge) => challenge,
        };
        let answer = match first.take() {
            // Some servers say "go ahead" in words here.
            Some(first) => Ok(first),
            None => decode(link, &challenge).and_then(|challenge| side.answer(&challenge)),
        };
        match answer {
            Ok(answer) => {
                say(link, "<redacted>");
                send(link, &answer, "")?;
            }
            Err(why) => return give_up(link, &tag, mechanism, &why, heard),
        }
    }
    give_up(
        link,
        &tag,
        mechanism,
        "the server does not stop asking",
        heard,
    )
}

/// The tagged answer: OK counts only where the server has proved what it has to.
fn finish(
    link: &mut Link,
    status: Status,
    mechanism: Mechanism,
    side: &dyn Side,
    command: &str,
) -> Result<Status, StoreError> {
    if status.condition == Condition::Ok {
        return match side.settled() {
            Ok(()) => Ok(status),
            Err(why) => Err(link.kill(broken(mechanism, why))),
        };
    }
    let complaint = side.complaint();
    accept(status, command).map_err(|error| match (error, complaint) {
        (StoreError::Refused { command, refusal }, Some(words)) => {
            let text = format!("{} (the server says: {words})", refusal.text);
            let refusal = super::super::types::Refusal { text, ..refusal };
            StoreError::Refused { command, refusal }
        }
        (error, _) => error,
    })
}

/// Cancels the exchange, and says why.
fn give_up<T>(
    link: &mut Link,
    tag: &str,
    mechanism: Mechanism,
    why: &str,
    heard: &mut Heard,
) -> Result<T, StoreError> {
    link.queue("*")?;
    match next(link, tag, heard)? {
        Step::Answer(status) if status.condition != Condition::Ok => Err(broken(mechanism, why)),
        // Whoever lets in a client that has cancelled is not to be trusted with anything.
        _ => Err(link.kill(broken(mechanism, why))),
    }
}

fn next(link: &mut Link, tag: &str, heard: &mut Heard) -> Result<Step, StoreError> {
    link.flush()?;
    link.step(tag, &mut |untagged| {
        heard.note(&untagged);
        Ok(())
    })
}

/// Queues an answer in base64; `empty` is what stands for none.
fn send(link: &mut Link, octets: &[u8], empty: &str) -> Result<(), StoreError> {
    let encoded = Zeroizing::new(match octets {
        [] => empty.to_owned(),
        octets => STANDARD.encode(octets),
    });
    link.wire.add_secret(encoded.clone());
    link.queue_octets(encoded.as_bytes())?;
    link.queue_octets(b"\r\n")
}

/// What was challenged with. Secrets are taken out of what is quoted before it is cut: half of one
/// would not be found any more.
fn decode(link: &Link, challenge: &[u8]) -> Result<Vec<u8>, String> {
    if challenge.len() > LONGEST {
        return Err(format!("the challenge is longer than {LONGEST} octets"));
    }
    STANDARD.decode(challenge.trim_ascii()).map_err(|_| {
        let quoted = link.wire.redact(&String::from_utf8_lossy(challenge));
        format!(
            "the challenge is no base64: \"{}\"",
            excerpt(quoted.as_bytes())
        )
    })
}

pub(super) fn say(link: &Link, words: &str) {
    link.wire.trace(Direction::Client, words.as_bytes());
}
