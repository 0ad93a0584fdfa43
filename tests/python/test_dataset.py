"""The dataset of several nights, read by DuckDB; the queries are those of docs/dataset.md."""
import datetime
import re

import duckdb
import pytest
import sqlglot

import program

PAGE = (program.ROOT / "docs" / "dataset.md").read_text(encoding="utf-8")
TONIGHT = "2026-11-21T02:00:00Z"
BROKEN = "2026-11-23T02:00:00Z"  # nobody asked on the 22nd
DATES = [datetime.date(2026, 11, day) for day in (20, 21, 23)]
STAGING_FAILED = DATES[2]


def blocks(engine):
    return re.findall(rf"^```sql {engine}\n(.*?)^```$", PAGE, re.S | re.M)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two nights of the demo from their snapshots, and one on which staging refused the auditor."""
    folder = tmp_path_factory.mktemp("dataset")
    out = folder / "out"
    program.rolecall("demo", "--out", out, "--as-of", TONIGHT, cwd=folder, exits=program.COMPLETE + program.INCOMPLETE)
    config = out / "demo" / "with-dataset.toml"
    demo = (out / "demo" / "demo.toml").read_text(encoding="utf-8")
    settings = demo.replace("[report]\n", f'[report]\ndataset = "{folder / "dataset"}"\n')
    assert settings != demo
    config.write_text(settings, encoding="utf-8")
    for night in ("2026-11-20T02-00-00Z", "2026-11-21T02-00-00Z"):
        snapshots = [out / "demo" / "history" / org / f"{night}.snapshot.json.gz" for org in ("dev", "staging")]
        arguments = [word for snapshot in snapshots for word in ("--snapshot", snapshot)]
        audited = folder / "audited"
        program.rolecall("audit", "--config", config, *arguments, "--out", audited, exits=(0, 1, 3))
    with program.simulate() as orgs:
        access = [(org.name, org.url, org.client_id, org.client_secret) for org in orgs.values()]
        access = [(*org[:3], "wrong") if org[0] == "staging" else org for org in access]
        more = f'\n[report]\ndataset = "{folder / "dataset"}"\n[[drift]]\nfrom = "dev"\nto = "staging"\n'
        path, env = program.write_config(folder, access, more)
        program.rolecall("run", "--config", path, "--out", folder / "run", "--as-of", BROKEN, env=env, exits=program.INCOMPLETE)
    return folder


@pytest.fixture
def database(folder, monkeypatch):
    monkeypatch.chdir(folder)
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        database.execute(blocks("duckdb")[0])
        yield database


def rows(database, query):
    found = database.execute(query)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row)) for row in found.fetchall()]


def query_of(title):
    """The DuckDB query under the sentence that begins so."""
    found = re.search(rf"^{title}.*?^```sql duckdb\n(.*?)^```$", PAGE, re.S | re.M)
    assert found, title
    return found[1]


def test_completeness_of_nights_tells_what_was_not_read(database):
    found = {(row["date"], row["org"]): row for row in rows(database, query_of("How complete the nights were"))}
    assert set(found) == {(date, org) for date in DATES for org in ("dev", "staging")}
    failed = found[STAGING_FAILED, "staging"]
    assert (failed["night"], failed["lists_missing"]) == ("not read", 18)
    for row in found.values():
        assert (row["night"] == "complete") == (row["lists_missing"] == 0), row
    assert rows(database, query_of("Days on which")) == [
        {"org": org, "date": datetime.date(2026, 11, 22)} for org in ("dev", "staging")
    ]
    counts = rows(database, "SELECT read, grants, findings_high, why FROM runs WHERE date = DATE '2026-11-23' AND org = 'staging'")
    assert counts[0]["read"] is False and counts[0]["grants"] is None and counts[0]["findings_high"] is None and counts[0]["why"]


def test_drift_that_was_not_compared_is_null(database):
    found = {row["date"]: row for row in rows(database, query_of("How drift goes"))}
    assert list(found) == DATES
    assert found[STAGING_FAILED]["compared"] is False and found[STAGING_FAILED]["widens"] is None
    assert found[DATES[1]]["breaks"] > 0 and found[DATES[1]]["widens_more"] is not None


def roles_of(run):
    """The permissions of the roles whose cell was not too long for a spreadsheet: {(org, id): permissions}."""
    rows = program.read_csv(run / "roles.csv")
    return {(row["org"], row["id"]): program.items(row["permissions"]) for row in rows if "[cut: " not in row["permissions"]}


def gained(folder):
    """The same answer from the CSV files, by another route: {(org, principal id, permission)}; holders of roles that a
    CSV file cannot hold whole are left out, and named: {(org, principal id)}."""
    cut = set()
    held = []
    for night in ("2026-11-20T02-00-00Z", "2026-11-21T02-00-00Z"):
        run = folder / "audited" / night
        roles = roles_of(run)
        cut |= {(row["org"], row["principal_id"]) for row in program.read_csv(run / "grants.csv")
                if row["role_name"] and (row["org"], row["role_id"]) not in roles}
        risky = {(row["org"], row["permission"]) for row in program.read_csv(run / "permissions.csv") if row["risk"]}
        held.append({
            (row["org"], row["principal_id"], permission)
            for row in program.read_csv(run / "grants.csv") for permission in roles.get((row["org"], row["role_id"]), ())
            if (row["org"], permission) in risky
        })
    return {one for one in held[1] - held[0] if one[:2] not in cut}, cut


def power(database, query):
    return {(row["org"], row["principal_id"], row["permission"]) for row in rows(database, query)}


def test_who_gained_power_is_the_same_from_the_csv_files(folder, database):
    # The night of the 23rd has no reading of staging, and dev as it was on the 21st.
    complete = rows(database, "SELECT org, max(date) AS date, bool_and(complete) AS whole FROM runs WHERE date < DATE '2026-11-23' GROUP BY org")
    assert all(row["whole"] for row in complete), complete
    query = query_of("Who gained power").replace("2026-12-31", "2026-11-21")
    found = power(database, query)
    expected, cut = gained(folder)
    assert expected and {one for one in found if one[:2] not in cut} == expected


def test_findings_stay_open_for_as_long_as_their_dates_say(database):
    found = rows(database, query_of("How long findings stay open"))
    standings = {row["standing"] for row in found}
    assert standings == {"open", "resolved"}
    assert all(0 <= row["shortest"] <= row["mean"] <= row["longest"] for row in found)


def test_tables_hold_the_rows_of_the_csv_files_with_types(folder, database):
    run = folder / "audited" / "2026-11-21T02-00-00Z"
    files = ["findings", "gaps", "excess", "drift", "blockers", "changes", "oauth_clients", "service_users", "roles", "permissions", "grants"]
    for name in files:
        csv_rows = program.read_csv(run / f"{name}.csv")
        found = rows(database, f"FROM nights('{name}') WHERE date = DATE '2026-11-21'")
        assert len(found) == len(csv_rows), name
        assert {row["run_id"] for row in found} <= {run.name}, name
        for column in csv_rows[0] if csv_rows else ():
            def cell(value):
                if isinstance(value, list):
                    return None
                if isinstance(value, datetime.datetime):
                    return value.astimezone(datetime.UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
                return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
            there = [cell(row[column]) for row in found]
            if None in there or column == "org" and name in ("drift", "blockers"):
                continue  # lists are compared below
            if re.search(r"\.\d+Z", "".join(row[column] for row in csv_rows)):
                continue
            expected = [row[column].removeprefix("'") for row in csv_rows]
            assert sorted(text.removeprefix("'") for text in there) == sorted(expected), (name, column)
    roles = rows(database, "SELECT org, id, permissions, permission_count FROM roles WHERE date = DATE '2026-11-21'")
    expected = roles_of(run)
    found = {(row["org"], row["id"]): set(row["permissions"]) for row in roles}
    assert expected and {role: found[role] for role in expected} == expected
    assert all(len(row["permissions"]) == row["permission_count"] for row in roles)
    types = dict(database.execute("SELECT column_name, column_type FROM (DESCRIBE FROM nights('changes'))").fetchall())
    assert (types["since"], types["breaks"], types["date"]) == ("TIMESTAMP WITH TIME ZONE", "BIGINT", "DATE")


@pytest.mark.parametrize("engine", ["spark", "trino"])
def test_queries_of_other_engines_give_the_same_rows_once_translated(engine, database):
    setup, *queries = blocks(engine)
    assert len(sqlglot.parse(setup, read=engine)) == 1 and queries
    for query in queries:
        parsed = sqlglot.parse_one(query, read=engine)
        title = "Who gained power" if "WITH span" in query else "How drift goes"
        translated = parsed.sql(dialect="duckdb")
        assert rows(database, translated) == rows(database, query_of(title)), translated
