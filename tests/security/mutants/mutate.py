"""Writes the sources of the mutants: mutate.py MUTATIONS SOURCES OUT FILE...

Each FILE of SOURCES is written to OUT with its mutations in it, and OUT/planted.h lists the mutations. One whose text is gone from
its file is left out, so that an edit of the product never breaks the build; its test then fails and names it.
"""

import pathlib
import sys
import tomllib


def mutated(text, mutations):
    """The text with all that fit, and the names of those that did not."""
    unfit = set()
    for mutation in sorted(mutations, key=lambda m: "instead" in m):  # several may stand before one text, then it may go
        anchor = mutation.get("before") or mutation["instead"]
        if text.count(anchor) != 1:
            unfit.add(mutation["name"])
            continue
        code = mutation["code"].replace("BROKEN", f'::lares::broken("{mutation["name"]}")')
        text = text.replace(anchor, code + anchor if "before" in mutation else code)
    return text, unfit


def main(table, sources, out, *files):
    mutations = tomllib.loads(pathlib.Path(table).read_text())["mutation"]
    unlisted = {m["file"] for m in mutations} - set(files)
    if unlisted:
        sys.exit(f"tests/security/CMakeLists.txt does not list {', '.join(sorted(unlisted))}")
    unfit = set()
    for file in files:
        text, wrong = mutated((pathlib.Path(sources) / file).read_text(), [m for m in mutations if m["file"] == file])
        unfit |= wrong
        place = pathlib.Path(out) / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f'#include "mutants/mutant.h"\n#line 1 "{pathlib.Path(sources) / file}"\n{text}')
    names = sorted({m["name"] for m in mutations} - unfit)
    (pathlib.Path(out) / "planted.h").write_text(
        "#pragma once\ninline constexpr const char* planted[] = {" + ", ".join(f'"{name}"' for name in names) + "};\n")
    for name in sorted(unfit):
        print(f"mutation {name}: its text does not stand once in its file", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
