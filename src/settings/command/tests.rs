use super::*;

fn said(command: &str) -> Result<String, String> {
    let octets = run(command, Some("ada"), Duration::from_secs(20), &|| false)?;
    Ok(String::from_utf8(octets.to_vec()).unwrap())
}

fn within(command: &str, millis: u64) -> (String, Duration) {
    let begun = Instant::now();
    let why = run(command, None, Duration::from_millis(millis), &|| false).unwrap_err();
    (why, begun.elapsed())
}

#[test]
fn what_is_printed_comes_back_to_the_octet_and_the_user_is_in_the_environment() {
    let printed = said("printf 'tok-%s\\nmore\\n' \"$VMIMAP_USER\"; echo aside >&2");
    assert_eq!(printed, Ok("tok-ada\nmore\n".to_owned()));
    let long = "x".repeat(LONGEST);
    assert_eq!(
        said(&format!("head -c {LONGEST} /dev/zero | tr '\\0' x")),
        Ok(long)
    );
}

#[test]
fn a_failure_is_told_with_the_commands_words_but_not_with_its_answer() {
    let why = said("echo s3cret; echo 'no key: \x1b[31ms3cret' >&2; exit 3").unwrap_err();
    assert_eq!(
        why,
        "ended with exit status: 3: \"no key: \\u{1b}[31m<redacted>\""
    );
    // A chatty one neither hangs nor fills the memory.
    let chatty = said("head -c 300000 /dev/zero | tr '\\0' y >&2; exit 1").unwrap_err();
    assert!(chatty.len() < 400, "{chatty}");
}

#[test]
fn an_answer_without_end_is_not_read_to_it() {
    let why = said("exec yes").unwrap_err();
    assert!(why.contains("more than 65536 octets"), "{why}");
}

#[test]
fn when_time_is_up_everything_it_started_ends() {
    let dir = tempfile::tempdir().unwrap();
    let mark = dir.path().join("alive");
    let file = mark.display();
    // A child and a grandchild that would leave a mark after a second.
    let command = format!("(sleep 1; touch {file}) & sh -c 'sleep 1; touch {file}'; sleep 60");
    let (why, took) = within(&command, 200);
    assert!(why.contains("did not end within"), "{why}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    thread::sleep(Duration::from_millis(1500));
    assert!(!mark.exists(), "a child lived on");
}

#[test]
fn when_the_run_is_to_stop_everything_it_started_ends() {
    let dir = tempfile::tempdir().unwrap();
    let (begun, mark) = (dir.path().join("begun"), dir.path().join("alive"));
    let command = format!(
        "touch {}; (sleep 1; touch {}) & sleep 60",
        begun.display(),
        mark.display()
    );
    let start = Instant::now();
    let why = run(&command, None, Duration::from_secs(50), &move || {
        begun.exists()
    });
    assert_eq!(why.unwrap_err(), "was interrupted");
    assert!(start.elapsed() < Duration::from_secs(5));
    thread::sleep(Duration::from_millis(1500));
    assert!(!mark.exists(), "a child lived on");
}

#[test]
fn a_child_that_holds_the_output_open_is_not_waited_for_without_end() {
    let (why, took) = within("echo s3cret; sleep 60 & exit 0", 300);
    assert!(why.contains("still holds its standard output"), "{why}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    // One that has left the group is not waited for either.
    let (_, took) = within("setsid sleep 3 & echo s3cret", 300);
    assert!(took < Duration::from_secs(2), "{took:?}");
    // One that has let go of it is nobody's business.
    assert_eq!(
        said("sleep 1 >/dev/null 2>&1 & echo one"),
        Ok("one\n".into())
    );
}

#[test]
fn the_password_in_the_environment_is_not_passed_on() {
    assert_eq!(
        said("printf %s \"${VMIMAP_PASSWORD-unset}\""),
        Ok("unset".to_owned())
    );
}
