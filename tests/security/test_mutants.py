"""Each fault of mutants/mutations.toml is noticed: the tests of its check, run against a server that has it, fail."""

import os
import pathlib
import re
import subprocess
import sys
import tomllib

import lares_server
import pytest

HERE = pathlib.Path(__file__).parent
MUTATIONS = list(dict.fromkeys(m["name"] for m in tomllib.loads((HERE / "mutants/mutations.toml").read_text())["mutation"]))
CHECKS = sorted({name.split("/")[0] for name in MUTATIONS})
if not os.environ.get("LARES_DEEP"):  # one of each check, the first; --deep runs all
    MUTATIONS = [next(name for name in MUTATIONS if name.startswith(check + "/")) for check in CHECKS]
    CHECKS = ["AU11"]


def run(check, mutation):
    """The closing line of the check's tests against this mutant, and all that they said."""
    program = lares_server.BINARY.parents[1] / "tests/security/lares_mutants"
    done = subprocess.run([sys.executable, "-m", "pytest", HERE, "--check", check, "-x", "-q", "-p", "no:xdist", "-p", "no:cacheprovider"],
                          env={**os.environ, "LARES_BIN": str(program), "GUARD_MUTATION": mutation, "LARES_DEEP": "", "FIRST_MISMATCH": "1"},
                          capture_output=True, text=True)  # fmt: skip
    return done.stdout.strip().splitlines()[-1], done.stdout + done.stderr


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_mutant_is_noticed(mutation):
    closing, text = run(mutation.split("/")[0], mutation)
    assert re.search(r"\b[1-9]\d* failed\b", closing) and "error" not in closing, text[-3000:]


@pytest.mark.parametrize("check", CHECKS)
def test_without_a_fault_the_same_program_passes(check):
    closing, text = run(check, "none")
    assert re.search(r"\b[1-9]\d* passed\b", closing) and not re.search("failed|error", closing), text[-3000:]
