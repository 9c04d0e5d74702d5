//! `plaudit probe`: asks real DNS, opens real connections and judges what came back.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::console::Console;
use super::reporting::Reporting;
use super::source::{self, Loaded};
use super::stopping;
use super::{block_on, configuration, stdout};
use crate::audit::{Suppression, audit};
use crate::cli::ProbeArgs;
use crate::config::Config;
use crate::error::Failure;
use crate::inventory::{Cloud, Inventory, Kind};
use crate::probe::{self, Limits, Question, Resolvers};
use crate::report::inert;
use crate::rules::{Purpose, Rule, Settings, Standing, gap_sentence};
use crate::spelling::did_you_mean;
use crate::survey::{Host, NAMES_COME_FROM, Plan, Ports, presets};
use crate::topology::Topology;
use crate::trace::networks_named;

/// No probe is cut off as a whole: each question and each connection has its own time.
const WITHOUT_LIMIT: u64 = u32::MAX as u64;

/// Runs the command; gives its exit code.
pub(super) fn run(args: &ProbeArgs, console: &Console) -> Result<u8, Failure> {
    let reporting = Reporting::new(&args.report, &args.baseline)?;
    let config = configuration(&args.estate.config, console)?;
    let loaded = source::load(&args.estate, &config, console)?;
    let note = loaded.note();
    let Loaded { mut inventory, stopped } = loaded;
    let hosts = hosts(args, inventory.origin.cloud)?;
    let unrelated = drop_unrelated_gaps(&mut inventory, args.vantage.is_some());
    let table = config.zone_table(inventory.origin.cloud)?;
    let topology = Topology::build(inventory, &table, config.options.clone());
    let usage = |error: &dyn std::error::Error| Failure::Usage(error.to_string());
    let vantage = match &args.vantage {
        Some(given) => networks_named(&topology, given).map_err(|error| usage(&error))?.first().copied(),
        None => None,
    };
    let ports = Ports::embedded()?;
    let plan = Plan::new(&topology, &ports, &args.names, vantage, hosts).map_err(|error| usage(&error))?;
    let resolvers = resolvers(args);
    if args.dry_run {
        show(&plan, &resolvers)?;
        note.iter().for_each(|note| console.say(&format!("warning: {note}")));
        return Ok(stopping::exit_code(unread(&topology, console), stopped));
    }
    let mut notes = notes(&plan, &resolvers, &topology, vantage);
    notes.extend(unrelated);
    let observations = ask(args, &plan.questions, &resolvers, console)?;
    let vantage = vantage.map(|network| topology.inventory.virtual_networks[network].id.clone());
    let settings =
        Settings { observed: Some(plan.observed(observations, vantage)), ..config.settings.clone() };
    let rules = rules(&config)?;
    let mut report = audit(&topology, &rules, &settings);
    report.notes.extend(notes);
    let mut background = reporting.background(&topology, &table, &rules, &report);
    background.lines = reporting.lines(args.estate.source.snapshot.as_deref(), &report);
    let judged = (report, background);
    let warnings = note.into_iter().collect();
    let code =
        reporting.finish(judged, &suppressions(&config, &rules), warnings, |_| demo_note(args), console)?;
    Ok(stopping::exit_code(code, stopped))
}

/// Says what was not read and may hide names from a list of what would be asked; the exit code of such a list.
fn unread(topology: &Topology, console: &Console) -> u8 {
    let gaps = &topology.inventory.coverage.gaps;
    gaps.iter().for_each(|gap| console.say(&format!("warning: {}", gap_sentence(gap))));
    if gaps.is_empty() { 0 } else { 3 }
}

/// What was not read belongs to every report.
fn rules(config: &Config) -> Result<Vec<Rule>, Failure> {
    Ok(config.rules_of(|id| id.starts_with("LIVE-") || id.starts_with("COV-"))?)
}

/// Those that speak of these rules. That others set nothing aside here says nothing of them.
fn suppressions(config: &Config, rules: &[Rule]) -> Vec<Suppression> {
    let speaks = |one: &&Suppression| {
        rules.iter().any(|rule| one.rule.matches_text(rule.page.id) || one.rule.matches_text(rule.page.name))
    };
    config.suppressions.iter().filter(speaks).cloned().collect()
}

/// Takes away the gaps that can hide neither a name nor its address, so that they make no probe incomplete. Which
/// networks need an endpoint decides what is seen from a `vantage`.
fn drop_unrelated_gaps(inventory: &mut Inventory, vantage: bool) -> Option<String> {
    let gaps = &mut inventory.coverage.gaps;
    let before = gaps.len();
    let counts = |kind: Kind| NAMES_COME_FROM.contains(&kind) || (vantage && kind == Kind::VirtualNetworks);
    gaps.retain(|gap| counts(gap.kind));
    let text = match before - gaps.len() {
        0 => return None,
        1 => "1 gap in what was read hides no name and no address, and does not count here; `plaudit audit` tells of it"
            .to_owned(),
        n => format!(
            "{n} gaps in what was read hide no name and no address, and do not count here; `plaudit audit` tells of them"
        ),
    };
    Some(text)
}

fn resolvers(args: &ProbeArgs) -> Resolvers {
    let given: Vec<SocketAddr> = args.servers.clone();
    match args.no_system {
        true => Resolvers { system: None, own: Vec::new(), given },
        false => Resolvers { system: Some(Arc::new(probe::Os)), own: probe::own_servers(), given },
    }
}

fn hosts(args: &ProbeArgs, cloud: Cloud) -> Result<Vec<Host>, Failure> {
    let named =
        |(host, port): &(String, u16)| Host { host: host.clone(), port: *port, purpose: Purpose::Named };
    let mut hosts: Vec<Host> = args.also.iter().map(named).collect();
    if args.presets.is_empty() {
        return Ok(hosts);
    }
    let known = presets()?;
    for given in &args.presets {
        let Some(preset) = known.get(given) else {
            let near = did_you_mean(given, known.keys().map(String::as_str));
            let names: Vec<&str> = known.keys().map(String::as_str).collect();
            let be = if names.len() == 1 { "is" } else { "are" };
            return Err(Failure::Usage(format!(
                "unknown preset `{}`{near}; there {be} {}",
                inert(given),
                names.join(", ")
            )));
        };
        if cloud != Cloud::AzureCloud {
            let name = cloud.name();
            return Err(Failure::Usage(format!(
                "preset `{given}` lists hosts of AzureCloud, and this estate is of {name}"
            )));
        }
        hosts.extend(preset.iter().map(|one| Host {
            host: one.host.clone(),
            port: 443,
            purpose: Purpose::Preset {
                preset: given.clone(),
                stands_for: one.stands_for.clone(),
                optional: one.optional,
            },
        }));
    }
    Ok(hosts)
}

fn ask(
    args: &ProbeArgs,
    questions: &[Question],
    resolvers: &Resolvers,
    console: &Console,
) -> Result<Vec<probe::Observation>, Failure> {
    let limits = Limits {
        dns: Duration::from_secs(args.dns_timeout),
        connect: Duration::from_secs(args.connect_timeout),
        jobs: usize::from(args.jobs),
    };
    let progress = console.probing();
    let observed =
        block_on(WITHOUT_LIMIT, async { Ok(probe::probe(questions, resolvers, &limits, &progress).await) });
    progress.done();
    observed
}

/// What a reader must know to weigh what the report says.
fn notes(plan: &Plan, resolvers: &Resolvers, topology: &Topology, vantage: Option<usize>) -> Vec<String> {
    let mut notes = vec![match vantage {
        None => "nobody said in which virtual network this host stands (--vantage): what DNS answers here, and what opens from \
                 here, proves nothing about a virtual network, and findings about endpoints are information at most"
            .to_owned(),
        Some(network) => {
            let network = &topology.inventory.virtual_networks[network].id;
            format!("this host was said to stand in {network}; what it sees holds for that network")
        }
    }];
    let elsewhere = plan.names.iter().filter(|name| name.standing == Standing::Elsewhere).count();
    match elsewhere {
        0 => {}
        1 => notes.push(
            "1 name belongs to an endpoint which that network is not known to need: findings about it are information at most"
                .to_owned(),
        ),
        n => notes.push(format!(
            "{n} names belong to endpoints which that network is not known to need: findings about them are information at \
             most"
        )),
    }
    notes.push(asked(resolvers));
    match plan.wildcards {
        0 => {}
        1 => notes.push("1 name with a wildcard cannot be asked, and was left out".to_owned()),
        n => notes.push(format!("{n} names with a wildcard cannot be asked, and were left out")),
    }
    if plan.unnamed > 0 {
        let endpoints = counted(plan.unnamed, "endpoint");
        notes.push(format!("{endpoints} without a name cannot be asked for; `plaudit names` says why"));
    }
    notes
}

fn counted(n: usize, noun: &str) -> String {
    match n {
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    }
}

fn asked(resolvers: &Resolvers) -> String {
    let list = |servers: &[SocketAddr]| {
        let noun = if servers.len() == 1 { "DNS server" } else { "DNS servers" };
        (noun, servers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
    };
    let mut who = Vec::new();
    if resolvers.system.is_some() {
        who.push("this host's resolver".to_owned());
    }
    if !resolvers.own.is_empty() {
        let (servers, addresses) = list(&resolvers.own);
        who.push(format!("its {servers} for comparison ({addresses})"));
    }
    if !resolvers.given.is_empty() {
        let (servers, addresses) = list(&resolvers.given);
        who.push(format!("the {servers} named ({addresses})"));
    }
    format!("asked: {}", who.join("; "))
}

/// One line a question: name, addresses, ports. Nothing that nobody would ask for or connect to.
fn show(plan: &Plan, resolvers: &Resolvers) -> Result<(), Failure> {
    stdout(|out| {
        writeln!(out, "# {}", asked(resolvers).replacen("asked", "would ask", 1))?;
        for question in &plan.questions {
            let host = inert(&question.host);
            let ports = spaced(&question.ports);
            match (question.known_addresses().as_deref(), question.is_asked()) {
                (None, _) => writeln!(out, "{host}\twhatever it resolves to\t{ports}")?,
                (Some([]), true) => writeln!(out, "{host}\tno connection\t")?,
                (Some([]), false) => {
                    writeln!(
                        out,
                        "# {host} is left alone: a probe connects to no link-local or multicast address"
                    )?;
                }
                (Some(addresses), _) => writeln!(out, "{host}\t{}\t{ports}", spaced(addresses))?,
            }
        }
        Ok(())
    })
}

fn spaced<T: ToString>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(" ")
}

fn demo_note(args: &ProbeArgs) -> Option<String> {
    args.estate.source.demo?;
    Some("this is the sample estate inside plaudit, whose names and addresses lead nowhere".to_owned())
}
