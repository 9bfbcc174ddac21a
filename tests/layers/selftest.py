#!/usr/bin/env python3
"""Plants one violation at a time in a small tree and sees that check.py finds exactly that one."""
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
from check import Checker  # noqa: E402

RULES = {
    "levels": [["app"], ["api"], ["turn"], ["chat"], ["db", "net"], ["json"], ["base"]],
    "allowed": [{"from": "net", "to": "db", "why": "an example"}],
    "forbidden": [{"from": "turn", "to": "net", "why": "an example"}],
    "beside": {"http": {"may_include": ["base"], "included_by": ["api", "app"], "words": ["chat"]}},
}
SOUND = {
    "base/text.h": "#pragma once\n",
    "base/CMakeLists.txt": "lares_library(base)\n",
    "json/json.h": '#include "base/text.h"\n',
    "json/CMakeLists.txt": "lares_library(json DEPENDS lares::base)\n",
    "db/db.cpp": '#include "base/text.h"\n#include <vector>\n',
    "db/CMakeLists.txt": "lares_library(db SOURCES db.cpp DEPENDS lares::base)\n",
    "db/sqlite/open.h": '#include "json/json.h"\n#include "db/db.h"\n',
    "db/sqlite/CMakeLists.txt": "lares_library(db_sqlite DEPENDS lares::json lares::db)\n",
    "net/net.h": '#include "db/db.h"\n',
    "net/CMakeLists.txt": "lares_library(net DEPENDS lares::db)\n",
    "http/http.h": '#include "base/text.h"\n',
    "http/CMakeLists.txt": "lares_library(http DEPENDS lares::base)\n",
    "turn/turn.h": "#pragma once\n",
    "turn/CMakeLists.txt": "lares_library(turn)\n",
    "api/api.h": '#include "http/http.h"\n#include "base/text.h"\n',
    "api/main.cpp": '#include "turn/turn.h"\n',
    "api/CMakeLists.txt": "lares_library(api DEPENDS lares::http)\nadd_executable(x main.cpp)\n",
}
# What is changed, and where and how the one finding must read.
PLANTED = [
    ("upward include", {"base/text.h": '\n#include "json/json.h"\n', "base/CMakeLists.txt": "lares_library(base DEPENDS lares::json)\n"},
     "src/base/text.h", 2, "stands above base"),
    ("same level, not listed", {"db/db.cpp": '#include "base/text.h"\n#include "net/net.h"\n',
                                "db/CMakeLists.txt": "lares_library(db SOURCES db.cpp DEPENDS lares::base lares::net)\n"},
     "src/db/db.cpp", 2, "one level"),
    ("forbidden though downward", {"turn/turn.h": '#include "net/net.h"\n', "turn/CMakeLists.txt": "lares_library(turn DEPENDS lares::net)\n"},
     "src/turn/turn.h", 1, "an example"),
    ("http included from below api", {"turn/turn.h": '#include "http/http.h"\n', "turn/CMakeLists.txt": "lares_library(turn DEPENDS lares::http)\n"},
     "src/turn/turn.h", 1, "only api and app"),
    ("http includes the product", {"http/http.h": '#include "base/text.h"\n#include "turn/turn.h"\n',
                                   "http/CMakeLists.txt": "lares_library(http DEPENDS lares::base lares::turn)\n"},
     "src/http/http.h", 2, "may include only"),
    ("product word in http", {"http/http.h": '#include "base/text.h"\nint chat_limit;\n'}, "src/http/http.h", 2, "product word"),
    ("path not from src", {"turn/turn.h": '#include "local.h"\n'}, "src/turn/turn.h", 1, "not a path from src"),
    ("unknown folder", {"extra/extra.h": "\n"}, "src/extra/extra.h", 1, "does not know the folder extra"),
    ("no README", {"turn/README.md": None}, "src/turn/CMakeLists.txt", 1, "no README"),
    ("dependency not declared", {"json/CMakeLists.txt": "lares_library(json)\n"}, "src/json/CMakeLists.txt", 1, "add it to DEPENDS"),
    ("dependency not used", {"turn/CMakeLists.txt": "lares_library(turn DEPENDS lares::base)\n"}, "src/turn/CMakeLists.txt", 1, "take it out"),
    ("source not listed", {"turn/more.cpp": "\n"}, "src/turn/CMakeLists.txt", 1, "not in SOURCES"),
    ("library misnamed", {"turn/CMakeLists.txt": "lares_library(turns)\n"}, "src/turn/CMakeLists.txt", 1, "is named turn"),
]


def findings(changes):
    with tempfile.TemporaryDirectory() as folder:
        tree = {**SOUND, **{f"{Path(name).parent}/README.md": "" for name in SOUND}, **changes}
        for name, text in tree.items():
            if text is not None:
                path = Path(folder).resolve() / "src" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        return Checker(Path(folder).resolve(), RULES).run()


def main():
    passed = failed = 0
    for name, changes, path, line, text in [("sound tree", {}, None, 0, ""), *PLANTED]:
        found = findings(changes)
        good = not found if path is None else len(found) == 1 and found[0][:2] == (path, line) and text in found[0][2]
        passed, failed = passed + good, failed + (not good)
        if not good:
            print(f"{name}: found {found}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
