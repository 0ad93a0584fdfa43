"""Do the CSV files and the workbook of a night full of hostile names open in pandas and openpyxl without surprises?"""
import csv
import datetime
import json
import re
import unicodedata
import xml.etree.ElementTree as tree

import jsonschema
import openpyxl
import pandas
import pytest

import program
from foreign_org import ForeignOrg, ForeignServer

FORMATS = '\n[report]\nformats = ["csv", "xlsx", "json", "sarif", "junit"]\naccess = "principals"\ncsv_bom = {bom}\n'
MATRIX = (
    "method,path,permissions_match,permissions,scopes,user_context,source\n"
    "GET,/api/v2/routing/queues,ANY,routing:queue:view;routing:queue:search,routing;routing:readonly,unknown,published\n"
    "PUT,/api/v2/routing/queues/{queueId},ALL,routing:queue:view;routing:queue:edit,routing,unknown,published\n"
    "GET,/api/v2/users,ANY,users:user:view,users;users:readonly,unknown,published\n"
)
LONG = "😀" * 20_000
NAMES = [
    "=HYPERLINK(\"http://127.0.0.1:9/\",\"click\")", "=cmd|' /C calc'!A0", "+1+1", "-1+1", "-1", "@SUM(A1:A9)", "＝1+1", "＋1", "－1", "＠x",
    "  =1+1", "\u3000\ufeff=1", "\t=1+1", "\r=1+1", "\n=1+1", "a\n=1+1", "a\r\n@x\rb", "a;=1+1;-2", "a;b", "a,b", "\"", "a\"\"b", "'=1", "'",
    "\"=1+1\"", "\x00\x01\x1b[31mred\x7f", "zero\u200bwidth", "\u202egnp.exe", "_x0041_", "_x000D_", "\ufffe\uffff", LONG, "=" + LONG,
    "NA", "null", "TRUE", "0012", "1e5", "2026-11-21", "#REF!", "</t></si><f>1+1</f>", "&#61;1+1", "tab\tinside", " padded ", "\u2028=1", "e\u0301",
]
STARTS = "=+-@\t\r\n＝＋－＠"
BLANK = re.compile(r"[\s\u0085\ufeff\u200b-\u200f\u2060]*")
TIMES = {"first_seen", "last_seen", "since", "changed_at", "granted_at", "created", "modified", "last_login"}
DAYS = {"waived_until", "last_used"}


def hostile_org(seed=11):
    """Every name in every kind of object, so that each file has some."""
    org = ForeignOrg(seed, {"routing:queue:view", "routing:queue:edit", "users:user:view", *(f"d{n}:e:view" for n in range(9))}, {"users"}, people=70)
    for things in (org.clients[:-1], org.roles[:-1], org.users, org.groups, org.divisions, org.policies):
        for number, thing in enumerate(things):
            # The names come round again, so that each falls to a thing that has what its file is about.
            thing["name"] = NAMES[number % len(NAMES)] + ("" if number < len(NAMES) else f" {number // len(NAMES)}")
    org.division_names = {division["id"]: division["name"] for division in org.divisions}
    org.groups[0]["name"] = "Service Accounts"
    org.subjects = org.make_subjects()
    org.clients[0]["accessTokenValiditySeconds"] = -1
    org.apps = [
        {
            "client": {"id": org.new_id(), "name": name, "authorizedGrantType": "CODE", "registeredRedirectUri": [name]},
            "scope": ["users"], "roles": [], "dateCreated": "2025-02-02T09:00:00.000Z", "pending": False, "state": "Authorized",
        }
        for name in NAMES
    ]
    return org


def run(folder, org, bom, refused=()):
    """A night of the org, compared with another of the same names in which no client may do anything."""
    other = hostile_org(12)
    for client in other.clients:
        if client["id"] != other.auditor_id:
            client["roleDivisions"] = []
    other.subjects = other.make_subjects()
    with open(folder / "needs.csv", "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["principal", "method", "path", "division", "note"])
        rows.writerows([client["id"], "GET", "/api/v2/routing/queues", "", " ".join(client["name"][:200].split())] for client in org.clients)
        rows.writerows([client["id"], "PUT", "/api/v2/routing/queues/{queueId}", "", ""] for client in org.clients[::2])
        rows.writerows([client["id"], "GET", "/api/v2/users", "", ""] for client in org.clients)
    (folder / "matrix.csv").write_text(MATRIX, encoding="utf-8")
    with ForeignServer(org, refused=refused) as server, ForeignServer(other) as beside:
        config, env = program.write_config(
            folder,
            [("foreign", server.url, org.auditor_id, org.auditor_secret), ("other", beside.url, other.auditor_id, other.auditor_secret)],
            '\n[[drift]]\nfrom = "foreign"\nto = "other"\n\n[matrix]\nsource = "matrix.csv"\n\n[needs]\nfiles = ["needs.csv"]\nobserved_days = 0\n'
            '\n[collect]\nthird_party_apps = true\n\n[service_users]\nemails = ["*@svc.example.com"]\ngroups = ["Service Accounts"]\n' + FORMATS.format(bom=bom),
        )
        program.rolecall(
            "run", "--config", config, "--out", folder / "out", "--no-progress", "--as-of", "2026-11-21T02:00:00Z", env=env, cwd=folder,
            exits=program.INCOMPLETE if refused else program.COMPLETE,
        )
    return program.latest(folder / "out")


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    return run(tmp_path_factory.mktemp("spreadsheets"), hostile_org(), "false")


@pytest.fixture(scope="module")
def dark_night(tmp_path_factory):
    """A night on which the roles were refused, with byte order marks."""
    return run(tmp_path_factory.mktemp("dark"), hostile_org(), "true", refused=["/api/v2/authorization/roles"])


@pytest.fixture(scope="module")
def workbook(night):
    return openpyxl.load_workbook(night / "report.xlsx")


def files(folder):
    found = sorted(folder.glob("*.csv"))
    assert len(found) == 16
    return found


def runs(text):
    """Whether a spreadsheet would take a cell that begins so for a formula."""
    return text[:1] in set(STARTS) or text[BLANK.match(text).end():][:1] in set(STARTS)


def neutral(text):
    """The text as the documentation says that a CSV file holds it."""
    out = "'" if runs(text) else ""
    for at, letter in enumerate(text):
        out += letter
        if letter in ";\n" and runs(text[at + 1:]):
            out += "'"
    return out


def as_written(column, value):
    """A cell of the workbook as its CSV file holds it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.datetime) and column in DAYS:
        return value.date().isoformat()
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, (int, float)):
        return str(int(value))
    return neutral(value)


@pytest.mark.parametrize("which", ["night", "dark_night"])
def test_csv_files_hold_no_formula_and_no_shifted_cell(which, request):
    folder = request.getfixturevalue(which)
    for path in files(folder):
        if which == "night" and path.stem != "changes":
            assert len(path.read_text(encoding="utf-8").splitlines()) > 1, f"{path} shows nothing"
        data = path.read_bytes()
        assert data.startswith(b"\xef\xbb\xbf") == (which == "dark_night"), path
        text = data.decode("utf-8-sig")
        assert "\r" not in text and not any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in text), path
        with open(path, encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file, strict=True)
        for row in rows:
            assert len(row) == len(header), f"{path}: {row}"
            for column, cell in zip(header, row):
                assert len(cell.encode("utf-16-le")) // 2 <= 32_767, f"{path}: {column}"
                # A number may begin with a minus.
                assert not runs(cell) or re.fullmatch(r"-\d+", cell), f"{path}: {column}: {cell[:80]!r}"
                # To a spreadsheet that separates by `;` a cell begins there, and behind a line end.
                assert not any(runs(part) for part in re.split("[;\n]", cell)[1:]), f"{path}: {column}: {cell[:80]!r}"
        plain = pandas.read_csv(path, dtype=str, keep_default_na=False)
        assert list(plain.columns) == header, path
        assert plain.values.tolist() == rows, path


def test_hostile_names_reach_every_file_of_objects(night):
    def reported(name):
        name = re.sub("\r\n?", "\n", name).replace("\x00", "␀").replace("\x01", "␁").replace("\x1b", "␛").replace("\x7f", "␡")
        return neutral(name.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd"))

    names = [reported(name) for name in NAMES if len(name) < 1_000]
    for file, column in [("oauth_clients", "name"), ("gaps", "principal_name"), ("access", "principal_name"), ("action-plan", "subject_name")]:
        seen = {row[column] for row in program.read_csv(night / f"{file}.csv")}
        assert set(names) - seen == set(), file
        long = [name for name in seen if name.endswith("… [cut: 20000 characters in all]")]
        assert long, f"{file}: the long name is cut, and says so"


def test_pandas_reads_kinds_of_values(night):
    clients = pandas.read_csv(night / "oauth_clients.csv", parse_dates=["created"])
    assert pandas.api.types.is_numeric_dtype(clients["token_validity_seconds"])
    assert clients["token_validity_seconds"].min() == -1
    assert str(clients["created"].dt.tz) == "UTC"
    gaps = pandas.read_csv(night / "gaps.csv", keep_default_na=False)
    found = set(gaps["missing_permissions"])
    assert {"routing:queue:search|routing:queue:view", "routing:queue:view|routing:queue:search"} & found, found
    assert any(";" in cell for cell in found), found


def test_action_plan_has_a_line_for_each_open_finding(night):
    plan = program.read_csv(night / "action-plan.csv")
    found = {row["finding_id"]: row for row in program.read_csv(night / "findings.csv")}
    assert {row["finding_id"] for row in plan} == {one for one, row in found.items() if row["status"] not in ("resolved", "waived")}
    assert all(row[column] == "" for row in plan for column in ("owner", "decision", "due_date", "comment"))
    assert all(row[column] == found[row["finding_id"]][column] for row in plan for column in ("severity", "title", "fix", "subject_name"))
    order = ["critical", "high", "medium", "low", "info"]
    assert [order.index(row["severity"]) for row in plan] == sorted(order.index(row["severity"]) for row in plan)


def test_workbook_has_the_rows_of_every_csv_file(night, workbook):
    assert workbook.sheetnames[0] == "About"
    assert sorted(workbook.sheetnames[1:]) == [path.stem for path in files(night)]
    for path in files(night):
        sheet = workbook[path.stem]
        with open(path, encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file, strict=True)
        assert [cell.value for cell in sheet[1]] == header
        assert sheet.max_row == len(rows) + 1
        for row, cells in zip(rows, sheet.iter_rows(min_row=2, max_col=len(header), values_only=True)):
            assert [as_written(column, value) for column, value in zip(header, cells)] == row, path


def test_workbook_holds_values_and_no_formula(workbook):
    kinds = {}
    for sheet in workbook.worksheets[1:]:
        assert sheet.freeze_panes == "A2", sheet.title
        assert sheet.auto_filter.ref == f"A1:{sheet.cell(sheet.max_row, sheet.max_column).coordinate}", sheet.title
        header = [cell.value for cell in sheet[1]]
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in "snbd", f"{sheet.title}!{cell.coordinate}: {cell.value!r}"
                assert cell.hyperlink is None
                assert not isinstance(cell.value, str) or not runs(cell.value) or cell.quotePrefix, f"{sheet.title}!{cell.coordinate}"
                if cell.row > 1 and cell.value is not None:
                    kinds.setdefault(header[cell.column - 1], set()).add(type(cell.value))
    for column in TIMES & set(kinds):
        assert kinds[column] == {datetime.datetime}, column
    assert kinds["token_validity_seconds"] == kinds["fact_count"] == {int}
    assert kinds["division_aware"] == {bool}


def test_workbook_opens_with_what_is_not_known(workbook, dark_night):
    about = [row for row in workbook["About"].iter_rows(values_only=True)]
    assert ("Complete", None, "yes") in about
    dark = openpyxl.load_workbook(dark_night / "report.xlsx")["About"]
    reported = [row for row in dark.iter_rows(values_only=True)]
    assert any(row[:2] == ("foreign", "roles") and "affects" in row[2] for row in reported), reported
    assert ("Complete", None, "no: what is not known stands below") in reported


def closed(schema):
    """The schema without room for keys that it does not name."""
    if isinstance(schema, dict):
        schema = {key: closed(value) for key, value in schema.items()}
        if "properties" in schema:
            schema["additionalProperties"] = False
    elif isinstance(schema, list):
        schema = [closed(value) for value in schema]
    return schema


def check_against(schema, document):
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    faults = [f"{fault.json_path}: {fault.message[:300]}" for fault in validator(schema, format_checker=validator.FORMAT_CHECKER).iter_errors(document)]
    assert faults == []


@pytest.mark.parametrize("which", ["demo", "night", "dark_night"])
def test_findings_keep_to_the_published_schema(which, request):
    schema = json.loads((program.ROOT / "docs" / "findings.schema.json").read_text())
    assert schema["$id"] == "urn:rolecall:schema:findings:1"
    document = json.loads((request.getfixturevalue(which) / "findings.json").read_text())
    assert document["findings"]
    check_against(closed(schema), document)


@pytest.mark.parametrize("which", ["demo", "night", "dark_night"])
def test_sarif_is_valid_and_has_every_finding(which, request):
    folder = request.getfixturevalue(which)
    schema = json.loads((program.ROOT / "tests" / "python" / "sarif-2.1.0.schema.json").read_text())
    log = json.loads((folder / "findings.sarif").read_text())
    check_against(schema, log)
    (only,) = log["runs"]
    found = {row["finding_id"]: row for row in program.read_csv(folder / "findings.csv")} if which != "dark_night" else None
    ids = [result["partialFingerprints"]["rolecallFinding/v1"] for result in only["results"]]
    assert len(set(ids)) == len(ids)
    if found is not None:
        assert set(ids) == set(found)
    assert only["invocations"][0]["executionSuccessful"] == (which != "dark_night")
    for result in only["results"]:
        assert only["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert not re.search(r"\]\(", result["message"]["text"])


def test_junit_fails_where_findings_are_at_the_gate(night, demo):
    for folder in (night, demo):
        suites = list(tree.parse(folder / "junit.xml").getroot().iter("testsuite"))
        failed = {(suite.get("name"), case.get("name")) for suite in suites for case in suite.iter("testcase") if case.find("failure") is not None}
        gate = {
            (row["org"] or "all orgs", row["check"]) for row in program.read_csv(folder / "findings.csv")
            if row["severity"] in ("critical", "high") and row["status"] not in ("resolved", "waived", "incomparable")
        }
        assert failed == gate
        assert all(suite.find(".//error") is None for suite in suites)


def test_junit_of_a_dark_night_has_errors_and_no_false_pass(dark_night):
    (suite,) = [suite for suite in tree.parse(dark_night / "junit.xml").getroot().iter("testsuite") if suite.get("name") == "foreign"]
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert cases["list read completely: roles"].find("error") is not None
    for check in ("excess.unused-permissions", "power.dangerous-permission"):
        case = cases[check]
        assert case.find("failure") is not None or "not known" in case.find("skipped").get("message"), check
