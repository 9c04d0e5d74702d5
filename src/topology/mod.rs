//! What is: everything joined once, with dense ids. The only place where references are resolved.

pub mod zones;
