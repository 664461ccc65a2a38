use std::path::Path;

use proptest::strategy::Strategy as _;
use secrecy::ExposeSecret;

use super::*;

fn try_conf(files: &[(&str, &[u8])]) -> Result<VoicemailConf, ConfError> {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    load(&dir.path().join(files[0].0), &LoadOptions::default())
}

fn conf(text: &str) -> VoicemailConf {
    try_conf(&[("voicemail.conf", text.as_bytes())]).unwrap()
}

fn names(conf: &VoicemailConf) -> String {
    let names: Vec<_> = conf.mailboxes.iter().map(|m| m.vmbox.to_string()).collect();
    names.join(" ")
}

fn codes(conf: &VoicemailConf) -> Vec<&str> {
    conf.notices.iter().map(|n| n.code).collect()
}

#[test]
fn the_recorded_configuration_reads_as_asterisk_read_it() {
    let path = Path::new("tests/fixtures/genuine-spool-voicemail.conf");
    let conf = load(path, &LoadOptions::default()).unwrap();
    assert_eq!(
        names(&conf),
        "4123@default 4124@default 4125@default 4126@default 4123@sales 5001@sales"
    );
    assert_eq!(conf.formats(), ["wav49", "gsm", "wav"]);
    let grace = conf.mailbox(&VoicemailBox::new("4124", "default")).unwrap();
    assert_eq!(grace.fullname, "Grace \"Amazing\" Hopper");
    assert_eq!(conf.time_zone(grace), Some("America/New_York"));
    assert_eq!(codes(&conf), ["VMC025"; 6]);
}

#[test]
fn the_password_is_that_of_the_first_mailbox_with_the_user() {
    let conf = conf(
        "[default]\n1 => 0,Ada,,,imapuser=U|imappassword=one\n2 => 0,Grace,,,imapuser=u|imapsecret=two|imapport=993|imapflags=ssl\n",
    );
    let account = conf.account(&conf.mailboxes[1]);
    assert_eq!(account.password.as_ref().unwrap().expose_secret(), "one");
    assert_eq!(account.port_number(), Ok(993));
    assert!(!format!("{conf:?}{account:?}").contains("two"));
}

#[test]
fn an_include_leaves_the_section_open_before_it_in_force() {
    let conf = try_conf(&[
        (
            "voicemail.conf",
            b"[a]\n#include \"one.conf\"\n3 => 0\n#include <two.conf>\n",
        ),
        ("one.conf", b"1 => 0\n[b]\n2 => 0\n"),
        ("two.conf", b"4 => 0\n"),
    ]);
    assert_eq!(names(&conf.unwrap()), "1@a 3@a 2@b 4@b");
}

#[test]
fn templates_are_inherited_and_only_the_first_general_counts() {
    let conf = conf(
        "[t](!)\nmaxmsg=5\n[general](t)\nimapserver=one\n[general]\nimapserver=two\n[general](+)\nimapport=993\n",
    );
    assert_eq!(conf.general.maxmsg.value, 5);
    assert_eq!(conf.general.imapserver.value, "one");
    assert_eq!(conf.general.imapport.value, "993");
    assert_eq!(codes(&conf), ["VMC012"]);
}

#[test]
fn faults_in_the_main_file_are_errors_with_file_and_line() {
    for (text, part) in [
        ("[a\n", ":1: section header without a closing ]"),
        ("\n1 => 2\n", ":2: value stands before any section"),
        ("[a](b)\n", "does not exist above"),
        ("[a](+)\n", "does not exist above"),
        ("#include none.conf\n", "does not exist or cannot be read"),
        ("#include none*.conf\n", "does not exist or cannot be read"),
        ("[a]\n#exec /bin/true\n", ":2: #exec runs a program"),
        (
            "#include voicemail.conf\n#include voicemail.conf\n",
            "10 includes deep",
        ),
    ] {
        let error = try_conf(&[("voicemail.conf", text.as_bytes())]).unwrap_err();
        assert!(error.to_string().contains(part), "{text:?}: {error}");
    }
}

#[test]
fn bad_mailboxes_are_skipped_or_remarked_on() {
    let conf = conf(
        "[general]\nsearchcontexts=no\n[default]\n*1 => 0\n.. => 0\na/b => 0\n5 => *1,Ada,,,imapuser=x\n5 => 0\n",
    );
    assert_eq!(names(&conf), "5@default");
    for code in ["VMC020", "VMC022", "VMC021", "VMC024", "VMC035"] {
        assert!(codes(&conf).contains(&code), "{code}");
    }
}

#[test]
fn long_values_are_cut_and_bad_flags_reported() {
    let long = "x".repeat(90);
    let conf = conf(&format!(
        "[general]\nauthuser={long}\nauthpassword={long}\nimapflags=/notls\n[d]\n1 => 0,,,,imapuser=u\n"
    ));
    assert_eq!(conf.general.authuser.value.len(), 31);
    assert_eq!(conf.general.authpassword.value.expose_secret().len(), 41);
    assert!(codes(&conf).contains(&"VMC013") && codes(&conf).contains(&"VMC030"));
}

#[test]
fn fifty_thousand_mailboxes_load() {
    use std::fmt::Write as _;
    let mut text = "[default]\n".to_owned();
    for number in 0..50_000 {
        writeln!(
            text,
            "{number} => 0,Ada,,,imapuser=u{number}|imappassword=p"
        )
        .unwrap();
    }
    let start = std::time::Instant::now();
    let conf = conf(&text);
    assert_eq!((conf.mailboxes.len(), conf.notices.len()), (50_000, 0));
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

proptest::proptest! {
    #[test]
    fn no_input_panics_and_every_notice_has_file_and_line(
        lines in proptest::collection::vec(proptest::prop_oneof![
            proptest::collection::vec(proptest::num::u8::ANY, 0..40),
            "(\\[g(eneral)?\\](\\((!|\\+|g)?\\))?|[a-z*]{1,4} ?(=>?|\\+=) ?[a-z0-9,|=/;\\\\-]{0,30}|;--|--;|#t?r?y?include [a-z*.]{0,20})"
                .prop_map(String::into_bytes),
        ], 0..20)
    ) {
        if let Ok(conf) = try_conf(&[("voicemail.conf", &lines.join(&b'\n'))]) {
            for notice in conf.notices {
                let (file, line) = notice.place.rsplit_once(':').unwrap();
                assert!(file.ends_with("voicemail.conf") && line.parse::<u32>().unwrap() > 0);
            }
        }
    }
}

#[test]
fn a_fault_in_an_included_file_drops_the_rest_of_that_file_only() {
    let conf = try_conf(&[
        ("voicemail.conf", b"[a]\n#include one.conf\n3 => 0\n"),
        ("one.conf", b"1 => 0\n[broken\n2 => 0\n"),
    ])
    .unwrap();
    assert_eq!(names(&conf), "1@a 3@a");
    let broken = conf.notices.iter().find(|n| n.code == "VMC009").unwrap();
    assert!(broken.place.ends_with("one.conf:2"), "{}", broken.place);
}

#[test]
fn a_mailbox_overrides_the_general_section_where_asterisk_lets_it() {
    let conf = conf(
        "[general]\nimapfolder=\nmaxmsg=-4\nfromstring=PBX\nauthpassword=hush\nemailbody=x\n[d]\n\
         1 => 0,Ada,,,imapuser=u|imapvmshareid=g|maxmsg=12000|emailbody=|imapserver=\n",
    );
    let ada = &conf.mailboxes[0];
    assert_eq!((conf.general.maxmsg.value, conf.maxmsg(ada)), (100, 9999));
    assert_eq!(
        (conf.imapfolder(ada), conf.extension_header(ada)),
        ("INBOX", "g")
    );
    assert_eq!(conf.account(ada).server.value, "localhost");
    let profile = conf.mail_profile(ada);
    assert_eq!((profile.emailbody, profile.email), (Some(""), "u"));
    assert_eq!(
        (profile.fromstring, profile.emailsubject),
        (Some("PBX"), None)
    );
    let rows = conf.describe();
    let row = rows.iter().find(|row| row.0 == "authpassword").unwrap();
    assert_eq!(row.1, "********");
    assert!(row.2.to_string().ends_with("voicemail.conf:5"));
}

#[test]
fn a_file_that_is_not_utf_8_is_known_to_hold_octets() {
    for (octets, name) in [(true, &b"\xe9"[..]), (false, "é".as_bytes())] {
        let text = [b"[a]\n1 => 0,", name, b",,,imapuser=u\n"].concat();
        let conf = try_conf(&[("voicemail.conf", &text)]).unwrap();
        let profile = conf.mail_profile(&conf.mailboxes[0]);
        assert_eq!((profile.fullname, profile.octets), ("é", octets));
    }
}

#[test]
fn codes_are_never_used_twice() {
    let codes: std::collections::HashSet<_> = CATALOGUE.iter().map(|row| row.code).collect();
    assert_eq!(codes.len(), CATALOGUE.len());
}
