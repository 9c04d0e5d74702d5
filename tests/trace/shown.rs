//! What the built binary shows of the sample estate.

use std::path::Path;

use crate::standin::child::{Outcome, Run};

fn plaudit(args: &[&str]) -> Outcome {
    Run::new(Path::new("/"), args).run()
}

#[test]
fn the_exit_code_is_the_worst_verdict() {
    plaudit(&["trace", "pe-sql-orders", "--demo", "healthy"]).exits(0);
    plaudit(&["trace", "pe-sb-telemetry", "--demo"]).exits(1);
    // Not every network of this estate could be read.
    let found = plaudit(&["trace", "pe-sql-orders", "--demo"]);
    found.exits(3).warns("one of those may need the endpoint too");
    plaudit(&["trace", "pe-sql-orders", "--from", "vnet-retail-weu", "--demo"]).exits(0);
    plaudit(&["trace", "pe-st-stores-blob", "--demo"]).exits(3);
    plaudit(&["trace", "nobody", "--demo"]).exits(2).warns("neither an endpoint");
    plaudit(&["trace", "pe-sql-orders", "--from", "nowhere", "--demo"]).exits(2).warns("nowhere");
    plaudit(&["names", "--demo", "healthy"]).exits(0);
}

#[test]
fn a_table_fits_and_json_tells_the_same() {
    let args = ["trace", "sql-contoso-orders.database.windows.net", "--from", "vnet-retail-weu", "--demo"];
    let outcome = plaudit(&args);
    let table = &outcome.exits(0).stdout;
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    assert!(table.contains("=> private and reachable"), "{table}");
    let json = plaudit(&[args.as_slice(), &["-f", "json"]].concat()).report();
    assert_eq!(json["schema"], "plaudit/trace/v1");
    assert_eq!(json["traces"][0]["verdict"], "privateReachable");
    for step in json["traces"][0]["ways"][0]["steps"].as_array().unwrap() {
        let first: String = step["text"].as_str().unwrap().split(' ').take(3).collect::<Vec<_>>().join(" ");
        assert!(table.contains(&first), "{first} is not in {table}");
    }
}

#[test]
fn pictures_have_a_box_for_each_step() {
    let mermaid =
        plaudit(&["trace", "pe-sql-orders", "--demo", "healthy", "-f", "mermaid"]).exits(0).stdout.clone();
    assert!(mermaid.starts_with("flowchart TD\n"));
    let dot = plaudit(&["trace", "pe-sql-orders", "--demo", "healthy", "-f", "dot"]).exits(0).stdout.clone();
    assert!(dot.starts_with("digraph traces {\n") && dot.ends_with("}\n"));
    assert_eq!(mermaid.matches("[\"").count(), dot.matches("[label=").count());
}
