//! The examples of the RFCs, and servers that lie.

use super::*;

fn side(mechanism: Mechanism, nonce: &str) -> Scram {
    let mut side = Scram::new(mechanism, None, "user", "pencil").unwrap();
    side.begin(nonce.to_owned());
    side
}

fn said(answer: Result<Octets, String>) -> String {
    String::from_utf8(answer.unwrap().to_vec()).unwrap()
}

const NONCE: &str = "rOprNGfwEbeRWgbNEkqO";
const FIRST: &str =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

#[test]
fn the_example_of_rfc_5802_comes_out() {
    let mut side = side(Mechanism::ScramSha1, "fyko+d2lbbFgONRv9qkxdawL");
    let first = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
    assert_eq!(
        said(side.answer(first.as_bytes())),
        "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
    );
    assert!(side.settled().is_err(), "nothing is proved yet");
    assert_eq!(said(side.answer(b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=")), "");
    assert_eq!(side.settled(), Ok(()));
}

#[test]
fn the_example_of_rfc_7677_comes_out() {
    let mut side = side(Mechanism::ScramSha256, NONCE);
    assert_eq!(
        said(side.answer(FIRST.as_bytes())),
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    );
    assert_eq!(
        said(side.answer(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")),
        ""
    );
    assert_eq!(side.settled(), Ok(()));
}

#[test]
fn a_wrong_signature_ends_it_whatever_comes_after() {
    for lie in [
        &b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ="[..],
        b"v=",
        b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4",
        b"",
        b"OK",
    ] {
        let mut side = side(Mechanism::ScramSha256, NONCE);
        side.answer(FIRST.as_bytes()).unwrap();
        let why = side.answer(lie).unwrap_err();
        assert!(why.contains("signature is wrong"), "{why}");
        assert!(side.settled().is_err());
        let truth = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
        assert!(side.answer(truth).is_err() && side.settled().is_err());
    }
}

#[test]
fn a_servers_error_is_kept() {
    let mut side = side(Mechanism::ScramSha256, NONCE);
    side.answer(FIRST.as_bytes()).unwrap();
    assert_eq!(said(side.answer(b"e=invalid-proof")), "");
    assert_eq!(side.complaint().as_deref(), Some("invalid-proof"));
    assert!(side.settled().is_err(), "an OK after it would not count");
}

#[test]
fn what_a_server_may_demand_is_bounded() {
    let with = |count: &str| FIRST.replace("i=4096", &format!("i={count}"));
    for (first, reason) in [
        (with("4095"), "4095 iterations"),
        (with("0"), "0 iterations"),
        (with("2000001"), "2000001 iterations"),
        (with("4294967295"), "4294967295 iterations"),
        (with("4294967296"), "none of SCRAM"),
        (with("-1"), "none of SCRAM"),
        (FIRST.replace("rOprN", "xOprN"), "does not continue"),
        (
            "r=rOprNGfwEbeRWgbNEkqO,s=QQ==,i=4096".to_owned(),
            "does not continue",
        ),
        (FIRST.replace("W22ZaJ0SNY7soEsUEjb6gQ==", ""), "no salt"),
        (FIRST.replace("W22Z", "!!!!"), "none of SCRAM"),
        (format!("m=ext,{FIRST}"), "none of SCRAM"),
        (String::new(), "none of SCRAM"),
        ("r=".to_owned(), "none of SCRAM"),
        ("x".repeat(LONGEST + 1), "longer than"),
    ] {
        let mut side = side(Mechanism::ScramSha256, NONCE);
        let why = side.answer(first.as_bytes()).unwrap_err();
        assert!(why.contains(reason), "{first}: {why}");
        assert!(!why.contains("pencil"), "{why}");
    }
    let mut binary = side(Mechanism::ScramSha256, NONCE);
    assert!(
        binary
            .answer(&[0xff, 0xfe, 0])
            .unwrap_err()
            .contains("no text")
    );
}

#[test]
fn extensions_of_the_server_are_signed_with_the_rest() {
    let mut plain = side(Mechanism::ScramSha256, NONCE);
    let mut more = side(Mechanism::ScramSha256, NONCE);
    let one = said(plain.answer(FIRST.as_bytes()));
    let two = said(more.answer(format!("{FIRST},x=y").as_bytes()));
    assert_ne!(one, two);
}

#[test]
fn the_owner_stands_in_the_header_and_odd_names_are_escaped() {
    let mut side = Scram::new(Mechanism::ScramSha256, Some("a,b=c"), "boss", "p").unwrap();
    let first = String::from_utf8(side.first().unwrap().unwrap().to_vec()).unwrap();
    assert!(first.starts_with("n,a=a=2Cb=3Dc,n=boss,r="), "{first}");
    let mut another = Scram::new(Mechanism::ScramSha256, None, "boss", "p").unwrap();
    let other = another.first().unwrap().unwrap();
    assert_ne!(first.as_bytes(), other.as_slice(), "nonces differ");
}

#[test]
fn passwords_are_prepared_as_the_rfc_asks() {
    // A soft hyphen goes, a ligature is taken apart, a control character cannot be.
    assert_eq!(prepared("I\u{ad}X"), Ok("IX".to_owned().into()));
    assert_eq!(prepared("\u{2168}"), Ok("IX".to_owned().into()));
    assert!(prepared("bell\u{7}").is_err());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]

    /// Whatever a server says, in whatever order: an answer or a reason, and never an accepted OK.
    #[test]
    fn no_server_that_knows_no_password_is_believed(
        challenges in proptest::collection::vec(proptest::prelude::any::<Vec<u8>>(), 0..4),
        texts in proptest::collection::vec("[a-z]=[!-~]{0,20}(,[a-z]=[!-~]{0,20}){0,3}", 0..4),
    ) {
        let mut side = side(Mechanism::ScramSha256, NONCE);
        for challenge in challenges.iter().map(Vec::as_slice).chain(texts.iter().map(String::as_bytes)) {
            let _ = side.answer(challenge);
            proptest::prop_assert!(side.settled().is_err());
        }
    }
}
