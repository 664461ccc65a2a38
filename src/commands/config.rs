//! `vmimap config show`: the settings in force, and where each came from.

use clap::{Args as ClapArgs, Subcommand};
use serde_json::json;

use crate::args::global::GlobalArgs;
use crate::exit::{self, Exit};
use crate::settings::Settings;
use crate::ui::Ui;
use crate::ui::json::line;
use crate::ui::table::{Column, draw};
use crate::voicemail::conf::{self, LoadOptions};

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
    #[command(after_help = EXAMPLES)]
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
        setting: Option<&crate::settings::Setting<T>>,
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
    let path = |path: &std::path::PathBuf| path.display().to_string();
    [
        line("voicemail_conf", Some(&settings.voicemail_conf), path),
        line("state_dir", Some(&settings.state_dir), path),
        line("server", settings.server.as_ref(), Clone::clone),
        line("port", settings.port.as_ref(), ToString::to_string),
        line("imapflags", settings.imapflags.as_ref(), Clone::clone),
        line("auth_user", settings.auth_user.as_ref(), Clone::clone),
        line("password", settings.password.as_ref(), |_| {
            "********".to_owned()
        }),
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
        line("color", Some(&settings.color), |color| {
            format!("{color:?}").to_lowercase()
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Runs the verb.
pub fn run(args: &Args, global: &GlobalArgs, settings: &Settings, ui: &Ui) -> anyhow::Result<Exit> {
    let What::Show { origin } = args.what;
    let mut lines = of_settings(settings);
    let load = LoadOptions {
        allow_exec: settings.allow_exec,
        ..LoadOptions::default()
    };
    let conf = conf::load(&settings.voicemail_conf.value, &load);
    if let Ok(conf) = &conf {
        lines.extend(conf.describe().into_iter().map(|(name, value, origin)| {
            (
                format!("[general] {name}"),
                value.clone(),
                origin.to_string(),
            )
        }));
    }
    if global.json {
        for (name, value, origin) in &lines {
            let fields = json!({ "name": name, "value": value, "origin": origin });
            line(ui, "setting", fields);
        }
        line(ui, "summary", json!({ "settings": lines.len() }));
    } else {
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
    conf?;
    Ok(Exit::Done)
}
