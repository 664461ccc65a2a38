//! `vmimap config show`: the settings in force, and where each came from.

use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, Subcommand};
use serde_json::json;

use crate::args::global::GlobalArgs;
use crate::commands::tenant;
use crate::exit::{self, Exit};
use crate::settings::{PasswordSource, Setting, Settings};
use crate::ui::table::{Column, draw};
use crate::ui::{Ui, json, remarks};
use crate::voicemail::conf::{Mailbox, VoicemailConf};
use crate::voicemail::notice::Notice;

const EXAMPLES: &str = "\
Examples:
  vmimap config show
  vmimap config show --origin --voicemail-conf /etc/asterisk/voicemail.conf";

/// Show the settings in force and where each comes from
#[derive(Debug, ClapArgs)]
#[command(after_long_help = exit::HELP)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print vmimap's settings and what voicemail.conf says about IMAP; passwords are masked
    #[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{}", exit::HELP))]
    Show {
        /// Print where each value comes from
        #[arg(long)]
        origin: bool,
    },
}

/// One line: name, value, origin.
type Line = (String, String, String);

fn of_settings(settings: &Settings) -> Vec<Line> {
    fn line<T>(
        name: &str,
        setting: Option<&Setting<T>>,
        show: impl Fn(&T) -> String,
    ) -> Option<Line> {
        setting.map(|setting| {
            (
                name.to_owned(),
                show(&setting.value),
                setting.origin.to_string(),
            )
        })
    }
    let path = |path: &PathBuf| path.display().to_string();
    let lamps = settings.lamps.describe().into_iter();
    let lamps = lamps.map(|(name, value, origin)| Some((name.to_owned(), value, origin)));
    [
        line("voicemail_conf", Some(&settings.voicemail_conf), path),
        line("state_dir", Some(&settings.state_dir), path),
        line("server", settings.server.as_ref(), Clone::clone),
        line("port", settings.port.as_ref(), ToString::to_string),
        line("imapflags", settings.imapflags.as_ref(), Clone::clone),
        line("auth_user", settings.auth_user.as_ref(), Clone::clone),
        settings.password.as_ref().map(password),
        line(
            "user_format",
            settings.user_format.as_ref(),
            ToString::to_string,
        ),
        line("auth", settings.login.auth.as_ref(), ToString::to_string),
        line("token_file", settings.login.token_file.as_ref(), path),
        line(
            "token_command",
            settings.login.token_command.as_ref(),
            |_| "********".to_owned(),
        ),
        line("tls_cert", settings.login.tls_cert.as_ref(), path),
        line("tls_key", settings.login.tls_key.as_ref(), path),
        line("tls_ca", settings.tls_ca.as_ref(), path),
        line(
            "tls_insecure",
            Some(&settings.tls_insecure),
            ToString::to_string,
        ),
        line(
            "allow_plaintext",
            Some(&settings.allow_plaintext),
            ToString::to_string,
        ),
        line("timeout", settings.timeout.as_ref(), ToString::to_string),
        line("jobs", Some(&settings.jobs), ToString::to_string),
        line("trash", settings.trash.as_ref(), Clone::clone),
        line("color", Some(&settings.color), |color| {
            format!("{color:?}").to_lowercase()
        }),
        line("log_file", settings.log_file.as_ref(), path),
        line("metrics_file", settings.metrics_file.as_ref(), path),
    ]
    .into_iter()
    .chain(lamps)
    .flatten()
    .collect()
}

/// Where the password for every login comes from; never the password itself, nor a command, which may
/// hold it.
fn password(setting: &Setting<PasswordSource>) -> Line {
    let masked = || "********".to_owned();
    let (name, value) = match &setting.value {
        PasswordSource::Given(_) => ("password", masked()),
        PasswordSource::File(path) => ("password_file", path.display().to_string()),
        PasswordSource::Command(_) => ("password_command", masked()),
        PasswordSource::Credential(path) => ("password_credential", path.display().to_string()),
        PasswordSource::Terminal => ("password", "asked for on the terminal".to_owned()),
    };
    (name.to_owned(), value, setting.origin.to_string())
}

/// What voicemail.conf says: its general section, and how many mailboxes it has.
fn of_conf(conf: &VoicemailConf, path: &Path) -> Vec<Line> {
    let general = conf.describe().into_iter();
    let general = general.map(|(name, value, origin)| {
        let name = format!("[general] {name}");
        (name, value, origin.to_string())
    });
    let seen = |one: &&Mailbox| conf.seen_by_imap_build(one);
    let seen = conf.mailboxes.iter().filter(seen).count();
    let mailboxes = [
        ("mailboxes", conf.mailboxes.len()),
        ("mailboxes with an imap option", seen),
    ];
    let mailboxes = mailboxes.into_iter().map(|(name, count)| {
        let place = path.display().to_string();
        (name.to_owned(), count.to_string(), place)
    });
    general.chain(mailboxes).collect()
}

fn show_json(lines: &[Line], notices: &[Notice], ui: &Ui) {
    for notice in notices {
        json::notice(ui, notice);
    }
    for (name, value, origin) in lines {
        let fields = json!({ "name": name, "value": value, "origin": origin });
        json::line(ui, "setting", fields);
    }
    json::line(ui, "summary", json!({ "settings": lines.len() }));
}

fn show_text(lines: Vec<Line>, origin: bool, ui: &Ui) {
    let text = |title| Column {
        title,
        numeric: false,
    };
    let mut columns = vec![text("Setting"), text("Value")];
    if origin {
        columns.push(text("From"));
    }
    let rows: Vec<Vec<String>> = lines
        .into_iter()
        .map(|(name, value, from)| vec![name, value, from])
        .collect();
    ui.answer(&draw(&columns, &rows, ui.color(), false));
}

/// Runs the verb.
pub fn run(args: &Args, global: &GlobalArgs, settings: &Settings, ui: &Ui) -> anyhow::Result<Exit> {
    let What::Show { origin } = args.what;
    let mut lines = of_settings(settings);
    let path = &settings.voicemail_conf.value;
    let mut conf = tenant::load_conf(settings);
    if let Ok(conf) = &mut conf {
        // Told here and by doctor, and not by every job of every night.
        conf.notices.extend(conf.exposed());
    }
    if let Ok(conf) = &conf {
        lines.extend(of_conf(conf, path));
    }
    if global.json {
        let notices = conf.as_ref().map_or(&[][..], |conf| &conf.notices);
        show_json(&lines, notices, ui);
    } else {
        if let Ok(conf) = &conf {
            remarks::show(&conf.notices, ui);
        }
        show_text(lines, origin, ui);
    }
    conf?;
    Ok(Exit::Done)
}
