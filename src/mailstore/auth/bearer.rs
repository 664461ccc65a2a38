//! Bearer tokens: OAUTHBEARER (RFC 7628) and XOAUTH2, which came before it.
//!
//! A refusal comes in two steps: a challenge with the reason in JSON, which has to be answered
//! with next to nothing, and then the tagged NO. The reason is kept for people.

use secrecy::ExposeSecret as _;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use super::super::error::excerpt;
use super::exchange::{Octets, Side, octets};

/// Separates key and value pairs.
const BREAK: &str = "\u{1}";

/// The client's side of both.
pub(super) struct Bearer {
    message: Option<Octets>,
    /// What acknowledges the reason of a refusal (RFC 7628 §3.2.3).
    acknowledgement: &'static [u8],
    complaint: Option<String>,
}

impl Bearer {
    pub(super) fn oauthbearer(
        user: &str,
        host: &str,
        port: u16,
        token: &SecretString,
    ) -> Result<Self, String> {
        let token = checked(token)?;
        let user = super::scram::escaped(user);
        let place = format!("n,a={user},{BREAK}host={host}{BREAK}port={port}{BREAK}");
        let message = octets(&[&place, "auth=Bearer ", token, BREAK, BREAK]);
        Ok(Self::new(message, b"\x01"))
    }

    pub(super) fn xoauth2(user: &str, token: &SecretString) -> Result<Self, String> {
        let token = checked(token)?;
        let message = octets(&["user=", user, BREAK, "auth=Bearer ", token, BREAK, BREAK]);
        Ok(Self::new(message, b""))
    }

    fn new(message: Octets, acknowledgement: &'static [u8]) -> Self {
        Self {
            message: Some(message),
            acknowledgement,
            complaint: None,
        }
    }
}

/// A token as RFC 6750 §2.1 has it: nothing else can stand in the message.
fn checked(token: &SecretString) -> Result<&str, String> {
    let token = token.expose_secret();
    let sound = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
    if token.is_empty() || !token.bytes().all(sound) {
        return Err("the token is empty, or holds what no bearer token holds".to_owned());
    }
    Ok(token)
}

impl Side for Bearer {
    fn first(&mut self) -> Result<Option<Octets>, String> {
        Ok(self.message.take())
    }

    fn answer(&mut self, challenge: &[u8]) -> Result<Octets, String> {
        if self.complaint.is_some() {
            return Err("the server does not stop complaining".to_owned());
        }
        self.complaint = Some(excerpt(challenge));
        Ok(Zeroizing::new(self.acknowledgement.to_vec()))
    }

    fn settled(&self) -> Result<(), String> {
        match &self.complaint {
            None => Ok(()),
            Some(words) => Err(format!("the server refused the token and said OK: {words}")),
        }
    }

    fn complaint(&self) -> Option<String> {
        self.complaint.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(side: Result<Bearer, String>) -> String {
        let message = side.unwrap().first().unwrap().unwrap();
        String::from_utf8(message.to_vec()).unwrap()
    }

    #[test]
    fn the_messages_are_those_of_the_documents() {
        let token = SecretString::from("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
        let message = first(Bearer::oauthbearer(
            "user@example.com",
            "server.example.com",
            143,
            &token,
        ));
        assert_eq!(
            message,
            "n,a=user@example.com,\u{1}host=server.example.com\u{1}port=143\u{1}\
             auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\u{1}\u{1}"
        );
        let token = SecretString::from("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg");
        let message = first(Bearer::xoauth2("someuser@example.com", &token));
        assert_eq!(
            message,
            "user=someuser@example.com\u{1}auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\u{1}\u{1}"
        );
    }

    #[test]
    fn a_comma_or_an_equals_sign_in_a_name_starts_no_field_of_its_own() {
        let message = first(Bearer::oauthbearer("a,b=c", "h", 1, &"t".into()));
        assert!(message.starts_with("n,a=a=2Cb=3Dc,"), "{message}");
    }

    #[test]
    fn what_is_no_token_is_refused_without_being_shown() {
        for bad in ["", "to ken", "tok\u{1}en", "tok\ren", "t\u{f6}ken"] {
            let why = Bearer::xoauth2("ada", &SecretString::from(bad))
                .err()
                .unwrap();
            assert!(
                !why.contains("ken\u{1}") && !why.contains("to ken"),
                "{why}"
            );
        }
    }
}
