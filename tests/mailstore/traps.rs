//! What servers do that a client must not fall for, each with the test that holds it.
//!
//! Here: a server that ignores for whom a master user logs in, and the manners of Courier and Cyrus
//! that need a server with a memory (`support/small_imap`). Elsewhere:
//!
//! | trap | test |
//! |---|---|
//! | SASL authzid ignored: the admin's own mailbox opens | here: `a_server_that_ignores_for_whom_a_master_user_logs_in_is_found_out_before_any_write`, `one_user_alone_is_told_from_the_master_user_itself`; a greeting of Courier: `auth::login::tests` |
//! | Dovecot master user under ACL | `e2e::doctor_server::the_acl_trap_of_a_master_user_is_recognised`, `e2e::login::a_master_user_without_rights_is_told_which_right_is_missing` |
//! | names by NAMESPACE only | `mailstore::folders::the_personal_namespace_is_read_with_others_and_extensions_behind_it`, `e2e::provision::where_every_folder_is_below_inbox_the_bare_name_is_refused_and_no_other_is_made` |
//! | a foreign delimiter makes a literal `INBOX.Old` | `mailstore::folders::a_name_with_another_servers_delimiter_is_pointed_out`, `e2e::doctor_server::the_names_are_the_final_ones_and_another_delimiter_is_noticed` |
//! | over quota with a code | `e2e::limits::what_the_server_refuses_in_the_middle_is_named_with_its_words` |
//! | over quota without a code, stray `* NO` | here: `over_quota_without_a_code_and_with_a_stray_line_is_quoted_and_the_next_run_ends_the_work` |
//! | CREATE of what exists without a code | `mailstore::folders::a_folder_is_made_once_whatever_a_server_says_the_second_time` |
//! | no LITERAL+ | `mailstore::append::synchronous_literals_wait_for_permission_through_untagged_data`, `e2e::login::servers_that_can_do_less_get_the_same_messages` |
//! | no MULTIAPPEND | `mailstore::append::singles_without_permission_go_out_together_but_not_more_than_a_window` |
//! | no UNSELECT: left without CLOSE | `mailstore::folders::a_folder_is_left_without_the_command_that_removes_messages` |
//! | bare LF and NUL refused | here: `nothing_is_sent_that_cyrus_refuses` |
//! | header names upper-cased, quoted, as sent | `syntax::tests`, here: `header_names_and_zones_and_a_quota_without_limits_change_nothing` |
//! | INTERNALDATE in another zone | here: `header_names_and_zones_and_a_quota_without_limits_change_nothing` |
//! | connection limit with a word | `mailstore::login::too_many_connections_are_told_from_a_wrong_password`, here: `a_limit_with_and_without_a_word_is_a_failure_to_connect_and_no_wrong_password` |
//! | connection limit without a word | here: `a_limit_with_and_without_a_word_is_a_failure_to_connect_and_no_wrong_password` |
//! | ESEARCH answers | `mailstore::search::uids_are_found_by_either_answer_sorted_and_once` |
//! | `* BYE` at any time | `mailstore::append_broken::a_farewell_in_the_middle_of_a_large_literal_is_heard`; here: `a_goodbye_at_any_command_is_told_in_its_words_and_the_next_run_ends_the_work`; `mailstore::gate::a_farewell_keeps_its_words_also_through_the_crate` |
//! | capabilities change after login | `mailstore::login::login_with_sasl_ir_takes_one_round_trip_and_keeps_the_capabilities_of_the_ok`, `mailstore::login::without_sasl_ir_the_server_is_asked_first_and_capabilities_are_asked_afterwards` |
//! | capabilities change after STARTTLS | `starttls::what_was_announced_before_tls_does_not_count_under_it`, `e2e::login::starttls_and_tls_verify_the_certificate_unless_told_otherwise`, `mailstore::login::data_injected_before_the_handshake_is_refused` |
//! | no UIDPLUS; UID EXPUNGE of what is not marked; keywords dropped; `INBOX` with delimiter NIL | `uw_life` |
//! | `* QUOTA "ROOT"` without a list | here: `header_names_and_zones_and_a_quota_without_limits_change_nothing` |

use crate::small_imap;
use crate::support;
use std::fs;

use small_imap::{Manners, Names, SmallImap};
use support::cli::{Ran, Vmimap};
use support::fixtures::GenuineSpool;

/// The recorded spool's box 4123 in the account `u`, and another box in `v`.
struct Site {
    server: SmallImap,
    genuine: GenuineSpool,
}

impl Site {
    fn new(manners: Manners, general: &str, boxes: &str) -> Self {
        let server = SmallImap::start(manners, &["u", "v", "admin"]);
        let genuine = GenuineSpool::unpack();
        let conf = format!(
            "[general]\nimapserver=127.0.0.1\nimapport={}\nimapflags=notls\nformat=wav49|gsm|wav\n\
             {general}\n[default]\n4123 => 1,Ada,,,{boxes}\n",
            server.port
        );
        fs::write(genuine.dir().join("small.conf"), conf).unwrap();
        Self { server, genuine }
    }

    /// With a password of the mailbox's own, and INBOX's namespace where the server has one.
    fn plain(manners: Manners) -> Self {
        Self::new(
            manners,
            "imapparentfolder=INBOX",
            "imapuser=u|imappassword=secret",
        )
    }

    /// With a master user, for both accounts.
    fn master(manners: Manners) -> Self {
        let boxes = "imapuser=u\n4124 => 1,Bob,,,imapuser=v";
        Self::new(manners, "authuser=admin\nauthpassword=secret", boxes)
    }

    fn run(&self, words: &[&str]) -> Ran {
        let call = Vmimap::new(words.iter().copied());
        let call = call
            .arg("--voicemail-conf")
            .arg(self.genuine.dir().join("small.conf"));
        call.arg("--json").run()
    }

    fn migrate(&self, words: &[&str]) -> Ran {
        let dir = self.genuine.dir();
        let call = Vmimap::migrate(
            &self.genuine.spool(),
            &dir.join("small.conf"),
            &dir.join("state"),
        );
        call.args(&["--json", "4123@default"]).args(words).run()
    }

    /// Panics if anything was changed anywhere.
    fn untouched(&self) {
        for line in self.server.log() {
            let changes = ["CREATE", "SUBSCRIBE", "APPEND", "SELECT", "UID STORE"];
            assert!(!changes.iter().any(|verb| line.starts_with(verb)), "{line}");
        }
    }
}

/// As Courier is, with a greeting that does not say so.
fn ignores_authzid() -> Manners {
    Manners {
        greeting: "mail.example ready",
        ..Manners::courier()
    }
}

#[test]
fn a_server_that_ignores_for_whom_a_master_user_logs_in_is_found_out_before_any_write() {
    let site = Site::master(ignores_authzid());
    for words in [&["provision"][..], &["list"], &["quota"], &["audit"]] {
        let ran = site.run(words);
        assert_ne!(ran.status, 0, "{words:?} {ran:?}");
        let told = ran.stdout.clone() + &ran.stderr;
        assert!(
            told.contains("one and the same mailbox"),
            "{words:?} {told}"
        );
        site.untouched();
    }
    let ran = site.migrate(&[]);
    assert_ne!(ran.status, 0, "{ran:?}");
    site.untouched();
    assert!(site.server.folder("admin", "INBOX").is_empty());
}

#[test]
fn one_user_alone_is_told_from_the_master_user_itself() {
    let lone = |manners| Site::new(manners, "authuser=admin\nauthpassword=secret", "imapuser=u");
    let site = lone(ignores_authzid());
    let ran = site.run(&["provision"]);
    assert_ne!(ran.status, 0);
    let told = ran.stdout.clone() + &ran.stderr;
    assert!(told.contains("one and the same mailbox"), "{told}");
    // Both are empty here: two new mailboxes might be meant.
    assert!(told.contains("put any message into one of them"), "{told}");
    site.untouched();

    let site = lone(Manners::uw_mix());
    site.run(&["provision"]).status(0);
    assert!(site.server.folders("u").contains(&"Work".to_owned()));
    assert_eq!(site.server.folders("admin"), ["INBOX"]);
}

#[test]
fn a_server_that_looks_for_whom_it_is_is_asked_once_and_serves_everybody() {
    let site = Site::master(Manners::uw_mix());
    site.run(&["provision"]).status(0);
    for user in ["u", "v"] {
        assert!(
            site.server.folders(user).contains(&"Work".to_owned()),
            "{user}"
        );
    }
    assert_eq!(site.server.folders("admin"), ["INBOX"]);
    // Two accounts, and one look at another for comparison; never the master user's own.
    assert_eq!(site.server.said("login admin").len(), 3);
    assert!(site.server.said("login admin for \"\"").is_empty());
}

#[test]
fn over_quota_without_a_code_and_with_a_stray_line_is_quoted_and_the_next_run_ends_the_work() {
    let full = Manners {
        full: Some((2, "NO [ALERT] You exceeded your mail quota.")),
        ..Manners::courier()
    };
    let site = Site::plain(full);
    site.run(&["provision"]);
    let ran = site.migrate(&[]);
    assert_ne!(ran.status, 0);
    assert!(
        ran.stdout.contains("You exceeded your mail quota"),
        "{}",
        ran.stdout
    );
    site.server.world().manners.full = None;
    site.migrate(&[]).status(0);
    let once = site.migrate(&[]).status(0);
    assert_eq!(once.count("appended"), 0);
    assert_eq!(site.server.world().held("u"), 11);
}

#[test]
fn nothing_is_sent_that_cyrus_refuses() {
    let cyrus = Manners {
        refuses: Some((
            "NO Message contains NUL characters",
            "NO Message contains bare newlines",
        )),
        ..Manners::uw_mix()
    };
    let site = Site::new(cyrus, "", "imapuser=u|imappassword=secret");
    site.run(&["provision"]).status(0);
    assert_eq!(site.migrate(&[]).status(0).count("appended"), 11);
}

#[test]
fn header_names_and_zones_and_a_quota_without_limits_change_nothing() {
    for names in [Names::AsSent, Names::UpperCase, Names::Quoted] {
        let odd = Manners {
            names,
            zone: 9,
            after_login: "IMAP4rev1 UIDPLUS NAMESPACE QUOTA",
            quota: "* QUOTAROOT \"INBOX\" \"ROOT\"\r\n* QUOTA \"ROOT\"\r\n",
            ..Manners::uw_mix()
        };
        let site = Site::new(odd, "", "imapuser=u|imappassword=secret");
        site.run(&["provision"]).status(0);
        assert_eq!(
            site.migrate(&[]).status(0).count("appended"),
            11,
            "{names:?}"
        );
        assert_eq!(
            site.migrate(&[]).status(0).count("appended"),
            0,
            "{names:?}"
        );
        site.run(&["quota"]).status(0);
    }
}

#[test]
fn a_goodbye_at_any_command_is_told_in_its_words_and_the_next_run_ends_the_work() {
    let site = Site::new(Manners::uw_mix(), "", "imapuser=u|imappassword=secret");
    site.run(&["provision"]).status(0);
    // APPEND: crash.rs, where the time a server is given to finish counts for more tests at once.
    for at in ["NAMESPACE", "LIST", "EXAMINE", "UID FETCH"] {
        site.server.world().manners.bye_at = Some(at);
        let ran = site.migrate(&[]);
        assert_ne!(ran.status, 0, "{at}");
        assert!(
            ran.stdout.contains("System shutdown"),
            "{at}: {}",
            ran.stdout
        );
    }
    site.server.world().manners.bye_at = None;
    site.migrate(&[]).status(0);
    assert_eq!(site.server.world().held("u"), 11);
}

#[test]
fn a_limit_with_and_without_a_word_is_a_failure_to_connect_and_no_wrong_password() {
    for words in ["", "* BYE Too many connections from your address\r\n"] {
        let limited = Manners {
            limit: Some((0, words)),
            ..Manners::uw_mix()
        };
        let site = Site::new(limited, "", "imapuser=u|imappassword=secret");
        let ran = site.run(&["provision"]).status(10);
        let told = ran.stdout + &ran.stderr;
        assert!(
            told.contains(words.trim_start_matches("* BYE ").trim_end()),
            "{told}"
        );
        assert!(!told.contains("login refused"), "{told}");
    }
}
