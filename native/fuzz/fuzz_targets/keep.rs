#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| framecast_core::fuzzing::keep(data));
