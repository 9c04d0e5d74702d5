//! What stands under each command's help: examples and exit codes.

pub(super) const FIRST_STEPS: &str = "\
First steps:
  plaudit audit --demo               a sample estate with mistakes in it; no account needed
  plaudit audit -s my-subscription   your own, after `az login`
  plaudit help audit                 scope, sign-in, formats, exit codes";

pub(super) const AUDIT_EXAMPLES: &str = "\
Examples:
  plaudit audit --demo                       a sample estate with mistakes: exit code 1
  plaudit audit -s my-subscription           one subscription, and the hub it leans on
  plaudit audit --all-subscriptions -f table -f json=report.json
  plaudit audit --snapshot estate.jsonl.gz   what `plaudit collect` wrote
  plaudit audit -s my-subscription --metrics 30d   with what went through endpoints
  plaudit audit --write-baseline known.json  accept what is found now
  plaudit audit --baseline known.json        only what is new counts

Exit codes:
  0  clean, and everything was read
  1  findings at or above --fail-on
  2  wrong usage or configuration
  3  nothing at or above it, but something asked for could not be read; or the run was stopped
  4  no audit was possible";

pub(super) const COLLECT_EXAMPLES: &str = "\
Examples:
  plaudit collect -s my-subscription -o estate.jsonl.gz
  plaudit collect -s my-subscription -o estate.jsonl.gz --resume   go on with a run that was stopped
  plaudit collect --all-subscriptions -o - | gzip > estate.jsonl.gz
  plaudit collect -s my-subscription --redact -o ticket.jsonl.gz   fit for a ticket: no name or id of yours in it
  plaudit collect --redact --snapshot estate.jsonl.gz -o ticket.jsonl.gz

Exit codes:
  0  everything was read; or a snapshot was redacted
  2  wrong usage or configuration
  3  the snapshot was written, but something asked for could not be read; or the run was stopped
  4  nothing could be read";

pub(super) const TRACE_EXAMPLES: &str = "\
Examples:
  plaudit trace pe-sql-orders --demo             every name of an endpoint, from where it is needed
  plaudit trace acct.blob.core.windows.net --from my-vnet -s my-subscription
  plaudit trace --snapshot estate.jsonl.gz my-endpoint -f mermaid

Exit codes:
  0  every trace ends at the endpoint, and a path leads there
  1  one does not
  2  wrong usage
  3  nothing is wrong as far as can be seen, but not everything can; or the run was stopped
  4  nothing could be read";

pub(super) const NAMES_EXAMPLES: &str = "\
Examples:
  plaudit names --demo
  plaudit names -s my-subscription -f csv > names.csv
  plaudit names --snapshot estate.jsonl.gz -f proxy-bypass

Exit codes:
  0  every endpoint was read
  2  wrong usage
  3  names of some endpoint could not be read; or the run was stopped
  4  nothing could be read";

pub(super) const PROBE_EXAMPLES: &str = "\
Examples:
  plaudit probe --snapshot estate.jsonl.gz --vantage vnet-hub   from a machine in that network
  plaudit probe --snapshot estate.jsonl.gz --name acct.blob.core.windows.net --server 10.0.0.4
  plaudit probe --snapshot estate.jsonl.gz --also vcenter.corp.example:443 --also esx1.corp.example:902
  plaudit probe --snapshot estate.jsonl.gz --preset azure-migrate
  plaudit probe --demo --dry-run                                show what would be asked; contact nobody

It sends DNS queries and TCP handshakes, nothing else, and connects to addresses of the estate and of hosts that are
named, one connection at a time to each address.

Without --vantage, findings about endpoints are information at most: what DNS answers on this host proves nothing
about a virtual network.

Exit codes:
  0  everything that was probed is as it ought to be
  1  findings at or above --fail-on
  2  wrong usage or configuration
  3  nothing at or above it, but something gave no answer or was not read; or the run was stopped
  4  no probe was possible";

pub(super) const RULES_EXAMPLES: &str = "\
Examples:
  plaudit rules list             every rule, its severity and what it needs
  plaudit rules show DNS-022     what it finds, why it matters, how to mend it
  plaudit rules new HUB-001      a page to start a rule of your own from
  plaudit rules check ./rules    are the rules of your own sound?";

pub(super) const RULES_LIST_EXAMPLES: &str = "\
Examples:
  plaudit rules list
  plaudit rules list --rules-dir ./rules     those of your own too
  plaudit rules list -f json | jq -r '.rules[] | select(.default) | .id'";

pub(super) const RULES_SHOW_EXAMPLES: &str = "\
Examples:
  plaudit rules show DNS-022
  plaudit rules show a-record-wrong-ip | less";

pub(super) const RULES_CHECK_EXAMPLES: &str = "\
Examples:
  plaudit rules check ./rules
  plaudit audit --rules-dir ./rules --snapshot estate.jsonl.gz   judge by them

Exit codes:
  0  every page is sound, and every case comes out as is due
  1  a case does not
  2  a page is not sound";

pub(super) const RULES_NEW_EXAMPLES: &str = "\
Examples:
  plaudit rules new HUB-001 --output ./rules
  plaudit rules new HUB-002 --subject zone --name zones-outside-the-hub --output ./rules

A page that is there already is never written over.";

pub(super) const SCHEMA_EXAMPLES: &str = "\
Examples:
  plaudit schema > report-v1.schema.json
  plaudit schema trace

What it describes only grows: fields are added, never changed or taken away, so a program ought to pass over
fields that it does not know.";

pub(super) const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  plaudit completions bash > ~/.local/share/bash-completion/completions/plaudit
  plaudit completions zsh > ~/.zfunc/_plaudit        where ~/.zfunc stands in $fpath
  plaudit completions fish > ~/.config/fish/completions/plaudit.fish
  plaudit completions powershell | Out-String | Invoke-Expression";

pub(super) const MAN_EXAMPLES: &str = "\
Examples:
  plaudit man | man -l -                     read the page of plaudit
  plaudit man audit > plaudit-audit.1        the page of a command
  plaudit man rules show                     the page of a command of a command";
