"""npm packages that only tests use, installed once into the cache folder, keyed by their lock file."""

import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def node():
    if "LARES_NODE" in os.environ:
        return pathlib.Path(os.environ["LARES_NODE"])
    prefix = subprocess.run([ROOT / "deps/fetch", "--print-prefix"], capture_output=True, text=True, check=True).stdout.strip()
    return pathlib.Path(prefix) / "node/bin/node"


def modules(folder):
    """The node_modules of a folder that has package.json and package-lock.json."""
    files = [pathlib.Path(folder, name) for name in ("package.json", "package-lock.json")]
    cache = pathlib.Path(os.environ.get("LARES_CACHE") or pathlib.Path.home() / ".cache/lares")
    place = cache / f"npm-{hashlib.sha256(b''.join(file.read_bytes() for file in files)).hexdigest()[:16]}"
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / "npm.lock", "w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not place.is_dir():
            part = place.with_name(place.name + ".part")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            for file in files:
                shutil.copy(file, part)
            path = f"{node().parent}:{os.environ['PATH']}"
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=part, check=True, stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, env={**os.environ, "PATH": path})  # fmt: skip
            part.rename(place)
    return place / "node_modules"
