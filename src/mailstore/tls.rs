//! TLS on a connected socket: what is trusted, and the handshake.
//!
//! `rustls` with ring through `rustls-connector`. Does not decide when TLS is used, see
//! [`super::auth`] and [`super::transport`].

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls_connector::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use rustls_connector::rustls::client::{WantsClientCert, WebPkiServerVerifier, verify_server_name};
use rustls_connector::rustls::crypto::{
    CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature,
};
use rustls_connector::rustls::pki_types::pem::PemObject;
use rustls_connector::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls_connector::rustls::server::ParsedCertificate;
use rustls_connector::rustls::{
    ClientConfig, ConfigBuilder, DigitallySignedStruct, Error as TlsError, RootCertStore,
    SignatureScheme,
};
use rustls_connector::{HandshakeError, RustlsConnector, TlsStream};

use super::error::StoreError;
use super::options::{ConnectOptions, Identity, TlsOptions};
use super::private_file;
use super::transport::Tcp;

/// Shakes hands over a connected socket.
pub(super) fn wrap(
    tcp: Tcp,
    options: &ConnectOptions,
    config: Arc<ClientConfig>,
) -> Result<TlsStream<Tcp>, StoreError> {
    let failed = |reason: String| StoreError::Tls {
        addr: options.address(),
        reason,
    };
    let connector = RustlsConnector::from(config);
    connector
        .connect(&options.host, tcp)
        .map_err(|error| match error {
            HandshakeError::WouldBlock(_) => StoreError::Timeout {
                doing: "TLS handshake".to_owned(),
            },
            HandshakeError::Failure(io)
                if matches!(
                    io.kind(),
                    io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock
                ) =>
            {
                StoreError::Timeout {
                    doing: "TLS handshake".to_owned(),
                }
            }
            HandshakeError::Failure(io) => failed(io.to_string()),
        })
}

/// The configuration that these options ask for.
pub(super) fn config(options: &ConnectOptions) -> Result<Arc<ClientConfig>, StoreError> {
    configure(&options.tls).map_err(|reason| StoreError::Tls {
        addr: options.address(),
        reason,
    })
}

fn configure(options: &TlsOptions) -> Result<Arc<ClientConfig>, String> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?;
    let verifier: Arc<dyn ServerCertVerifier> = if options.verify {
        let extra = extra(options)?;
        let roots = Arc::new(roots(&extra)?);
        let webpki = WebPkiServerVerifier::builder_with_provider(roots, provider)
            .build()
            .map_err(|e| e.to_string())?;
        Arc::new(RootsOrVeryOne { webpki, extra })
    } else {
        Arc::new(NoVerification(provider))
    };
    let builder = builder
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    identified(builder, options).map(Arc::new)
}

/// Puts in what the client shows a server that asks who is there.
pub(super) fn identified(
    builder: ConfigBuilder<ClientConfig, WantsClientCert>,
    options: &TlsOptions,
) -> Result<ClientConfig, String> {
    let Some(Identity { certificate, key }) = &options.identity else {
        return Ok(builder.with_no_client_auth());
    };
    let unusable = |e: &dyn std::fmt::Display| format!("{}: {e}", key.display());
    let metadata = key.metadata().map_err(|e| unusable(&e))?;
    if let Some(objection) = private_file::objection(&metadata) {
        return Err(unusable(&objection.why));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|e| unusable(&e))?;
    builder
        .with_client_auth_cert(certificates(certificate)?, private)
        .map_err(|e| format!("client certificate {}: {e}", certificate.display()))
}

/// The certificates to trust besides the system's.
pub(super) fn extra(options: &TlsOptions) -> Result<Vec<CertificateDer<'static>>, String> {
    match &options.extra_ca {
        Some(path) => certificates(path),
        None => Ok(Vec::new()),
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let unusable = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    let found = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|e| unusable(&e))?;
    if found.is_empty() {
        return Err(unusable(&"holds no certificate"));
    }
    Ok(found)
}

/// The system's roots and the extra ones. A system without any is an error only where no extra
/// file is given.
pub(super) fn roots(extra: &[CertificateDer<'static>]) -> Result<RootCertStore, String> {
    let mut store = RootCertStore::empty();
    let native = rustls_connector::rustls_native_certs::load_native_certs();
    store.add_parsable_certificates(native.certs);
    for certificate in extra {
        store.add(certificate.clone()).map_err(|e| e.to_string())?;
    }
    if store.is_empty() {
        return Err(native.errors.first().map_or_else(
            || "the system trusts no certificate authority".to_owned(),
            |e| format!("the system's certificate authorities: {e}"),
        ));
    }
    Ok(store)
}

/// Verifies as usual, and also accepts the very certificate that stands in the extra file, as
/// OpenSSL does: a self-signed one calls itself an authority, which the usual way refuses.
#[derive(Debug)]
struct RootsOrVeryOne {
    webpki: Arc<WebPkiServerVerifier>,
    extra: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for RootsOrVeryOne {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let usual = self.webpki.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        if usual.is_err() && self.extra.iter().any(|c| c.as_ref() == end_entity.as_ref()) {
            verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
            return Ok(ServerCertVerified::assertion());
        }
        usual
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.webpki.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.webpki.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}

/// Accepts any certificate, as `novalidate-cert` asks; signatures are still checked.
#[derive(Debug)]
struct NoVerification(Arc<CryptoProvider>);

impl ServerCertVerifier for NoVerification {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls12_signature(
            message,
            cert,
            dss,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(
            message,
            cert,
            dss,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
