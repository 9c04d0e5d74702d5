//! Which credential the environment announces. Pure: variables in, a plan out; talks to nobody.

use std::path::PathBuf;

use azure_core::credentials::Secret;
use url::Url;

use super::plan::{
    CERTIFICATE, CLI, CLIENT_SECRET, CLOUD_SHELL, GITHUB, IdentitySource, MANAGED_IDENTITY, PIPELINES, Plan,
    WORKLOAD_IDENTITY,
};

/// How to sign in, as the command line has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Auth {
    /// What the environment announces, else the Azure CLI.
    #[default]
    Auto,
    /// `az login`.
    Cli,
    /// `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET`.
    Environment,
    /// `AZURE_FEDERATED_TOKEN_FILE`.
    WorkloadIdentity,
    /// `IDENTITY_ENDPOINT`, or a virtual machine's own identity.
    ManagedIdentity,
    /// A service connection of Azure Pipelines.
    AzurePipelines,
    /// A GitHub Actions job with `id-token: write`.
    GithubOidc,
    /// Cloud Shell's local endpoint.
    CloudShell,
}

/// A credential and what was said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The credential, as a person knows it.
    pub name: &'static str,
    /// Why it was passed over, or what it answered.
    pub said: String,
}

/// What [`decide`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    /// The credential to use, or what is wrong with the one that is announced.
    pub plan: Result<Plan, Tried>,
    /// The credentials passed over before it, in order.
    pub skipped: Vec<Tried>,
}

/// What a look at the variables of one credential finds.
enum Look {
    Announced(Plan),
    /// Announced, and of no use: ends the run.
    Unusable(String),
    Absent(String),
}

/// A way to sign in that the environment may announce.
#[derive(Clone, Copy)]
enum Way {
    ClientSecret,
    Certificate,
    WorkloadIdentity,
    Github,
    Pipelines,
    CloudShell,
    /// A managed identity that the environment announces.
    IdentityEndpoint,
    /// The same, or a virtual machine's, which announces nothing.
    ManagedIdentity,
    Cli,
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Way::ClientSecret => CLIENT_SECRET,
            Way::Certificate => CERTIFICATE,
            Way::WorkloadIdentity => WORKLOAD_IDENTITY,
            Way::Github => GITHUB,
            Way::Pipelines => PIPELINES,
            Way::CloudShell => CLOUD_SHELL,
            Way::IdentityEndpoint | Way::ManagedIdentity => MANAGED_IDENTITY,
            Way::Cli => CLI,
        }
    }

    fn look(self, environment: &Environment) -> Look {
        match self {
            Way::ClientSecret => environment.client_secret(),
            Way::Certificate => environment.certificate(),
            Way::WorkloadIdentity => environment.workload_identity(),
            Way::Github => environment.github(),
            Way::Pipelines => environment.pipelines(),
            Way::CloudShell => environment.cloud_shell(),
            Way::IdentityEndpoint => environment.identity_endpoint(),
            Way::ManagedIdentity => environment.managed_identity(),
            Way::Cli => environment.cli(),
        }
    }
}

/// The environment, through a function so that tests need no process. Empty values count as absent.
pub(super) struct Environment<'a> {
    pub variable: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// `--tenant`, which goes before every variable that names a tenant.
    pub tenant: Option<&'a str>,
}

/// Chooses the credential. `Auto` takes the first that is announced, and never the next one when that is of no
/// use: nobody shall audit as somebody else without knowing.
pub(super) fn decide(auth: Auth, environment: &Environment) -> Choice {
    let ways: &[Way] = match auth {
        Auth::Auto => &[
            Way::ClientSecret,
            Way::Certificate,
            Way::WorkloadIdentity,
            Way::Github,
            Way::Pipelines,
            Way::CloudShell,
            Way::IdentityEndpoint,
            Way::Cli,
        ],
        Auth::Cli => &[Way::Cli],
        Auth::Environment => &[Way::ClientSecret],
        Auth::WorkloadIdentity => &[Way::WorkloadIdentity],
        Auth::ManagedIdentity => &[Way::ManagedIdentity],
        Auth::AzurePipelines => &[Way::Pipelines],
        Auth::GithubOidc => &[Way::Github],
        Auth::CloudShell => &[Way::CloudShell],
    };
    let mut skipped = Vec::new();
    for way in ways {
        let name = way.name();
        match way.look(environment) {
            Look::Announced(plan) => return Choice { plan: Ok(plan), skipped },
            Look::Unusable(said) => return Choice { plan: Err(Tried { name, said }), skipped },
            Look::Absent(said) => skipped.push(Tried { name, said }),
        }
    }
    // Reached only where one way was asked for by name and is not there.
    let missing = skipped.pop().unwrap_or_else(|| Tried { name: CLI, said: "not tried".to_owned() });
    Choice { plan: Err(missing), skipped }
}

impl Environment<'_> {
    fn get(&self, name: &str) -> Option<String> {
        (self.variable)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// The passwords of the proxies that the environment names, which no message shall repeat.
    pub(super) fn proxy_passwords(&self) -> Vec<String> {
        let names = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
        let given = names.iter().filter_map(|name| self.get(name));
        let addresses = given.map(|text| if text.contains("://") { text } else { format!("http://{text}") });
        let passwords = addresses.filter_map(|text| Url::parse(&text).ok()?.password().map(str::to_owned));
        passwords.collect()
    }

    fn tenant_or(&self, variable: &str) -> Option<String> {
        self.tenant.map(str::to_owned).or_else(|| self.get(variable))
    }

    /// The names among `needed` that are not set, as `A and B are not set`.
    fn missing(&self, needed: &[&str]) -> String {
        let absent = |name: &&str| match *name {
            "AZURE_TENANT_ID" | "AZURESUBSCRIPTION_TENANT_ID" => self.tenant_or(name).is_none(),
            _ => self.get(name).is_none(),
        };
        let missing: Vec<&str> = needed.iter().copied().filter(absent).collect();
        let verb = if missing.len() == 1 { "is" } else { "are" };
        format!("{} {verb} not set", missing.join(", "))
    }

    fn client_secret(&self) -> Look {
        let names = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"];
        match (self.tenant_or(names[0]), self.get(names[1]), self.get(names[2])) {
            (Some(tenant), Some(client), Some(secret)) => {
                Look::Announced(Plan::ClientSecret { tenant, client, secret: Secret::from(secret) })
            }
            (_, _, Some(_)) => {
                Look::Unusable(format!("AZURE_CLIENT_SECRET is set, but {}", self.missing(&names)))
            }
            _ => Look::Absent(self.missing(&names)),
        }
    }

    /// Seen so that it is not passed over in silence: the Azure CLI may be somebody else.
    fn certificate(&self) -> Look {
        let names = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_CERTIFICATE_PATH"];
        let all =
            self.tenant_or(names[0]).is_some() && names[1..].iter().all(|name| self.get(name).is_some());
        if all {
            let said = "signing in with a certificate is not supported; run `az login --service-principal \
                        --certificate FILE …` and use --auth cli";
            return Look::Unusable(said.to_owned());
        }
        Look::Absent(self.missing(&names))
    }

    fn workload_identity(&self) -> Look {
        let names = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"];
        match (self.tenant_or(names[0]), self.get(names[1]), self.get(names[2])) {
            (Some(tenant), Some(client), Some(file)) => {
                Look::Announced(Plan::WorkloadIdentity { tenant, client, file: PathBuf::from(file) })
            }
            (_, _, Some(_)) => {
                Look::Unusable(format!("AZURE_FEDERATED_TOKEN_FILE is set, but {}", self.missing(&names)))
            }
            _ => Look::Absent(self.missing(&names)),
        }
    }

    fn github(&self) -> Look {
        let request = ["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"];
        let (Some(url), Some(token)) = (self.get(request[0]), self.get(request[1])) else {
            return Look::Absent(self.missing(&request));
        };
        let names = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID"];
        let (Some(tenant), Some(client)) = (self.tenant_or(names[0]), self.get(names[1])) else {
            let missing = self.missing(&names);
            return Look::Absent(format!("{missing}; azure/login has probably signed the Azure CLI in"));
        };
        match Url::parse(&url) {
            Ok(url) if url.scheme() == "https" => {
                Look::Announced(Plan::GithubOidc { tenant, client, url, token: Secret::from(token) })
            }
            _ => Look::Unusable(format!("{} is no https:// address", request[0])),
        }
    }

    fn pipelines(&self) -> Look {
        if self.get("SYSTEM_OIDCREQUESTURI").is_none() {
            return Look::Absent(self.missing(&["SYSTEM_OIDCREQUESTURI"]));
        }
        let names = [
            "AZURESUBSCRIPTION_TENANT_ID",
            "AZURESUBSCRIPTION_CLIENT_ID",
            "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
            "SYSTEM_ACCESSTOKEN",
        ];
        let found = (self.tenant_or(names[0]), self.get(names[1]), self.get(names[2]), self.get(names[3]));
        let (Some(tenant), Some(client), Some(connection), Some(token)) = found else {
            let missing = self.missing(&names);
            return Look::Absent(format!(
                "{missing}; the AzureCLI task has probably signed the Azure CLI in"
            ));
        };
        Look::Announced(Plan::AzurePipelines { tenant, client, connection, token: Secret::from(token) })
    }

    fn cloud_shell(&self) -> Look {
        let Some(endpoint) = self.get("MSI_ENDPOINT") else {
            return Look::Absent(self.missing(&["MSI_ENDPOINT"]));
        };
        // Older App Service and Azure ML set both.
        if self.get("MSI_SECRET").is_some() {
            return Look::Absent("MSI_SECRET is set: this is not Cloud Shell".to_owned());
        }
        match Url::parse(&endpoint) {
            Ok(endpoint) => Look::Announced(Plan::CloudShell { endpoint }),
            Err(_) => Look::Unusable("MSI_ENDPOINT is no address".to_owned()),
        }
    }

    fn identity_endpoint(&self) -> Look {
        if self.get("IDENTITY_ENDPOINT").is_none() {
            return Look::Absent(self.missing(&["IDENTITY_ENDPOINT"]));
        }
        if self.get("IDENTITY_HEADER").is_none() {
            // Azure Arc announces itself so. Its identity needs a file that only root may read.
            let said = "IDENTITY_ENDPOINT is set without IDENTITY_HEADER (Azure Arc is not supported)";
            return Look::Unusable(said.to_owned());
        }
        self.announced_identity(IdentitySource::Endpoint)
    }

    fn managed_identity(&self) -> Look {
        if self.get("IDENTITY_ENDPOINT").is_some() {
            return self.identity_endpoint();
        }
        self.announced_identity(IdentitySource::Machine)
    }

    fn announced_identity(&self, source: IdentitySource) -> Look {
        Look::Announced(Plan::ManagedIdentity { client: self.get("AZURE_CLIENT_ID"), source })
    }

    fn cli(&self) -> Look {
        Look::Announced(Plan::Cli { tenant: self.tenant.map(str::to_owned) })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn choose(auth: Auth, tenant: Option<&str>, variables: &[(&str, &str)]) -> Choice {
        let map: HashMap<&str, &str> = variables.iter().copied().collect();
        let variable = |name: &str| map.get(name).map(|v| (*v).to_owned());
        decide(auth, &Environment { variable: &variable, tenant })
    }

    fn name(choice: &Choice) -> &'static str {
        choice.plan.as_ref().map_or_else(|refused| refused.name, Plan::name)
    }

    /// Everything at once, in the order in which it must be taken.
    const ALL: &[(&str, &[(&str, &str)])] = &[
        (CLIENT_SECRET, &[("AZURE_CLIENT_SECRET", "s3cret")]),
        (CERTIFICATE, &[("AZURE_CLIENT_CERTIFICATE_PATH", "/c.pem")]),
        (WORKLOAD_IDENTITY, &[("AZURE_FEDERATED_TOKEN_FILE", "/token")]),
        (
            GITHUB,
            &[("ACTIONS_ID_TOKEN_REQUEST_URL", "https://h/?a=b"), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t")],
        ),
        (
            PIPELINES,
            &[
                ("SYSTEM_OIDCREQUESTURI", "https://h/"),
                ("SYSTEM_ACCESSTOKEN", "t"),
                ("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "c"),
                ("AZURESUBSCRIPTION_CLIENT_ID", "i"),
                ("AZURESUBSCRIPTION_TENANT_ID", "t"),
            ],
        ),
        (CLOUD_SHELL, &[("MSI_ENDPOINT", "http://localhost:50342/oauth2/token")]),
        (MANAGED_IDENTITY, &[("IDENTITY_ENDPOINT", "http://localhost:1"), ("IDENTITY_HEADER", "h")]),
        (CLI, &[]),
    ];

    #[test]
    fn auto_takes_the_first_that_is_announced() {
        for first in 0..ALL.len() {
            let mut variables = vec![("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c")];
            variables.extend(ALL[first..].iter().flat_map(|(_, v)| v.iter().copied()));
            let choice = choose(Auth::Auto, None, &variables);
            assert_eq!(name(&choice), ALL[first].0);
            let skipped: Vec<&str> = choice.skipped.iter().map(|s| s.name).collect();
            let expected: Vec<&str> = ALL[..first].iter().map(|(name, _)| *name).collect();
            assert_eq!(skipped, expected);
        }
    }

    #[test]
    fn empty_variables_count_as_absent() {
        let variables: Vec<(&str, &str)> =
            ALL.iter().flat_map(|(_, v)| v.iter().map(|(name, _)| (*name, " "))).collect();
        assert_eq!(name(&choose(Auth::Auto, None, &variables)), CLI);
    }

    #[test]
    fn github_and_pipelines_without_an_application_leave_the_word_to_the_cli() {
        let mut variables = ALL[3].1.to_vec();
        variables.push(("SYSTEM_OIDCREQUESTURI", "https://h/"));
        let choice = choose(Auth::Auto, None, &variables);
        assert_eq!(name(&choice), CLI);
        let said = |name: &str| choice.skipped.iter().find(|s| s.name == name).unwrap().said.clone();
        assert!(
            said(GITHUB).contains("AZURE_TENANT_ID, AZURE_CLIENT_ID are not set; azure/login"),
            "{choice:?}"
        );
        assert!(said(PIPELINES).contains("SYSTEM_ACCESSTOKEN are not set; the AzureCLI task"), "{choice:?}");
    }

    #[test]
    fn an_announced_credential_of_no_use_is_never_passed_over() {
        for (variables, expected) in [
            (vec![("IDENTITY_ENDPOINT", "http://localhost:40342"), ("IMDS_ENDPOINT", "x")], MANAGED_IDENTITY),
            (vec![("MSI_ENDPOINT", "no address")], CLOUD_SHELL),
            (vec![("AZURE_CLIENT_SECRET", "s3cret"), ("AZURE_CLIENT_ID", "c")], CLIENT_SECRET),
            (vec![("AZURE_FEDERATED_TOKEN_FILE", "/token"), ("AZURE_TENANT_ID", "t")], WORKLOAD_IDENTITY),
            (
                vec![
                    ("AZURE_TENANT_ID", "t"),
                    ("AZURE_CLIENT_ID", "c"),
                    ("ACTIONS_ID_TOKEN_REQUEST_URL", "http://plain"),
                    ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t"),
                ],
                GITHUB,
            ),
        ] {
            let choice = choose(Auth::Auto, None, &variables);
            assert_eq!(choice.plan.as_ref().unwrap_err().name, expected, "{variables:?}");
        }
    }

    #[test]
    fn a_way_asked_for_by_name_is_the_only_one_looked_at() {
        let choice = choose(Auth::Environment, None, ALL[6].1);
        let refused = choice.plan.unwrap_err();
        assert_eq!(refused.name, CLIENT_SECRET);
        assert_eq!(refused.said, "AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET are not set");
        assert!(choice.skipped.is_empty());
        let on_a_machine = choose(Auth::ManagedIdentity, None, &[("AZURE_CLIENT_ID", "c")]).plan.unwrap();
        assert_eq!(
            on_a_machine,
            Plan::ManagedIdentity { client: Some("c".to_owned()), source: IdentitySource::Machine }
        );
    }

    #[test]
    fn the_tenant_option_goes_before_the_variables() {
        let mut variables = ALL[0].1.to_vec();
        variables.push(("AZURE_CLIENT_ID", "c"));
        let choice = choose(Auth::Auto, Some("mine"), &variables);
        assert_eq!(choice.plan.unwrap().tenant(), Some("mine"));
        variables.push(("AZURE_TENANT_ID", "theirs"));
        assert_eq!(choose(Auth::Auto, Some("mine"), &variables).plan.unwrap().tenant(), Some("mine"));
        assert_eq!(choose(Auth::Auto, None, &variables).plan.unwrap().tenant(), Some("theirs"));
    }

    #[test]
    fn the_password_of_a_proxy_is_seen() {
        let passwords = |value: &'static str| {
            let variable = |name: &str| (name == "https_proxy").then(|| value.to_owned());
            Environment { variable: &variable, tenant: None }.proxy_passwords()
        };
        for proxy in ["http://user:pass~word@proxy:3128", "user:pass~word@proxy:3128"] {
            assert_eq!(passwords(proxy), ["pass~word"], "{proxy}");
        }
        for proxy in ["http://proxy:3128", "proxy:3128", "", "user@proxy"] {
            assert!(passwords(proxy).is_empty(), "{proxy}");
        }
    }

    #[test]
    fn a_plan_shows_no_secret() {
        let mut variables = vec![("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c")];
        variables.extend(ALL[0].1);
        let choice = choose(Auth::Auto, None, &variables);
        assert!(!format!("{choice:?}").contains("s3cret"));
        assert_eq!(choice.plan.unwrap().secrets(), ["s3cret"]);
    }
}
