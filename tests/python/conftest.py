"""What several tests share: the simulated orgs, a run of the demo."""
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
