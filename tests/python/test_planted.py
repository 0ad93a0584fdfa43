"""Is `fixtures/README.md` true? The differences between the simulated orgs, worked out from their files by code that is
not the program's, are those that its tables state."""
import collections
import csv

from drift_oracle import Need, compare
from fixture_org import FixtureOrg
from oracle import read_matrix
from program import BUNDLED, ROOT

FIXTURES = ROOT / "fixtures"


def table(heading):
    """The table under a heading of fixtures/README.md, rows by column."""
    text = (FIXTURES / "README.md").read_text(encoding="utf-8").split(f"\n## {heading}")[1].split("\n## ")[0]
    header, _, *rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return [dict(zip(header, row, strict=True)) for row in rows]


def worked_out():
    endpoints, _ = read_matrix(BUNDLED)
    dev, staging = (FixtureOrg(FIXTURES / "orgs" / name, endpoints) for name in ("dev", "staging"))
    with open(FIXTURES / "orgs" / "needs.csv", encoding="utf-8", newline="") as file:
        needs = [Need(row["principal"], row["method"], row["path"], row["division"], row["org"]) for row in csv.DictReader(file)]
    return compare(dev, staging, needs, "staging")


def test_tables_of_planted_differences_and_blockers_say_what_the_files_say():
    rows, blockers = worked_out()
    planted = table("What was planted")
    exact = {(line["kind"], line["name"]) for line in planted}
    found = collections.Counter()
    for row in rows:
        under = [line["name"] for line in planted if line["kind"] == row.kind and line["name"].endswith("*") and row.name.startswith(line["name"][:-1])]
        name = row.name if (row.kind, row.name) in exact or not under else under[0]
        found[row.kind, name, row.field, row.effect] += 1
    stated = {(line["kind"], line["name"], line["field"], line["effect"]): int(line["rows"]) for line in planted}
    assert len(stated) == len(planted), "a difference stands twice in the table"
    assert dict(found) == stated
    listed = [(line["kind"], line["name"], line["call"], line["division"]) for line in table("The blockers")]
    assert sorted((kind, name, f"{method} {path}", division) for kind, name, method, path, division in blockers) == sorted(listed)
