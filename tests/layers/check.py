#!/usr/bin/env python3
"""Layers: reads the includes of src/** and the libraries in its CMakeLists.txt, and fails with file:line where they
break layers.toml. Usage: check.py [ROOT]"""
import re
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')
LIBRARY = re.compile(r"lares_library\(\s*(\w+)(.*?)\)", re.S)


class Checker:
    def __init__(self, root, rules):
        self.root, self.src, self.rules = root, root / "src", rules
        self.level = {folder: depth for depth, row in enumerate(rules["levels"]) for folder in row}
        self.allowed = {(row["from"], row["to"]) for row in rules.get("allowed", [])}
        self.forbidden = {(row["from"], row["to"]): row["why"] for row in rules.get("forbidden", [])}
        self.beside = rules.get("beside", {})
        self.problems, self.checked = [], 0

    def fail(self, path, line, text):
        self.problems.append((str(path.relative_to(self.root)), line, text))

    def run(self):
        files = sorted(path for path in self.src.rglob("*") if path.suffix in (".h", ".cpp"))
        for path in files:
            self.checked += 1
            self.check_file(path)
        for folder in sorted({path.parent for path in self.src.rglob("CMakeLists.txt")} - {self.src}):
            self.checked += 1
            if not (folder / "README.md").is_file() and any(f.suffix in (".h", ".cpp") for f in folder.iterdir()):
                self.fail(folder / "CMakeLists.txt", 1, "the folder has no README.md")
        self.check_libraries(files)
        return self.problems

    def check_file(self, path):
        here = path.relative_to(self.src).parts[0]
        beside = self.beside.get(here, {})
        if here not in self.level and here not in self.beside:
            self.fail(path, 1, f"layers.toml does not know the folder {here}")
            return
        words = re.compile(r"(?<![a-z])(" + "|".join(beside["words"]) + r")s?(?![a-z])", re.I) if beside.get("words") else None
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if words and (word := words.search(line)):
                self.fail(path, number, f"{here} knows no product word, and '{word[0]}' is one")
            if not (match := INCLUDE.match(line)):
                continue
            there = match[1].split("/")[0]
            if "/" not in match[1] or not (self.src / there).is_dir():
                self.fail(path, number, f'"{match[1]}" is not a path from src/; third parties are included with <>')
            elif there != here:
                if reason := self.wrong(here, there):
                    self.fail(path, number, reason)

    def wrong(self, here, there):
        """Why here may not include there, or None."""
        if there in self.beside:
            return None if here in self.beside[there]["included_by"] else f"only {' and '.join(self.beside[there]['included_by'])} may include {there}, not {here}"
        if here in self.beside:
            return None if there in self.beside[here]["may_include"] else f"{here} may include only {', '.join(self.beside[here]['may_include'])}, not {there}"
        if there not in self.level:
            return f"layers.toml does not know the folder {there}"
        if (here, there) in self.forbidden:
            return f"{here} may not include {there}: {self.forbidden[here, there]}"
        if (here, there) in self.allowed or self.level[there] > self.level[here]:
            return None
        if self.level[there] == self.level[here]:
            return f"{here} and {there} stand on one level; list the pair in layers.toml with a reason, or turn it round"
        return f"{there} stands above {here}: an include may only point down"

    # DEPENDS of each library must be what its files include: nothing that no file needs, and nothing left out that
    # does not come with another dependency. --------------------------------------------------------------------

    def check_libraries(self, files):
        libraries = {}  # folder → (name, CMakeLists.txt, line, named sources, dependencies)
        for path in sorted(self.src.rglob("CMakeLists.txt")):
            text = path.read_text()
            for match in LIBRARY.finditer(text):
                section, lists = None, {"SOURCES": set(), "DEPENDS": set()}
                for word in re.sub(r"#.*", "", match[2]).split():
                    if word in lists:
                        section = word
                    elif section:
                        lists[section].add(word)
                folder = path.parent.relative_to(self.src).as_posix()
                expected = folder.replace("/", "_")
                line = text.count("\n", 0, match.start()) + 1
                if match[1] != expected:
                    self.fail(path, line, f"the library of src/{folder} is named {expected}, not {match[1]}")
                others = set(re.sub(r"#.*", "", text[:match.start()] + text[match.end():]).replace(")", " ").split())
                libraries[folder] = (path, line, lists["SOURCES"], lists["DEPENDS"], others)
        for folder, (path, line, sources, depends, others) in libraries.items():
            used = set()
            for file in files:
                if self.owner(file, libraries) != folder:
                    continue
                name = file.relative_to(self.src / folder).as_posix()
                if name in others:  # belongs to a program beside the library
                    continue
                if file.suffix == ".cpp" and name not in sources:
                    self.fail(path, line, f"{name} is not in SOURCES")
                for text in file.read_text(errors="replace").splitlines():
                    if match := INCLUDE.match(text):
                        target = self.src / match[1]
                        owner = self.owner(target, libraries) if "/" in match[1] else None
                        if owner and owner != folder:
                            used.add("lares::" + owner.replace("/", "_"))
            named = {word for word in depends if word.startswith("lares::")}
            for missing in sorted(used - self.reached(named, libraries)):
                self.fail(path, line, f"files here include {missing}: add it to DEPENDS")
            for surplus in sorted(named - used):
                self.fail(path, line, f"no file here includes {surplus}: take it out of DEPENDS")

    @staticmethod
    def reached(named, libraries):
        """The named dependencies and all that come with them."""
        depends = {"lares::" + folder.replace("/", "_"): row[3] for folder, row in libraries.items()}
        found, open_ends = set(), list(named)
        while open_ends:
            if (name := open_ends.pop()) not in found:
                found.add(name)
                open_ends += depends.get(name, ())
        return found

    def owner(self, path, libraries):
        """The innermost library folder that holds the file."""
        folder = path.parent
        while folder != self.src and self.src in folder.parents:
            if (name := folder.relative_to(self.src).as_posix()) in libraries:
                return name
            folder = folder.parent
        return None


def main():
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else HERE.parent.parent
    with open(HERE / "layers.toml", "rb") as file:
        checker = Checker(root, tomllib.load(file))
    problems = checker.run()
    for path, line, text in problems:
        print(f"{path}:{line}: {text}")
    bad = len({path for path, _, _ in problems})
    print(f"{max(checker.checked - bad, 0)} passed, {bad} failed, 0 skipped")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
