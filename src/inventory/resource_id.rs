//! ARM resource ids: equal without regard to case, shown as given.

#[cfg(test)]
mod properties;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An ARM resource id such as `/subscriptions/{guid}/resourceGroups/{rg}/providers/{ns}/{type}/{name}`.
///
/// Azure returns the same id in several casings (the private DNS provider lower-cases groups, subnets refer back
/// in upper case), so two ids are equal when they are equal without regard to ASCII case. Any text is accepted:
/// what cannot be taken apart answers `None` to the questions below, and never panics.
#[derive(Clone)]
pub struct ResourceId(Arc<str>);

impl ResourceId {
    /// Takes the id as Azure returned it; a trailing slash is dropped.
    pub fn new(id: &str) -> Self {
        ResourceId(Arc::from(id.trim_end_matches('/')))
    }

    /// The id as Azure returned it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id in lower case, for fingerprints and sort keys.
    pub fn lower(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// The subscription's id, in the casing given.
    pub fn subscription(&self) -> Option<&str> {
        self.after("subscriptions")
    }

    /// The resource group's name, in the casing given.
    pub fn resource_group(&self) -> Option<&str> {
        self.after("resourceGroups")
    }

    /// The last segment: the resource's own name. The whole text when there is no slash.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The full resource type, e.g. `Microsoft.Network/virtualNetworks/subnets`; `None` when the id names no
    /// provider (a subscription, a resource group, an alias).
    pub fn resource_type(&self) -> Option<String> {
        let (provider, types) = self.types()?;
        let mut full = String::with_capacity(self.0.len());
        full.push_str(provider);
        for kind in types {
            full.push('/');
            full.push_str(kind);
        }
        Some(full)
    }

    /// The provider and the types below it, one for each level: what [`ResourceId::resource_type`] puts together.
    pub(super) fn types(&self) -> Option<(&str, impl Iterator<Item = &str> + Clone)> {
        let after = self.after_provider()?;
        // A type goes with a name.
        let slashes = after.bytes().filter(|byte| *byte == b'/').count();
        let mut segments = segments(after);
        let provider = segments.next()?;
        (slashes > 0 && slashes % 2 == 0).then(|| (provider, segments.step_by(2)))
    }

    /// Whether the full resource type is `expected`, without regard to case.
    pub fn is_type(&self, expected: &str) -> bool {
        let Some((provider, types)) = self.types() else { return false };
        let mut expected = segments(expected);
        let mut is_next =
            |part: &str| expected.next().is_some_and(|wanted| wanted.eq_ignore_ascii_case(part));
        std::iter::once(provider).chain(types).all(&mut is_next) && expected.next().is_none()
    }

    /// The id of the resource that owns this child: the id without its last `/{type}/{name}`.
    /// `None` when nothing would be left of the type.
    pub fn parent(&self) -> Option<ResourceId> {
        self.parent_str().map(ResourceId::new)
    }

    /// As [`ResourceId::parent`], borrowed.
    pub fn parent_str(&self) -> Option<&str> {
        let (rest, _name) = self.0.rsplit_once('/')?;
        let (rest, kind) = rest.rsplit_once('/')?;
        (!rest.is_empty() && !kind.is_empty()).then_some(rest)
    }

    /// The id of the virtual network that holds this subnet (or of any ancestor of type `virtualNetworks`).
    pub fn virtual_network(&self) -> Option<ResourceId> {
        let start = self.end_of("virtualNetworks")? + 1;
        let end = self.0[start..].find('/').map_or(self.0.len(), |n| start + n);
        (end > start).then(|| ResourceId::new(&self.0[..end]))
    }

    fn after(&self, segment: &str) -> Option<&str> {
        let start = self.end_of(segment)? + 1;
        segments(&self.0[start..]).next().filter(|value| !value.is_empty())
    }

    /// The place of the slash behind a segment that has a value: every second one, for a resource group may be called
    /// `virtualNetworks`.
    fn end_of(&self, segment: &str) -> Option<usize> {
        let bytes = self.0.as_bytes();
        let mut start = usize::from(bytes.first().is_some_and(is_slash));
        let mut is_value = false;
        while let Some(length) = bytes[start..].iter().position(is_slash) {
            if !is_value && bytes[start..start + length].eq_ignore_ascii_case(segment.as_bytes()) {
                return Some(start + length);
            }
            is_value = !is_value;
            start += length + 1;
        }
        None
    }

    fn after_provider(&self) -> Option<&str> {
        // The last `/providers/` counts: extension resources carry two.
        let bytes = self.0.as_bytes();
        let mut end = bytes.len();
        while let Some(start) = bytes[..end].iter().rposition(is_slash) {
            if bytes[start + 1..end].eq_ignore_ascii_case(b"providers") && end < bytes.len() {
                return self.0.get(end + 1..);
            }
            end = start;
        }
        None
    }
}

fn is_slash(byte: &u8) -> bool {
    *byte == b'/'
}

/// The parts of an id between slashes. They are short, so that bytes are looked at one by one: what is made for finding
/// a character in long texts takes longer to begin.
fn segments(text: &str) -> impl Iterator<Item = &str> + Clone {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let whole = rest?;
        let Some(end) = whole.as_bytes().iter().position(is_slash) else { return rest.take() };
        rest = whole.get(end + 1..);
        whole.get(..end)
    })
}

/// Whether a text is a GUID with hyphens, as subscriptions and tenants are named by.
pub fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

impl PartialEq for ResourceId {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for ResourceId {}

impl Hash for ResourceId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // In pieces, since a hasher takes many bytes at once much faster than one at a time.
        let mut piece = [0; 64];
        for bytes in self.0.as_bytes().chunks(piece.len()) {
            let piece = &mut piece[..bytes.len()];
            piece.copy_from_slice(bytes);
            piece.make_ascii_lowercase();
            state.write(piece);
        }
    }
}

impl Ord for ResourceId {
    fn cmp(&self, other: &Self) -> Ordering {
        // Neighbours in a list begin alike, most often in the same casing.
        let (ours, theirs) = (self.0.as_bytes(), other.0.as_bytes());
        let pieces = ours.as_chunks::<16>().0.iter().zip(theirs.as_chunks::<16>().0);
        let alike = 16 * pieces.take_while(|(a, b)| a == b).count();
        let (ours, theirs) = (ours.iter().skip(alike), theirs.iter().skip(alike));
        ours.map(u8::to_ascii_lowercase).cmp(theirs.map(u8::to_ascii_lowercase))
    }
}

impl PartialOrd for ResourceId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for ResourceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ResourceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(ResourceId::new(&String::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBNET: &str =
        "/subscriptions/S/resourcegroups/rg/providers/microsoft.network/virtualnetworks/v/subnets/s";

    #[test]
    fn ids_are_equal_without_regard_to_case_and_shown_as_given() {
        let id = ResourceId::new(SUBNET);
        assert_eq!(id, ResourceId::new(&SUBNET.to_uppercase()));
        assert_eq!(id.to_string(), SUBNET);
        assert_eq!(id.cmp(&ResourceId::new(&SUBNET.to_uppercase())), Ordering::Equal);
    }

    #[test]
    fn an_id_comes_apart() {
        let id = ResourceId::new(SUBNET);
        assert_eq!(id.subscription(), Some("S"));
        assert_eq!(id.resource_group(), Some("rg"));
        assert_eq!(id.name(), "s");
        assert!(id.is_type("Microsoft.Network/virtualNetworks/subnets"));
        assert_eq!(id.virtual_network().map(|v| v.name().to_owned()), Some("v".to_owned()));
        assert_eq!(id.parent(), id.virtual_network());
    }

    #[test]
    fn types_are_equal_without_regard_to_case_and_whole() {
        let id = ResourceId::new(SUBNET);
        assert_eq!(id.resource_type().as_deref(), Some("microsoft.network/virtualnetworks/subnets"));
        for other in ["", "Microsoft.Network", "Microsoft.Network/virtualNetworks", "/", "//"] {
            assert!(!id.is_type(other), "{other}");
            assert!(!id.is_type(&format!("Microsoft.Network/virtualNetworks/subnets/{other}")), "{other}");
        }
        let diagnostic = format!("{SUBNET}/PROVIDERS/Microsoft.Insights/settings/x");
        assert!(ResourceId::new(&diagnostic).is_type("microsoft.insights/SETTINGS"));
        assert_eq!(
            ResourceId::new("/subscriptions/s/providers/a/b").resource_type(),
            None,
            "a type without a name"
        );
    }

    #[test]
    fn ids_are_sorted_by_their_lower_case_wherever_they_differ() {
        let ids = ["", "/", "/a", "/A/1", "/a/1/b", "/a/2", "/a_", "/b", SUBNET];
        let long = |id: &str| format!("/subscriptions/0123456789abcdef0123456789ABCDEF{id}");
        let texts: Vec<String> =
            ids.iter().flat_map(|id| [(*id).to_owned(), long(id), long(id).to_uppercase()]).collect();
        for one in &texts {
            for other in &texts {
                let (ours, theirs) = (one.to_ascii_lowercase(), other.to_ascii_lowercase());
                // A slash at the end is no part of an id.
                let expected = ours.trim_end_matches('/').cmp(theirs.trim_end_matches('/'));
                assert_eq!(ResourceId::new(one).cmp(&ResourceId::new(other)), expected, "{one} {other}");
            }
        }
    }

    #[test]
    fn guids_are_told_from_names() {
        let guid = "3f2504e0-4f89-11d3-9A0C-0305e82c3301";
        assert!(is_guid(guid));
        for other in ["", "contoso.com", &guid[1..], "g".repeat(36).as_str(), &"-".repeat(36)] {
            assert!(!is_guid(other), "{other}");
        }
    }

    #[test]
    fn anything_else_answers_none() {
        for odd in
            ["", "/", "alias.guid.westus2.azure.privatelinkservice", "/subscriptions", "/providers/", "//"]
        {
            let id = ResourceId::new(odd);
            assert_eq!(id.resource_type(), None, "{odd}");
            assert_eq!(id.subscription(), None, "{odd}");
            assert_eq!(id.virtual_network(), None, "{odd}");
        }
    }
}
