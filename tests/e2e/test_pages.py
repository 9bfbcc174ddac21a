"""The web app in Chromium against the real server: each scenario is a script beside this file, each of its steps a test."""

import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import threading

import pytest

HERE = pathlib.Path(__file__).parent
LOGS = HERE.parents[1] / "build/logs"
SCENARIOS = ["voice", "looks", "tree", "hostile", "library", "talk", "cards", "gateway", "broken_line", "hands", "door"]  # the long ones first
AT_ONCE = 1 if os.environ.get("LARES_DEEP") else 2  # what a person must not notice is judged by the clock in deep runs
STEP = re.compile(r"^  async '(.+)'\(\) \{$", re.MULTILINE)
TIMEOUT_S = 1800 if os.environ.get("LARES_DEEP") else 1500


def steps():
    for name in SCENARIOS:
        for step in STEP.findall((HERE / f"{name}.mjs").read_text()):
            yield pytest.param(name, step, id=f"{name}: {step}")


def run(name):
    """What each step came to, and what was said beside it."""
    node = os.environ.get("LARES_NODE", "node")
    LOGS.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run([node, HERE / f"{name}.mjs"], capture_output=True, text=True, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired as late:
        return {}, f"not done after {TIMEOUT_S} s: {(late.stderr or b'').decode(errors='replace')}"
    (LOGS / f"e2e-{name}.log").write_text(done.stderr)  # how long each step took
    lines = done.stdout.strip().splitlines()
    if not lines:
        return {}, done.stderr
    return {result["name"]: result for result in json.loads(lines[-1])}, done.stderr


@pytest.fixture(scope="session")
def scenarios(request):
    """Of each scenario that is asked for, once, what it will come to. Each has a server, a port and a browser of its own."""
    wanted = list(dict.fromkeys(item.callspec.params["name"] for item in request.session.items if "scenarios" in item.fixturenames))
    outcomes = {name: concurrent.futures.Future() for name in wanted}

    def settle(name):
        try:
            outcomes[name].set_result(run(name))
        except Exception as problem:
            outcomes[name].set_exception(problem)

    def work():
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(settle, wanted))

    threading.Thread(target=work, daemon=True).start()
    return outcomes


@pytest.mark.parametrize(("name", "step"), steps())
def test_page(scenarios, name, step):
    results, log = scenarios[name].result()
    assert step in results, f"the scenario did not get there:\n{log[-4000:]}"
    assert results[step]["ok"], results[step]["message"]
