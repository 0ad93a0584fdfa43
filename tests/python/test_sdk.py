"""Does the platform's official SDK see in the simulated orgs exactly what Rolecall collected from them?"""
import fnmatch

import pytest

import program
import sdk_view
from foreign_org import ForeignOrg, ForeignServer
from program import items

SERVICE_USERS = ["svc-*", "*integration*"]


def test_sdk_reads_the_foreign_org_whole():
    """The measure is measured first: the SDK understands a server that the program has no part in."""
    org = ForeignOrg(3, {"a:b:view", "a:b:edit", *(f"d{number}:e:view" for number in range(60))}, {"users"})
    with ForeignServer(org) as server:
        seen = sdk_view.fetch(server.url, org.auditor_id, org.auditor_secret)
    assert {client.id for client in seen["clients"]} == {client["id"] for client in org.clients}
    assert seen["permissions"].keys() == org.catalogue.keys()
    assert len(seen["users"]) == 255 and len(seen["roles"]) == 31 and len(seen["divisions"]) == 5
    assert seen["grants"] == {
        (who, kind, role, division) for role, subjects in org.subjects.items() for who, _, kind, divisions in subjects for division in divisions
    }


@pytest.fixture(scope="module")
def run(simulated, tmp_path_factory):
    """The folder of a run over both simulated orgs."""
    folder = tmp_path_factory.mktemp("sdk")
    config, env = program.write_config(
        folder,
        [(name, org.url, org.client_id, org.client_secret) for name, org in simulated.items()],
        f'\n[matrix]\nsource = "bundled"\n\n[service_users]\nnames = ["{SERVICE_USERS[0]}", "{SERVICE_USERS[1]}"]\n\n'
        '[report]\nformats = ["csv", "json"]\n',
    )
    program.rolecall(
        "run", "--config", config, "--out", folder / "out", "--no-progress",
        env=env, cwd=folder, exits=program.COMPLETE + program.INCOMPLETE,
    )
    return program.latest(folder / "out")


@pytest.fixture(scope="module", params=["dev", "staging"])
def sides(request, simulated, run):
    """-> (what the SDK saw, a function that gives the org's rows of a file of the run)"""
    org = simulated[request.param]
    seen = sdk_view.fetch(org.url, org.client_id, org.client_secret)
    return seen, lambda file: [row for row in program.read_csv(run / file) if row["org"] == request.param]


def written(name):
    """A name as a spreadsheet-safe cell may hold it."""
    return {name, "'" + name}


def words(value):
    return {True: {"true", "yes"}, False: {"false", "no"}, None: {"", "unknown"}}[value]


def test_clients_are_the_same(sides):
    seen, rows = sides
    collected = {row["id"]: row for row in rows("oauth_clients.csv")}
    assert collected.keys() == {client.id for client in seen["clients"]} and len(collected) >= 12
    for client in seen["clients"]:
        row = collected[client.id]
        assert row["name"] in written(client.name)
        assert row["grant_type"] == client.authorized_grant_type
        assert row["state"] == (client.state or "active")
        assert items(row["scopes"]) == set(client.scope or [])
        assert row["token_validity_seconds"] == str(client.access_token_validity_seconds or "")


def test_roles_and_their_permissions_are_the_same(sides):
    seen, rows = sides
    collected = {row["id"]: row for row in rows("roles.csv")}
    assert collected.keys() == {role.id for role in seen["roles"]} and len(collected) >= 5
    catalogue = seen["permissions"].keys()
    for role in seen["roles"]:
        row = collected[role.id]
        assert row["name"] in written(role.name)
        assert row["kind"] == ("default" if role.default_role_id or role.default else "custom")
        # A cell longer than a spreadsheet holds is cut, and says so: then what stands before the cut is compared.
        whole, cut, _ = row["permissions"].partition("… [cut: ")
        listed = set().union(*(sdk_view.expand(item, catalogue) for item in items(whole.rpartition(";")[0] if cut else whole)))
        granted = sdk_view.role_permissions(role, catalogue)
        assert listed == granted or (cut and listed < granted and len(whole) > 30_000), role.name


def test_permission_catalogue_is_the_same(sides):
    seen, rows = sides
    collected = {row["permission"]: row for row in rows("permissions.csv")}
    assert seen["permissions"].keys() <= collected.keys() and len(collected) >= 100
    for name, permission in seen["permissions"].items():
        assert collected[name]["division_aware"] in words(permission.division_aware), name
        assert collected[name]["allows_conditions"] in words(permission.allows_conditions), name


def test_service_users_are_the_users_that_the_rules_name(sides):
    seen, rows = sides
    collected = {row["id"]: row for row in rows("service_users.csv")}
    named = [user for user in seen["users"] if any(fnmatch.fnmatch(user.name.lower(), glob) for glob in SERVICE_USERS)]
    assert collected.keys() == {user.id for user in named} and collected
    for user in named:
        assert collected[user.id]["name"] in written(user.name)
        assert collected[user.id]["email"] in written(user.email or "")
        assert collected[user.id]["state"] == (user.state or "active")


def test_grants_are_the_same_direct_and_through_groups(sides):
    seen, rows = sides
    grants = rows("grants.csv")
    clients = {client.id for client in seen["clients"] if client.authorized_grant_type == "CLIENT-CREDENTIALS"}
    users = {row["id"] for row in rows("service_users.csv")}
    direct = {
        (row["principal_id"], row["role_id"], row["division_id"])
        for row in grants
        if row["via"] == "direct" and row["principal_id"] in clients | users
    }
    assert direct == {(who, role, division) for who, _, role, division in seen["grants"] if who in clients | users} and direct
    inherited = {
        (row["principal_id"], row["role_id"], row["division_id"], row["via"]) for row in grants if row["via"] != "direct" and row["principal_id"] in users
    }
    names = {group.id: group.name for group in seen["groups"]}
    assert inherited == {
        (member, role, division, f"group:{names[group]}")
        for group, kind, role, division in seen["grants"]
        if kind == "PC_GROUP"
        for member in seen["members"].get(group, set()) & users
    }


def test_divisions_and_roles_are_named_in_grants(sides):
    seen, rows = sides
    divisions = {division.id: division.name for division in seen["divisions"]}
    roles = {role.id: role.name for role in seen["roles"]}
    for row in rows("grants.csv"):
        assert row["role_name"] in written(roles[row["role_id"]])
        if row["division_id"] != "*":
            assert row["division_name"] in written(divisions[row["division_id"]])
