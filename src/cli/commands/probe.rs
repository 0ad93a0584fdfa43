//! `rolecall probe`: real calls with a principal's own credentials, prediction beside outcome.

use std::io::Write;
use std::path::Path;

use secrecy::ExposeSecret;
use serde::Serialize;

use super::diagnose;
use crate::cli::args::{Global, Printed, ProbeArgs};
use crate::cli::clock;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::log::say_read_as;
use crate::cli::progress::Terminal;
use crate::cli::table::visible;
use rolecall_access::cross::{AccessMap, Principal};
use rolecall_answers::diagnose::{Diagnosis, Kind, diagnose_answer};
use rolecall_answers::probe::{Case, Compared, Outcome, compare};
use rolecall_app::config::job::{Job, OrgConfig, ProbeConfig, ProbeCredentials};
use rolecall_app::config::secret;
use rolecall_app::matrices::Matrices;
use rolecall_app::names::principals;
use rolecall_app::night;
use rolecall_app::sources::{self, matrix_phrase};
use rolecall_base::named::{one_of, same};
use rolecall_base::nearest::nearest;
use rolecall_base::snapshot::Snapshot;
use rolecall_base::store::place;
use rolecall_collect::probe::{Asked, Credentials, Ended, Identity, ProbeTarget, in_words, probe as call};
use rolecall_matrix::names;
use rolecall_matrix::overlay::{self, Proposal};
use rolecall_matrix::{Endpoint, Matrix, Method, bundled};

/// Whose token it is, as it is reported.
#[derive(Serialize)]
struct ShownIdentity<'a> {
    organization: Option<&'a str>,
    client_id: Option<&'a str>,
    client_name: Option<&'a str>,
    grant_type: Option<&'a str>,
    user_id: Option<&'a str>,
    user_name: Option<&'a str>,
    scopes: Option<&'a [String]>,
    grants: Option<&'a [String]>,
}

/// A probe, in the keys that machines rely on.
#[derive(Serialize)]
struct Answer<'a> {
    org: &'a str,
    principal: &'a str,
    identity: ShownIdentity<'a>,
    data_as_of: Option<String>,
    matrix: &'a str,
    calls: u32,
    max_calls: u32,
    token: Option<&'a Diagnosis>,
    results: &'a [Compared],
    notes: &'a [String],
}

/// An endpoint of the command line: what it is, and the call, where it can be made.
struct Line {
    endpoint: Endpoint,
    call: Result<Asked, String>,
}

/// Probes. Ends with 0 when everything is allowed, 1 when something is not, 3 when something is not known.
pub(crate) fn probe(args: &ProbeArgs, global: &Global, out: &mut dyn Write) -> Result<Exit, Failure> {
    let lines: Vec<Line> = args.endpoints.iter().map(|text| line(text, global)).collect::<Result<_, _>>()?;
    let job = night::load(&args.config)?;
    let (config, org) = chosen(&job, args)?;
    let target = target(config, org)?;
    let snapshot = snapshot(&job, args, org, global)?;
    let asked: Vec<Asked> = lines.iter().filter_map(|line| line.call.as_ref().ok().cloned()).collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start the network runtime: {error}")))?;
    let probed = runtime
        .block_on(call(&target, &asked, args.max_calls))
        .map_err(|why| Failure::usage(format!("org `{}`: cannot call: {why}", org.name)))?;
    let (matrix, phrase) = matrix(&job, snapshot.as_ref())?;
    let map = snapshot.as_ref().map(|snapshot| AccessMap::of(snapshot, &matrix, org.scopes_enforced));
    let mut notes = probed.identity.notes.clone();
    let known = map.as_ref().and_then(|map| known(map, config, &probed.identity, &mut notes));
    if snapshot.is_none() {
        notes.push(format!(
            "there is no snapshot of org `{}`: nothing is predicted; run `rolecall run` first, or add --live",
            org.name
        ));
    }
    let today = clock::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let case = Case { org: &org.name, matrix: &matrix, phrase: &phrase, known, identity: &probed.identity, today };
    let token = probed.no_token.as_ref().and_then(refusal);
    let results = results(&case, &lines, &probed.ended, probed.no_token.as_ref());
    if let Some(path) = &args.report {
        report(path, &results, &mut notes)?;
    }
    let answer = Answer {
        org: &org.name,
        principal: &config.principal,
        identity: describe(&probed.identity),
        data_as_of: snapshot.as_ref().map(|snapshot| snapshot.as_of.to_string()),
        matrix: &phrase,
        calls: probed.calls,
        max_calls: args.max_calls,
        token: token.as_ref(),
        results: &results,
        notes: &notes,
    };
    match args.format {
        Printed::Json => writeln!(out, "{}", serde_json::to_string_pretty(&answer).map_err(Failure::failed)?)?,
        Printed::Table => print(&answer, out)?,
    }
    let of_token = match (&probed.no_token, &token) {
        (None, _) => Exit::Fine,
        (Some(_), Some(diagnosis)) if matches!(diagnosis.kind, Kind::BadClient | Kind::IpNotAllowed) => Exit::Findings,
        (Some(_), _) => Exit::NotKnown,
    };
    if of_token != Exit::Fine {
        return Ok(of_token);
    }
    Ok(results.iter().map(exit).max().unwrap_or(Exit::NotKnown))
}

/// A call that is not made, because it could change something, is judged by its prediction.
fn exit(compared: &Compared) -> Exit {
    match (compared.outcome, compared.predicted) {
        (Outcome::Allowed, _) => Exit::Fine,
        (Outcome::Refused, _) => Exit::Findings,
        // A GET that was not made could have been: it is not known.
        (Outcome::NotCalled, _) if compared.endpoint.starts_with("GET ") => Exit::NotKnown,
        (Outcome::NotCalled, Some("allowed" | "partial")) => Exit::Fine,
        (Outcome::NotCalled, Some("denied")) => Exit::Findings,
        (Outcome::NotKnown | Outcome::NotCalled, _) => Exit::NotKnown,
    }
}

fn line(text: &str, global: &Global) -> Result<Line, Failure> {
    // The configuration says which matrix is in force; names that only a matrix knows are of the built-in one.
    let asked = names::Asked::read(text).map_err(Failure::usage)?;
    let endpoint = asked.call(bundled::matrix()).map_err(Failure::usage)?;
    say_read_as(global, asked.read_as(bundled::matrix(), &endpoint).as_deref());
    let call = if endpoint.method != Method::Get {
        Err(format!("not called: a {} could change something; the prediction is all there is", endpoint.method))
    } else if endpoint.path.contains(['{', '}']) {
        Err("not called: fill in the parameters of the path with ids of the org".to_owned())
    } else {
        let query = asked.query();
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (key.to_owned(), value.to_owned())
        });
        Ok(Asked { path: endpoint.path.to_string(), query: pairs.collect() })
    };
    Ok(Line { endpoint, call })
}

/// The entry of the configuration for the principal, and its org.
fn chosen<'a>(job: &'a Job, args: &ProbeArgs) -> Result<(&'a ProbeConfig, &'a OrgConfig), Failure> {
    if let Some(name) = &args.org {
        night::chosen(job, std::slice::from_ref(name))?;
    }
    let fits = |probe: &&ProbeConfig| args.org.as_ref().is_none_or(|org| same(org, &probe.org));
    let meant = one_of(job.probes.iter().filter(fits).map(|probe| probe.principal.as_str()), &args.principal);
    let named: Vec<&ProbeConfig> =
        job.probes.iter().filter(|probe| Some(probe.principal.as_str()) == meant).filter(fits).collect();
    let config = match named.as_slice() {
        [one] => *one,
        [] => {
            let names = job.probes.iter().filter(fits).map(|probe| probe.principal.as_str());
            let near = nearest(&args.principal, names, 3);
            let help = if near.is_empty() {
                "add a `[[probe]]` with `principal`, `org`, `client_id` and `client_secret`".to_owned()
            } else {
                format!("did you mean {}?", near.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
            };
            return Err(Failure::usage(format!(
                "no [[probe]] of principal `{}` in `{}`: {help}",
                args.principal,
                job.path.display()
            )));
        }
        several => {
            let orgs: Vec<String> = several.iter().map(|probe| format!("`{}`", probe.org)).collect();
            return Err(Failure::usage(format!(
                "`{}` can be probed in {}: choose one with --org",
                args.principal,
                orgs.join(", ")
            )));
        }
    };
    let org = job.orgs.iter().find(|org| org.name == config.org);
    let org = org.ok_or_else(|| Failure::usage(format!("no org `{}` in `{}`", config.org, job.path.display())))?;
    Ok((config, org))
}

fn target(config: &ProbeConfig, org: &OrgConfig) -> Result<ProbeTarget, Failure> {
    let resolve = |source, key: &str| {
        let what = format!("{key} of the probe of `{}`", config.principal);
        secret::resolve(source, &what).map_err(Failure::usage)
    };
    let credentials = match &config.credentials {
        ProbeCredentials::Client(id, secret) => Credentials::Client {
            id: resolve(id, "client_id")?.expose_secret().to_owned(),
            secret: resolve(secret, "client_secret")?,
        },
        ProbeCredentials::Token(token) => Credentials::Token(resolve(token, "token")?),
    };
    Ok(ProbeTarget {
        org: org.name.clone(),
        api_url: org.api_url.clone(),
        login_url: org.login_url.clone(),
        credentials,
    })
}

/// The newest data of the org; `None` where there is none, which is not an error: the calls tell without it.
fn snapshot(job: &Job, args: &ProbeArgs, org: &OrgConfig, global: &Global) -> Result<Option<Snapshot>, Failure> {
    let names = [org.name.clone()];
    if args.live {
        return Ok(night::live(job, &names, &Terminal::new(global).session())?.into_iter().next());
    }
    if args.snapshots.is_empty() && rolecall_findings::history::snapshots::newest(&job.history_dir, &org.name).is_none()
    {
        return Ok(None);
    }
    Ok(sources::snapshots(job, &args.snapshots, &names)?.into_iter().next())
}

fn matrix(job: &Job, snapshot: Option<&Snapshot>) -> Result<(Matrix, String), Failure> {
    match snapshot {
        Some(snapshot) => {
            let force = Matrices::of(job).in_force(snapshot, clock::now()).map_err(Failure::usage)?;
            Ok((force.matrix, matrix_phrase(&force.used)))
        }
        None => {
            let (matrix, used) = sources::reviewed_matrix(bundled::matrix().clone(), clock::now());
            Ok((matrix, matrix_phrase(&used)))
        }
    }
}

/// The principal in the data: the client whose token it is, or the one that was asked for, and the user behind it.
fn known<'a>(
    map: &'a AccessMap<'a>,
    config: &ProbeConfig,
    identity: &Identity,
    notes: &mut Vec<String>,
) -> Option<(&'a AccessMap<'a>, &'a Principal, Option<&'a Principal>)> {
    let by_id = |id: &str| map.principals().iter().find(|principal| principal.id == id);
    let asked = principals(map, &config.principal);
    let own = identity.client_id.as_deref().and_then(by_id);
    let user = identity.user.as_ref().and_then(|(id, _)| by_id(id));
    let principal = match (own, asked.as_slice()) {
        (Some(own), [asked]) if own.id != asked.id && user.is_none_or(|user| user.id != asked.id) => {
            notes.push(format!(
                "the credentials are those of `{}` ({}), not of `{}`: the prediction is for whose they are",
                own.name, own.id, asked.name
            ));
            own
        }
        (Some(own), _) => own,
        (None, [asked]) => asked,
        (None, []) => {
            notes.push(format!("`{}` is not in the data: nothing is predicted", config.principal));
            return None;
        }
        (None, _) => {
            notes.push(format!(
                "several principals are called `{}`, and the token does not tell which it is: nothing is predicted",
                config.principal
            ));
            return None;
        }
    };
    if principal.acts_for_users() && user.is_none() {
        notes.push("the user behind the token is not in the data: only the client's part is predicted".to_owned());
    }
    Some((map, principal, user.filter(|user| principal.acts_for_users() && user.id != principal.id)))
}

fn refusal(no_token: &Ended) -> Option<Diagnosis> {
    match no_token {
        Ended::Answered(reply) => {
            Some(diagnose_answer(reply.status, reply.correlation.as_deref(), reply.retry_after, &reply.body))
        }
        Ended::NoAnswer(_) | Ended::NotMade => None,
    }
}

fn results(case: &Case<'_>, lines: &[Line], ended: &[Ended], no_token: Option<&Ended>) -> Vec<Compared> {
    let without = no_token.map(|why| format!("not called: there is no token ({})", in_words(why)));
    let mut ended = ended.iter();
    lines
        .iter()
        .map(|line| {
            let outcome = match (&line.call, &without) {
                (Err(why), _) => Err(why.as_str()),
                (Ok(_), Some(why)) => Err(why.as_str()),
                (Ok(_), None) => Ok(ended.next().unwrap_or(&Ended::NotMade)),
            };
            compare(case, &line.endpoint, outcome)
        })
        .collect()
}

fn describe(identity: &Identity) -> ShownIdentity<'_> {
    ShownIdentity {
        organization: identity.organization.as_deref(),
        client_id: identity.client_id.as_deref(),
        client_name: identity.client_name.as_deref(),
        grant_type: identity.grant_type.as_deref(),
        user_id: identity.user.as_ref().map(|(id, _)| id.as_str()),
        user_name: identity.user.as_ref().map(|(_, name)| name.as_str()),
        scopes: identity.scopes.as_deref(),
        grants: identity.grants.as_deref(),
    }
}

/// Appends an entry for each disagreement that the matrix is at fault for. One that is there already stays as it is.
fn report(path: &Path, results: &[Compared], notes: &mut Vec<String>) -> Result<(), Failure> {
    let proposals: Vec<&Proposal> = results.iter().filter_map(|one| one.proposal.as_ref()).collect();
    if proposals.is_empty() {
        notes.push(format!("nothing is written to `{}`: no call shows a fault of the matrix", path.display()));
        return Ok(());
    }
    let problem = |why: String| Failure::usage(format!("overlay file `{}`: {why}; nothing is written", path.display()));
    let mut text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(problem(error.to_string())),
    };
    let mut written = 0;
    for proposal in proposals {
        if overlay::names(&text, &proposal.endpoint, &proposal.org).map_err(|error| problem(error.to_string()))? {
            notes.push(format!("`{}` has an entry for {} already", path.display(), proposal.endpoint));
            continue;
        }
        text = proposal.append(&text).map_err(|error| problem(error.to_string()))?;
        written += 1;
    }
    if written > 0 {
        place::write(path, text.as_bytes())
            .map_err(|error| Failure::failed(format!("cannot write `{}`: {error}", path.display())))?;
        notes.push(format!(
            "written to `{}`: {written} to be reviewed; an entry without an owner is refused until somebody put a name",
            path.display()
        ));
    }
    Ok(())
}

fn print(answer: &Answer<'_>, out: &mut dyn Write) -> std::io::Result<()> {
    let who = &answer.identity;
    let or = |text: Option<&str>| text.map_or_else(|| "not reported".to_owned(), visible);
    writeln!(out, "probe of `{}` in org `{}`", visible(answer.principal), visible(answer.org))?;
    if let Some(diagnosis) = answer.token {
        writeln!(out, "no token was given")?;
        diagnose::print(diagnosis, out)?;
    } else {
        writeln!(out, "  org     {}", or(who.organization))?;
        writeln!(out, "  client  {} ({}), {}", or(who.client_name), or(who.client_id), or(who.grant_type))?;
        match (who.user_id, who.user_name) {
            (Some(id), Some(name)) => writeln!(out, "  user    {} ({})", visible(name), visible(id))?,
            _ => writeln!(out, "  user    none: the client acts as itself, its roles gate it and scopes play no part")?,
        }
        match who.scopes {
            Some([]) => writeln!(out, "  scopes  none")?,
            Some(scopes) => writeln!(out, "  scopes  {}", visible(&scopes.join(", ")))?,
            None => writeln!(out, "  scopes  not reported")?,
        }
        match who.grants {
            Some([]) => writeln!(out, "  grants  none")?,
            Some(grants) => writeln!(out, "  grants  {}", visible(&grants.join(", ")))?,
            None => writeln!(out, "  grants  not reported")?,
        }
    }
    let data = answer.data_as_of.as_deref().map_or_else(|| "no data".to_owned(), |at| format!("data of {at}"));
    writeln!(out, "{} of at most {} requests; {data}; {}", answer.calls, answer.max_calls, visible(answer.matrix))?;
    for one in answer.results {
        let status = one.status.map_or_else(String::new, |status| format!(" ({status})"));
        writeln!(out, "\n{}", visible(&one.endpoint))?;
        writeln!(out, "  predicted  {}{}", one.predicted.unwrap_or("nothing"), reasons(one))?;
        writeln!(out, "  outcome    {}{status}", one.outcome.as_str())?;
        if one.outcome != Outcome::NotCalled && one.predicted.is_some() {
            writeln!(out, "  the data   {}", one.stands.as_str().to_uppercase())?;
        }
        if let Some(requires) = &one.requires {
            writeln!(out, "  requires   {}", visible(requires))?;
        }
        if let Some(own) = one.own_grants {
            writeln!(out, "  own grants {own}")?;
        }
        if let Some(diagnosis) = &one.diagnosis {
            let code = if diagnosis.code.is_empty() { "no code" } else { diagnosis.code.as_str() };
            writeln!(out, "  answer     {} ({})", diagnosis.kind, visible(code))?;
            let shown = diagnosis.message.as_deref().or(diagnosis.excerpt.as_deref()).filter(|text| !text.is_empty());
            if let Some(text) = shown {
                writeln!(out, "             {}", visible(text))?;
            }
            for name in &diagnosis.names_not_known {
                writeln!(out, "             {}", visible(&name.says))?;
            }
        }
        for says in &one.says {
            writeln!(out, "  {}", visible(says))?;
        }
        for follows in &one.follows {
            writeln!(out, "  - {}", visible(follows))?;
        }
        if let Some(proposed) = &one.proposed {
            writeln!(out, "  proposed override: {}", visible(proposed))?;
        }
    }
    for note in answer.notes {
        writeln!(out, "note: {}", visible(note))?;
    }
    Ok(())
}

fn reasons(one: &Compared) -> String {
    if one.reasons.is_empty() { String::new() } else { format!(" ({})", one.reasons.join(";")) }
}
