//! What the Azure CLI knows besides tokens: the current subscription.

use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::process::Command;

use super::{AzureError, redact};
use crate::inventory::is_guid;

/// `az` is written in Python and slow to start; it does not need longer than this to read its own file.
const LIMIT: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
struct Account {
    id: String,
    #[serde(default)]
    name: String,
}

/// The id of the subscription that `az account show` names, in lower case.
pub(super) async fn current_subscription() -> Result<String, AzureError> {
    let failed = |reason: String| AzureError::NoDefaultSubscription { reason };
    let mut command = command();
    command.args(["account", "show", "--output", "json", "--only-show-errors"]);
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = match tokio::time::timeout(LIMIT, command.output()).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(failed("the Azure CLI (az) is not installed".to_owned()));
        }
        Ok(Err(error)) => return Err(failed(format!("the Azure CLI (az) cannot be run: {error}"))),
        Err(_elapsed) => {
            return Err(failed(format!(
                "the Azure CLI (az) did not answer within {} seconds",
                LIMIT.as_secs()
            )));
        }
    };
    if !output.status.success() {
        let said = redact::line(&String::from_utf8_lossy(&output.stderr), 300);
        return Err(failed(format!("`az account show` failed: {said}")));
    }
    read(&output.stdout).map_err(failed)
}

/// `az` is a batch file on Windows, which only the shell runs.
fn command() -> Command {
    if cfg!(windows) {
        let mut command = Command::new("cmd");
        command.args(["/C", "az"]);
        return command;
    }
    Command::new("az")
}

fn read(stdout: &[u8]) -> Result<String, String> {
    let account: Account = serde_json::from_slice(stdout)
        .map_err(|_| "`az account show` did not answer with a subscription".to_owned())?;
    // `az login --allow-no-subscriptions` leaves an account named `N/A(tenant level account)` with the tenant's id.
    if !is_guid(&account.id) || account.name.starts_with("N/A(") {
        return Err("the Azure CLI is signed in without a subscription".to_owned());
    }
    Ok(account.id.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subscription_is_read_from_what_az_prints() {
        let id = "3F2504E0-4f89-11d3-9a0c-0305e82c3301";
        assert_eq!(read(format!(r#"{{"id":"{id}","name":"n"}}"#).as_bytes()), Ok(id.to_lowercase()));
        let tenant_only = format!(r#"{{"id":"{id}","name":"N/A(tenant level account)"}}"#);
        for odd in ["", "null", "[]", r#"{"id":null}"#, r#"{"id":"x"}"#, &tenant_only] {
            assert!(read(odd.as_bytes()).is_err(), "{odd}");
        }
    }
}
