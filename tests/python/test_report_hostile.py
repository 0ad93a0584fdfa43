"""Does anything that an org is called run in the report, hide in it, or break it?"""
import pytest

import hostile
from browser import DESK, PHONE, Opened
from harmless import FOREIGN, assert_harmless, bare, rows

VIEWS = (
    "findings gaps blockers excess drift changes oauth_clients service_users roles permissions divisions grants endpoints matrix".split()
)
@pytest.fixture(scope="module")
def report(hostile_night):
    return hostile_night / "report.html"


def test_night_holds_every_text_in_every_kind_of_place(hostile_night):
    """Of no use is a night in which the names did not arrive."""
    for table, column in [("oauth_clients", "name"), ("service_users", "name"), ("roles", "name")]:
        found = {bare(row[column]) for row in rows(hostile_night, table)}
        missing = [text for text in hostile.ALL if bare(text) not in found]
        assert missing == [], f"{table}.{column}"
    assert {row["id"] for row in rows(hostile_night, "oauth_clients")} >= {f"client {made}" for made in hostile.IDS}
    assert len(rows(hostile_night, "findings")) > 200
    for table in ("drift", "changes", "blockers", "gaps", "excess"):
        assert rows(hostile_night, table), f"{table}.csv is empty"


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_overview_holds_nothing_that_runs_or_hides(browser, report, screen):
    with Opened(browser, report, viewport=screen) as opened:
        assert_harmless(opened)
        assert "<script>" in opened.page.locator("body").inner_text()


def test_overview_without_scripts_is_as_harmless(browser, report):
    with Opened(browser, report, scripts=False, viewport=PHONE) as opened:
        opened.assert_quiet()
        assert opened.page.locator(FOREIGN.replace("#app script, ", "")).count() == 0


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_every_view_holds_nothing_that_runs_or_hides(browser, report, screen):
    with Opened(browser, report, viewport=screen) as opened:
        for view in VIEWS:
            opened.go(f"v={view}")
            opened.page.locator("#app h2").first.wait_for()
            opened.page.wait_for_timeout(150)
            assert_harmless(opened)
            heights = opened.page.evaluate(
                "[...document.querySelectorAll('#app table.virtual tbody tr[aria-rowindex]')].map(row => row.getBoundingClientRect().height)"
            )
            assert not heights or max(heights) - min(heights) <= 1, f"{view}: rows of different height, which the table expects"


@pytest.mark.parametrize("address", [
    "v=__proto__", "v=constructor&q=x", "v=findings&q=%22((%00", "v=findings&s=__proto__", "v=findings&q=severity%3E%3D__proto__",
    "f=%E0%A4%A", "f=%3Cscript%3Ealert(1)%3C/script%3E", "o=__proto__:x:y", "o=oauth_client:north:nobody", "o=oauth_client", "o=", "o=::",
    "o=endpoint:north:GET%20/api/v2/nothing", "o=permission:north:a", "%00", "%3Cimg src=x%3E", "v=", "v=findings&v=gaps", "=&=&&", "q=x",
    "v=matrix&q=%ff", "o=role:__proto__:__proto__", "v=" + "x" * 5000,
])
def test_odd_addresses_lead_to_something_without_an_error(browser, report, address):
    with Opened(browser, report, address=address) as opened:
        opened.page.wait_for_timeout(200)
        assert_harmless(opened)
        shown = opened.page.locator("#overview:visible, #app:visible")
        assert shown.count() == 1
        assert len(shown.inner_text().strip()) > 20
