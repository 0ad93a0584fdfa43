//! One org from its first call to its snapshot: which list after which, and what they say of each other.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use rolecall_base::coverage::{Coverage, Listing, ListingRecord, Seen};
use rolecall_base::grant::{Grant, SubjectKind};
use rolecall_base::group::{Group, GroupMembers};
use rolecall_base::id::{ClientId, GroupId, UserId};
use rolecall_base::org::Org;
use rolecall_base::policy::{AccessPolicy, Effect, PolicySubject};
use rolecall_base::snapshot::{CollectionRecord, Snapshot};

use super::error::CollectError;
use super::failure::{Failure, FailureKind};
use super::listings::own_grants::OwnGrant;
use super::listings::usage::Observed;
use super::listings::users::{Everybody, Rules, Wanted};
use super::listings::{
    Read, allowed_addresses, audit_log, default_roles, divisions, grant_dates, group_members, groups, oauth_clients,
    organization, own_grants, permissions, policies, role_grants, roles, settings as org_settings, third_party_apps,
    trustees, usage, usage_rows, users,
};
use super::reach::OwnReach;
use super::record;
use super::session::Session;
use super::settings::CollectSettings;
use super::witness;

/// What the first plan does not know yet.
const UNKNOWN_YET: &str =
    " + a call a role, a division, a trustee's lists and a group that has grants + every page after a first";

/// Everything that is read by lists, before they are held against each other.
struct Inventory {
    snapshot: Snapshot,
    everybody: Option<BTreeSet<UserId>>,
    cut_roles: BTreeSet<rolecall_base::id::RoleId>,
}

/// Reads one org.
///
/// # Errors
/// When nothing at all can be read of it.
pub(crate) async fn read(
    session: &Session<'_>,
    settings: &CollectSettings,
    as_of: Timestamp,
) -> Result<Snapshot, CollectError> {
    let started = session.now();
    let clock = tokio::time::Instant::now();
    foresee(session, settings, as_of);
    session.report_plan(UNKNOWN_YET);

    // The first calls go alone: their headers state the limit before sixteen at once could break it.
    let own = own_grants::read(session).await;
    let (organization, organization_failure) = organization::read(session).await;
    if let (Err(own), Some(failure)) = (&own, &organization_failure) {
        hopeless(session, own, failure)?;
    }

    let by_client = async {
        if settings.observed_days == 0 {
            return None;
        }
        Some(Observed::by_client(session, as_of, settings.observed_days).await)
    };
    let audit = async {
        if settings.audit_days == 0 {
            return Read { data: Vec::new(), record: record::not_asked() };
        }
        audit_log::read(session, as_of, settings.audit_days).await
    };
    let (inventory, observed, audit) = tokio::join!(inventory(session, settings), by_client, audit);
    let Inventory { mut snapshot, everybody, cut_roles } = inventory;

    snapshot.as_of = as_of;
    if let Some((id, name)) = organization.data {
        snapshot.org.id = Some(id);
        snapshot.org.platform_name = name;
    }
    let records = &mut snapshot.coverage.listings;
    records.insert(Listing::Organization, organization.record);
    records.insert(Listing::AuditLog, audit.record);
    snapshot.audit = audit.data;
    match observed {
        None => {
            snapshot.coverage.listings.insert(Listing::Usage, record::not_asked());
        }
        Some(mut observed) => {
            let service: Vec<&UserId> =
                snapshot.users.iter().filter(|user| user.is_service()).map(|user| &user.id).collect();
            if !service.is_empty() {
                observed.by_user(session, &service).await;
            }
            snapshot.collection.notes.append(&mut observed.notes);
            let read = observed.finish(session);
            snapshot.usage = read.data;
            snapshot.coverage.listings.insert(Listing::Usage, read.record);
        }
    }

    let why = "the grants of a division hold a grant of the role that the role's own list does not have";
    witness::mark_roles(&mut snapshot.coverage.listings, &cut_roles, why);
    witness::compare(&mut snapshot, everybody.as_ref());
    prove_reach(session, &mut snapshot, own);

    let (calls_made, retries, rate_limited, tokens) = session.counted().await;
    snapshot.collection.started = Some(started);
    snapshot.collection.seconds = (clock.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
    snapshot.collection.calls_needed = session.plan.total();
    snapshot.collection.calls_made = calls_made;
    snapshot.collection.retries = retries;
    snapshot.collection.rate_limited = rate_limited;
    snapshot.collection.tokens = tokens;
    snapshot.collection.notes.sort();
    snapshot.sort();
    Ok(snapshot)
}

/// The lists: first those that need nothing, then those that need another one.
async fn inventory(session: &Session<'_>, settings: &CollectSettings) -> Inventory {
    let wanted = Wanted::of(settings);
    let apps = async {
        if settings.third_party_apps {
            third_party_apps::read(session).await
        } else {
            Read { data: Vec::new(), record: record::not_asked() }
        }
    };
    let all_users = async { if wanted == Wanted::Everybody { Some(users::read_all(session).await) } else { None } };
    let (
        clients,
        roles,
        permissions,
        divisions,
        groups,
        (policies, policy_note),
        mut org_settings,
        trustees,
        apps,
        all_users,
    ) = tokio::join!(
        oauth_clients::read(session),
        roles::read(session),
        permissions::read(session),
        divisions::read(session),
        groups::read(session),
        policies::read(session),
        org_settings::read(session),
        trustees::read(session),
        apps,
        all_users,
    );
    let mut notes: Vec<String> = policy_note.into_iter().collect();

    if settings.default_roles {
        default_roles::read(session, &roles.data, &mut org_settings).await;
    }
    let mut grants = role_grants::read(session, &roles.data, &roles.record).await;
    session.report_plan("");
    let mut cut_roles = BTreeSet::new();
    let grant_dates = if settings.grant_dates {
        let dated = grant_dates::read(session, &divisions.data, &divisions.record, &mut grants.data).await;
        cut_roles = dated.cut_roles;
        notes.extend(dated.notes);
        dated.record
    } else {
        record::not_asked()
    };

    let members = members(session, settings, &grants.data, &groups, &policies.data).await;
    let groups_whole = groups.record.seen == Seen::Whole;
    let mut rules = Rules::new(&settings.service_users, &groups.data, groups_whole, &members.data);
    let read_users: Option<Everybody> = match wanted {
        Wanted::Everybody => all_users,
        Wanted::ById => Some(users::read_by_id(session, &mut rules).await),
        Wanted::Nobody => None,
    };
    notes.append(&mut rules.unmet);
    let everybody = if wanted == Wanted::Everybody { read_users.as_ref().map(Everybody::ids) } else { None };
    let users = match read_users {
        Some(read) => read.keep(settings.users, &rules),
        None => Read { data: Vec::new(), record: record::not_asked() },
    };

    let listings: BTreeMap<Listing, ListingRecord> = BTreeMap::from([
        (Listing::AllowedAddresses, allowed_addresses::coverage(&clients.data, session.now())),
        (Listing::OauthClients, clients.record),
        (Listing::ThirdPartyApps, apps.record),
        (Listing::Roles, roles.record),
        (Listing::RoleGrants, grants.record),
        (Listing::GrantDates, grant_dates),
        (Listing::Permissions, permissions.record),
        (Listing::Divisions, divisions.record),
        (Listing::Users, users.record),
        (Listing::Groups, groups.record),
        (Listing::GroupMembers, members.record),
        (Listing::Policies, policies.record),
        (Listing::Settings, org_settings.record),
        (Listing::Trustees, trustees.record),
    ]);
    let target = session.target;
    let org = Org {
        name: target.name.clone(),
        environment: target.environment.clone(),
        api_url: target.api_url.clone(),
        id: None,
        platform_name: None,
        auditor: ClientId::new(&target.client_id),
        settings: org_settings.data,
    };
    let snapshot = Snapshot {
        org,
        as_of: Timestamp::UNIX_EPOCH,
        collected_by: concat!("rolecall ", env!("CARGO_PKG_VERSION")).to_owned(),
        collection: CollectionRecord { notes, ..CollectionRecord::default() },
        coverage: Coverage { listings },
        divisions: divisions.data,
        permissions: permissions.data,
        roles: roles.data,
        oauth_clients: clients.data,
        apps: apps.data,
        users: users.data,
        groups: groups.data,
        group_members: members.data,
        grants: grants.data,
        policies: policies.data,
        trustees: trustees.data,
        usage: None,
        audit: Vec::new(),
        matrix: None,
        matrix_notes: Vec::new(),
    };
    Inventory { snapshot, everybody, cut_roles }
}

/// The members of the groups that carry grants, name service users, or are what a policy that may deny is about.
async fn members(
    session: &Session<'_>,
    settings: &CollectSettings,
    grants: &[Grant],
    groups: &Read<Vec<Group>>,
    policies: &[AccessPolicy],
) -> Read<GroupMembers> {
    let listed: BTreeSet<&GroupId> = groups.data.iter().map(|group| &group.id).collect();
    let mut wanted = BTreeSet::new();
    for grant in grants {
        let id = GroupId::new(grant.subject.as_str());
        // Where the grant does not say what its subject is, the list of groups does.
        if grant.subject_kind == SubjectKind::Group
            || (grant.subject_kind == SubjectKind::Unknown && listed.contains(&id))
        {
            wanted.insert(id);
        }
    }
    for policy in policies.iter().filter(|policy| policy.active && policy.effect != Effect::Allow) {
        if let PolicySubject::Group(id) = &policy.subject {
            wanted.extend(Some(GroupId::new(id)).filter(|id| listed.contains(id)));
        }
    }
    for name in &settings.service_users.groups {
        wanted.extend(users::groups_named(&groups.data, name));
    }
    let counts = groups.data.iter().filter_map(|group| Some((group.id.clone(), group.member_count?))).collect();
    group_members::read(session, &wanted, &counts).await
}

fn prove_reach(session: &Session<'_>, snapshot: &mut Snapshot, own: Result<Vec<OwnGrant>, Failure>) {
    let entry = snapshot.oauth_clients.iter().find(|client| client.id == snapshot.org.auditor);
    let reach = OwnReach::new(own.as_deref().ok(), entry, &snapshot.roles);
    let record = match (own, &reach) {
        (Ok(own), _) => record::whole(own.len(), None, session.now()),
        (Err(failure), Some(_)) => {
            let note = format!("the auditor's own grants were taken from the list of OAuth clients: {}", failure.why);
            snapshot.collection.notes.push(note);
            record::whole(0, None, session.now())
        }
        (Err(failure), None) => record::nothing(failure, session.now()),
    };
    snapshot.coverage.listings.insert(Listing::OwnGrants, record);
    if let Some(reach) = reach {
        reach.prove(&mut snapshot.coverage.listings, &snapshot.divisions);
    }
}

/// Distinguishes an org of which nothing can be read from one of which something cannot.
fn hopeless(session: &Session<'_>, own: &Failure, organization: &Failure) -> Result<(), CollectError> {
    let target = session.target;
    let (org, client_id) = (target.name.clone(), target.client_id.clone());
    let (url, why) = (target.api_url.clone(), own.why.clone());
    match (own.kind, organization.kind) {
        (FailureKind::NoAnswer, FailureKind::NoAnswer) => Err(CollectError::Unreachable { org, client_id, url, why }),
        (FailureKind::Unauthorized, FailureKind::Unauthorized) => {
            Err(CollectError::TokenRefused { org, client_id, url, why })
        }
        _ => Ok(()),
    }
}

/// The calls that are needed whatever the org holds.
fn foresee(session: &Session<'_>, settings: &CollectSettings, as_of: Timestamp) {
    let once = [
        Listing::OwnGrants,
        Listing::Organization,
        Listing::OauthClients,
        Listing::Roles,
        Listing::Permissions,
        Listing::Divisions,
        Listing::Groups,
        Listing::Policies,
        Listing::Trustees,
    ];
    for listing in once {
        session.plan.foresee(listing, 1);
    }
    session.plan.foresee(Listing::Settings, 2);
    session.plan.foresee(Listing::Users, u64::from(Wanted::of(settings) != Wanted::Nobody));
    session.plan.foresee(Listing::ThirdPartyApps, u64::from(settings.third_party_apps));
    session.plan.foresee(Listing::GrantDates, u64::from(settings.grant_dates));
    session.plan.foresee(Listing::AuditLog, if settings.audit_days > 0 { 3 } else { 0 });
    if settings.observed_days > 0 {
        let (from, to) = usage::window(as_of, settings.observed_days);
        let queries = usage_rows::chunks(from, to, usage::LONGEST_QUERY).len();
        session.plan.foresee(Listing::Usage, 2 * u64::try_from(queries).unwrap_or(0));
    }
}
