"""Other gateways in front of the mock, for whole runs of bench/gateway. Each is installed once into the cache folder, at the version
written here; what cannot be installed is Missing."""

import json
import os
import pathlib
import shutil
import subprocess
import time

import peer_programs
from peer_programs import Missing, run

HERE = pathlib.Path(__file__).resolve().parent
CACHE = peer_programs.CACHE / "bench-peers"


def made_once(name, make):
    """A folder that is either whole or absent."""
    place = CACHE / name
    if not place.is_dir():
        part = place.with_name(name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        make(part)
        part.rename(place)
    return place


class Peer:
    """A process with its children, and how it is asked."""

    headers, model = (), "m"

    def start(self, *command, **more):
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, start_new_session=True, **more)  # fmt: skip
        time.sleep(1)

    def pids(self):
        found, todo = [], [self.process.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                todo += [int(child) for child in (task / "children").read_text().split()]
        return found

    def close(self):
        os.killpg(self.process.pid, 9)
        self.process.wait()


class Portkey(Peer):
    """What streams it breaks on newer versions of Node is of no matter here: it is measured with whole answers."""

    def __init__(self, folder, mock_port, port):
        node = peer_programs.prefix() / "node/bin"
        path = {**os.environ, "PATH": f"{node}:{os.environ['PATH']}"}

        def make(place):
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / "portkey" / name, place)
            run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", cwd=place, env=path)

        place = made_once("portkey", make)
        self.port = port
        self.headers = ("x-portkey-provider: openai", f"x-portkey-custom-host: http://127.0.0.1:{mock_port}/v1", "Authorization: Bearer sk-upstream")
        self.start("node", place / "node_modules/@portkey-ai/gateway/build/start-server.js", f"--port={port}", "--headless", env=path)


class LiteLlm(Peer):
    """One worker with a master key and without a database: it does less than ours."""

    def __init__(self, folder, mock_port, port):
        config = pathlib.Path(folder, "litellm.json")
        litellm = {"model": "openai/m", "api_base": f"http://127.0.0.1:{mock_port}/v1", "api_key": "sk-upstream"}
        config.write_text(json.dumps({"model_list": [{"model_name": "m", "litellm_params": litellm}], "general_settings": {"master_key": "sk-1234-bench"}}))
        self.port, self.headers = port, ("Authorization: Bearer sk-1234-bench",)
        self.start(peer_programs.litellm(), "--config", config, "--port", port, "--host", "127.0.0.1", "--num_workers", 1, cwd=folder)
        time.sleep(10)  # it listens late
        if self.process.poll() is not None:
            raise Missing("it ended at once")
