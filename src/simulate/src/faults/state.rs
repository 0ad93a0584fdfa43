//! Which faults strike which request: counting attempts, remembering what has struck.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::{Effect, Faults, Rule};
use crate::call::Moved;
use crate::operations::TOKEN;
use crate::session::Token;

/// What a request asks for, as faults see it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Address {
    /// The org's name.
    pub org: String,
    /// The operation's name.
    pub operation: &'static str,
    /// The object's id, for operations whose object can be addressed.
    pub object: Option<String>,
    /// The object's name, where it has one.
    pub object_name: Option<String>,
    /// The page, from 1.
    pub page: u32,
}

/// What shall happen to one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// How late the answer comes.
    pub delay: Duration,
    /// What happens to it.
    pub effect: Option<Effect>,
    /// How the listing differs from what it was.
    pub moved: Moved,
}

/// What has happened so far.
#[derive(Debug, Default)]
pub(crate) struct FaultState {
    attempts: HashMap<Address, u32>,
    moved: HashSet<(usize, String, Option<String>)>,
}

impl FaultState {
    /// Counts the request and says what shall happen to it. Of several faults with an effect the first wins; delays
    /// add to it.
    pub(crate) fn plan(&mut self, faults: &Faults, address: &Address) -> Plan {
        let mut plan = Plan::default();
        if faults.is_empty() {
            return plan;
        }
        let attempt = self.attempts.entry(address.clone()).or_insert(0);
        *attempt += 1;
        let attempt = *attempt;
        for (at, rule) in faults.rules.iter().enumerate() {
            if !concerns(rule, address) || rule.after.is_some() {
                continue;
            }
            if matches!(rule.effect, Effect::Shift | Effect::Grow) {
                let key = (at, address.org.clone(), address.object.clone());
                if address.page >= rule.page.unwrap_or(2) {
                    self.moved.insert(key.clone());
                }
                let happened = self.moved.contains(&key);
                let lacks_first = happened == (rule.effect == Effect::Shift);
                plan.moved = if lacks_first { Moved::LacksFirst } else { Moved::Not };
                continue;
            }
            let strikes = rule.page.is_none_or(|page| page == address.page)
                && rule.attempt.is_none_or(|wanted| wanted == attempt)
                && rule.times.is_none_or(|times| attempt <= times);
            if !strikes {
                continue;
            }
            match rule.effect {
                Effect::Slow(delay) => plan.delay += delay,
                effect => plan.effect = plan.effect.or(Some(effect)),
            }
        }
        plan
    }
}

impl Faults {
    /// Whether a token has lived through all the requests it was meant to: `token:after=N=expire`.
    pub(crate) fn outlived(&self, org: &str, token: &Token) -> bool {
        self.rules.iter().any(|rule| {
            rule.operation == TOKEN
                && rule.effect == Effect::Expire
                && rule.org.as_deref().is_none_or(|wanted| wanted == org)
                && rule.attempt.is_none_or(|wanted| wanted == token.ordinal)
                && rule.times.is_none_or(|times| token.ordinal <= times)
                && rule.after.is_some_and(|after| token.requests > after)
        })
    }
}

fn concerns(rule: &Rule, address: &Address) -> bool {
    let is = |wanted: &String, found: &Option<String>| found.as_ref() == Some(wanted);
    rule.operation == address.operation
        && rule.org.as_deref().is_none_or(|wanted| wanted == address.org)
        && rule.object.as_ref().is_none_or(|wanted| is(wanted, &address.object) || is(wanted, &address.object_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(state: &mut FaultState, faults: &Faults, operation: &'static str, page: u32) -> Plan {
        let address = Address { org: "dev".into(), operation, object: None, object_name: None, page };
        state.plan(faults, &address)
    }

    #[test]
    fn page_attempt_and_count_decide_what_strikes() {
        let faults: Faults = "users:page=2,attempt=2=500; roles=429x2; users=slow:5ms".parse().unwrap();
        let mut state = FaultState::default();
        assert_eq!(ask(&mut state, &faults, "users", 2).effect, None);
        let second = ask(&mut state, &faults, "users", 2);
        assert_eq!((second.effect, second.delay), (Some(Effect::Status(500)), Duration::from_millis(5)));
        assert_eq!(ask(&mut state, &faults, "users", 1).effect, None);
        let roles: Vec<_> = (0..3).map(|_| ask(&mut state, &faults, "roles", 1).effect.is_some()).collect();
        assert_eq!(roles, [true, true, false]);
    }

    #[test]
    fn listing_moves_once_and_then_stays() {
        let faults: Faults = "users=shift; groups=grow".parse().unwrap();
        let mut state = FaultState::default();
        let moved: Vec<_> = [1, 2, 3, 1].map(|page| ask(&mut state, &faults, "users", page).moved).into();
        assert_eq!(moved, [Moved::Not, Moved::LacksFirst, Moved::LacksFirst, Moved::LacksFirst]);
        let moved: Vec<_> = [1, 2, 1].map(|page| ask(&mut state, &faults, "groups", page).moved).into();
        assert_eq!(moved, [Moved::LacksFirst, Moved::Not, Moved::Not]);
    }
}
