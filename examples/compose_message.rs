//! Composes the message of one voicemail and prints it: no server, no spool.
use vmimap::voicemail::audio::AudioFormat;
use vmimap::voicemail::compose::{MailProfile, compose};
use vmimap::voicemail::message::{HeaderValue, Voicemail};
use vmimap::voicemail::source_key::{AudioDigest, SourceKey};
use vmimap::voicemail::vmbox::VoicemailBox;

fn main() -> std::io::Result<()> {
    let recording = [0x55; 120];
    let vmbox = VoicemailBox::new("4123", "default");
    let voicemail = Voicemail {
        context: HeaderValue::lossy(&vmbox.context),
        extension: HeaderValue::lossy(&vmbox.extension),
        caller_name: HeaderValue::lossy("Grace Hopper"),
        caller_number: HeaderValue::lossy("5551002"),
        origtime: 1_795_427_839, // Unix seconds UTC
        duration: 3,             // whole seconds
        category: HeaderValue::default(),
        flag: HeaderValue::default(),
        priority: 1,
        msg_id: HeaderValue::lossy("1795427837-00000000"),
        message_num: 1, // what people see; the file is msg0000
        format: AudioFormat::Gsm,
        greeting: None,
    };
    // Identifies the voicemail for ever, as Message-ID. The zeros stand for a SHA-256.
    let digest = AudioDigest([0; 32]);
    let key = SourceKey::new(&vmbox, voicemail.msg_id.as_str(), 0, &digest, 1);
    let profile = MailProfile {
        fullname: "Ada Lovelace".to_owned(),
        email: "ada@example.test".to_owned(),
        mailbox: vmbox.extension,
        ..MailProfile::default()
    };
    let message = compose(&voicemail, &profile, &key, recording.len() as u64);
    message.write_to(&mut recording.as_slice(), &mut std::io::stdout())
}
