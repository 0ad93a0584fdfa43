//! What there is to know about the checks of waivers, which run over the findings and not over the evidence.

use crate::check::{CheckMeta, Reads};
use crate::severity::Severity;
use rolecall_base::coverage::Listing;

/// What else is to be said of each of them, in Markdown.
const NOTES: &str = "Runs over the findings of all other checks and the entries of the waiver file. Its subject is what an entry accepts, not its line, so that an entry may move within the file. Its findings cannot be waived. [waivers.md](waivers.md) has the rules.";

/// A waiver past its end.
pub static EXPIRED: CheckMeta = CheckMeta {
    id: "waiver.expired",
    title: "Waiver past its end",
    what: "Entries of the waiver file whose last day has passed.",
    why: "It does nothing any more: what it covered is open again and counts for the gate, and whoever reads the file may believe otherwise.",
    remedy: "Fix what it covered and remove the entry, or decide again and give it a later day.",
    severity: Severity::Medium,
    reference: "docs/waivers.md tells how long a waiver holds.",
    notes: NOTES,
    reads: Reads::Nothing,
    ..CheckMeta::PLAIN
};

/// A waiver near its end.
pub static EXPIRES_SOON: CheckMeta = CheckMeta {
    id: "waiver.expires-soon",
    title: "Waiver ends within 30 days",
    what: "Entries of the waiver file that hold tonight and end within 30 days.",
    why: "On the day after its end what it covers counts for the gate again: there is still time to fix it or to decide again.",
    remedy: "Fix what it covers, or decide again and give it a later day.",
    severity: Severity::Low,
    reference: "docs/waivers.md tells how long a waiver holds.",
    notes: NOTES,
    reads: Reads::Nothing,
    ..CheckMeta::PLAIN
};

/// A waiver that accepts too much.
pub static TOO_WIDE: CheckMeta = CheckMeta {
    id: "waiver.too-wide",
    title: "Waiver accepts too much",
    what: "Entries that hold tonight and name no area of checks, cover more than 25 findings, cover findings of several orgs, or run for more than 366 days.",
    why: "A wide waiver also accepts what nobody has looked at, tonight and on every night to come; it is the quietest way to blind an audit.",
    remedy: "Name the check and one org, narrow the subject, and set an end within 366 days; waive single findings by id where they are few.",
    severity: Severity::Medium,
    reference: "docs/waivers.md lists what makes a waiver too wide.",
    notes: NOTES,
    reads: Reads::Lists(&Listing::ALL),
    ..CheckMeta::PLAIN
};

/// A waiver that matches nothing.
pub static UNMATCHED: CheckMeta = CheckMeta {
    id: "waiver.unmatched",
    title: "Waiver matches nothing",
    what: "Entries that hold tonight and match no finding, although everything they are about was read.",
    why: "Either what it covered is fixed and the entry is left over, ready to hide it when it comes back, or it is misspelt and covers nothing.",
    remedy: "Remove the entry, or correct what it is about.",
    severity: Severity::Low,
    reference: "docs/waivers.md tells when a waiver is said to match nothing.",
    notes: NOTES,
    reads: Reads::Lists(&Listing::ALL),
    ..CheckMeta::PLAIN
};

/// All of them, sorted by id. The calendar needs no list; what an entry matches needs every list of the orgs that it may
/// be about.
pub static ALL: [&CheckMeta; 4] = [&EXPIRED, &EXPIRES_SOON, &TOO_WIDE, &UNMATCHED];
