//! Whether c-client, the mail library of Asterisk, takes a certificate's name.
//!
//! Tried with Debian 12's c-client 2007f over OpenSSL 3 (`mailutil check`, one server and one
//! certificate a case): host names among the alternative names decide; the common name counts only
//! where there are none; an address is compared with names, never with alternative names that are
//! addresses, so that a certificate for 192.0.2.1 as most authorities make it is refused. Source:
//! `X509_VERIFY_PARAM_set1_host` in its `ssl_start_work`.

use crate::mailstore::probe::{Certificate, SubjectName};

/// Compares the certificate with the host Asterisk connects to; says why not.
pub fn takes(certificate: &Certificate, host: &str) -> Result<(), String> {
    let names: Vec<&str> = certificate
        .names
        .iter()
        .filter_map(|name| match name {
            SubjectName::Dns(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    let common: Vec<&str> = certificate
        .common_names
        .iter()
        .map(String::as_str)
        .collect();
    let compared = if names.is_empty() { &common } else { &names };
    if compared.iter().any(|pattern| matches(pattern, host)) {
        return Ok(());
    }
    let address: Option<std::net::IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    let by_address = certificate
        .names
        .iter()
        .any(|name| matches!((name, address), (SubjectName::Ip(ip), Some(host)) if *ip == host));
    if by_address {
        return Err(format!(
            "it is for the address {host}, but Asterisk's mail library compares names only"
        ));
    }
    let shown: Vec<&str> = compared.iter().take(5).copied().collect();
    Err(match shown.as_slice() {
        [] => "it names no host".to_owned(),
        shown => format!("it is for {}, not for {host}", shown.join(", ")),
    })
}

/// Compares in any case of letters; a whole first label may be `*`, below two more at least.
fn matches(pattern: &str, host: &str) -> bool {
    let host = host.trim_end_matches('.');
    match pattern.strip_prefix("*.") {
        Some(rest) if rest.contains('.') => host
            .split_once('.')
            .is_some_and(|(label, behind)| !label.is_empty() && behind.eq_ignore_ascii_case(rest)),
        _ => pattern.eq_ignore_ascii_case(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(common: &[&str], names: &[SubjectName]) -> Certificate {
        Certificate {
            subject: String::new(),
            issuer: String::new(),
            common_names: common.iter().map(|&name| name.to_owned()).collect(),
            names: names.to_vec(),
            not_before: 0,
            not_after: 0,
            self_signed: false,
            version: 3,
            authority: None,
            serial: String::new(),
            fingerprint: String::new(),
        }
    }

    fn dns(name: &str) -> SubjectName {
        SubjectName::Dns(name.to_owned())
    }

    #[test]
    fn what_mailutil_said_of_each_certificate() {
        let ip = SubjectName::Ip("127.0.0.1".parse().unwrap());
        let other = dns("other.example");
        for (common, names, host, taken) in [
            ("localhost", vec![], "localhost", true),
            ("", vec![dns("localhost")], "localhost", true),
            ("localhost", vec![other.clone()], "localhost", false),
            ("other", vec![other], "localhost", false),
            ("whatever", vec![ip.clone()], "127.0.0.1", false),
            ("127.0.0.1", vec![], "127.0.0.1", true),
            ("127.0.0.1", vec![ip.clone()], "127.0.0.1", true),
            ("x", vec![dns("127.0.0.1")], "127.0.0.1", true),
            ("whatever", vec![ip], "[127.0.0.1]", false),
        ] {
            let verdict = takes(&certificate(&[common], &names), host);
            assert_eq!(
                verdict.is_ok(),
                taken,
                "{common} {names:?} {host}: {verdict:?}"
            );
        }
    }

    #[test]
    fn a_star_stands_for_one_whole_label() {
        for (pattern, host, taken) in [
            ("*.example.com", "IMAP.example.COM", true),
            ("*.example.com", "a.b.example.com", false),
            ("*.example.com", "example.com", false),
            ("*.com", "example.com", false),
            ("Imap.Example.Com", "imap.example.com", true),
        ] {
            assert_eq!(matches(pattern, host), taken, "{pattern} {host}");
        }
    }
}
