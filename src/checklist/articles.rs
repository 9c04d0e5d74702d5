//! Microsoft's pages whose checks the rules and the checklist divide between them; `rules/articles.toml` says how.

use crate::finding::Article;

pub const MIGRATE_NETWORK: Article = Article {
    id: "migrate-network-connectivity",
    title: "Troubleshoot network connectivity",
    url: "https://learn.microsoft.com/azure/migrate/troubleshoot-network-connectivity",
};

pub const MIGRATE_REPLICATION: Article = Article {
    id: "migrate-vmware-replication",
    title: "Troubleshooting replication issues in agentless VMware VM migration",
    url: "https://learn.microsoft.com/azure/migrate/troubleshoot-changed-block-tracking-replication",
};

pub const MIGRATE_EXPRESS_ROUTE: Article = Article {
    id: "migrate-expressroute",
    title: "Replicate data over ExpressRoute with Azure Migrate: Server Migration",
    url: "https://learn.microsoft.com/azure/migrate/replicate-using-expressroute",
};

pub const PRIVATE_LINK_SERVICE: Article = Article {
    id: "private-link-service",
    title: "Troubleshoot Azure Private Link Service connectivity problems",
    url: "https://learn.microsoft.com/azure/private-link/troubleshoot-private-link-connectivity",
};

pub const PEERING: Article = Article {
    id: "virtual-network-peering",
    title: "Troubleshoot virtual network peering issues",
    url: "https://learn.microsoft.com/azure/virtual-network/virtual-network-troubleshoot-peering-issues",
};

/// Every one of them.
pub const ALL: [Article; 5] =
    [MIGRATE_NETWORK, MIGRATE_REPLICATION, MIGRATE_EXPRESS_ROUTE, PRIVATE_LINK_SERVICE, PEERING];
