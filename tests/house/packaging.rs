//! What is packaged says what the program understands: the sample configuration, the command lines of
//! units, cron and monitoring, and what the Debian package is made from.

use crate::support::cli;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use clap::Parser as _;
use cli::Vmimap;

const SAMPLE: &str = "packaging/vmimap.toml";

/// The sample with every setting in force but this one; files it names are made below `dir`.
fn in_force(dir: &Path, without: &[&str]) -> PathBuf {
    let text = fs::read_to_string(SAMPLE).unwrap();
    let mut settings = String::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let rest = line.strip_prefix('#').expect("every line is commented");
        let remark = rest.is_empty() || rest.starts_with(' ');
        if !remark && !without.iter().any(|key| rest.starts_with(key)) {
            // Both are read at once.
            let own = dir.join("password");
            let own = ["/etc/vmimap.password", "/etc/vmimap.ami"]
                .iter()
                .fold(rest.to_owned(), |line, path| {
                    line.replace(path, own.to_str().unwrap())
                });
            settings.push_str(&own);
            settings.push('\n');
        }
    }
    let password = dir.join("password");
    fs::write(&password, "secret\n").unwrap();
    fs::set_permissions(&password, fs::Permissions::from_mode(0o600)).unwrap();
    let file = dir.join("vmimap.toml");
    fs::write(&file, settings).unwrap();
    file
}

fn conf(dir: &Path) -> PathBuf {
    let path = dir.join("voicemail.conf");
    fs::write(
        &path,
        "[default]\n1004 => 1,Ada,,,imapuser=ada\n8001 => 1,Fax,,,imapuser=fax\n\
                [sales]\n1 => 1,S,,,imapuser=s\n[legal]\n9001 => 1,L,,,imapuser=l\n",
    )
    .unwrap();
    path
}

#[test]
fn the_sample_configuration_is_understood_with_every_key_in_force() {
    let dir = tempfile::tempdir().unwrap();
    for without in [
        ["token_command", "password_command"],
        ["token_file", "password_file"],
    ] {
        let file = in_force(dir.path(), &without);
        let ran = Vmimap::new(["config", "show", "--origin", "--config"]).arg(&file);
        let ran = ran
            .env("VMIMAP_STATE_DIR", "")
            .arg("--voicemail-conf")
            .arg(conf(dir.path()));
        let ran = ran.run().status(0);
        let of_file = |line: &&str| line.contains(file.to_str().unwrap());
        let shown = ran.stdout.lines().filter(of_file).count();
        assert!(shown >= 15, "{}", ran.stdout);
    }
}

#[test]
fn the_rules_of_the_sample_configuration_are_rules() {
    let dir = tempfile::tempdir().unwrap();
    let file = in_force(dir.path(), &["token_", "password_command"]);
    // Rules come first; then nobody listens there.
    let text = fs::read_to_string(&file).unwrap();
    let text = text
        .replace("imap.example.org", "127.0.0.1")
        .replace("993", "1");
    let lines = text
        .lines()
        .filter(|line| !line.starts_with("tls_") && !line.starts_with("log_"));
    fs::write(&file, lines.collect::<Vec<_>>().join("\n")).unwrap();
    let ran = Vmimap::new(["expire", "--dry-run", "--config"]).arg(&file);
    let ran = ran.arg("--voicemail-conf").arg(conf(dir.path()));
    let ran = ran.arg("--state-dir").arg(dir.path()).run();
    assert_eq!(ran.status, 10, "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn the_sample_configuration_has_every_key_there_is() {
    let sample = fs::read_to_string(SAMPLE).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("vmimap.toml");
    for text in [
        "no_such_key = 1\n",
        "[[expire]]\nno_such_key = 1\n",
        "[lamps]\nno_such_key = 1\n",
    ] {
        fs::write(&file, text).unwrap();
        let ran = Vmimap::new(["list", "--config"]).arg(&file).run().status(2);
        // The refusal lists what there is.
        for key in ran.stderr.split('`').skip(3).step_by(2) {
            let setting = [
                format!("\n#{key} = "),
                format!("\n#[[{key}]]\n"),
                format!("\n#[{key}]\n"),
            ];
            assert!(
                setting.iter().any(|setting| sample.contains(setting)),
                "{key}"
            );
        }
    }
}

/// Every call of vmimap in a file, as words. Of comments only lines of sudoers are calls.
fn calls(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).unwrap();
    let mut calls = Vec::new();
    // Icinga has arrays of quoted words over several lines.
    for line in text.replace("\",\n", "\", ").lines() {
        if line.starts_with(['#', '/']) && !line.contains("NOPASSWD:") {
            continue;
        }
        let line = line.replace("\", \"", " ").replace("out=$(", " ");
        let line = line.replace("ExecStart=", " ").replace(['"', ']'], " ");
        let mut words = line.split_whitespace();
        if words.any(|word| matches!(word, "vmimap" | "/usr/bin/vmimap")) {
            let args = words.take_while(|word| !word.starts_with("2>") && *word != "||");
            calls.push(args.map(|word| word.replace("\\%", "%")).collect());
        }
    }
    calls
}

fn below(dir: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_file()).collect()
}

#[test]
fn every_command_line_that_is_packaged_is_one_that_vmimap_takes() {
    let mut count = 0;
    let files = [below("packaging/systemd"), below("packaging/monitoring")].concat();
    for path in files.into_iter().chain(["packaging/vmimap.cron".into()]) {
        let extension = path.extension().unwrap().to_str().unwrap();
        if matches!(extension, "yml" | "timer") {
            continue;
        }
        for words in calls(&path) {
            let words = [vec!["vmimap".to_owned()], words].concat();
            let taken = vmimap::cli::Cli::try_parse_from(&words);
            assert!(
                taken.is_ok(),
                "{}: {words:?}: {}",
                path.display(),
                taken.unwrap_err()
            );
            count += 1;
        }
    }
    // Three units, three lines of cron, three commands of each monitoring system and of its sudoers.
    assert_eq!(count, 3 + 3 + 2 * (3 + 3));
}

#[test]
fn cron_ends_no_line_at_a_percent_sign() {
    let text = fs::read_to_string("packaging/vmimap.cron").unwrap();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        assert!(!line.replace("\\%", "").contains('%'), "{line}");
    }
}

#[test]
fn every_service_has_a_timer_and_is_shut_in_as_the_others_are() {
    let hardening = |path: &Path| -> String {
        let text = fs::read_to_string(path).unwrap();
        text.split_once("\nNoNewPrivileges=")
            .expect("NoNewPrivileges")
            .1
            .to_owned()
    };
    let services: Vec<PathBuf> = below("packaging/systemd")
        .into_iter()
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "service")
        })
        .collect();
    assert_eq!(services.len(), 3);
    for service in &services {
        assert_eq!(
            hardening(service),
            hardening(&services[0]),
            "{}",
            service.display()
        );
        assert!(service.with_extension("timer").exists());
        let text = fs::read_to_string(service).unwrap();
        for setting in [
            "User=asterisk",
            "StateDirectory=vmimap",
            "ProtectSystem=strict",
            "CapabilityBoundingSet=",
        ] {
            assert!(
                text.lines().any(|line| line == setting),
                "{}: {setting}",
                service.display()
            );
        }
    }
}

#[test]
fn the_debian_package_is_of_this_version_and_of_files_that_are_there() {
    let manifest: toml::Table = fs::read_to_string("Cargo.toml").unwrap().parse().unwrap();
    let version = manifest["package"]["version"].as_str().unwrap();
    let changelog = fs::read_to_string("packaging/deb/changelog").unwrap();
    assert!(
        changelog.starts_with(&format!("vmimap ({version}-1) ")),
        "{changelog}"
    );
    let deb = &manifest["package"]["metadata"]["deb"];
    for asset in deb["assets"].as_array().unwrap() {
        let source = asset[0].as_str().unwrap();
        if !source.starts_with("target/") {
            assert!(glob::glob(source).unwrap().next().is_some(), "{source}");
        }
    }
}

#[test]
fn the_credential_of_the_drop_in_is_one_that_vmimap_takes() {
    let text = fs::read_to_string("packaging/systemd/credential.conf").unwrap();
    let mut lines = text.lines();
    let loaded = lines.find_map(|line| line.strip_prefix("LoadCredential="));
    let (name, _) = loaded.unwrap().split_once(':').unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(name);
    fs::write(&file, "secret\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).unwrap();
    let call = Vmimap::new(["config", "show", "--voicemail-conf"]).arg(conf(dir.path()));
    let ran = call.env("CREDENTIALS_DIRECTORY", dir.path().to_str().unwrap());
    let ran = ran.run().status(0);
    assert!(ran.stdout.contains("password_credential"), "{}", ran.stdout);
}

/// Where the package puts files: each with what it is made from.
fn packaged() -> Vec<(PathBuf, PathBuf)> {
    let manifest: toml::Table = fs::read_to_string("Cargo.toml").unwrap().parse().unwrap();
    let assets = manifest["package"]["metadata"]["deb"]["assets"].as_array();
    let mut files = Vec::new();
    for asset in assets.unwrap() {
        let [source, target] = [0, 1].map(|at| asset[at].as_str().unwrap());
        for source in glob::glob(source).unwrap().map(Result::unwrap) {
            let name = source.file_name().filter(|_| target.ends_with('/'));
            let target = name.map_or_else(|| target.into(), |name| Path::new(target).join(name));
            files.push((source, target));
        }
    }
    files
}

#[test]
fn every_document_is_packaged_and_none_in_the_place_of_another() {
    let files = packaged();
    let mut places = BTreeSet::new();
    for (source, place) in &files {
        assert!(
            places.insert(place),
            "{}: another lies there",
            source.display()
        );
    }
    for source in glob::glob("docs/**/*.*").unwrap().map(Result::unwrap) {
        let place = Path::new("usr/share/doc/vmimap").join(&source);
        assert!(
            files.contains(&(source.clone(), place)),
            "{}",
            source.display()
        );
    }
    // What the units name is there.
    for unit in below("packaging/systemd") {
        let text = fs::read_to_string(&unit).unwrap();
        for named in text
            .split_whitespace()
            .filter_map(|word| word.strip_prefix("file:/"))
        {
            assert!(
                places.contains(&PathBuf::from(named)),
                "{}: {named}",
                unit.display()
            );
        }
    }
}
