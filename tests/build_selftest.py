"""tools/build, as a newcomer's machine meets it: secrets, moved folders, two builds at once, packages that cannot be had."""
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("JWT_SECRET", "API_KEY_ENCRYPTION_KEY")
FORMS = {"JWT_SECRET": r"[0-9a-f]{64}", "API_KEY_ENCRYPTION_KEY": r"[\w-]{43}="}
KEPT = "JWT_SECRET=" + "7c1e0f9b3a5d4826" * 4  # somebody's own
ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}


class Folder:
    """A checkout of tools/build alone, in a folder with a space in its name."""

    def __init__(self, place):
        self.place = Path(place) / "my lares"
        (self.place / "tools").mkdir(parents=True)
        shutil.copy(ROOT / "tools/build", self.place / "tools/build")

    def write(self, name, text, mode=0o644):
        file = self.place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def begin(self, *words, **environment):
        return subprocess.Popen([self.place / "tools/build", *words], env={**ENVIRONMENT, **environment}, cwd="/",
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run(self, *words, fails=False, **environment):
        process = self.begin(*words, **environment)
        told, _ = process.communicate(timeout=60)
        assert (process.returncode != 0) == fails, told
        return told

    def env(self):
        file = self.place / ".env"
        return file.read_text() if file.exists() else ""

    def values(self, name):
        return re.findall(rf"^(?:export )?{name} *= *(.*)$", self.env(), re.M)

    def has_fresh(self, *names):
        for name in names:
            values = self.values(name)
            assert len(values) == 1 and re.fullmatch(FORMS[name], values[0]), (name, self.env())
        assert (self.place / ".env").stat().st_mode & 0o777 == 0o600


def test_first_secrets(folder):
    told = folder.run("secrets")
    assert all(name in told for name in NAMES) and not any(value in told for name in NAMES for value in folder.values(name))
    folder.has_fresh(*NAMES)
    before = folder.env()
    assert folder.run("secrets") == "" and folder.env() == before


def test_secrets_into_a_copy_of_the_example(folder):
    example = (ROOT / ".env.example").read_text()
    folder.write(".env", example)
    folder.run("secrets")
    folder.has_fresh(*NAMES)
    assert set(example.splitlines()) - set(folder.env().splitlines()) == {"JWT_SECRET="}


def test_a_file_whose_last_line_does_not_end(folder):
    folder.write(".env", KEPT + "\nAPP_PORT=4000")
    folder.run("secrets")
    folder.has_fresh("API_KEY_ENCRYPTION_KEY")
    assert folder.env().splitlines()[:2] == [KEPT, "APP_PORT=4000"]


def test_secrets_that_are_set_somewhere_stay(folder):
    for text in (KEPT, f"export {KEPT}", f"JWT_SECRET = '{'ab' * 32}' # mine", "JWT_SECRET_FILE=/run/secrets/jwt"):
        folder.write(".env", text + "\n")
        folder.run("secrets", API_KEY_ENCRYPTION_KEY_FILE="/run/secrets/key")
        assert folder.env() == text + "\n"
    folder.write("lares.toml", "jwt_secret = 'x'\napi_key_encryption_key_file = 'y'\n")
    (folder.place / ".env").unlink()
    folder.run("secrets")
    assert folder.env() == ""


def test_empty_secrets_are_none(folder):
    for text in ("JWT_SECRET=", 'export JWT_SECRET="" # later', "JWT_SECRET=#", "JWT_SECRET=\r", "JWT_SECRET_FILE="):
        folder.write(".env", f"{text}\nAPP_PORT=4000\n")
        folder.run("secrets", JWT_SECRET="", API_KEY_ENCRYPTION_KEY="set")
        folder.has_fresh("JWT_SECRET")
        assert "APP_PORT=4000" in folder.env().splitlines()


def test_two_at_once_write_once(folder):
    both = [folder.begin("secrets") for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    folder.has_fresh(*NAMES)


def test_the_second_build_waits_and_says_so(folder):
    (folder.place / "build").mkdir()
    with open(folder.place / "build/lock", "w") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        second = folder.begin("secrets")
        assert "waiting" in second.stdout.readline() and folder.env() == ""
    assert second.wait(60) == 0
    folder.has_fresh(*NAMES)


def test_a_folder_that_was_moved_is_built(folder):
    folder.write("deps/fetch", "#!/bin/sh\necho /nowhere\n", 0o755)
    folder.write("CMakeLists.txt", "cmake_minimum_required(VERSION 3.25)\nproject(some NONE)\n")
    folder.write("CMakePresets.json", '{"version": 6, "configurePresets": [{"name": "release", "generator": "Ninja", '
                                      '"binaryDir": "${sourceDir}/build/${presetName}"}]}')
    folder.run("cpp", "release")
    made = folder.place / "build/release/CMakeCache.txt"
    made.write_text(made.read_text() + "\nHAND_MADE:STRING=kept\n")
    folder.run("cpp", "release")
    assert "HAND_MADE" in made.read_text(), "a folder that was not moved is configured anew"
    moved = folder.place.with_name("elsewhere")
    folder.place.rename(moved)
    folder.place = moved
    folder.run("cpp", "release")
    assert f"CMAKE_HOME_DIRECTORY:INTERNAL={moved}" in (moved / "build/release/CMakeCache.txt").read_text()


def test_a_processor_that_cannot_is_named(folder):
    folder.write("old", "flags\t\t: fpu sse4_2 avx f16c\n")
    folder.write("new", "flags\t\t: fpu sse4_2 avx avx2 fma\n")
    assert "AVX2" in folder.run("processor", folder.place / "old", fails=True)
    assert folder.run("processor", folder.place / "new") == ""


def test_packages(folder):
    """Only what is missing is installed; what cannot be is told with the reason and where all of it stands."""
    folder.write("list", "# why\nhere   because\nthere  because\n")
    folder.write("bin/dpkg-query", '#!/bin/sh\n[ "$3" = here ] && printf installed\n', 0o755)
    folder.write("bin/sudo", '#!/bin/sh\nexec "$@"\n', 0o755)
    folder.write("bin/apt-get", '#!/bin/sh\necho "$@" >>"${0%/*}/asked"\n[ "$1" = update ] || { echo "E: no network"; exit "$STATUS"; }\n', 0o755)
    path = f"{folder.place}/bin:{os.environ['PATH']}"
    folder.run("packages", "list", PATH=path, STATUS="0")
    asked = (folder.place / "bin/asked").read_text().splitlines()
    assert asked[0].startswith("update") and asked[1].split()[-1] == "there" and "here" not in asked[1].split(), asked
    told = folder.run("packages", "list", PATH=path, STATUS="100", fails=True)
    assert "E: no network" in told and "could not install: there" in told and "build/packages.log" in told, told


def main():
    passed = failed = 0
    for name, test in [(name, value) for name, value in globals().items() if name.startswith("test_")]:
        with tempfile.TemporaryDirectory() as place:
            try:
                test(Folder(place))
                passed += 1
            except Exception:
                failed += 1
                print(f"{name}:\n{traceback.format_exc()}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
