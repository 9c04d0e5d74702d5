//! Names, ids, addresses and prefixes, one a line.
#![no_main]

libfuzzer_sys::fuzz_target!(init: plaudit::fuzzing::begin(), |file: &[u8]| plaudit::fuzzing::zone(file));
