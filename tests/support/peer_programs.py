"""Servers of others that tests and benches run beside ours, each installed once into the cache folder at the version written here. What
cannot be had is Missing, with the reason in a line."""

import fcntl
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("LARES_CACHE") or pathlib.Path.home() / ".cache/lares")
LITELLM = "litellm[proxy]==1.106.2"  # 740 MB, half a minute
OLLAMA = "github.com/ollama/ollama@v0.17.4"  # 55 MB; its C++ takes ten minutes on two cores
OLLAMA_GO = (1, 24)  # older ones cannot fetch a newer toolchain by themselves


class Missing(Exception):
    pass


def run(*command, **more):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, stdin=subprocess.DEVNULL, **more)
    if done.returncode != 0:
        raise Missing(f"{pathlib.Path(command[0]).name} {command[1]}: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")
    return done.stdout


def prefix():
    return pathlib.Path(os.environ.get("LARES_DEPS") or run(ROOT / "deps/fetch", "--print-prefix").strip())


def installed(name, version, make):
    """A folder that `make(folder)` filled, where it stays; one process at a time."""
    place = CACHE / "bench-peers" / name
    place.mkdir(parents=True, exist_ok=True)
    with open(place.with_name(name + ".lock"), "w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        mark = place / "complete"
        if not mark.exists() or mark.read_text() != version:
            shutil.rmtree(place)
            place.mkdir()
            make(place)
            mark.write_text(version)
    return place


def llama_server():
    """llama.cpp's own, which deps/fetch --with-peers builds."""
    program = prefix() / "peers/llama-server"
    if not program.exists():
        raise Missing("llama.cpp's server is not there: deps/fetch --with-peers")
    return program


def litellm():
    def make(place):
        run(sys.executable, "-m", "venv", place)
        run(place / "bin/python", "-m", "pip", "install", "--quiet", LITELLM)

    return installed("litellm", LITELLM, make) / "bin/litellm"


def ollama():
    """Compiled from its Go module. Modules come without their `vendor` folders, and Ollama's llama.cpp has two headers there: they are
    taken from the llama.cpp that we build."""
    go = shutil.which("go")
    if not go:
        raise Missing("Ollama is built with Go, which is not there")
    found = run(go, "env", "GOVERSION").strip().removeprefix("go")
    if tuple(int(part) for part in found.split(".")[:2]) < OLLAMA_GO:
        raise Missing(f"Ollama wants Go {OLLAMA_GO[0]}.{OLLAMA_GO[1]}, this is {found}")

    def make(place):
        lock = tomllib.loads((ROOT / "deps/lock.toml").read_text())["package"]
        (digest,) = (one["sha256"] for one in lock if one["name"] == "llama-cpp-python")
        (sources,) = (CACHE / "downloads" / digest[:16]).glob("*.tar.gz")
        headers = place / "headers"
        with tarfile.open(sources) as archive:
            for member in archive:
                _, at, path = member.name.partition("/vendor/llama.cpp/vendor/")
                if at and path.split("/")[0] in ("nlohmann", "stb", "miniaudio") and member.isfile():
                    member.name = path
                    archive.extract(member, headers)
        work = place / "work"
        env = {**os.environ, "GOPATH": str(work / "path"), "GOCACHE": str(work / "cache"), "GOBIN": str(place), "GOFLAGS": "-modcacherw",
               "CGO_ENABLED": "1", "CGO_CFLAGS": "-O2", "CGO_CXXFLAGS": f"-O2 -I{headers}"}  # fmt: skip
        run(go, "install", "-p", os.environ.get("LARES_JOBS", "2"), OLLAMA, env=env)
        shutil.rmtree(work)

    return installed("ollama", OLLAMA, make) / "ollama"
