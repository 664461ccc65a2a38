#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| vmimap_fuzz::targets::gate::check(data));
