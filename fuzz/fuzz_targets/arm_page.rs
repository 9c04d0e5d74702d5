//! The body of an answer of Azure's.
#![no_main]

libfuzzer_sys::fuzz_target!(init: plaudit::fuzzing::begin(), |file: &[u8]| plaudit::fuzzing::arm_page(file));
