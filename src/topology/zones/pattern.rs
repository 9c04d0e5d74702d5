//! Zone names and FQDN suffixes with placeholders. Knows labels, not targets.

use std::fmt;
use std::sync::Arc;

/// What a label of a pattern may stand for. Each stands for exactly one label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Placeholder {
    RegionName,
    RegionCode,
    DnsPrefix,
    PartitionId,
    Subzone,
    DnsZone,
}

impl Placeholder {
    const ALL: [(&'static str, Placeholder); 6] = [
        ("{regionName}", Placeholder::RegionName),
        ("{regionCode}", Placeholder::RegionCode),
        ("{dnsPrefix}", Placeholder::DnsPrefix),
        ("{partitionId}", Placeholder::PartitionId),
        ("{subzone}", Placeholder::Subzone),
        ("{dnsZone}", Placeholder::DnsZone),
    ];

    fn named(text: &str) -> Option<Placeholder> {
        Self::ALL.iter().find(|(name, _)| *name == text).map(|(_, placeholder)| *placeholder)
    }

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, placeholder)| *placeholder == self).map_or("", |(name, _)| name)
    }

    /// Whether a label can be what this stands for. Strict, so that `app-preview.centralus.azurestaticapps.net`
    /// is not taken for partition `centralus`, and never a wildcard or the `privatelink` label itself.
    fn accepts(self, label: &str) -> bool {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        match self {
            Placeholder::RegionName | Placeholder::RegionCode => {
                label != "privatelink"
                    && label.starts_with(|c: char| c.is_ascii_alphabetic())
                    && label.bytes().all(|b| b.is_ascii_alphanumeric())
            }
            Placeholder::PartitionId => digits(label),
            Placeholder::DnsZone => label.strip_prefix('z').is_some_and(digits),
            Placeholder::DnsPrefix | Placeholder::Subzone => {
                let of_names = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
                label != "privatelink" && label.bytes().all(of_names)
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Label {
    Literal(Box<str>),
    Any(Placeholder),
}

/// A DNS name of which some labels are left open, such as `privatelink.{regionName}.kusto.windows.net`.
/// Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZonePattern {
    text: Arc<str>,
    labels: Arc<[Label]>,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    #[error("`{0}` has an empty label")]
    EmptyLabel(String),
    #[error("`{0}` has the unknown placeholder `{1}`")]
    UnknownPlaceholder(String, String),
}

/// The labels that a name put in a pattern's placeholders.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bindings<'n>([Option<&'n str>; Placeholder::ALL.len()]);

/// A name whose end fits a pattern.
#[derive(Debug, Clone, Copy)]
pub(super) struct Suffixed<'n> {
    /// What stands before the pattern, without the dot; empty when the name is the pattern.
    pub rest: &'n str,
    pub bound: Bindings<'n>,
}

impl ZonePattern {
    /// Takes a name in any casing; `{…}` labels are placeholders and keep theirs.
    pub(super) fn parse(text: &str) -> Result<ZonePattern, PatternError> {
        let mut labels = Vec::new();
        for label in text.split('.') {
            if label.is_empty() {
                return Err(PatternError::EmptyLabel(text.to_owned()));
            }
            labels.push(match Placeholder::named(label) {
                Some(placeholder) => Label::Any(placeholder),
                None if label.contains(['{', '}']) => {
                    return Err(PatternError::UnknownPlaceholder(text.to_owned(), label.to_owned()));
                }
                None => Label::Literal(label.to_ascii_lowercase().into()),
            });
        }
        let text: Vec<&str> = labels.iter().map(Label::as_str).collect();
        Ok(ZonePattern { text: text.join(".").into(), labels: labels.into() })
    }

    /// The pattern as written, literals in lower case.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name, when no label is left open.
    pub fn concrete(&self) -> Option<&str> {
        (self.literals() == self.labels.len()).then_some(&*self.text)
    }

    /// Whether its first label is left open.
    pub(super) fn begins_open(&self) -> bool {
        matches!(self.labels.first(), Some(Label::Any(_)))
    }

    /// Whether this whole name fits, without regard to case or a trailing dot.
    pub fn matches(&self, name: &str) -> bool {
        normal(name).is_some_and(|name| self.walk(&name).is_some_and(|(rest, _)| rest.is_none()))
    }

    pub(super) fn label_count(&self) -> usize {
        self.labels.len()
    }

    pub(super) fn literals(&self) -> usize {
        self.labels.iter().filter(|label| matches!(label, Label::Literal(_))).count()
    }

    /// Fits the pattern to the end of a name in normal form. A pattern that begins with a placeholder wants
    /// something left of it: otherwise the placeholder would swallow the host's own label.
    pub(super) fn strip<'n>(&self, name: &'n str) -> Option<Suffixed<'n>> {
        match self.walk(name)? {
            (Some(rest), bound) => Some(Suffixed { rest, bound }),
            (None, _) if matches!(self.labels.first(), Some(Label::Any(_))) => None,
            (None, bound) => Some(Suffixed { rest: "", bound }),
        }
    }

    /// Whether a name in normal form is the pattern or stands below it.
    pub(super) fn is_above(&self, name: &str) -> bool {
        self.walk(name).is_some()
    }

    /// Whether a name in normal form stands at or above a name that fits: `core.windows.net` above
    /// `blob.core.windows.net`.
    pub(super) fn is_below(&self, name: &str) -> bool {
        let mut labels = self.labels.iter().rev();
        name.rsplit('.').all(|given| labels.next().is_some_and(|label| label.accepts(given)))
    }

    /// The name with its placeholders filled; `None` when one of them is not bound.
    pub(super) fn fill(&self, bound: &Bindings) -> Option<String> {
        let mut name = String::with_capacity(self.text.len() + 16);
        for label in self.labels.iter() {
            if !name.is_empty() {
                name.push('.');
            }
            name.push_str(match label {
                Label::Literal(text) => text,
                Label::Any(placeholder) => bound.get(*placeholder)?,
            });
        }
        Some(name)
    }

    /// Whether every placeholder of this pattern is also one of `other`.
    pub(super) fn is_bound_by(&self, other: &ZonePattern) -> bool {
        self.labels.iter().all(|label| match label {
            Label::Literal(_) => true,
            Label::Any(_) => other.labels.contains(label),
        })
    }

    /// Fits the labels from the right; what is left of the name is `None` when nothing is.
    fn walk<'n>(&self, name: &'n str) -> Option<(Option<&'n str>, Bindings<'n>)> {
        let mut rest = Some(name);
        let mut bound = Bindings::default();
        for label in self.labels.iter().rev() {
            let (before, last) = match rest?.rsplit_once('.') {
                Some((before, last)) => (Some(before), last),
                None => (None, rest?),
            };
            if !label.accepts(last) {
                return None;
            }
            if let Label::Any(placeholder) = label {
                bound.set(*placeholder, last);
            }
            rest = before;
        }
        Some((rest, bound))
    }
}

impl fmt::Display for ZonePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Label {
    fn as_str(&self) -> &str {
        match self {
            Label::Literal(text) => text,
            Label::Any(placeholder) => placeholder.name(),
        }
    }

    fn accepts(&self, given: &str) -> bool {
        match self {
            Label::Literal(text) => &**text == given,
            Label::Any(placeholder) => placeholder.accepts(given),
        }
    }
}

impl<'n> Bindings<'n> {
    fn get(&self, placeholder: Placeholder) -> Option<&'n str> {
        self.0.get(placeholder as usize).copied().flatten()
    }

    fn set(&mut self, placeholder: Placeholder, label: &'n str) {
        if let Some(place) = self.0.get_mut(placeholder as usize) {
            *place = Some(label);
        }
    }
}

/// A DNS name in normal form: lower case, no trailing dot. `None` for what has an empty label.
pub(super) fn normal(name: &str) -> Option<String> {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.split('.').all(|label| !label.is_empty()).then(|| name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> ZonePattern {
        ZonePattern::parse(text).unwrap()
    }

    #[test]
    fn a_placeholder_is_exactly_one_label() {
        let kusto = pattern("privatelink.{regionName}.Kusto.windows.net");
        assert_eq!(kusto.as_str(), "privatelink.{regionName}.kusto.windows.net");
        assert!(kusto.matches("PrivateLink.WestEurope.kusto.windows.net."));
        assert!(!kusto.matches("privatelink.kusto.windows.net"));
        assert!(!kusto.matches("privatelink.a.b.kusto.windows.net"));
        assert!(!kusto.matches("x.privatelink.westeurope.kusto.windows.net"));
        assert_eq!(kusto.concrete(), None);
        assert_eq!(pattern("privatelink.azurecr.io").concrete(), Some("privatelink.azurecr.io"));
    }

    #[test]
    fn a_placeholder_takes_only_what_it_stands_for() {
        for (text, name, fits) in [
            ("{partitionId}.azurestaticapps.net", "2.azurestaticapps.net", true),
            ("{partitionId}.azurestaticapps.net", "centralus.azurestaticapps.net", false),
            ("{dnsZone}.blob.storage.azure.net", "z50.blob.storage.azure.net", true),
            ("{dnsZone}.blob.storage.azure.net", "zone.blob.storage.azure.net", false),
            ("{dnsZone}.blob.storage.azure.net", "z.blob.storage.azure.net", false),
            ("{regionName}.batch.azure.com", "eastus2.batch.azure.com", true),
            ("{regionName}.batch.azure.com", "privatelink.batch.azure.com", false),
            ("{regionName}.batch.azure.com", "*.batch.azure.com", false),
            ("{regionCode}.azure-automation.net", "a-b.azure-automation.net", false),
            ("{dnsPrefix}.database.windows.net", "0ab1-2.database.windows.net", true),
            ("{dnsPrefix}.database.windows.net", "privatelink.database.windows.net", false),
            ("{subzone}.privatelink.eastus.azmk8s.io", "*.privatelink.eastus.azmk8s.io", false),
            ("{subzone}.privatelink.eastus.azmk8s.io", "a{b c.privatelink.eastus.azmk8s.io", false),
        ] {
            assert_eq!(pattern(text).matches(name), fits, "{text} {name}");
        }
    }

    #[test]
    fn a_leading_placeholder_leaves_the_host_its_label() {
        let redis = pattern("{regionName}.redis.azure.net");
        assert!(redis.strip("eastus.redis.azure.net").is_none());
        let stripped = redis.strip("cache.eastus.redis.azure.net").unwrap();
        assert_eq!(stripped.rest, "cache");
        let zone = pattern("privatelink.{regionName}.x");
        assert_eq!(zone.fill(&stripped.bound).as_deref(), Some("privatelink.eastus.x"));
        assert_eq!(pattern("{regionCode}.x").fill(&stripped.bound), None);
        assert_eq!(pattern("adf.azure.com").strip("adf.azure.com").unwrap().rest, "");
    }

    #[test]
    fn ancestors_are_whole_labels() {
        let kusto = pattern("{regionName}.kusto.windows.net");
        for above in ["net", "windows.net", "kusto.windows.net", "westeurope.kusto.windows.net"] {
            assert!(kusto.is_below(above), "{above}");
        }
        for other in ["dows.net", "azure.net", "c.westeurope.kusto.windows.net"] {
            assert!(!kusto.is_below(other), "{other}");
        }
    }

    #[test]
    fn what_is_no_pattern_says_why() {
        for (text, message) in [
            ("", "`` has an empty label"),
            ("a..b", "`a..b` has an empty label"),
            ("{region}.x", "`{region}.x` has the unknown placeholder `{region}`"),
            ("x-{regionName}.y", "`x-{regionName}.y` has the unknown placeholder `x-{regionName}`"),
        ] {
            assert_eq!(ZonePattern::parse(text).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn normal_form() {
        assert_eq!(normal("A.B.").as_deref(), Some("a.b"));
        for odd in ["", ".", "..", ".a", "a..b", "a.."] {
            assert_eq!(normal(odd), None, "{odd}");
        }
    }
}
