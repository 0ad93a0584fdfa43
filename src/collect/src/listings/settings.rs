//! `GET /api/v2/authorization/settings` and `/roles/settings`: what bends the audit without being a grant.

use jiff::Timestamp;
use serde::Deserialize;

use crate::dates::lenient;
use crate::record;
use crate::session::Session;
use rolecall_base::coverage::{Listing, Seen};
use rolecall_base::org::OrgSettings;

use super::Read;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthorizationSettings {
    #[serde(default)]
    analysis_enabled: Option<bool>,
    #[serde(default)]
    analysis_days: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    date_last_calculated: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoleSettings {
    #[serde(default)]
    backfill_enabled: Option<bool>,
    #[serde(default)]
    authorization_grant_division_aware: Option<bool>,
}

pub(crate) async fn read(session: &Session<'_>) -> Read<OrgSettings> {
    session.begin(Listing::Settings, 2);
    let (analysis, roles) = tokio::join!(
        session.get::<AuthorizationSettings>("/api/v2/authorization/settings", &[]),
        session.get::<RoleSettings>("/api/v2/authorization/roles/settings", &[]),
    );
    let needed = ["authorization:settings:view", "directory:organization:admin"];
    let mut settings = OrgSettings::default();
    let mut record = record::whole(0, None, session.now());
    match analysis {
        Ok(analysis) => {
            record.read += 1;
            settings.analysis_enabled = analysis.analysis_enabled;
            settings.analysis_days = analysis.analysis_days;
            settings.analysis_calculated = analysis.date_last_calculated;
        }
        Err(failure) => record::miss(&mut record, None, record::refused(failure, &needed)),
    }
    match roles {
        Ok(roles) => {
            record.read += 1;
            settings.backfill_enabled = roles.backfill_enabled;
            settings.grant_division_aware = roles.authorization_grant_division_aware;
        }
        Err(failure) => record::miss(&mut record, None, record::refused(failure, &needed)),
    }
    if record.read == 0 {
        record.seen = Seen::Nothing;
    }
    Read { data: settings, record }
}
