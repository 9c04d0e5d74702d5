//! A configuration steers what is read.

use serde_json::json;

use crate::standin::StandIn;
use crate::standin::journal::Door;
use crate::standin::objects::{SPOKE, network_id, spoke_and_hub};

const WIDGETS: &str = "[[zones]]\ntype = 'Contoso.Things/widgets'\ngroup = 'widget'\n\
    zone = 'privatelink.widget.contoso.com'\nsuffixes = ['widget.contoso.com']\n";

#[test]
fn the_records_of_a_zone_that_is_added_are_read() {
    let mut objects = spoke_and_hub(1);
    let id = network_id(SPOKE, "rg-dns", "privateDnsZones/widget.contoso.com");
    objects.push(json!({"id": id, "name": "widget.contoso.com", "location": "global",
        "type": "Microsoft.Network/privateDnsZones",
        "properties": {"provisioningState": "Succeeded", "numberOfRecordSets": 1}}));
    let standin = StandIn::start(objects);
    let (config, file) = (standin.folder().join("widgets.toml"), standin.folder().join("estate.jsonl"));
    std::fs::write(&config, WIDGETS).unwrap();
    let (config, file) = (config.to_string_lossy(), file.to_string_lossy());
    let asked = || {
        let asked = standin.at(Door::Arm);
        asked.iter().filter(|entry| entry.path.contains("/privateDnsZones/widget.contoso.com/")).count()
    };
    for command in [["audit", "-f", "json"], ["collect", "-o", &file]] {
        let before = asked();
        standin.signed_in(&[command.as_slice(), &["-s", SPOKE]].concat()).run().exits(0);
        assert_eq!(asked(), before, "{command:?}");
        standin.signed_in(&[command.as_slice(), &["-s", SPOKE, "--config", &config]].concat()).run().exits(0);
        assert!(asked() > before, "{command:?}");
    }
}

#[test]
fn what_is_wrong_with_files_is_told_before_anything_is_asked() {
    let standin = StandIn::start(spoke_and_hub(1));
    let bad = standin.folder().join("bad.toml");
    std::fs::write(&bad, "expect_onprem = true").unwrap();
    let bad = bad.to_string_lossy();
    for args in [
        ["audit", "--config", &bad].as_slice(),
        &["audit", "--baseline", &bad],
        &["audit", "--since", &bad],
        &["audit", "--write-baseline", "/no/such/folder/known.json"],
        &["collect", "-o", "/dev/null", "--config", &bad],
    ] {
        standin.signed_in(&[args, &["-s", SPOKE]].concat()).run().exits(2);
    }
    assert!(standin.log().is_empty(), "{:?}", standin.log());
}
