//! SCRAM-SHA-1 and SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding.
//!
//! The password is not sent; a server that does not know it (or what was made of it) cannot sign
//! the conversation, and then its OK does not count. What the server may demand is bounded: a count of iterations
//! between what the RFC asks for and what takes a second or so. Written on ring, which is here for
//! TLS anyway (docs/decisions/0003). What is made of the password is wiped, but for the keys and digests
//! inside ring's own types, from which the password cannot be had.

use std::num::NonZeroU32;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::{digest, hmac, pbkdf2};
use secrecy::zeroize::Zeroizing;

use super::super::error::excerpt;
use super::super::mechanism::Mechanism;
use super::exchange::{Octets, Side, octets};

/// RFC 5802 §5.1, RFC 7677 §4: fewer iterations make the password cheap to guess for whoever
/// plays the server.
const FEWEST: u32 = 4096;

/// Servers use up to some 600,000 today.
const MOST: u32 = 2_000_000;

/// Octets of a server's first message, which real ones need a tenth of.
const LONGEST: usize = 4096;

/// A hash, as ring has it.
struct Hash {
    hmac: hmac::Algorithm,
    pbkdf2: pbkdf2::Algorithm,
    digest: &'static digest::Algorithm,
}

/// How far the exchange has come.
enum State {
    First,
    /// The first message without its header, and the client's nonce.
    Sent {
        bare: String,
        nonce: String,
    },
    /// The key and the text whose signature proves that the server knows the password.
    Proving {
        key: hmac::Key,
        text: String,
    },
    Proved,
    Over,
}

/// The client's side.
pub(super) struct Scram {
    hash: Hash,
    /// `n,,` or `n,a=owner,`: no channel binding, and whose mailbox it is.
    header: String,
    user: String,
    password: Zeroizing<String>,
    state: State,
    complaint: Option<String>,
}

/// A name as it stands in a message: `,` and `=` have a meaning there.
pub(super) fn escaped(name: &str) -> String {
    name.replace('=', "=3D").replace(',', "=2C")
}

/// Prepares a name or a password (RFC 4013), so that it is the same however it was typed.
fn prepared(text: &str) -> Result<Zeroizing<String>, String> {
    let prepared = stringprep::saslprep(text);
    let prepared =
        prepared.map_err(|_| "user or password holds a character that SCRAM does not allow")?;
    Ok(Zeroizing::new(prepared.into_owned()))
}

impl Scram {
    /// `owner` is named where somebody else logs in.
    pub(super) fn new(
        mechanism: Mechanism,
        owner: Option<&str>,
        user: &str,
        password: &str,
    ) -> Result<Self, String> {
        let hash = match mechanism {
            Mechanism::ScramSha1 => Hash {
                hmac: hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
                pbkdf2: pbkdf2::PBKDF2_HMAC_SHA1,
                digest: &digest::SHA1_FOR_LEGACY_USE_ONLY,
            },
            _ => Hash {
                hmac: hmac::HMAC_SHA256,
                pbkdf2: pbkdf2::PBKDF2_HMAC_SHA256,
                digest: &digest::SHA256,
            },
        };
        let header = match owner {
            Some(owner) => format!("n,a={},", escaped(&prepared(owner)?)),
            None => "n,,".to_owned(),
        };
        Ok(Self {
            hash,
            header,
            user: escaped(&prepared(user)?),
            password: prepared(password)?,
            state: State::First,
            complaint: None,
        })
    }

    fn begin(&mut self, nonce: String) -> Octets {
        let bare = format!("n={},r={nonce}", self.user);
        let message = format!("{}{bare}", self.header);
        self.state = State::Sent { bare, nonce };
        Zeroizing::new(message.into_bytes())
    }

    /// The proof that this side knows the password.
    fn prove(&mut self, bare: &str, nonce: &str, challenge: &str) -> Result<Octets, String> {
        let first = ServerFirst::read(challenge, nonce)?;
        let tag_len = self.hash.hmac.digest_algorithm().output_len();
        let mut salted = Zeroizing::new(vec![0; tag_len]);
        let password = self.password.as_bytes();
        pbkdf2::derive(
            self.hash.pbkdf2,
            first.iterations,
            &first.salt,
            password,
            &mut salted,
        );
        let salted = hmac::Key::new(self.hash.hmac, &salted);
        let client_key = Zeroizing::new(hmac::sign(&salted, b"Client Key").as_ref().to_vec());
        let server_key = hmac::sign(&salted, b"Server Key");
        let stored_key = digest::digest(self.hash.digest, &client_key);
        let without_proof = format!("c={},r={}", STANDARD.encode(&self.header), first.nonce);
        let text = format!("{bare},{challenge},{without_proof}");
        let signing = hmac::Key::new(self.hash.hmac, stored_key.as_ref());
        let signature = hmac::sign(&signing, text.as_bytes());
        let mixed = client_key.iter().zip(signature.as_ref());
        let proof = Zeroizing::new(mixed.map(|(a, b)| a ^ b).collect::<Vec<u8>>());
        let key = hmac::Key::new(self.hash.hmac, server_key.as_ref());
        self.state = State::Proving { key, text };
        let proof = Zeroizing::new(STANDARD.encode(&*proof));
        Ok(octets(&[&without_proof, ",p=", proof.as_str()]))
    }

    /// The proof that the server knows it too.
    fn verify(&mut self, key: &hmac::Key, text: &str, message: &str) -> Result<Octets, String> {
        if let Some(error) = message.strip_prefix("e=") {
            // A refusal; the tagged NO follows.
            self.complaint = Some(excerpt(error.as_bytes()));
            return Ok(Zeroizing::new(Vec::new()));
        }
        let value = message.strip_prefix("v=").unwrap_or_default();
        let value = value.split(',').next().unwrap_or_default();
        let signature = STANDARD.decode(value).unwrap_or_default();
        hmac::verify(key, text.as_bytes(), &signature).map_err(|_| {
            "the server's signature is wrong: it does not know the password, or is not the server \
             it claims to be"
        })?;
        self.state = State::Proved;
        Ok(Zeroizing::new(Vec::new()))
    }
}

impl Side for Scram {
    fn first(&mut self) -> Result<Option<Octets>, String> {
        let mut random = [0; 18];
        SystemRandom::new()
            .fill(&mut random)
            .map_err(|_| "this machine has no random numbers")?;
        Ok(Some(self.begin(STANDARD.encode(random))))
    }

    fn answer(&mut self, challenge: &[u8]) -> Result<Octets, String> {
        if challenge.len() > LONGEST {
            return Err(format!("the challenge is longer than {LONGEST} octets"));
        }
        let challenge = std::str::from_utf8(challenge)
            .map_err(|_| format!("the challenge is no text: \"{}\"", excerpt(challenge)))?;
        match std::mem::replace(&mut self.state, State::Over) {
            State::Sent { bare, nonce } => self.prove(&bare, &nonce, challenge),
            State::Proving { key, text } => self.verify(&key, &text, challenge),
            _ => Err("the server does not stop asking".to_owned()),
        }
    }

    fn settled(&self) -> Result<(), String> {
        match self.state {
            State::Proved => Ok(()),
            _ => Err(
                "the server says OK without having proved that it knows the password".to_owned(),
            ),
        }
    }

    fn complaint(&self) -> Option<String> {
        self.complaint.clone()
    }
}

/// What the server says first: `r=NONCE,s=SALT,i=COUNT`, then extensions, which are not looked at.
struct ServerFirst<'a> {
    nonce: &'a str,
    salt: Vec<u8>,
    iterations: NonZeroU32,
}

impl<'a> ServerFirst<'a> {
    fn read(message: &'a str, ours: &str) -> Result<Self, String> {
        let odd = || {
            format!(
                "the challenge is none of SCRAM: \"{}\"",
                excerpt(message.as_bytes())
            )
        };
        let mut fields = message.split(',');
        let mut field = |name: &str| {
            let field = fields.next().and_then(|field| field.strip_prefix(name));
            field.ok_or_else(odd)
        };
        // A first field "m=" names an extension that must be understood: none is.
        let nonce = field("r=")?;
        let salt = STANDARD.decode(field("s=")?).map_err(|_| odd())?;
        let count: u32 = field("i=")?.parse().map_err(|_| odd())?;
        let own = nonce.strip_prefix(ours).unwrap_or_default();
        if own.is_empty() || !own.bytes().all(|b| b.is_ascii_graphic()) {
            return Err("the server's nonce does not continue this side's".to_owned());
        }
        if salt.is_empty() {
            return Err("the server names no salt".to_owned());
        }
        let iterations = NonZeroU32::new(count)
            .filter(|count| (FEWEST..=MOST).contains(&count.get()))
            .ok_or_else(|| {
                format!("{count} iterations are demanded; {FEWEST} to {MOST} will do")
            })?;
        Ok(Self {
            nonce,
            salt,
            iterations,
        })
    }
}

#[cfg(test)]
#[path = "scram/tests.rs"]
mod tests;
