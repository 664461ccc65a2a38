//! CRAM-MD5 (RFC 2195): the password keys a digest of the server's challenge.
//!
//! Proves nothing about the server, and whoever reads along can try passwords at leisure.

use std::io::Write as _;

use hmac::{Hmac, Mac as _};
use md5::Md5;
use secrecy::zeroize::Zeroizing;

use super::exchange::{Octets, Side};

/// The longest challenge that is digested; real ones have some 50 octets.
const LONGEST: usize = 1024;

/// The client's side.
pub(super) struct CramMd5<'a> {
    user: String,
    password: &'a str,
    answered: bool,
}

impl<'a> CramMd5<'a> {
    pub(super) fn new(user: &str, password: &'a str) -> Self {
        Self {
            user: user.to_owned(),
            password,
            answered: false,
        }
    }
}

impl Side for CramMd5<'_> {
    fn first(&mut self) -> Result<Option<Octets>, String> {
        Ok(None)
    }

    fn answer(&mut self, challenge: &[u8]) -> Result<Octets, String> {
        if std::mem::replace(&mut self.answered, true) {
            return Err("the server asks twice".to_owned());
        }
        // A digest of what the server could choose freely would be of use elsewhere.
        if !(1..=LONGEST).contains(&challenge.len()) {
            return Err(format!("the challenge has {} octets", challenge.len()));
        }
        let mac = Hmac::<Md5>::new_from_slice(self.password.as_bytes());
        let mut mac = mac.map_err(|e| e.to_string())?;
        mac.update(challenge);
        let digest = Zeroizing::new(<[u8; 16]>::from(mac.finalize().into_bytes()));
        let mut answer = Zeroizing::new(Vec::with_capacity(self.user.len() + 1 + 2 * digest.len()));
        answer.extend_from_slice(self.user.as_bytes());
        answer.push(b' ');
        for octet in *digest {
            write!(answer, "{octet:02x}").map_err(|e| e.to_string())?;
        }
        Ok(answer)
    }

    fn settled(&self) -> Result<(), String> {
        if self.answered {
            return Ok(());
        }
        Err("the server let somebody in without a question".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_2195_comes_out() {
        let mut side = CramMd5::new("tim", "tanstaaftanstaaf");
        let answer = side.answer(b"<1896.697170952@postoffice.reston.mci.net>");
        let expected = b"tim b913a602c7eda7a495b4e6e7334d3890";
        assert_eq!(answer.unwrap().as_slice(), expected);
        assert!(side.answer(b"<2@x>").is_err(), "one question only");
    }

    #[test]
    fn empty_and_endless_challenges_are_refused() {
        for challenge in [vec![], vec![b'x'; LONGEST + 1]] {
            let mut side = CramMd5::new("tim", "secret");
            let why = side.answer(&challenge).unwrap_err();
            assert!(!why.contains("secret") && why.contains("octets"), "{why}");
        }
    }
}
