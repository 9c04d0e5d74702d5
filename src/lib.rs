//! plaudit: private-link audit. Reads how an Azure estate reaches its private endpoints and says what is broken.
//!
//! Floors, from the bottom up; a module imports downward only:
//! `inert` (text that acts on nothing), `whole_file`, `compressed`, `spelling`, `probe` (asks DNS, opens connections) · `inventory` (what was read) ·
//! `topology` (everything joined) · `redaction` (stand-ins for what must not leave the house) · `facts` (the estate as
//! rows) · `finding` (what an audit says) · `rules` (what ought to be) · `audit` · `verification` (what of an index is read
//! again) · `diff`, `names`, `trace`, `survey` (what a probe asks) · `checklist` (what is left for a person) · `report` ·
//! `config` · `azure` (reading; it knows `inventory` alone) · `command` (wires them) · `cli`, `error`.
//!
//! Beside the floors stands `fuzzing`, which only tests and fuzz targets have.

pub mod audit;
pub mod azure;
pub mod checklist;
pub mod cli;
pub mod command;
mod compressed;
pub mod config;
pub mod diff;
pub mod error;
pub mod facts;
pub mod finding;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod inert;
pub mod inventory;
pub mod names;
pub mod probe;
pub mod redaction;
pub mod report;
pub mod rules;
mod spelling;
pub mod survey;
pub mod topology;
pub mod trace;
mod verification;
pub mod whole_file;
