"""What several tests share: the simulated orgs, a run of the demo."""
import datetime

import pytest

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


@pytest.fixture
def recent_interval():
    """The 30 days before yesterday, as the usage and audit queries take them."""
    end = datetime.datetime.now(datetime.UTC).replace(hour=0, minute=0, second=0, microsecond=0) - datetime.timedelta(days=1)
    return "/".join((moment.strftime("%Y-%m-%dT%H:%M:%SZ")) for moment in (end - datetime.timedelta(days=30), end))
