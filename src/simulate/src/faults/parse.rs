//! How one fault is read from its text.

use std::time::Duration;

use super::{Effect, Rule};
use crate::operations::{self, SWAGGER, TOKEN};
use rolecall_base::nearest::did_you_mean;

const PAGED: [&str; 16] = [
    "roles",
    "role-grants",
    "role-users",
    "divisions",
    "divisions-query",
    "division-grants",
    "permissions",
    "policies",
    "users",
    "groups",
    "group-members",
    "trustees",
    "trustee-users",
    "trustee-groups",
    "usage-results",
    "audit-results",
];

const EFFECTS: [&str; 10] =
    ["drop", "cut", "slow:1s", "truncate", "malformed", "wrong-shape", "expire", "shift", "grow", "failed"];

pub(super) fn rule(text: &str) -> Result<Rule, String> {
    let Some((address, effect)) = text.rsplit_once('=') else {
        return Err(format!("`{text}` says no effect; write OPERATION=EFFECT, for example `users:page=2=500`"));
    };
    let (name, selectors) = address.split_once(':').unwrap_or((address, ""));
    let name = name.trim();
    let Some((operation, object_kind)) = operations::names().find(|(known, _)| *known == name) else {
        let near = did_you_mean(name, operations::names().map(|(known, _)| known));
        return Err(format!("`{name}` in `{text}` is not an operation{near}"));
    };
    let (effect, times) = effect_of(effect.trim(), text)?;
    let mut rule = Rule { operation, org: None, object: None, page: None, attempt: None, after: None, effect, times };
    for selector in selectors.split(',').map(str::trim).filter(|selector| !selector.is_empty()) {
        select(&mut rule, selector, object_kind, text)?;
    }
    fits(&rule, text)?;
    if rule.effect == Effect::Expire && rule.times.is_none() && rule.attempt.is_none() {
        rule.times = Some(1);
    }
    Ok(rule)
}

fn select(rule: &mut Rule, selector: &str, object_kind: &'static str, text: &str) -> Result<(), String> {
    let Some((key, value)) = selector.split_once('=') else {
        return Err(format!("`{selector}` in `{text}` is not a selector; write `page=2`"));
    };
    let (key, value) = (key.trim(), value.trim());
    let number = || match value.parse::<u32>() {
        Ok(number) if number > 0 => Ok(Some(number)),
        _ => Err(format!("`{value}` in `{text}` is not a number from 1")),
    };
    match key {
        "org" => rule.org = Some(value.to_owned()),
        "page" => rule.page = number()?,
        "attempt" => rule.attempt = number()?,
        "after" => rule.after = number()?,
        _ if !object_kind.is_empty() && key == object_kind => rule.object = Some(value.to_owned()),
        _ => {
            let known: Vec<&str> =
                ["org", "page", "attempt", "after", object_kind].into_iter().filter(|key| !key.is_empty()).collect();
            let near = did_you_mean(key, known.iter().copied());
            let known = known.join(", ");
            return Err(format!("`{key}` does not select anything of `{}`, which knows {known}{near}", rule.operation));
        }
    }
    Ok(())
}

fn effect_of(word: &str, text: &str) -> Result<(Effect, Option<u32>), String> {
    // `expirex2`, `429x3`, `slow:3sx2`: what follows the last x is a count only when it is a number.
    let (word, times) = match word.rsplit_once('x') {
        Some((before, count)) if !before.is_empty() && count.parse::<u32>().is_ok_and(|count| count > 0) => {
            (before, count.parse::<u32>().ok())
        }
        _ => (word, None),
    };
    let effect = match word {
        "drop" => Effect::Drop,
        "cut" => Effect::Cut,
        "truncate" => Effect::Truncate,
        "malformed" => Effect::Malformed,
        "wrong-shape" => Effect::WrongShape,
        "expire" => Effect::Expire,
        "shift" => Effect::Shift,
        "grow" => Effect::Grow,
        "failed" => Effect::Failed,
        _ => match (word.strip_prefix("slow:").and_then(duration), word.parse::<u16>()) {
            (Some(duration), _) => Effect::Slow(duration),
            (None, Ok(status)) if (400..600).contains(&status) => Effect::Status(status),
            _ => {
                let near = did_you_mean(word, EFFECTS);
                return Err(format!("`{word}` in `{text}` is not an effect: a status from 400 to 599 or a word{near}"));
            }
        },
    };
    Ok((effect, times))
}

fn duration(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let number = digits.parse::<u64>().ok()?;
    match text.get(digits.len()..)? {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_secs(number.checked_mul(60)?)),
        _ => None,
    }
}

/// Refuses what could never strike.
fn fits(rule: &Rule, text: &str) -> Result<(), String> {
    let paged = PAGED.contains(&rule.operation) || rule.operation == "trustors";
    if rule.page.is_some() && !paged {
        return Err(format!("`{text}`: `{}` has no pages", rule.operation));
    }
    if rule.org.is_some() && rule.operation == SWAGGER {
        return Err(format!("`{text}`: `swagger` is asked without a token, so its org is not known"));
    }
    match rule.effect {
        Effect::Shift | Effect::Grow if !paged => Err(format!("`{text}`: `{}` has no pages to move", rule.operation)),
        Effect::Failed if !matches!(rule.operation, "usage-results" | "audit-status") => {
            Err(format!("`{text}`: only `usage-results` and `audit-status` can end as failed"))
        }
        Effect::Expire if rule.operation == SWAGGER => Err(format!("`{text}`: `swagger` needs no token")),
        Effect::Expire if rule.operation == TOKEN && rule.after.is_none() => {
            Err(format!("`{text}`: say when, for example `token:after=10=expire`"))
        }
        _ if rule.after.is_some() && !(rule.operation == TOKEN && rule.effect == Effect::Expire) => {
            Err(format!("`{text}`: `after` goes with `token` and `expire` only"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Faults;
    use super::*;

    #[test]
    fn documented_examples_are_understood() {
        let text = "users:page=2,attempt=1=500; role-grants:role=Supervisor=403; oauth-clients=truncate; \
                    token:after=10=expire; roles:page=1=429x3; divisions=slow:3s; permissions:page=2=drop; users=shift";
        let faults: Faults = text.parse().unwrap();
        assert_eq!(faults.rules.len(), 8);
        assert_eq!(faults.rules[4].times, Some(3));
        assert_eq!(faults.rules[1].object.as_deref(), Some("Supervisor"));
        assert_eq!(faults.rules[5].effect, Effect::Slow(Duration::from_secs(3)));
        assert!("".parse::<Faults>().unwrap().is_empty());
        for (name, _) in operations::names() {
            assert!(super::super::FAULTS_HELP.contains(name), "{name} is not documented");
        }
    }

    #[test]
    fn unknown_words_are_named_with_the_nearest_known_one() {
        let error = |text: &str| text.parse::<Faults>().unwrap_err();
        assert!(error("rols=500").contains("`roles`"));
        assert!(error("users:pge=2=500").contains("`page`"));
        assert!(error("users=trunkate").contains("`truncate`"));
        assert!(error("users:role=x=500").contains("`role` does not select anything of `users`"));
        assert!(error("users").contains("says no effect"));
        assert!(error("users=200").contains("`200`"));
        assert!(error("users:page=0=500").contains("`0`"));
        assert!(error("oauth-clients=shift").contains("no pages"));
        assert!(error("token=expire").contains("say when"));
        assert!(error("swagger:org=dev=500").contains("org is not known"));
        assert!(error("oauth-clients:page=2=500").contains("has no pages"));
        assert!(error("roles=failed").contains("`usage-results`"));
        assert!(error("users:after=3=500").contains("`after`"));
    }
}
