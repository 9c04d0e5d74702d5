//! One credential with all it needs to sign in. Pure: builds nothing, sends nothing, shows no secret.

use std::path::PathBuf;

use azure_core::credentials::Secret;
use url::Url;

/// One credential with all it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Plan {
    ClientSecret { tenant: String, client: String, secret: Secret },
    WorkloadIdentity { tenant: String, client: String, file: PathBuf },
    GithubOidc { tenant: String, client: String, url: Url, token: Secret },
    AzurePipelines { tenant: String, client: String, connection: String, token: Secret },
    CloudShell { endpoint: Url },
    ManagedIdentity { client: Option<String>, source: IdentitySource },
    Cli { tenant: Option<String> },
}

/// Where a managed identity's tokens come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IdentitySource {
    /// `IDENTITY_ENDPOINT`: App Service, Functions, Container Apps.
    Endpoint,
    /// The instance metadata service of a virtual machine.
    Machine,
}

impl Plan {
    /// The credential, as a person knows it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Plan::ClientSecret { .. } => CLIENT_SECRET,
            Plan::WorkloadIdentity { .. } => WORKLOAD_IDENTITY,
            Plan::GithubOidc { .. } => GITHUB,
            Plan::AzurePipelines { .. } => PIPELINES,
            Plan::CloudShell { .. } => CLOUD_SHELL,
            Plan::ManagedIdentity { .. } => MANAGED_IDENTITY,
            Plan::Cli { .. } => CLI,
        }
    }

    /// What a person can do when this credential is refused.
    pub(super) fn help(&self) -> &'static str {
        match self {
            Plan::ClientSecret { .. } => {
                "check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET; to sign in otherwise, unset \
                 AZURE_CLIENT_SECRET or name the way with --auth (`--auth cli` after `az login`)"
            }
            Plan::WorkloadIdentity { .. } => {
                "check AZURE_FEDERATED_TOKEN_FILE, AZURE_CLIENT_ID, AZURE_TENANT_ID and the application's \
                 federated credential, or name another way with --auth"
            }
            Plan::GithubOidc { .. } => {
                "check that the job has `permissions: id-token: write` and that the application AZURE_CLIENT_ID \
                 has a federated credential for this repository; or run azure/login first and use `--auth cli`"
            }
            Plan::AzurePipelines { .. } => {
                "check the service connection and that SYSTEM_ACCESSTOKEN is mapped; or run inside an AzureCLI@2 \
                 task and use `--auth cli`"
            }
            Plan::CloudShell { .. } => {
                "restart Cloud Shell to renew its sign-in; or run `az login` and use `--auth cli`"
            }
            Plan::ManagedIdentity { .. } => {
                "check that an identity is assigned to this resource (a user-assigned one is chosen by \
                 AZURE_CLIENT_ID); or name another way with --auth (`--auth cli` after `az login`)"
            }
            Plan::Cli { .. } => {
                "run `az login` (with `--tenant` where there are several), or set AZURE_TENANT_ID, \
                 AZURE_CLIENT_ID and AZURE_CLIENT_SECRET; on a virtual machine with an identity use `--auth \
                 managed-identity`"
            }
        }
    }

    /// The tenant it signs in to, when that is settled beforehand.
    pub(super) fn tenant(&self) -> Option<&str> {
        match self {
            Plan::ClientSecret { tenant, .. }
            | Plan::WorkloadIdentity { tenant, .. }
            | Plan::GithubOidc { tenant, .. }
            | Plan::AzurePipelines { tenant, .. } => Some(tenant),
            Plan::Cli { tenant } => tenant.as_deref(),
            Plan::CloudShell { .. } | Plan::ManagedIdentity { .. } => None,
        }
    }

    /// Values that must never be printed.
    pub(super) fn secrets(&self) -> Vec<&str> {
        match self {
            Plan::ClientSecret { secret, .. } => vec![secret.secret()],
            Plan::GithubOidc { token, .. } | Plan::AzurePipelines { token, .. } => vec![token.secret()],
            Plan::WorkloadIdentity { .. }
            | Plan::CloudShell { .. }
            | Plan::ManagedIdentity { .. }
            | Plan::Cli { .. } => Vec::new(),
        }
    }
}

pub(super) const CLIENT_SECRET: &str = "client secret (AZURE_CLIENT_SECRET)";
pub(super) const CERTIFICATE: &str = "client certificate (AZURE_CLIENT_CERTIFICATE_PATH)";
pub(super) const WORKLOAD_IDENTITY: &str = "workload identity (AZURE_FEDERATED_TOKEN_FILE)";
pub(super) const GITHUB: &str = "GitHub Actions (OIDC)";
pub(super) const PIPELINES: &str = "Azure Pipelines (service connection)";
pub(super) const CLOUD_SHELL: &str = "Cloud Shell";
pub(super) const MANAGED_IDENTITY: &str = "managed identity";
pub(super) const CLI: &str = "Azure CLI";
