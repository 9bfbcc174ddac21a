"""The runner itself: a program that crashes, lies or says nothing must count as a failure, never as a pass."""
import contextlib
import io
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
import run  # noqa: E402

GTEST = """f=${1#--gtest_output=json:}
echo '{"testsuites": [{"testsuite": [{"status": "RUN", "result": "COMPLETED"}, {"status": "RUN", "result": "SKIPPED"}%s]}]}' >"$f"
"""
CASES = [  # folder, program, what it does, what must be counted
    ("unit", "unit_good", GTEST % "", "1 passed, 0 failed, 1 skipped"),
    ("unit", "unit_failing", GTEST % ', {"status": "RUN", "result": "COMPLETED", "failures": [{}]}' + "exit 1",
     "1 passed, 1 failed, 1 skipped"),
    ("unit", "unit_crash", "kill -SEGV $$", "0 passed, 1 failed, 0 skipped"),
    ("unit", "unit_crash_after_report", GTEST % "" + "kill -SEGV $$", "1 passed, 1 failed, 1 skipped"),
    ("unit", "unit_without_report", "exit 0", "0 passed, 1 failed, 0 skipped"),
    ("sim", "good", "echo '3 passed, 0 failed, 1 skipped'", "3 passed, 0 failed, 1 skipped"),
    ("sim", "failing", "echo '3 passed, 2 failed, 0 skipped'; exit 1", "3 passed, 2 failed, 0 skipped"),
    ("sim", "exits_badly", "echo '3 passed, 0 failed'; exit 3", "3 passed, 1 failed, 0 skipped"),
    ("sim", "silent", "exit 0", "0 passed, 1 failed, 0 skipped"),
    ("fuzz", "fuzz_without_corpus", "exit 0", "0 passed, 1 failed, 0 skipped"),
]


def counted(area, name, script):
    with tempfile.TemporaryDirectory(dir=run.LOGS) as folder:
        program = Path(folder) / "tests" / area / name
        program.parent.mkdir(parents=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        runner = run.Runner(deep=False)
        runner.build, runner.label = Path(folder), "-selftest"
        with contextlib.redirect_stdout(io.StringIO()):
            return str(getattr(runner, area)())


def main():
    run.LOGS.mkdir(parents=True, exist_ok=True)
    passed = failed = 0
    for area, name, script, wanted in CASES:
        found = counted(area, name, script)
        passed, failed = passed + (found == wanted), failed + (found != wanted)
        if found != wanted:
            print(f"{area}/{name}: counted {found}; must be {wanted}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
