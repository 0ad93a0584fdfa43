"""Can the report be read and used without a mouse, without sight, on a phone, in the dark? axe looks for what can be determined
by machine; the keyboard walk for what it cannot."""
import pathlib

import axe_playwright_python
import pytest

import program
from browser import DESK, PHONE, Opened

AXE = (pathlib.Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Every address of a view begins with `#`, and axe takes one that stands outside the window for a skip link that leads
# nowhere. Our own skip link has its test below.
VIEWS = (
    "findings gaps blockers excess drift changes oauth_clients service_users roles permissions divisions grants endpoints matrix".split()
)
LOOKS = {
    "light": {"color_scheme": "light", "viewport": DESK},
    "dark": {"color_scheme": "dark", "viewport": DESK},
    "phone": {"color_scheme": "light", "viewport": PHONE},
}


def violations(opened):
    """What axe finds, one line an element. It is put in by the browser's tools: the page's own policy stays in force."""
    if not opened.page.evaluate("'axe' in window"):
        opened.page.evaluate(AXE)
    return opened.page.evaluate(
        """async ([tags, rules]) => {
            const done = await window.axe.run(document, { runOnly: tags, rules, preload: false, resultTypes: ['violations'] });
            return done.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary.replace(/\\s+/g, ' ')}`));
        }""",
        [TAGS, {"skip-link": {"enabled": False}}],
    )


def objects(demo):
    """An address for a page of each kind of object."""
    def first(table, **wanted):
        return next(row for row in program.read_csv(demo / f"{table}.csv") if all(row[name] == value for name, value in wanted.items()))

    client, user, role = first("oauth_clients", org="staging"), first("service_users", org="staging"), first("roles", org="staging")
    permission = first("permissions", permission="authorization:grant:add")
    return [
        f"o=oauth_client:staging:{client['id']}", f"o=service_user:staging:{user['id']}", f"o=role:staging:{role['id']}",
        f"o=permission:{permission['org']}:{permission['permission'].replace(':', '%3A')}", "o=endpoint:staging:GET+/api/v2/users",
        f"f={program.read_csv(demo / 'findings.csv')[0]['finding_id']}",
    ]


@pytest.mark.parametrize("look", LOOKS)
def test_overview_has_no_violation(browser, demo, look):
    with Opened(browser, demo / "report.html", **LOOKS[look]) as opened:
        for fold in opened.page.locator("#tonight details, #power details, #completeness details").all():
            fold.evaluate("fold => { fold.open = true; }")
        assert violations(opened) == []


@pytest.mark.parametrize("look", LOOKS)
def test_views_and_object_pages_have_no_violation(browser, demo, look):
    found = {}
    with Opened(browser, demo / "report.html", **LOOKS[look]) as opened:
        # It is hidden while a view is open, and axe would spend most of its time on what it may not judge.
        opened.page.evaluate("document.getElementById('overview').replaceChildren()")
        for address in [*(f"v={view}" for view in VIEWS), *objects(demo)]:
            opened.go(address)
            opened.page.locator("#app h2").first.wait_for()
            opened.page.wait_for_timeout(100)
            # A button that is half scrolled under the menu is not a small one.
            opened.page.evaluate("scrollTo(0, 0)")
            if lines := violations(opened):
                found[address] = lines[:5]
            assert opened.sideways() <= 0, f"{address} scrolls sideways"
        opened.assert_quiet()
    assert found == {}


def test_a_planted_violation_is_found(browser, demo):
    with Opened(browser, demo / "report.html") as opened:
        opened.page.evaluate("document.querySelector('main').append(document.createElement('button'))")
        assert [line for line in violations(opened) if line.startswith("button-name")]


FOCUSED = """(() => {
    const one = document.activeElement;
    // The first line of a link that runs over several.
    const box = one.getClientRects()[0] || one.getBoundingClientRect();
    const above = document.elementFromPoint(box.left + Math.min(box.width, 20) / 2, box.top + Math.min(box.height, 20) / 2);
    return {
        tag: one.tagName, text: one.textContent.trim().slice(0, 80), id: one.id, row: one.getAttribute('aria-rowindex'),
        seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
        covered: !(above && (one.contains(above) || above.contains(one))),
    };
})()"""


def focused(opened):
    """What has the focus, whether it is on the screen, and whether something lies on its corner."""
    return opened.page.evaluate(FOCUSED)


def test_everything_is_reached_by_keys_and_seen_when_it_is(browser, demo):
    with Opened(browser, demo / "report.html", reduced_motion="reduce") as opened:
        keys = opened.page.keyboard
        keys.press("Tab")
        first = focused(opened)
        assert first["text"].startswith("Skip") and first["seen"], first
        keys.press("Enter")
        assert opened.page.evaluate("location.hash") == "#content"
        hidden = []
        for _ in range(60):
            keys.press("Tab")
            one = focused(opened)
            if one["tag"] == "BODY":
                break
            if not one["seen"] or one["covered"]:
                hidden.append(one)
        assert hidden == [], "something is focused that cannot be seen"


def test_findings_are_walked_by_keys_alone(browser, demo):
    rows = program.read_csv(demo / "findings.csv")
    with Opened(browser, demo / "report.html", reduced_motion="reduce") as opened:
        page, keys = opened.page, opened.page.keyboard
        page.locator("nav a[data-view=findings]").focus()
        keys.press("Enter")
        page.locator("#app tr[aria-rowindex='2']").wait_for()
        keys.press("/")
        assert focused(opened)["id"] == "search"
        keys.press("ArrowDown")
        assert focused(opened)["row"] == "2"
        for _ in range(5):
            keys.press("ArrowDown")
        assert focused(opened)["row"] == "7"
        keys.press("End")
        assert focused(opened)["row"] == str(len(rows) + 1)
        last = focused(opened)
        assert last["seen"] and not last["covered"]
        keys.press("Home")
        assert focused(opened)["row"] == "2" and not focused(opened)["covered"], "the first row is under the heading"
        keys.press("Enter")
        panel = page.locator("#app .panel")
        assert panel.is_visible()
        assert page.evaluate("document.querySelector('#app .panel').contains(document.activeElement)")
        keys.press("Escape")
        assert not panel.is_visible()
        assert focused(opened)["row"] == "2", "closing the panel loses the place"
        keys.press("Tab")
        after = focused(opened)
        assert after["row"] is None, "Tab does not leave the table"
        opened.assert_quiet()


def test_table_tells_how_large_it_is_and_where_each_row_stands(browser, demo):
    rows = program.read_csv(demo / "findings.csv")
    with Opened(browser, demo / "report.html", address="v=findings") as opened:
        table = opened.page.locator("#app table.virtual")
        table.locator("tr[aria-rowindex='2']").wait_for()
        assert table.get_attribute("aria-rowcount") == str(len(rows) + 1)
        indexes = [int(row.get_attribute("aria-rowindex")) for row in table.locator("tr[aria-rowindex]").all()]
        assert indexes == sorted(set(indexes)) and indexes[0] == 1
        assert table.locator("tbody tr[tabindex='0']").count() == 1
        assert opened.page.locator("#announcement").get_attribute("role") == "status"


def test_targets_are_large_enough_for_a_finger(browser, demo):
    with Opened(browser, demo / "report.html", address="v=findings", viewport=PHONE, has_touch=True) as opened:
        opened.page.locator("#app tr[aria-rowindex='2']").wait_for()
        small = opened.page.evaluate("""[...document.querySelectorAll('button, input, select, summary')]
            .filter(one => one.checkVisibility()).map(one => [one.textContent.trim().slice(0, 40), one.getBoundingClientRect()])
            .filter(([, box]) => box.height < 23.5 || box.width < 23.5).map(([text, box]) => `${text}: ${box.width} x ${box.height}`)""")
        assert small == []


def test_motion_stops_for_those_who_ask(browser, demo):
    with Opened(browser, demo / "report.html", reduced_motion="reduce") as opened:
        moving = opened.page.evaluate("""[...document.querySelectorAll('*')].filter(one => { const style = getComputedStyle(one);
            return style.scrollBehavior === 'smooth' || parseFloat(style.transitionDuration) > 0.01 || parseFloat(style.animationDuration) > 0.01; }).length""")
        assert moving == 0
