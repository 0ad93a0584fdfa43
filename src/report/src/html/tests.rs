//! Is the page safe, truthful and the same every time?

use std::collections::BTreeSet;

use base64::Engine as _;
use sha2::Digest;

use super::environment::{SCRIPT, STYLE, TEMPLATES};
use super::sample::{self, HOSTILE};
use super::*;
use crate::view::Tables;
use rolecall_base::id::UserId;
use rolecall_base::snapshot::Snapshot;
use rolecall_findings::evidence::{PairEvidence, SinceEvidence};
use rolecall_findings::testing::drifted::of_every_kind;
use rolecall_matrix::bundled;

pub(super) fn about() -> About {
    About {
        version: "0.1.0".to_owned(),
        run_id: "2026-03-01T02-00-00Z".to_owned(),
        gate: "failed".to_owned(),
        gate_words: "failed; 12 open findings are at or above high; exit code 1".to_owned(),
        settings: vec![("Gate fails on".to_owned(), "high and above".to_owned())],
        files: vec![("gaps.csv".to_owned(), "needed calls that are not allowed".to_owned())],
        command: "rolecall audit --config <configuration> --snapshot <snapshot of dev>".to_owned(),
        last_night: String::new(),
    }
}

fn page_of(evidence: &Evidence<'_>, findings: &[Finding]) -> String {
    let input = Input {
        evidence,
        findings,
        sentence: "12 declared calls will be refused.",
        why: &|_| Some("Whoever holds its secret can raise their own access."),
        waivers: &Standing::default(),
        trend: &[],
        tables: &Tables::default(),
        about: about(),
    };
    render(&input).unwrap()
}

/// A night with a pair that was compared, one that was not, and an org with a night before it.
pub(super) fn compared(evidence: &mut Evidence<'_>) {
    let drift = of_every_kind(HOSTILE);
    let pair = |from: &str, to: &str, drift| PairEvidence { from: from.to_owned(), to: to.to_owned(), drift };
    evidence.pairs = vec![pair("dev", "staging", Some(drift.clone())), pair("staging", "prod <eu>", None)];
    let before = "2026-02-28T02:00:00Z".parse().unwrap();
    evidence.since = vec![SinceEvidence { org: "dev".to_owned(), before, drift }];
}

fn page_of_compared_orgs() -> String {
    let needs = sample::needs();
    let snapshots = [sample::snapshot("dev"), sample::cut_short("staging")];
    let mut evidence = sample::evidence(&snapshots, bundled::matrix(), &needs);
    compared(&mut evidence);
    page_of(&evidence, &sample::findings())
}

fn page_of_orgs(snapshots: &[Snapshot]) -> String {
    let needs = sample::needs();
    page_of(&sample::evidence(snapshots, bundled::matrix(), &needs), &sample::findings())
}

pub(super) fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let start = text.find(from).unwrap() + from.len();
    let end = text[start..].find(to).unwrap();
    &text[start..start + end]
}

#[test]
fn policy_allows_exactly_the_style_and_the_script_of_the_page() {
    let page = page_of_orgs(&[sample::snapshot("dev")]);
    let policy = between(&page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"").replace("&#39;", "'");
    for (directive, inline) in
        [("style-src", between(&page, "<style>", "</style>")), ("script-src", between(&page, "<script>", "</script>"))]
    {
        let digest = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(inline.as_bytes()));
        assert!(policy.contains(&format!("{directive} 'sha256-{digest}'")), "{directive} in {policy}");
    }
    for directive in ["default-src 'none'", "base-uri 'none'", "form-action 'none'", "connect-src 'none'"] {
        assert!(policy.contains(directive), "{directive} in {policy}");
    }
    assert_eq!(page.matches("<script>").count(), 1);
    let inert = page.matches("<script type=\"application/octet-stream\" class=\"block\" id=\"block-").count();
    assert_eq!(page.matches("<script").count(), 1 + inert);
    assert_eq!(page.matches("<style").count(), 1);
}

#[test]
fn templates_and_script_hold_nothing_that_the_policy_or_the_escaping_forbids() {
    for (name, source) in TEMPLATES {
        for forbidden in ["|safe", "| safe", "autoescape", " style=", "javascript:", "http://", "https://", "<iframe"] {
            assert!(!source.contains(forbidden), "{forbidden} in {name}");
        }
        assert!(!source.contains(" on") || !has_handler(source), "an inline handler in {name}");
    }
    for forbidden in
        ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "fetch("]
    {
        assert!(!SCRIPT.contains(forbidden), "{forbidden} in the script");
    }
    for forbidden in ["url(", "@import", "</style"] {
        assert!(!STYLE.contains(forbidden), "{forbidden} in the style sheet");
    }
    assert!(!SCRIPT.contains("</script"));
}

/// ` onclick=`, ` onerror =` and the like.
fn has_handler(source: &str) -> bool {
    source.match_indices(" on").any(|(at, _)| {
        let rest = &source[at + 3..];
        let word: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
        !word.is_empty() && rest[word.len()..].trim_start().starts_with('=')
    })
}

#[test]
fn hostile_names_are_escaped_and_made_visible() {
    let page = page_of_compared_orgs();
    assert!(!page.contains("<img"));
    assert!(!page.contains('\u{202E}') && !page.contains('\u{200B}'));
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;⟦U+202E⟧gnp⟦U+200B⟧"));
    assert!(!page.contains(HOSTILE));
}

#[test]
fn night_without_orgs_renders_and_is_not_called_complete() {
    let evidence = Evidence {
        as_of: sample::AS_OF.parse().unwrap(),
        orgs: vec![],
        failed: vec![],
        needs: &[],
        pairs: vec![],
        since: vec![],
        radar: Vec::new(),
        parameters: Default::default(),
        separation: &[],
    };
    let page = page_of(&evidence, &[]);
    assert!(page.contains("Nothing was read: no org was audited."));
    let reported = between(&page, "<body>", "<script");
    assert!(!reported.contains("read completely"), "nothing was read at all");
}

#[test]
fn night_with_everything_read_says_so() {
    let page = page_of_orgs(&[sample::snapshot("dev"), sample::snapshot("staging")]);
    assert!(page.contains("All lists of every org were read completely."));
    assert!(!page.contains("Not complete"));
}

#[test]
fn list_that_was_not_asked_for_is_not_said_to_be_read() {
    let mut snapshot = sample::snapshot("dev");
    snapshot.coverage.listings.get_mut(&rolecall_base::coverage::Listing::AuditLog).unwrap().seen =
        rolecall_base::coverage::Seen::NotAsked;
    let page = page_of_orgs(&[snapshot]);
    assert!(!page.contains("All lists of every org were read completely."));
    assert!(page.contains("Every list that was asked for was read completely. Not asked for: audit log (dev)."));
}

#[test]
fn night_is_green_only_when_nothing_is_missing_and_nothing_broke() {
    let snapshots = [sample::snapshot("dev")];
    let mut passed = about();
    passed.gate = "passed".to_owned();
    let needs = sample::needs();
    for (needs, tone) in [(&needs[..0], "tone-good"), (&needs[..], "tone-caution")] {
        let evidence = sample::evidence(&snapshots, bundled::matrix(), needs);
        let input = Input {
            evidence: &evidence,
            findings: &[],
            sentence: "a night",
            why: &|_| None,
            waivers: &Standing::default(),
            trend: &[],
            tables: &Tables::default(),
            about: passed.clone(),
        };
        let page = render(&input).unwrap();
        assert!(between(&page, "<body>", "</header>").contains(tone), "{tone}");
    }
}

#[test]
fn night_with_an_unread_list_never_says_that_it_is_complete() {
    let page = page_of_orgs(&[sample::snapshot("dev"), sample::cut_short("staging")]);
    assert!(page.contains("Not complete: 2 lists were not read completely."));
    assert!(!page.contains("All lists of every org were read completely."));
    assert!(!page.contains("Every list that was asked for was read completely."));
    assert!(page.contains("authorization:policy:view"), "the permission that was missing");
    assert!(page.contains("page 2 was lost: 503 after 5 attempts"), "the reason");
    assert!(page.contains("3 of 12 read"), "how much was seen");
    assert!(page.contains("everything allowed: a policy that was not read may deny it"), "what it affects");
    assert!(page.contains("tone-caution"));
}

#[test]
fn org_that_could_not_be_read_is_named_in_the_head_and_in_the_completeness() {
    let needs = sample::needs();
    let snapshots = [sample::snapshot("dev")];
    let mut evidence = sample::evidence(&snapshots, bundled::matrix(), &needs);
    evidence.failed.push(sample::failed());
    let page = page_of(&evidence, &[]);
    assert!(page.contains("Not complete: 1 org could not be read at all."));
    assert!(page.contains("invalid_client"));
    assert!(between(&page, "<h1>", "</h1>").contains("prod-eu"));
}

#[test]
fn same_night_gives_the_same_bytes_in_whatever_order_the_orgs_come() {
    let there = page_of_orgs(&[sample::snapshot("dev"), sample::cut_short("staging")]);
    let back = page_of_orgs(&[sample::cut_short("staging"), sample::snapshot("dev")]);
    assert_eq!(there, back);
}

#[test]
fn every_link_leads_to_one_place_of_the_page() {
    let page = page_of_compared_orgs();
    let mut ids = BTreeSet::new();
    for part in page.split(" id=\"").skip(1) {
        let id = part.split('"').next().unwrap();
        assert!(ids.insert(id), "`{id}` stands twice");
    }
    for part in page.split("href=\"").skip(1) {
        let target = part.split('"').next().unwrap();
        assert!(ids.contains(target.strip_prefix('#').unwrap()), "`{target}` leads nowhere");
    }
}

#[test]
fn declared_gaps_stand_before_observed_ones_with_what_is_missing() {
    let page = page_of_orgs(&[sample::snapshot("dev")]);
    let declared = page.find("Declared needs that are not allowed").unwrap();
    let observed = page.find("Observed calls that are refused, or will be").unwrap();
    assert!(declared < observed);
    let section = between(&page, "<section id=\"gaps\"", "</section>");
    assert!(section.contains("analytics:queueObservation:view"));
    assert!(section.contains("#reason-endpoint-not-in-matrix"));
    assert!(section.contains("nearest real ones:"), "for the endpoint that does not exist");
    assert!(section.contains("Queue Dashbord"), "the need that names nobody");
}

#[test]
fn cut_list_says_how_many_there_are_and_where_all_are() {
    let finding = sample::findings().remove(0);
    let many: Vec<Finding> = (0..250).map(|n| Finding { id: format!("{n:04}"), ..finding.clone() }).collect();
    let snapshots = [sample::snapshot("dev")];
    let page = page_of(&sample::evidence(&snapshots, bundled::matrix(), &[]), &many);
    assert!(page.contains("200 of 250 findings are shown; all are in <code>findings.csv</code>."));
    assert_eq!(page.matches("Link to this finding").count(), 10, "the worst with everything about them");
    let section = between(&page, "<section id=\"findings\"", "</section>");
    assert_eq!(section.matches("id=\"f-").count(), 200, "the others in a line each");
}

#[test]
fn holders_of_power_are_shown_with_their_shortest_path_and_what_would_stop_it() {
    let mut night = rolecall_findings::testing::Night::new();
    night.role("r1", "Tools", &["authorization:role:edit"]).client("c1", "Robot", &[("r1", "*")]);
    let page = page_of(&night.evidence(), &[]);
    let part = page.split("id=\"power\"").nth(1).unwrap().split("</section>").next().unwrap();
    assert!(part.contains("shortest path to more:"), "{part}");
    assert!(part.contains("1. as itself: PATCH ") && part.contains("(published): adds any right"), "{part}");
    assert!(
        part.contains("cheapest cut: remove role <code>Tools</code> from OAuth client <code>Robot</code>"),
        "{part}"
    );
}

#[test]
fn colours_keep_their_contrast_in_light_and_dark() {
    let themes = |name: &str| {
        let both = between(STYLE, &format!("--{name}: light-dark("), ");");
        let (light, dark) = both.split_once(", ").unwrap();
        [light.to_owned(), dark.to_owned()]
    };
    for (at, theme) in ["light", "dark"].into_iter().enumerate() {
        let colour = |name: &str| luminance(&themes(name)[at]);
        let mut pairs = Vec::new();
        for ground in ["page", "surface", "grey-tint", "blue-tint", "amber-tint"] {
            pairs.extend(["text", "quiet", "link"].map(|ink| (ink.to_owned(), ground.to_owned())));
        }
        for hue in ["red", "orange", "amber", "blue", "grey", "green"] {
            pairs.push((hue.to_owned(), format!("{hue}-tint")));
            pairs.push(("surface".to_owned(), hue.to_owned()));
        }
        for ground in ["orange-tint", "green-tint", "red-tint"] {
            pairs.extend(["text", "quiet", "link"].map(|ink| (ink.to_owned(), ground.to_owned())));
        }
        for (ink, ground) in pairs {
            let contrast = contrast(colour(&ink), colour(&ground));
            assert!(contrast >= 4.5, "{ink} on {ground} in {theme}: {contrast:.2}");
        }
    }
}

/// The squares of the heat map are not variables: numbers stand on them all the same.
#[test]
fn numbers_of_the_heat_map_keep_their_contrast_on_every_shade() {
    let text = between(STYLE, "--text: light-dark(", ");").split_once(", ").unwrap();
    for shade in 2..=4 {
        let both = between(STYLE, &format!(".shade-{shade} {{ fill: light-dark("), ");").split_once(", ").unwrap();
        for (theme, ink, ground) in [("light", text.0, both.0), ("dark", text.1, both.1)] {
            let contrast = contrast(luminance(ink), luminance(ground));
            assert!(contrast >= 4.5, "shade {shade} in {theme}: {contrast:.2}");
        }
    }
}

/// The contrast of two luminances as WCAG defines it.
fn contrast(a: f64, b: f64) -> f64 {
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Relative luminance as WCAG defines it.
fn luminance(hex: &str) -> f64 {
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

#[test]
fn first_screen_tells_what_each_promotion_breaks() {
    let page = page_of_compared_orgs();
    let first = between(&page, "<section id=\"tonight\"", "</section>");
    assert!(
        first.contains(
            "<p class=\"tone tone-bad\"><a href=\"#d-dev-staging\">dev to staging</a>: 2 needed calls of 2 OAuth \
             clients will fail; 1 needed call may fail or cannot be determined; 1 list was not compared completely</p>"
        ),
        "{first}"
    );
    assert!(first.contains("staging to prod &lt;eu&gt;</a>: not known: one of the two could not be read"), "{first}");
    let breaks = between(first, "id=\"breaks\"", "id=\"grantors\"");
    assert!(
        breaks.contains("<a href=\"#d-dev-staging_cause_1\">Board</a> <span class=\"quiet\">1 call:</span> role"),
        "{breaks}"
    );
}

#[test]
fn pair_is_reported_gaps_first_then_blockers_by_cause_and_its_counts_add_up() {
    let page = page_of_compared_orgs();
    let pair = between(&page, "id=\"d-dev-staging\"", "id=\"d-staging-prod_20_3ceu_3e\"");
    let places: Vec<usize> = [
        "groups of staging: page 2 was refused (403)",
        "Calls that will fail, by cause",
        "May fail, or cannot be determined",
        "What differs",
        "Who can call what on one side only (3 principals)",
        "Differences that change nobody&#39;s rights",
        "What was compared with what",
    ]
    .iter()
    .map(|text| pair.find(&text.replace("&#39;", "'")).or_else(|| pair.find(text)).unwrap_or_else(|| panic!("{text}")))
    .collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(pair.contains("<b>2</b> breaks, <b>2</b> unknown, <b>2</b> widens, <b>1</b> narrows, <b>1</b> none"));
    assert!(pair.contains("Differences that do something: 7"), "two, two, two and one");
    assert!(pair.contains("2 calls of 2 OAuth clients"), "both calls stand under the role, their first cause");
    assert!(pair.contains("OAuth client <code>Board</code>: state is <code>inactive</code>"), "the second cause");
    assert!(pair.contains("2 differences are left out because the configuration ignores them."));
}

#[test]
fn pair_with_an_unread_side_is_not_called_equal() {
    let page = page_of_compared_orgs();
    let pair = between(&page, "id=\"d-staging-prod_20_3ceu_3e\"", "</section>");
    assert!(!pair.contains("Nothing differs") && !pair.contains("What differs"));
}

#[test]
fn night_before_tells_who_gained_what_through_which_grant_when_and_by_whom() {
    let page = page_of_compared_orgs();
    let since = between(&page, "<section id=\"since\"", "</section>");
    assert!(since.contains("Compared with the night of 2026-02-28 02:00 UTC: 8 changes"), "{since}");
    assert!(since.contains("also has role <code>Tools</code> in all divisions, role <code>Queues</code> in"));
    assert!(since.contains("authorization:role:edit (PE critical)"));
    assert!(since.contains("granted 2026-11-20 15:04 UTC"));
    assert!(since.contains("changed by the platform itself at 2026-11-20T15:04:05Z"));
    assert!(since.contains("by whom is not known"));
    let staging = &since[since.find(">staging</h3>").unwrap()..];
    assert!(staging.contains("No earlier night of this org is at hand"), "{staging}");
}

#[test]
fn waivers_are_shown_with_their_terms_and_nothing_of_them_comes_alive() {
    use rolecall_findings::waivers::standing::{Expiring, Terms};
    let snapshots = [sample::snapshot("dev")];
    let needs = sample::needs();
    let evidence = sample::evidence(&snapshots, bundled::matrix(), &needs);
    let mut findings = sample::findings();
    // What is waived stands behind what is open, and only the first have everything about them.
    findings.truncate(8);
    findings[0].status = rolecall_findings::finding::Status::Waived;
    let terms = Terms {
        reason: HOSTILE.to_owned(),
        owner: format!("owner {HOSTILE}"),
        ticket: Some(HOSTILE.to_owned()),
        until: jiff::civil::date(2026, 3, 20),
        place: "waivers.toml:7".to_owned(),
    };
    let expiring = Expiring { target: format!("subject user:{HOSTILE}"), terms: terms.clone(), days: 19, findings: 1 };
    let standing = Standing {
        file: Some("waivers.toml".to_owned()),
        in_force: 1,
        waived: [(findings[0].id.clone(), terms)].into(),
        expiring: vec![expiring],
        ..Standing::default()
    };
    let page = |waivers: &Standing| {
        let input = Input {
            evidence: &evidence,
            findings: &findings,
            sentence: "a night",
            why: &|_| None,
            waivers,
            trend: &[],
            tables: &Tables::default(),
            about: about(),
        };
        render(&input).unwrap()
    };
    let whole = page(&standing);
    let section = between(&whole, "<section id=\"waivers\"", "</section>");
    for part in [
        "1 waiver in force, 0 past their end",
        "End within 30 days: 1",
        "19 days left",
        "waivers.toml:7",
        "Waived findings: 1",
        &format!("href=\"#{}\"", words::finding_anchor(&findings[0].id)),
    ] {
        assert!(section.contains(part), "{part}: {section}");
    }
    assert!(!whole.contains("<img") && !whole.contains('\u{202e}') && section.contains("⟦U+202E⟧"));
    let card = between(&whole, &format!("id=\"{}\"", words::finding_anchor(&findings[0].id)), "</details>");
    assert!(card.contains("until 2026-03-20 by owner &lt;img"), "{card}");
    assert!(!card.contains("rolecall waive"), "{card}");
    let open = between(&whole, &format!("id=\"{}\"", words::finding_anchor(&findings[1].id)), "</details>");
    assert!(open.contains(&format!("rolecall waive {} --config &lt;configuration&gt;", findings[1].id)), "{open}");
    let none = page(&Standing::default());
    assert!(between(&none, "<section id=\"waivers\"", "</section>").contains("names no waiver file"));
}

#[test]
fn usage_of_a_client_is_the_same_on_the_page_and_in_the_csv() {
    let mut snapshot = sample::snapshot("dev");
    let usage = snapshot.usage.as_mut().unwrap();
    // The calls of a user through a client are the user's: the platform lists them by client as well.
    let mut by_user = usage.rows[0].clone();
    by_user.user = Some(UserId::new("u-svc"));
    by_user.last = usage.to;
    usage.rows.push(by_user);
    assert_usage_agrees(snapshot.clone());
    // A part of the sum is not the sum.
    snapshot.usage.as_mut().unwrap().complete = false;
    assert_usage_agrees(snapshot);
}

fn assert_usage_agrees(snapshot: Snapshot) {
    let snapshots = [snapshot];
    let evidence = sample::evidence(&snapshots, bundled::matrix(), &[]);
    let org = &evidence.orgs[0];
    let mut tables = Tables::default();
    crate::tables::inventory::add(org, &crate::tables::inventory::Names::of(&org.map), &mut tables);
    let night = night::Night::of(&evidence);
    let sections = sections::Sections::of(&night, &BTreeSet::new());
    let on_page = inventory::of(&night, &sections).clients.rows;
    assert!(!on_page.is_empty());
    let csv_row = |id: &str| tables.oauth_clients.iter().find(|row| row.id == id).unwrap();
    for row in on_page {
        let observed = csv_row(&row.who.id).requests_observed;
        assert_eq!(row.calls, observed.map(|calls| words::number(calls.try_into().unwrap())), "{}", row.who.id);
    }
    let clients = principals::of(&night, &sections).into_iter().filter(|one| one.who.kind_word == "oauth_client");
    let last_calls: Vec<(String, String)> = clients
        .filter_map(|one| Some((one.who.id, one.facts.into_iter().find(|(label, _)| *label == "Last call seen")?.1)))
        .collect();
    assert!(!last_calls.is_empty());
    for (id, on_page) in last_calls {
        match csv_row(&id).last_used {
            Some(day) => assert_eq!(on_page, day.to_string(), "{id}"),
            None => assert!(on_page.starts_with("none from") || on_page.starts_with("not known"), "{id}: {on_page}"),
        }
    }
}
