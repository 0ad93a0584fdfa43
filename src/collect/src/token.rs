//! The token of an org and run: asked for once, again when it ends, and once more when the API refuses it.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::error::CollectError;
use super::retry::{self, Ending, Next, Patience};
use super::settings::OrgTarget;
use super::wire::{Answer, Bearer, Wire, WireError};

/// A token is given up this long before its end, so that no call is under way when it comes.
const MARGIN: Duration = Duration::from_secs(30);
/// The platform's default validity, for an answer that does not state it.
const DEFAULT_VALIDITY: u64 = 86_400;
/// Refused tokens that are replaced in a run. More means that no token helps.
const RENEWALS: u32 = 8;

/// A token and which one it is.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// What to send.
    pub bearer: Bearer,
    /// Counts the tokens of this run, so that calls which were refused together renew it once.
    pub generation: u32,
    expires: Instant,
}

/// How many calls and retries a token cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TokenCost {
    /// Requests sent.
    pub calls: u64,
    /// Of these, sent again.
    pub retries: u64,
    /// Answers 429.
    pub rate_limited: u64,
    /// Tokens obtained.
    pub tokens: u64,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    generations: u32,
    renewals: u32,
    cost: TokenCost,
    /// Why there is none any more: asking again for every call that is left would only keep the night waiting.
    lost: Option<CollectError>,
}

/// The tokens of one org and run.
#[derive(Default)]
pub(crate) struct Tokens {
    state: Mutex<State>,
}

// Only these fields are read; whatever else the login service says is dropped.
#[derive(Deserialize)]
struct TokenBody {
    access_token: String,
    #[serde(default)]
    expires_in: Option<u64>,
}

// The platform says `description` beside the standard's `error_description`.
#[derive(Default, Deserialize)]
struct TokenError {
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    error_description: Option<String>,
    #[serde(default)]
    description: Option<String>,
}

impl Tokens {
    /// The token in force, asked for if there is none or it is about to end.
    ///
    /// # Errors
    /// When the login service gives none.
    pub(crate) async fn current(
        &self,
        wire: &Wire,
        target: &OrgTarget,
        patience: &Patience,
    ) -> Result<Token, CollectError> {
        let mut state = self.state.lock().await;
        if let Some(token) = &state.token
            && token.expires > Instant::now()
        {
            return Ok(token.clone());
        }
        renew(&mut state, wire, target, patience).await
    }

    /// Another token than the one of `refused`: a new one, unless another call has renewed it in the meantime.
    /// `None` when so many were refused that no token helps.
    ///
    /// # Errors
    /// When the login service gives none.
    pub(crate) async fn instead_of(
        &self,
        refused: u32,
        wire: &Wire,
        target: &OrgTarget,
        patience: &Patience,
    ) -> Result<Option<Token>, CollectError> {
        let mut state = self.state.lock().await;
        if let Some(token) = &state.token
            && token.generation != refused
        {
            return Ok(Some(token.clone()));
        }
        if state.renewals >= RENEWALS {
            return Ok(None);
        }
        state.renewals += 1;
        renew(&mut state, wire, target, patience).await.map(Some)
    }

    /// What the tokens cost so far.
    pub(crate) async fn cost(&self) -> TokenCost {
        self.state.lock().await.cost
    }
}

async fn renew(state: &mut State, wire: &Wire, target: &OrgTarget, patience: &Patience) -> Result<Token, CollectError> {
    state.token = None;
    if let Some(error) = &state.lost {
        return Err(error.clone());
    }
    let (bearer, validity) = match ask(&mut state.cost, wire, target, patience).await {
        Ok(given) => given,
        Err(error) => {
            state.lost = Some(error.clone());
            return Err(error);
        }
    };
    state.generations += 1;
    state.cost.tokens += 1;
    // A validity shorter than the margin must not make every call ask for a token of its own.
    let validity = Duration::from_secs(validity);
    let expires = Instant::now() + validity.saturating_sub(MARGIN.min(validity / 10));
    let token = Token { bearer, generation: state.generations, expires };
    state.token = Some(token.clone());
    Ok(token)
}

async fn ask(
    cost: &mut TokenCost,
    wire: &Wire,
    target: &OrgTarget,
    patience: &Patience,
) -> Result<(Bearer, u64), CollectError> {
    let (mut attempts, mut rate_limits) = (0, 0);
    loop {
        cost.calls += 1;
        let outcome = wire.token(&target.client_id, &target.client_secret).await;
        let (ending, body) = ending(&outcome);
        if ending == Ending::Status(429) {
            rate_limits += 1;
            cost.rate_limited += 1;
        } else {
            attempts += 1;
        }
        // A refusal here is final: there is no token to renew.
        match retry::next(ending, attempts, rate_limits, true, patience) {
            Next::Accept => {
                if let Some(body) = body {
                    let validity = body.expires_in.unwrap_or(DEFAULT_VALIDITY).clamp(1, 400 * DEFAULT_VALIDITY);
                    return Ok((Bearer::new(SecretString::from(body.access_token)), validity));
                }
            }
            Next::BackOff => tokio::time::sleep(patience.pause(attempts, retry::chance())).await,
            Next::WaitAsAsked => {
                let asked = outcome.as_ref().ok().and_then(|answer| answer.retry_after).unwrap_or(15);
                tokio::time::sleep(Duration::from_secs(asked).min(patience.longest_retry_after)).await;
            }
            Next::NewToken | Next::GiveUp => return Err(refused(wire, target, outcome)),
        }
        cost.retries += 1;
    }
}

fn ending(outcome: &Result<Answer, WireError>) -> (Ending, Option<TokenBody>) {
    match outcome {
        Ok(answer) if (200..300).contains(&answer.status) => match serde_json::from_slice(&answer.body) {
            Ok(body) => (Ending::Status(answer.status), Some(body)),
            Err(_) => (Ending::Malformed, None),
        },
        Ok(answer) => (Ending::Status(answer.status), None),
        Err(error) => (ending_of(error), None),
    }
}

/// How a call ended that got no whole answer.
pub(crate) fn ending_of(error: &WireError) -> Ending {
    match error {
        WireError::NoConnection(_) => Ending::NoConnection,
        WireError::TimedOut => Ending::TimedOut,
        WireError::Broken(_) => Ending::Broken,
        WireError::TooLarge | WireError::Refused(_) => Ending::Hopeless,
    }
}

fn refused(wire: &Wire, target: &OrgTarget, outcome: Result<Answer, WireError>) -> CollectError {
    let (org, client_id, url) = (target.name.clone(), target.client_id.clone(), wire.token_url());
    let answer = match outcome {
        Ok(answer) => answer,
        Err(error) => return CollectError::Unreachable { org, client_id, url, why: error.to_string() },
    };
    let error: TokenError = serde_json::from_slice(&answer.body).unwrap_or_default();
    match (answer.status, error.error) {
        (400 | 401 | 403, Some(code)) => {
            let detail = error.error_description.or(error.description).filter(|detail| !detail.is_empty());
            let why = match detail {
                Some(detail) => format!("{} {code}: {detail}", answer.status),
                None => format!("{} {code}", answer.status),
            };
            CollectError::BadClient { org, client_id, url, why }
        }
        (status @ 200..=299, _) => {
            let why = format!("{status} without an `access_token`");
            CollectError::TokenEndpoint { org, client_id, url, why }
        }
        (status, _) => {
            let why = format!("status {status}");
            CollectError::TokenEndpoint { org, client_id, url, why }
        }
    }
}
