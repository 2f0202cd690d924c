//! Moving to other bases, from outside: the corpus, the fleet, what goes wrong.

#[path = "rebase/cases.rs"]
mod cases;
#[path = "rebase/cli.rs"]
mod cli;
#[path = "rebase/corpus.rs"]
mod corpus;
#[path = "rebase/mentions.rs"]
mod mentions;
#[path = "rebase/overrides.rs"]
mod overrides;
#[path = "rebase/properties.rs"]
mod properties;
#[path = "rebase/transaction.rs"]
mod transaction;
