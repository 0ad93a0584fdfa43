//! Queries that take a while: queued, then running, then done.

use std::collections::HashMap;

use serde_json::Value;

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JobState {
    Queued,
    Running,
    Succeeded,
}

impl JobState {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "Queued",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Job {
    /// The org's id.
    pub org: String,
    /// What was asked.
    pub request: Value,
    /// What there is to answer.
    pub rows: std::sync::Arc<Vec<Value>>,
    polls: u32,
}

/// All queries of the server.
#[derive(Debug)]
pub(super) struct Jobs {
    jobs: HashMap<String, Job>,
    /// How often a job says `Queued`, then how often `Running`.
    polls: (u32, u32),
}

impl Jobs {
    pub(super) fn new(polls: (u32, u32)) -> Self {
        Self { jobs: HashMap::new(), polls }
    }

    /// Takes a query in and gives it an id.
    pub(super) fn start(&mut self, org: &str, request: Value, rows: Vec<Value>) -> String {
        let id = super::guid::guid(0x4a0b, self.jobs.len() as u64 + 1);
        let job = Job { org: org.to_owned(), request, rows: std::sync::Arc::new(rows), polls: 0 };
        self.jobs.insert(id.clone(), job);
        id
    }

    /// Asks after a query: each time brings it nearer its end.
    pub(super) fn poll(&mut self, org: &str, id: &str) -> Option<(JobState, Job)> {
        let (queued, running) = self.polls;
        let job = self.jobs.get_mut(id).filter(|job| job.org == org)?;
        let state = if job.polls < queued {
            JobState::Queued
        } else if job.polls < queued.saturating_add(running) {
            JobState::Running
        } else {
            JobState::Succeeded
        };
        if state != JobState::Succeeded {
            job.polls += 1;
        }
        Some((state, job.clone()))
    }

    /// The query, if it is done.
    pub(super) fn done(&self, org: &str, id: &str) -> Option<Job> {
        let (queued, running) = self.polls;
        self.jobs.get(id).filter(|job| job.org == org && job.polls >= queued.saturating_add(running)).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn job_is_queued_then_running_then_done_for_its_own_org_only() {
        let mut jobs = Jobs::new((1, 1));
        let id = jobs.start("a", Value::Null, vec![Value::Null]);
        assert!(jobs.poll("b", &id).is_none());
        let states: Vec<_> = (0..4).map(|_| jobs.poll("a", &id).unwrap().0).collect();
        assert_eq!(states, [JobState::Queued, JobState::Running, JobState::Succeeded, JobState::Succeeded]);
        assert_eq!(jobs.done("a", &id).unwrap().rows.len(), 1);
    }
}
