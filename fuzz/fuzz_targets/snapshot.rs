//! A snapshot file.
#![no_main]

libfuzzer_sys::fuzz_target!(init: plaudit::fuzzing::begin(), |file: &[u8]| plaudit::fuzzing::snapshot(file));
