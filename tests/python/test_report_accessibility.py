"""Can the report be read and used without a mouse, without sight, on a phone, in the dark? axe looks for what can be told
by machine; the keyboard walk for what it cannot."""
import pathlib

import axe_playwright_python
import pytest

import program
from browser import DESK, PHONE, Opened

AXE = (pathlib.Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
VIEWS = (
    "findings gaps blockers excess drift changes oauth_clients service_users roles permissions divisions grants endpoints matrix".split()
)
LOOKS = {
    "light": {"color_scheme": "light", "viewport": DESK},
    "dark": {"color_scheme": "dark", "viewport": DESK},
    "phone": {"color_scheme": "light", "viewport": PHONE},
}


def violations(opened):
    """What axe finds, one line an element. Run by the browser's tools, so that the page's own policy stays in force."""
    found = opened.page.evaluate(
        """async ([axe, tags]) => {
            if (!window.axe) window.eval ? (0, eval)(axe) : null;
            const done = await window.axe.run(document, { runOnly: tags, preload: false, resultTypes: ['violations'] });
            return done.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary.replace(/\\s+/g, ' ')}`));
        }""",
        [AXE, TAGS],
    )
    return found
