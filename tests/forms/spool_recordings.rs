//! Recordings of the spool that are cut, empty, unfinished or something else than their names say.

use crate::spool_support;
use std::io::Read;

use spool_support::{Bench, TXT, codes, find, gsm, pcm_wav, wav49};
use vmimap::spool::Recording;
use vmimap::voicemail::audio::AudioFormat::{Gsm, Wav, Wav49};
use vmimap::voicemail::folder::VoicemailFolder::Inbox;

#[test]
fn a_recording_cut_short_is_used_only_if_no_other_is_whole() {
    let bench = Bench::new();
    bench
        .put("INBOX/msg0000.txt", TXT)
        .put("INBOX/msg0000.WAV", &wav49(25)[..600]);
    let scan = bench.scan();
    assert_eq!(
        codes(&scan.notices)[0],
        ("VMS012", "default/100/INBOX/msg0000.WAV")
    );
    let alone = find(&scan, Inbox, 0);
    assert_eq!(
        alone.choose_audio(&[Wav49, Gsm]).unwrap().file.format,
        Wav49
    );
    assert_eq!(
        alone.duration, 1,
        "8 blocks of 40 ms differ from 1 s by less than 1 s"
    );

    bench.put("INBOX/msg0000.gsm", gsm(50));
    let scan = bench.scan();
    let choice = find(&scan, Inbox, 0).choose_audio(&[Wav49, Gsm]).unwrap();
    assert_eq!((choice.file.format, choice.instead_of), (Gsm, Some(Wav49)));
    assert_eq!(find(&scan, Inbox, 0).key_audio().unwrap().format, Gsm);
    assert!(scan.complete());
}

#[test]
fn an_empty_recording_is_an_error_only_if_it_is_the_only_one() {
    let bench = Bench::new();
    bench
        .put("INBOX/msg0000.txt", TXT)
        .put("INBOX/msg0000.gsm", "");
    let scan = bench.scan();
    let expected = [
        ("VMS013", "default/100/INBOX/msg0000.gsm"),
        ("VMS014", "default/100/INBOX/msg0000.txt"),
    ];
    assert_eq!(codes(&scan.notices), expected);
    let why = "has no usable recording: the .gsm is empty";
    assert_eq!(scan.notices[1].message, why);
    assert!(scan.entries.is_empty());

    bench.put("INBOX/msg0000.wav", pcm_wav(1));
    let scan = bench.scan();
    assert_eq!(codes(&scan.notices), expected[..1]);
    assert_eq!(scan.entries.len(), 1);
}

#[test]
fn a_recording_under_a_false_name_is_what_it_holds_where_no_other_is_whole() {
    let bench = Bench::new();
    for (number, held, name) in [
        (0, pcm_wav(1), "WAV"),
        (1, wav49(25), "wav"),
        (2, gsm(50), "WAV"),
        (3, wav49(25), "ulaw"),
        // What is only cut short under its own name is worth less.
        (4, pcm_wav(1), "WAV"),
    ] {
        bench
            .put(&format!("INBOX/msg{number:04}.txt"), TXT)
            .put(&format!("INBOX/msg{number:04}.{name}"), held);
    }
    bench.put("INBOX/msg0004.gsm", &gsm(50)[..100]);
    let scan = bench.scan();
    let told = codes(&scan.notices);
    let of = |code| told.iter().filter(|(told, _)| *told == code).count();
    assert_eq!((of("VMS015"), of("VMS012"), of("VMS014")), (5, 1, 0));
    let said = scan.notices.iter().find(|notice| notice.code == "VMS015");
    assert!(said.unwrap().to_string().contains("it is used as .wav"));
    for (number, format) in [(0, Wav), (1, Wav49), (2, Gsm), (3, Wav49), (4, Wav)] {
        let choice = find(&scan, Inbox, number).choose_audio(&[Wav49, Gsm, Wav]);
        let file = choice.unwrap().file;
        assert_eq!((file.format, file.whole()), (format, true));
    }
    let zeros = [0; 3300];
    bench
        .put("INBOX/msg0000.WAV", zeros)
        .put("INBOX/msg0001.wav", "GSM, they say");
    let scan = bench.scan();
    assert_eq!(scan.entries.len(), 3);
}

#[test]
fn a_wav_that_was_never_finished_is_read_with_its_header_filled_in() {
    let bench = Bench::new();
    let whole = pcm_wav(1);
    for (number, nothing) in [(0, [0; 4]), (1, [0xFF; 4])] {
        let mut dead = whole.clone();
        dead[4..8].copy_from_slice(&nothing);
        dead[40..44].copy_from_slice(&nothing);
        bench
            .put(&format!("INBOX/msg{number:04}.txt"), TXT)
            .put(&format!("INBOX/msg{number:04}.wav"), dead);
    }
    let scan = bench.scan();
    assert_eq!(codes(&scan.notices)[0].0, "VMS012");
    for number in [0, 1] {
        let file = find(&scan, Inbox, number).key_audio().unwrap();
        assert!(file.playable() && !file.whole());
        let (open, _) = Recording::open(&file.path, file.fill(), &bench.root()).unwrap();
        // In pieces that divide the header in every way, and from the beginning again.
        for piece in [1, 3, 7, 43, 64 << 10] {
            open.rewind().unwrap();
            let (mut read, mut block) = (Vec::new(), vec![0; piece]);
            while let octets @ 1.. = (&open).read(&mut block).unwrap() {
                read.extend_from_slice(&block[..octets]);
            }
            assert!(read == whole, "in pieces of {piece}");
        }
    }
}

#[test]
fn a_recording_under_a_false_name_is_passed_over() {
    let bench = Bench::new();
    bench
        .put("INBOX/msg0000.txt", TXT)
        .put("INBOX/msg0000.WAV", pcm_wav(1))
        .put("INBOX/msg0000.wav", wav49(25))
        .put("INBOX/msg0000.gsm", gsm(50));
    let scan = bench.scan();
    let expected = [
        ("VMS015", "default/100/INBOX/msg0000.WAV"),
        ("VMS015", "default/100/INBOX/msg0000.wav"),
    ];
    assert_eq!(codes(&scan.notices), expected);
    let choice = find(&scan, Inbox, 0).choose_audio(&[Wav49, Wav]).unwrap();
    assert_eq!((choice.file.format, choice.instead_of), (Gsm, Some(Wav49)));
}
