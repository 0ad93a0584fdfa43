//! Which calls of the usage data are the one that is asked about.

use super::Pair;
use rolecall_access::cross::{AccessMap, PrincipalKind};
use rolecall_base::usage::UsageRow;
use rolecall_matrix::Endpoint;

/// The rows of the usage data for the calls that a principal made to an endpoint; of a pair those of its user.
pub(super) fn rows<'a>(map: &AccessMap<'a>, pair: &Pair<'_>, endpoint: &Endpoint) -> Vec<&'a UsageRow> {
    let asked = map.matrix.resolve(endpoint).map_or_else(|| endpoint.clone(), |(_, one)| one.endpoint.clone());
    let same = |row: &&UsageRow| {
        let client = row.client.as_ref().is_some_and(|id| id.as_str() == pair.principal.id) && row.user.is_none();
        let user = row.user.as_ref().is_some_and(|id| id.as_str() == pair.holder().id);
        let mine = if pair.principal.kind == PrincipalKind::OauthClient { client } else { user };
        let Ok(method) = row.method.parse() else { return false };
        let called = Endpoint::new(method, &row.template);
        let called = map.matrix.resolve(&called).map_or(called, |(_, one)| one.endpoint.clone());
        mine && called == asked
    };
    map.snapshot.usage.iter().flat_map(|usage| &usage.rows).filter(same).collect()
}
