//! What the arguments ask of a comparison, checked before anything is read.

use globset::GlobBuilder;

use super::between;
use crate::cli::args::DriftArgs;
use crate::cli::failure::Failure;
use rolecall_access::drift::change::DriftKind;
use rolecall_access::drift::{How, Mapping};
use rolecall_app::config::job::Job;
use rolecall_app::config::words::{DRIFT_KINDS, MAPPED_KINDS, begins_with_a_kind};
use rolecall_app::run;
use rolecall_base::nearest::{did_you_mean, nearest};
use rolecall_base::snapshot::Snapshot;

/// Globs and declared pairs of the command line.
pub(super) struct Checked {
    ignore: Vec<String>,
    mappings: Vec<Mapping>,
}

/// Reads `--ignore` and `--map`.
pub(super) fn check(args: &DriftArgs) -> Result<Checked, Failure> {
    for glob in &args.ignore {
        if let Err(error) = GlobBuilder::new(glob).case_insensitive(true).build() {
            return Err(Failure::usage(format!("`{glob}` in --ignore is not a glob: {}", error.kind())));
        }
        if !begins_with_a_kind(glob) {
            let kind = glob.split(':').next().unwrap_or(glob);
            return Err(Failure::usage(format!(
                "`{glob}` in --ignore begins with no known kind; a glob is over kind:name, with one of {}{}",
                DRIFT_KINDS.join(", "),
                did_you_mean(kind, DRIFT_KINDS.iter().copied())
            )));
        }
    }
    let mappings = args.map.iter().map(|text| mapping(text)).collect::<Result<_, _>>()?;
    Ok(Checked { ignore: args.ignore.clone(), mappings })
}

fn mapping(text: &str) -> Result<Mapping, Failure> {
    let parts = text.split_once(':').and_then(|(kind, pair)| Some((kind, pair.split_once('=')?)));
    let Some((kind, (from, to))) = parts.filter(|(_, (from, to))| !from.is_empty() && !to.is_empty()) else {
        return Err(Failure::usage(format!(
            "`{text}` in --map is not a pair; write kind:left=right, for example 'oauth_client:Dialer=Outbound Dialer'"
        )));
    };
    let known = MAPPED_KINDS.contains(&kind).then(|| DriftKind::ALL.into_iter().find(|one| one.as_str() == kind));
    let Some(kind) = known.flatten() else {
        let near = nearest(kind, MAPPED_KINDS, 1);
        let help = near.first().map_or_else(
            || format!("write one of {}", MAPPED_KINDS.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        return Err(Failure::usage(format!("`{kind}` in --map is not a kind that can be mapped: {help}")));
    };
    Ok(Mapping { kind, from: from.to_owned(), to: to.to_owned() })
}

impl Checked {
    /// Fails where a `--map` names a thing that a side does not have.
    pub(super) fn check_pairs(&self, left: &Snapshot, right: &Snapshot) -> Result<(), Failure> {
        match self.mappings.iter().flat_map(|mapping| mapping.unmet(left, right)).next() {
            Some(unmet) => Err(Failure::usage(format!("--map: {unmet}"))),
            None => Ok(()),
        }
    }

    /// With what the configuration says of this pair of orgs, whichever way round it names them.
    pub(super) fn how(&self, job: Option<&Job>, left: &Snapshot, right: &Snapshot) -> How {
        let mut how =
            How { between: between(left, right), mappings: self.mappings.clone(), ignore: self.ignore.clone() };
        for pair in job.into_iter().flat_map(|job| &job.drift) {
            let (from, to) = (left.org.name.as_str(), right.org.name.as_str());
            if pair.from == from && pair.to == to {
                how.mappings.extend(run::mappings(pair));
            } else if pair.from == to && pair.to == from {
                let turned = run::mappings(pair).into_iter();
                how.mappings.extend(turned.map(|one| Mapping { kind: one.kind, from: one.to, to: one.from }));
            } else {
                continue;
            }
            how.ignore.extend(pair.ignore.iter().cloned());
        }
        how
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mapping_is_kind_left_and_right() {
        let read = mapping("oauth_client:Dialer=Outbound Dialer").unwrap();
        assert_eq!(read.kind, DriftKind::OauthClient);
        assert_eq!((read.from.as_str(), read.to.as_str()), ("Dialer", "Outbound Dialer"));
    }

    #[test]
    fn what_is_no_mapping_says_how_one_is_written() {
        for (text, said) in [
            ("Dialer=Outbound", "write kind:left=right"),
            ("role:Dialer", "write kind:left=right"),
            ("role:=X", "write kind:left=right"),
            ("oauth_clients:A=B", "did you mean `oauth_client`?"),
            ("endpoint:A=B", "not a kind that can be mapped"),
        ] {
            let message = mapping(text).unwrap_err().message;
            assert!(message.contains(said), "{text}: {message}");
        }
    }
}
