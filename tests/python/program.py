"""The program under test: where it is, how to run it, and how to read what it writes."""
import contextlib
import csv
import itertools
import os
import pathlib
import queue
import re
import subprocess
import threading

ROOT = pathlib.Path(__file__).parents[2]
BUNDLED = ROOT / "src" / "matrix" / "src" / "bundled.csv"
COMPLETE = (0, 1)  # exit codes of a run whose data is complete: nothing at the gate, or findings at it
INCOMPLETE = (3,)


def binary():
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", "target"))
    path = pathlib.Path(os.environ.get("ROLECALL_BIN") or ROOT / target / "debug" / "rolecall")
    assert path.is_file(), f"{path} does not exist: build it with `cargo build --all-features`, or name it in ROLECALL_BIN"
    return str(path)


def environment(extra=None):
    """Nothing from the caller's shell reaches the program but where to find things."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    return {**kept, "NO_COLOR": "1", **(extra or {})}


def rolecall(*arguments, env=None, cwd=None, exits=None, timeout=600):
    """Runs the program. `exits`: the exit codes that this call may have; any other fails the test, with what was said."""
    done = subprocess.run(
        [binary(), *map(str, arguments)], env=environment(env), cwd=cwd, capture_output=True, text=True, timeout=timeout,
    )
    if exits is not None:
        assert done.returncode in exits, (
            f"`rolecall {' '.join(map(str, arguments))}` exited {done.returncode}, expected {exits}\n"
            f"--- stdout, end\n{done.stdout[-2000:]}\n--- stderr, end\n{done.stderr[-4000:]}"
        )
    return done


def large_night(folder, number, mode):
    """`report.html` of a night with so many findings, made by the bench program. It is built as
    the tests are: the page is the same."""
    build = ["--profile", "dev", "--all-features", "--bench", "report"]
    command = ["cargo", "bench", "--quiet", *build, "--", "write", str(folder), str(number), mode]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, f"`{' '.join(command)}` exited {done.returncode}\n{done.stderr[-4000:]}"
    return pathlib.Path(folder) / "report.html"


class SimulatedOrg:
    def __init__(self, name, url, client_id, client_secret):
        self.name, self.url, self.client_id, self.client_secret = name, url, client_id, client_secret


def line_read(line, found):
    """Takes up an org from one line of the simulator's output: READY <org name> <url> <client id> <client secret>."""
    ready = re.fullmatch(r"READY (.+) (https?://\S+) (\S+) (\S+)\s*", line)
    if ready:
        found[ready[1]] = SimulatedOrg(*ready.groups())


@contextlib.contextmanager
def simulate(*arguments, orgs=("dev", "staging"), timeout=60):
    """`rolecall simulate` with its embedded orgs, ready; yields {name: SimulatedOrg}."""
    process = subprocess.Popen(
        [binary(), "simulate", *map(str, arguments)], env=environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    lines, said = queue.Queue(), []
    readers = [
        threading.Thread(target=lambda: [lines.put(line) for line in itertools.chain(process.stdout, [None])], daemon=True),
        threading.Thread(target=lambda: said.extend(process.stderr), daemon=True),
    ]
    for reader in readers:
        reader.start()
    found = {}
    try:
        while not set(orgs) <= set(found):
            with contextlib.suppress(queue.Empty):
                line = lines.get(timeout=timeout)
                if line is not None:
                    line_read(line, found)
                    continue
                readers[1].join(5)
            raise AssertionError(
                f"`rolecall simulate` ended or was not ready after {timeout} s (exit code {process.poll()}); "
                f"ready: {sorted(found)}; it said:\n{''.join(said)[-3000:]}"
            )
        yield found
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def write_config(folder, orgs, more=""):
    """A configuration file for orgs given as (name, url, client id, client secret); -> (path, environment)."""
    env, text = {}, []
    for number, (name, url, client_id, client_secret) in enumerate(orgs):
        env |= {f"ORG{number}_ID": client_id, f"ORG{number}_SECRET": client_secret}
        text.append(
            f'[[org]]\nname = "{name}"\nenvironment = "{name}"\napi_url = "{url}"\nlogin_url = "{url}"\n'
            f'client_id = {{ env = "ORG{number}_ID" }}\nclient_secret = {{ env = "ORG{number}_SECRET" }}\n'
        )
    path = pathlib.Path(folder) / "rolecall.toml"
    # Keys of the last [[org]] may stand at the head of `more`.
    path.write_text("\n".join(text) + more, encoding="utf-8")
    return path, env


def read_csv(path):
    """The rows of a file of the run. The header is the first line; duplicate columns and ragged rows are refused."""
    with open(path, encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file, strict=True))
    assert len(set(header)) == len(header), f"{path}: duplicate columns in {header}"
    assert all(len(row) == len(header) for row in rows), f"{path}: rows of different width"
    return [dict(zip(header, row)) for row in rows]


def items(cell):
    """The members of a list cell."""
    return {item for item in cell.split(";") if item}


def latest(out):
    """The folder of the newest run under an output folder."""
    folder = pathlib.Path(out) / "latest"
    assert folder.is_dir(), f"{folder} is not there; the output folder holds {sorted(p.name for p in pathlib.Path(out).glob('*'))}"
    return folder.resolve()
