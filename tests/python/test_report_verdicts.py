"""Does the page work out every verdict as access.csv has it? Its script computes a cell from holdings, requirements,
scopes, policies and completeness; here each cell of several nights is compared with the program's own."""
import collections
import csv
import html.parser
import itertools
import re

import pytest

import program
from foreign_org import ForeignOrg, ForeignServer
from oracle import read_matrix

ENDPOINTS, _ = read_matrix(program.BUNDLED)
PERMISSIONS = {permission for endpoint in ENDPOINTS for permission in endpoint.permissions}
SCOPES = {scope for endpoint in ENDPOINTS for scope in endpoint.scopes}
SCRIPTS = ["text.js", "fingerprint.js", "block.js", "holdings.js", "verdict.js"]
ALL_USERS = '\n[report]\nformats = ["html", "csv"]\naccess = "all-users"\n'

BETWEEN = "\x01"

# Every verdict of the principals from..to of an org, in the cells of access.csv; equal answers are sent once.
CELLS = """async ([name, from, to]) => {
  const model = await access();
  const org = orgOf(model, name);
  const operations = operationsOf(model, org);
  return org.principals.slice(from, to).map((one) => {
    const texts = new Map();
    const cells = operations.map((operation) => {
      const found = answer(model, org, one, operation);
      const divisions = found.verdict === "partial" ? divisionsNamed(model, found.divisions) : [];
      const text = [
        found.verdict, found.reasons.join(";"),
        found.missing.map((code) => model.names[code]).join(found.any ? "|" : ";"), found.scopes.join(";"),
        divisions.map((both) => both[0]).join(";"), divisions.map((both) => both[1]).join(";"),
      ].join("\\x01");
      if (!texts.has(text)) texts.set(text, texts.size);
      return texts.get(text);
    });
    return { key: [one.kind, one.id, one.name], texts: [...texts.keys()], cells: cells.join(" ") };
  });
}"""


class Blocks(html.parser.HTMLParser):
    """The data blocks of a report."""

    def __init__(self, text):
        super().__init__()
        self.open, self.found = None, {}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.open = attributes["id"] if tag == "script" and attributes.get("class") == "block" else None

    def handle_data(self, data):
        if self.open:
            self.found[self.open] = self.found.get(self.open, "") + data.strip()

    def handle_endtag(self, tag):
        self.open = None


def opened(browser, report):
    """A blank page with the blocks of the report and the scripts that work verdicts out."""
    blocks = Blocks((report / "report.html").read_text(encoding="utf-8")).found
    assert {"block-access_holdings", "block-access_principals", "block-endpoints"} <= set(blocks)
    assert all(re.fullmatch(r"[A-Za-z0-9+/=]+", data) for data in blocks.values())
    page = browser.new_page()
    page.set_content("<!doctype html>" + "".join(
        f'<script type="application/octet-stream" id="{name}">{data}</script>' for name, data in blocks.items()
    ))
    page.add_script_tag(content="\n".join(
        (program.ROOT / "templates" / "script" / name).read_text(encoding="utf-8") for name in SCRIPTS
    ))
    return page


def plain(cell):
    """A cell as it was before it was made harmless for spreadsheets."""
    return cell[1:] if cell.startswith("'") else cell


def compare(browser, report, orgs):
    """Compares every cell; -> how many there are of each verdict and of each reason."""
    page = opened(browser, report)
    answers = collections.Counter()
    with open(report / "access.csv", encoding="utf-8", newline="") as file:
        rows = csv.reader(file, strict=True)
        next(rows)
        wanted = {
            key: [(row[4:6], BETWEEN.join(map(plain, row[6:]))) for row in group]
            for key, group in itertools.groupby(rows, key=lambda row: tuple(plain(cell) for cell in row[:4]))
        }
    seen, wrong = set(), []
    for org in orgs:
        endpoints = page.evaluate(
            "async (name) => { const model = await access(); return operationsOf(model, orgOf(model, name)).map((one) => [one.method, one.path]); }", org,
        )
        for start in itertools.count(0, 16):
            found = page.evaluate(CELLS, [org, start, start + 16])
            if not found:
                break
            for principal in found:
                key = (org, *principal["key"])
                seen.add(key)
                rows = wanted[key]
                assert [endpoint for endpoint, _ in rows] == endpoints
                computed = [principal["texts"][int(code)] for code in principal["cells"].split()]
                answers.update(cells for _, cells in rows)
                for (endpoint, cells), other in zip(rows, computed, strict=True):
                    if other != cells:
                        wrong.append((key, endpoint, cells.split(BETWEEN), other.split(BETWEEN)))
    page.close()
    verdicts, reasons = collections.Counter(), collections.Counter()
    for answer, count in answers.items():
        verdict, why, *_ = answer.split(BETWEEN)
        verdicts[verdict] += count
        reasons.update(dict.fromkeys(program.items(why), count))
    assert seen == set(wanted)
    assert not wrong, f"{len(wrong)} cells differ, for example (access.csv, page): {wrong[:5]}"
    return verdicts, reasons


def test_every_verdict_of_the_demo_orgs_is_that_of_access_csv(browser, simulated, tmp_path):
    orgs = [(name, org.url, org.client_id, org.client_secret) for name, org in simulated.items()]
    config, env = program.write_config(
        tmp_path, orgs,
        '\n[service_users]\nnames = ["svc-*"]\nemails = ["*@svc.example.com"]\n[collect]\nusers = "all"\n' + ALL_USERS,
    )
    program.rolecall("run", "--config", config, "--out", tmp_path / "out", env=env, cwd=tmp_path, exits=program.COMPLETE)
    verdicts, reasons = compare(browser, program.latest(tmp_path / "out"), list(simulated))
    assert set(verdicts) == {"allowed", "partial", "conditional", "depends-on-user", "denied", "unknown"}
    assert {"needs-user-context", "conditions-apply", "access-policy-may-deny", "client-inactive", "user-inactive"} <= set(reasons)


def subject_grants(org, at):
    return f"/api/v2/authorization/roles/{org.roles[at]['id']}/subjectgrants"


def members(org, at):
    return f"/api/v2/groups/{org.groups[at]['id']}/members"


def odd(org):
    """What real orgs hold and documents do not: fields left out, groups that are off, roles of a shape not known."""
    for number, facts in enumerate(org.catalogue.values()):
        if number % 5 == 0:
            del facts["divisionAware"]
    org.groups[1]["state"] = "inactive"
    org.clients[2]["state"] = "a-new-word"
    for client in org.clients[3:9]:
        client.pop("scope")
    org.clients[11].pop("authorizedGrantType")
    org.clients[4].pop("roleDivisions")


def in_part(org):
    """Roles of which a part was not reported, and a division that no list names."""
    org.roles[9]["permissionPolicies"] += [{"domain": "routing"}]
    org.roles[1]["permissionPolicies"] += [{"domain": "routing", "entityName": "queue"}]
    org.divisions[2]["name"] = "=South;\u202e\u200bnorth"


NIGHTS = {
    "complete": ("true", None, lambda org: []),
    "scopes off, policies refused": ("false", None, lambda org: ["/api/v2/authorization/policies"]),
    "catalogue refused": ('"unknown"', None, lambda org: ["/api/v2/authorization/permissions"]),
    "one role's grants and one group's members refused": ('"unknown"', None, lambda org: [subject_grants(org, 9), members(org, 2)]),
    "groups refused": ("true", odd, lambda org: ["/api/v2/groups"]),
    "roles refused": ("true", None, lambda org: ["/api/v2/authorization/roles"]),
    "odd fields": ("true", odd, lambda org: []),
    "odd fields, catalogue and policies refused": (
        '"unknown"', odd, lambda org: ["/api/v2/authorization/permissions", "/api/v2/authorization/policies", subject_grants(org, 12)],
    ),
    "roles read in part": ('"unknown"', in_part, lambda org: []),
}


@pytest.mark.parametrize("night", NIGHTS)
def test_every_verdict_of_a_foreign_org_is_that_of_access_csv(browser, tmp_path, night):
    enforced, change, refused = NIGHTS[night]
    org = ForeignOrg(list(NIGHTS).index(night) + 11, PERMISSIONS, SCOPES, clients=32, service_users=14, people=20)
    if change:
        change(org)
    with ForeignServer(org, refused=refused(org)) as server:
        config, env = program.write_config(
            tmp_path, [("foreign", server.url, org.auditor_id, org.auditor_secret)],
            f'scopes_enforced = {enforced}\n[matrix]\nsource = "bundled"\n[service_users]\nnames = ["svc-*"]\n'
            'emails = ["*@svc.example.com"]\ngroups = ["Service Accounts"]\n[collect]\nusers = "all"\n' + ALL_USERS,
        )
        program.rolecall("run", "--config", config, "--out", tmp_path / "out", env=env, cwd=tmp_path, exits=program.COMPLETE + program.INCOMPLETE)
    verdicts, reasons = compare(browser, program.latest(tmp_path / "out"), ["foreign"])
    assert sum(verdicts.values()) >= 32 * len(ENDPOINTS)
    assert ("data-incomplete" in reasons) == (night != "complete")
    assert night == "complete" or verdicts["unknown"] > 0
