//! What a caller with few rights is told: Azure's operation behind each request, and whether a role holds it.

use serde_json::{Value, json};

use super::journal::matches;
use super::reply::Reply;

/// What becomes of a list over a subscription that the role does not hold. Azure does the one where the caller has other
/// rights over the whole subscription, the other where rights are held further down (Azure docs: "Troubleshoot Azure
/// RBAC").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lacking {
    Refused,
    Short,
}

/// A role over every subscription, and over management groups.
#[derive(Debug, Clone)]
pub struct Rights {
    /// As in a role definition: `*` stands for anything.
    pub actions: Vec<String>,
    pub lacking: Lacking,
}

/// The operation that Azure asks for before it answers (Azure docs: "Azure permissions", by resource provider).
pub fn operation(method: &str, path: &str) -> String {
    if method == "POST" && path.to_ascii_lowercase().ends_with("/metrics:getbatch") {
        return "Microsoft.Insights/metrics/read".to_owned();
    }
    let Some((_, resource)) = path.rsplit_once("/providers/") else {
        let own = if path.ends_with("/resources") { "subscriptions/resources" } else { "subscriptions" };
        return format!("Microsoft.Resources/{own}/read");
    };
    let parts: Vec<&str> = resource.split('/').collect();
    let types: Vec<&str> = parts[1..].iter().step_by(2).copied().collect();
    format!("{}/{}/read", parts[0], types.join("/"))
}

/// Whether an action of a role stands for an operation.
pub fn covers(action: &str, operation: &str) -> bool {
    matches(action, operation)
}

impl Rights {
    fn hold(&self, operation: &str) -> bool {
        self.actions.iter().any(|action| covers(action, operation))
    }

    /// What `permissions` answers.
    pub fn entries(&self) -> Value {
        json!([{"actions": self.actions, "notActions": [], "dataActions": [], "notDataActions": []}])
    }

    /// What somebody is told who may not ask this; `None` for whoever may.
    pub fn refuse(&self, method: &str, path: &str) -> Option<Reply> {
        let needed = operation(method, path);
        // Both answer anybody with what they may see (Azure docs: "Permissions in Azure Resource Graph"; Azure REST:
        // Subscriptions - List).
        let is_open = method == "POST" && needed == "Microsoft.ResourceGraph/resources/read"
            || path.trim_matches('/').eq_ignore_ascii_case("subscriptions");
        if is_open || self.hold(&needed) {
            return None;
        }
        let within = path.trim_matches('/').split('/').count();
        let is_list = within == 5 || path.ends_with("/resources");
        if is_list && self.lacking == Lacking::Short && !needed.ends_with("/permissions/read") {
            return Some(Reply::json(200, &json!({"value": []})));
        }
        let message =
            format!("The client does not have authorization to perform action '{needed}' over '{path}'.");
        Some(Reply::error(403, "AuthorizationFailed", &message))
    }
}
