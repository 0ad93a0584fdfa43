//! Whether the auditor's own client will see everything: asked before the first night.

use jiff::Timestamp;

use rolecall_base::coverage::Listing;
use rolecall_base::permission::Permission;

use super::error::CollectError;
use super::listings::{own_grants, roles};
use super::progress::Silent;
use super::reach::{Held, OwnReach};
use super::retry::Patience;
use super::session::{Clock, Session};
use super::settings::{CollectSettings, OrgTarget};
use super::wire::Validators;
use rolecall_base::auditor::least_permissions;

/// How far the auditor holds a permission that a list needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// In all divisions.
    Everywhere,
    /// In some divisions: lists are cut short without an error.
    InDivisions,
    /// Nowhere: the lists are refused.
    Missing,
}

/// A permission that the collector needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeededPermission {
    /// The permission.
    pub permission: &'static str,
    /// The lists it is for.
    pub listings: Vec<Listing>,
    /// How far it is held.
    pub sight: Sight,
}

/// What was found out about the auditor's own client.
#[derive(Clone, Debug)]
pub struct Examination {
    /// The platform's name of the org; `None` where it could not be read.
    pub organization: Option<String>,
    /// How many seconds this machine's clock is ahead of the platform's; `None` where the platform sent no date.
    pub clock_skew_seconds: Option<i64>,
    /// The permissions needed; `None` where the auditor's own grants could not be read.
    pub permissions: Option<Vec<NeededPermission>>,
    /// What it holds beyond them, as its roles write it, sorted.
    pub beyond: Vec<String>,
}

/// Examines the auditor's own client in one org, with at most a handful of calls.
///
/// # Errors
/// When no token could be had, or the API does not take it.
pub async fn examine(
    target: &OrgTarget,
    settings: &CollectSettings,
    clock: &Clock,
) -> Result<Examination, CollectError> {
    let session = Session::open(target, settings.requests_per_minute, Patience::PLATFORM, clock, &Silent).await?;
    let identity = session.document("/api/v2/organizations/me", &Validators::default()).await.ok();
    let platform_clock = identity.as_ref().and_then(|answer| answer.date.as_deref()).and_then(http_date);
    let organization = identity
        .and_then(|answer| serde_json::from_slice::<serde_json::Value>(&answer.body).ok())
        .and_then(|org| org.get("name")?.as_str().map(str::to_owned));
    let own = own_grants::read(&session).await.ok();
    // The grants themselves list what their roles permit; only where they do not are the roles looked up.
    let silent = own.iter().flatten().any(|grant| grant.policies.is_empty());
    let roles = if silent { roles::read(&session).await.data } else { Vec::new() };
    let reach = OwnReach::new(own.as_deref(), None, &roles);
    let wanted = |listing: &Listing| match listing {
        Listing::Usage => settings.observed_days > 0,
        Listing::AuditLog => settings.audit_days > 0,
        Listing::GrantDates => settings.grant_dates,
        _ => true,
    };
    let least: Vec<_> = least_permissions(settings.third_party_apps)
        .into_iter()
        .map(|(permission, listings)| (permission, listings.into_iter().filter(wanted).collect::<Vec<_>>()))
        .collect();
    let permissions = reach.as_ref().map(|reach| {
        let needed = least.iter().filter(|(_, listings)| !listings.is_empty());
        let seen = needed.map(|(permission, listings)| NeededPermission {
            permission,
            listings: listings.clone(),
            sight: match reach.held(&Permission::new(permission)) {
                Held::Everywhere => Sight::Everywhere,
                Held::In(_) => Sight::InDivisions,
                Held::Nowhere => Sight::Missing,
            },
        });
        seen.collect()
    });
    let names: Vec<&str> = least.iter().map(|(permission, _)| *permission).collect();
    Ok(Examination {
        organization,
        clock_skew_seconds: platform_clock.map(|theirs| clock().as_second() - theirs.as_second()),
        permissions,
        beyond: reach.map(|reach| reach.beyond(&names)).unwrap_or_default(),
    })
}

fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text).ok().map(|at| at.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn date_header_is_understood() {
        assert_eq!(http_date("Sat, 21 Nov 2026 02:00:00 GMT").unwrap().to_string(), "2026-11-21T02:00:00Z");
        assert_eq!(http_date("yesterday"), None);
    }
}
