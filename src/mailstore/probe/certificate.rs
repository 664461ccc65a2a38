//! What a certificate says about itself (X.509, RFC 5280).
//!
//! Reads fields and judges nothing: whether it is trusted is [`super::trust`]'s business. All text is
//! the server's and may hold anything. Invariant: no octets make it panic.

use std::fmt::Write as _;
use std::net::IpAddr;

use sha2::{Digest as _, Sha256};
use x509_cert::Certificate as X509;
use x509_cert::der::{Decode as _, oid::ObjectIdentifier};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, SubjectAltName};
use x509_cert::name::Name;

/// `commonName` (RFC 4519 §2.3).
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// A name a certificate is for (RFC 5280 §4.2.1.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubjectName {
    /// A host name, perhaps with a wildcard.
    Dns(String),
    /// An address.
    Ip(IpAddr),
    /// Something no server is compared with (mail address, URI, ...), shown as it is.
    Other(String),
}

/// The fields of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The subject, as RFC 4514 writes it.
    pub subject: String,
    /// Who issued it, as RFC 4514 writes it.
    pub issuer: String,
    /// The common names in the subject, which c-client compares with the server's name before it
    /// looks at `names`.
    pub common_names: Vec<String>,
    /// The subject's alternative names.
    pub names: Vec<SubjectName>,
    /// Valid from: Unix seconds UTC.
    pub not_before: i64,
    /// Valid up to and including: Unix seconds UTC.
    pub not_after: i64,
    /// Whether subject and issuer are the same. (Its signature is not checked with its own key.)
    pub self_signed: bool,
    /// X.509 version: 1, 2 or 3. Version 1 knows no alternative names and no constraints; rustls
    /// refuses such a server even where nothing is verified.
    pub version: u8,
    /// Whether it says it is an authority; `None` where it says nothing about that.
    pub authority: Option<bool>,
    /// The serial number, in hexadecimal digits.
    pub serial: String,
    /// SHA-256 of the whole certificate, in hexadecimal digits.
    pub fingerprint: String,
}

/// Reads a certificate in DER.
pub(super) fn read(octets: &[u8]) -> Result<Certificate, String> {
    let unreadable = |e: x509_cert::der::Error| format!("certificate cannot be read: {e}");
    let certificate = X509::from_der(octets).map_err(unreadable)?;
    let body = &certificate.tbs_certificate;
    let names = body.get::<SubjectAltName>().map_err(unreadable)?;
    let constraints = body.get::<BasicConstraints>().map_err(unreadable)?;
    Ok(Certificate {
        subject: body.subject.to_string(),
        issuer: body.issuer.to_string(),
        common_names: common_names(&body.subject),
        names: names.map_or_else(Vec::new, |(_, names)| names.0.iter().map(name).collect()),
        not_before: seconds(body.validity.not_before),
        not_after: seconds(body.validity.not_after),
        self_signed: body.subject == body.issuer,
        version: body.version as u8 + 1,
        authority: constraints.map(|(_, constraints)| constraints.ca),
        serial: hexadecimal(body.serial_number.as_bytes()),
        fingerprint: hexadecimal(&Sha256::digest(octets)),
    })
}

fn seconds(time: x509_cert::time::Time) -> i64 {
    i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
}

fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{octet:02x}");
        text
    })
}

fn common_names(subject: &Name) -> Vec<String> {
    let all = subject.0.iter().flat_map(|rdn| rdn.0.iter());
    all.filter(|attribute| attribute.oid == COMMON_NAME)
        .map(|attribute| String::from_utf8_lossy(attribute.value.value()).into_owned())
        .collect()
}

fn name(name: &GeneralName) -> SubjectName {
    match name {
        GeneralName::DnsName(name) => SubjectName::Dns(name.to_string()),
        GeneralName::IpAddress(octets) => match octets.as_bytes() {
            octets if octets.len() == 4 || octets.len() == 16 => address(octets),
            octets => SubjectName::Other(hexadecimal(octets)),
        },
        GeneralName::Rfc822Name(text) | GeneralName::UniformResourceIdentifier(text) => {
            SubjectName::Other(text.to_string())
        }
        GeneralName::DirectoryName(name) => SubjectName::Other(name.to_string()),
        GeneralName::RegisteredId(id) => SubjectName::Other(id.to_string()),
        GeneralName::OtherName(other) => SubjectName::Other(other.type_id.to_string()),
        GeneralName::EdiPartyName(_) => SubjectName::Other("EDI party name".to_owned()),
    }
}

fn address(octets: &[u8]) -> SubjectName {
    let four = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    let either = four.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from));
    either.map_or_else(|_| SubjectName::Other(hexadecimal(octets)), SubjectName::Ip)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&octets);
        }

        #[test]
        fn no_near_certificate_makes_it_panic(
            octets in proptest::collection::vec(any::<u8>(), 0..120),
        ) {
            // SEQUENCE { SEQUENCE { ... with lengths that fit.
            let inner = [&[0x30, u8::try_from(octets.len()).unwrap()], octets.as_slice()].concat();
            let outer = [&[0x30, 0x81, u8::try_from(inner.len()).unwrap()], inner.as_slice()].concat();
            let _ = read(&outer);
        }
    }
}
