"""What several tests share: the simulated orgs, a run of the demo, a hostile night, large nights, a browser."""
import datetime

import pytest
from playwright.sync_api import sync_playwright

import browser as chromium
import hostile
import program


@pytest.fixture(scope="session")
def simulated():
    """The embedded orgs behind HTTP, as {name: SimulatedOrg}."""
    with program.simulate() as orgs:
        yield orgs


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The folder that `rolecall demo` wrote its reports to."""
    out = tmp_path_factory.mktemp("demo") / "out"
    program.rolecall("demo", "--out", out, cwd=out.parent, exits=program.COMPLETE + program.INCOMPLETE)
    return program.latest(out)


@pytest.fixture(scope="session")
def hostile_night(tmp_path_factory):
    """The folder of a run over two orgs of which every string attacks whoever prints it."""
    return hostile.night(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="session")
def large(tmp_path_factory):
    """-> function: the page of a large night, by its number of findings and whether it is `structured` or `random`."""
    made = {}

    def page(number, mode):
        if (number, mode) not in made:
            made[number, mode] = program.large_night(tmp_path_factory.mktemp(f"large-{number}-{mode}"), number, mode)
        return made[number, mode]

    return page


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.CHROMIUM, args=chromium.MEASURING)
        yield browser
        browser.close()


@pytest.fixture
def recent_interval():
    """The 30 days before yesterday, as the usage and audit queries take them."""
    end = datetime.datetime.now(datetime.UTC).replace(hour=0, minute=0, second=0, microsecond=0) - datetime.timedelta(days=1)
    return "/".join((moment.strftime("%Y-%m-%dT%H:%M:%SZ")) for moment in (end - datetime.timedelta(days=30), end))
