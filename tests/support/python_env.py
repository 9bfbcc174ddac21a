"""Runs a script in the tests' own Python environment, which has what tests/requirements.txt lists."""

import importlib.util
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def need(module):
    """Starts the running script anew in that environment unless it can import the module already."""
    if importlib.util.find_spec(module):
        return
    if "LARES_IN_TEST_PYTHON" in os.environ:
        sys.exit(f"tests/requirements.txt gave no {module}")
    python = subprocess.run([ROOT / "tools/build", "python"], capture_output=True, text=True, check=True).stdout.strip()
    os.execve(python, [python, *sys.argv], {**os.environ, "LARES_IN_TEST_PYTHON": "1"})
