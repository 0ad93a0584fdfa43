"""Does `rolecall run` against a server that is not ours agree with an oracle that is not the program, cell by cell?"""
import collections
import csv
import json

import pytest

from foreign_org import ForeignOrg, ForeignServer
from oracle import Oracle, read_matrix
from program import BUNDLED, COMPLETE, INCOMPLETE, items, latest, read_csv, rolecall, write_config

ENDPOINTS, MATRIX_ROWS = read_matrix(BUNDLED)
PERMISSIONS = {permission for endpoint in ENDPOINTS for permission in endpoint.permissions}
SCOPES = {scope for endpoint in ENDPOINTS for scope in endpoint.scopes}
QUERY_POSTS = {"/oauth/token", "/api/v2/usage/aggregates/query/jobs", "/api/v2/audits/query"}
SERVICE_USERS = '[service_users]\nnames = ["svc-*"]\nemails = ["*@svc.example.com"]\ngroups = ["Service Accounts"]\n'


def declare_needs(org, path):
    """A needs file of about 300 rows, by name where the name is unique and by id elsewhere; -> [(id, method, path)]."""
    pick = org.random
    principals = [*org.clients, *(user for user in org.users if user["id"] in set(org.service_ids))]
    names = collections.Counter(principal["name"] for principal in principals)
    needs, rows = [], []
    for number in range(300):
        principal, endpoint = pick.choice(principals), pick.choice(ENDPOINTS)
        method, template = endpoint.method, endpoint.path
        if number % 50 == 0:
            method, template = "GET", f"/api/v2/analytics/queues/summary{number}"  # published nowhere
        if (principal["id"], method, template) in needs:
            continue
        needs.append((principal["id"], method, template))
        plain = principal["name"].replace("-", "").replace(" ", "").isalnum() and names[principal["name"]] == 1
        who = principal["name"] if plain and number % 2 else principal["id"]
        rows.append((who, method, template, "", "a need"))
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["principal", "method", "path", "division", "note"])
        writer.writerows(rows)
    return needs


class Night:
    """One run of the program on a foreign org, and what the oracle says of the same org."""

    def __init__(self, folder, enforced, observed_days, refused=lambda org: ()):
        self.org = ForeignOrg(seed=20 + observed_days, permissions=PERMISSIONS, scopes=SCOPES)
        refused = refused(self.org)
        self.needs = declare_needs(self.org, folder / "needs.csv")
        with ForeignServer(self.org, refused) as server:
            config, env = write_config(
                folder,
                [("foreign", server.url, self.org.auditor_id, self.org.auditor_secret)],
                f"scopes_enforced = {json.dumps(enforced)}\n\n"
                f'[matrix]\nsource = "bundled"\n\n[needs]\nfiles = ["needs.csv"]\nobserved_days = {observed_days}\n\n'
                f'{SERVICE_USERS}\n[report]\nformats = ["csv", "json"]\naccess = "principals"\n',
            )
            self.done = rolecall(
                "run", "--config", config, "--out", folder / "out", "--no-progress",
                env=env, cwd=folder, exits=INCOMPLETE if refused else COMPLETE,
            )
            self.requests = list(server.requests)
        self.out = latest(folder / "out")
        oracle = Oracle(self.org, True if enforced is True else False if enforced is False else None)
        self.expected = {
            (principal.id, endpoint.method, endpoint.path): principal.verdict(endpoint)
            for principal in oracle.principals()
            for endpoint in ENDPOINTS
        }
        self.access = {(row["principal_id"], row["method"], row["path"]): row for row in read_csv(self.out / "access.csv")}

    def describe(self, key):
        """What one cell rests on, for a person who has to find out who is right."""
        who, method, path = key
        principal = next(
            (dict(one, secret="", scope=len(one.get("scope", []))) for one in [*self.org.clients, *self.org.users] if one["id"] == who), {}
        )
        roles = {role["id"]: role["name"] for role in self.org.roles}
        grants = [f"{roles[role['id']]} in {self.org.division_names.get(division, division)}" for role, division in self.org.grants_of(who)]
        return f"{method} {path} for {principal.get('name')!r} ({who}); {principal.get('authorizedGrantType', 'user')}; grants: {grants}"


NIGHTS = {"enforced": (True, 0), "not enforced": (False, 0), "not known, with usage": ("unknown", 30)}


@pytest.fixture(scope="module", params=NIGHTS, ids=lambda name: name.replace(" ", "-"))
def night(request, tmp_path_factory):
    return Night(tmp_path_factory.mktemp("night"), *NIGHTS[request.param])


def differences(row, expected):
    """The columns in which a row of access.csv is not what the oracle says: [(column, said, expected)]."""
    found = []
    if row["verdict"] != expected.verdict:
        found.append(("verdict", row["verdict"], expected.verdict))
    if items(row["reasons"]) != expected.reasons:
        found.append(("reasons", row["reasons"], ";".join(sorted(expected.reasons))))
    if items(row["missing_permissions"]) != expected.missing_permissions:
        found.append(("missing_permissions", row["missing_permissions"], ";".join(sorted(expected.missing_permissions))))
    divisions = items(row["divisions"])
    # Divisions limit what is allowed: they are compared where something is; a full reach may be written as `*` or blank.
    if expected.verdict == "partial" and divisions != expected.divisions:
        found.append(("divisions", row["divisions"], ";".join(sorted(expected.divisions))))
    if expected.verdict == "allowed" and divisions - {"*"}:
        found.append(("divisions", row["divisions"], ""))
    return found


def test_every_cell_of_access_agrees_with_the_oracle(night):
    assert len(night.expected) == 86 * 3407
    lost, invented = night.expected.keys() - night.access.keys(), night.access.keys() - night.expected.keys()
    assert not lost and not invented, f"{len(lost)} cells are not in access.csv, {len(invented)} should not be: {sorted(lost | invented)[:5]}"
    wrong, columns, shown = 0, collections.Counter(), []
    for key, expected in night.expected.items():
        row = night.access[key]
        found = differences(row, expected)
        if found:
            wrong += 1
            columns.update((column, said[:60], want[:60]) if column in ("verdict", "reasons") else (column, "...", "...") for column, said, want in found)
            if len(shown) < 20:
                shown.append(night.describe(key) + "".join(f"\n    {column}: the file says {said!r}, the oracle {want!r}" for column, said, want in found))
    assert not wrong, (
        f"{wrong} of {len(night.expected)} cells disagree\nby column, (file, oracle):\n"
        + "\n".join(f"  {count} x {what}" for what, count in columns.most_common(15))
        + "\nthe first:\n" + "\n".join(shown)
    )


def test_access_has_one_row_a_cell_in_order(night):
    rows = read_csv(night.out / "access.csv")
    assert len(rows) == len(night.access) == len(night.expected)
    assert {row["org"] for row in rows} == {"foreign"}
    assert {row["principal_kind"] for row in rows} == {"oauth_client", "service_user"}


def test_gaps_are_exactly_the_declared_needs_that_are_not_allowed(night):
    expected = {}
    for need in night.needs:
        cell = night.expected.get(need)
        if cell is None:
            expected[need] = ("unknown", frozenset({"endpoint-not-in-matrix"}))
        elif cell.verdict != "allowed":
            expected[need] = (cell.verdict, cell.reasons)
    rows = [row for row in read_csv(night.out / "gaps.csv") if row["need"] == "declared"]
    found = {(row["principal_id"], row["method"], row["path"]): (row["verdict"], items(row["reasons"])) for row in rows}
    assert len(found) == len(rows), "a declared need stands twice in gaps.csv"
    wrong = [
        f"{night.describe(key)}: gaps.csv says {found.get(key)}, the oracle {expected.get(key)}"
        for key in sorted(found.keys() | expected.keys())
        if found.get(key) != expected.get(key)
    ]
    assert not wrong, f"{len(wrong)} of {len(night.needs)} needs disagree; the first:\n" + "\n".join(wrong[:20])
    assert 100 < len(expected) < len(night.needs)


def test_matrix_in_force_is_the_bundled_one_with_the_built_in_overlay(night):
    columns = ["method", "path", "permissions_match", "permissions", "scopes", "user_context", "source"]
    rows = read_csv(night.out / "endpoints.csv")
    assert list(rows[0])[: len(columns)] == columns
    decided = {(row["method"], row["path"]) for row in MATRIX_ROWS if row["source"] is None}
    assert {(row["method"], row["path"]) for row in rows if row["source"].startswith("reviewed: ")} == decided
    rows = [{**row, "source": None} if (row["method"], row["path"]) in decided else row for row in rows]
    written = [tuple(row[column] for column in columns) for row in rows]
    bundled = [tuple(row[column] for column in columns) for row in MATRIX_ROWS]
    assert written == sorted(written, key=lambda row: row[:2])
    assert set(written) == set(bundled) and len(written) == len(bundled) == 3407


def test_nothing_was_sent_that_could_change_anything(night):
    assert len(night.requests) > 60
    others = {(method, path) for method, path, _, _ in night.requests if method not in ("GET", "HEAD") and (method, path) not in {("POST", one) for one in QUERY_POSTS}}
    assert not others
    tokens = [request for request in night.requests if request[1] == "/oauth/token"]
    assert len(tokens) == 1, f"{len(tokens)} tokens were asked for; one run and org needs one"
    assert not [request for request in night.requests if request[3] in (400, 401, 404)]


def test_inventory_lists_everything_once(night):
    clients = read_csv(night.out / "oauth_clients.csv")
    assert sorted(row["id"] for row in clients) == sorted(client["id"] for client in night.org.clients)
    users = read_csv(night.out / "service_users.csv")
    assert sorted(row["id"] for row in users) == sorted(night.org.service_ids)
    roles = read_csv(night.out / "roles.csv")
    assert sorted(row["id"] for row in roles) == sorted(role["id"] for role in night.org.roles)
    permissions = read_csv(night.out / "permissions.csv")
    assert {row["permission"] for row in permissions} >= set(night.org.catalogue)


def test_no_secret_and_no_formula_is_written(night):
    for file in sorted(path for path in night.out.rglob("*") if path.is_file()):
        assert b"MUST-NOT-APPEAR" not in file.read_bytes(), f"{file.name} holds a secret"
        if file.suffix == ".csv":
            for row in read_csv(file):
                formulas = [cell for cell in row.values() if cell[:1] in ("=", "+", "@", "\t", "\r") or (cell[:1] == "-" and len(cell) > 1)]
                assert not formulas, f"{file.name}: {formulas}"


def test_list_that_was_refused_never_makes_a_verdict_better_known(tmp_path):
    """One role's holders cannot be read: nobody may be denied, or allowed, who is not so in truth."""
    busiest = []

    def refused(org):
        role = max(org.roles[1:-1], key=lambda role: sum(kind in ("PC_GROUP", "PC_USER") for _, _, kind, _ in org.subjects[role["id"]]))
        busiest.append(role["name"])
        return [f"/api/v2/authorization/roles/{role['id']}/subjectgrants", f"/api/v2/authorization/divisions/*/grants"] + [
            f"/api/v2/authorization/divisions/{division['id']}/grants" for division in org.divisions
        ]

    night = Night(tmp_path, True, 0, refused)
    assert night.access.keys() == night.expected.keys()
    wrong = [
        f"{night.describe(key)}: {row['verdict']} ({row['reasons']}), in truth {night.expected[key].verdict}"
        for key, row in night.access.items()
        if row["verdict"] in ("allowed", "denied") and row["verdict"] != night.expected[key].verdict
    ]
    assert not wrong, f"role {busiest[0]!r} was not readable, and {len(wrong)} verdicts are wrong; the first:\n" + "\n".join(wrong[:20])
    unknown = sum("data-incomplete" in row["reasons"] for row in night.access.values())
    assert unknown > 0
    # Clients carry their own roles: what was not read there plays no part.
    assert not [row for row in night.access.values() if row["principal_kind"] == "oauth_client" and "data-incomplete" in row["reasons"]]
