//! The sample estates inside the binary.
