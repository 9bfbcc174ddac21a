"""Runs the areas of ./test and adds up what they report. Each runner's whole output goes to build/logs/AREA.log."""
import argparse
import concurrent.futures
import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as xml
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
LOGS = BUILD / "logs"
# Run beside each other, each row in this order: most of what a test takes is waiting, for disks, clocks and pages.
ROWS = [["e2e", "conformance"], ["unit", "integration"], ["faults", "security", "web", "fuzz", "sim"]]
AREAS = ["format", "layers", *(area for row in ROWS for area in row)]
COMPILED = {"unit", "fuzz", "sim"}  # areas that need only the test programs
WHOLE = {"integration", "conformance", "e2e", "security", "faults"}  # areas that drive the built server, pages and all
CLOSING = re.compile(r"^(?:\w+: )?(\d+) passed, (\d+) failed(?:, (\d+) (?:skipped|quirk-differs))?$", re.M)
PROGRAMS_AT_ONCE = 2
UNITS_AT_ONCE = 4  # many of them wait, for the disk or for a clock
LONGEST_UNITS = ["unit_engine_llm", "unit_db"]  # begun first, so that nothing waits for them at the end
PROGRAM_LIMIT_S = {False: 60 * 60, True: 180 * 60}  # plain, --deep; a hung program fails instead of stopping the run
CASE_LIMIT_S = {False: 30 * 60, True: 60 * 60}  # one Python test


@dataclasses.dataclass
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other):
        return Count(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"

    @property
    def total(self):
        return self.passed + self.failed + self.skipped


FAILED = Count(failed=1)
saying = threading.Lock()


def say(text):
    with saying:
        print(text, flush=True)


def capture(command, log, deep, **options):
    """Runs one program with its output in a file; the exit status, or 124 when it hung, and what it computed, in s."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "w") as sink:
        process = subprocess.Popen([str(word) for word in command], stdout=sink, stderr=subprocess.STDOUT,
                                   stdin=subprocess.DEVNULL, cwd=options.pop("cwd", ROOT), start_new_session=True, **options)
        end, hung, ended = time.monotonic() + PROGRAM_LIMIT_S[deep], False, 0
        while not ended:
            ended, status, used = os.wait4(process.pid, 0 if hung else os.WNOHANG)
            if not ended:
                hung = time.monotonic() > end
                os.killpg(process.pid, 9) if hung else time.sleep(0.02)
        process.returncode = os.waitstatus_to_exitcode(status)
        if hung:
            sink.write(f"\nkilled after {PROGRAM_LIMIT_S[deep]} s\n")
        return 124 if hung else process.returncode, used.ru_utime + used.ru_stime


def show_failure(name, log, status):
    """The end of a failed program's output, marked so that no line of it passes for this run's closing line."""
    lines = [f"  {name} failed (exit status {status}); all of it: {log.relative_to(ROOT)}"]
    say("\n".join(lines + [f"  | {line}" for line in log.read_text(errors="replace").splitlines()[-60:]]))


def judged(name, count, status, log):
    """A runner that crashed, or that ran nothing, has failed whatever it counted."""
    if status != 0 and count.failed == 0:
        count = count + FAILED
    if count.failed:
        show_failure(name, log, status)
    return count


class Runner:
    def __init__(self, deep, build="release"):
        self.deep = deep
        self.build = BUILD / build
        self.label = "" if build == "release" else f"-{build}"
        prefix = subprocess.run([ROOT / "deps/fetch", "--print-prefix"], capture_output=True, text=True, check=True).stdout.strip()
        self.environment = dict(
            os.environ, LARES_BIN=str(self.build / "bin/lares"), LARES_BUILD=str(self.build), LARES_DEPS=prefix,
            LARES_NODE=f"{prefix}/node/bin/node", PATH=f"{prefix}/node/bin:{os.environ['PATH']}",
            PYTHONPATH=str(ROOT / "tests/support"), PYTHONDONTWRITEBYTECODE="1", NO_COLOR="1",
            ASAN_OPTIONS="detect_stack_use_after_return=1:strict_string_checks=1:abort_on_error=0",
            UBSAN_OPTIONS="print_stacktrace=1",
            TSAN_OPTIONS=f"suppressions={ROOT}/tests/suppressions/tsan.txt:ignore_noninstrumented_modules=1:halt_on_error=1")
        if deep:
            self.environment["LARES_DEEP"] = "1"
        self.computed_s, self.adding = 0.0, threading.Lock()

    def log(self, name):
        return LOGS / f"{name}{self.label}.log"

    def capture(self, command, name, **options):
        log = self.log(name)
        status, computed_s = capture(command, log, self.deep, env=self.environment, **options)
        with self.adding:
            self.computed_s += computed_s
        return status, log

    # Areas -----------------------------------------------------------------------------------------------------

    def format(self):
        return self.counted([sys.executable, "tests/format/check.py"], "format")

    def layers(self):
        return (self.counted([sys.executable, "tests/layers/check.py"], "layers")
                + self.counted([sys.executable, "tests/layers/selftest.py"], "layers-selftest")
                + self.counted([sys.executable, "tests/run_selftest.py"], "runner-selftest")
                + self.counted([sys.executable, "tests/build_selftest.py"], "build-selftest"))

    def web(self):
        scripts = json.loads((ROOT / "web/package.json").read_text()).get("scripts", {})
        return self.together(self.web_script, [script for script in ("test", "typecheck", "types", "lint") if script in scripts])

    def web_script(self, script):
        if script != "test":
            status, log = self.capture(["npm", "run", script], f"web-{script}", cwd=ROOT / "web")
            return judged(f"npm run {script}", Count(passed=int(status == 0)), status, log)
        report = LOGS / "web-test.json"
        report.unlink(missing_ok=True)
        status, log = self.capture(["npm", "test", "--", "--reporter=default", "--reporter=json", f"--outputFile.json={report}"],
                                   "web-test", cwd=ROOT / "web")
        result = json.loads(report.read_text()) if report.exists() else {}
        return judged("npm test", Count(result.get("numPassedTests", 0), result.get("numFailedTests", 0),
                                        result.get("numPendingTests", 0) + result.get("numTodoTests", 0)), status, log)

    def unit(self):
        programs = sorted((self.build / "tests/unit").glob("unit_*"), key=lambda path: (path.name not in LONGEST_UNITS, path.name))
        return self.together(self.unit_program, [program for program in programs if os.access(program, os.X_OK)], UNITS_AT_ONCE)

    def unit_program(self, program):
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.json"
            status, log = self.capture([program, f"--gtest_output=json:{report}", "--gtest_brief=1"], program.name)
            count = Count()
            if report.exists():
                result = json.loads(report.read_text())
                cases = [case for suite in result["testsuites"] for case in suite.get("testsuite", [])]
                for case in cases:
                    if case.get("failures"):
                        count.failed += 1
                    elif case.get("result") == "SKIPPED" or case.get("status") == "NOTRUN":
                        count.skipped += 1
                    else:
                        count.passed += 1
            elif status == 0:
                status = "no report"
            return judged(program.name, count, status, log)

    def fuzz(self):
        corpora = ROOT / "tests/fuzz/corpus"
        programs = sorted(path for path in (self.build / "tests/fuzz").glob("fuzz_*") if os.access(path, os.X_OK))
        return self.together(lambda program: self.replay(program, corpora / program.name.removeprefix("fuzz_")), programs)

    def replay(self, program, corpus):
        if not corpus.is_dir():
            say(f"  {program.name} has no corpus in {corpus.relative_to(ROOT)}")
            return FAILED
        status, log = self.capture([program, corpus], program.name)
        return judged(program.name, Count(passed=int(status == 0)), status, log)

    def sim(self):
        programs = sorted(path for path in (self.build / "tests/sim").glob("*") if path.is_file() and os.access(path, os.X_OK))
        return self.together(lambda program: self.counted([program], f"sim-{program.name}"), programs)

    def conformance(self):
        programs = sorted(path for path in (ROOT / "tests/conformance").glob("*") if path.is_file() and os.access(path, os.X_OK))
        return self.together(lambda program: self.counted([program], f"conformance-{program.name}"), programs)

    def integration(self):
        return self.pytest("integration", workers=2)

    def security(self):
        return self.pytest("security", workers=2, order=["--no-loadscope-reorder"])

    def e2e(self):
        return self.pytest("e2e", workers=0)

    def faults(self):
        return self.pytest("faults", workers=0 if self.deep else 2)

    # Kinds of runner -------------------------------------------------------------------------------------------

    def together(self, run_one, programs, at_once=PROGRAMS_AT_ONCE):
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            return sum(pool.map(run_one, programs), Count())

    def counted(self, command, name):
        """A program that ends with its own closing line."""
        status, log = self.capture(command, name)
        found = CLOSING.findall(log.read_text(errors="replace"))
        if not found:
            return judged(name, Count(), status or "no closing line", log)
        return judged(name, Count(*(int(number or 0) for number in found[-1])), status, log)

    def pytest(self, area, workers, order=()):
        folder = ROOT / "tests" / area
        if not any(folder.rglob("test_*.py")):
            return Count()
        report = LOGS / f"{area}{self.label}.xml"
        report.unlink(missing_ok=True)
        parallel = ["-n", str(workers), "--dist", "loadfile", *order] if workers else ["-p", "no:xdist"]
        status, log = self.capture([sys.executable, "-m", "pytest", folder, "-q", "-ra", "--durations=10", "-p", "no:cacheprovider",
                                    f"--timeout={CASE_LIMIT_S[self.deep]}", "--rootdir", ROOT, f"--junitxml={report}", *parallel], area)
        count = Count()
        if report.exists():
            for suite in xml.parse(report).getroot().iter("testsuite"):
                bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
                skipped = int(suite.get("skipped", 0))
                count += Count(int(suite.get("tests", 0)) - bad - skipped, bad, skipped)
        for skip in re.findall(r"^SKIPPED .*$", log.read_text(errors="replace"), re.M):
            say(f"  {skip}")
        return judged(f"tests/{area}", count, 0 if status == 5 and count.total == 0 else status, log)


def fuzz_deep(runner):
    """Every target for at least two minutes and a million runs: tests/fuzz/campaign."""
    def one(program):
        count = runner.counted([ROOT / "tests/fuzz/campaign", "--build", runner.build, program.name.removeprefix("fuzz_")], program.name)
        if not count.failed:
            say("  " + runner.log(program.name).read_text().splitlines()[0])
        return count

    programs = sorted(path for path in (runner.build / "tests/fuzz").glob("fuzz_*") if os.access(path, os.X_OK) and path.is_file())
    return runner.together(one, programs)


def tidy(runner):
    sources = sorted((ROOT / "src").rglob("*.cpp"))

    def one(source):
        name = "tidy-" + str(source.relative_to(ROOT / "src")).replace("/", "-")
        status, log = runner.capture(["clang-tidy-19", "--quiet", "-p", BUILD / "release", source], name)
        return judged(str(source.relative_to(ROOT)), Count(passed=int(status == 0)), status, log)

    return runner.together(one, sources)


def build_step(*words):
    return subprocess.run([ROOT / "tools/build", *words], stdin=subprocess.DEVNULL, stdout=sys.stderr).returncode == 0


class Results:
    def __init__(self):
        self.total, self.rows = Count(), []

    def area(self, name, runner, work=None):
        started = time.monotonic()
        say(f"== {name}")
        try:
            count = (work or getattr(runner, name))()
        except Exception as problem:  # one area's trouble must not hide the others' results
            say(f"  {name} could not run: {problem!r}")
            count = FAILED
        took = time.monotonic() - started
        told = str(count) if count.total else "nothing to run"
        with saying:
            self.total += count
            self.rows.append((name, told, took))
        say(f"   {name}: {told} ({took:.0f} s, {runner.computed_s:.0f} s of processors)")

    def must(self, name, *words):
        """A build step; when it fails, that is a failed test and what needs it is left out."""
        started = time.monotonic()
        if build_step(*words):
            self.rows.append((f"build: {name}", "done", time.monotonic() - started))
            return True
        self.total += FAILED
        self.rows.append((name, "could not be built", 0))
        return False


def built(results, areas):
    """Of these areas those whose programs, pages and peers could be made."""
    ready = []
    if "web" in areas and results.must("dependencies", "deps") and results.must("web modules", "web-modules"):
        ready.append("web")
    whole = [area for area in areas if area in WHOLE]
    if not whole and not COMPILED & set(areas):
        return ready
    flags = (["--with-peers"] if "conformance" in areas else []) + (["--with-test-models"] if whole else [])
    if not results.must("dependencies", "deps", *flags):
        return ready
    if whole and not results.must("web app", "web"):
        whole = []
    if not results.must("program", "cpp", "release", *([] if whole else ["all_tests"])):
        return ready
    return ready + [area for area in areas if area in COMPILED or area in whole]


def run_built(results, areas, deep):
    """Rows of areas, one area after another. Deep runs judge by the clock: there nothing runs beside anything."""
    def each(row):
        for area in row:
            if area in areas:
                results.area(area, Runner(deep))

    rows = [AREAS] if deep else ROWS
    with concurrent.futures.ThreadPoolExecutor(len(rows)) as pool:
        list(pool.map(each, rows))


def run_checked(results, areas, deep):
    """With --deep, the same with sanitizers, and the search of every fuzz target."""
    for sanitizer in ("asan", "tsan"):
        wanted = [area for area in ("unit", "sim", "integration") if area in areas]
        if wanted and results.must(sanitizer, "cpp", sanitizer):
            for area in wanted:
                checked = Runner(deep, sanitizer)
                results.area(f"{area} ({sanitizer})", checked, getattr(checked, area))
    if "fuzz" in areas and results.must("fuzz targets", "cpp", "fuzz", "all_tests"):
        fuzzed = Runner(deep, "fuzz")
        results.area("fuzz (search)", fuzzed, lambda: fuzz_deep(fuzzed))


def main():
    parser = argparse.ArgumentParser(prog="./test")
    parser.add_argument("areas", nargs="*", metavar="AREA", help=" ".join(AREAS))
    parser.add_argument("--deep", action="store_true")
    args = parser.parse_args()
    unknown = [area for area in args.areas if area not in AREAS]
    if unknown:
        parser.error(f"no such area: {' '.join(unknown)}; there are: {' '.join(AREAS)}")
    areas = [area for area in AREAS if not args.areas or area in args.areas]
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    results = Results()
    for area in ("format", "layers"):
        if area in areas:
            results.area(area, Runner(args.deep))
    ready = built(results, [area for area in areas if area not in ("format", "layers")])
    run_built(results, ready, args.deep)
    if args.deep:
        run_checked(results, ready, args.deep)
        if "format" in areas and (BUILD / "release/compile_commands.json").exists():
            tidied = Runner(args.deep)
            results.area("clang-tidy", tidied, lambda: tidy(tidied))
    say("")
    for name, text, took in results.rows:
        say(f"{name:24} {text}  ({took:.0f} s)")
    if results.total.total == 0:
        say("no test was found")
        results.total += FAILED
    say(str(results.total))
    return 1 if results.total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
