"""Is report.html readable in a browser that has no network, no script and a narrow screen?"""
import json
import re
import urllib.parse

import pytest

import program
from browser import Opened


@pytest.fixture(scope="module", params=["demo", "hostile_night"])
def report(request):
    return request.getfixturevalue(request.param) / "report.html"


def test_report_opens_silently_and_asks_for_nothing(browser, report):
    with Opened(browser, report) as opened:
        assert opened.said == []
        assert opened.dialogs == []
        assert set(opened.requested) == {opened.url}
        assert opened.page.title().strip()
        assert opened.page.locator("html").get_attribute("lang")
        assert opened.page.locator("h1").count() == 1


def test_report_opens_with_a_verdict_in_a_sentence(browser, report):
    with Opened(browser, report) as opened:
        verdict = opened.page.locator("#verdict").first
        assert verdict.is_visible()
        text = verdict.inner_text().strip()
        assert len(text.split()) >= 4, f"`{text}` is no sentence"
        box = verdict.bounding_box()
        assert box["y"] < 720, "the verdict is not on the first screen"


def number(text):
    return int(text.replace(",", ""))


def test_gaps_table_holds_every_gap_or_says_how_many_more(browser, report):
    gaps = program.read_csv(report.parent / "gaps.csv")
    with Opened(browser, report, scripts=False) as opened:
        shown = opened.page.locator("#gaps table.gaps tr[data-item]").count()
        cuts = re.findall(r"(\d[\d,]*) of (\d[\d,]*) gaps are shown", " ".join(opened.page.locator("#gaps .cut").all_inner_texts()))
        more = sum(number(total) - number(here) for here, total in cuts)
        assert shown > 0 and gaps
        assert shown + more == len(gaps), f"{shown} rows shown, {more} said to be more, {len(gaps)} in gaps.csv"


def test_every_link_leads_somewhere(browser, report):
    with Opened(browser, report, scripts=False) as opened:
        targets = opened.page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
        assert len(targets) == len(set(targets)), f"ids that stand twice: {sorted({t for t in targets if targets.count(t) > 1})[:5]}"
        links = opened.page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))")
        inside = [link for link in links if link.startswith("#")]
        lost = [link for link in inside if urllib.parse.unquote(link[1:]) not in targets]
        assert inside and not lost, f"{len(lost)} links lead nowhere: {lost[:5]}"
        files = [link for link in links if not re.match(r"[a-z]+:|#", link)]
        assert not [link for link in files if not (report.parent / urllib.parse.unquote(link.split("#")[0])).exists()]
        assert not [link for link in links if re.match(r"(javascript|data|vbscript):", link, re.I)]
        first = opened.page.locator("#gaps a[href^='#']").first
        target = first.get_attribute("href")
        first.click()
        assert opened.page.locator(f"[id='{urllib.parse.unquote(target[1:])}']").is_visible()


def test_every_link_of_the_scripted_page_is_an_anchor_or_an_address(browser, report):
    with Opened(browser, report) as opened:
        targets = set(opened.page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)"))
        links = {link for link in opened.page.evaluate("[...document.querySelectorAll('#overview a[href^=\"#\"], nav a[href^=\"#\"]')].map(a => a.getAttribute('href'))")}
        lost = [link for link in links if urllib.parse.unquote(link[1:]) not in targets and not re.match(r"#(v|f|o)=.", link)]
        assert lost == []


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_page_never_scrolls_sideways(browser, report, width):
    with Opened(browser, report, viewport={"width": width, "height": 844}) as opened:
        wide = opened.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"the page is {wide} px wider than a screen of {width} px"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_differs_from_its_background(browser, report, scheme):
    with Opened(browser, report, color_scheme=scheme) as opened:
        colours = opened.page.evaluate(
            """() => {
                const solid = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
                    if (c !== 'rgba(0, 0, 0, 0)' && c !== 'transparent') return c; } return 'rgb(255, 255, 255)'; };
                return ['h1', '#verdict', '#completeness'].map(s => document.querySelector(s))
                    .map(e => [getComputedStyle(e).color, solid(e)]);
            }"""
        )
        for text, behind in colours:
            assert contrast(text, behind) >= 4.5, f"{text} on {behind}"


def contrast(one, other):
    def light(colour):
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


def test_no_secret_reaches_any_file(hostile_night):
    for path in hostile_night.rglob("*"):
        if path.is_file() and path.suffix in (".html", ".csv", ".json", ".md", ".xml", ".sarif"):
            text = path.read_text(encoding="utf-8")
            assert "MUST-NOT-APPEAR" not in text and "foreign-secret" not in text, path.name
    json.loads((hostile_night / "findings.json").read_text(encoding="utf-8"))
