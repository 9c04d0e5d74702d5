//! The report for browsers: one file that loads nothing, reads without JavaScript and searches with it.
//!
//! Templates escape every text they show ([`escape::Inert`]). What they are told is markup is our own: the
//! stylesheet, the script, the picture and the rule pages.

mod checklist;
mod coverage;
mod escape;
mod evidence;
mod findings;
mod page;
mod pages;
mod policy;
mod tables;
mod trace;
mod traffic;

use std::io::{self, Write};

use askama::Template;

use super::table::Names;
use super::{Background, picture};
use crate::finding::Report;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Writes the report as it goes: the page is never held as text all at once.
pub(super) fn write(report: &Report, background: &Background, out: &mut dyn Write) -> io::Result<()> {
    let names = Names::new(report);
    let drawn = background.facts.as_ref().map(|facts| picture::draw(report, facts)).unwrap_or_default();
    let keys = findings::Keys::new(report, &drawn.about);
    page::Page::new(report, background, &names, &drawn, &keys).write_into(out)
}

/// The one site that is linked to. A reference may come from a page that somebody wrote for rules of their own.
fn is_reference(address: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/?#=&%+:".contains(c);
    address.starts_with("https://learn.microsoft.com/") && address.chars().all(plain)
}
