//! PLAIN (RFC 4616) and LOGIN, which send the password; EXTERNAL (RFC 4422, appendix A), which
//! sends nothing but a name.

use super::exchange::{Octets, Side, octets};

/// Everything in one message.
pub(super) struct OneMessage(Option<Octets>);

impl OneMessage {
    /// The owner (empty for the one who logs in), who logs in, the password.
    pub(super) fn plain(owner: &str, who: &str, password: &str) -> Self {
        Self(Some(octets(&[owner, "\0", who, "\0", password])))
    }

    /// The owner; who logs in stands in the certificate.
    pub(super) fn external(owner: &str) -> Self {
        Self(Some(octets(&[owner])))
    }
}

impl Side for OneMessage {
    fn first(&mut self) -> Result<Option<Octets>, String> {
        Ok(self.0.take())
    }

    fn answer(&mut self, _: &[u8]) -> Result<Octets, String> {
        Err("the server asks for more than there is to say".to_owned())
    }
}

/// The user's name, then the password; what the server asks in words is not looked at, as nobody
/// does: servers word it differently.
pub(super) struct Login(Vec<Octets>);

impl Login {
    pub(super) fn new(user: &str, password: &str) -> Self {
        // Taken from the end.
        Self(vec![octets(&[password]), octets(&[user])])
    }
}

impl Side for Login {
    fn first(&mut self) -> Result<Option<Octets>, String> {
        Ok(None)
    }

    fn answer(&mut self, _: &[u8]) -> Result<Octets, String> {
        self.0
            .pop()
            .ok_or_else(|| "the server asks for more than user and password".to_owned())
    }
}
