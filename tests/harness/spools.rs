//! The ground under the other tests: the spools they migrate are whole and always the same.

use crate::support;
use std::fs;
use std::path::Path;

use support::fixtures::{self, GenuineSpool};
use support::spool_generator::{Format, Noise, SpoolSpec, generate, recording, voicemail_conf};

#[test]
fn the_recorded_spool_unpacks_with_an_account_for_each_mailbox() {
    let genuine = GenuineSpool::unpack();
    assert!(
        genuine
            .spool()
            .join("default/4123/INBOX/msg0000.txt")
            .is_file()
    );
    let users: Vec<_> = GenuineSpool::accounts()
        .into_iter()
        .map(|a| a.user)
        .collect();
    let expected = [
        "default-4123",
        "default-4124",
        "default-4125",
        "default-4126",
        "sales-4123",
    ];
    assert_eq!(users[..5], expected);
    assert_eq!(users[5..], ["sales-5001"]);
}

#[test]
fn accounts_become_options_whatever_the_line_has_already() {
    let conf = "[general]\nformat=wav49\n[default]\n1 => 1234\n2 => 1,A,a@b.example,,tz=x\n";
    let conf = fixtures::with_imap_options(conf, "127.0.0.1", 1143, "notls");
    assert_eq!(
        conf,
        "[general]\nimapserver=127.0.0.1\nimapport=1143\nimapflags=notls\nformat=wav49\n\
         [default]\n1 => 1234,,,,imapuser=default-1|imappassword=secret\n\
         2 => 1,A,a@b.example,,tz=x|imapuser=default-2|imappassword=secret\n"
    );
}

#[test]
fn recordings_have_true_headers() {
    let mut noise = Noise::new(7);
    let (file, milliseconds) = recording(Format::Wav49, 30_000, &mut noise);
    let genuine = GenuineSpool::unpack();
    let original = fs::read(genuine.spool().join("default/4123/INBOX/msg0000.WAV")).unwrap();
    // The same fields at the same places; the lengths are the file's own.
    assert_eq!(file[..4], original[..4]);
    assert_eq!(file[8..44], original[8..44]);
    assert_eq!(le32(&file[4..]), file.len() - 8);
    assert_eq!(le32(&file[56..]) / 65 * 40, milliseconds);
    assert_eq!(le32(&file[48..]), milliseconds * 8);
    let (file, _) = recording(Format::Wav, 30_000, &mut noise);
    let original = fs::read(genuine.spool().join("default/4123/INBOX/msg0000.wav")).unwrap();
    assert_eq!(file[8..40], original[8..40]);
    assert_eq!(le32(&file[40..]), file.len() - 44);
    let (file, milliseconds) = recording(Format::Gsm, 30_000, &mut noise);
    assert!(
        file.chunks(33)
            .all(|frame| frame.len() == 33 && frame[0] >> 4 == 0xD)
    );
    assert_eq!(milliseconds, file.len() / 33 * 20);
}

fn le32(bytes: &[u8]) -> usize {
    u32::from_le_bytes(bytes[..4].try_into().unwrap()) as usize
}

#[test]
fn one_seed_makes_one_spool() {
    let spec = SpoolSpec {
        formats: vec![Format::Wav49, Format::Gsm],
        ..SpoolSpec::default()
    };
    let [one, two] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let messages = generate(one.path(), &spec);
    generate(two.path(), &spec);
    assert_eq!(messages.len(), spec.messages);
    assert!(
        messages
            .windows(2)
            .all(|pair| pair[0].origtime < pair[1].origtime)
    );
    for message in &messages {
        assert_eq!(message.recordings.len(), 2);
        for path in &message.recordings {
            let same = two.path().join(path.strip_prefix(one.path()).unwrap());
            assert_eq!(fs::read(path).unwrap(), fs::read(same).unwrap());
        }
    }
    assert_eq!(count_files(one.path()), messages.len() * 3);
}

fn count_files(dir: &Path) -> usize {
    let entries = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .map(|path| if path.is_dir() { count_files(&path) } else { 1 })
        .sum()
}

#[test]
fn the_generated_configuration_names_every_account() {
    let spec = SpoolSpec::default();
    let conf = voicemail_conf(&spec.accounts, "127.0.0.1", 1143, "wav49");
    assert_eq!(fixtures::accounts_of(&conf), spec.accounts);
}
