//! `vmimap quota set --jobs`: several accounts at once, on a scripted server.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::quota_set::{admin, namespace, set_on};
use crate::scripted::{Script, Server, Talk};

/// An administrator's connection to a server that keeps these limits. Whoever sets one is answered
/// once so many do it at the same time.
fn keeping(limits: Arc<Mutex<BTreeMap<String, String>>>, setting: Arc<AtomicUsize>) -> Script {
    const TOGETHER: usize = 2;
    Box::new(move |talk: &mut Talk| {
        admin(talk);
        namespace(talk);
        loop {
            let line = talk.line();
            let words: Vec<&str> = line.splitn(4, ' ').collect();
            match words[..] {
                [tag, "GETQUOTAROOT", root] => {
                    let root = root.trim_matches('"');
                    let limit = limits.lock().unwrap()[root].clone();
                    talk.send(format!(
                        "* QUOTAROOT {root} {root}\r\n* QUOTA {root} (STORAGE 3 {limit})\r\n"
                    ));
                    talk.ok(tag);
                }
                [tag, "SETQUOTA", root, limit] => {
                    setting.fetch_add(1, Ordering::SeqCst);
                    let begun = Instant::now();
                    while setting.load(Ordering::SeqCst) < TOGETHER {
                        assert!(begun.elapsed().as_secs() < 5, "one after the other");
                        std::thread::sleep(Duration::from_millis(5));
                    }
                    let limit = limit.trim_end_matches(')').rsplit(' ').next().unwrap();
                    let root = root.trim_matches('"').to_owned();
                    limits.lock().unwrap().insert(root, limit.to_owned());
                    talk.ok(tag);
                }
                _ => return,
            }
        }
    })
}

#[test]
fn as_many_accounts_are_set_at_once_as_was_asked_for_and_told_in_their_order() {
    let limits = ["user/ada", "user/ben"].map(|root| (root.to_owned(), "40".to_owned()));
    let limits = Arc::new(Mutex::new(BTreeMap::from(limits)));
    let setting = Arc::new(AtomicUsize::new(0));
    // One that plans for all; two that set, and two that read back.
    let each = |_| keeping(Arc::clone(&limits), Arc::clone(&setting));
    let server = Server::sequence((0..5).map(each).collect());
    let words = ["--storage", "200M", "--yes", "--jobs", "2"];
    let ran = set_on(server.port, &["ada", "ben"], "hush", &words).status(0);
    server.finish();
    assert_eq!(ran.count("set"), 2);
    let told: Vec<String> = ran
        .json()
        .iter()
        .filter(|line| line["type"] == "result")
        .map(|line| line["root"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(told, ["user/ada", "user/ben"]);
}
