"""Does the page of everything that is called something hostile open by its address, and is each name found as it is?"""
import re

import pytest

import hostile
from browser import PHONE, Opened
from harmless import NAMED, assert_harmless, bare, part, rows, squeezed, visible


@pytest.fixture(scope="module")
def report(hostile_night):
    return hostile_night / "report.html"


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
