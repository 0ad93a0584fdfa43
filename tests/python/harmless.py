"""Whether a page of the report is harmless: nothing ran, nothing foreign is in it, nothing hides."""
import csv
import re
import urllib.parse

import hostile
import program

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


def rows(hostile_night, table):
    csv.field_size_limit(10_000_000)
    return program.read_csv(hostile_night / f"{table}.csv")


def bare(text):
    """What is the same in a cell of a CSV file and in the org: cells have apostrophes where a formula could begin, and
    pictures of control characters."""
    text = re.sub("[\ufffe\uffff]", "\ufffd", text.replace("\r\n", "\n").replace("\r", "\n").replace("'", ""))
    return re.sub("[\x00-\x08\x0b-\x1f\x7f]", lambda found: "\u2421" if found[0] == "\x7f" else chr(0x2400 + ord(found[0])), text)


NAMED = {bare(text): text for text in hostile.ALL}
