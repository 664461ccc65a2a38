//! The targets of `fuzz/` on stable Rust: the corpus as it is, and a bounded number of mutations of
//! it, the same every time. `make fuzz` goes on from there, guided by coverage.
//!
//! `VMIMAP_FUZZ_RUNS` sets how many mutations each target gets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::pedantic,
    missing_docs
)]

#[path = "../fuzz/src/targets/mod.rs"]
mod targets;

use std::fs;
use std::path::Path;

/// Mutations a target gets; all targets together stay well below a minute on two cores.
const RUNS: usize = 8000;

/// Longer inputs are cut before they are changed: they find no more and take their time.
const LONGEST: usize = 2048;

/// What the grammars read here are made of.
const TOKENS: &[&[u8]] = &[
    b"\r\n",
    b"\n",
    b"\0",
    b"\"",
    b"\\",
    b"(",
    b")",
    b"[",
    b"]",
    b"{",
    b"}",
    b"{3}\r\n",
    b"{0}",
    b"~",
    b"*",
    b"%",
    b"&",
    b"&-",
    b"NIL",
    b"FETCH",
    b"BODY[HEADER] ",
    b";",
    b";--",
    b"--;",
    b"=",
    b"=>",
    b",",
    b"|",
    b"--b\r\n",
    b"--b--",
    b"RIFF",
    b"data",
    b"fmt ",
    b"4294967295",
    b"-1",
    b"\xff\xff\xff\xff",
    b"\xe9",
    b"\xe2\x80\xae",
    b"X-Asterisk-VM-Flag: Urgent",
    b"a2 OK",
    b"v1 OK",
    b"* ",
];

/// Numbers that look like chance and are the same every time (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

fn mutate(octets: &mut Vec<u8>, other: &[u8], chance: &mut Chance) {
    let at = chance.below(octets.len() + 1);
    let upto = (at + chance.below(16)).min(octets.len());
    match chance.below(7) {
        0 if at < octets.len() => octets[at] ^= 1 << chance.below(8),
        1 if at < octets.len() => octets[at] = chance.below(256) as u8,
        2 => drop(octets.drain(at..upto)),
        3 => {
            let copy = octets[at..upto].to_vec();
            octets.splice(at..at, copy);
        }
        4 => {
            let from = chance.below(other.len() + 1);
            let piece = &other[from..(from + chance.below(64)).min(other.len())];
            octets.splice(at..upto, piece.iter().copied());
        }
        5 => octets.truncate(at),
        _ => {
            let token = TOKENS[chance.below(TOKENS.len())];
            octets.splice(
                at..upto.min(at + 2).min(octets.len()),
                token.iter().copied(),
            );
        }
    }
}

fn run(target: &str, check: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut files: Vec<_> = fs::read_dir(&corpus)
        .expect("a corpus")
        .map(|e| e.unwrap().path())
        .collect();
    files.sort();
    let inputs: Vec<_> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    for (file, input) in files.iter().zip(&inputs) {
        let checked = std::panic::catch_unwind(|| check(input));
        assert!(checked.is_ok(), "{}", file.display());
    }
    let runs =
        std::env::var("VMIMAP_FUZZ_RUNS").map_or(RUNS, |runs| runs.parse().expect("a number"));
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    for number in 0..runs {
        let mut input = inputs[chance.below(inputs.len())].clone();
        input.truncate(LONGEST);
        for _ in 0..=chance.below(4) {
            let other = chance.below(inputs.len());
            mutate(&mut input, &inputs[other], &mut chance);
        }
        let shown = input.clone();
        let checked = std::panic::catch_unwind(|| check(&input));
        assert!(
            checked.is_ok(),
            "mutation {number} of {target}: {:?}",
            String::from_utf8_lossy(&shown)
        );
    }
}

macro_rules! targets {
    ($($test:ident: $target:ident;)*) => {$(
        #[test]
        fn $test() {
            run(stringify!($target), targets::$target::check);
        }
    )*};
}

targets! {
    any_recording_is_looked_at_within_bounds: audio;
    any_voicemail_conf_is_a_configuration_or_an_error: conf;
    any_txt_reads_the_same_when_it_is_written_again: envelope;
    any_fetch_answer_reads_the_same_in_other_words: fetch;
    any_server_is_framed_and_answered_with_nothing_that_removes: gate;
    any_journal_is_read_or_refused: journal;
    any_message_reads_the_same_in_pieces: message;
    any_name_goes_out_as_itself: name;
    any_search_answer_finds_each_once: search;
}
