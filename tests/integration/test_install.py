"""The folder that `cmake --install` makes: whole, and it takes libraries from nowhere but itself and the system."""

import pathlib
import subprocess

import pytest

from support.lares_server import BINARY, SANITIZED


def run_path(program):
    entries = subprocess.run(["readelf", "-d", program], capture_output=True, text=True, check=True).stdout
    return [line.split("[")[1].split("]")[0] for line in entries.splitlines() if "(RPATH)" in line or "(RUNPATH)" in line]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lares")
    subprocess.run(["cmake", "--install", BINARY.parents[1], "--prefix", folder], check=True, capture_output=True)
    return folder


def test_a_program_searches_its_own_folder_for_libraries_and_no_other(installed):
    # An empty element would be the current folder: whoever can write there would run code as the server.
    for program in (BINARY, installed / "bin/lares"):
        assert run_path(program) == ["$ORIGIN/../lib"]


@pytest.mark.skipif(SANITIZED, reason="a sanitizer's own libraries are the system's")
def test_it_runs_from_anywhere_with_the_libraries_that_came_along(installed):
    listed = subprocess.run(["ldd", installed / "bin/lares"], capture_output=True, text=True, check=True).stdout
    of_system = {"libc.so", "libm.so", "ld-linux-x86-64.so", "ld-linux-aarch64.so"}
    for line in listed.splitlines():
        if "=>" not in line:
            continue
        name, where = line.split("=>")[0].strip(), line.split("=>")[1].split("(")[0].strip()
        assert name.split(".so")[0] + ".so" in of_system or pathlib.Path(where).resolve().is_relative_to(installed), line
    said = subprocess.run([installed / "bin/lares", "version"], capture_output=True, text=True, cwd="/", check=True).stdout
    assert said.startswith("lares ")
    assert (installed / "lib/libonnxruntime.so.1").exists()
    assert list((installed / "share/lares/voices").iterdir())
