"""Do the pages of things and the matrix explorer say what the CSV files say, and lead on from each to all others?"""
import collections
import json
import urllib.parse

import pytest
from playwright.sync_api import expect

import program



@pytest.fixture
def page(browser, demo):
    """The demo's report; whatever it says on the console fails the test."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto((demo / "report.html").as_uri())
    yield page
    page.close()
    assert said == []


def open_object(page, kind, org, id):
    page.evaluate("(hash) => { location.hash = hash; }", "#o=" + ":".join(urllib.parse.quote(part, safe="") for part in (kind, org, id)))
    expect(page.locator("#app h2")).to_be_visible()
    expect(page.locator("#app section h3").filter(has_text="What differs").or_(page.get_by_text("of this id is in the data"))).to_be_visible()


def of_dev(demo, file, name):
    return next(row for row in program.read_csv(demo / file) if row["org"] == "dev" and row["name"] == name)


@pytest.mark.parametrize("name", ["Recording Archiver", "Queue Dashboard Sales", "Agent Desktop", "Everything Bot", "Old Reporting"])
def test_page_of_a_client_counts_its_verdicts_as_access_csv_does(page, demo, name):
    client = of_dev(demo, "oauth_clients.csv", name)
    open_object(page, "oauth_client", "dev", client["id"])
    assert page.locator("#app h2").inner_text() == name
    wanted = collections.Counter(
        row["verdict"] for row in program.read_csv(demo / "access.csv") if row["org"] == "dev" and row["principal_id"] == client["id"]
    )
    shown = {}
    for text in page.locator(".verdicts button").all_inner_texts():
        _, verdict, number = text.split()
        shown[verdict] = int(number.replace(",", ""))
    assert shown == dict(wanted)


def test_verdict_button_keeps_the_rows_of_one_verdict_and_an_open_row_shows_the_chain(page, demo):
    client = of_dev(demo, "oauth_clients.csv", "Queue Dashboard Sales")
    open_object(page, "oauth_client", "dev", client["id"])
    page.locator(".verdicts button", has_text="partial").click()
    section = page.locator("section", has=page.locator(".verdicts"))
    row = section.locator("tbody tr", has_text="GET /api/v2/analytics/queues/observations").or_(section.locator("tbody tr:not(.gap)")).first
    expect(row).to_contain_text("only in")
    row.press("Enter")
    panel = section.locator(".explanation")
    expect(panel).to_contain_text("partial")
    expect(panel).to_contain_text("held in Sales")
    expect(panel.locator("a[href*='role:dev']").first).to_be_visible()


def test_grants_to_copy_are_those_of_grants_csv(page, demo):
    client = of_dev(demo, "oauth_clients.csv", "Directory Sync")
    open_object(page, "oauth_client", "dev", client["id"])
    text = page.locator("details", has_text="As JSON").locator("pre").text_content()
    wanted = [(row["role_id"], row["division_id"]) for row in program.read_csv(demo / "grants.csv") if row["principal_id"] == client["id"]]
    assert sorted((one["roleId"], one["divisionId"]) for one in json.loads(text)["grants"]) == sorted(wanted) != []


def test_page_of_a_permission_names_everybody_who_holds_it_and_their_chain(page, demo):
    permission = "authorization:grant:add"
    open_object(page, "permission", "dev", permission)
    roles = {row["id"] for row in program.read_csv(demo / "roles.csv") if row["org"] == "dev" and permission in program.items(row["permissions"])}
    wanted = {
        (row["principal_name"], row["role_name"], row["via"])
        for row in program.read_csv(demo / "grants.csv") if row["org"] == "dev" and row["role_id"] in roles
    }
    section = page.locator("section", has=page.get_by_role("heading", name="Who holds it"))
    shown = {
        (cells[0], cells[2], cells[4])
        for cells in (row.locator("td").all_inner_texts() for row in section.locator("tbody tr").all())
    }
    assert shown == wanted != set()


def test_every_link_of_a_page_leads_to_a_page(page, demo):
    client = of_dev(demo, "oauth_clients.csv", "User Provisioning")
    open_object(page, "oauth_client", "dev", client["id"])
    seen, waiting = set(), page.eval_on_selector_all("#app a[href^='#o=']", "links => links.map((link) => link.getAttribute('href'))")
    kinds = collections.Counter()
    while waiting:
        link = waiting.pop()
        kind = link.split("=")[1].split(":")[0]
        if link in seen or kinds[kind] >= 4:
            continue
        seen.add(link)
        kinds[kind] += 1
        page.evaluate("(hash) => { location.hash = hash; }", link)
        expect(page.locator("#app section h3").filter(has_text="What differs")).to_be_visible()
        assert "of this id is in the data" not in page.locator("#app").inner_text()
        waiting += page.eval_on_selector_all("#app a[href^='#o=']", "links => links.map((link) => link.getAttribute('href'))")
    assert {"oauth_client", "role", "permission", "endpoint", "division", "user"} <= set(kinds)


def test_thing_that_is_not_in_the_data_is_said_not_to_be(page):
    open_object(page, "role", "dev", "<img src=x>")
    assert "No role of this id is in the data of dev." in page.locator("#app").inner_text()


def test_explorer_shows_the_cells_of_access_csv_and_their_chain(page, demo):
    page.evaluate("() => { location.hash = '#v=matrix&q=staging%7Crouting/queues%7CPipeline%7C%7C0'; }")
    expect(page.locator(".matrix .cell").first).to_be_visible()
    wanted = {
        f"{row['method']} {row['path']}": row["verdict"] for row in program.read_csv(demo / "access.csv")
        if row["org"] == "staging" and row["principal_name"] == "Pipeline"
    }
    rows = page.locator(".matrix tbody tr:not(.spacer)").all()
    assert len(rows) > 10
    for row in rows:
        assert row.locator(".cell").get_attribute("title").split(":")[0] == wanted[row.locator("th").inner_text()]
    cell = page.locator(".matrix .cell.verdict-denied").first
    cell.click()
    expect(page.locator(".explanation")).to_contain_text("denied")
    expect(page.locator(".explanation")).to_contain_text("held nowhere")


def test_explorer_is_walked_by_arrow_keys_and_keeps_its_state_in_the_address(page):
    page.evaluate("() => { location.hash = '#v=matrix'; }")
    first = page.locator(".matrix .cell[tabindex='0']")
    expect(first).to_have_count(1)
    first.focus()
    for key in ["ArrowDown"] * 30 + ["ArrowRight"]:
        page.keyboard.press(key)
    place = page.evaluate("() => [document.activeElement.dataset.row, document.activeElement.dataset.column]")
    assert place == ["30", "1"]
    page.get_by_label("Endpoints", exact=True).first.fill("authorization roles")
    expect(page.locator("#app [role=status]").first).to_contain_text("endpoints by principals")
    address = page.evaluate("() => location.hash")
    assert "authorization" in address
    page.reload()
    expect(page.locator(".matrix .cell").first).to_be_visible()
    assert page.get_by_label("Endpoints", exact=True).first.input_value() == "authorization roles"
    assert "authorization" in page.locator(".matrix tbody th").first.inner_text()


def test_explorer_lists_what_nobody_publishes(page, demo):
    page.evaluate("() => { location.hash = '#v=matrix'; }")
    endpoints = [row for row in program.read_csv(demo / "endpoints.csv") if row["org"] in ("", "dev")]
    silent = sum(row["permissions_match"] == "UNKNOWN" for row in endpoints)
    asked = {permission for row in endpoints for permission in program.items(row["permissions"])}
    idle = sum(
        row["org"] == "dev" and row["in_catalogue"] == "true" and row["permission"] not in asked for row in program.read_csv(demo / "permissions.csv")
    )
    expect(page.get_by_role("heading", name=f"Endpoints whose requirement is not published ({silent:,})")).to_be_visible()
    expect(page.get_by_role("heading", name=f"Permissions of the org's catalogue that no published endpoint asks for ({idle:,})")).to_be_visible()
