//! A configuration, or a report of an earlier run.
#![no_main]

libfuzzer_sys::fuzz_target!(init: plaudit::fuzzing::begin(), |file: &[u8]| plaudit::fuzzing::configuration(file));
