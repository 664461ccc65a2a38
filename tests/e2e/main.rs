//! The program as its users run it, against real servers and scripted ones: one file a verb or a promise.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, missing_docs)]

mod audit;
mod audit_account;
mod audit_broken;
mod audit_fix;
mod audit_fix_meanwhile;
mod crash;
mod damaged;
mod doctor;
mod doctor_probe;
mod doctor_server;
mod exit_statuses;
mod expire;
mod export;
mod export_broken;
mod exposed;
mod expunge;
mod expunge_asked;
mod expunge_broken;
mod expunge_lift;
mod expunge_lift_scripted;
mod expunge_scripted;
mod expunge_servers;
mod follow;
mod greetings;
mod greetings_back;
mod greetings_kept;
mod hostile;
mod json_contract;
mod json_words;
mod letters;
#[path = "../support/lift_world.rs"]
mod lift_world;
mod limits;
mod list;
mod list_failures;
mod live;
mod login;
mod many;
mod migrate;
mod password;
mod provision;
mod provision_accounts;
mod provision_cyrus;
mod provision_site;
mod prune;
mod quota;
mod quota_checks;
mod quota_set;
mod quota_set_jobs;
mod quota_support;
mod retire;
mod retire_crash;
mod retire_live;
mod rollback;
mod rollback_cut;
mod runs;
#[path = "../support/scripted.rs"]
mod scripted;
mod shards;
#[path = "../support/small_imap/mod.rs"]
mod small_imap;
#[path = "../support/mod.rs"]
mod support;
mod terminal;
mod uw_life;
mod verify;
