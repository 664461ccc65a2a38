//! GSSAPI: Kerberos 5 (RFC 4752), with the ticket that is there.
//!
//! Proves both sides; then agrees on no security layer, because TLS is there for that, and names
//! the mailbox's owner, so that an administrator's ticket opens every mailbox the server lets him act for. Credentials are
//! those of the environment: `KRB5CCNAME`, or a key table in `KRB5_CLIENT_KTNAME`. Does
//! not ask for a password.

use libgssapi::context::{ClientCtx, CtxFlags, SecurityContext as _};
use libgssapi::credential::{Cred, CredUsage};
use libgssapi::error::Error;
use libgssapi::name::Name;
use libgssapi::oid::{GSS_MECH_KRB5, GSS_NT_HOSTBASED_SERVICE, OidSet};
use secrecy::zeroize::Zeroizing;

use super::exchange::{Octets, Side};

/// The bit for "no security layer" (RFC 4752 §3.3).
const NO_LAYER: u8 = 1;

/// Whether there is a ticket, or a key to get one with; else why not.
pub(super) fn ticket() -> Result<(), String> {
    let credentials = acquire()?;
    // Only now is an expired one noticed.
    credentials.lifetime().map(drop).map_err(words)
}

fn acquire() -> Result<Cred, String> {
    let mut mechanisms = OidSet::new();
    mechanisms.add(GSS_MECH_KRB5).map_err(words)?;
    Cred::acquire(None, None, CredUsage::Initiate, Some(&mechanisms)).map_err(words)
}

/// The library's words; it says first what kind of error it is, then which.
fn words(error: Error) -> String {
    format!("Kerberos: {error}")
}

/// The client's side.
pub(super) struct Kerberos {
    context: ClientCtx,
    owner: String,
    answered: bool,
    done: bool,
}

impl Kerberos {
    /// A context with the IMAP service on `host`, for the mailbox of `owner`.
    pub(super) fn new(host: &str, owner: &str) -> Result<Self, String> {
        let service = format!("imap@{host}");
        let service = Name::new(service.as_bytes(), Some(GSS_NT_HOSTBASED_SERVICE));
        let service = service.map_err(words)?;
        let flags = CtxFlags::GSS_C_MUTUAL_FLAG | CtxFlags::GSS_C_INTEG_FLAG;
        Ok(Self {
            context: ClientCtx::new(Some(acquire()?), service, flags, Some(GSS_MECH_KRB5)),
            owner: owner.to_owned(),
            answered: false,
            done: false,
        })
    }

    fn step(&mut self, token: Option<&[u8]>) -> Result<Octets, String> {
        let token = self.context.step(token, None).map_err(words)?;
        let octets = token.map_or_else(Vec::new, |token| token.to_vec());
        Ok(Zeroizing::new(octets))
    }

    /// The server's layers, and the choice of none.
    fn layer(&mut self, challenge: &[u8]) -> Result<Octets, String> {
        let flags = self.context.flags().map_err(words)?;
        if !flags.contains(CtxFlags::GSS_C_MUTUAL_FLAG | CtxFlags::GSS_C_INTEG_FLAG) {
            return Err("the server has not proved itself".to_owned());
        }
        let offer = self.context.unwrap(challenge).map_err(words)?;
        let [layers, ..] = &*offer else {
            return Err("the server offers no choice of security layers".to_owned());
        };
        if offer.len() != 4 {
            return Err(format!(
                "the server's layers have {} octets, not 4",
                offer.len()
            ));
        }
        if layers & NO_LAYER == 0 {
            return Err(
                "the server insists on a security layer of Kerberos; TLS is what vmimap uses"
                    .to_owned(),
            );
        }
        let mut choice = vec![NO_LAYER, 0, 0, 0];
        choice.extend_from_slice(self.owner.as_bytes());
        let wrapped = self.context.wrap(false, &choice).map_err(words)?;
        self.done = true;
        Ok(Zeroizing::new(wrapped.to_vec()))
    }
}

impl Side for Kerberos {
    fn first(&mut self) -> Result<Option<Octets>, String> {
        self.step(None).map(Some)
    }

    fn answer(&mut self, challenge: &[u8]) -> Result<Octets, String> {
        if self.done {
            return Err("the server does not stop asking".to_owned());
        }
        if self.context.is_complete() {
            return self.layer(challenge);
        }
        if std::mem::replace(&mut self.answered, true) && challenge.is_empty() {
            return Err("the server sends empty tokens".to_owned());
        }
        self.step(Some(challenge))
    }

    fn settled(&self) -> Result<(), String> {
        if self.done {
            return Ok(());
        }
        Err("the server says OK before Kerberos is through".to_owned())
    }
}
