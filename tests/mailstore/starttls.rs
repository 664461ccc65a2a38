//! STARTTLS against servers, and people in between, that refuse it, strip it, or put words into it.
//! Nothing that was said before TLS may count under it, and no password goes where others read along.

use crate::scripted;
use crate::support;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls_connector::rustls::crypto::ring;
use rustls_connector::rustls::pki_types::pem::PemObject as _;
use rustls_connector::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls_connector::rustls::{ServerConfig, ServerConnection, StreamOwned};
use scripted::{Server, ada};
use vmimap::mailstore::error::StoreError;
use vmimap::mailstore::options::{ConnectOptions, PlaintextPolicy, Security};
use vmimap::mailstore::session::Session;

/// A certificate for 127.0.0.1 that is its own authority.
struct Certificate {
    dir: tempfile::TempDir,
}

impl Certificate {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
                     -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem";
        let made = Command::new("openssl")
            .args(words.split_whitespace())
            .current_dir(&dir)
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        Self { dir }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("cert.pem")
    }

    fn config(&self) -> Arc<ServerConfig> {
        let chain = vec![CertificateDer::from_pem_file(self.path()).unwrap()];
        let key = PrivateKeyDer::from_pem_file(self.dir.path().join("key.pem")).unwrap();
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let builder = builder.with_no_client_auth();
        Arc::new(builder.with_single_cert(chain, key).unwrap())
    }
}

/// The protected half of a conversation.
type Secure = BufReader<StreamOwned<ServerConnection, TcpStream>>;

fn line(from: &mut impl BufRead) -> String {
    let mut line = String::new();
    from.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

/// A server that greets with these capabilities, answers STARTTLS with `answer` (`%` is the tag),
/// takes TLS, and then plays `secure`.
fn server(
    certificate: &Certificate,
    before: &'static str,
    answer: &'static str,
    secure: impl FnOnce(&mut Secure) + Send + 'static,
) -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = certificate.config();
    let playing = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let patience = Some(Duration::from_secs(10));
        stream.set_read_timeout(patience).unwrap();
        let mut plain = BufReader::new(stream);
        let greeting = format!("* OK [CAPABILITY {before}] ready\r\n");
        plain.get_mut().write_all(greeting.as_bytes()).unwrap();
        let asked = line(&mut plain);
        let (tag, command) = asked.split_once(' ').unwrap();
        assert_eq!(command, "STARTTLS");
        let answer = answer.replace('%', tag);
        plain.get_mut().write_all(answer.as_bytes()).unwrap();
        let connection = ServerConnection::new(config).unwrap();
        let stream = StreamOwned::new(connection, plain.into_inner());
        secure(&mut BufReader::new(stream));
    });
    (port, playing)
}

fn options(port: u16, certificate: &Certificate, security: Security) -> ConnectOptions {
    let mut options = ConnectOptions::new("127.0.0.1", port);
    options.security = security;
    options.tls.extra_ca = Some(certificate.path());
    options.timeouts.read = Duration::from_secs(5);
    options
}

/// Expects CAPABILITY, tells these, and returns what the client says next: tag and command.
fn tells(talk: &mut Secure, capabilities: &str) -> (String, String) {
    let asked = line(talk);
    let (tag, command) = asked.split_once(' ').unwrap();
    assert_eq!(command, "CAPABILITY", "capabilities are asked for again");
    let told = format!("* CAPABILITY {capabilities}\r\n{tag} OK done\r\n");
    talk.get_mut().write_all(told.as_bytes()).unwrap();
    let next = line(talk);
    let (tag, command) = next.split_once(' ').unwrap_or((&next, ""));
    (tag.to_owned(), command.to_owned())
}

fn lets_in(talk: &mut Secure, tag: &str) {
    let answer = format!("{tag} OK [CAPABILITY IMAP4rev1 IDLE] in\r\n");
    talk.get_mut().write_all(answer.as_bytes()).unwrap();
}

#[test]
fn what_was_announced_before_tls_does_not_count_under_it() {
    let certificate = Certificate::new();
    // Each in a place where somebody in between can put it.
    for (before, answer) in [
        (
            "IMAP4rev1 STARTTLS SASL-IR AUTH=PLAIN LOGINDISABLED",
            "% OK go\r\n",
        ),
        (
            "IMAP4rev1 STARTTLS",
            "% OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] go\r\n",
        ),
        (
            "IMAP4rev1 STARTTLS",
            "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\n% OK go\r\n",
        ),
    ] {
        let (port, playing) = server(&certificate, before, answer, |talk| {
            let (tag, command) = tells(talk, "IMAP4rev1 AUTH=CRAM-MD5 LOGINDISABLED");
            assert_eq!(command, "AUTHENTICATE CRAM-MD5", "as offered under TLS");
            talk.get_mut().write_all(b"+ PDFAeD4=\r\n").unwrap();
            assert!(!line(talk).is_empty());
            lets_in(talk, &tag);
        });
        let options = options(port, &certificate, Security::StartTlsRequired);
        let session = Session::connect(&options, &ada()).unwrap();
        let offered = session.capabilities_before_login();
        assert!(offered.has("AUTH=CRAM-MD5") && !offered.has("AUTH=PLAIN"));
        assert!(!offered.has("STARTTLS"));
        drop(session);
        playing.join().unwrap();
    }
}

#[test]
fn what_is_offered_under_tls_alone_is_used() {
    let certificate = Certificate::new();
    let (port, playing) = server(
        &certificate,
        "IMAP4rev1 STARTTLS LOGINDISABLED",
        "% OK go\r\n",
        |talk| {
            let (tag, command) = tells(talk, "IMAP4rev1 SASL-IR AUTH=PLAIN");
            assert_eq!(command, "AUTHENTICATE PLAIN AGFkYQBhbmFseXRpY2Fs");
            lets_in(talk, &tag);
        },
    );
    let options = options(port, &certificate, Security::StartTlsIfOffered);
    assert!(
        Session::connect(&options, &ada())
            .unwrap()
            .capabilities()
            .has("IDLE")
    );
    playing.join().unwrap();
}

#[test]
fn where_starttls_is_refused_nothing_more_is_said() {
    for answer in ["NO [UNAVAILABLE] TLS is broken today", "BAD what is that"] {
        for security in [Security::StartTlsIfOffered, Security::StartTlsRequired] {
            let server = Server::start(move |talk| {
                talk.send("* OK [CAPABILITY IMAP4rev1 STARTTLS SASL-IR AUTH=PLAIN] ready\r\n");
                let tag = talk.expect("STARTTLS");
                talk.send(format!("{tag} {answer}\r\n"));
                let more = talk.rest();
                assert!(more.is_empty(), "{}", String::from_utf8_lossy(&more));
            });
            let mut options = server.options();
            options.security = security;
            let error = Session::connect(&options, &ada()).unwrap_err().to_string();
            assert_eq!(error, format!("STARTTLS: {answer}"));
            server.finish();
        }
    }
}

#[test]
fn words_between_the_answer_and_the_handshake_are_never_taken_for_protected() {
    // At once, so that they wait in the buffer; and late, so that they meet the handshake.
    for late in [false, true] {
        let server = Server::start(move |talk| {
            talk.send("* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\r\n");
            let tag = talk.expect("STARTTLS");
            let injected = "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n";
            if late {
                talk.send(format!("{tag} OK go\r\n"));
                talk.silence(Duration::from_millis(200));
                talk.send(injected);
            } else {
                talk.send(format!("{tag} OK go\r\n{injected}"));
            }
            let said = talk.rest();
            let said = String::from_utf8_lossy(&said);
            assert!(
                !said.contains("AUTHENTICATE") && !said.contains("CAPABILITY"),
                "{said}"
            );
        });
        let mut options = server.options();
        options.security = Security::StartTlsIfOffered;
        let error = Session::connect(&options, &ada()).unwrap_err();
        assert!(matches!(error, StoreError::Tls { .. }), "{error}");
        server.finish();
    }
}

/// Connects over the network to a server whose STARTTLS somebody has stripped; what it heard.
fn stripped(address: IpAddr, security: Security, plaintext: PlaintextPolicy) -> (String, String) {
    let listener = TcpListener::bind((address, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let playing = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        let greeting = b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n";
        stream.write_all(greeting).unwrap();
        let mut heard = [0; 200];
        let count = stream.read(&mut heard).unwrap_or(0);
        String::from_utf8_lossy(&heard[..count]).into_owned()
    });
    let mut options = ConnectOptions::new(address.to_string(), port);
    options.security = security;
    options.plaintext = plaintext;
    options.timeouts.read = Duration::from_millis(500);
    let error = Session::connect(&options, &ada()).unwrap_err().to_string();
    (error, playing.join().unwrap())
}

#[test]
fn a_stripped_starttls_gets_no_password_over_the_network_unless_that_is_allowed() {
    use PlaintextPolicy::{Allow, Refuse};
    use Security::{Plain, StartTlsIfOffered, StartTlsRequired};
    let address = support::far_address();
    for security in [StartTlsIfOffered, Plain] {
        let (error, heard) = stripped(address, security, Refuse);
        assert!(error.contains("refusing to send a password"), "{error}");
        assert_eq!(heard, "");
        let (_, heard) = stripped(address, security, Allow);
        assert!(heard.contains("AUTHENTICATE PLAIN AGFkYQ"), "{heard}");
    }
    // Who asks for TLS gets it or nothing, whatever is allowed.
    let (error, heard) = stripped(address, StartTlsRequired, Allow);
    assert!(error.contains("offers no STARTTLS"), "{error}");
    assert_eq!(heard, "");
}
