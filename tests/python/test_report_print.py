"""Does the report print to a document that can be filed: whole, numbered, with the run on every sheet, no longer than needed?"""
import io
import json
import re

import pypdf
import pytest

import program
from browser import Opened


def printed(opened):
    """(text of each sheet, all of it). Ligatures and line breaks are those of the printer, not of the text."""
    document = pypdf.PdfReader(io.BytesIO(opened.page.pdf(prefer_css_page_size=True)))
    sheets = [re.sub(r"\s+", " ", page.extract_text().replace("\ufb01", "fi").replace("\ufb02", "fl").replace("\ufb00", "ff")) for page in document.pages]
    return sheets, " ".join(sheets)


@pytest.fixture(scope="module")
def run(demo):
    return json.loads((demo / "run.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def findings(demo):
    return program.read_csv(demo / "findings.csv")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_printed_report_is_whole_and_says_on_every_sheet_which_run_it_is(browser, demo, findings, scripts):
    with Opened(browser, demo / "report.html", scripts=scripts) as opened:
        verdict = re.sub(r"\s+", " ", opened.page.locator("#verdict").inner_text())
        sheets, text = printed(opened)
    assert 5 <= len(sheets) <= 80, f"{len(sheets)} sheets for {len(findings)} findings"
    assert verdict[:60] in sheets[0]
    for at, sheet in enumerate(sheets):
        assert demo.name in sheet, f"sheet {at + 1} does not say which run it is of"
        assert re.search(rf"\b{at + 1} ?/ ?{len(sheets)}(?!\d)", sheet), f"sheet {at + 1} has no number"
        assert len(sheet) > 120, f"sheet {at + 1} is nearly empty"
    squeezed = text.replace(" ", "")
    missing = [row["title"] for row in findings if row["severity"] == "critical" and row["status"] != "resolved" and row["title"].replace("`", "").replace(" ", "") not in squeezed]
    assert missing == [], "grave findings are not printed"
    for control in ("Unfold all", "Skip to the content", "Theme:"):
        assert control not in text, "what can only be pressed is printed"


def test_printed_view_says_its_filter_and_holds_all_of_its_rows(browser, demo, findings):
    wanted = [row for row in findings if row["severity"] in ("high", "critical")]
    with Opened(browser, demo / "report.html", address="v=findings&q=severity%3E%3Dhigh", init="window.print = () => { window.asked = true; };") as opened:
        opened.page.locator("#app tr[aria-rowindex='2']").wait_for()
        opened.page.get_by_role("button", name="Print this view").click()
        assert opened.page.evaluate("window.asked")
        sheets, text = printed(opened)
        opened.page.evaluate("dispatchEvent(new Event('afterprint'))")
        opened.page.wait_for_timeout(100)
        assert opened.page.locator("#app tr[aria-rowindex]").count() < 120, "the rows stay mounted after printing"
    assert "severity>=high" in text and f"{len(wanted)} of {len(findings)} findings" in text
    squeezed = text.replace(" ", "")
    missing = [row["title"] for row in wanted if row["title"].replace("`", "").replace(" ", "") not in squeezed]
    assert missing == []
    assert all(demo.name in sheet for sheet in sheets)
    rows = [sheet for sheet in sheets if re.search(r"\b(high|critical)\b", sheet)]
    assert sum("Severity" in sheet for sheet in rows) >= len(rows) - 1, "the heading is not repeated"
