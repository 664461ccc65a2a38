#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| vmimap_fuzz::targets::conf::check(data));
