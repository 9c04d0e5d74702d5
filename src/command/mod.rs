//! One file a command: wires the floors below together.
