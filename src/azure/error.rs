//! Why nothing could be read at all.

use super::announced::Tried;

/// A failure before the first list: no sign-in, no usable address.
#[derive(Debug, thiserror::Error)]
pub enum AzureError {
    #[error("cannot sign in to Azure with {}: {}{}", refused.name, refused.said, passed_over(skipped))]
    SignIn {
        /// The credential that was announced or asked for, and what it said.
        refused: Tried,
        /// The credentials passed over before it.
        skipped: Vec<Tried>,
        help: &'static str,
    },
    #[error("{name} signs in to tenant {found}, not to {wanted} (--tenant)")]
    OtherTenant { name: &'static str, found: String, wanted: String },
    #[error(
        "{name} cannot be told a tenant, and whether it signs in to {wanted} (--tenant) cannot be checked"
    )]
    TenantNotChecked { name: &'static str, wanted: String },
    #[error("{option} {url} cannot be used: {reason}")]
    Endpoint { option: &'static str, url: String, reason: String },
    #[error("the CA file {path} cannot be used: {reason}")]
    CaFile { path: String, reason: String },
    #[error("TLS cannot be set up: {reason}")]
    Tls { reason: String },
    #[error("no subscription is named, and {reason}")]
    NoDefaultSubscription { reason: String },
}

impl AzureError {
    /// Whether the command line or the environment asks for what cannot be, so that nothing was tried.
    pub fn is_wrong_usage(&self) -> bool {
        match self {
            AzureError::Endpoint { .. } | AzureError::CaFile { .. } => true,
            AzureError::SignIn { .. }
            | AzureError::OtherTenant { .. }
            | AzureError::TenantNotChecked { .. }
            | AzureError::Tls { .. }
            | AzureError::NoDefaultSubscription { .. } => false,
        }
    }

    /// What to do next.
    pub fn help(&self) -> String {
        match self {
            AzureError::SignIn { help, .. } => (*help).to_owned(),
            AzureError::OtherTenant { wanted, .. } => {
                format!("run `az login --tenant {wanted}` and use `--auth cli`, or leave --tenant out")
            }
            AzureError::TenantNotChecked { .. } => {
                "name the tenant by its id, or leave --tenant out".to_owned()
            }
            AzureError::Endpoint { option, .. } => {
                format!("give {option} an address such as https://management.azure.com")
            }
            AzureError::CaFile { .. } => "--ca-file takes a file of PEM certificates".to_owned(),
            AzureError::Tls { .. } => {
                "install the system's CA certificates, or name a PEM file in SSL_CERT_FILE or --ca-file"
                    .to_owned()
            }
            AzureError::NoDefaultSubscription { .. } => {
                "name one with --subscription or AZURE_SUBSCRIPTION_ID, or read all with --all-subscriptions"
                    .to_owned()
            }
        }
    }
}

/// A line for each credential passed over, under the one that failed.
fn passed_over(skipped: &[Tried]) -> String {
    let lines = skipped.iter().map(|tried| format!("\n  not tried: {}: {}", tried.name, tried.said));
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_sign_in_lists_what_was_passed_over() {
        let error = AzureError::SignIn {
            refused: Tried { name: "Azure CLI", said: "Please run 'az login'".into() },
            skipped: vec![Tried { name: "Cloud Shell", said: "MSI_ENDPOINT is not set".into() }],
            help: "run `az login`",
        };
        assert_eq!(
            error.to_string(),
            "cannot sign in to Azure with Azure CLI: Please run 'az login'\n  not tried: Cloud Shell: \
             MSI_ENDPOINT is not set"
        );
        assert_eq!(error.help(), "run `az login`");
    }
}
