//! The packs: sets of rules for one undertaking, with the kinds that are read for them alone.

use serde::{Deserialize, Serialize};

/// A set of rules that an estate is judged by when it is asked for, and not otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pack {
    /// Servers that are moved to Azure with Azure Migrate.
    AzureMigrate,
    /// Circuits that lead to Azure, and what they let through.
    #[serde(rename = "expressroute")]
    ExpressRoute,
}

impl Pack {
    /// Every pack, in the order of reports.
    pub const ALL: [Pack; 2] = [Pack::AzureMigrate, Pack::ExpressRoute];

    /// The name on the command line, in plaudit.toml, in snapshots and on rules' pages.
    pub fn name(self) -> &'static str {
        match self {
            Pack::AzureMigrate => "azure-migrate",
            Pack::ExpressRoute => "expressroute",
        }
    }

    /// The pack of this name.
    pub fn of(name: &str) -> Option<Pack> {
        Pack::ALL.into_iter().find(|pack| pack.name().eq_ignore_ascii_case(name.trim()))
    }
}
