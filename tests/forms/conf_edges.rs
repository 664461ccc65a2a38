//! The odd corners of voicemail.conf, each as Asterisk's own reader takes it, and what is said of them.
use std::fs;
use std::process::{Command, Output};

use tempfile::TempDir;

use vmimap::voicemail::conf::{self, ConfError, LoadOptions, Mailbox, VoicemailConf};

/// A directory with voicemail.conf and files beside it.
fn dir(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn try_files(files: &[(&str, &str)]) -> Result<VoicemailConf, ConfError> {
    let dir = dir(files);
    conf::load(&dir.path().join("voicemail.conf"), &LoadOptions::default())
}

fn files(files: &[(&str, &str)]) -> VoicemailConf {
    try_files(files).unwrap()
}

fn load(text: &str) -> VoicemailConf {
    files(&[("voicemail.conf", text)])
}

fn error(text: &str) -> String {
    try_files(&[("voicemail.conf", text)])
        .unwrap_err()
        .to_string()
}

fn mailbox<'a>(conf: &'a VoicemailConf, name: &str) -> &'a Mailbox {
    conf.mailbox(&name.parse().unwrap())
        .unwrap_or_else(|| panic!("no {name}"))
}

fn codes(conf: &VoicemailConf) -> Vec<&str> {
    conf.notices.iter().map(|notice| notice.code).collect()
}

/// All remarks as lines.
fn remarks(conf: &VoicemailConf) -> String {
    let lines: Vec<_> = conf.notices.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

fn vmimap(dir: &TempDir, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vmimap"))
        .args(args)
        .arg("--voicemail-conf")
        .arg(dir.path().join("voicemail.conf"))
        .output()
        .unwrap()
}

#[test]
fn of_two_lines_the_first_counts_in_any_case_and_the_other_is_named() {
    let conf = load("[general]\nImapServer=one\nimapserver=two\nimapport=993\nimapport=993\n");
    assert_eq!(conf.general.imapserver.value, "one");
    assert!(conf.general.imapserver.origin.to_string().ends_with(":2"));
    assert_eq!(codes(&conf), ["VMC040"]);
    assert!(conf.notices[0].place.ends_with("voicemail.conf:3"));
}

#[test]
fn a_password_given_twice_is_not_told() {
    let conf = load("[general]\nauthpassword=hush1\nauthpassword=hush2\n");
    assert_eq!(codes(&conf), ["VMC040"]);
    assert!(!remarks(&conf).contains("hush"));
}

#[test]
fn adding_to_a_value_changes_the_first_line_that_holds_it() {
    // ast_variable_update looks for the last one's value from the top.
    let conf = load("[general]\nimapserver=a\nimapserver=a\nimapserver+=b\n");
    assert_eq!(conf.general.imapserver.value, "ab");
    let conf = load("[general]\nimapserver=x\nimapserver=a\nimapserver+=b\n");
    assert_eq!(conf.general.imapserver.value, "x");
    let conf = load("[general]\nimapserver=x\nimapserver=\nimapserver+=b\n");
    assert_eq!(conf.general.imapserver.value, "b");
}

#[test]
fn a_section_that_copies_itself_stops_asterisk() {
    let error = error("[a]\n1 => 1\n[a](+,a)\n");
    assert!(error.ends_with("voicemail.conf:3: section \"a\" inherits from itself; Asterisk would never finish reading it"), "{error}");
}

#[test]
fn a_filter_is_refused_wherever_it_stands() {
    let include = ("i.conf", "[a](+x=y)\n");
    let error = try_files(&[("voicemail.conf", "[a]\n#include i.conf\n"), include]);
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("i.conf:1: section is chosen by a filter"),
        "{error}"
    );
}

#[test]
fn a_faulty_header_still_decides_where_the_next_include_starts() {
    let conf = files(&[
        (
            "voicemail.conf",
            "[a]\n[b]\n#include broken.conf\n#include values.conf\n",
        ),
        ("broken.conf", "[a](+,nothing)\n"),
        ("values.conf", "1 => 1,,,,imapuser=u|imappassword=p\n"),
    ]);
    assert_eq!(mailbox(&conf, "1@a").vmbox.context, "a");
}

#[test]
fn an_include_of_nothing_or_of_a_directory_stops_asterisk() {
    for argument in ["\"\"", "<>", ".", "vm.d", "vm.d/*.conf"] {
        let text = format!("[general]\n#include {argument}\n");
        let error = try_files(&[("voicemail.conf", &text), ("vm.d/x.txt", "")]).unwrap_err();
        let error = error.to_string();
        assert!(error.contains(":2: included file"), "{argument}: {error}");
        assert!(
            error.ends_with("Asterisk would refuse the whole file"),
            "{error}"
        );
    }
}

#[test]
fn the_first_file_that_is_there_may_have_a_byte_order_mark() {
    let conf = files(&[
        ("voicemail.conf", "[a]\n#include {none,b,c}.conf\n"),
        ("b.conf", "\u{feff}1 => 1,,,,imapuser=u|imappassword=p\n"),
        ("c.conf", "\u{feff}2 => 1,,,,imapuser=u|imappassword=p\n"),
    ]);
    assert_eq!(mailbox(&conf, "1@a").vmbox.extension, "1");
    assert!(codes(&conf).contains(&"VMC018"));
}

#[test]
fn a_comment_left_open_is_reported_where_it_begins() {
    let conf = files(&[
        ("voicemail.conf", "[a]\n#include {b,c}.conf\n"),
        ("b.conf", "\n\n;-- open\n"),
        ("c.conf", "1 => 1\n"),
    ]);
    assert_eq!(codes(&conf), ["VMC008", "VMC008"]);
    let places = conf
        .notices
        .iter()
        .all(|one| one.place.ends_with("b.conf:3"));
    assert!(places, "{}", remarks(&conf));
    assert!(
        conf.notices[1]
            .message
            .ends_with("c.conf, which it hides too")
    );
    assert!(conf.mailboxes.is_empty());
}

#[test]
fn programs_cannot_call_themselves_for_ever() {
    let dir = dir(&[("voicemail.conf", "")]);
    let path = dir.path().join("voicemail.conf");
    let itself = format!("[a]\n#exec cat {0}\n#exec cat {0}\n", path.display());
    fs::write(&path, itself).unwrap();
    let options = LoadOptions {
        allow_exec: true,
        ..LoadOptions::default()
    };
    let result = conf::load(&path, &options);
    let said = match result {
        Ok(conf) => remarks(&conf),
        Err(error) => error.to_string(),
    };
    assert!(said.contains("10 includes deep"), "{said}");
}

#[test]
fn old_names_and_all_of_asterisks_formats_are_known() {
    let conf = load(
        "[general]\nmaxmessage=90\nformat=slin|wav\n[a]\n\
         1 => 1,,,,imapuser=u|imappassword=p|maxmessage=30\n",
    );
    assert_eq!(conf.general.maxsecs.value, 90);
    assert_eq!(conf.maxsecs(mailbox(&conf, "1@a")), 30);
    assert_eq!(conf.formats(), ["slin", "wav"]);
    assert!(conf.notices.is_empty(), "{}", remarks(&conf));
    let conf = load("[general]\nmaxmessage=90\nmaxsecs=60\nformat=wav49, gsm\n");
    assert_eq!(
        (conf.general.maxsecs.value, conf.formats()),
        (60, &["wav".to_owned()][..])
    );
    assert!(remarks(&conf).contains("no format that is known is left; Asterisk records wav"));
}

#[test]
fn blanks_and_commas_in_options_are_pointed_at_without_their_values() {
    for (line, part) in [
        (
            "1 => 1,,,, imapuser=u|imappassword=hush",
            "its option 1, imapuser with blanks beside its name, is ignored",
        ),
        (
            "1 => 1,,,,imapuser=u,imappassword=hush",
            "what follows a comma in its option 1 looks like another option",
        ),
        (
            "1 => 1,,,,imapuser=u/x,imappassword=hush",
            "user name \"u/x,...\" cannot be used",
        ),
        (
            "1 => 1,N,e@x,imapuser=u|imappassword=hush",
            "what stands in its pager field looks like options",
        ),
        (
            "1 => 1,N,,,imapuser=u|imappassword=a|hush=b",
            "its option 3, which Asterisk does not know, is ignored",
        ),
    ] {
        let conf = load(&format!("[a]\n{line}\n"));
        let said = remarks(&conf);
        assert!(said.contains(part), "{line}: {said}");
        assert!(!said.contains("hush"), "{said}");
        assert!(said.contains("voicemail.conf:2: mailbox 1@a: "), "{said}");
    }
}

#[test]
fn long_values_of_options_nobody_reads_are_remarked_on_too() {
    let conf = load(&format!(
        "[a]\n1 => 1,,,,imapuser=u|imappassword=p|dialout={}\n",
        "x".repeat(80)
    ));
    assert_eq!(codes(&conf), ["VMC013"]);
    assert!(remarks(&conf).contains("dialout is cut to 79 octets"));
}

#[test]
fn user_names_are_judged_as_c_client_takes_them() {
    let (longest, too_long) = ("x".repeat(64), "x".repeat(65));
    for user in ["a{b", "a\"b", "a=b", "a b", "a@b", longest.as_str()] {
        let conf = load(&format!("[a]\n1 => 1,,,,imapuser={user}|imappassword=p\n"));
        assert!(conf.notices.is_empty(), "{user}: {}", remarks(&conf));
    }
    // With a } the rest of the name would be part of the folder's.
    for user in ["a}b", "\"a", "a:b", "a/b", too_long.as_str()] {
        let conf = load(&format!("[a]\n1 => 1,,,,imapuser={user}|imappassword=p\n"));
        assert_eq!(codes(&conf), ["VMC033"], "{user}");
    }
}

#[test]
fn a_duplicate_is_told_with_the_line_that_counts() {
    let conf = load("[a]\n1 => 1,,,,imapuser=u|imappassword=p\n[A]\n1 => 1\n");
    assert!(remarks(&conf).contains("voicemail.conf:4: mailbox 1@A: defined at "));
    assert!(remarks(&conf).contains("voicemail.conf:2 already; this line is ignored"));
    let conf = load(
        "[general]\nsearchcontexts=yes\n[a]\n1 => 1,,,,imapuser=u|imappassword=p\n[b]\n1 => 1\n",
    );
    assert!(remarks(&conf).contains("searchcontexts=yes allows a number once"));
    assert_eq!(conf.mailboxes.len(), 1);
}

#[test]
fn whose_password_is_used_is_told() {
    let conf =
        load("[a]\n1 => 1,,,,imapuser=u|imappassword=one\n2 => 1,,,,imapuser=U|imappassword=two\n");
    assert_eq!(codes(&conf), ["VMC039"]);
    assert!(remarks(&conf).contains("that of 1@a, the first with this imapuser"));
}

#[test]
fn one_wrong_general_zone_is_one_remark() {
    let line = |n: u32| format!("{n} => 1,,,,imapuser=u|imappassword=p\n");
    let lines: String = (0..30).map(line).collect();
    let conf = load(&format!("[general]\ntz=nowhere\n[a]\n{lines}"));
    assert_eq!(codes(&conf), ["VMC028"]);
    assert!(conf.notices[0].place.ends_with("voicemail.conf:2"));
}

#[test]
fn a_master_user_named_twice_is_a_fault_and_one_in_the_flags_is_not() {
    let user = "[a]\n1 => 1,,,,imapuser=u|imappassword=p|imapport= 993\n";
    let conf = load(&format!(
        "[general]\nimapflags=authuser=\"a/b\"/ssl\n{user}"
    ));
    assert!(conf.notices.is_empty(), "{}", remarks(&conf));
    assert_eq!(conf.account(mailbox(&conf, "1@a")).port_number(), Ok(993));
    let conf = load(&format!(
        "[general]\nauthuser=a\nimapflags=authuser=a\n{user}"
    ));
    assert_eq!(codes(&conf), ["VMC030"]);
}

#[test]
fn the_systems_words_are_said_once() {
    let dir = tempfile::tempdir().unwrap();
    let output = vmimap(&dir, &["config", "show"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.matches("No such file").count(), 1, "{said}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn config_show_prints_remarks_and_how_many_mailboxes_asterisk_sees() {
    let dir = dir(&[(
        "voicemail.conf",
        "[general]\nimapflags=/ssl\nfrob=1\n[a]\n1 => 1\n2 => 1,,,,imapuser=u|imappassword=p\n",
    )]);
    let output = vmimap(&dir, &["config", "show", "--origin"]);
    let (said, shown) = (
        String::from_utf8(output.stderr).unwrap(),
        String::from_utf8(output.stdout).unwrap(),
    );
    assert!(
        said.contains("warning: ")
            && said.contains("voicemail.conf:5: mailbox 1@a: has no imap option [VMC025]"),
        "{said}"
    );
    assert!(
        said.contains("error: ")
            && said.contains("voicemail.conf:2: imapflags: must not begin with / [VMC030]"),
        "{said}"
    );
    assert!(!said.contains("frob"), "{said}");
    let row = |name: &str| {
        shown
            .lines()
            .find(|line| line.contains(name))
            .unwrap()
            .to_owned()
    };
    assert!(
        row("mailboxes with an imap option").contains(" 1 "),
        "{shown}"
    );
    let verbose = vmimap(&dir, &["-v", "config", "show"]);
    assert!(
        String::from_utf8(verbose.stderr)
            .unwrap()
            .contains("frob is not an option")
    );
    let json = vmimap(&dir, &["--json", "config", "show"]);
    let json = String::from_utf8(json.stdout).unwrap();
    assert!(
        json.contains("\"type\":\"notice\"") && json.contains("\"code\":\"VMC025\""),
        "{json}"
    );
}

#[test]
fn a_mailbox_where_the_spool_should_be_is_told_from_a_missing_spool() {
    let dir = TempDir::new().unwrap();
    fs::write(
        dir.path().join("voicemail.conf"),
        "[default]\n1 => 1,A,,,imapuser=a\n",
    )
    .unwrap();
    let said = |spool: &str| {
        let ran = vmimap(&dir, &["migrate", "-n", spool]);
        assert_eq!(ran.status.code(), Some(1));
        String::from_utf8(ran.stderr).unwrap()
    };
    let hint = "the spool's directory comes first";
    assert!(said("1@default").contains(hint), "{}", said("1@default"));
    assert!(!said("/no/such/spool").contains(hint));
}
