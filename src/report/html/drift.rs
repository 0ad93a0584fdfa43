//! What differs between the orgs that were compared, what breaks first.

use serde::Serialize;

use super::words::Capped;
use crate::report::view::{DriftRow, PairView};

/// Differences of a pair that are shown.
const ROWS_SHOWN: usize = 200;

/// Items of a list that are shown in a cell.
const ITEMS_SHOWN: usize = 6;

/// Effects, gravest first.
const EFFECTS: [&str; 5] = ["breaks", "unknown", "widens", "narrows", "none"];

/// One pair.
#[derive(Serialize)]
pub struct PairSection {
    /// The left side.
    pub from: String,
    /// The right side.
    pub to: String,
    /// Whether it could be compared at all.
    pub compared: bool,
    /// Effects with how many differences have each, gravest first, without those of none.
    pub effects: Vec<(&'static str, usize)>,
    /// The differences, gravest first.
    pub rows: Capped<Difference>,
}

/// One difference.
#[derive(Serialize)]
pub struct Difference {
    /// What it does.
    pub effect: String,
    /// What kind of thing differs.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Which of its fields.
    pub field: String,
    /// How it stands on the left.
    pub left: Capped<String>,
    /// How it stands on the right.
    pub right: Capped<String>,
}

/// One section a pair, in the order of the configuration.
pub fn of(pairs: &[PairView], rows: &[DriftRow]) -> Vec<PairSection> {
    pairs.iter().map(|pair| section(pair, rows)).collect()
}

fn section(pair: &PairView, rows: &[DriftRow]) -> PairSection {
    let mut of_pair: Vec<&DriftRow> = rows.iter().filter(|row| row.from == pair.from && row.to == pair.to).collect();
    let rank = |row: &DriftRow| EFFECTS.iter().position(|effect| *effect == row.effect).unwrap_or(EFFECTS.len());
    of_pair.sort_by(|a, b| (rank(a), &a.kind, &a.name, &a.field).cmp(&(rank(b), &b.kind, &b.name, &b.field)));
    let effects = EFFECTS
        .into_iter()
        .map(|effect| (effect, of_pair.iter().filter(|row| row.effect == effect).count()))
        .filter(|(_, count)| *count > 0)
        .collect();
    let rows = Capped::of(of_pair, ROWS_SHOWN, |row| Difference {
        effect: row.effect.clone(),
        kind: row.kind.replace('_', " "),
        name: row.name.clone(),
        field: row.field.clone(),
        left: items(&row.from_value),
        right: items(&row.to_value),
    });
    PairSection { from: pair.from.clone(), to: pair.to.clone(), compared: pair.compared, effects, rows }
}

/// The items of a list, one a line, as many as a reader can take in.
fn items(value: &str) -> Capped<String> {
    Capped::of(value.split(';').filter(|item| !item.is_empty()), ITEMS_SHOWN, str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::severity::Severity;

    fn row(effect: &str, name: &str) -> DriftRow {
        DriftRow {
            from: "dev".to_owned(),
            to: "staging".to_owned(),
            kind: "oauth_client".to_owned(),
            name: name.to_owned(),
            field: "grants".to_owned(),
            from_value: "a;b".to_owned(),
            to_value: String::new(),
            effect: effect.to_owned(),
            severity: Severity::Info,
        }
    }

    #[test]
    fn what_breaks_stands_first_and_counts_add_up() {
        let pair = PairView { from: "dev".to_owned(), to: "staging".to_owned(), compared: true };
        let rows = [row("none", "a"), row("breaks", "z"), row("widens", "b"), row("breaks", "y")];
        let sections = of(&[pair], &rows);
        let shown: Vec<&str> = sections[0].rows.rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(shown, ["y", "z", "b", "a"]);
        assert_eq!(sections[0].effects, [("breaks", 2), ("widens", 1), ("none", 1)]);
        assert_eq!(sections[0].rows.rows[0].left.rows, ["a", "b"]);
    }

    #[test]
    fn pair_with_an_unread_side_is_not_called_equal() {
        let pair = PairView { from: "dev".to_owned(), to: "prod".to_owned(), compared: false };
        assert!(!of(&[pair], &[])[0].compared);
    }
}
