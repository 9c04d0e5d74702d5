//! Runs the rules over a topology → Report.
