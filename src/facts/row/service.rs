//! Rows of private link services: the side of a provider.

use std::net::IpAddr;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::Fact;
use super::head::{Body, Head, TagMap, shown, tags, texts};
use super::reference::{self, EndpointRef};
use super::sight::Sight;
use super::{Row, Subject};
use crate::inventory::{HeldAddress, PrivateLinkService, ResourceId, TargetConnection};
use crate::topology::Topology;
use crate::topology::endpoints::Status;
use crate::topology::knowledge::Seen;
use crate::topology::services::{JoinedFrontend, Service};

/// A private link service, with what stands behind it and who is connected to it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "plaudit facts, a private link service, version 1")]
pub(super) struct ServiceRow {
    #[serde(flatten)]
    head: Head,
    /// What the row is about.
    #[schemars(extend("const" = "service"))]
    subject: &'static str,
    /// Its region; null when it tells none.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    location: Fact<Option<String>>,
    /// Its tags, by name.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    tags: Fact<TagMap>,
    /// `Succeeded`, `Failed`, …; null when it tells none.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    provisioning_state: Fact<Option<String>>,
    /// What consumers in other tenants name it by; null when it tells none.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    alias: Fact<Option<String>>,
    /// The subscriptions that may ask for it; `*` for everybody; empty for those with rights on it.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    visibility: Fact<Vec<String>>,
    /// The subscriptions whose connections are approved at once.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    auto_approval: Fact<Vec<String>>,
    /// Whether it speaks the PROXY protocol; null when it does not say.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    proxy_protocol: Fact<Option<bool>>,
    /// The address that traffic goes to without a load balancer; null where there is one.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    destination: Fact<Option<IpAddr>>,
    /// The frontends of load balancers that it leads to.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    frontends: Fact<Vec<FrontendRow>>,
    /// The addresses from which the backend is asked.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    nat: Fact<Vec<NatRow>>,
    /// Its connections, of whatever tenant.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    connections: Fact<Vec<ConsumerRow>>,
}

/// A frontend of a load balancer that a service leads to.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FrontendRow {
    /// Its ARM id.
    id: String,
    /// The ARM id of the load balancer; null when the frontend's id names none.
    load_balancer: Option<String>,
    /// Whether the load balancer is there.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    exists: Fact<bool>,
    /// The load balancer's SKU: `Basic`, `Standard` or `Gateway`; null when it tells none or is gone.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    sku: Fact<Option<String>>,
    /// The load balancer's tags, by name; null when it is gone.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    tags: Fact<Option<TagMap>>,
    /// The frontend's private address; null when it has none or is gone.
    #[serde(skip_serializing_if = "Fact::is_unread")]
    address: Fact<Option<IpAddr>>,
}

/// An address from which the backend is asked.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NatRow {
    /// The address; null when Azure chooses it.
    address: Option<IpAddr>,
    /// The ARM id of the subnet it comes from; null when it names none.
    subnet: Option<String>,
}

/// A connection, as the service keeps it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConsumerRow {
    /// Its ARM id.
    id: String,
    /// Its name.
    name: String,
    /// The private endpoint at the other end, of any tenant; null when it names none.
    endpoint: Option<EndpointRef>,
    /// As Azure says it: `Approved`, `Pending`, `Rejected`, `Disconnected`, …; null when it says nothing.
    status: Option<String>,
    /// Whether its status is `Approved`, in any case of letters.
    approved: bool,
    /// What the approver wrote; null when nothing.
    description: Option<String>,
    /// `Succeeded`, `Failed`, …; null when it tells none.
    provisioning_state: Option<String>,
}

pub(super) fn rows(topology: &Topology) -> Vec<Row> {
    let both = topology.inventory.private_link_services.par_iter().zip(&topology.services.joined);
    both.map(|(service, joined)| Row::of(&service.id, joined.reported, &row(topology, service, joined)))
        .collect()
}

fn row(topology: &Topology, service: &PrivateLinkService, joined: &Service) -> ServiceRow {
    let body = Body::of(topology, &service.id);
    let frontends =
        || service.frontends.iter().zip(&joined.frontends).map(|(id, far)| frontend(topology, id, far));
    ServiceRow {
        head: Head::of(&service.id, joined.reported),
        subject: Subject::Service.name(),
        location: body.text(&service.location),
        tags: tags(&service.tags),
        provisioning_state: body.text(&service.provisioning_state),
        alias: body.text(&service.alias),
        visibility: body.whole(|| texts(&service.visibility)),
        auto_approval: body.whole(|| texts(&service.auto_approval)),
        proxy_protocol: body.maybe(service.proxy_protocol),
        destination: body.maybe(service.destination),
        frontends: body.whole(|| frontends().collect()),
        nat: body.whole(|| service.nat.iter().map(nat).collect()),
        connections: body.whole(|| service.connections.iter().map(|one| consumer(topology, one)).collect()),
    }
}

fn frontend(topology: &Topology, id: &ResourceId, joined: &JoinedFrontend) -> FrontendRow {
    let balancers = &topology.inventory.load_balancers;
    let sight = match joined.balancer {
        Seen::Unknown(_) => Sight::Unread,
        Seen::Absent => Sight::Gone,
        Seen::Found(index) => balancers.get(index).map_or(Sight::Unread, |balancer| Sight::Found {
            resource: balancer,
            odd: Body::of(topology, &balancer.id).odd,
        }),
    };
    FrontendRow {
        id: shown(id),
        load_balancer: joined.balancer_id.as_ref().map(shown),
        exists: sight.exists(),
        sku: sight.text(|balancer| &balancer.sku),
        tags: sight.tags(|balancer| &balancer.tags),
        address: sight.maybe(|balancer| balancer.frontends.get(joined.position?)?.held.address),
    }
}

fn nat(nat: &HeldAddress) -> NatRow {
    NatRow { address: nat.address, subnet: nat.subnet.as_ref().map(shown) }
}

fn consumer(topology: &Topology, connection: &TargetConnection) -> ConsumerRow {
    ConsumerRow {
        id: shown(&connection.id),
        name: connection.id.name().to_owned(),
        endpoint: connection.endpoint.as_ref().map(|id| reference::endpoint(topology, id)),
        status: connection.status.as_deref().map(str::to_owned),
        approved: Status::read(connection.status.as_deref()) == Status::Approved,
        description: connection.description.as_deref().map(str::to_owned),
        provisioning_state: connection.provisioning_state.as_deref().map(str::to_owned),
    }
}
