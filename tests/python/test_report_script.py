"""Do the scripts of report.html read, ask, sort and hand out rows as they say? Each file is loaded into a blank page."""
import base64
import csv
import gzip
import hashlib
import io
import json
import pathlib
import re
import tomllib

import pytest

SCRIPTS = pathlib.Path(__file__).parents[2] / "templates" / "script"
# In the order of the page; `main.js` starts the page and is not loaded here.
FILES = ["text", "fingerprint", "block", "filter", "table", "address", "take", "sections", "tables", "finding", "views", "route"]


@pytest.fixture(scope="module")
def page(browser):
    page = browser.new_page()
    page.goto("about:blank")
    page.add_script_tag(content="\n".join((SCRIPTS / f"{name}.js").read_text(encoding="utf-8") for name in FILES))
    yield page
    page.close()


def packed(rows, columns):
    """A block as the page holds it, with every column as plain texts."""
    made = {}
    for name, cells in columns.items():
        values = list(dict.fromkeys(cells))
        ages, known = [], 0
        for cell in cells:
            code = values.index(cell)
            ages.append(0 if code == known else known - code)
            known += code == known
        made[name] = {"kind": "text", "values": values, "ages": ages}
    return {"rows": rows, "columns": made}


# A sentence with a word of its own, a cell of its row, a word of an earlier sentence, and characters that are marks.
SENTENCES = {
    "rows": 3,
    "words": ["routing:queue:view", "Night Jobs", "users:user:edit"],
    "columns": {
        "subject_name": {"kind": "text", "values": ["Queue Board", "Users Sync"], "ages": [0, 0, 2]},
        "title": {
            "kind": "text", "patterns": ["\ue000 lacks \uf000", "odd \uf8ff\ue000 and \uf8ff\uf8ff"], "forms": [0, 0, 2],
            "slots": [0, 2], "ages": [0, 0, 0], "repeats": ["subject_name"],
        },
        "fix": {
            "kind": "text", "patterns": ["add `\ue100` to `\uf000`", "none"], "forms": [0, 0], "slots": [1], "ages": [0, 0, 2],
            "repeats": ["subject_name", "title"], "beside": ["title"],
        },
        "facts": {
            "kind": "list", "patterns": ["needs \uf000", "plain"], "forms": [0, 0], "slots": [0], "items": [0, 0], "lengths": [2, 0],
            "ages": [0, 0, 2],
        },
        "n": {"kind": "number", "values": [3, None, 12]},
    },
}

FINDINGS = packed(6, {
    "finding_id": ["a1", "b2", "c3", "d4", "e5", "f6"],
    "status": ["new", "persisting", "waived", "resolved", "new", "worse"],
    "severity": ["critical", "high", "high", "medium", "low", "info"],
    "check": ["gap.declared", "gap.observed", "power.dangerous-permission", "gap.declared", "need.unknown", "gap.declared"],
    "org": ["dev", "staging", "dev-eu", "dev", "", "staging"],
    "subject_kind": ["oauth_client"] * 6,
    "subject_name": ["Queue Board", "Users Sync", "queue feed", "Ärzte, Bot", 'Say "x"', "=cmd()"],
    "title": ["cannot call GET /api/v2/users", "cannot call", "holds routing:queue:view", "x", "y", "z"],
    "first_seen": ["2026-11-20T09:00:00Z", "2026-11-21T00:00:00Z", "2026-10-01T00:00:00Z", "2026-11-20T23:59:59Z", "", ""],
    "fact_count": ["1", "20", "3", "0", "100", ""],
})


def asked(page, query, block=FINDINGS):
    return page.evaluate("([b, q]) => { const x = filter(new Block(b), q); return [Array.from(x.rows), x.hints]; }", [block, query])


def test_sentences_are_put_together_again(page):
    texts = page.evaluate(
        "(b) => { const x = new Block(b); return [0, 1, 2].map(r => x.names.map(n => x.text(n, r))); }", SENTENCES
    )
    assert texts == [
        ["Queue Board", "Queue Board lacks routing:queue:view", "add `routing:queue:view` to `Night Jobs`", "needs routing:queue:view;plain", "3"],
        ["Users Sync", "odd \ue000 and \uf8ff", "none", "", ""],
        ["Queue Board", "Queue Board lacks users:user:edit", "add `users:user:edit` to `Night Jobs`", "needs routing:queue:view;plain", "12"],
    ]


@pytest.mark.parametrize("query, rows", [
    ("title:lacks", [0, 2]),
    ("title:board", [0, 2]),
    ("title:routing:queue", [0]),
    ('title:"queue board lacks users"', [2]),
    ('title:"board lacks"', [0, 2]),
    ('"lacks routing"', [0]),
    ('fix:"add `routing:queue:view` to"', [0]),
    ("fix:users:user", [2]),
    ("fix:night", [0, 2]),
    ("\ue000", [1]),
    ("facts:plain", [0, 2]),
    ('facts:"needs routing"', [0, 2]),
    ('facts:""', [1]),
    ("n>=4", [2]),
    ("n<4", [0]),
    ("title:queue*view", [0]),
    ("-title:lacks", [1]),
])
def test_sentences_are_asked_as_if_they_were_whole(page, query, rows):
    assert asked(page, query, SENTENCES)[0] == rows


@pytest.mark.parametrize("query, rows", [
    ("", [0, 1, 2, 3, 4, 5]),
    ("severity>=high", [0, 1, 2]),
    ("severity<low", [5]),
    ("severity:critical,info", [0, 5]),
    ("org:dev", [0, 3]),
    ("org:dev*", [0, 2, 3]),
    ('org:""', [4]),
    ("check:gap.*", [0, 1, 3, 5]),
    ("-check:gap.*", [2, 4]),
    ("is:new", [0, 4]),
    ("is:open", [0, 1, 4, 5]),
    ("!waived", [0, 1, 3, 4, 5]),
    ("is:waived,resolved", [2, 3]),
    ("queue", [0, 2]),
    ("QUEUE board", [0]),
    ('"queue board"', [0]),
    ('"board queue"', []),
    ("subject:queue", [0, 2]),
    ('subject="queue feed"', [2]),
    ("subject=queue", []),
    ("ärzte", [3]),
    ("routing:queue:view", [2]),
    ("/api/v2/users", [0]),
    ("first_seen>=2026-11-20", [0, 1, 3]),
    ("first_seen<=2026-11-20", [0, 2, 3]),
    ("first_seen>2026-11-20", [1]),
    ("fact_count>3", [1, 4]),
    ("severity:", [0, 1, 2, 3, 4, 5]),
    ("-", [0, 1, 2, 3, 4, 5]),
    ('"unclosed', []),
    ("(.*", []),
    ("org:dev severity>=high queue", [0]),
])
def test_filter_finds_exactly_these_rows(page, query, rows):
    assert asked(page, query)[0] == rows


@pytest.mark.parametrize("query, said", [
    ("sevrity:high", "did you mean `severity`"),
    ("severity:hihg", "no row has severity `hihg`; there are critical, high"),
    ("severity>=hihg", "there is no severity `hihg`"),
    ("is:opne", "there is no status `opne`"),
    ("routing:queue:view", ""),
    ("severity>=high org:dev queue", ""),
])
def test_filter_says_what_it_did_not_understand(page, query, said):
    hints = " ".join(asked(page, query)[1])
    assert said in hints and (said or not hints), hints


def test_facets_count_without_their_own_filter_and_toggle_their_terms(page):
    counts = page.evaluate(
        "(b) => { const x = new Block(b); const f = filter(x, 'severity:high org:dev*'); return [facet(x, f, 'severity'), facet(x, f, 'org')]; }",
        FINDINGS,
    )
    assert counts[0] == [["critical", 1], ["high", 1], ["medium", 1], ["low", 0], ["info", 0]]
    assert dict(counts[1]) == {"dev": 0, "dev-eu": 1, "staging": 1, "": 0}
    toggle = lambda query, field, value: page.evaluate("([q, n, f, v]) => toggled(q, n, f, v)", [query, list(FINDINGS["columns"]), field, value])
    assert toggle("queue", "org", "dev") == "queue org:dev"
    assert toggle("queue org:dev", "org", "staging") == "queue org:dev,staging"
    assert toggle("queue org:dev,staging", "org", "dev") == "queue org:staging"
    assert toggle("org:staging", "org", "staging") == ""
    assert toggle("", "org", "") == 'org:""'
    assert toggle("", "subject_name", "Ärzte, Bot") == 'subject_name:"Ärzte, Bot"'


def test_rows_are_sorted_by_two_keys_and_words_by_their_meaning(page):
    order = lambda keys: page.evaluate(
        "([b, k]) => { const x = new Block(b); return Array.from(sorted(x, Uint32Array.from([0,1,2,3,4,5]), k)); }", [FINDINGS, keys]
    )
    assert order([{"name": "severity", "down": False}]) == [0, 1, 2, 3, 4, 5]
    assert order([{"name": "severity", "down": True}]) == [5, 4, 3, 1, 2, 0]
    assert order([{"name": "org", "down": False}, {"name": "severity", "down": True}]) == [4, 3, 0, 2, 5, 1]
    assert order([{"name": "fact_count", "down": False}]) == [5, 3, 0, 2, 1, 4]


@pytest.mark.parametrize("address", [
    {"view": "findings", "query": 'severity>=high "a & b" check:gap.*', "sort": "-severity,org", "group": ""},
    {"view": "gaps", "query": "100% + 1 = #2", "sort": "", "group": "org"},
    {"view": "findings", "finding": "a1b2", "query": "org:dev", "sort": "", "group": ""},
    {"object": {"kind": "endpoint", "org": "dev:eu & co", "id": "GET /api/v2/users/{userId}"}},
    {"anchor": "completeness"},
])
def test_addresses_lead_back_to_what_they_were_made_of(page, address):
    assert page.evaluate("(a) => readAddress(writeAddress(a))", address) == address


def test_broken_addresses_are_anchors_and_old_ones_of_findings_lead_to_them(page):
    assert page.evaluate("readAddress('#%E0%A4%A')") == {"anchor": "%E0%A4%A"}
    assert page.evaluate("readAddress('')") == {"anchor": ""}
    assert page.evaluate("readAddress('#f-00a1').finding") == "00a1"


def test_hidden_characters_are_shown_and_data_never_becomes_markup(page):
    hostile = "</script><img src=x onerror=alert(1)>\u202egnp\u200b\U000e0041"
    shown = page.evaluate("(t) => visible(t)", hostile)
    assert shown == "</script><img src=x onerror=alert(1)>⟦U+202E⟧gnp⟦U+200B⟧⟦U+E0041⟧"
    html = page.evaluate(
        "(t) => make('p', { text: t, title: t }, make('b', {}, t), prose('a `' + t + '` b')).outerHTML", hostile
    )
    assert "<img" not in html.replace('title="' + shown.replace("&", "&amp;"), "") and "\u202e" not in html
    assert page.evaluate("make('a', { href: 'javascript:alert(1)' }).getAttribute('href')") == "#"
    for name in ["onclick", "style", "src", "srcdoc", "formaction"]:
        with pytest.raises(Exception, match="is not for data"):
            page.evaluate("(n) => make('p', { [n]: 'x' })", name)
    assert page.evaluate("(t) => visible(t)", "Müller\nキュー") == "Müller\nキュー"


def test_same_characters_are_hidden_here_and_in_the_static_page(page):
    source = (SCRIPTS.parents[1] / "src" / "report" / "src" / "html" / "visible.rs").read_text(encoding="utf-8")
    body = source[source.index("pub fn is_hidden"):source.index("/// Writes text as HTML")]
    hidden = set()
    for line in body.splitlines():
        if "=> true" in line:
            for first, last in re.findall(r"'\\u\{(\w+)\}'(?:\.\.='\\u\{(\w+)\}')?", line):
                hidden.update(range(int(first, 16), int(last or first, 16) + 1))
    hidden -= {0x0A, 0x09}
    everything = [n for n in range(0x110000) if not 0xD800 <= n < 0xE000]
    marked = page.evaluate("(all) => all.filter(n => visible(String.fromCodePoint(n)).startsWith('⟦U+'))", everything)
    assert set(marked) == hidden and len(hidden) > 4000


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "\u3000=1", "\ufeff=1", "＝1", "a=1", "*", "", 'say "x"', "a,b", "two\nlines", " padded ", "x" * 40_000, "😀" * 20_000])
def test_cells_of_a_saved_file_are_those_of_the_program(page, text):
    cell = page.evaluate("(t) => csvCell(t)", text)
    read = next(csv.reader(io.StringIO(cell)), [""])
    assert len(read) == 1
    runs = bool(re.match(r"[\s\ufeff\u200b-\u200f\u2060]*[=+\-@＝＋－＠]|[\t\r\n]", text))
    if len(text.encode("utf-16-le")) // 2 > 32_700:
        assert len(read[0].encode("utf-16-le")) // 2 <= 32_700 and read[0].endswith(f"… [cut: {len(text)} characters in all]")
    else:
        assert read[0] == ("'" if runs else "") + text


def test_saved_file_holds_the_rows_of_the_program_to_the_letter(page, demo):
    text = (demo / "report.html").read_text(encoding="utf-8")
    blocks = {name: data for name, data in re.findall(r'id="block-([a-z_]+)" data-rows="\d+">([^<]+)<', text)}
    page.evaluate(
        """(blocks) => Object.entries(blocks).forEach(([name, text]) => document.body.append(
            Object.assign(document.createElement("script"), { type: "application/octet-stream", id: `block-${name}`, textContent: text })))""", blocks
    )
    for name in ["findings", "gaps", "excess", "drift", "oauth_clients", "roles", "permissions", "grants", "endpoints", "blockers"]:
        found = re.search(rf'id="block-{name}" data-rows="(\d+)">([^<]+)<', text)
        data = json.loads(gzip.decompress(base64.b64decode(found[2])))
        assert data["rows"] == int(found[1])
        saved = page.evaluate(
            "async (b) => { const x = await block(b); return csvOf(x, x.names.filter(n => !BESIDE.has(n)), Array.from({ length: x.rows }, (_, r) => r)); }", name
        )
        written = (demo / f"{name}.csv").read_bytes().decode("utf-8")
        rows = lambda text: sorted(csv.reader(io.StringIO(text, newline="")))
        assert saved.split("\n")[0] == written.split("\n")[0], name
        assert rows(saved) == rows(written), name


def test_ticket_and_waiver_hold_what_is_needed_and_nothing_hidden(page):
    finding = {
        "finding_id": "a1b2c3d4e5f60718", "severity": "high", "status": "new", "title": "Queue\u202e Board cannot call", "org": "dev",
        "subject_kind": "oauth_client", "subject_name": "Queue\u202e Board", "subject_id": "id-1", "check": "gap.declared",
        "first_seen": "2026-11-20", "detail": "seen", "why": "matters", "fix": "add it", "facts": [f"fact {n}" for n in range(60)],
    }
    ticket = page.evaluate("(f) => ticketOf(f, 'file:///r.html#f=a1')", finding)
    for part in ["[HIGH] Queue⟦U+202E⟧ Board", "Org: dev", "seen", "- fact 49", "- and 10 more", "matters", "add it", "file:///r.html#f=a1"]:
        assert part in ticket
    assert "fact 50" not in ticket and "\u202e" not in ticket
    entry = page.evaluate("(f) => waiverOf(f, '2026-11-21T02:00:00Z')", finding)
    waiver = tomllib.loads(entry)["waiver"][0]
    assert waiver["finding"] == finding["finding_id"] and str(waiver["expires"]) == "2027-02-19"
    assert waiver["reason"] == waiver["owner"] == "", "whoever accepts it has to say so"
    two_lines = dict(finding, title='x\n[[waiver]]\nfinding = "0"')
    assert len(tomllib.loads(page.evaluate("(f) => waiverOf(f, '2026-11-21T02:00:00Z')", two_lines))["waiver"]) == 1


def test_ids_of_findings_are_worked_out_as_the_program_does(page):
    """What follows from a row is not in the page; SHA-256 and the writing of its parts are checked against Python's."""
    rows = [
        ["gap.declared", "dev", "oauth_client", "c1", "a", ["x", "y"]],
        ["gap.declared", "", "role", "", "Rôle 🦊\u202e", []],
        ["c", "o", "k", "i" * 200, "n", ["é" * 50, "z" * 5000]],
        *(["c", "o", "k", "i" * length, "", []] for length in range(1, 140)),
    ]
    for length in (55, 56, 63, 64):
        assert page.evaluate("(n) => { const b = new Uint8Array(n + 72).fill(97); return shaOf(b, n); }", length) == hashlib.sha256(b"a" * length).hexdigest()[:16]
    reported = {name: [row[at] for row in rows] for at, name in enumerate(["check", "org", "subject_kind", "subject_id", "subject_name"])}
    made = page.evaluate(
        """([reported, causes]) => {
          const column = (cells) => ({ kind: "text", values: cells, ages: cells.map(() => 0) });
          const lists = { kind: "list", values: causes.flat(), items: causes.flat().map(() => 0), lengths: causes.map((one) => one.length), ages: causes.map(() => 0) };
          const columns = { finding_id: { kind: "derived", own: { 1: "0123456789abcdef" } }, cause: lists };
          for (const name in reported) columns[name] = column(reported[name]);
          const block = new Block({ rows: causes.length, columns });
          const single = block.text("finding_id", 0);
          return [single, block.values("finding_id"), block.find("finding_id", "0123456789abcdef"), block.find("finding_id", single)];
        }""",
        [reported, [row[5] for row in rows]],
    )

    def wanted(row):
        parts = [row[0], row[1], row[2], row[3] or row[4], *row[5]]
        return hashlib.sha256(b"".join(len(part.encode()).to_bytes(8, "big") + part.encode() for part in parts)).hexdigest()[:16]

    ids = [wanted(row) for row in rows]
    ids[1] = "0123456789abcdef"
    assert made == ["28d603f90793c43e", ids, 1, 0]


def test_scripts_hold_no_way_by_which_data_becomes_code_or_markup():
    forbidden = [
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "createContextualFragment", "setHTML",
        "DOMParser", "srcdoc =", "fetch(", "XMLHttpRequest", "sendBeacon", "WebSocket", "import(", "localStorage", ".cssText", "setAttribute(\"style\"",
    ]
    files = sorted(SCRIPTS.glob("*.js"))
    assert len(files) >= len(FILES) + 1
    for file in files:
        text = file.read_text(encoding="utf-8")
        # The chosen theme is all that may be kept in the browser.
        text = re.sub(r'localStorage\.(?:getItem|setItem)\("rolecall-theme"', "", text)
        for word in forbidden:
            assert word not in text, f"{word} in {file.name}"
        assert not re.search(r"\.style\b(?!\.setProperty\()", text), f"an inline style in {file.name}"
        assert text.startswith("// "), f"{file.name} does not say what it is for"


def test_files_do_nothing_when_they_are_loaded(browser):
    page = browser.new_page()
    page.goto("about:blank")
    state = "[document.body.outerHTML, document.documentElement.className, location.href]"
    before = page.evaluate(state)
    for name in FILES:
        page.add_script_tag(content=(SCRIPTS / f"{name}.js").read_text(encoding="utf-8"))
    assert page.evaluate(state) == before
    page.close()
