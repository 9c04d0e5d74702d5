//! The HTML report as a browser's parser reads it: the tree has the elements and attributes that were written, and what
//! stands in the texts changes none of them.

use html5ever::tendril::TendrilSink;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use plaudit::finding::Report;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::hostile::{report, text};
use crate::html::{background, page, tags};

/// An element as a browser has it: its name and its attributes, in the order of the page.
type Element = (String, Vec<(String, String)>);

/// What a browser makes of a page: its elements, and the errors it passes over.
fn parsed(page: &str) -> (Vec<Element>, Vec<String>) {
    let dom: RcDom = parse_document(RcDom::default(), ParseOpts::default()).one(page);
    let mut elements = Vec::new();
    let mut left: Vec<Handle> = vec![dom.document.clone()];
    while let Some(node) = left.pop() {
        if let NodeData::Element { name, attrs, .. } = &node.data {
            let attribute = |one: &html5ever::Attribute| {
                let prefix = one.name.prefix.as_ref().filter(|prefix| !prefix.is_empty());
                let prefix = prefix.map(|prefix| format!("{prefix}:")).unwrap_or_default();
                (format!("{prefix}{}", one.name.local), one.value.to_string())
            };
            elements.push((name.local.to_string(), attrs.borrow().iter().map(attribute).collect()));
        }
        assert!(!matches!(node.data, NodeData::Comment { .. }), "a comment");
        left.extend(node.children.borrow().iter().rev().cloned());
    }
    let errors = dom.errors.borrow().iter().map(ToString::to_string).collect();
    (elements, errors)
}

/// The same of what was written, taken apart by a reader to which every bare `<` is an error.
fn written(page: &str) -> Vec<Element> {
    let read_back = |value: &str| {
        let plain = value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
        plain.replace("&#39;", "'").replace("&amp;", "&")
    };
    let opened = tags(page).unwrap().into_iter().filter(|(name, _)| !name.starts_with(['/', '!']));
    opened
        .map(|(name, attributes)| {
            let own = attributes.into_iter().filter(|(key, _)| (name, *key) != ("script", "text"));
            let own = own.filter(|(key, _)| (name, *key) != ("style", "text"));
            (name.to_owned(), own.map(|(key, value)| (key.to_owned(), read_back(value))).collect())
        })
        .collect()
}

fn whole(texts: &[String]) -> String {
    let report: Report = report(texts);
    page(&report, &background(&report, texts))
}

/// What the text may change of an element, left out: it may become code, and say more.
fn skeleton(page: &str) -> Vec<(String, Vec<String>)> {
    let elements = parsed(page).0.into_iter().filter(|(name, _)| name != "code");
    elements.map(|(name, attributes)| (name, attributes.into_iter().map(|(key, _)| key).collect())).collect()
}

#[test]
fn known_attacks_leave_the_tree_as_it_is_with_harmless_text() {
    let harmless = skeleton(&whole(&["harmless".to_owned()]));
    assert!(harmless.len() > 500);
    for attack in [
        "</script><script>alert(1)</script>",
        "</style></svg></title></textarea></select></option></template>",
        "\" onmouseover=\"alert(1)",
        "' autofocus onfocus='alert(1)",
        "<img src=x onerror=alert(1)>",
        "<svg><a xlink:href=javascript:alert(1)>",
        "<!--",
        "--!><b>",
        "]]><![CDATA[",
        "<table><tr><td>",
        "<form action=x><input name=q>",
        "<base href=x><meta http-equiv=refresh content=0>",
        "&lt;b&gt;&#60;b&#62;&amp",
        "`</code><b>`",
        "\u{0}<\u{0}b>",
    ] {
        // A slash is structure in the id of a resource.
        let attack = attack.replace('/', "\u{2215}");
        assert_eq!(skeleton(&whole(std::slice::from_ref(&attack))), harmless, "{attack}");
    }
}

#[test]
fn the_parser_would_see_an_attack() {
    let page = whole(&["harmless".to_owned()]).replacen("<main>", "<main><img src=x onerror=alert(1)>", 1);
    assert!(parsed(&page).0.iter().any(|(name, _)| name == "img"));
    let page = whole(&["harmless".to_owned()]).replacen("</main>", "</table></p></main>", 1);
    assert!(!parsed(&page).1.is_empty(), "what is out of place is told");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_browser_sees_what_was_written(texts in vec(text(), 1..12)) {
        let page = whole(&texts);
        let (seen, errors) = parsed(&page);
        prop_assert_eq!(errors, Vec::<String>::new());
        let written = written(&page);
        for (seen, written) in seen.iter().zip(&written) {
            prop_assert_eq!(seen, written);
        }
        prop_assert_eq!(seen.len(), written.len());
    }
}
