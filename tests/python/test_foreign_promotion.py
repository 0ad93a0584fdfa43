"""A server that is not ours holds two orgs, the second promoted badly on purpose: is everything that differs in drift.csv,
and nothing else; are the blockers and the gaps of the target exactly the needs that fail there?"""
import csv
import datetime
import random

import pytest

from drift_oracle import Need, Row, compare
from foreign_org import ForeignServer
from oracle import Oracle, read_matrix
from program import BUNDLED, COMPLETE, items, latest, read_csv, rolecall, write_config
from promotion import Promotion, document

ENDPOINTS, _ = read_matrix(BUNDLED)
ENFORCED = [True, False, None]
SEEDS = range(1, 7)
SETTINGS = (
    '[[drift]]\nfrom = "dev"\nto = "staging"\n\n[matrix]\nsource = "org"\n\n[needs]\nfiles = ["needs.csv"]\nobserved_days = 30\n\n'
    '[service_users]\nnames = ["svc-*"]\nemails = ["*@svc.example.com"]\ngroups = ["Service Accounts"]\n\n'
    '[collect]\nusers = "all"\nrequests_per_minute = 60000\n\n[report]\nformats = ["csv"]\naccess = "none"\n\n[history]\ndir = "history"\n'
)


def declare_needs(promotion, pick, path):
    """Needs by name, most of them of calls that work in dev: a promotion is feared for what works."""
    org = promotion.dev
    oracle = Oracle(org, None)
    principals = [(client, oracle.client(client)) for client in org.clients]
    principals += [(user, oracle.user(user)) for user in org.users if user["id"] in org.service_ids]
    principals = [(thing, principal) for thing, principal in principals if thing["name"] != "twin" and "\n" not in thing["name"]]
    needs = set()
    while len(needs) < 250:
        thing, principal = pick.choice(principals)
        works = [one for one in pick.sample(org.endpoints, 12) if principal.verdict(one).verdict not in ("denied", "unknown")]
        one = pick.choice(works or org.endpoints)
        needs.add(Need(thing["name"], one.method, one.path, pick.choice(["", "", "North", "West"]), pick.choice(["", "", "staging", "dev"])))
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["principal", "method", "path", "division", "note", "org"])
        writer.writerows((need.principal, need.method, need.path, need.division, "", need.org) for need in sorted(needs))
    return sorted(needs)


class Stage:
    """Two served orgs and a configuration for them."""

    def __init__(self, folder, seed):
        self.folder, self.promotion, self.enforced = folder, Promotion(seed, ENDPOINTS), ENFORCED[seed % 3]
        self.needs = declare_needs(self.promotion, random.Random(f"needs {seed}"), folder / "needs.csv")

    def __enter__(self):
        orgs = {"dev": self.promotion.dev, "staging": self.promotion.staging}
        self.servers = {name: ForeignServer(org, document=document(org.endpoints)).__enter__() for name, org in orgs.items()}
        path, self.env = write_config(self.folder, [(name, self.servers[name].url, org.auditor_id, org.auditor_secret) for name, org in orgs.items()], "")
        word = {True: "true", False: "false", None: '"unknown"'}[self.enforced]
        path.write_text(path.read_text().replace("environment = ", f"scopes_enforced = {word}\nenvironment = ") + SETTINGS, encoding="utf-8")
        self.config = path
        return self

    def __exit__(self, *_):
        for server in self.servers.values():
            server.__exit__()

    def run(self, *more):
        rolecall("run", "--config", self.config, "--out", self.folder / "out", "--no-progress", *more, env=self.env, cwd=self.folder, exits=COMPLETE)
        return latest(self.folder / "out")


def way(row):
    """The direction of a row of drift.csv."""
    if row["field"] == "presence":
        return "lost" if row["from_value"] == "present" else "gained"
    return "gained" if not row["from_value"] else "lost" if not row["to_value"] else "changed"



def failing_needs(org, enforced, needs, name):
    """(principal name, method, path, division) of the declared needs that are not allowed in an org."""
    oracle = Oracle(org, enforced)
    endpoints = {(one.method, one.path): one for one in org.endpoints}
    principals = [(client["name"], oracle.client(client)) for client in org.clients] + [(user["name"], oracle.user(user)) for user in org.users]
    failing = set()
    for need in needs:
        for who, principal in principals:
            if need.org in ("", name) and who == need.principal:
                endpoint = endpoints.get((need.method, need.path))
                verdict = principal.verdict_in(endpoint, need.division) if endpoint else "unknown"
                if verdict != "allowed":
                    failing.add((who, need.method, need.path, verdict))
    return failing


@pytest.mark.parametrize("seed", SEEDS)
def test_every_planted_difference_is_reported_and_nothing_else(seed, tmp_path):
    with Stage(tmp_path, seed) as stage:
        out = stage.run()
    promotion = stage.promotion
    expected, blockers = compare(promotion.dev, promotion.staging, stage.needs, "staging", stage.enforced)
    assert {(row.kind, row.name) for row in expected} == promotion.planted, "the oracle and what was planted disagree"
    rows = read_csv(out / "drift.csv")
    assert {row["to"] for row in rows} == {"staging"}

    found = {Row(row["kind"], plain(row["name"]), row["field"], way(row), row["effect"]): (row["from_value"], row["to_value"]) for row in rows}
    expected = {row._replace(name=plain(row.name)) for row in expected}
    wrong = [f"in drift.csv, not planted: {tuple(row)}: {found[row]}" for row in sorted(found.keys() - expected)]
    wrong += [f"planted, not in drift.csv: {tuple(row)}" for row in sorted(expected - found.keys())]
    assert not wrong, f"{len(wrong)} of {len(expected)} differences disagree:\n" + "\n".join(wrong)
    assert len(rows) == len(found), "a difference stands twice in drift.csv"

    reported = {
        (row["principal_kind"], plain(row["name"]), row["method"], row["path"], row["division"])
        for row in read_csv(out / "blockers.csv")
        if row["certainty"] == "fails"
    }
    wanted = {(kind, plain(name), *call) for kind, name, *call in blockers}
    assert reported == wanted, f"blockers too many: {sorted(reported - wanted)}; too few: {sorted(wanted - reported)}"
    assert len(wanted) > 3

    gaps = {
        (row["principal_name"], row["method"], row["path"], row["verdict"])
        for row in read_csv(out / "gaps.csv")
        if row["org"] == "staging" and row["need"] == "declared"
    }
    failing = {(plain(name), *rest) for name, *rest in failing_needs(promotion.staging, stage.enforced, stage.needs, "staging")}
    assert gaps == failing, f"gaps too many: {sorted(gaps - failing)}; too few: {sorted(failing - gaps)}"


def plain(name):
    """A name as it stands in a CSV file: what a spreadsheet would run is marked as text."""
    return "'" + name if name[:1] in "=+-@\t\r" else name


def test_two_nights_on_an_unchanged_org_bring_nothing_new_and_resolve_nothing(tmp_path):
    first, second = (datetime.datetime(2026, 6, day, 2, tzinfo=datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for day in (1, 2))
    with Stage(tmp_path, 1) as stage:
        before = {row["finding_id"]: row for row in read_csv(stage.run("--as-of", first) / "findings.csv")}
        rows = read_csv(stage.run("--as-of", second) / "findings.csv")
    assert {row["finding_id"] for row in rows} == set(before)
    assert len(before) > 50
    wrong = [row for row in rows if row["status"] not in ("persisting", "waived")]
    assert not wrong, f"{len(wrong)} of {len(rows)} findings changed although the org did not: {wrong[:5]}"
