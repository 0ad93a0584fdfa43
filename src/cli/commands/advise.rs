//! `rolecall advise`: the least role that covers what a principal needs, and what it can lose today.

use std::io::Write;

use crate::cli::args::{AdviseArgs, AdviseFormat, Global};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::progress::Terminal;
use crate::cli::table::{self, visible};
use rolecall_access::cross::needed::Needed;
use rolecall_answers::advise::{self, Advice, NODES, first, terraform};
use rolecall_app::names::{self, principals};
use rolecall_app::night;
use rolecall_app::sources::{Orgs, matrix_phrase};
use rolecall_matrix::needs;

/// Advises, and ends with 0 all needs are covered, 1 some are not, 3 not known, 4 where the verifier disagrees.
pub(crate) fn advise(args: &AdviseArgs, global: &Global, out: &mut dyn Write) -> Result<Exit, Failure> {
    let mut files = match &args.lookup.config {
        Some(path) => night::load(path)?.needs_files,
        None => Vec::new(),
    };
    files.extend(args.needs.iter().filter(|file| !files.contains(file)).cloned().collect::<Vec<_>>());
    let needs = needs::open(&files).map_err(Failure::usage)?;
    let orgs = Orgs::open(&args.lookup.sought(), &Terminal::new(global).session())?;
    let maps = orgs.maps();
    names::placed(&maps, &args.principal)?;
    let needed: Vec<Needed<'_>> = maps.iter().map(|(map, _)| Needed::of(map, &needs)).collect();
    let mut answers: Vec<(Advice, String)> = Vec::new();
    let several = maps.iter().map(|(map, _)| principals(map, &args.principal).len()).sum::<usize>() > 1;
    for ((map, used), needed) in maps.iter().zip(&needed) {
        let phrase = matrix_phrase(used);
        for principal in principals(map, &args.principal) {
            let Some(at) = map.principals().iter().position(|one| std::ptr::eq(one, principal)) else { continue };
            let Some(advice) = advise::advise(map, &phrase, needed, at, NODES) else { continue };
            if !advice.objections.is_empty() {
                return Err(Failure::failed(format!(
                    "the answer for `{}` in org `{}` did not pass its own check, which is a fault of this program; \
                     nothing was printed: {}",
                    advice.principal_name,
                    advice.org,
                    advice.objections.join("; ")
                )));
            }
            let suffix = if several { format!(" {} {}", advice.org, advice.principal_id) } else { String::new() };
            let code = match args.format {
                AdviseFormat::Terraform => terraform::write_roles(map, principal, &advice, &suffix),
                AdviseFormat::Table | AdviseFormat::Json => String::new(),
            };
            answers.push((advice, code));
        }
    }
    match args.format {
        AdviseFormat::Json => {
            let reported: Vec<&Advice> = answers.iter().map(|(advice, _)| advice).collect();
            let text = match reported.as_slice() {
                [one] => serde_json::to_string_pretty(one),
                several => serde_json::to_string_pretty(several),
            };
            writeln!(out, "{}", text.map_err(Failure::failed)?)?;
        }
        AdviseFormat::Terraform => {
            let texts: Vec<&str> = answers.iter().map(|(_, text)| text.as_str()).collect();
            write!(out, "{}", texts.join("\n"))?;
        }
        AdviseFormat::Table => {
            for (at, (advice, _)) in answers.iter().enumerate() {
                if at > 0 {
                    writeln!(out)?;
                }
                print(advice, out)?;
            }
        }
    }
    Ok(answers.iter().map(|(advice, _)| exit(advice)).max().unwrap_or(Exit::NotKnown))
}

fn exit(advice: &Advice) -> Exit {
    match (advice.is_in_doubt(), advice.uncovered.is_empty()) {
        (true, _) => Exit::NotKnown,
        (false, false) => Exit::Findings,
        (false, true) => Exit::Fine,
    }
}

fn print(advice: &Advice, out: &mut dyn Write) -> std::io::Result<()> {
    let grant = if advice.grant_type.is_empty() { String::new() } else { format!(", {}", visible(&advice.grant_type)) };
    writeln!(
        out,
        "{} `{}` ({}) in org `{}`{grant}",
        advice.principal_kind,
        visible(&advice.principal_name),
        visible(&advice.principal_id),
        visible(&advice.org)
    )?;
    least(advice, out)?;
    not_met(advice, out)?;
    removals(advice, out)?;
    writeln!(out, "\nEVIDENCE")?;
    for link in &advice.evidence {
        writeln!(out, "  {:<12} {}  [{}]", link.what, visible(&link.says), visible(&link.from))?;
    }
    Ok(())
}

fn least(advice: &Advice, out: &mut dyn Write) -> std::io::Result<()> {
    let proof = match (advice.optimal, advice.gap) {
        (true, _) => "proved to be the least".to_owned(),
        (false, 0) => "for what is known".to_owned(),
        (false, gap) => format!("not proved, gap {gap}"),
    };
    writeln!(out, "\nLEAST SET  {}", advice.counted)?;
    writeln!(out, "  weight {}, lower bound {}: {proof}; checked", advice.cost, advice.lower_bound)?;
    let rows: Vec<Vec<String>> = advice
        .chosen
        .iter()
        .map(|one| {
            vec![
                format!("  {}", one.permission),
                one.risk.to_owned(),
                one.held.to_owned(),
                one.divisions.join(", "),
                first(one.endpoints.iter().map(String::as_str), 2).replace('`', ""),
            ]
        })
        .collect();
    if !rows.is_empty() {
        table::write(out, &["  permission", "danger", "held", "divisions", "needed for"], &rows)?;
    }
    for role in &advice.roles {
        let places: Vec<&str> = role.divisions.iter().map(|division| division.name.as_str()).collect();
        let places = if places == ["*"] { "all divisions".to_owned() } else { places.join(", ") };
        let same = match role.same_as.is_empty() {
            true => String::new(),
            false => format!("; the org has it: {}", first(role.same_as.iter().map(String::as_str), 3)),
        };
        let count = match role.permissions.len() {
            1 => "1 permission".to_owned(),
            n => format!("{n} permissions"),
        };
        writeln!(out, "  role `{}`, {count}, in {}{}", visible(&role.name), visible(&places), visible(&same))?;
    }
    if let Some(scopes) = &advice.scopes {
        let names = if scopes.scopes.is_empty() { "none".to_owned() } else { scopes.scopes.join(", ") };
        let proof = if scopes.optimal { "proved to be the least" } else { "not proved" };
        writeln!(
            out,
            "  scopes {}  (weight {}, lower bound {}: {proof})",
            visible(&names),
            scopes.cost,
            scopes.lower_bound
        )?;
        if !scopes.missing.is_empty() {
            writeln!(out, "  of them missing: {}", visible(&scopes.missing.join(", ")))?;
        }
    }
    Ok(())
}

fn not_met(advice: &Advice, out: &mut dyn Write) -> std::io::Result<()> {
    if !advice.needs_not_known.is_empty() {
        writeln!(out, "\nNOT KNOWN")?;
        for one in &advice.needs_not_known {
            writeln!(out, "  {}", visible(one))?;
        }
    }
    if !advice.uncovered.is_empty() {
        writeln!(out, "\nNOT COVERED")?;
        for one in &advice.uncovered {
            let place = if one.division.is_empty() { String::new() } else { format!(" in {}", one.division) };
            let endpoint = format!("{} {}{place}", one.method, one.path);
            writeln!(out, "  {} ({}): {}: {}", visible(&endpoint), one.need, one.reason, visible(&one.says))?;
            if !one.nearest.is_empty() {
                writeln!(out, "    nearest real ones: {}", visible(&one.nearest.join(", ")))?;
            }
        }
    }
    if !advice.not_counted.is_empty() {
        writeln!(out, "\nSEEN, NEVER SUCCEEDED, NOT COUNTED AS A NEED")?;
        for one in &advice.not_counted {
            let endpoint = format!("{} {}", one.method, one.path);
            writeln!(out, "  {}: {} calls, {} refused or not found", visible(&endpoint), one.requests, one.refusals)?;
        }
    }
    Ok(())
}

fn removals(advice: &Advice, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "\nWHAT CAN GO TODAY")?;
    if !advice.removal_not_known.is_empty() {
        writeln!(out, "  not known, so nothing is called safe:")?;
        for why in &advice.removal_not_known {
            writeln!(out, "  - {}", visible(why))?;
        }
    } else if advice.removable.is_empty() {
        writeln!(out, "  nothing")?;
    }
    for step in &advice.removable {
        writeln!(out, "  {}. {}", step.order, visible(&step.says))?;
        let loses = match step.permissions.is_empty() {
            true => "nothing: the rest of its grants gives the same".to_owned(),
            false => first(step.permissions.iter().map(String::as_str), 8).replace('`', ""),
        };
        writeln!(out, "     loses      {}", visible(&loses))?;
        if !step.keeps.is_empty() {
            let keeps = first(step.keeps.iter().map(String::as_str), 8).replace('`', "");
            writeln!(out, "     keeps      {}", visible(&keeps))?;
        }
        let used = step.last_used.map_or_else(|| "not in the window".to_owned(), |day| day.to_string());
        let since = step.granted_at.map_or_else(String::new, |at| format!(", granted {at}"));
        writeln!(out, "     last used  {used}{since}")?;
        let others: Vec<&str> = step.affects.iter().map(|one| one.name.as_str()).collect();
        let affects = match (others.is_empty(), step.kind) {
            (true, "scope") => "everybody who uses the client".to_owned(),
            (true, _) => "nobody else".to_owned(),
            (false, _) => first(others.into_iter(), 8),
        };
        writeln!(out, "     affects    {}", visible(&affects))?;
        for (title, lines) in [("think of", &step.cautions), ("watch", &step.watch)] {
            for line in lines {
                writeln!(out, "     {title:<10} {}", visible(line))?;
            }
        }
        writeln!(out, "     undo       {}", visible(&step.undo))?;
    }
    if !advice.kept.is_empty() {
        writeln!(out, "\nWHAT STAYS")?;
        for one in &advice.kept {
            writeln!(out, "  {}: {}", visible(&one.what), visible(&one.why))?;
        }
    }
    if !advice.cautions.is_empty() {
        writeln!(out, "\nBEFORE YOU START")?;
        for one in &advice.cautions {
            writeln!(out, "  - {}", visible(one))?;
        }
    }
    Ok(())
}
