"""Does the file of the report forbid whatever is not in it, hold nothing that could run, and come out the same twice?"""
import base64
import hashlib
import re
import subprocess

import pytest

import hostile
import program
from browser import Markup

SCRIPTS = sorted((program.ROOT / "templates" / "script").glob("*.js"))
# What would make markup or code of a text.
SINKS = [
    r"\.(inner|outer)HTML\b", r"\binsertAdjacentHTML\b", r"\bdocument\s*\.\s*(write|writeln|domain|cookie)\b", r"\beval\s*\(",
    r"\bFunction\s*\(", r"\bset(Timeout|Interval)\s*\(\s*[\"'`]", r"\bcreateContextualFragment\b", r"\bDOMParser\b",
    r"\bsetHTML(Unsafe)?\b", r"\bparseHTML(Unsafe)?\b", r"\.srcdoc\b", r"\.on[a-z]+\s*=[^=]", r"[\"'`]on[a-z]+[\"'`]\s*,",
    r"setAttribute\(\s*[\"'`](style|on[a-z]+|srcdoc|src)[\"'`]", r"\bcssText\b", r"\bimport\s*\(", r"\bimportScripts\b",
    r"createElement\(\s*[\"'`](script|iframe|object|embed|style|link|base)[\"'`]",
]
# What would talk to somebody, or keep something.
CONTACTS = [
    r"\bfetch\s*\(", r"\bXMLHttpRequest\b", r"\bWebSocket\b", r"\bEventSource\b", r"\bsendBeacon\b", r"\bnew\s+(Shared)?Worker\b",
    r"\bserviceWorker\b", r"\bpostMessage\b", r"\bindexedDB\b", r"\bsessionStorage\b", r"\bwindow\s*\.\s*open\b", r"https?://(?!www\.w3\.org/)",
]


@pytest.fixture(scope="module", params=["demo", "hostile_night"])
def folder(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def markup(folder):
    return Markup((folder / "report.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def policy(markup):
    policies = [one["content"] for one, _ in markup.all("meta") if (one.get("http-equiv") or "").lower() == "content-security-policy"]
    assert len(policies) == 1
    parts = [part.split() for part in policies[0].split(";") if part.strip()]
    assert len(parts) == len({part[0] for part in parts}), "a directive stands twice: the second one does not count"
    return {part[0]: part[1:] for part in parts}


def test_policy_stands_before_anything_it_should_forbid(markup):
    tags = [tag for tag, _ in markup.elements]
    at = next(at for at, (tag, one) in enumerate(markup.elements) if (one.get("http-equiv") or "").lower() == "content-security-policy")
    assert tags[: at + 1] == ["html", "head", *["meta"] * (at - 1)], "only other meta elements may stand before the policy"


def test_policy_names_our_style_and_script_alone(markup, policy):
    def hashes(elements):
        return {f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in elements}

    running = [text for one, text in markup.all("script") if (one.get("type") or "text/javascript") in ("text/javascript", "module")]
    assert len(running) == 1
    assert set(policy["script-src"]) == hashes(running)
    assert set(policy["style-src"]) == hashes(text for _, text in markup.all("style"))


def test_policy_forbids_the_rest(policy):
    assert policy["default-src"] == ["'none'"]
    for directive in ("connect-src", "base-uri", "form-action"):
        assert policy[directive] == ["'none'"], directive
    assert policy.get("img-src", ["'none'"]) in (["'none'"], ["data:"])
    allowed = {"default-src", "script-src", "style-src", "img-src", "connect-src", "base-uri", "form-action"}
    for directive, sources in policy.items():
        assert directive in allowed or sources == ["'none'"], f"{directive} {sources}"
        assert not any(re.search(r"unsafe|\*|https?:|//|blob:|strict-dynamic", source) for source in sources), f"{directive} {sources}"


def test_data_blocks_are_inert(markup):
    for attributes, text in markup.all("script"):
        if (attributes.get("type") or "text/javascript") not in ("text/javascript", "module"):
            assert attributes["type"] == "application/octet-stream", attributes
            assert attributes["id"].startswith("block-"), attributes
            assert re.fullmatch(r"[A-Za-z0-9+/=\s]*", text), f"{attributes['id']} holds more than base64"
            assert int(attributes["data-rows"]) >= 0


def test_elements_have_no_handlers_styles_or_outside_resources(markup):
    for tag, attributes in markup.elements:
        assert tag not in ("iframe", "object", "embed", "base", "form", "link", "audio", "video", "portal", "foreignobject"), tag
        assert "style" not in attributes, (tag, attributes)
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        assert not {"src", "srcset", "srcdoc", "poster", "action", "formaction", "background", "ping", "xlink:href"} & set(attributes), (tag, attributes)
        if tag == "meta":
            assert (attributes.get("http-equiv") or "content-security-policy").lower() == "content-security-policy", attributes
        if "href" in attributes:
            assert tag == "a" or (tag == "use" and attributes["href"].startswith("#")), (tag, attributes)
            assert re.match(r"#|[\w.-]+\.(csv|json|md|xlsx|sarif|xml|html)$|[\w-]+/$", attributes["href"]), (tag, attributes)


def test_style_loads_nothing(markup):
    style = "".join(text for _, text in markup.all("style"))
    assert style.strip()
    assert not re.search(r"@import|@font-face|expression\(", style)
    assert not [url for url in re.findall(r"url\(([^)]*)\)", style) if not url.strip("\"' ").startswith(("data:", "#"))]


def test_ids_stand_once(markup):
    ids = [attributes["id"] for _, attributes in markup.elements if "id" in attributes]
    assert not {one for one in ids if ids.count(one) > 1}


def test_file_is_reported_not_to_be_indexed_nor_to_tell_where_it_came_from(markup):
    named = {one["name"]: one["content"] for one, _ in markup.all("meta") if "name" in one}
    assert named["referrer"] == "no-referrer"
    assert "noindex" in named["robots"]


def test_same_night_gives_the_same_bytes(tmp_path, hostile_night):
    """The same snapshots, matrix and settings, reported by two more processes at two other times."""
    home = hostile_night.parents[1]
    snapshots = [sorted((home / "history" / org).glob("*.snapshot.json.gz"))[-1] for org in ("north", "south")]
    for name in ("one", "two"):
        program.rolecall(
            "audit", "--config", home / "rolecall.toml", *[word for path in snapshots for word in ("--snapshot", path)],
            "--out", tmp_path / name, "--no-progress", cwd=home, exits=program.COMPLETE + program.INCOMPLETE,
        )
    folders = [hostile_night, *(program.latest(tmp_path / name) for name in ("one", "two"))]
    files = [{path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()} for folder in folders]
    assert "report.html" in map(str, files[0])
    for other in files[1:]:
        assert list(files[0]) and set(files[0]) == set(other)
        assert [str(name) for name in files[0] if files[0][name] != other[name]] == []


def code_of(path):
    """A script without its comments and the texts of its strings' line breaks."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    return re.sub(r"(?m)(^|\s)//.*$", r"\1", text)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_script_has_no_way_from_text_to_markup_and_none_to_the_network(path):
    code = code_of(path)
    found = [match[0] for pattern in SINKS + CONTACTS for match in re.finditer(pattern, code)]
    assert found == []


@pytest.mark.parametrize("pattern, planted", [
    (SINKS, "row.innerHTML = name"), (SINKS, "document.write(name)"), (SINKS, "new Function(name)"), (SINKS, "setTimeout('x()')"),
    (SINKS, "node.onclick = go"), (SINKS, "make('a', {}).setAttribute('style', x)"), (SINKS, "document.createElement('script')"),
    (CONTACTS, "fetch('x')"), (CONTACTS, "new Worker(x)"), (CONTACTS, "navigator.sendBeacon(x)"), (CONTACTS, "'https://example.com'"),
])
def test_a_planted_sink_is_found(pattern, planted):
    assert any(re.search(one, planted) for one in pattern)


def test_every_script_parses_and_only_declares(browser):
    """Each file alone in a blank page: what it declares may not run anything, so that tests can load any of them."""
    assert len(SCRIPTS) > 5
    page = browser.new_page()
    said = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text))
    for path in SCRIPTS:
        text = path.read_text(encoding="utf-8")
        if path.name == "main.js":
            page.evaluate("text => { new Function(text); }", text)
        else:
            page.add_script_tag(content='"use strict"; {' + text + "}")
        assert said == [], path.name
    page.close()
