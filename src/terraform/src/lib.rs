//! What a CX as Code source (the Terraform provider for Genesys Cloud) says about permissions.
//!
//! Reads exports, states and plans, all as JSON, and gives them as a [`Snapshot`](rolecall_base::snapshot::Snapshot):
//! [`snapshot()`] for what a source declares alone, [`after_apply`] for what an org would be once it is applied. What
//! cannot be resolved is *not known*, by address and attribute, never guessed. Secrets, of which states and plans are
//! full, are dropped by the parser. Nothing is ever run: no Terraform, no provider, no network.
//! The rules are described in `docs/cx-as-code.md`.

mod apply;
mod condition;
mod configuration;
mod declare;
mod declared;
mod error;
mod expression;
mod flat;
mod gaps;
mod keep;
mod meta;
mod node;
mod object;
mod open;
mod plan;
mod plan_references;
mod removal;
mod state;
mod targets;
mod variables;

pub use apply::{Applied, after_apply};
pub use declare::{borrow, snapshot};
pub use error::CxError;
pub use object::{Action, Object, Type};
pub use open::open;

/// What a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Configuration as the provider exports it: a directory, or a `.tf.json` file.
    Export,
    /// A state: `terraform.tfstate`, or `terraform show -json` of one.
    State,
    /// `terraform show -json` of a plan.
    Plan,
}

impl Kind {
    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::State => "state",
            Self::Plan => "plan",
        }
    }
}

/// Something that the source leaves open.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotKnown {
    /// The object's address, or the file's name where it is about a whole file.
    pub address: String,
    /// The attribute, for example `roles.role_id`; `file` or `object` where it is about the whole.
    pub what: String,
    /// Why, in words for people.
    pub why: String,
}

/// A source that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// What it is.
    pub kind: Kind,
    /// Where it was read from, as given.
    pub origin: String,
    /// What it declares, sorted by type and address; data sources too.
    pub objects: Vec<Object>,
    /// What it leaves open, sorted.
    pub not_known: Vec<NotKnown>,
    /// Things worth knowing that cost no data, in words for people.
    pub notes: Vec<String>,
    /// Objects of the provider and of others that have nothing to do with permissions.
    pub others: usize,
    /// Objects that stand for none: `count = 0`, or nothing to go over in `for_each`.
    pub left_out: usize,
}

impl Source {
    fn new(kind: Kind, origin: String) -> Self {
        Self { kind, origin, objects: Vec::new(), not_known: Vec::new(), notes: Vec::new(), others: 0, left_out: 0 }
    }

    fn not_known(&mut self, address: &str, what: &str, why: impl Into<String>) {
        self.not_known.push(NotKnown { address: address.to_owned(), what: what.to_owned(), why: why.into() });
    }

    /// Puts everything in its one order, and lists what the objects leave open.
    fn finish(mut self) -> Self {
        self.objects.sort_by(|a, b| (a.kind, &a.address).cmp(&(b.kind, &b.address)));
        for at in 0..self.objects.len() {
            let Some(object) = self.objects.get(at) else { break };
            let mut doubts = Vec::new();
            doubts.extend(object.ignored.doubt.clone().map(|why| ("lifecycle.ignore_changes".to_owned(), why)));
            object.after.doubts("", &mut doubts);
            // That a new object has no id yet is no gap: others refer to it by its address.
            doubts.retain(|(path, _)| path != "id");
            let address = object.address.clone();
            for (path, why) in doubts {
                self.not_known(&address, &path, why);
            }
        }
        self.not_known.sort();
        self.not_known.dedup();
        self.notes.sort();
        self.notes.dedup();
        self
    }
}

#[cfg(test)]
mod tests;
