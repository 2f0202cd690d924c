//! Moving to other bases, from outside: the corpus, the fleet, what goes wrong.

#[path = "rebase/bake.rs"]
mod bake;
#[path = "rebase/bases.rs"]
mod bases;
#[path = "rebase/cases.rs"]
mod cases;
#[path = "rebase/cli.rs"]
mod cli;
#[path = "rebase/corpus.rs"]
mod corpus;
#[path = "rebase/formats.rs"]
mod formats;
#[path = "rebase/mentions.rs"]
mod mentions;
#[path = "rebase/overrides.rs"]
mod overrides;
#[path = "rebase/properties.rs"]
mod properties;
#[path = "rebase/public.rs"]
mod public;
#[path = "rebase/roles.rs"]
mod roles;
#[path = "rebase/stages.rs"]
mod stages;
#[path = "rebase/tags.rs"]
mod tags;
#[path = "rebase/transaction.rs"]
mod transaction;
#[path = "rebase/trees.rs"]
mod trees;
