//! A page of a person's own rule.
#![no_main]

libfuzzer_sys::fuzz_target!(init: plaudit::fuzzing::begin(), |file: &[u8]| plaudit::fuzzing::own_rules(file));
