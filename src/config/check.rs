//! The configuration, checked value by value: everything that is wrong is told at once.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::Range;

use toml::{Spanned, Value};

use super::document::Fault;
use super::{Changes, Config, raw};
use crate::audit::Suppression;
use crate::finding::Severity;
use crate::inventory::{Cloud, IdPattern, Pack, ResourceId, is_guid};
use crate::rules::{ExpectedNetwork, ExpectedRoutes, OwnRules, Rule, Settings, Thresholds};
use crate::spelling::did_you_mean;
use crate::topology::zones::{AddedRow, ZoneTable};
use crate::topology::{DeclaredServer, Options};

/// How a server's declaration begins that names a network.
const THROUGH: &str = "resolves through vnet ";

/// Checks what was read from `text`. `every` says that there are no rules but these.
pub(super) fn checked(raw: raw::Raw, text: &str, rules: &[Rule], every: bool) -> Result<Config, Vec<Fault>> {
    let mut check = Check { text, rules, every, faults: Vec::new() };
    let changes = check.changes(&raw.rules);
    let mut packs = check.packs(&raw.packs);
    packs.extend(packs_of(&changes, rules));
    let config = Config {
        options: Options {
            dns_servers: check.dns_servers(raw.dns_servers),
            client_networks: raw.client_vnets.iter().filter_map(|text| check.id_pattern(text)).collect(),
        },
        settings: Settings {
            expect_onprem: raw.expect_onprem,
            packs: Vec::new(),
            expect_er: check.expected_routes(&raw.expect_er),
            target_regions: check.regions(&raw.target_regions),
            appliance: raw.appliance_object_id.and_then(|id| check.object_id(&id)),
            expected_networks: raw.expected_vnets.iter().filter_map(|one| check.expected(one)).collect(),
            thresholds: check.thresholds(&raw.thresholds),
            former: None,
            observed: None,
        },
        suppressions: raw.suppress.iter().filter_map(|one| check.suppression(one)).collect(),
        changes,
        zones: check.zones(&raw.zones),
        own: OwnRules::default(),
    };
    let mut faults = check.faults;
    faults.sort();
    faults.dedup();
    if faults.is_empty() { Ok(config.with_packs(&packs)) } else { Err(faults) }
}

/// Whoever enables a rule by its own name asks for the pack without which it does not run.
fn packs_of(changes: &Changes, rules: &[Rule]) -> Vec<Pack> {
    let enabled = rules.iter().filter(|rule| changes.enabled.contains(rule.page.id));
    enabled.filter_map(|rule| rule.page.front.pack).collect()
}

/// The folders of people's own rules, as written: they are wanted before anything that may name their rules.
pub(super) fn rules_dirs(raw: &raw::Raw, text: &str) -> Result<Vec<String>, Vec<Fault>> {
    let Some(value) = &raw.rules_dir else { return Ok(Vec::new()) };
    let all = match value.get_ref() {
        Value::Array(items) => items.clone(),
        one => vec![one.clone()],
    };
    let folder = |one: &Value| one.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned);
    let folders: Option<Vec<String>> = all.iter().map(folder).collect();
    folders.ok_or_else(|| {
        let message = "`rules-dir` is a folder, or a list of folders, each a text";
        vec![Fault::at(text, &value.span(), message)]
    })
}

struct Check<'a> {
    text: &'a str,
    rules: &'a [Rule],
    every: bool,
    faults: Vec<Fault>,
}

impl Check<'_> {
    fn fault(&mut self, place: &Range<usize>, message: impl Into<String>) {
        self.faults.push(Fault::at(self.text, place, message));
    }

    fn sound<T, E: ToString>(&mut self, place: &Range<usize>, outcome: Result<T, E>) -> Option<T> {
        outcome.map_err(|fault| self.fault(place, fault.to_string())).ok()
    }

    fn pattern(&mut self, text: &Spanned<String>) -> Option<IdPattern> {
        if text.get_ref().trim().is_empty() {
            self.fault(&text.span(), "a pattern is empty; `*` stands for everything");
            return None;
        }
        self.sound(&text.span(), IdPattern::new(text.get_ref()))
    }

    /// A pattern over whole ids: one that begins with a name would fit nothing, in silence.
    fn id_pattern(&mut self, text: &Spanned<String>) -> Option<IdPattern> {
        let pattern = self.pattern(text)?;
        if !text.get_ref().starts_with(['/', '*', '?', '[', '{']) {
            let message = format!(
                "`{0}` fits no resource id: ids begin with `/subscriptions/`; did you mean `*/{0}`?",
                text.get_ref()
            );
            self.fault(&text.span(), message);
        }
        Some(pattern)
    }

    /// A key without which an entry means nothing.
    fn needed<'v, T>(
        &mut self,
        value: &'v Option<T>,
        key: &str,
        table: &str,
        place: &Range<usize>,
    ) -> Option<&'v T> {
        if value.is_none() {
            self.fault(place, format!("this [[{table}]] has no `{key}`"));
        }
        value.as_ref()
    }

    fn dns_servers(
        &mut self,
        raw: BTreeMap<Spanned<String>, Spanned<String>>,
    ) -> BTreeMap<IpAddr, DeclaredServer> {
        let mut servers = BTreeMap::new();
        for (address, said) in raw {
            let Ok(ip) = address.get_ref().trim().parse::<IpAddr>() else {
                self.fault(&address.span(), format!("`{}` is no IP address", address.get_ref()));
                continue;
            };
            let Some(server) = self.declared(&said) else { continue };
            if servers.insert(ip, server).is_some() {
                self.fault(&address.span(), format!("{ip} stands in [dns-servers] twice"));
            }
        }
        servers
    }

    fn declared(&mut self, said: &Spanned<String>) -> Option<DeclaredServer> {
        let text = said.get_ref().trim();
        if text == "trusted" {
            return Some(DeclaredServer::Trusted);
        }
        let Some(id) = text.strip_prefix(THROUGH) else {
            let hint = did_you_mean(text, ["trusted"]);
            let message = format!(
                "`{text}` says nothing of a DNS server{hint}; write `trusted`, or `{THROUGH}` and the network's id"
            );
            self.fault(&said.span(), message);
            return None;
        };
        let id = ResourceId::new(id.trim());
        if id.subscription().is_none() || !id.is_type("Microsoft.Network/virtualNetworks") {
            self.fault(&said.span(), format!("`{id}` is no id of a virtual network"));
            return None;
        }
        Some(DeclaredServer::ResolvesThrough(id))
    }

    fn expected_routes(&mut self, raw: &[Spanned<String>]) -> ExpectedRoutes {
        let mut expected = ExpectedRoutes::default();
        for peering in raw {
            match peering.get_ref().trim().to_ascii_lowercase().as_str() {
                "private" => expected.private = true,
                "microsoft" => expected.microsoft = true,
                other => {
                    let hint = did_you_mean(other, ["private", "microsoft"]);
                    let message =
                        format!("unknown peering `{other}`{hint}; there are `private` and `microsoft`");
                    self.fault(&peering.span(), message);
                }
            }
        }
        expected
    }

    /// Regions are named as the management API names them.
    fn regions(&mut self, raw: &[Spanned<String>]) -> Vec<String> {
        let mut regions = Vec::new();
        for region in raw {
            let name = region.get_ref().trim().to_ascii_lowercase();
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
                let message =
                    format!("`{}` is no name of a region; write it as `westeurope`", region.get_ref());
                self.fault(&region.span(), message);
            } else {
                regions.push(name);
            }
        }
        regions
    }

    fn object_id(&mut self, raw: &Spanned<String>) -> Option<String> {
        let id = raw.get_ref().trim();
        if !is_guid(id) {
            self.fault(
                &raw.span(),
                format!(
                    "`{id}` is no object id; `az ad user show --id <user> --query id` and `az ad sp show --id <application> --query id` tell it"
                ),
            );
            return None;
        }
        Some(id.to_ascii_lowercase())
    }

    fn packs(&mut self, raw: &[Spanned<String>]) -> Vec<Pack> {
        let mut packs = Vec::new();
        for name in raw {
            match Pack::of(name.get_ref()) {
                Some(pack) => packs.push(pack),
                None => {
                    let names = Pack::ALL.map(Pack::name);
                    let hint = did_you_mean(name.get_ref(), names);
                    let known = names.map(|name| format!("`{name}`")).join(", ");
                    let message = format!("unknown pack `{}`{hint}; there are {known}", name.get_ref());
                    self.fault(&name.span(), message);
                }
            }
        }
        packs
    }

    fn expected(&mut self, raw: &Spanned<raw::ExpectedVnet>) -> Option<ExpectedNetwork> {
        let entry = raw.get_ref();
        let endpoint = entry.endpoint.as_ref().map(|text| self.id_pattern(text));
        // A target may be an alias, which is no id.
        let target = entry.target.as_ref().map(|text| self.pattern(text));
        let network = self.needed(&entry.vnet, "vnet", "expected-vnets", &raw.span());
        let network = network.and_then(|text| self.id_pattern(text));
        Some(ExpectedNetwork {
            endpoint: endpoint.unwrap_or_default(),
            target: target.unwrap_or_default(),
            tag: entry.tag.as_ref().map(|tag| (tag.name.clone(), tag.value.clone())),
            network: network?,
        })
    }

    fn thresholds(&mut self, raw: &raw::Thresholds) -> Thresholds {
        let usual = Thresholds::default();
        let grace = raw.pending_grace.as_ref().and_then(|value| self.duration(value));
        let ttl = raw.record_ttl.as_ref().and_then(|value| self.duration(value));
        let capacity = raw.capacity.as_ref().and_then(|value| match value.get_ref() {
            per_cent @ 1..=100 => u64::try_from(*per_cent).ok(),
            other => {
                self.fault(
                    &value.span(),
                    format!("`capacity` is per cent of a limit, 1 to 100, not {other}"),
                );
                None
            }
        });
        Thresholds {
            pending_grace: grace.unwrap_or(usual.pending_grace),
            record_ttl: ttl.unwrap_or(usual.record_ttl),
            capacity: capacity.unwrap_or(usual.capacity),
        }
    }

    /// Seconds.
    fn duration(&mut self, value: &Spanned<Value>) -> Option<u64> {
        let seconds = match value.get_ref() {
            Value::Integer(seconds) => u64::try_from(*seconds).ok(),
            Value::String(text) => seconds(text),
            _ => None,
        };
        if seconds.is_none() {
            let shown = value.get_ref().to_string();
            let message =
                format!("{shown} is no duration; write seconds, or a text such as \"2h\" or \"1h30m\"");
            self.fault(&value.span(), message);
        }
        seconds
    }

    fn changes(&mut self, raw: &raw::Rules) -> Changes {
        let mut changes = Changes::default();
        for name in &raw.enable {
            if name.get_ref() == "all" {
                changes.every = true;
            } else if let Some(id) = self.rule(name) {
                changes.enabled.insert(id);
            }
        }
        for name in &raw.disable {
            let Some(id) = self.rule(name) else { continue };
            if changes.enabled.contains(&id) {
                self.fault(&name.span(), format!("rule {id} is both enabled and disabled"));
            }
            changes.disabled.insert(id);
        }
        for (name, severity) in &raw.severity {
            let id = self.rule(name);
            let severity = self.severity(severity);
            let (Some(id), Some(severity)) = (id, severity) else { continue };
            if changes.severities.insert(id.clone(), severity).is_some() {
                self.fault(&name.span(), format!("rule {id} has two severities"));
            }
        }
        changes
    }

    /// The id of the rule that an id or a name names.
    fn rule(&mut self, named: &Spanned<String>) -> Option<String> {
        let name = named.get_ref();
        let rules = self.rules;
        let found = rules.iter().find(|rule| rule.page.id == name || rule.page.name == name);
        if found.is_none() && self.every {
            let known = rules.iter().flat_map(|rule| [rule.page.id, rule.page.name]);
            self.fault(&named.span(), format!("unknown rule `{name}`{}", did_you_mean(name, known)));
        }
        found.map(|rule| rule.page.id.to_owned())
    }

    fn severity(&mut self, text: &Spanned<String>) -> Option<Severity> {
        let severities = [Severity::Error, Severity::Warning, Severity::Info];
        let found = severities.into_iter().find(|severity| severity.name() == text.get_ref());
        if found.is_none() {
            let names = severities.map(Severity::name);
            let hint = did_you_mean(text.get_ref(), names);
            let message = format!(
                "unknown severity `{}`{hint}; there are {}",
                text.get_ref(),
                names.map(|name| format!("`{name}`")).join(", ")
            );
            self.fault(&text.span(), message);
        }
        found
    }

    fn zones(&mut self, raw: &[Spanned<raw::Zone>]) -> Vec<AddedRow> {
        let mut rows = Vec::new();
        if raw.is_empty() {
            return rows;
        }
        // Which cloud the estate lives in is not known yet, and a row must do in any.
        let clouds = [Cloud::AzureCloud, Cloud::AzureUSGovernment, Cloud::AzureChinaCloud];
        let tables: Result<Vec<ZoneTable>, _> = clouds.into_iter().map(ZoneTable::embedded).collect();
        let Some(mut tables) = self.sound(&(0..0), tables) else { return rows };
        for one in raw {
            let (entry, place) = (one.get_ref(), one.span());
            let resource_type = self.needed(&entry.resource_type, "type", "zones", &place);
            let group = self.needed(&entry.group, "group", "zones", &place);
            let zone = self.needed(&entry.zone, "zone", "zones", &place);
            let suffixes = self.needed(&entry.suffixes, "suffixes", "zones", &place);
            let (Some(resource_type), Some(group), Some(zone), Some(suffixes)) =
                (resource_type, group, zone, suffixes)
            else {
                continue;
            };
            let row = AddedRow {
                resource_type: resource_type.clone(),
                group: group.clone(),
                zone: zone.clone(),
                suffixes: suffixes.clone(),
            };
            if let Some(Err(fault)) = tables.iter_mut().map(|table| table.add(&row)).find(Result::is_err) {
                self.fault(&place, format!("this [[zones]] is no row of the zone table: {fault}"));
            }
            rows.push(row);
        }
        rows
    }

    fn suppression(&mut self, raw: &Spanned<raw::Suppress>) -> Option<Suppression> {
        let (entry, place) = (raw.get_ref(), raw.span());
        let rule = self.needed(&entry.rule, "rule", "suppress", &place);
        let rule = rule.and_then(|text| self.rule_pattern(text));
        let resource = self.needed(&entry.resource, "resource", "suppress", &place);
        let resource = resource.and_then(|text| self.id_pattern(text));
        let reason = self.needed(&entry.reason, "reason", "suppress", &place);
        if let Some(blank) = reason.filter(|reason| reason.get_ref().trim().is_empty()) {
            self.fault(&blank.span(), "`reason` is blank; say why these findings are accepted");
        }
        let expires = entry.expires.as_ref().and_then(|value| self.date(value));
        Some(Suppression {
            rule: rule?,
            resource: resource?,
            reason: reason?.get_ref().trim().to_owned(),
            expires,
        })
    }

    /// A rule's id or name, or a pattern that fits one at least.
    fn rule_pattern(&mut self, text: &Spanned<String>) -> Option<IdPattern> {
        if !text.get_ref().contains(['*', '?', '[', '{']) {
            self.rule(text)?;
        }
        let pattern = self.pattern(text)?;
        let fits = |rule: &Rule| pattern.matches_text(rule.page.id) || pattern.matches_text(rule.page.name);
        if !self.rules.iter().any(fits) {
            self.fault(&text.span(), format!("`{}` fits no rule", text.get_ref()));
        }
        Some(pattern)
    }

    fn date(&mut self, value: &Spanned<Value>) -> Option<jiff::civil::Date> {
        let date = match value.get_ref() {
            Value::Datetime(toml::value::Datetime { date: Some(date), time: None, offset: None }) => {
                let part = |number: u8| i8::try_from(number).ok();
                let year = i16::try_from(date.year).ok();
                year.zip(part(date.month))
                    .zip(part(date.day))
                    .and_then(|((year, month), day)| jiff::civil::Date::new(year, month, day).ok())
            }
            _ => None,
        };
        if date.is_none() {
            let shown = value.get_ref().to_string();
            self.fault(
                &value.span(),
                format!("{shown} is no date; write `expires = 2027-01-31`, without quotes"),
            );
        }
        date
    }
}

/// `90s`, `30m`, `2h`, `1d`, `1h30m`.
fn seconds(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    let mut total: u64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest.get(..digits)?.parse().ok()?;
        let mut unit = rest.get(digits..)?.chars();
        let factor = match unit.next()? {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return None,
        };
        total = total.checked_add(number.checked_mul(factor)?)?;
        rest = unit.as_str().trim_start();
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn durations_are_numbers_with_units() {
        for (text, expected) in [
            ("2h", Some(7200)),
            ("1h30m", Some(5400)),
            (" 1d 1s ", Some(86_401)),
            ("0s", Some(0)),
            ("", None),
            ("h", None),
            ("2", None),
            ("2 h", None),
            ("-2h", None),
            ("2w", None),
            ("2h€", None),
            ("99999999999999999999s", None),
            ("9999999999999999999d", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
