//! Makes the estate that a plan describes.

use plaudit::inventory::ResourceId;

use crate::estate::Estate;
use crate::estate::services::{key_vault, storage};
use crate::plan::*;

impl Plan {
    pub fn family(&self) -> &'static Family {
        &FAMILIES[self.family % FAMILIES.len()]
    }

    fn at(&self, vnet: usize) -> usize {
        vnet % self.vnets.len()
    }

    /// The second octet of a network's addresses.
    fn octet(&self, vnet: usize) -> usize {
        let at = self.at(vnet);
        let space = self.vnets[at].space;
        if space >= self.vnets.len() { at } else { space }
    }

    /// What stands in the setting.
    pub fn address(&self, server: Server) -> String {
        let of = |vnet: usize, rest: &str| format!("10.{}.{rest}", self.octet(vnet));
        match server {
            Server::AzureDns => "168.63.129.16".into(),
            Server::Inbound(v, n) => of(v, &format!("2.{}", 4 + n)),
            Server::Firewall(v) => of(v, "3.4"),
            Server::HubFirewall(h) => format!("192.168.{}.4", h % 2),
            Server::Machine(v) => of(v, "1.4"),
            Server::Balancer(v) => of(v, "1.10"),
            Server::Endpoint(v) => of(v, "4.4"),
            Server::Unlisted(v) => of(v, "0.200"),
            Server::Unheld(v) => of(v, "2.12"),
            Server::BesideFirewall(v) => of(v, "3.20"),
            Server::OnPremises => "172.31.0.53".into(),
            Server::Public => "8.8.8.8".into(),
            Server::Garbage(n) => ["", "dns.corp.example", "10.0.0", "10.0.1.4/32"][n % 4].into(),
        }
    }

    /// Addresses in the order given, each once, as Azure demands.
    fn addresses(&self, servers: &[Server]) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for server in servers {
            let address = self.address(*server);
            if !all.contains(&address) {
                all.push(address);
            }
        }
        all
    }

    /// What somebody says of servers; now and then that they resolve through a network that is not there.
    pub fn said(&self, vnets: &[ResourceId]) -> Vec<Said> {
        let mut all: Vec<Said> = Vec::new();
        for (server, through) in &self.said {
            let address = self.address(*server);
            let known = all.iter().any(|said| said.address == address);
            if known || *server == Server::AzureDns || matches!(server, Server::Garbage(_)) {
                continue;
            }
            let gone = || format!("{}-gone", vnets[0]);
            let through = through.map(|at| {
                vnets.get(at % (vnets.len() + 1)).map_or_else(gone, |id| id.as_str().to_uppercase())
            });
            all.push(Said { address, through });
        }
        all
    }

    /// The estate, and the ids of its networks.
    pub fn build(&self) -> (Estate, Vec<ResourceId>) {
        let mut e = Estate::new();
        let mut vnets = Vec::new();
        for at in 0..self.vnets.len() {
            vnets.push(e.vnet(&format!("v{at}"), &format!("10.{}.0.0/16", self.octet(at))));
        }
        for (at, vnet) in self.vnets.iter().enumerate() {
            self.fill(&mut e, at, vnet, &vnets[at]);
        }
        for (hub, dns) in self.hub_firewalls.iter().enumerate() {
            if let Some(dns) = dns {
                let id = e.hub_firewall(
                    &format!("hubfw{hub}"),
                    &format!("hub{hub}"),
                    &self.address(Server::HubFirewall(hub)),
                );
                self.firewall_dns(&mut e, &id, &format!("hub{hub}"), dns);
            }
        }
        self.peer(&mut e, &vnets);
        let mut linked = Vec::new();
        for (number, zone) in self.zones.iter().enumerate() {
            self.zone(&mut e, number, zone, &vnets, &mut linked);
        }
        self.add_rulesets(&mut e, &vnets);
        (e, vnets)
    }

    fn fill(&self, e: &mut Estate, at: usize, vnet: &Vnet, id: &ResourceId) {
        e.client(id);
        let servers = self.addresses(&vnet.servers);
        if !servers.is_empty() {
            let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
            e.dns_servers(id, &servers);
        }
        if vnet.inbound > 0 {
            let resolver = e.resolver(&format!("resolver{at}"), id);
            for n in 0..vnet.inbound {
                e.inbound(&resolver, &self.address(Server::Inbound(at, n)));
            }
        }
        if vnet.machine {
            e.machine(id, &format!("dc{at}-nic"), &self.address(Server::Machine(at)));
        }
        if vnet.balancer {
            e.load_balancer(&format!("lb{at}"), id, &self.address(Server::Balancer(at)));
        }
        if vnet.endpoint {
            let service = if self.family == 3 { key_vault("kv") } else { storage("acct", "blob") };
            e.endpoint(&format!("pe{at}"), id, service);
        }
        if let Some(dns) = &vnet.firewall {
            let firewall = e.firewall(&format!("fw{at}"), id, &self.address(Server::Firewall(at)));
            self.firewall_dns(e, &firewall, &format!("{at}"), dns);
        }
        if let Some(hub) = vnet.hub {
            e.connect_to_virtual_hub(id, &format!("hub{hub}"));
            let space = serde_json::json!({"addressPrefixes": [format!("192.168.{}.0/24", hub % 2)]});
            e.edit(id, |v| {
                let peering = &mut v["properties"]["virtualNetworkPeerings"][0]["properties"];
                peering["remoteAddressSpace"] = space.clone();
                peering["remoteVirtualNetworkAddressSpace"] = space;
            });
        }
    }

    fn firewall_dns(&self, e: &mut Estate, id: &ResourceId, tag: &str, dns: &Dns) {
        let servers = self.addresses(&dns.servers);
        let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
        let own = format!("policy{tag}");
        match dns.place {
            DnsPlace::Nowhere => {}
            DnsPlace::Classic => {
                e.classic_dns(id, dns.proxy, &servers);
            }
            DnsPlace::Policy => {
                let policy = e.firewall_policy(&own, dns.proxy, &servers);
                e.use_policy(id, &policy);
            }
            DnsPlace::BasePolicy | DnsPlace::EmptyPolicy => {
                let base = e.firewall_policy(&format!("base{tag}"), dns.proxy, &servers);
                if dns.place == DnsPlace::EmptyPolicy {
                    e.edit(&base, |b| drop(b["properties"].as_object_mut().unwrap().remove("dnsSettings")));
                    e.classic_dns(id, dns.proxy, &servers);
                }
                let policy = e.child_policy(&own, &base);
                e.use_policy(id, &policy);
            }
            DnsPlace::LostPolicy => {
                let policy = e.firewall_policy(&own, dns.proxy, &servers);
                e.use_policy(id, &policy);
                e.remove(&policy);
            }
        }
    }

    fn peer(&self, e: &mut Estate, vnets: &[ResourceId]) {
        let mut done = Vec::new();
        for (a, b, state) in &self.peerings {
            let (a, b) = (self.at(*a), self.at(*b));
            let pair = (a.min(b), a.max(b));
            if a == b || done.contains(&pair) {
                continue;
            }
            done.push(pair);
            let (a, b) = (&vnets[a], &vnets[b]);
            match state {
                State::Connected => drop(e.peer(a, b)),
                State::Initiated => drop(e.half_peer(a, b)),
                State::Disconnected => drop(e.peer(a, b).unpeer(b, a)),
                State::HalfRemade => {
                    e.peer(a, b).unpeer(b, a);
                    e.half_peer(b, a);
                }
            }
        }
    }

    /// `linked` are the zone names that each network is linked to already: Azure allows one zone of a name.
    fn zone(
        &self,
        e: &mut Estate,
        number: usize,
        zone: &Zone,
        vnets: &[ResourceId],
        linked: &mut Vec<(&'static str, usize)>,
    ) {
        let name = self.family().zones[zone.name % self.family().zones.len()];
        e.in_group(&format!("rg-zone{number}"));
        let id = e.zone(name);
        for (vnet, redirects, failed) in &zone.links {
            let vnet = self.at(*vnet);
            if linked.contains(&(name, vnet)) {
                continue;
            }
            linked.push((name, vnet));
            let link = e.link(&id, &vnets[vnet]);
            if *redirects {
                e.edit(&link, |l| l["properties"]["resolutionPolicy"] = "NxDomainRedirect".into());
            }
            if *failed {
                e.edit(&link, |l| l["properties"]["provisioningState"] = "Failed".into());
            }
        }
        let mut names = Vec::new();
        for record in &zone.records {
            let Some(at) = self.record_name(name, record.name) else { continue };
            if names.contains(&at) {
                continue;
            }
            match &record.data {
                Data::A(hosts) => {
                    let addresses: Vec<String> = hosts.iter().map(|h| format!("10.9.{number}.{h}")).collect();
                    e.record(&id, &at, &addresses.iter().map(String::as_str).collect::<Vec<_>>());
                }
                Data::Aaaa(host) => drop(e.aaaa(&id, &at, &[&format!("fd00::{host}")])),
                Data::Txt => drop(e.txt(&id, &at, "hello")),
                Data::Empty => drop(e.record(&id, &at, &[])),
                Data::Cname(_) if at == "@" => continue,
                Data::Cname(to) => {
                    drop(e.cname(&id, &at, self.family().targets[to % self.family().targets.len()]));
                }
            }
            names.push(at);
        }
    }

    /// The name of a record in a zone, if it can have one.
    fn record_name(&self, zone: &str, name: Name) -> Option<String> {
        let of = |which: usize| {
            let names = self.family().names;
            let (fqdn, alias) = names[which % names.len()];
            let inside = |name: &str| Some(name.strip_suffix(zone)?.strip_suffix('.')?.to_owned());
            inside(fqdn).or_else(|| inside(alias?)).filter(|name| !name.is_empty())
        };
        match name {
            Name::Of(which) => of(which),
            Name::Below(which) => Some(format!("sub.{}", of(which)?)),
            Name::Star(which, up) => {
                let name = of(which)?;
                let rest: Vec<&str> = name.split('.').skip(up).collect();
                Some(if rest.is_empty() { "*".to_owned() } else { format!("*.{}", rest.join(".")) })
            }
            Name::Apex => Some("@".into()),
            Name::Literal(which) => Some(LITERALS[which % LITERALS.len()].into()),
        }
    }

    fn add_rulesets(&self, e: &mut Estate, vnets: &[ResourceId]) {
        e.in_group("rg-rules");
        for (number, ruleset) in self.rulesets.iter().enumerate() {
            if let Some(vnet) = ruleset.outbound {
                // The builder names a ruleset's resolver after it, in the group of the ruleset.
                e.resolver(&format!("rules{number}-resolver"), &vnets[self.at(vnet)]);
            }
            let id = e.ruleset(&format!("rules{number}"));
            let mut domains = Vec::new();
            for rule in &ruleset.rules {
                let domain = self.family().domains[rule.domain % self.family().domains.len()];
                let bare = domain.trim_end_matches('.').to_ascii_lowercase();
                if domains.contains(&bare) {
                    continue;
                }
                domains.push(bare);
                let mut targets = self.addresses(&rule.targets);
                // A rule with a target without address is left out as malformed, with a gap.
                targets.retain(|target| !target.is_empty());
                let made = e.rule(&id, domain, &targets.iter().map(String::as_str).collect::<Vec<_>>());
                if !rule.enabled {
                    e.edit(&made, |r| r["properties"]["forwardingRuleState"] = "Disabled".into());
                }
            }
        }
        for (at, vnet) in self.vnets.iter().enumerate() {
            if let (Some(ruleset), false) = (vnet.ruleset, self.rulesets.is_empty()) {
                let name = format!("rules{}", ruleset % self.rulesets.len());
                let id = ResourceId::new(&format!(
                    "/subscriptions/{}/resourceGroups/rg-rules/providers/Microsoft.Network/dnsForwardingRulesets/{name}",
                    e.subscription_guid(crate::estate::HOME)
                ));
                e.link_ruleset(&id, &vnets[at]);
            }
        }
    }
}
