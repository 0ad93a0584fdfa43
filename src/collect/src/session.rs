//! One org's conversation: every call goes through here, with its token, its pace, its retries and its count.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Semaphore;

use rolecall_base::coverage::Listing;

use super::error::CollectError;
use super::failure::Failure;
use super::pace::{IN_FLIGHT, Pace, RuntimeClock};
use super::plan::{self, Plan};
use super::progress::Progress;
use super::retry::{self, Ending, Next, Patience};
use super::settings::OrgTarget;
use super::token::{Tokens, ending_of};
use super::wire::{Answer, QueryPost, Validators, Wire, WireError};

/// Gives the time. The program passes the real one.
pub type Clock = dyn Fn() -> Timestamp + Sync;

/// A call to make.
pub(crate) enum Request<'r> {
    /// Reads.
    Get(&'r str, &'r [(&'r str, &'r str)]),
    /// Reads a document unless it is the one already known.
    GetUnless(&'r str, &'r Validators),
    /// Asks one of the platform's queries.
    Query(QueryPost, &'r Value),
}

impl Request<'_> {
    /// The call as it is named in reasons: without its query.
    fn name(&self) -> String {
        match self {
            Self::Get(path, _) | Self::GetUnless(path, _) => format!("GET {path}"),
            Self::Query(post, _) => format!("POST {}", post.path()),
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counts {
    calls: AtomicU64,
    retries: AtomicU64,
    rate_limited: AtomicU64,
}

pub(crate) struct Session<'a> {
    /// The org.
    pub target: &'a OrgTarget,
    /// The calls it needs.
    pub plan: Plan,
    /// How long to keep trying.
    pub patience: Patience,
    wire: Wire,
    tokens: Tokens,
    pace: Pace,
    slots: Semaphore,
    counts: Counts,
    progress: &'a dyn Progress,
    clock: &'a Clock,
}

impl<'a> Session<'a> {
    /// Makes ready and gets the token.
    ///
    /// # Errors
    /// When there is no token to be had.
    pub(crate) async fn open(
        target: &'a OrgTarget,
        requests_per_minute: u32,
        patience: Patience,
        clock: &'a Clock,
        progress: &'a dyn Progress,
    ) -> Result<Self, CollectError> {
        let wire = Wire::new(target).map_err(|error| CollectError::Setup {
            org: target.name.clone(),
            client_id: target.client_id.clone(),
            url: target.api_url.clone(),
            why: error.to_string(),
        })?;
        let session = Self {
            target,
            plan: Plan::default(),
            patience,
            wire,
            tokens: Tokens::default(),
            pace: Pace::new(requests_per_minute, RuntimeClock::start()),
            slots: Semaphore::new(IN_FLIGHT),
            counts: Counts::default(),
            progress,
            clock,
        };
        session.tokens.current(&session.wire, target, &patience).await?;
        Ok(session)
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Says that a list is being read, and that it needs at least so many calls.
    pub(crate) fn begin(&self, listing: Listing, calls: u64) {
        self.plan.add(listing, calls);
        self.progress.phase(&self.target.name, listing);
    }

    /// Reports what is planned. `unknown` is what is not known yet.
    pub(crate) fn report_plan(&self, unknown: &str) {
        let calls = self.plan.total();
        let minutes = plan::minutes(calls, self.pace.per_minute());
        self.progress.planned(&self.target.name, calls, minutes, &format!("{}{unknown}", self.plan.formula()));
    }

    /// Calls made so far, retries so far, answers 429 so far, tokens so far; the token requests included.
    pub(crate) async fn counted(&self) -> (u64, u64, u64, u64) {
        let cost = self.tokens.cost().await;
        (
            self.counts.calls.load(Ordering::Relaxed) + cost.calls,
            self.counts.retries.load(Ordering::Relaxed) + cost.retries,
            self.counts.rate_limited.load(Ordering::Relaxed) + cost.rate_limited,
            cost.tokens,
        )
    }

    /// Reads and understands an answer.
    ///
    /// # Errors
    /// When it could not be read, after everything that could help was tried.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, Failure> {
        self.json(&Request::Get(path, query)).await
    }

    /// Asks one of the platform's queries and understands the answer.
    ///
    /// # Errors
    /// When it could not be asked, after everything that could help was tried.
    pub(crate) async fn query<T: DeserializeOwned>(&self, post: QueryPost, body: &Value) -> Result<T, Failure> {
        self.json(&Request::Query(post, body)).await
    }

    /// Reads a document unless it is the one already known; a status of 304 is then an answer too.
    ///
    /// # Errors
    /// When it could not be read, after everything that could help was tried.
    pub(crate) async fn document(&self, path: &str, known: &Validators) -> Result<Answer, Failure> {
        self.call(&Request::GetUnless(path, known), |answer| Ok(Understood::Yes(answer.clone()))).await
    }

    async fn json<T: DeserializeOwned>(&self, request: &Request<'_>) -> Result<T, Failure> {
        self.call(request, |answer| match serde_json::from_slice(&answer.body) {
            Ok(value) => Ok(Understood::Yes(value)),
            Err(error) if error.is_data() => Err(error.to_string()),
            Err(_) => Ok(Understood::Malformed),
        })
        .await
    }

    async fn call<T>(
        &self,
        request: &Request<'_>,
        understand: impl Fn(&Answer) -> Result<Understood<T>, String>,
    ) -> Result<T, Failure> {
        let name = request.name();
        let (mut attempts, mut rate_limits) = (0, 0);
        let (mut next_token, mut renewed) = (None, false);
        loop {
            let token = match next_token.take() {
                Some(token) => token,
                None => self
                    .tokens
                    .current(&self.wire, self.target, &self.patience)
                    .await
                    .map_err(|error| Failure::no_answer(&name, format!("no token: {error}")))?,
            };
            let outcome = self.send(request, &token.bearer).await;
            let mut understood = None;
            let ending = match &outcome {
                Ok(answer) if (200..300).contains(&answer.status) => match understand(answer) {
                    Ok(Understood::Yes(value)) => {
                        understood = Some(value);
                        Ending::Status(answer.status)
                    }
                    Ok(Understood::Malformed) => Ending::Malformed,
                    Err(why) => return Err(Failure::wrong_shape(&name, why)),
                },
                Ok(answer) if answer.status == 304 && matches!(request, Request::GetUnless(..)) => {
                    understood = match understand(answer) {
                        Ok(Understood::Yes(value)) => Some(value),
                        _ => None,
                    };
                    Ending::Status(200)
                }
                Ok(answer) => Ending::Status(answer.status),
                Err(error) => ending_of(error),
            };
            if ending == Ending::Status(429) {
                rate_limits += 1;
                self.counts.rate_limited.fetch_add(1, Ordering::Relaxed);
            } else {
                attempts += 1;
            }
            match retry::next(ending, attempts, rate_limits, renewed, &self.patience) {
                Next::Accept => {
                    if let Some(value) = understood {
                        return Ok(value);
                    }
                }
                Next::BackOff => {
                    tracing::debug!(call = name, ?ending, attempts, "trying again");
                    tokio::time::sleep(self.patience.pause(attempts, retry::chance())).await;
                }
                Next::WaitAsAsked => {
                    let asked = outcome.as_ref().ok().and_then(|answer| answer.retry_after);
                    self.pace.hold_as_asked(asked, self.patience.longest_retry_after);
                }
                Next::NewToken => {
                    let next = self
                        .tokens
                        .instead_of(token.generation, &self.wire, self.target, &self.patience)
                        .await
                        .map_err(|error| Failure::no_answer(&name, format!("no new token: {error}")))?;
                    match next {
                        Some(next) => {
                            renewed = true;
                            next_token = Some(next);
                        }
                        None => return Err(given_up(&name, outcome, ending)),
                    }
                }
                Next::GiveUp => return Err(given_up(&name, outcome, ending)),
            }
            self.counts.retries.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn send(&self, request: &Request<'_>, bearer: &super::wire::Bearer) -> Result<Answer, WireError> {
        // Held for one attempt only: a call that waits for its next try must not keep others from theirs.
        let slot = self.slots.acquire().await;
        self.pace.leave().await;
        let outcome = match request {
            Request::Get(path, query) => self.wire.get(path, query, bearer).await,
            Request::GetUnless(path, known) => self.wire.get_unless(path, known, bearer).await,
            Request::Query(post, body) => self.wire.query(*post, body, bearer).await,
        };
        drop(slot);
        if let Ok(answer) = &outcome {
            self.pace.observe(&answer.rate);
        }
        let made = self.counts.calls.fetch_add(1, Ordering::Relaxed) + 2;
        self.progress.call(&self.target.name, made, made.max(self.plan.total()));
        outcome
    }
}

enum Understood<T> {
    Yes(T),
    Malformed,
}

fn given_up(name: &str, outcome: Result<Answer, WireError>, ending: Ending) -> Failure {
    match outcome {
        Ok(_) if ending == Ending::Malformed => {
            Failure::no_answer(name, "the answer is not JSON or not all of it, every time it was asked for")
        }
        Ok(answer) => Failure::status(name, &answer),
        Err(error) => Failure::no_answer(name, error),
    }
}
