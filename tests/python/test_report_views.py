"""Do the views of the report show every row, find what is asked for, and hand over what people take away?"""
import collections
import re
import tomllib
import urllib.parse

import pytest

import program
from browser import Opened, Served

TABLES = "findings gaps blockers excess drift changes oauth_clients service_users roles permissions grants endpoints".split()
RANKS = ["info", "low", "medium", "high", "critical"]
STATUS = "#app .status"


def part(text):
    return urllib.parse.quote(text, safe="")


def number(text):
    return int(text.replace(",", ""))


def counts(opened):
    """(shown, all) as the line of counts says."""
    opened.page.locator(STATUS).wait_for()
    found = re.search(r"([\d,]+) of ([\d,]+)", opened.page.locator(STATUS).inner_text())
    return number(found[1]), number(found[2])


def wait_for_counts(opened, shown):
    opened.page.wait_for_function(
        "([selector, wanted]) => document.querySelector(selector)?.textContent.startsWith(wanted)", arg=[STATUS, f"{shown:,} of "], timeout=60_000,
    )


@pytest.fixture(scope="module")
def findings(demo):
    return program.read_csv(demo / "findings.csv")


@pytest.fixture(scope="module")
def report(demo):
    return demo / "report.html"


def test_every_link_of_the_contents_opens_its_view_with_all_rows(browser, demo, report):
    with Opened(browser, report) as opened:
        links = opened.page.locator("nav a[data-view]")
        names = links.evaluate_all("links => links.map(link => link.dataset.view)")
        assert {"overview", "findings", "matrix"} <= set(names)
        menu = opened.page.locator("nav details.menu")
        for at, name in enumerate(names):
            if not links.nth(at).is_visible():
                menu.locator("summary").click()
            links.nth(at).click()
            assert not menu.evaluate("menu => menu.open"), "the menu stays open over what it led to"
            if name == "overview":
                assert opened.page.locator("#overview").is_visible()
                continue
            opened.page.locator("#app h2").first.wait_for()
            assert links.nth(at).get_attribute("aria-current") == "page", name
            if name in TABLES:
                rows = program.read_csv(demo / f"{name}.csv")
                if rows:
                    assert counts(opened) == (len(rows), len(rows)), name
                else:
                    assert "no " in opened.page.locator("#app").inner_text()
        opened.assert_quiet()


@pytest.mark.parametrize("query, holds", [
    ("severity>=high", lambda row: RANKS.index(row["severity"]) >= 3),
    ("severity:low,info", lambda row: row["severity"] in ("low", "info")),
    ("org:staging -severity:low", lambda row: row["org"] == "staging" and row["severity"] != "low"),
    ("check:gap.*", lambda row: row["check"].startswith("gap.")),
    ("is:new", lambda row: row["status"] == "new"),
    ("!waived", lambda row: row["status"] != "waived"),
    ("-check:excess.* -check:power.*", lambda row: not row["check"].startswith(("excess.", "power."))),
    ("fact_count>5", lambda row: int(row["fact_count"]) > 5),
    ("subject_kind:role", lambda row: row["subject_kind"] == "role"),
])
def test_filter_shows_what_a_second_reading_of_the_csv_says(browser, report, findings, query, holds):
    wanted = sum(map(holds, findings))
    assert 0 < wanted < len(findings) or query == "!waived", "the demo does not tell this filter from another"
    with Opened(browser, report, address=f"v=findings&q={part(query)}") as opened:
        wait_for_counts(opened, wanted)
        assert opened.page.locator("#search").input_value() == query


def test_search_narrows_while_typing_and_the_address_brings_it_back(browser, report, findings):
    word = collections.Counter(re.findall(r"[a-z]{5,}:[a-zA-Z]+:[a-z]{3,}", " ".join(row["title"] for row in findings))).most_common(1)[0][0]
    with Opened(browser, report, address="v=findings") as opened:
        everything = counts(opened)
        opened.page.locator("#search").press_sequentially(word)
        opened.page.wait_for_function("word => decodeURIComponent(location.hash).endsWith(`&q=${word}`)", arg=word)
        narrowed = counts(opened)
        wanted = sum(word.lower() in row["title"].lower() for row in findings)
        assert wanted <= narrowed[0] < everything[0] and narrowed[1] == everything[1]
        assert opened.page.locator("#announcement").inner_text() == opened.page.locator(STATUS).inner_text()
        kept = opened.page.url
        with Opened(browser, report, address=kept.split("#", 1)[1]) as again:
            assert counts(again) == narrowed
            assert again.page.locator("#search").input_value() == word
        opened.assert_quiet()


def test_values_beside_the_table_count_what_choosing_them_shows(browser, report, findings):
    with Opened(browser, report, address="v=findings") as opened:
        for severity in ("critical", "low"):
            chip = opened.page.locator(".facets .facet[aria-label=severity] .chip", has_text=severity).first
            said = number(chip.locator(".number").inner_text())
            assert said == sum(row["severity"] == severity for row in findings)
            chip.click()
            wait_for_counts(opened, said)
            assert chip.get_attribute("aria-pressed") == "true"
            chip.click()
            wait_for_counts(opened, len(findings))


def test_heading_sorts_and_says_so(browser, report, findings):
    with Opened(browser, report, address="v=findings") as opened:
        head = opened.page.locator("#app th", has_text="Check").first
        for direction in ("ascending", "descending"):
            head.locator("button").click()
            opened.page.wait_for_function("wanted => document.querySelector('#app th[aria-sort]')?.getAttribute('aria-sort') === wanted", arg=direction)
            at = opened.page.locator("#app th").all_inner_texts().index(head.inner_text())
            first = opened.page.locator("#app tr[aria-rowindex='2'] td").nth(at).inner_text().strip()
            assert first == (min if direction == "ascending" else max)(row["check"] for row in findings)


def test_permanent_link_opens_its_finding_whatever_the_filter_was(browser, report, findings):
    with Opened(browser, report) as opened:
        for row in findings[:: max(1, len(findings) // 8)]:
            opened.go("v=findings&q=" + part("no such words anywhere"))
            wait_for_counts(opened, 0)
            opened.go(f"f={row['finding_id']}")
            panel = opened.page.locator("#app .panel")
            panel.locator("code", has_text=row["finding_id"]).first.wait_for()
            said = re.sub(r"\s+", " ", panel.inner_text())
            assert row["title"].replace("`", "") in said
            assert opened.address() == f"#f={row['finding_id']}"
        opened.go("f=0000000000000000")
        opened.page.get_by_text("no finding 0000000000000000").wait_for()
        opened.assert_quiet()


@pytest.fixture(scope="module")
def served(demo):
    with Served(demo) as server:
        yield f"{server.url}/report.html"


def test_report_behind_http_asks_for_nothing_but_itself(browser, served):
    with Opened(browser, None, url=served, address="v=findings") as opened:
        opened.page.locator("#app tr[aria-rowindex='2']").wait_for()
        assert {url.split("#")[0] for url in opened.requested} <= {served, served.rsplit("/", 1)[0] + "/favicon.ico"}
        assert opened.said == []


def test_what_is_copied_is_what_the_finding_says(browser, served, findings):
    row = next(row for row in findings if row["fix"] and row["status"] in ("new", "persisting") and not row["waived_until"] and not row["check"].startswith("waiver."))
    with Opened(browser, None, url=served, address=f"f={row['finding_id']}", permissions=["clipboard-read", "clipboard-write"]) as opened:
        def copied(label):
            opened.page.get_by_role("button", name=label, exact=True).first.click()
            opened.page.get_by_role("button", name="Copied").first.wait_for()
            return opened.page.evaluate("navigator.clipboard.readText()")

        assert copied("Copy the fix") == row["fix"]
        assert copied("Copy the link").endswith(f"#f={row['finding_id']}")
        ticket = copied("Copy as a ticket")
        for wanted in (row["title"], row["finding_id"], row["fix"], row["org"], f"#f={row['finding_id']}"):
            assert wanted in ticket
        entry = copied("Copy an entry for the waiver file")
        [waiver] = tomllib.loads(entry)["waiver"]
        assert waiver["finding"] == row["finding_id"]
        assert waiver["reason"] == waiver["owner"] == "", "an entry must not be accepted before somebody decides"
        assert waiver["expires"] > waiver["expires"].__class__.fromisoformat(row["last_seen"][:10])
        assert f"rolecall waive {row['finding_id']}" in copied("Copy the command")


def test_saved_csv_holds_the_rows_of_the_file_beside_the_report(browser, demo, report, tmp_path):
    with Opened(browser, report, address="v=findings", accept_downloads=True) as opened:
        with opened.page.expect_download() as waiting:
            opened.page.get_by_role("button", name="Save as CSV").click()
        waiting.value.save_as(tmp_path / "saved.csv")
    saved, written = program.read_csv(tmp_path / "saved.csv"), program.read_csv(demo / "findings.csv")
    assert list(saved[0]) == [name for name in written[0] if name in saved[0]] and len(saved[0]) >= len(written[0]) - 1
    order = lambda row: row["finding_id"]
    assert sorted(saved, key=order) == sorted(({name: row[name] for name in saved[0]} for row in written), key=order)


def test_theme_is_switched_and_kept(browser, served):
    with Opened(browser, None, url=served, color_scheme="light") as opened:
        background = "getComputedStyle(document.body).backgroundColor"
        light = opened.page.evaluate(background)
        button = opened.page.locator("#theme")
        while "dark" not in button.inner_text():
            button.click()
        dark = opened.page.evaluate(background)
        assert light != dark
        opened.page.reload()
        assert opened.page.evaluate(background) == dark


def test_links_of_views_and_objects_lead_on_without_an_error(browser, report):
    """Follows links breadth first, each kind of address a few times."""
    with Opened(browser, report) as opened:
        seen, by_kind = set(), collections.Counter()
        queue = collections.deque(["v=findings", "v=gaps", "v=matrix", "v=grants", "v=roles", "v=permissions", "v=endpoints", "v=divisions"])
        while queue and len(seen) < 60:
            address = queue.popleft()
            kind = re.split(r"[:&]", address)[0]
            if address in seen or by_kind[kind] >= 6:
                continue
            seen.add(address)
            by_kind[kind] += 1
            opened.go(address)
            opened.page.locator("#app h2").first.wait_for()
            opened.page.wait_for_timeout(60)
            assert opened.said == [], address
            assert "could not be opened" not in opened.page.locator("#app").inner_text(), address
            queue.extend(link.removeprefix("#") for link in opened.page.evaluate(
                "[...document.querySelectorAll('#app a[href]')].map(a => a.getAttribute('href'))") if re.match(r"#[vfo]=", link))
        kinds = set(by_kind)
        assert {"o=oauth_client", "o=role", "o=permission", "o=endpoint"} <= kinds, kinds
        opened.assert_quiet()


def test_first_screen_leads_in_two_clicks_to_what_people_come_for(browser, served, demo, findings):
    with Opened(browser, None, url=served, permissions=["clipboard-read", "clipboard-write"]) as opened:
        page = opened.page
        fold = page.viewport_size["height"]
        for place in ("#verdict", "#tonight .completeness", "#new-tonight", "#breaks", "#grantors"):
            box = page.locator(place).first.bounding_box()
            assert box and box["y"] < fold, f"{place} is not on the first screen"
        # What is new, and what to paste into a ticket.
        page.locator("#new-tonight a[href^='#f=']").first.click()
        page.get_by_role("button", name="Copy as a ticket").click()
        page.get_by_role("button", name="Copied").wait_for()
        ticket = page.evaluate("navigator.clipboard.readText()")
        assert any(row["finding_id"] in ticket and row["status"] in ("new", "worse", "reopened") for row in findings)
        # Which client breaks after the promotion, and why.
        page.locator("nav a[data-view=overview]").click()
        blockers = program.read_csv(demo / "blockers.csv")
        assert any(row["name"] in page.locator("#breaks").inner_text() for row in blockers)
        page.locator("nav a[data-view=blockers]").first.click()
        page.locator("#app tr[aria-rowindex='2']").click()
        panel = page.locator("#app .panel").inner_text()
        assert any(row["name"] in panel and row["fix"].replace("`", "") in panel for row in blockers)
        # Who can grant roles.
        page.locator("nav a[data-view=overview]").click()
        page.locator("#grantors a[href='#power']").click()
        assert page.locator("#power table").is_visible()
        page.locator("nav a[data-view=overview]").click()
        page.locator("#grantors a[href='#o=permission:staging:authorization%3Agrant%3Aadd']").click()
        page.locator("#app h2").wait_for()
        chain = page.locator("#app").inner_text()
        assert all(row["principal_name"] in chain for row in program.read_csv(demo / "grants.csv") if row["org"] == "staging" and row["role_name"] == "Master Admin")


def test_report_is_truthful_without_scripts(browser, demo, report, findings):
    with Opened(browser, report, scripts=False) as opened, Opened(browser, report) as scripted:
        text = opened.page.locator("body").inner_text()
        assert opened.page.locator("#verdict").inner_text() == scripted.page.locator("#verdict").inner_text()
        for place in ("#completeness", "#new-tonight", "#breaks", "#grantors", "#gaps", "#findings"):
            assert opened.page.locator(place).is_visible(), place
        shown = sum(row["finding_id"] in opened.page.content() for row in findings)
        assert shown == len(findings) or re.search(r"\d[\d,]* of [\d,]+", opened.page.locator("#findings").inner_text())
        assert not opened.page.locator(".with-script:visible").count(), "what needs a script is offered without one"
        assert opened.page.locator("nav a:visible").count() >= 8
        assert "findings.csv" in text
        opened.assert_quiet()
