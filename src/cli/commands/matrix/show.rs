//! `matrix show`: what an endpoint requires, or where a permission or scope is asked for; and what is nearest to a
//! name that does not exist.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::MatrixCommandError;
use crate::cli::args::{MatrixFormat, NameKind};
use rolecall_base::label;
use rolecall_matrix::announced::{self, is_silent};
use rolecall_matrix::names::{self, Asked, WordForId};
use rolecall_matrix::{
    Endpoint, Match, Matrix, Method, Operation, Provenance, UserContext, nearest, reviewed, search, table,
};

const NEAREST: usize = 5;

pub(super) fn run(
    matrix: &Matrix,
    what: &str,
    kind: Option<NameKind>,
    format: MatrixFormat,
    out: &mut dyn Write,
) -> Result<u8, MatrixCommandError> {
    let what = what.trim();
    if what.is_empty() {
        let text = "nothing is asked for; write 'GET /api/v2/routing/queues', a permission or a scope";
        return Err(MatrixCommandError::Usage(text.to_owned()));
    }
    let as_name = |what: &str| !meant_by(matrix, what, kind).is_empty();
    if kind.is_some() || label::is_label(what) || as_name(what) {
        return Ok(name(matrix, what, kind, format, out)?);
    }
    let asked = match Asked::read(what) {
        Ok(asked) => asked,
        // One word, or several that are no call, is the name of something.
        Err(_) if !what.contains('/') && looks_like_a_name(what) => {
            return Ok(name(matrix, what, kind, format, out)?);
        }
        Err(why) => return Err(MatrixCommandError::Usage(why)),
    };
    let calls = asked.calls(matrix);
    let [_, _, ..] = calls.as_slice() else {
        if calls.is_empty() && !asked.has_path() && !is_sdk_like(what) {
            return Ok(name(matrix, what, kind, format, out)?);
        }
        let call = asked.call(matrix).map_err(MatrixCommandError::Usage)?;
        return Ok(endpoint(matrix, &asked, &call, format, out)?);
    };
    let all: Vec<(&Endpoint, &Operation)> =
        calls.iter().filter_map(|call| matrix.resolve(call).map(|(_, operation)| (call, operation))).collect();
    match format {
        MatrixFormat::Json => {
            let list: Vec<Value> = all.iter().map(|(_, operation)| super::operation_json(operation)).collect();
            let value = json!({"asked": shown(&asked, &calls), "exists": true, "operations": list, "nearest": []});
            super::write_json(&with_matrix(value, matrix), out)?;
        }
        MatrixFormat::Csv => super::write_operations_csv(all.into_iter().map(|(_, operation)| operation), out)?,
        MatrixFormat::Table => {
            for (call, operation) in all {
                details(matrix, call, operation, out)?;
                writeln!(out)?;
            }
        }
    }
    Ok(0)
}

/// What was asked for, as outputs repeat it: never a command, which may hold a token.
fn shown(asked: &Asked, calls: &[Endpoint]) -> String {
    match (asked.method, calls) {
        (None, [first, _, ..]) if asked.has_path() => first.path.to_string(),
        _ => calls.iter().map(Endpoint::to_string).collect::<Vec<_>>().join(", "),
    }
}

/// Whether a text can be the name of a permission or scope: `routing:queue:view`, `Routing Queue View`, `users`.
fn looks_like_a_name(what: &str) -> bool {
    let first = what.split_whitespace().next().unwrap_or_default();
    let is_method = first.trim_end_matches(':').parse::<Method>().is_ok();
    !is_method && what.chars().all(|c| c.is_alphanumeric() || c.is_whitespace() || ":*._-".contains(c))
}

fn is_sdk_like(what: &str) -> bool {
    what.contains(['(', '_', '.', ' ']) || what.chars().skip(1).any(|c| c.is_ascii_uppercase())
}

fn endpoint(
    matrix: &Matrix,
    written: &Asked,
    asked: &Endpoint,
    format: MatrixFormat,
    out: &mut dyn Write,
) -> io::Result<u8> {
    let Some((_, operation)) = matrix.resolve(asked) else {
        return missing(matrix, asked, format, out).map(|()| 1);
    };
    match format {
        MatrixFormat::Json => {
            let mut value = super::operation_json(operation);
            if let Value::Object(fields) = &mut value {
                fields.insert("asked".to_owned(), asked.to_string().into());
                fields.insert("exists".to_owned(), true.into());
                fields.insert("matched_as_called".to_owned(), (operation.endpoint != *asked).into());
                fields.insert("nearest".to_owned(), json!([]));
                fields.insert("reviewed".to_owned(), reviewed_json(operation).into());
                let known = concretes(matrix, operation);
                let known = known.into_iter().map(super::operation_json).collect::<Vec<_>>();
                fields.insert("known".to_owned(), known.into());
                fields.insert("read_as".to_owned(), json!(written.read_as(matrix, asked)));
            }
            super::write_json(&with_matrix(value, matrix), out)?;
        }
        MatrixFormat::Csv => super::write_operations_csv([operation], out)?,
        MatrixFormat::Table => details(matrix, asked, operation, out)?,
    }
    Ok(0)
}

/// The operations of their own that a template has, where nothing is published for it.
fn concretes<'m>(matrix: &'m Matrix, operation: &'m Operation) -> Vec<&'m Operation> {
    let all = matrix.concretes_of(&operation.endpoint);
    all.filter(|_| is_silent(&operation.requirement)).collect()
}

/// A reviewed row in a phrase: what it requires from when on, and who says so.
fn reviewed_line(row: &reviewed::Row) -> String {
    let words = |asked: &announced::Asked| {
        let (matching, permissions) = asked;
        let names: Vec<&str> = permissions.iter().map(|name| name.as_str()).collect();
        format!("{} {}", matching.as_str(), names.join(", ")).trim_end().to_owned()
    };
    let from = row.effective.map(|day| format!("from {day} ")).unwrap_or_default();
    let before = row.before.as_ref().map(|asked| format!(" (before: {})", words(asked))).unwrap_or_default();
    match &row.requires {
        Some(asked) => format!("{from}{}{before}: {}", words(asked), row.source.cited()),
        None => row.source.cited(),
    }
}

/// Rows of the built-in overlay, for machines.
fn reviewed_json(operation: &Operation) -> Vec<Value> {
    let asked = |asked: &announced::Asked| json!({ "match": asked.0.as_str(), "permissions": asked.1 });
    let rows = reviewed::about(&operation.endpoint).map(|row| {
        json!({
            "says": row.source.says.as_str(), "date": row.source.date.to_string(), "title": row.source.title,
            "url": row.source.url, "requires": row.requires.as_ref().map(asked),
            "effective": row.effective.map(|day| day.to_string()), "before": row.before.as_ref().map(asked),
            "note": row.note, "every_division": row.every_division,
        })
    });
    rows.collect()
}

fn details(matrix: &Matrix, asked: &Endpoint, operation: &Operation, out: &mut dyn Write) -> io::Result<()> {
    let requirement = &operation.requirement;
    writeln!(out, "{}", super::plain(&operation.endpoint.to_string()))?;
    if *asked != operation.endpoint {
        writeln!(out, "  asked as      {} (matched to this template)", super::plain(&asked.to_string()))?;
    }
    let concretes = concretes(matrix, operation);
    let rule = match (requirement.permissions_match, requirement.permissions.len()) {
        (Match::None | Match::Unknown, _) if !concretes.is_empty() => {
            "nothing is published; what is known stands below".to_owned()
        }
        (Match::None, _) if requirement.unproven => {
            "nothing is published for this call, which changes something; that none is required is not proven"
                .to_owned()
        }
        (Match::None, _) => "none is required (NONE)".to_owned(),
        (Match::Unknown, _) => "not published (UNKNOWN)".to_owned(),
        (Match::Any, 1) => "this one is required (ANY of one)".to_owned(),
        (Match::All, 1) => "this one is required (ALL of one)".to_owned(),
        (Match::Any, count) => format!("ANY one of these {count} is enough"),
        (Match::All, count) => format!("ALL of these {count} are required"),
    };
    writeln!(out, "  permissions   {rule}")?;
    for permission in &requirement.permissions {
        writeln!(out, "                {}", super::plain(permission.as_str()))?;
    }
    let scopes: Vec<&str> = requirement.scopes.iter().map(|scope| scope.as_str()).collect();
    let scopes = match (requirement.scopes_known, scopes.is_empty()) {
        (Provenance::Published, true) => "none is asked for".to_owned(),
        (Provenance::Published, false) => format!("{} (any one; not asked of client credentials)", scopes.join(", ")),
        (Provenance::Derived, true) => "inferred: none".to_owned(),
        (Provenance::Derived, false) => format!("{} (inferred from neighbours, not published)", scopes.join(", ")),
        (Provenance::Unknown, _) => "not published".to_owned(),
    };
    writeln!(out, "  scopes        {}", super::plain(&scopes))?;
    let context = match requirement.user_context {
        UserContext::Yes => "required: client credentials are refused",
        UserContext::No => "not required",
        UserContext::Unknown => "not published",
    };
    writeln!(out, "  user context  {context}")?;
    if operation.deprecated == Some(true) {
        writeln!(out, "  deprecated    yes")?;
    }
    if !operation.source.is_empty() {
        writeln!(out, "  source        {}", super::plain(&operation.source))?;
    }
    for row in reviewed::about(&operation.endpoint) {
        writeln!(out, "  reviewed      {}", reviewed_line(row))?;
        if let Some(note) = &row.note {
            writeln!(out, "  note          {note}")?;
        }
    }
    for one in concretes {
        writeln!(out, "  known         {}: {}", one.endpoint, super::permissions_line(one))?;
        for row in reviewed::about(&one.endpoint) {
            writeln!(out, "                {}", row.source.cited())?;
        }
    }
    writeln!(out, "  matrix        {} of {}", super::plain(&matrix.origin), super::date_text(matrix))
}

fn missing(matrix: &Matrix, asked: &Endpoint, format: MatrixFormat, out: &mut dyn Write) -> io::Result<()> {
    let methods = matrix.methods_of(asked);
    let near = nearest::endpoints(matrix, asked, NEAREST);
    let login_host = nearest::login_host(asked);
    let word = WordForId::of(matrix, asked).map(|word| word.says());
    match format {
        MatrixFormat::Json => {
            let value = json!({
                "asked": asked.to_string(),
                "exists": false,
                "method": asked.method.as_str(),
                "path": &*asked.path,
                "notice": word,
                "other_methods": methods.iter().map(|method| method.as_str()).collect::<Vec<_>>(),
                "login_host": login_host,
                "nearest": near.iter().map(|operation| super::operation_json(operation)).collect::<Vec<_>>(),
            });
            super::write_json(&with_matrix(value, matrix), out)
        }
        // A table of nothing: what is near is not what was asked for.
        MatrixFormat::Csv => super::write_operations_csv([], out),
        MatrixFormat::Table => {
            let (origin, date) = (super::plain(&matrix.origin), super::date_text(matrix));
            writeln!(out, "{} does not exist (matrix: {origin} of {date})", super::plain(&asked.to_string()))?;
            if let Some(word) = &word {
                writeln!(out, "{}", super::plain(word))?;
            }
            if !methods.is_empty() {
                let list: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
                writeln!(out, "this path has: {}", list.join(", "))?;
            }
            if let Some(says) = login_host {
                return writeln!(out, "{says}");
            }
            if near.is_empty() {
                return writeln!(out, "nothing is near it");
            }
            writeln!(out, "nearest:")?;
            super::write_lines(near, out)
        }
    }
}

/// The permissions that a text names; none where one of them does not exist.
fn permissions_meant<'m>(matrix: &'m Matrix, what: &str) -> Vec<&'m str> {
    names::permissions(table::permissions_of(matrix), what).unwrap_or_default()
}

/// Permissions and scopes that a text names, as far as they are asked for.
fn meant_by<'m>(matrix: &'m Matrix, what: &str, kind: Option<NameKind>) -> Vec<&'m str> {
    let mut found = Vec::new();
    if kind != Some(NameKind::Scope) {
        found.extend(permissions_meant(matrix, what));
    }
    if kind != Some(NameKind::Permission) {
        found.extend(names::scope(matrix, what));
    }
    found
}

/// A permission or a scope.
fn name(
    matrix: &Matrix,
    what: &str,
    kind: Option<NameKind>,
    format: MatrixFormat,
    out: &mut dyn Write,
) -> io::Result<u8> {
    let permissions = permissions_meant(matrix, what);
    let scope = names::scope(matrix, what);
    let by_permission: Vec<&Operation> =
        permissions.iter().flat_map(|permission| search::with_permission(matrix, permission)).collect();
    let by_scope = scope.map(|scope| search::with_scope(matrix, scope)).unwrap_or_default();
    let wanted = |asked: NameKind| kind.is_none_or(|kind| kind == asked);
    let mut found: Vec<&Operation> = Vec::new();
    let mut kinds = Vec::new();
    for (asked, word, operations) in
        [(NameKind::Permission, "permission", &by_permission), (NameKind::Scope, "scope", &by_scope)]
    {
        if wanted(asked) && !operations.is_empty() {
            found.extend(operations);
            kinds.push(word);
        }
    }
    found.sort_by(|a, b| a.endpoint.cmp(&b.endpoint));
    found.dedup_by(|a, b| a.endpoint == b.endpoint);
    let exists = !found.is_empty();
    let canonical = match (kinds.as_slice(), scope) {
        (["scope"], Some(scope)) => scope.to_owned(),
        ([], _) => what.to_owned(),
        _ if permissions.len() > 1 && !what.contains('*') => permissions.join(", "),
        _ if permissions.len() == 1 => permissions.join(", "),
        _ => label::permissions(what).join(", "),
    };
    let read_as = (exists && canonical != what).then(|| format!("read as `{canonical}`"));
    let other = match kind {
        Some(NameKind::Scope) if !exists && !by_permission.is_empty() => Some("permission"),
        Some(NameKind::Permission) if !exists && !by_scope.is_empty() => Some("scope"),
        _ => None,
    };
    let nothing = Vec::new();
    let near_permissions = if exists || !wanted(NameKind::Permission) {
        nothing.clone()
    } else {
        names::near_permissions(matrix, what, NEAREST)
    };
    let near_scopes = if exists || !wanted(NameKind::Scope) { nothing } else { nearest::scopes(matrix, what, NEAREST) };
    match format {
        MatrixFormat::Csv => super::write_operations_csv(found, out)?,
        MatrixFormat::Json => {
            let near = |names: &[&str], kind: &str| -> Vec<Value> {
                names.iter().map(|name| json!({"kind": kind, "name": name})).collect()
            };
            let nearest = [near(&near_permissions, "permission"), near(&near_scopes, "scope")].concat();
            let value = json!({
                "asked": what,
                "read_as": read_as,
                "exists": exists,
                "kinds": kinds,
                "exists_as": other,
                "operations": found.iter().map(|operation| super::operation_json(operation)).collect::<Vec<_>>(),
                "nearest": nearest,
            });
            super::write_json(&with_matrix(value, matrix), out)?;
        }
        MatrixFormat::Table => {
            let (shown, origin) = (super::plain(&canonical), super::plain(&matrix.origin));
            let date = super::date_text(matrix);
            if exists {
                if read_as.is_some() {
                    writeln!(out, "asked as {}, read as {shown}", super::plain(what))?;
                }
                let count = found.len();
                let s = if count == 1 { "" } else { "s" };
                writeln!(
                    out,
                    "{shown} is a {} of {count} operation{s} (matrix: {origin} of {date})",
                    kinds.join(" and a ")
                )?;
                if kinds == ["permission"] && kind.is_none() {
                    let scopes: BTreeSet<&str> =
                        found.iter().flat_map(|o| &o.requirement.scopes).map(|scope| scope.as_str()).collect();
                    let scopes: Vec<&str> = scopes.into_iter().collect();
                    writeln!(
                        out,
                        "it is not a scope; scopes of these operations: {}",
                        super::plain(&scopes.join(", "))
                    )?;
                }
                super::write_lines(found, out)?;
            } else {
                let asked = match kind {
                    Some(NameKind::Permission) => "permission",
                    Some(NameKind::Scope) => "scope",
                    None => "permission or scope",
                };
                writeln!(
                    out,
                    "{shown} does not exist: no operation lists a {asked} of this name (matrix: {origin} of {date})"
                )?;
                if let Some(other) = other {
                    writeln!(out, "there is a {other} of this name")?;
                }
                for (names, word) in [(near_permissions, "permissions"), (near_scopes, "scopes")] {
                    if !names.is_empty() {
                        writeln!(out, "nearest {word}: {}", super::plain(&names.join(", ")))?;
                    }
                }
            }
        }
    }
    Ok(u8::from(!exists))
}

fn with_matrix(mut value: Value, matrix: &Matrix) -> Value {
    if let Value::Object(fields) = &mut value {
        fields.insert("matrix".to_owned(), super::matrix_json(matrix));
    }
    value
}
