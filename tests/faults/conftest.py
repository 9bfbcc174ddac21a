"""Shared by the fault tests: how deep to go, and places that can be broken on purpose."""

import os
import random
import shutil
import subprocess

import pytest

DEEP = os.environ.get("LARES_DEEP") == "1"
LIMITLESS = {  # these tests send more than a person does
    "RATE_ADDRESS_PER_MINUTE": "0",
    "RATE_ACCOUNT_PER_MINUTE": "0",
    "ACCESS_TOKEN_LIFETIME_S": "86400",
}


def pytest_report_header():
    return f"faults: {'deep' if DEEP else 'short'}; the seed of every test is fixed and shown when it fails"


@pytest.fixture
def rng(request):
    seed = int(os.environ.get("LARES_SEED", "1"))
    request.node.user_properties.append(("seed", seed))
    return random.Random(f"{request.node.name}/{seed}")


def run(*command, check=True):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=check)


class Mount:
    """A mount of our own below a temporary folder; ends unmounted."""

    def __init__(self, folder):
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.mounted = False

    def mount(self, *options):
        run("mount", *options, self.folder)
        self.mounted = True

    def unmount(self, check=True):
        if self.mounted and run("umount", self.folder, check=check).returncode == 0:
            self.mounted = False


@pytest.fixture
def tmpfs(tmp_path):
    """tmpfs(megabytes) -> folder of a file system that small."""
    mounts = []

    def make(megabytes):
        if os.geteuid() != 0:
            pytest.skip("a small disk needs root (mount -t tmpfs)")
        mount = Mount(tmp_path / f"tmpfs{len(mounts)}")
        try:
            mount.mount("-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "tmpfs")
        except subprocess.CalledProcessError as problem:
            pytest.skip(f"tmpfs cannot be mounted here: {problem.stderr.strip()}")
        mounts.append(mount)
        return mount.folder

    yield make
    for mount in mounts:
        mount.unmount(check=False)


class PowerCutDisk:
    """XFS on a loop device: cut() ends it as a power cut does, nothing unwritten is flushed; plug_in() mounts what is left."""

    def __init__(self, folder):
        self.image = folder / "disk.img"
        self.mount = Mount(folder / "disk")
        with open(self.image, "wb") as image:
            image.truncate(400 << 20)
        run("mkfs.xfs", "-q", self.image)
        self.plug_in()

    @property
    def folder(self):
        return self.mount.folder

    def plug_in(self):
        self.mount.mount("-o", "loop", self.image)

    def cut(self):
        run("xfs_io", "-x", "-c", "shutdown", self.folder)

    def unplug(self):
        self.mount.unmount()


@pytest.fixture
def power_cut_disk(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("power cuts need root (loop mount, xfs_io shutdown)")
    for tool in ("mkfs.xfs", "xfs_io"):
        if not (shutil.which(tool) or os.path.exists(f"/usr/sbin/{tool}")):
            pytest.skip(f"power cuts need {tool} (package xfsprogs)")
    disk = None
    try:
        disk = PowerCutDisk(tmp_path)
    except subprocess.CalledProcessError as problem:
        pytest.skip(f"power cuts need a loop device: {problem.stderr.strip()}")
    yield disk
    disk.mount.unmount(check=False)
