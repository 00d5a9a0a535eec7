#![no_main]

#[allow(dead_code, reason = "each target judges one reader")]
#[path = "../../mqtt-config/tests/decoders/judge.rs"]
mod judge;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| judge::camera(bytes));
