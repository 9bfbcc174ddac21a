#!/usr/bin/env python3
"""Format and house rules: clang-format, the length of files, what only one folder may use, links of the documents.
Usage: check.py [ROOT]"""
import re
import subprocess
import sys
from pathlib import Path

LONG = 500  # lines; a longer file says in its head why ("over 500 lines: ...")
HEAD = 30
# What is forbidden, where it is allowed after all, and what to do instead.
RULES = [
    (re.compile(r"\bsoci::|#\s*include\s*<soci"), ("src/db/", "bench/", "tests/unit/db"), "SOCI stays inside db: use Tx, Statement, Row"),
    (re.compile(r"\b(std::|::)?getenv\s*\("), ("src/config/", "tests/", "bench/"), "the environment is read by config alone"),
    (re.compile(r"\bdetached\b"), ("src/async/", "tests/", "bench/"), "a task belongs to a TaskScope"),
    (re.compile(r"\bstd::(mt19937(_64)?|default_random_engine)\b|(?<![\w:.>])s?rand\s*\("), ("src/base/id", "tests/", "bench/"), "random numbers come from crypto (or a seeded test)"),
    (re.compile(r"\bstd::(cout|cerr|clog)\b"), ("src/app/", "tests/", "bench/"), "say it through the log"),
]
COMMENT_OR_STRING = re.compile(r'R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', re.S)


def code_only(text):
    """Comments and strings blanked, line numbers kept."""
    return COMMENT_OR_STRING.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def house_rules(path, text):
    lines = text.splitlines()
    if len(lines) > LONG and not re.search(r"over 500|500 lines|longer than (most|other) files", "\n".join(lines[:HEAD]), re.I):
        yield len(lines), f"{len(lines)} lines, and its head does not say why it is over {LONG} lines"
    for number, line in enumerate(code_only(text).splitlines(), 1):
        for pattern, allowed, advice in RULES:
            if pattern.search(line) and not path.startswith(allowed):
                yield number, advice


def formatting(root, files):
    """Lines that clang-format would change, by file."""
    problems = []
    for start in range(0, len(files), 50):
        result = subprocess.run(["clang-format-19", "--dry-run", "-Werror", *files[start:start + 50]], cwd=root,
                                capture_output=True, text=True)
        found = re.findall(r"^(\S+?):(\d+):\d+: error: (.*)$", result.stderr, re.M)
        if result.returncode and not found:
            problems.append((files[start], 1, f"clang-format-19 failed: {result.stderr.strip()[:300]}"))
        seen = set()
        for path, line, text in found:
            if path not in seen:  # the first place is enough to run clang-format -i
                seen.add(path)
                problems.append((path, int(line), "not as clang-format-19 writes it"))
    return problems


LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def dead_links(root, path):
    """Relative links of a Markdown file that lead nowhere."""
    for number, line in enumerate((root / path).read_text(errors="replace").splitlines(), 1):
        for target in LINK.findall(re.sub(r"`[^`]*`", "", line)):
            if not re.match(r"[a-z]+:|/", target) and not ((root / path).parent / target).exists():
                yield number, f"the link to {target} leads nowhere"


PATH = re.compile(r"`((?:src|tests|web|bench|deps|cmake|docs|tools|share)/[\w./*{},-]+)`")


def dead_paths(folders, text):
    """Paths of this repository that a document names and nobody finds in these folders. NAMES in capitals stand for any."""
    for number, line in enumerate(text.splitlines(), 1):
        for path in PATH.findall(line):
            braces = re.search(r"\{([^}]*)\}", path)
            for one in ([path.replace(braces[0], part) for part in braces[1].split(",")] if braces else [path]):
                if not re.search(r"\b[A-Z]{2,}\b(?!\.)", one) and not any(found for folder in folders for found in folder.glob(one.rstrip("/"))):
                    yield number, f"there is no {one}"


def self_test():
    """The rules above find what they are for, and only that."""
    cases = [
        ("src/chat/store.cpp", "soci::session s;", 1), ("src/db/soci.cpp", "soci::session s;", 0),
        ("src/app/main.cpp", 'auto v = std::getenv("X");', 1), ("src/config/settings.cpp", 'std::getenv("X");', 0),
        ("src/http/server.cpp", "co_spawn(e, f(), asio::detached);", 1), ("src/http/server.cpp", "// never detached", 0),
        ("src/http/server.cpp", 'log("detached");', 0), ("src/chat/a.cpp", "std::mt19937 r;", 1), ("src/crypto/a.cpp", "#include <openssl/rand.h>", 0), ("src/chat/a.cpp", "std::cout << 1;", 1),
        ("src/chat/a.cpp", "int x;\n" * 501, 1), ("src/chat/a.cpp", "// Over 500 lines: one table.\n" + "int x;\n" * 501, 0),
    ]
    named = [("`src/config/table.cpp`", 0), ("`src/config/no.cpp`", 1), ("`src/{json,config}/*.h` and `src/AREA/x.h`", 0), ("`src/{json,no}/json.h`", 1)]
    root = Path(__file__).resolve().parent.parent.parent
    return [f"rule self-test: {path}: {text[:40]!r}" for path, text, wanted in cases
            if (len(list(house_rules(path, text))) > 0) != bool(wanted)] + \
           [f"rule self-test: {text}" for text, wanted in named if len(list(dead_paths([root], text))) != wanted]


def main():
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent.parent
    files = sorted(str(path.relative_to(root)) for folder in ("src", "tests", "bench") for path in (root / folder).rglob("*")
                   if path.suffix in (".h", ".cpp") and "corpus" not in path.parts)
    broken = self_test()
    for text in broken:
        print(text)
    problems = formatting(root, files)
    for path in files:
        problems += [(path, line, text) for line, text in house_rules(path, (root / path).read_text(errors="replace"))]
    documents = sorted(str(path.relative_to(root)) for path in
                       [*root.glob("*.md"), *(path for folder in ("docs", "src", "tests", "bench", "web", "deps") for path in (root / folder).rglob("*.md"))]
                       if "node_modules" not in path.parts)
    for path in documents:
        problems += [(path, line, text) for line, text in dead_links(root, path)]
        if not path.startswith(("docs/decisions/", "CHANGELOG")):  # they tell of what was
            problems += [(path, line, text) for line, text in dead_paths([root, (root / path).parent], (root / path).read_text(errors="replace"))]
    for path, line, text in sorted(problems):
        print(f"{path}:{line}: {text}")
    bad = len({path for path, _, _ in problems}) + len(broken)
    print(f"{len(files) + len(documents) + 1 - bad} passed, {bad} failed, 0 skipped")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
