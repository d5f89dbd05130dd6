#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| dapstub_fuzz_checks::yaml::check(data));
