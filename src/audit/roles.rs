//! What a finding's subject is to a migration: one fault has one finding, whichever undertaking it stands in the way of,
//! and this says of which.

use crate::finding::Finding;
use crate::topology::Topology;

/// Names the role that each finding's subject plays for Azure Migrate. Rules say it themselves where it is their matter.
pub(super) fn name(topology: &Topology, findings: &mut [Finding]) {
    for finding in findings {
        let Some(role) = topology.migration_role(&finding.subject.id) else { continue };
        if !finding.rule.starts_with("MIG-") {
            finding.message = format!("{} [{role}]", finding.message);
        }
        finding.evidence.push(("migrationRole", role.into()));
    }
}
