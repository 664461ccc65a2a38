//! What a private Dovecot is asked to be, and its configuration file.
//!
//! Source: Dovecot 2.3 settings. Run by root, the mail belongs to the system's `mail` account;
//! run by anyone else, everything belongs to that user and nothing is chrooted.

use std::fmt::Write as _;
use std::path::Path;

use super::process;

/// The account that owns the mail when root runs the tests.
pub const MAIL_ACCOUNT: &str = "mail";

/// One account on the server.
#[derive(Debug, Clone)]
pub struct User {
    pub name: String,
    pub password: String,
    /// Storage limit in KiB; none if absent.
    pub storage_kib: Option<u64>,
    /// Limit on the number of messages; none if absent.
    pub messages: Option<u64>,
    /// Further fields of the account's entry, with spaces between them.
    pub fields: String,
}

impl User {
    pub fn new(name: &str, password: &str) -> Self {
        Self {
            name: name.to_owned(),
            password: password.to_owned(),
            storage_kib: None,
            messages: None,
            fields: String::new(),
        }
    }

    /// Puts further fields into the account's entry, such as `k5principals=...`.
    pub fn fields(mut self, fields: &str) -> Self {
        fields.clone_into(&mut self.fields);
        self
    }

    /// Limits the storage, in KiB.
    pub fn storage(mut self, kib: u64) -> Self {
        self.storage_kib = Some(kib);
        self
    }

    /// Limits the number of messages.
    pub fn messages(mut self, count: u64) -> Self {
        self.messages = Some(count);
        self
    }

    /// The limits as SETQUOTA wants them, without the parentheses; empty if there are none.
    pub fn limits(&self) -> String {
        let mut limits = Vec::new();
        limits.extend(self.storage_kib.map(|kib| format!("STORAGE {kib}")));
        limits.extend(self.messages.map(|count| format!("MESSAGE {count}")));
        limits.join(" ")
    }

    /// The account's line of a Dovecot `passwd-file`.
    fn passwd_line(&self) -> String {
        let mut rules = Vec::new();
        rules.extend(self.storage_kib.map(|kib| format!("storage={kib}K")));
        rules.extend(self.messages.map(|count| format!("messages={count}")));
        let extra = match rules.as_slice() {
            [] => String::new(),
            rules => format!("userdb_quota_rule=*:{} ", rules.join(":")),
        };
        // Dovecot looks names up as they stand in a quoted string.
        let name = self.name.replace('\\', "\\\\").replace('"', "\\\"");
        let (password, fields) = (&self.password, &self.fields);
        format!("{name}:{{PLAIN}}{password}::::::{extra}{fields}\n")
    }
}

/// How the server keeps mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    Maildir,
    Sdbox,
    Mdbox,
}

/// What the server says about TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// No TLS at all.
    Off,
    /// STARTTLS is offered, passwords are taken without it; an IMAPS port is open.
    Offered,
    /// No password without TLS; an IMAPS port is open. The server is then on 127.0.0.2, because
    /// Dovecot trusts a client that comes from the server's own address.
    Required,
}

/// What a private Dovecot is asked to be. The default is the Dovecot most people run: Maildir,
/// delimiter `.`, no prefix, quota and no TLS.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)] // each is one thing a server has or has not
pub struct DovecotOptions {
    pub store: Store,
    pub separator: char,
    /// Namespace prefix such as `INBOX.`; empty for none.
    pub prefix: String,
    pub users: Vec<User>,
    /// Whether the quota plugins are loaded.
    pub quota: bool,
    /// Name and password of a master user: PLAIN with authorization id, or `LOGIN user*master`.
    pub master: Option<(String, String)>,
    /// Whether the ACL plugins are loaded.
    pub acl: bool,
    /// Whether a master user is judged by the rights of the user it acts for (`acl_user = %u`).
    pub acl_as_user: bool,
    pub tls: Tls,
    /// `mail_fsync`: never, optimized or always.
    pub fsync: &'static str,
    /// The capability list to announce instead of the true one.
    pub capability: Option<String>,
    pub max_userip_connections: u32,
    /// Whether the accounts can see each other's folders below `shared/`.
    pub shared: bool,
    /// Further lines of the `plugin` section, such as a second quota root.
    pub plugin: String,
    /// Whether names of users may hold any character.
    pub any_user_name: bool,
    /// Whether the master user is an administrator, whom SETQUOTA is permitted to.
    pub master_is_admin: bool,
    /// Further lines at the end, where they win over what stands before; `{dir}` is the server's
    /// folder.
    pub more: String,
}

impl Default for DovecotOptions {
    fn default() -> Self {
        Self {
            store: Store::Maildir,
            separator: '.',
            prefix: String::new(),
            users: Vec::new(),
            quota: true,
            master: None,
            acl: false,
            acl_as_user: false,
            tls: Tls::Off,
            fsync: "optimized",
            capability: None,
            max_userip_connections: 20,
            shared: false,
            plugin: String::new(),
            any_user_name: false,
            master_is_admin: false,
            more: String::new(),
        }
    }
}

/// Where one running server listens and how it is told from others.
#[derive(Debug, Clone)]
pub struct Place {
    pub host: &'static str,
    pub port: u16,
    pub tls_port: u16,
    /// Stands in the greeting: another server on the same port would not say it.
    pub token: String,
}

impl DovecotOptions {
    /// The address the server binds.
    pub fn host(&self) -> &'static str {
        if self.tls == Tls::Required {
            "127.0.0.2"
        } else {
            "127.0.0.1"
        }
    }

    /// The `passwd-file` of all accounts.
    pub fn passwd_file(&self) -> String {
        self.users.iter().map(User::passwd_line).collect()
    }

    /// The whole `dovecot.conf` for a server that lives below `dir`.
    pub fn render(&self, dir: &Path, place: &Place) -> String {
        let mut conf = base_settings(dir, place);
        conf.push_str(&owner_settings());
        conf.push_str(&self.mail_settings(dir));
        if self.shared {
            conf.push_str(&self.shared_namespace());
        }
        conf.push_str(&self.login_settings(dir, place));
        conf.push_str(&self.plugin_settings());
        conf.push_str(&self.more.replace("{dir}", &dir.display().to_string()));
        conf
    }

    fn mail_settings(&self, dir: &Path) -> String {
        let store = match self.store {
            Store::Maildir => "maildir",
            Store::Sdbox => "sdbox",
            Store::Mdbox => "mdbox",
        };
        format!(
            "mail_home = {}/mail/%u\nmail_location = {store}:~/{store}\nmail_fsync = {}\n\
             mail_max_userip_connections = {}\n\
             namespace inbox {{\n  inbox = yes\n  separator = {}\n  prefix = {}\n}}\n",
            dir.display(),
            self.fsync,
            self.max_userip_connections,
            self.separator,
            self.prefix,
        )
    }

    /// Other users' folders are in one namespace, which only the ACL plugin opens.
    fn shared_namespace(&self) -> String {
        let separator = self.separator;
        format!(
            "namespace others {{\n  type = shared\n  separator = {separator}\n  \
             prefix = shared{separator}%%u{separator}\n  \
             location = maildir:%%h/maildir:INDEXPVT=~/shared/%%u\n  \
             subscriptions = no\n  list = children\n}}\n\
             service auth {{\n  unix_listener auth-userdb {{\n    mode = 0777\n  }}\n}}\n"
        )
    }

    fn login_settings(&self, dir: &Path, place: &Place) -> String {
        let dir = dir.display();
        let mut conf = String::from("auth_mechanisms = plain login\n");
        if self.any_user_name {
            conf.push_str("auth_username_chars =\n");
        }
        if self.master.is_some() {
            let _ = write!(
                conf,
                "auth_master_user_separator = *\npassdb {{\n  driver = passwd-file\n  \
                 args = {dir}/masters\n  master = yes\n  result_success = continue\n}}\n"
            );
        }
        for section in ["passdb", "userdb"] {
            let _ = write!(
                conf,
                "{section} {{\n  driver = passwd-file\n  args = {dir}/users\n}}\n"
            );
        }
        let (ssl, plaintext_forbidden) = match self.tls {
            Tls::Off => ("no", "no"),
            Tls::Offered => ("yes", "no"),
            Tls::Required => ("required", "yes"),
        };
        let _ = writeln!(
            conf,
            "ssl = {ssl}\ndisable_plaintext_auth = {plaintext_forbidden}"
        );
        if self.tls != Tls::Off {
            let _ = writeln!(
                conf,
                "ssl_cert = <{dir}/server.pem\nssl_key = <{dir}/server.key"
            );
        }
        if let Some(capability) = &self.capability {
            let _ = writeln!(conf, "imap_capability = {capability}");
        }
        let tls_port = if self.tls == Tls::Off {
            0
        } else {
            place.tls_port
        };
        let _ = write!(
            conf,
            "service imap-login {{\n  inet_listener imap {{\n    port = {}\n  }}\n  \
             inet_listener imaps {{\n    port = {tls_port}\n    ssl = yes\n  }}\n}}\n",
            place.port
        );
        conf
    }

    fn plugin_settings(&self) -> String {
        let mut plugins = Vec::new();
        let mut imap_plugins = Vec::new();
        let mut settings = String::new();
        if self.quota {
            plugins.push("quota");
            imap_plugins.push("imap_quota");
            settings.push_str("  quota = count:User quota\n  quota_vsizes = yes\n");
        }
        if self.acl {
            plugins.push("acl");
            imap_plugins.push("imap_acl");
            settings.push_str("  acl = vfile\n");
        }
        if self.acl_as_user {
            settings.push_str("  acl_user = %u\n");
        }
        settings.push_str(&self.plugin);
        format!(
            "plugin {{\n{settings}}}\nmail_plugins = {}\n\
             protocol imap {{\n  mail_plugins = $mail_plugins {}\n}}\n",
            plugins.join(" "),
            imap_plugins.join(" ")
        )
    }
}

/// Wrong passwords are answered at once: no delay, and no penalty that grows with each.
fn base_settings(dir: &Path, place: &Place) -> String {
    let dir = dir.display();
    format!(
        "base_dir = {dir}/run\nstate_dir = {dir}/state\ninstance_name = {}\nlisten = {}\n\
         protocols = imap\nlog_path = {dir}/dovecot.log\nlogin_greeting = {} ready.\n\
         auth_verbose = yes\nauth_failure_delay = 0\n\
         service anvil {{\n  unix_listener anvil-auth-penalty {{\n    mode = 0\n  }}\n}}\n",
        place.token, place.host, place.token
    )
}

/// Who the server's processes and the mail belong to.
fn owner_settings() -> String {
    if process::is_root() {
        return format!(
            "mail_uid = {MAIL_ACCOUNT}\nmail_gid = {MAIL_ACCOUNT}\nfirst_valid_uid = 1\n\
             first_valid_gid = 1\n"
        );
    }
    let id = |flag| {
        let output = std::process::Command::new("id").arg(flag).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let (user, group) = (id("-un"), id("-gn"));
    format!(
        "mail_uid = {user}\nmail_gid = {group}\nfirst_valid_uid = 1\nfirst_valid_gid = 1\n\
         default_internal_user = {user}\ndefault_internal_group = {group}\n\
         default_login_user = {user}\n\
         service anvil {{\n  chroot =\n}}\nservice imap-login {{\n  chroot =\n}}\n"
    )
}
