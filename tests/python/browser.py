"""A page of the report in headless Chromium, and everything that happened while it was open."""
import functools
import html.parser
import http.server
import pathlib
import threading

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage",
]
# Exact figures instead of rounded ones, for the tests of budgets.
MEASURING = [*QUIET, "--enable-precise-memory-info", "--js-flags=--expose-gc"]
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


class Opened:
    """A report in a context of its own. `address` is what follows the `#`."""

    def __init__(self, browser, file, address="", scripts=True, url=None, init=None, wait="load", **options):
        options.setdefault("viewport", DESK)
        self.context = browser.new_context(java_script_enabled=scripts, **options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.said, self.requested, self.dialogs = [], [], []
        self.page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        self.context.on("request", lambda request: self.requested.append(request.url))
        self.page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        if init:
            self.page.add_init_script(init)
        self.url = url or pathlib.Path(file).resolve().as_uri()
        self.page.goto(self.url + (f"#{address}" if address else ""), wait_until=wait)
        if scripts:
            self.page.wait_for_selector("html.scripted", state="attached")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()

    def go(self, address):
        """To another address of the same page, as a link does."""
        self.page.evaluate("address => { location.hash = address; }", address)

    def address(self):
        return self.page.evaluate("decodeURIComponent(location.hash)")

    def sideways(self):
        """By how many pixels the page is wider than its window."""
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def assert_quiet(self):
        assert self.said == []
        assert self.dialogs == []
        assert {url.split("#")[0] for url in self.requested} == {self.url}, "the page asked for something"


class Markup(html.parser.HTMLParser):
    """Every element of a file in its order, with its attributes and its text, before any script has run."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.texts, self.open = [], [], None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self.texts.append("")
        self.open = len(self.texts) - 1 if tag in self.CDATA_CONTENT_ELEMENTS else None

    def handle_endtag(self, tag):
        self.open = None

    def handle_data(self, data):
        if self.open is not None:
            self.texts[self.open] += data

    def all(self, wanted):
        """(attributes, text) of every element of this name; the text of scripts and styles alone is kept."""
        return [(attributes, text) for (tag, attributes), text in zip(self.elements, self.texts) if tag == wanted]


class Served:
    """A folder behind HTTP on this machine."""

    def __init__(self, folder):
        class Handler(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
