//! Processes the tests start: who is alive, who belongs to a process group, how they are ended.
//!
//! Reads `/proc` and signals through the shell's own `kill`, so that neither unsafe code nor a
//! package such as procps is needed. Signals go to process ids and groups started here only.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The effective user id of this process.
pub fn effective_uid() -> u32 {
    fs::metadata("/proc/self").unwrap().uid()
}

/// The effective group id of this process.
pub fn effective_gid() -> u32 {
    fs::metadata("/proc/self").unwrap().gid()
}

/// The name of the account this process runs as.
pub fn account_name() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Who owns a server's mail: that system account where root runs the tests, else who runs them.
pub fn mail_owner(account: &str) -> (u32, u32) {
    if is_root() {
        account_ids(account).unwrap_or_else(|| panic!("the system has no account `{account}`"))
    } else {
        (effective_uid(), effective_gid())
    }
}

/// Gives a folder and all below it to the owner of the mail; nothing where root does not run the
/// tests, for all is theirs already.
pub fn give_to(account: &str, path: &Path) {
    if !is_root() {
        return;
    }
    let (uid, gid) = mail_owner(account);
    chown(path, Some(uid), Some(gid)).unwrap();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give_to(account, &entry.unwrap().path());
        }
    }
}

/// Whether tests run as root, where servers change to another user for the mail.
pub fn is_root() -> bool {
    effective_uid() == 0
}

/// The user id and group id of an account, from `/etc/passwd`.
pub fn account_ids(name: &str) -> Option<(u32, u32)> {
    let passwd = fs::read_to_string("/etc/passwd").ok()?;
    let line = passwd
        .lines()
        .find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// The state letter and process group of a process, or `None` if it is gone.
fn state_and_group(pid: u32) -> Option<(char, u32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in parentheses and may hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.nth(1)?.parse().ok()?))
}

/// Whether the process runs; a zombie does not.
pub fn is_alive(pid: u32) -> bool {
    state_and_group(pid).is_some_and(|(state, _)| state != 'Z')
}

/// The live members of a process group.
pub fn group_members(group: u32) -> Vec<u32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|&pid| state_and_group(pid).is_some_and(|(s, g)| g == group && s != 'Z'))
        .collect()
}

/// Sends a signal to one process. Fails silently if it is gone: that is what was wanted.
pub fn signal(pid: u32, name: &str) {
    let _ = Command::new("sh")
        .args(["-c", "kill -s \"$1\" \"$2\"", "sh", name, &pid.to_string()])
        .stderr(Stdio::null())
        .status();
}

/// Waits for a group to empty itself, then ends the members that stay.
pub fn end_group(group: u32, patience: Duration) {
    let deadline = Instant::now() + patience;
    while Instant::now() < deadline {
        if group_members(group).is_empty() {
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
    for pid in group_members(group) {
        signal(pid, "KILL");
    }
}

/// Lets every account enter a folder: servers read below it as users of their own.
pub fn open_to_all(dir: &Path) {
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755)).unwrap();
}
