"""Do the collector and the simulated orgs keep to the document that the platform itself publishes?"""
import contextlib

import pytest
import requests

import program
from conformance_proxy import ConformanceProxy, Published

# Client credentials have no user; the platform says so with 400, a region that does not serve the call with 404.
# The authorizations of an org take a strong permission, which an auditor need not hold.
MAY_BE_REFUSED = {"GET /api/v2/users/me": (400, 404), "GET /api/v2/oauth/authorizations": (403,), "GET /api/v2/orgauthorization/trustors": (403,)}


@contextlib.contextmanager
def proxied(orgs):
    """The same orgs behind checking proxies: {name: (url, client id, client secret)} and the proxies."""
    with contextlib.ExitStack() as stack:
        proxies = {url: stack.enter_context(ConformanceProxy(url)) for url in sorted({org.url for org in orgs.values()})}
        yield {name: (proxies[org.url].url, org.client_id, org.client_secret) for name, org in orgs.items()}, list(proxies.values())


def test_collector_and_simulated_orgs_keep_to_the_published_document(simulated, tmp_path):
    with proxied(simulated) as (orgs, proxies):
        config, env = program.write_config(
            tmp_path,
            [(name, *org) for name, org in orgs.items()],
            '\n[[drift]]\nfrom = "dev"\nto = "staging"\n\n[matrix]\nsource = "bundled"\n\n[needs]\nobserved_days = 30\n\n'
            '[collect]\nusers = "all"\nthird_party_apps = true\n\n[service_users]\nnames = ["svc-*"]\n\n'
            '[report]\nformats = ["csv", "json"]\n',
        )
        program.rolecall(
            "run", "--config", config, "--out", tmp_path / "out", "--no-progress",
            env=env, cwd=tmp_path, exits=program.COMPLETE + program.INCOMPLETE,
        )
        for proxy in proxies:
            assert not [violation for violation in proxy.violations if violation.side == "request"], proxy.describe("request")
            assert not proxy.violations, proxy.describe()
            assert not proxy.notes, f"properties that the document does not know: {dict(proxy.notes.most_common(20))}"
        operations = set().union(*(proxy.distinct_operations(200) for proxy in proxies))
        assert len(operations) >= 12, f"only {len(operations)} distinct operations were checked: {sorted(operations)}"
        assert sum(proxy.passed_through for proxy in proxies) >= 2, "no token was asked for through the proxy"


def arguments(session, url):
    """A value for each path parameter, taken from what the org itself lists."""

    def first(path):
        entities = session.get(f"{url}/api/v2/{path}").json()["entities"]
        return entities[0]["id"] if entities else None

    role, user = first("authorization/roles"), first("users")
    roles = session.get(f"{url}/api/v2/authorization/roles", params={"pageSize": 100}).json()["entities"]
    default = next(one for one in roles if one.get("defaultRoleId"))
    job = session.post(
        f"{url}/api/v2/usage/aggregates/query/jobs",
        json={"interval": session.interval, "granularity": "Day", "groupBy": ["OauthClientId", "HttpMethod", "TemplateUri"]},
    ).json()
    audit = session.post(
        f"{url}/api/v2/audits/query", json={"interval": session.interval, "serviceName": "PeoplePermissions"}
    ).json()
    return {
        "roleId": role, "leftRoleId": default["id"], "rightRoleId": default["defaultRoleId"], "userId": user, "subjectId": user, "clientId": first("oauth/clients"), "groupId": first("groups"),
        "divisionId": first("authorization/divisions"), "trusteeOrgId": first("orgauthorization/trustees"),
        "namespaceName": "platform.api", "jobId": job.get("id"), "transactionId": audit.get("id"),
    }


@pytest.mark.parametrize("name", ["dev", "staging"])
def test_every_simulated_endpoint_keeps_to_the_published_document(simulated, name, recent_interval):
    published = Published()
    with proxied({name: simulated[name]}) as (orgs, [proxy]):
        url, client_id, secret = orgs[name]
        session = requests.Session()
        session.interval = recent_interval
        token = session.post(f"{url}/oauth/token", auth=(client_id, secret), data={"grant_type": "client_credentials"}).json()
        session.headers["Authorization"] = f"bearer {token['access_token']}"
        values = arguments(session, url)
        # Polled until it is done, and its pages read to the last.
        following = f"/api/v2/usage/aggregates/query/jobs/{values['jobId']}"
        for _ in range(50):
            answer = session.get(url + following).json()
            following = answer.get("nextUri") or following
            if answer.get("queryStatus") == "Succeeded" and not answer.get("nextUri"):
                break
        assert answer["queryStatus"] == "Succeeded"
        for _ in range(10):
            if session.get(f"{url}/api/v2/audits/query/{values['transactionId']}").json().get("state") == "Succeeded":
                break
        unanswered = {}
        for template in published.paths:
            for method in published.paths[template]:
                filled = template
                for parameter, value in values.items():
                    filled = filled.replace("{" + parameter + "}", value or "none")
                if method in ("GET", "HEAD") and not (values["trusteeOrgId"] is None and "{trusteeOrgId}" in template):
                    status = session.request(method, url + filled).status_code
                    if status != 200:
                        unanswered[f"{method} {template}"] = status
                    listed = {entry["name"] for entry in published.paths[template][method]["parameters"]}
                    if method == "GET" and status == 200 and {"pageSize", "pageNumber"} <= listed:
                        session.get(url + filled, params={"pageSize": 2, "pageNumber": 2})
        # What it refuses must have the platform's shape too.
        session.get(f"{url}/api/v2/authorization/roles/00000000-0000-4000-8000-000000000000")
        requests.get(f"{url}/api/v2/oauth/clients", headers={"Authorization": "bearer wrong"})
        assert not proxy.violations, proxy.describe()
        assert not proxy.notes, f"properties that the document does not know: {dict(proxy.notes.most_common(20))}"
        assert not {call: status for call, status in unanswered.items() if status not in MAY_BE_REFUSED.get(call, ())}
        assert len(proxy.distinct_operations(200)) >= 35


def test_call_without_a_token_is_refused_in_the_platforms_shape(simulated):
    org = simulated["dev"]
    answer = requests.get(f"{org.url}/api/v2/oauth/clients")
    assert (answer.status_code, answer.json()["code"]) == (401, "authentication.required")
    refused = requests.post(f"{org.url}/oauth/token", auth=(org.client_id, "wrong"), data={"grant_type": "client_credentials"})
    assert refused.status_code in (400, 401) and refused.json()["error"] == "invalid_client"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_simulated_org_cannot_be_changed(simulated, method):
    org = simulated["dev"]
    token = requests.post(
        f"{org.url}/oauth/token", auth=(org.client_id, org.client_secret), data={"grant_type": "client_credentials"}
    ).json()["access_token"]
    headers = {"Authorization": f"bearer {token}"}
    before = requests.get(f"{org.url}/api/v2/oauth/clients", headers=headers).json()
    answer = requests.request(method, f"{org.url}/api/v2/oauth/clients/{before['entities'][0]['id']}", headers=headers, json={"name": "changed"})
    assert answer.status_code >= 400
    assert requests.get(f"{org.url}/api/v2/oauth/clients", headers=headers).json() == before
