//! Networks behind Virtual WAN hubs: what leads between them, and who mends their peerings.

use plaudit::inventory::ResourceId;
use plaudit::topology::reach::Path;

use crate::estate::Estate;
use crate::judged::{expect_in, judge, only, topology};

struct Wan {
    e: Estate,
    a: ResourceId,
    b: ResourceId,
    /// The connection of `a`.
    connection: ResourceId,
}

/// Two networks behind two hubs of these WANs.
fn behind(first: &str, second: &str) -> Wan {
    let mut e = Estate::new();
    let a = e.vnet("a", "10.1.0.0/16");
    let b = e.vnet("b", "10.2.0.0/16");
    e.in_group("rg-wan");
    let (north, south) = (e.virtual_hub("north", first), e.virtual_hub("south", second));
    let connection = e.hub_connection(&north, &a);
    e.hub_connection(&south, &b);
    Wan { e, a, b, connection }
}

fn path(it: &Wan) -> Path {
    let topology = topology(it.e.collected());
    topology.path(topology.network(&it.a).unwrap(), topology.network(&it.b).unwrap())
}

#[test]
fn two_hubs_of_one_wan_may_lead_to_each_other_and_of_two_wans_by_gateways_alone() {
    let may = Path::Possible("both networks are connected to Virtual WAN");
    assert_eq!(path(&behind("wan", "wan")), may);
    assert_eq!(path(&behind("wan", "WAN")), may);
    let gateways = Path::Possible("gateways may connect the networks");
    assert_eq!(path(&behind("wan", "other")), gateways);
    let mut it = behind("wan", "other");
    it.b = it.e.vnet("classic", "10.4.0.0/16");
    assert_eq!(path(&it), Path::None);
    it.e.gateway(&it.b, "10.4.2.0/27");
    assert_eq!(path(&it), gateways);
}

#[test]
fn a_hub_that_was_not_read_may_be_of_any_wan() {
    let may = Path::Possible("both networks are connected to Virtual WAN");
    let mut it = behind("wan", "other");
    // The connection is gone from the lists; the network's own peering still tells of it.
    it.e.remove(&it.connection);
    assert_eq!(path(&it), may);
    let mut it = behind("wan", "other");
    let hub = it.connection.parent().unwrap();
    it.e.edit(&hub, |hub| hub["properties"]["virtualWan"] = serde_json::json!({}));
    assert_eq!(path(&it), may);
}

#[test]
fn networks_peered_with_those_behind_one_wan_may_reach_each_other() {
    let mut it = behind("wan", "wan");
    let far = it.e.vnet("far", "10.3.0.0/16");
    it.e.peer(&far, &it.b);
    it.b = far;
    assert!(matches!(path(&it), Path::Possible(_)));
    let mut it = behind("wan", "other");
    let far = it.e.vnet("far", "10.3.0.0/16");
    it.e.peer(&far, &it.b);
    it.b = far;
    assert_eq!(path(&it), Path::Possible("gateways may connect the networks"));
}

#[test]
fn the_connection_of_the_hub_is_made_again_by_its_name() {
    let mut it = behind("wan", "wan");
    it.e.edit(&it.a, |v| {
        v["properties"]["virtualNetworkPeerings"][0]["properties"]["peeringState"] = "Disconnected".into();
    });
    let report = judge(&it.e);
    let finding = only(&report, "NET-001");
    expect_in(&report, &[&format!("NET-001 {} fail error certain", finding.subject.name)]);
    let commands: Vec<&str> = finding.remediation.iter().filter_map(|step| step.command.as_deref()).collect();
    let place =
        format!("--subscription {} -g rg-wan --vhub-name north -n conn-a", it.a.subscription().unwrap());
    assert_eq!(
        commands,
        [
            format!("az network vhub connection show {place} -o jsonc"),
            format!("az network vhub connection delete {place}"),
            format!("az network vhub connection create {place} --remote-vnet {}", it.a),
        ]
    );
    // Which of two connections is meant nobody can say.
    it.e.in_group("rg-wan");
    let third = it.e.virtual_hub("third", "wan");
    let second = it.e.hub_connection(&third, &it.a);
    assert_ne!(second, it.connection);
    let report = judge(&it.e);
    let steps = &only(&report, "NET-001").remediation;
    assert!(steps.iter().all(|step| step.command.is_none()), "{steps:?}");
}

#[test]
fn a_failed_connection_is_looked_at_and_not_made_again() {
    let mut it = behind("wan", "wan");
    it.e.edit(&it.a, |v| {
        v["properties"]["virtualNetworkPeerings"][0]["properties"]["provisioningState"] = "Failed".into();
    });
    let report = judge(&it.e);
    let steps = &only(&report, "NET-013").remediation;
    assert_eq!(steps.len(), 1);
    assert!(steps[0].command.as_ref().unwrap().contains("vhub connection show"), "{steps:?}");
}
