"""The web app in Chromium against the real server: each scenario is a script beside this file, each of its steps a test."""

import functools
import json
import os
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
SCENARIOS = ["talk", "door", "cards", "hostile", "broken_line", "hands", "looks", "voice", "gateway", "library", "tree"]
STEP = re.compile(r"^  async '(.+)'\(\) \{$", re.MULTILINE)
TIMEOUT_S = 1800 if os.environ.get("LARES_DEEP") else 420


def steps():
    for name in SCENARIOS:
        for step in STEP.findall((HERE / f"{name}.mjs").read_text()):
            yield pytest.param(name, step, id=f"{name}: {step}")


@functools.cache
def run(name):
    """Once per scenario: what each step came to."""
    node = os.environ.get("LARES_NODE", "node")
    done = subprocess.run([node, HERE / f"{name}.mjs"], capture_output=True, text=True, timeout=TIMEOUT_S)
    lines = done.stdout.strip().splitlines()
    if not lines:
        return {}, done.stderr
    return {result["name"]: result for result in json.loads(lines[-1])}, done.stderr


@pytest.mark.parametrize(("name", "step"), steps())
def test_page(name, step):
    results, log = run(name)
    assert step in results, f"the scenario did not get there:\n{log[-4000:]}"
    assert results[step]["ok"], results[step]["message"]
