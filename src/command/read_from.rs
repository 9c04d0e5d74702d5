//! Which of Azure's services an estate is read from: as the command line says, or as its size asks for.

use super::console::Console;
use crate::azure::Reader;
use crate::cli::ReadFrom;
use crate::inventory::{Source, Want};

/// Up to so many subscriptions are read from the management API, which tells what is; beyond, its calls take longer
/// than anybody waits.
const FEW: usize = 10;

/// The reader, reading the lists of `wants` from what fits them best; says which that is, and why, unless it is what
/// everybody expects.
pub(super) async fn settle(
    reader: Reader,
    asked: ReadFrom,
    wants: &[Want],
    console: &Console,
) -> (Reader, Source) {
    let ids: Vec<&str> = wants.iter().filter_map(subscription).collect();
    let source = match asked {
        ReadFrom::Arm => Source::Arm,
        ReadFrom::Graph => Source::Graph,
        ReadFrom::Auto if ids.len() <= FEW => Source::Arm,
        ReadFrom::Auto => Source::Graph,
    };
    let refusal = match (asked, source, ids.first()) {
        (ReadFrom::Auto, Source::Graph, Some(id)) => reader.graph_refusal(id).await,
        _ => None,
    };
    let source = if refusal.is_some() { Source::Arm } else { source };
    if asked != ReadFrom::Arm {
        console.say(&said(asked, source, ids.len(), refusal.as_deref()));
    }
    (reader.reading_from(source), source)
}

fn subscription(want: &Want) -> Option<&str> {
    match want {
        Want::Subscription { id, .. } | Want::Dns { id } => Some(id),
        _ => None,
    }
}

fn said(asked: ReadFrom, source: Source, count: usize, refusal: Option<&str>) -> String {
    let from = match source {
        Source::Arm => "the management API",
        Source::Graph => "Resource Graph",
    };
    let number = if count == 1 { "1 subscription".to_owned() } else { format!("{count} subscriptions") };
    let why = match (asked, source, refusal) {
        (ReadFrom::Arm | ReadFrom::Graph, _, _) => format!("--source {}", source.name()),
        (ReadFrom::Auto, _, Some(refusal)) => format!("Resource Graph does not answer: {refusal}"),
        (ReadFrom::Auto, Source::Arm, None) => format!("no more than {FEW}"),
        (ReadFrom::Auto, Source::Graph, None) => format!("more than {FEW}"),
    };
    format!("reading {number} from {from} ({why})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_names_the_source_and_the_reason() {
        let few = said(ReadFrom::Auto, Source::Arm, 1, None);
        assert_eq!(few, "reading 1 subscription from the management API (no more than 10)");
        let many = said(ReadFrom::Auto, Source::Graph, 11, None);
        assert_eq!(many, "reading 11 subscriptions from Resource Graph (more than 10)");
        let told = said(ReadFrom::Graph, Source::Graph, 2, None);
        assert_eq!(told, "reading 2 subscriptions from Resource Graph (--source graph)");
        let refused = said(ReadFrom::Auto, Source::Arm, 11, Some("AuthorizationFailed: no"));
        assert!(
            refused.ends_with("the management API (Resource Graph does not answer: AuthorizationFailed: no)")
        );
    }
}
