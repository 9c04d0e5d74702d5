//! What a probe saw of an estate, as the LIVE rules read it. Plain data; who asked is nobody's business here.

use std::net::IpAddr;

use crate::finding::Confidence;
use crate::inventory::ResourceId;
use crate::probe::{Observation, Question};

/// Everything that a probe saw.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// What was asked, and what came of it.
    pub asked: Vec<(Question, Observation)>,
    pub names: Vec<ObservedName>,
    pub hosts: Vec<ObservedHost>,
    /// The virtual network in which the asking host stands.
    pub vantage: Option<ResourceId>,
}

/// One name of one endpoint.
#[derive(Debug, Clone)]
pub struct ObservedName {
    /// Index into the inventory.
    pub endpoint: usize,
    /// Index into [`Observed::asked`].
    pub question: usize,
    /// The addresses that any approved endpoint has for this name.
    pub expected: Vec<IpAddr>,
    /// The approved endpoint (index into the inventory) that has each of them, as far as it is known.
    pub holders: Vec<(IpAddr, usize)>,
    /// Those of this endpoint.
    pub own: Vec<IpAddr>,
    /// Where the service listens; empty when it is not known.
    pub ports: Vec<u16>,
    pub standing: Standing,
    /// The most that may be said.
    pub ceiling: Confidence,
}

/// What an answer that was seen on this host says of the networks that need an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nobody said where this host stands.
    Nowhere,
    /// In a network of which it is not known that it needs the endpoint.
    Elsewhere,
    /// In a network that needs the endpoint.
    Inside,
}

/// A host outside the estate.
#[derive(Debug, Clone)]
pub struct ObservedHost {
    /// Index into [`Observed::asked`].
    pub question: usize,
    pub port: u16,
    pub purpose: Purpose,
}

/// Why a host was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// Somebody named it.
    Named,
    /// Software needs it.
    Preset { preset: String, stands_for: String, optional: bool },
}
