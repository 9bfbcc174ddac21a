"""Servers that are not ours as upstreams: each is started on a port of this machine and tells which of its clients it saw leave."""

import dataclasses
import hashlib
import json
import os
import pathlib
import socket
import subprocess
import time
import urllib.request

import peer_programs
from upstream import ARGUMENTS, Upstream

HERE = pathlib.Path(__file__).resolve().parent
WEIGHTS = "share/lares/models/SmolLM2-135M-Instruct.Q4_1.gguf"
WAIT_S = 180
LITELLM_KEY = "sk-litellm"


@dataclasses.dataclass
class Face:
    """One format that a server speaks. `models`: what is asked for in a check; a check whose model is not there is left out."""

    name: str
    kind: str
    base_url: str
    models: dict
    key: str = "none"
    says: tuple = ()  # text, prompt and completion tokens of every whole answer; empty: a real model speaks
    says_streamed: tuple = ()
    refuses_long: bool = False

    def row(self):
        return {"name": self.name, "kind": self.kind, "base_url": self.base_url, "key": self.key, "models": sorted(set(self.models.values()))}


class Peer:
    def __init__(self, folder, name):
        self.folder = pathlib.Path(folder, name)
        self.folder.mkdir()
        self.log = self.folder / "log"
        with socket.create_server(("127.0.0.1", 0)) as one:
            self.port = one.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self, *command, ready, **more):
        """Waits until it answers 200 there: a server that listens may still be loading."""
        with open(self.log, "w") as sink:
            self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, cwd=self.folder, **more)
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if self.ask("GET", ready).status == 200:
                    return
            except OSError:
                time.sleep(0.2)
        self.close()
        raise RuntimeError(f"{pathlib.Path(str(command[0])).name} does not start: {self.log.read_text(errors='replace')[-500:]}")

    def ask(self, method, path, body=None):
        return urllib.request.urlopen(urllib.request.Request(self.url + path, body, method=method), timeout=60)

    def left(self):
        return self.log.read_text(errors="replace").count(self.LEFT)

    def close(self):
        self.process.kill()
        self.process.wait()


class LlamaCpp(Peer):
    LEFT = "cancel task"

    def __init__(self, folder):
        program = peer_programs.llama_server()
        super().__init__(folder, "llamacpp")
        self.start(program, "-m", peer_programs.prefix() / WEIGHTS, "--port", self.port, "--host", "127.0.0.1", "-c", "4096", "-np", "2", "-t", "1", "-tb", "1",
                   "--temp", "0", "--jinja", "--chat-template-file", HERE / "calls.jinja", "--alias", "small", ready="/health")  # fmt: skip
        one = "small"
        # It has one model whatever name it is asked for; its face of Anthropic's format knows no schemas.
        self.faces = [Face("cpp", "llamacpp", self.url + "/v1", {"chat": one, "tools": one, "schema": one, "leave": one}, refuses_long=True),
                      Face("cpp-messages", "anthropic", self.url, {"chat": one, "tools": one, "leave": one}, refuses_long=True)]  # fmt: skip


class LiteLlm(Peer):
    """Its mock answers, and one model behind it that goes on for ever: ours (src/sdk/upstream.py), which notices when it is left."""

    def __init__(self, folder):
        program = peer_programs.litellm()
        super().__init__(folder, "litellm")
        self.behind = Upstream()
        call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": json.dumps(ARGUMENTS)}}
        models = {"small": {"mock_response": "one two three"}, "caller": {"mock_response": "", "mock_tool_calls": [call]},
                  "busy": {"mock_response": "litellm.RateLimitError"}, "narrow": {"mock_response": "litellm.ContextWindowExceededError"},
                  "endless": {"api_base": self.behind.url + "/v1"}, "endless-messages": {"model": "anthropic/scripted", "api_base": self.behind.url}}  # fmt: skip
        config = {"model_list": [{"model_name": name, "litellm_params": {"model": "openai/" + name, "api_key": "none", "max_retries": 0, **more}}
                                 for name, more in models.items()],
                  "router_settings": {"num_retries": 0, "disable_cooldowns": True}, "general_settings": {"master_key": LITELLM_KEY}}  # fmt: skip
        file = self.folder / "config.json"
        file.write_text(json.dumps(config))
        self.start(program, "--config", file, "--port", self.port, "--host", "127.0.0.1", ready="/health/liveliness", env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"})
        asked = {"chat": "small", "unknown": "missing", "rate": "busy", "long": "narrow", "leave": "endless"}
        text = "one two three"
        # Its mocks count 10 and 20 tokens whatever is said, 8 and 3 in a stream; those of its face of Anthropic's format 2095 and 503.
        self.faces = [Face("litellm", "compatible", self.url + "/v1", {**asked, "tools": "caller"}, LITELLM_KEY, (text, 10, 20), (text, None, 3)),
                      Face("litellm-messages", "anthropic", self.url, {**asked, "leave": "endless-messages"}, LITELLM_KEY, (text, 2095, 503), (text, 2095, 503))]  # fmt: skip

    def left(self):
        return len(self.behind.gone)


class Ollama(Peer):
    """With one place: while one story without an end is being told, nothing else is answered."""

    LEFT = " POST "  # a line for each request that ended

    def __init__(self, folder):
        program = peer_programs.ollama()
        super().__init__(folder, "ollama")
        env = {**os.environ, "OLLAMA_HOST": f"127.0.0.1:{self.port}", "OLLAMA_MODELS": str(self.folder / "models"), "HOME": str(self.folder),
               "OLLAMA_CONTEXT_LENGTH": "8192", "OLLAMA_NUM_PARALLEL": "1", "OLLAMA_NOPRUNE": "1"}  # fmt: skip
        self.start(program, "serve", ready="/api/version", env=env)
        weights = (peer_programs.prefix() / WEIGHTS).read_bytes()
        digest = "sha256:" + hashlib.sha256(weights).hexdigest()
        self.ask("POST", f"/api/blobs/{digest}", weights).read()
        # Without the marks of a chat, and always the likeliest word: it tells the same again and again.
        endless = {"template": "{{ .Prompt }}", "parameters": {"temperature": 0, "repeat_penalty": 1.0}}
        for name, more in (("small", {"parameters": {"temperature": 0}}), ("endless", endless)):
            self.ask("POST", "/api/create", json.dumps({"model": name, "files": {"small.gguf": digest}, "stream": False, **more}).encode()).read()
        asked = {"chat": "small", "unknown": "missing", "schema": "small", "leave": "endless"}
        self.faces = [Face("ollama", "ollama", self.url, asked), Face("ollama-chat", "compatible", self.url + "/v1", asked)]

    def close(self):
        """Its runner is a process of its own, which goes with it when it is told to end."""
        self.process.terminate()
        self.process.wait()
