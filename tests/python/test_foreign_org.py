"""Are the foreign org and the oracle themselves right? They are the measure, so they are measured first."""
import collections

import pytest
import requests

from conformance_proxy import ConformanceProxy
from foreign_org import ForeignOrg, ForeignServer
import oracle
from oracle import Endpoint, Oracle, covers, read_matrix
from program import BUNDLED

ENDPOINTS, _ = read_matrix(BUNDLED)
PERMISSIONS = {permission for endpoint in ENDPOINTS for permission in endpoint.permissions}
SCOPES = {scope for endpoint in ENDPOINTS for scope in endpoint.scopes}


@pytest.fixture(scope="module")
def org():
    return ForeignOrg(7, PERMISSIONS, SCOPES)


def pages(session, url):
    """Every item of a listing, following pages as any client of the platform does."""
    items, base = [], url.split("/api/")[0]
    while url:
        answer = session.get(url)
        assert answer.status_code == 200, f"{url}: {answer.text}"
        body = answer.json()
        items += body["entities"]
        url = base + body["nextUri"] if body.get("nextUri") else None
    return items


@pytest.fixture
def served(org):
    with ForeignServer(org) as server, ConformanceProxy(server.url) as proxy:
        session = requests.Session()
        token = session.post(
            proxy.url + "/oauth/token", auth=(org.auditor_id, org.auditor_secret), data={"grant_type": "client_credentials"}
        ).json()["access_token"]
        session.headers["Authorization"] = f"bearer {token}"
        yield server, proxy, session


def test_every_endpoint_keeps_to_the_published_document(org, served):
    _, proxy, session = served
    role, group, user, client = org.roles[0]["id"], org.groups[4]["id"], org.users[0]["id"], org.clients[0]["id"]
    for path in [
        "authorization/subjects/me", f"authorization/subjects/{client}", "tokens/me", "users/me", "organizations/me",
        "organizations/limits/namespaces/platform.api", f"oauth/clients/{client}", "oauth/scopes", "oauth/authorizations",
        "authorization/roles/settings", f"authorization/roles/{role}", "authorization/divisions/home", "authorization/products",
        "authorization/settings", f"users/{user}", f"users/{user}/roles", "users/nobody", "audits/query/servicemapping",
        "audits/query/a/results", "audits/query/a",
    ]:
        session.get(f"{proxy.url}/api/v2/{path}")
    counted = {
        path: len(pages(session, f"{proxy.url}/api/v2/{path}"))
        for path in [
            "oauth/clients", "authorization/roles?pageSize=100", f"authorization/roles/{role}/subjectgrants?pageSize=100",
            f"authorization/roles/{role}/users", "authorization/permissions?pageSize=100", "authorization/divisions?pageSize=100",
            "authorization/divisions/query?pageSize=200", "authorization/policies?pageSize=200", "users?pageSize=500&state=any",
            "groups?pageSize=100", f"groups/{group}/members?pageSize=100", "orgauthorization/trustees", "orgauthorization/trustors",
        ]
    }
    job = session.post(f"{proxy.url}/api/v2/usage/aggregates/query/jobs", json={"interval": "2026-01-01/2026-01-31"}).json()["id"]
    session.get(f"{proxy.url}/api/v2/usage/aggregates/query/jobs/{job}")
    assert len(pages(session, f"{proxy.url}/api/v2/usage/aggregates/query/jobs/{job}")) == 3
    session.post(f"{proxy.url}/api/v2/audits/query", json={"interval": "2026-01-01T00:00:00Z/2026-01-02T00:00:00Z"})
    assert not proxy.violations, proxy.describe()
    assert not proxy.notes
    assert len(proxy.distinct_operations()) >= 33
    assert counted["oauth/clients"] == 61
    assert counted["authorization/roles?pageSize=100"] == 31
    assert counted["users?pageSize=500&state=any"] == counted[f"groups/{group}/members?pageSize=100"] == 255
    assert counted["authorization/divisions?pageSize=100"] == counted["authorization/divisions/query?pageSize=200"] == 5


def test_server_refuses_like_the_platform(org, served):
    server, _, session = served
    assert requests.get(f"{server.url}/api/v2/oauth/clients").json()["code"] == "authentication.required"
    assert requests.get(f"{server.url}/api/v2/oauth/clients", headers={"Authorization": "bearer x"}).json()["code"] == "bad.credentials"
    assert requests.post(f"{server.url}/oauth/token", auth=("x", "y"), data={"grant_type": "client_credentials"}).status_code == 400
    assert session.delete(f"{server.url}/api/v2/oauth/clients/{org.auditor_id}").status_code == 404
    assert ("DELETE", f"/api/v2/oauth/clients/{org.auditor_id}", "", 404) in server.requests


def test_org_is_the_same_for_the_same_seed_and_holds_every_situation(org):
    again = ForeignOrg(7, PERMISSIONS, SCOPES)
    assert (again.roles, again.clients, again.users, again.policies) == (org.roles, org.clients, org.users, org.policies)
    grants = collections.Counter(client["authorizedGrantType"] for client in org.clients)
    assert set(grants) == {"CLIENT-CREDENTIALS", "CODE", "TOKEN", "SAML2-BEARER", "PASSWORD"} and sum(grants.values()) == 61
    assert {client.get("state") for client in org.clients} == {"active", "inactive", "disabled", None}
    assert {facts.get("divisionAware") for facts in org.catalogue.values()} == {True, False}
    assert len(org.absent) > 20 and len(org.divisions) == 5 and len(org.service_ids) == 25


@pytest.mark.parametrize("enforced", [True, False, "unknown"])
def test_oracle_meets_every_verdict_and_reason(org, enforced):
    verdicts, reasons = collections.Counter(), collections.Counter()
    for principal in Oracle(org, enforced).principals():
        for endpoint in ENDPOINTS:
            cell = principal.verdict(endpoint)
            verdicts[cell.verdict] += 1
            reasons.update(cell.reasons)
    assert sum(verdicts.values()) == 86 * 3407
    assert set(verdicts) == {"allowed", "partial", "conditional", "depends-on-user", "denied", "unknown"}
    expected = {
        "missing-permission", "missing-division", "needs-user-context", "client-inactive", "user-inactive",
        "requirement-not-published", "nothing-published", "permission-not-in-org", "conditions-apply", "access-policy-may-deny",
    }
    expected |= {True: {"missing-scope", "scope-not-published"}, False: set()}.get(
        enforced, {"missing-scope", "scope-not-published", "scope-enforcement-not-known"}
    )
    assert set(reasons) == expected


class Tiny:
    """An org of three permissions and two divisions, small enough to decide by hand."""

    catalogue = {"a:b:view": {"divisionAware": True}, "a:b:edit": {"divisionAware": False}, "a:c:view": {}}
    division_names = {"d1": "One", "d2": "Two"}
    members, subjects, policies = {}, {}, []

    def __init__(self):
        def role(name, *policies, **more):
            parts = [dict(zip(("domain", "entityName", "actionSet"), (*policy.split(":")[:2], [policy.split(":")[2]]))) for policy in policies]
            return {"id": name, "name": name, "permissionPolicies": parts, **more}

        self.roles = [role("view", "a:b:view"), role("edit", "a:b:edit"), role("all", "*:*:*"), role("c", "a:c:view"), role("legacy", permissions=["admin"])]
        conditional = role("cond", "a:b:*")
        conditional["permissionPolicies"][0]["resourceConditionNode"] = {"variableName": "x"}
        self.roles.append(conditional)


def decide(match, permissions, grants, policies=(), **more):
    org = Tiny()
    org.policies = list(policies)
    client = {"id": "k", "authorizedGrantType": "CLIENT-CREDENTIALS", "scope": [], **more}
    client["roleDivisions"] = [{"roleId": role, "divisionId": division} for role, division in grants]
    endpoint = Endpoint("GET", "/x", match, tuple(permissions), frozenset(["s"]), more.get("context", "unknown"), True)
    return Oracle(org, True).client(client).verdict(endpoint)


DENY = {"effect": "DENY", "active": True, "targetResource": "a:b:view", "subject": {"type": "ALL"}, "applyToClients": True}


@pytest.mark.parametrize(
    "match, permissions, grants, more, verdict, reasons, divisions",
    [
        ("NONE", [], [], {}, "allowed", [], []),
        ("UNKNOWN", [], [], {}, "unknown", ["requirement-not-published"], []),
        ("ANY", ["a:b:view"], [("view", "*")], {}, "allowed", [], []),
        ("ANY", ["a:b:view"], [("view", "d1")], {}, "partial", [], ["One"]),
        ("ANY", ["a:b:view", "a:c:view"], [("view", "d1"), ("c", "d2")], {}, "partial", [], ["One", "Two"]),
        ("ALL", ["a:b:view", "a:c:view"], [("view", "d1"), ("c", "d2")], {}, "denied", ["missing-division"], []),
        ("ALL", ["a:b:view", "a:c:view"], [("all", "d1"), ("c", "d2")], {}, "partial", [], ["One"]),
        ("ALL", ["a:b:view", "a:b:edit"], [("all", "d1")], {}, "partial", [], ["One"]),
        ("ANY", ["a:b:view", "a:b:edit"], [("all", "d1")], {}, "allowed", [], []),
        ("ANY", ["a:b:edit"], [("edit", "d2")], {}, "allowed", [], []),
        ("ANY", ["a:b:view"], [("cond", "*")], {}, "conditional", ["conditions-apply"], []),
        ("ANY", ["a:b:view"], [("cond", "*"), ("view", "d1")], {}, "partial", ["conditions-apply"], ["One"]),
        ("ANY", ["a:b:view"], [("cond", "d1"), ("view", "d1")], {}, "partial", [], ["One"]),
        ("ANY", ["a:b:view"], [("cond", "d2"), ("view", "d1")], {}, "partial", ["conditions-apply"], ["One"]),
        ("ANY", ["a:b:view"], [("cond", "d1"), ("view", "*")], {}, "allowed", [], []),
        ("ANY", ["a:b:edit", "a:c:view"], [("cond", "d2"), ("c", "d1")], {}, "partial", ["conditions-apply"], ["One"]),
        ("ALL", ["a:b:view", "a:c:view"], [("view", "*"), ("c", "d1")], {}, "partial", [], ["One"]),
        ("ALL", ["a:b:view", "a:c:view"], [("cond", "d1"), ("c", "d1")], {}, "conditional", ["conditions-apply"], []),
        ("ALL", ["a:b:view", "a:c:view"], [("cond", "d2"), ("c", "d1")], {}, "denied", ["missing-division"], []),
        ("ALL", ["a:b:view", "a:c:view"], [("cond", "d2"), ("view", "d1"), ("c", "*")], {}, "partial", ["conditions-apply"], ["One"]),
        ("ALL", ["a:b:view", "a:c:view"], [("cond", "d2"), ("view", "d1"), ("c", "d2")], {}, "conditional", ["conditions-apply"], []),
        ("ALL", ["a:b:view", "a:c:view"], [("cond", "*"), ("c", "*")], {}, "conditional", ["conditions-apply"], []),
        ("ANY", ["a:b:view"], [("edit", "*")], {}, "denied", ["missing-permission"], []),
        ("ANY", ["x:y:z"], [("all", "*")], {}, "denied", ["missing-permission", "permission-not-in-org"], []),
        ("ANY", ["x:y:z", "a:b:view"], [], {}, "denied", ["missing-permission"], []),
        ("ANY", ["admin"], [("all", "*")], {}, "denied", ["missing-permission"], []),
        ("ANY", ["admin"], [("legacy", "*")], {}, "allowed", [], []),
        ("ANY", ["a:b:view"], [("view", "*")], {"policies": [DENY]}, "conditional", ["access-policy-may-deny"], []),
        ("ANY", ["a:b:view"], [("view", "*")], {"policies": [{**DENY, "active": None}]}, "allowed", [], []),
        ("ANY", ["a:b:view"], [("view", "*")], {"policies": [{**DENY, "applyToClients": False}]}, "allowed", [], []),
        ("ANY", ["a:b:view"], [("view", "*")], {"policies": [{**DENY, "applyToClients": None}]}, "conditional", ["access-policy-may-deny"], []),
        ("ANY", ["a:b:view"], [("view", "*")], {"policies": [{**DENY, "subject": {"type": "CLIENT", "id": "other"}}]}, "allowed", [], []),
        ("ANY", ["a:b:view"], [("cond", "*")], {"policies": [DENY]}, "conditional", ["conditions-apply"], []),
        ("ANY", ["a:b:view"], [("cond", "*"), ("view", "d1")], {"policies": [DENY]}, "conditional", ["conditions-apply", "access-policy-may-deny"], ["One"]),
        ("ANY", ["a:b:view"], [("view", "*")], {"state": "disabled"}, "denied", ["client-inactive"], []),
        ("ANY", ["a:b:view"], [("view", "*")], {"context": "yes"}, "denied", ["needs-user-context"], []),
        ("ANY", ["a:b:view"], [("view", "*")], {"authorizedGrantType": "CODE"}, "denied", ["missing-scope"], []),
        ("ANY", ["a:b:view"], [], {"authorizedGrantType": "CODE", "scope": ["s"]}, "depends-on-user", [], []),
        ("NONE", [], [], {"authorizedGrantType": "CODE", "scope": ["s"]}, "allowed", [], []),
    ],
)
def test_oracle_decides_as_by_hand(match, permissions, grants, more, verdict, reasons, divisions):
    cell = decide(match, permissions, grants, **more)
    assert (cell.verdict, cell.reasons, cell.divisions) == (verdict, set(reasons), set(divisions))


@pytest.mark.parametrize(
    "method, path, source, unproven",
    [
        ("POST", "/api/v2/things", "x", True),
        ("PATCH", "/api/v2/things/{thingId}/lines", "x", True),
        ("GET", "/api/v2/things", "x", False),
        ("POST", "/api/v2/things/query", "x", False),
        ("PATCH", "/api/v2/things/search/{searchId}", "x", False),
        ("DELETE", "/api/v2/notifications/channels/{channelId}/subscriptions", "x", False),
        ("PUT", "/api/v2/users/me/password", "x", False),
        ("POST", "/api/v2/things", "x; no security block: no token needed", False),
        ("POST", "/api/v2/things", "x; scheme Guest Chat JWT", False),
    ],
)
def test_oracle_knows_of_which_calls_nothing_is_published(method, path, source, unproven):
    row = dict(method=method, path=path, permissions_match="NONE", permissions="", scopes="s", user_context="", source=source)
    assert oracle.endpoint(row).unproven is unproven
    assert not oracle.endpoint({**row, "permissions_match": "ANY", "permissions": "a:b:view"}).unproven


def test_missing_permissions_name_the_alternatives_of_any_and_the_rest_of_all():
    assert decide("ANY", ["a:b:view", "x:y:z"], []).missing_permissions == {"a:b:view|x:y:z"}
    assert decide("ALL", ["a:b:view", "a:c:view"], [("c", "d1")]).missing_permissions == {"a:b:view"}


def test_pattern_covers_part_by_part():
    assert covers("a:*:view", "a:b:view") and covers("*:*:*", "a:b:view")
    assert not covers("a:*:view", "a:b:edit") and not covers("*:*:*", "admin")
