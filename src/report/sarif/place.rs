//! Where a finding stands: a line of the snapshot, or a path made from a resource's id.

use serde_sarif::sarif::{ArtifactLocation, Location, LogicalLocation, PhysicalLocation, Region};

use crate::report::background::SourceLines;
use crate::report::text::inert;

/// The location of a resource. GitHub takes no location without a file, and wants it relative and the same from run to
/// run (docs.github.com: "SARIF support for code scanning"); so what stands in no file gets a path from its id.
pub(super) fn location(id: &str, name: &str, lines: Option<&SourceLines>) -> Location {
    let line = lines.and_then(|lines| Some((lines.file.as_str(), lines.line(id)?)));
    let (uri, line) = match line {
        Some((file, line)) => (relative(file), line),
        // Azure returns one id in several casings.
        None => (relative(&id.to_ascii_lowercase()), 1),
    };
    let region = Region::builder().start_line(i64::try_from(line).unwrap_or(1)).build();
    let file = ArtifactLocation::builder().uri(uri).build();
    let resource =
        LogicalLocation::builder().fully_qualified_name(inert(id)).name(inert(name)).kind("resource").build();
    Location::builder()
        .physical_location(PhysicalLocation::builder().artifact_location(file).region(region).build())
        .logical_locations(vec![resource])
        .build()
}

/// A path as a relative reference (RFC 3986): no scheme, no leading slash, no way up.
fn relative(path: &str) -> String {
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    let segments: Vec<String> = segments.map(segment).collect();
    match segments.is_empty() {
        true => "unnamed".to_owned(),
        false => segments.join("/"),
    }
}

/// One segment of it, with all but unreserved characters percent-encoded.
pub(super) fn segment(text: &str) -> String {
    match text {
        "" => return "_".to_owned(),
        // These mean "here" and "one up", encoded or not.
        "." | ".." => return "_".repeat(text.len()),
        _ => {}
    }
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_below_where_they_begin() {
        assert_eq!(relative("/subscriptions/S-1/resourceGroups/rg"), "subscriptions/S-1/resourceGroups/rg");
        assert_eq!(relative("//a/.././/b c%2e/…"), "a/__/_/b%20c%252e/%E2%80%A6");
        assert_eq!(relative("javascript:alert(1)"), "javascript%3Aalert%281%29");
        assert_eq!(relative(r"..\x"), "..%5Cx");
        for odd in ["", "/", "//"] {
            assert_eq!(relative(odd), "unnamed");
        }
    }
}
