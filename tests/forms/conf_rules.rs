//! voicemail.conf rule by rule, through the same door the program uses.
use std::fs;
use std::path::PathBuf;

use secrecy::ExposeSecret;

use vmimap::voicemail::conf::{self, ConfError, LoadOptions, Mailbox, VoicemailConf};

/// Loads a text as voicemail.conf; further files stand beside it.
fn try_load(
    text: &[u8],
    others: &[(&str, &str)],
) -> (Result<VoicemailConf, ConfError>, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in others {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let path = dir.path().join("voicemail.conf");
    fs::write(&path, text).unwrap();
    (conf::load(&path, &LoadOptions::default()), dir)
}

fn load(text: &str) -> VoicemailConf {
    try_load(text.as_bytes(), &[]).0.unwrap()
}

fn error(text: &str) -> String {
    try_load(text.as_bytes(), &[]).0.unwrap_err().to_string()
}

fn mailbox<'a>(conf: &'a VoicemailConf, name: &str) -> &'a Mailbox {
    conf.mailbox(&name.parse().unwrap())
        .unwrap_or_else(|| panic!("no {name}"))
}

fn codes(conf: &VoicemailConf) -> Vec<&str> {
    conf.notices.iter().map(|notice| notice.code).collect()
}

#[test]
fn the_recorded_file_loads() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/genuine-spool-voicemail.conf");
    let conf = conf::load(&path, &LoadOptions::default()).unwrap();
    assert_eq!(conf.mailboxes.len(), 6);
    assert_eq!(conf.formats(), ["wav49", "gsm", "wav"]);
    let grace = mailbox(&conf, "4124@default");
    assert_eq!(grace.fullname, "Grace \"Amazing\" Hopper");
    assert_eq!(conf.time_zone(grace), Some("America/New_York"));
    assert_eq!(mailbox(&conf, "4125@default").fullname, "José Núñez");
    // None of them has an account: Asterisk's IMAP build would see none.
    assert_eq!(codes(&conf), ["VMC025"; 6]);
}

#[test]
fn defaults_are_asterisks() {
    let conf = load("");
    let general = &conf.general;
    assert_eq!(
        (
            general.imapserver.value.as_str(),
            general.imapport.value.as_str(),
            general.imapfolder.value.as_str()
        ),
        ("localhost", "143", "INBOX")
    );
    assert_eq!(
        (
            general.maxmsg.value,
            general.expungeonhangup.value,
            general.imapgreetings.value
        ),
        (100, true, false)
    );
    assert_eq!(general.imapreadtimeout.value, 60);
    assert_eq!(conf.formats(), ["wav"]);
}

#[test]
fn the_mailboxs_own_option_wins_over_the_general_one() {
    let conf = load(
        "[general]\nimapserver=mail.example.test\nimapport=993\nimapflags=ssl\nmaxmsg=50\n\
         [default]\n\
         1 => 1,One,one@example.test,,imapuser=one|imappassword=s1\n\
         2 => 1,Two,,,imapuser=two|imapsecret=s=2|imapserver=b.example.test|imapport=143|\
         imapflags=notls|imapfolder=VM|imapvmshareid=group1|maxmsg=7\n",
    );
    let one = conf.account(mailbox(&conf, "1@default"));
    assert_eq!(
        (
            one.server.value.as_str(),
            one.port.value.as_str(),
            one.flags.value.as_str()
        ),
        ("mail.example.test", "993", "ssl")
    );
    let second = mailbox(&conf, "2@default");
    let two = conf.account(second);
    assert_eq!(
        (
            two.server.value.as_str(),
            two.port.value.as_str(),
            two.flags.value.as_str()
        ),
        ("b.example.test", "143", "notls")
    );
    assert_eq!(two.password.unwrap().expose_secret(), "s=2");
    assert_eq!(
        (
            conf.imapfolder(second),
            conf.extension_header(second),
            conf.maxmsg(second)
        ),
        ("VM", "group1", 7)
    );
}

#[test]
fn passwords_come_from_where_asterisk_takes_them() {
    let lines = "[default]\n1 => 1,,,,imapuser=u|imappassword=first\n2 => 1,,,,imapuser=u|imappassword=second\n";
    let conf = load(lines);
    let second = conf.account(mailbox(&conf, "2@default"));
    assert_eq!(second.password.unwrap().expose_secret(), "first");
    let conf = load(&format!(
        "[general]\nauthuser=admin\nauthpassword=master\n{lines}"
    ));
    let second = conf.account(mailbox(&conf, "2@default"));
    assert_eq!(second.password.unwrap().expose_secret(), "master");
    assert_eq!(second.auth_user.as_deref(), Some("admin"));
}

#[test]
fn no_secret_is_printed() {
    let conf = load(
        "[general]\nauthpassword=tops3cret\n[a]\n1 => 9876,,,,imapuser=u|imappassword=hidd3n\n",
    );
    let text = format!("{conf:?}{:?}", conf.describe());
    assert!(
        !text.contains("tops3cret") && !text.contains("hidd3n") && !text.contains("9876"),
        "{text}"
    );
}

#[test]
fn commas_beyond_the_fourth_and_equals_beyond_the_first_are_text() {
    let conf = load("[a]\n1 => 1,N,e@x|f@x,p,emailsubject=a,b=c\\tnew|imapuser=u\n");
    let one = mailbox(&conf, "1@a");
    assert_eq!(one.options.emailsubject.as_deref(), Some("a,b=c\tnew"));
    assert_eq!((one.email.as_str(), one.pager.as_str()), ("e@x|f@x", "p"));
}

#[test]
fn a_templates_line_wins_over_the_sections_own_as_in_asterisk_22() {
    let conf = load(
        "[base](!)\nimapserver=base.example.test\nmaxmsg=5\n\
         [general](base)\nmaxmsg=9\n\
         [people](!)\n1 => 1,One,,,imapuser=one|imappassword=p\n\
         [default](people)\n2 => 1,Two,,,imapuser=two|imappassword=p\n\
         [default](+)\n3 => 1,Three,,,imapuser=three|imappassword=p\n",
    );
    assert_eq!(
        (
            conf.general.imapserver.value.as_str(),
            conf.general.maxmsg.value
        ),
        ("base.example.test", 5)
    );
    let names: Vec<String> = conf
        .mailboxes
        .iter()
        .map(|one| one.vmbox.to_string())
        .collect();
    assert_eq!(names, ["1@default", "2@default", "3@default"]);
    // Asterisk 23 would take 9: whoever wrote this has to know.
    assert_eq!(codes(&conf), ["VMC040"]);
    let remark = &conf.notices[0];
    assert!(remark.place.ends_with("voicemail.conf:5"), "{remark}");
    assert!(
        remark
            .message
            .contains("voicemail.conf:3: Asterisk up to 22"),
        "{remark}"
    );
}

#[test]
fn references_to_nothing_name_file_and_line() {
    for (text, part) in [
        (
            "\n[a](+)\n",
            ":2: section \"a\" is added to, but does not exist above",
        ),
        (
            "[a](b)\n",
            ":1: section \"b\" is inherited from, but does not exist above",
        ),
        ("[a\n", ":1: section header without a closing ]"),
        ("[a](b\n", ":1: section header without a closing )"),
        ("a=b\n", ":1: value stands before any section"),
        (
            "[general]\n#include gone.conf\n",
            ":2: included file \"gone.conf\" does not exist or cannot be read",
        ),
    ] {
        let error = error(text);
        assert!(error.contains(&format!("voicemail.conf{part}")), "{error}");
    }
}

#[test]
fn includes_are_found_beside_the_file_with_wildcards() {
    let text = b"[general]\n#include \"vm.d/*.conf\"\n#tryinclude nothing.conf\n";
    let others = [
        ("vm.d/b.conf", "[b]\n2 => 1,,,,imapuser=u\n"),
        ("vm.d/a.conf", "maxmsg=8\n"),
    ];
    let (conf, _dir) = try_load(text, &others);
    let conf = conf.unwrap();
    assert_eq!(conf.general.maxmsg.value, 8);
    assert!(
        mailbox(&conf, "2@b")
            .origin
            .to_string()
            .ends_with("vm.d/b.conf:2")
    );
}

#[test]
fn a_file_that_includes_itself_is_remarked_on() {
    let conf = load("[general]\n#include voicemail.conf\nmaxmsg=7\n");
    assert_eq!(conf.general.maxmsg.value, 7);
    let remark = &conf.notices[0];
    assert_eq!(remark.code, "VMC009");
    assert!(
        remark.message.contains("10 includes deep"),
        "{}",
        remark.message
    );
}

#[test]
fn exec_is_refused_unless_allowed() {
    let text = "[general]\n#exec echo maxmsg=4\n";
    assert!(error(text).contains(
        "voicemail.conf:2: #exec runs a program, which is refused unless --allow-exec is given"
    ));
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("voicemail.conf");
    fs::write(&path, text).unwrap();
    let conf = conf::load(
        &path,
        &LoadOptions {
            allow_exec: true,
            ..LoadOptions::default()
        },
    )
    .unwrap();
    assert_eq!(conf.general.maxmsg.value, 4);
}

#[test]
fn oddities_are_remarked_on_with_file_and_line() {
    let long = "x".repeat(9000);
    for (text, code) in [
        ("[a]\nnothing\n", "VMC001"),
        ("[a]\n= b\n", "VMC002"),
        ("#frob x\n", "VMC003"),
        ("#include\n", "VMC003"),
        (long.as_str(), "VMC004"),
        ("[a]\n;-- open\n", "VMC008"),
        (
            "[general]\nauthuser=12345678901234567890123456789012\n",
            "VMC013",
        ),
        ("[general]\nmaxmsg=-4\n", "VMC014"),
        ("[general]\nformat=ogg2|wav\n", "VMC015"),
        ("[a]\n*1 => 1,,,,imapuser=u|imappassword=p\n", "VMC020"),
        (
            "[a]\n1 => 1,,,,imapuser=u|imappassword=p\n1 => 1,,,,imapuser=v|imappassword=p\n",
            "VMC021",
        ),
        ("[a]\n../x => 1,,,,imapuser=u|imappassword=p\n", "VMC022"),
        ("[a]\n1 => 1,N\n", "VMC025"),
        ("[zonemessages]\nx=UTC\n", "VMC027"),
        (
            "[a]\n1 => 1,,,,imapuser=u|imappassword=p|tz=nowhere\n",
            "VMC028",
        ),
        ("[general]\nimapfolder=Boîte\n", "VMC029"),
        (
            "[a]\n1 => 1,,,,imapuser=u|imappassword=p|imapfolder=Boîte\n",
            "VMC029",
        ),
        ("[a]\n1 => 1,,,,imapuser=a/b|imappassword=p\n", "VMC033"),
        ("[a]\n1 => 1,,,,imapfolder=VM\n", "VMC034"),
        ("[a]\n1 => 1,,,,imapuser=u\n", "VMC035"),
    ] {
        let conf = load(text);
        assert_eq!(codes(&conf), [code], "{text:.40}");
        let place = &conf.notices[0].place;
        assert!(place.contains("voicemail.conf:"), "{place}");
    }
}

#[test]
fn the_aliases_section_holds_no_mailboxes() {
    let conf = load("[general]\naliasescontext=myaliases\n[myaliases]\n1234@x => 4321@y\n");
    assert!(conf.mailboxes.is_empty());
}

#[test]
fn duplicates_differ_in_more_than_case() {
    let conf = load("[a]\nBob => 1,First,,,imapuser=u\nbob => 1,Second,,,imapuser=u\n");
    assert_eq!(conf.mailboxes.len(), 1);
    assert!(conf.mailbox(&"Bob@a".parse().unwrap()).is_some());
    assert!(conf.mailbox(&"bob@a".parse().unwrap()).is_none());
}

#[test]
fn latin_1_and_nul_do_not_stop_the_rest() {
    let (conf, _dir) = try_load(
        b"[a]\n1 => 1,Jos\xe9,,,imapuser=u\n2 => 1,T\0wo,,,imapuser=v\n",
        &[],
    );
    let conf = conf.unwrap();
    assert_eq!(mailbox(&conf, "1@a").fullname, "José");
    assert_eq!(mailbox(&conf, "2@a").fullname, "T");
}

#[test]
fn a_fault_of_the_general_section_is_told_once() {
    let conf = load(
        "[general]\nimapflags=/notls\nauthpassword=p\n[a]\n1 => 1,,,,imapuser=u\n\
         2 => 1,,,,imapuser=v\n3 => 1,,,,imapuser=w|imapflags=frob\n",
    );
    assert_eq!(codes(&conf), ["VMC030", "VMC030"]);
    assert!(conf.notices[0].place.ends_with("voicemail.conf:2"));
    assert!(conf.notices[1].place.ends_with("voicemail.conf:7"));
    assert!(conf.notices[1].message.starts_with("mailbox 3@a: "));
}

#[test]
fn values_may_be_added_to_and_inherited_from_two_templates() {
    let conf = load(
        "[x](!)\nmaxmsg=5\nimapport=993\n[y](!)\nmaxmsg=6\n[general](x,y)\nimapserver=a\n\
         [general](+,x)\nimapserver+=b\n",
    );
    let general = &conf.general;
    // The first line of a name counts.
    assert_eq!(general.maxmsg.value, 5);
    assert_eq!(general.imapserver.value, "ab");
    assert_eq!(general.imapport.value, "993");
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_do_no_harm() {
    let conf =
        load("\u{feff}[general]\r\nmaxmsg = 8\r\n[a]\r\n1 => 1,N,,,imapuser=u|imappassword=p\r\n");
    assert_eq!(conf.general.maxmsg.value, 8);
    let password = conf.account(mailbox(&conf, "1@a")).password.unwrap();
    assert_eq!(password.expose_secret(), "p");
    assert_eq!(codes(&conf), [""; 0]);
}

#[test]
fn semicolons_begin_comments_unless_escaped() {
    let conf = load(
        "[a] ; people\n1 => 1,A\\;B,,,imapuser=u|imappassword=p;q ; the rest\n\
         ;-- 2 => 1,,,,imapuser=v\n3 => 1 --;\n;---- a line, not a block\n",
    );
    assert_eq!(conf.mailboxes.len(), 1);
    let one = mailbox(&conf, "1@a");
    assert_eq!(one.fullname, "A;B");
    assert_eq!(conf.account(one).password.unwrap().expose_secret(), "p");
}

#[test]
fn only_errors_that_hide_something_make_all_work_incomplete() {
    let lost =
        load("[general]\n[a]\n1 => 1,N,,,imapuser=u|imappassword=p\n;-- 2 => 1,N,,,imapuser=v\n");
    assert_eq!(lost.losses(), 1);
    let account = load("[general]\nimapflags=/notls\n[a]\n1 => 1,N,,,imapuser=u|imappassword=p\n");
    assert!(account.notices.iter().any(|notice| notice.code == "VMC030"));
    assert_eq!(account.losses(), 0);
}
