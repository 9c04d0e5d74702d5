//! The ways to sign in, each with what it takes, so that one test can go through all of them.

use crate::standin::StandIn;
use crate::standin::child::{FakeAz, Run};
use crate::standin::objects::{SPOKE, SPOKE_NAME};
use crate::standin::signin::{ASSERTION, CLIENT, IDENTITY_HEADER, REQUEST_TOKEN, SECRET, TENANT};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Secret,
    Workload,
    Github,
    Pipelines,
    CloudShell,
    Identity,
    Cli,
}

pub const WAYS: [Way; 7] =
    [Way::Secret, Way::Workload, Way::Github, Way::Pipelines, Way::CloudShell, Way::Identity, Way::Cli];

impl Way {
    /// `plaudit ARGS…` against a stand-in, signed in so.
    pub fn run(self, standin: &StandIn, args: &[&str]) -> Run {
        let run = standin.plaudit(args);
        let application = |run: Run| run.env("AZURE_TENANT_ID", TENANT).env("AZURE_CLIENT_ID", CLIENT);
        match self {
            Way::Secret => run.principal(SECRET),
            Way::Workload => {
                let file = standin.folder().join("federated");
                std::fs::write(&file, ASSERTION).unwrap();
                application(run).env("AZURE_FEDERATED_TOKEN_FILE", file)
            }
            Way::Github => application(run)
                .env("ACTIONS_ID_TOKEN_REQUEST_URL", standin.github_endpoint())
                .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", REQUEST_TOKEN),
            Way::Pipelines => run
                .env("AZURESUBSCRIPTION_TENANT_ID", TENANT)
                .env("AZURESUBSCRIPTION_CLIENT_ID", CLIENT)
                .env("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "99999999-0000-4000-8000-000000000001")
                .env("SYSTEM_ACCESSTOKEN", REQUEST_TOKEN)
                .env("SYSTEM_OIDCREQUESTURI", standin.pipelines_endpoint()),
            Way::CloudShell => run.env("MSI_ENDPOINT", standin.cloud_shell_endpoint()),
            Way::Identity => run
                .env("IDENTITY_ENDPOINT", standin.identity_endpoint())
                .env("IDENTITY_HEADER", IDENTITY_HEADER),
            Way::Cli => {
                FakeAz::signed_in(standin, SPOKE, SPOKE_NAME);
                run
            }
        }
    }

    /// Where it signs in; nowhere over the wire for the Azure CLI.
    pub fn doors(self) -> &'static [&'static str] {
        match self {
            Way::Secret | Way::Workload => &["*/oauth2/v2.0/token"],
            Way::Github => &["/oidc/github", "*/oauth2/v2.0/token"],
            Way::Pipelines => &["/oidc/pipelines", "*/oauth2/v2.0/token"],
            Way::CloudShell => &["/oauth2/token"],
            Way::Identity => &["/msi/token"],
            Way::Cli => &[],
        }
    }
}
