//! Bearer tokens for a real Dovecot.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

/// Tokens that Dovecot looks into itself: signed with a key it has.
pub struct Tokens {
    dir: tempfile::TempDir,
}

impl Tokens {
    const SECRET: &str = "a key of thirty-two octets or so";

    /// With a key of their own.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let keys = dir.path().join("keys/default/HS256");
        fs::create_dir_all(&keys).unwrap();
        let key = base64(Self::SECRET.as_bytes());
        fs::write(keys.join("default"), key).unwrap();
        let conf = format!(
            "introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix={}/keys/\n\
             username_attribute = email\n",
            dir.path().display()
        );
        fs::write(dir.path().join("oauth2.conf"), conf).unwrap();
        Self { dir }
    }

    /// What the server needs to take them.
    pub fn settings(&self) -> String {
        format!(
            "auth_mechanisms = plain xoauth2 oauthbearer\npassdb {{\n  driver = oauth2\n  \
             mechanisms = xoauth2 oauthbearer\n  args = {}/oauth2.conf\n}}\n",
            self.dir.path().display()
        )
    }

    /// A signed token for this user that ends at this Unix time.
    pub fn token(user: &str, ends: i64) -> String {
        let url = |octets: &[u8]| {
            base64(octets)
                .replace('+', "-")
                .replace('/', "_")
                .replace('=', "")
        };
        let head = url(br#"{"alg":"HS256","typ":"JWT","kid":"default"}"#);
        let body = format!(r#"{{"sub":"{user}","email":"{user}","iat":1700000000,"exp":{ends}}}"#);
        let text = format!("{head}.{}", url(body.as_bytes()));
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, Self::SECRET.as_bytes());
        format!(
            "{text}.{}",
            url(ring::hmac::sign(&key, text.as_bytes()).as_ref())
        )
    }
}

fn base64(octets: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(octets)
}
