"""Does anything that an org is called run in the report, hide in it, or break it?"""
import csv
import re
import urllib.parse

import pytest

import hostile
import program
from browser import DESK, PHONE, Opened

VIEWS = (
    "findings gaps blockers excess drift changes oauth_clients service_users roles permissions divisions grants endpoints matrix".split()
)
# What changes a line's look without being seen. Written here a second time, from the Unicode tables, so that a gap in the
# report's own list shows.
HIDDEN = (
    r"\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
)
# Elements that nothing in the report has any use for.
FOREIGN = "img, iframe, object, embed, form, base, link, video, audio, meta ~ body meta, #app script, [onload], [onerror], [onfocus], [onclick], [srcdoc]"


def visible(text):
    """As the report shows it."""
    return re.sub(f"[{HIDDEN}]|[\U000e0000-\U000e0fff]", lambda found: f"⟦U+{ord(found[0]):04X}⟧", text)


def squeezed(text):
    return re.sub(r"\s+", " ", text).strip()


def part(text):
    return urllib.parse.quote(text, safe="")


def assert_harmless(opened):
    opened.assert_quiet()
    assert opened.page.evaluate("window.hostile === undefined"), "a name ran"
    assert opened.page.locator(FOREIGN).count() == 0
    links = opened.page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))")
    assert [link for link in links if not re.match(r"#|[\w.-]+\.(csv|json|md|xlsx|sarif|xml|html)$|[\w-]+/$", link)] == []
    unseen = opened.page.evaluate(
        """pattern => {
            const hidden = new RegExp(`[${pattern}]`, 'u'), found = [];
            const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const node = walker.currentNode;
                if (node.parentElement.tagName !== 'SCRIPT' && hidden.test(node.data)) found.push(node.data.slice(0, 200));
            }
            for (const element of document.body.querySelectorAll('*'))
                for (const { name, value } of element.attributes)
                    if (['title', 'alt', 'aria-label', 'aria-description', 'placeholder', 'data-copy'].includes(name) && hidden.test(value))
                        found.push(`${name}=${value.slice(0, 200)}`);
            return found.slice(0, 5);
        }""",
        HIDDEN,
    )
    assert unseen == [], "what cannot be seen is not shown by its number"
    assert opened.sideways() <= 0, "the page scrolls sideways"


@pytest.fixture(scope="module")
def report(hostile_night):
    return hostile_night / "report.html"


def rows(hostile_night, table):
    csv.field_size_limit(10_000_000)
    return program.read_csv(hostile_night / f"{table}.csv")


def bare(text):
    """What is the same in a cell of a CSV file and in the org: cells have apostrophes where a formula could begin, and
    pictures of control characters."""
    text = re.sub("[\ufffe\uffff]", "\ufffd", text.replace("\r\n", "\n").replace("\r", "\n").replace("'", ""))
    return re.sub("[\x00-\x08\x0b-\x1f\x7f]", lambda found: "\u2421" if found[0] == "\x7f" else chr(0x2400 + ord(found[0])), text)


NAMED = {bare(text): text for text in hostile.ALL}


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


KINDS = {"oauth_client": "oauth_clients", "service_user": "service_users", "role": "roles"}


@pytest.mark.parametrize("kind", KINDS)
def test_page_of_every_hostile_object_opens_by_its_address(browser, hostile_night, report, kind):
    wanted = {}
    for row in rows(hostile_night, KINDS[kind]):
        name = NAMED.get(bare(row["name"]), row["name"])
        if row["org"] == "north" and (bare(name) in NAMED or row["id"].split(" ", 1)[-1] in hostile.IDS):
            wanted[row["id"]] = name
    assert len(wanted) > len(hostile.ALL) - 3
    with Opened(browser, report) as opened:
        for number, (id, name) in enumerate(wanted.items()):
            opened.go(f"o={kind}:north:{part(id)}")
            shown = squeezed(visible(name))[:100] or id
            opened.page.wait_for_function(
                "wanted => document.querySelector('#app:not([hidden]) h2')?.textContent.replace(/\\s+/g, ' ').includes(wanted)", arg=shown, timeout=60_000,
            )
            if number % 6 == 0 or id.startswith(("client ", "user ", "role ")):
                assert_harmless(opened)
        opened.page.set_viewport_size(PHONE)
        opened.page.wait_for_timeout(200)
        assert_harmless(opened)


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


def test_search_finds_each_name_as_it_is(browser, report):
    with Opened(browser, report) as opened:
        for text in hostile.ALL:
            words = max(re.split(r'["\\]', text), key=len)
            if words.strip() != words or not words:
                continue
            opened.go(f"v=oauth_clients&q={part(chr(34) + words + chr(34))}")
            opened.page.wait_for_function(
                "wanted => [...document.querySelectorAll('#app tr[aria-rowindex] td')].some(cell => cell.textContent.replace(/\\s+/g, ' ').includes(wanted))",
                arg=squeezed(visible(words))[:60], timeout=60_000,
            )
        assert_harmless(opened)
