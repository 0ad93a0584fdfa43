"""Is report.html readable in a browser that has no network, no script and a narrow screen?"""
import html.parser
import pathlib
import re
import urllib.parse

import pytest
from playwright.sync_api import sync_playwright

import program
from foreign_org import ForeignOrg, ForeignServer

@pytest.fixture(scope="module", params=["demo", "hostile"])
def report(request):
    return request.getfixturevalue(request.param) / "report.html"


@pytest.fixture(scope="module")
def markup(report):
    return Markup(report.read_text(encoding="utf-8"))


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


def test_gaps_table_holds_every_gap_or_says_how_many_more(browser, report):
    gaps = program.read_csv(report.parent / "gaps.csv")
    with Opened(browser, report) as opened:
        shown = opened.gap_rows().count()
        assert shown > 0 and gaps
        assert shown + opened.said_more() == len(gaps), f"{shown} rows shown, {opened.said_more()} said to be more, {len(gaps)} in gaps.csv"


def test_every_link_leads_somewhere(browser, report):
    with Opened(browser, report) as opened:
        targets = opened.page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
        assert len(targets) == len(set(targets)), f"ids that stand twice: {sorted({t for t in targets if targets.count(t) > 1})[:5]}"
        links = opened.page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))")
        inside = [link for link in links if link.startswith("#")]
        lost = [link for link in inside if urllib.parse.unquote(link[1:]) not in targets]
        assert inside and not lost, f"{len(lost)} links lead nowhere: {lost[:5]}"
        files = [link for link in links if not re.match(r"[a-z]+:|#", link)]
        assert not [link for link in files if not (report.parent / urllib.parse.unquote(link.split("#")[0])).exists()]
        assert not [link for link in links if re.match(r"(javascript|data|vbscript):", link, re.I)]
        first = opened.page.locator("#gaps a[href^='#'], table#gaps a[href^='#']").first
        target = first.get_attribute("href")
        first.click()
        assert opened.page.locator(f"[id='{urllib.parse.unquote(target[1:])}']").is_visible()
        assert opened.said == []


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_page_never_scrolls_sideways(browser, report, width):
    with Opened(browser, report, viewport={"width": width, "height": 844}) as opened:
        wide = opened.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"the page is {wide} px wider than a screen of {width} px"


def test_report_says_the_same_without_javascript(browser, report):
    with Opened(browser, report) as scripted, Opened(browser, report, java_script_enabled=False) as plain:
        assert plain.gap_rows().count() == scripted.gap_rows().count() > 0
        assert plain.page.locator("#verdict").first.inner_text() == scripted.page.locator("#verdict").first.inner_text()
        assert plain.gap_rows().first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_differs_from_its_background(browser, report, scheme):
    with Opened(browser, report, color_scheme=scheme) as opened:
        colours = opened.page.evaluate(
            """() => {
                const solid = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
                    if (c !== 'rgba(0, 0, 0, 0)' && c !== 'transparent') return c; } return 'rgb(255, 255, 255)'; };
                return ['h1', '#verdict', '#gaps'].map(s => document.querySelector(s))
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


def test_policy_forbids_whatever_is_not_in_the_file(markup):
    policies = [
        attributes["content"]
        for tag, attributes in markup.elements
        if tag == "meta" and (attributes.get("http-equiv") or "").lower() == "content-security-policy"
    ]
    assert len(policies) == 1
    directives = dict((part.split() + [""])[:2] for part in policies[0].split(";") if part.strip())
    assert directives["default-src"] == "'none'"
    assert "'unsafe-eval'" not in policies[0] and "http" not in policies[0]


def test_file_has_no_inline_handlers_styles_or_outside_resources(markup):
    for tag, attributes in markup.elements:
        assert "style" not in attributes, (tag, attributes)
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        assert "srcdoc" not in attributes and tag not in ("iframe", "object", "embed", "base"), tag
        for name in ("src", "srcset", "poster", "action", "formaction"):
            assert not re.match(r"(https?:)?//", attributes.get(name) or ""), (tag, attributes)
        if tag == "link":
            assert re.match(r"data:|#", attributes.get("href") or ""), attributes


def test_hostile_names_stay_text(browser, hostile):
    with Opened(browser, hostile / "report.html") as opened:
        assert opened.dialogs == []
        assert "MUST-NOT-APPEAR" not in opened.page.content(), "the report holds a secret"
        assert "<img src=http://127.0.0.1:9/x" in opened.page.locator("#gaps").first.inner_text()
        assert opened.page.locator("img[src*='127.0.0.1'], svg[onload]").count() == 0
