//! Looking at a server's certificates without depending on them: a handshake that accepts
//! everything and keeps what it saw, and what would have been said about each question.
//!
//! Never used where a credential is sent: [`super::super::tls`] is. Chain, name and proof of the
//! key are judged one by one, so that one fault does not hide another.

use std::sync::{Arc, Mutex, PoisonError};

use rustls_connector::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use rustls_connector::rustls::client::{
    verify_server_cert_signed_by_trust_anchor, verify_server_name,
};
use rustls_connector::rustls::crypto::{
    CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature,
};
use rustls_connector::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls_connector::rustls::server::ParsedCertificate;
use rustls_connector::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, SignatureScheme,
};

use super::super::options::ConnectOptions;
use super::super::tls;

/// A question with yes, or no and why.
pub type Verdict = Result<(), String>;

/// The verdicts on a server's certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdicts {
    pub(super) chain: Verdict,
    pub(super) name: Verdict,
    pub(super) key: Verdict,
}

/// What the server showed in a handshake.
#[derive(Debug, Default)]
struct Seen {
    chain: Vec<CertificateDer<'static>>,
    key: Option<Verdict>,
}

/// Accepts everything and keeps what it saw.
#[derive(Debug)]
pub(super) struct Witness {
    provider: Arc<CryptoProvider>,
    seen: Mutex<Seen>,
}

impl Witness {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            provider: Arc::new(ring::default_provider()),
            seen: Mutex::default(),
        })
    }

    /// A TLS configuration that shows it everything.
    pub(super) fn config(
        self: &Arc<Self>,
        options: &ConnectOptions,
    ) -> Result<Arc<ClientConfig>, String> {
        let builder = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|e| e.to_string())?;
        let verifier = Arc::clone(self);
        let builder = builder
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        tls::identified(builder, &options.tls).map(Arc::new)
    }

    /// The certificates the server showed, its own first, in DER.
    pub(super) fn chain(&self) -> Vec<CertificateDer<'static>> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.chain.clone()
    }

    /// What is to be said about them.
    pub(super) fn verdicts(&self, options: &ConnectOptions) -> Verdicts {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((own, others)) = seen.chain.split_first() else {
            let none = || Err("the server showed no certificate".to_owned());
            return Verdicts {
                chain: none(),
                name: none(),
                key: none(),
            };
        };
        Verdicts {
            chain: self.judge_chain(own, others, options),
            name: judge_name(own, &options.host),
            key: seen.key.clone().unwrap_or_else(|| {
                Err("the handshake did not come to the server's signature".to_owned())
            }),
        }
    }

    fn judge_chain(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        options: &ConnectOptions,
    ) -> Verdict {
        let extra = tls::extra(&options.tls)?;
        let roots = tls::roots(&extra)?;
        let parsed = ParsedCertificate::try_from(own).map_err(|e| words(&e));
        let judged = parsed.and_then(|parsed| {
            let algorithms = self.provider.signature_verification_algorithms.all;
            let now = UnixTime::now();
            verify_server_cert_signed_by_trust_anchor(&parsed, &roots, others, now, algorithms)
                .map_err(|e| words(&e))
        });
        // As the real handshake does: the very certificate in the extra file is trusted.
        if extra.iter().any(|c| c.as_ref() == own.as_ref()) {
            return Ok(());
        }
        judged
    }

    fn note(&self, verified: Result<HandshakeSignatureValid, TlsError>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.key = Some(verified.map(drop).map_err(|e| words(&e)));
    }
}

fn judge_name(own: &CertificateDer<'_>, host: &str) -> Verdict {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| format!("{host}: no certificate can be for such a name"))?;
    let parsed = ParsedCertificate::try_from(own).map_err(|e| words(&e))?;
    verify_server_name(&parsed, &name).map_err(|e| words(&e))
}

/// Why not, for people.
fn words(error: &TlsError) -> String {
    let TlsError::InvalidCertificate(why) = error else {
        return error.to_string();
    };
    let known = match why {
        CertificateError::UnknownIssuer => "no trusted authority issued it",
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is not for this name"
        }
        CertificateError::BadSignature => "its signature is wrong",
        CertificateError::BadEncoding => "it cannot be read",
        CertificateError::Other(other) => {
            let why = other.to_string();
            return match why.as_str() {
                "UnsupportedCertVersion" => {
                    "it is of X.509 version 1, which vmimap's TLS does not take".to_owned()
                }
                "CaUsedAsEndEntity" => {
                    "it is an authority's own certificate, used as a server's".to_owned()
                }
                _ => why,
            };
        }
        _ => return error.to_string(),
    };
    known.to_owned()
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let all = std::iter::once(end_entity).chain(intermediates);
        seen.chain = all.map(|c| c.clone().into_owned()).collect();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        self.note(verify_tls12_signature(message, cert, dss, algorithms));
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        self.note(verify_tls13_signature(message, cert, dss, algorithms));
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}
