//! The arguments about traffic: whether it is read, how far back, and from where.

use clap::Args;
use url::Url;

use super::value::address;
use crate::inventory::Span;

#[derive(Debug, Default, Args)]
pub struct TrafficArgs {
    /// Read how many bytes went through endpoints and private link services in the last so many days or hours, from 1h
    /// to 93d [default: 7d]
    #[arg(long, value_name = "SPAN", num_args = 0..=1, default_missing_value = "7d", help_heading = "Scope")]
    pub metrics: Option<Span>,

    /// The metrics service's address for every region, where it is not the cloud's own
    #[arg(long, value_name = "URL", value_parser = address, requires = "metrics", help_heading = "Azure")]
    pub metrics_endpoint: Option<Url>,
}
