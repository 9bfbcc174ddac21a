"""Pipecat and Open-LLM-VTuber over llama-server with our model and voice: what bench/first_audio --rivals measures beside us.

Every rival offers `turns([(chat, messages)])`: all begun at once; answers milliseconds to the first sound each, and the answers' texts.
"""

import asyncio
import hashlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import venv

HERE = pathlib.Path(__file__).resolve().parent


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_http(url, seconds, process):
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{url} does not answer")
        time.sleep(0.05)


def memory_mb(pid):
    """Resident, of a process and all below it."""
    total, todo = 0, [pid]
    while todo:
        one = todo.pop()
        try:
            total += int(pathlib.Path(f"/proc/{one}/status").read_text().split("VmRSS:")[1].split()[0])
            for task in pathlib.Path(f"/proc/{one}/task").iterdir():
                todo += [int(child) for child in (task / "children").read_text().split()]
        except (OSError, IndexError):
            pass
    return total / 1024


class Process:
    def __init__(self, command, log, **options):
        self.log = open(log, "ab")
        self.process = subprocess.Popen([str(part) for part in command], stderr=self.log, **options)

    @property
    def pid(self):
        return self.process.pid

    def begun(self, step):
        """What must succeed for it to be of use; if it does not, nothing of it goes on running."""
        try:
            return step()
        except BaseException:
            Process.close(self)
            raise

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


class LlamaServer(Process):
    def __init__(self, peers, model, slots, context, log):
        self.port = free_port()
        super().__init__([peers / "llama-server", "-m", model, "--host", "127.0.0.1", "--port", self.port, "-c", context * slots, "-np", slots,
                          "-t", "2", "-tb", "2", "-n", "80"], log, stdout=open(log, "ab"))
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.begun(lambda: wait_http(f"http://127.0.0.1:{self.port}/health", 120, self.process))


def pipecat_python(cache):
    """An environment of its own, kept; made from the package registry at the first run."""
    wanted = (HERE / "requirements.txt").read_bytes()
    folder = pathlib.Path(cache) / f"venv-rivals-{hashlib.sha256(wanted).hexdigest()[:12]}"
    python = folder / "bin/python"
    if not (folder / "whole").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", HERE / "requirements.txt"], check=True)
        (folder / "whole").touch()
    return python


class Pipecat(Process):
    def __init__(self, python, url, chats, system, log):
        self.system = {"role": "system", "content": system}
        super().__init__([python, HERE / "pipecat_driver.py", "--llm", url, "--chats", chats], log, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline().strip() != "ready":
            self.close()
            raise RuntimeError("it did not start")

    def turns(self, wanted):
        turns = [{"chat": chat, "messages": [self.system, *messages]} for chat, messages in wanted]
        self.process.stdin.write(json.dumps({"turns": turns}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline() or '{"ended": true}')
        if "ended" in answer:
            raise RuntimeError("it ended in the middle of a turn")
        return answer["ms"], answer["answers"]


class Vtuber(Process):
    """Open-LLM-VTuber: its own tree, its own environment (OLV_PYTHON, else .venv in it), its web socket driven with text."""

    def __init__(self, folder, python, url, chats, system, log):
        self.folder, self.port = pathlib.Path(folder).resolve(), free_port()
        self.configure(python, url, system)
        super().__init__([python, "run_server.py"], log, cwd=self.folder, stdout=open(log, "ab"),
                         env={**os.environ, "PYTHONPATH": str(HERE / "shim"), "HF_HUB_OFFLINE": "1"})
        self.begun(lambda: wait_http(f"http://127.0.0.1:{self.port}/", 120, self.process))
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.sockets = self.begun(lambda: [self.run(self.connect()) for _ in range(chats)])

    def configure(self, python, url, system):
        """From its default: our model server at temperature 0, the same prompt and no tool prompts, its piper_tts engine (hibari behind it), a
        recogniser that is never asked. What it does with a first comma and with sentences stays as it is."""
        script = """
import json, sys, yaml
port, url, system = json.loads(sys.argv[1])
conf = yaml.safe_load(open("config_templates/conf.default.yaml"))
server, character = conf["system_config"], conf["character_config"]
server["host"], server["port"] = "127.0.0.1", port
server["tool_prompts"] = {k: v for k, v in server["tool_prompts"].items() if k in ("group_conversation_prompt", "proactive_speak_prompt")}
character["persona_prompt"] = system
agent = character["agent_config"]["agent_settings"]["basic_memory_agent"]
agent["llm_provider"], agent["use_mcpp"], agent["mcp_enabled_servers"] = "openai_compatible_llm", False, []
model = character["agent_config"]["llm_configs"]["openai_compatible_llm"]
model["base_url"], model["model"], model["temperature"] = url, "local", 0.0
character["asr_config"]["asr_model"] = "groq_whisper_asr"
character["asr_config"]["groq_whisper_asr"]["api_key"] = "none"
character["tts_config"]["tts_model"] = "piper_tts"
character["tts_config"]["piper_tts"]["model_path"] = "voice.onnx"
yaml.safe_dump(conf, open("conf.yaml", "w"), allow_unicode=True, sort_keys=False)
"""
        for name in ("live2d-models", "backgrounds", "frontend"):
            (self.folder / name).mkdir(exist_ok=True)
        page = self.folder / "frontend/index.html"
        if not page.exists():  # its web client is a module of its own that its tree does not hold
            page.write_text("<!doctype html><title>empty</title>")
        subprocess.run([python, "-c", script, json.dumps([self.port, url, system])], cwd=self.folder, check=True)

    def run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(180)

    async def connect(self):
        import websockets

        one = await websockets.connect(f"ws://127.0.0.1:{self.port}/client-ws", max_size=1 << 26)
        await self.until(one, lambda said: said.get("text") == "start-mic")
        return one

    @staticmethod
    async def until(one, wanted):
        while True:
            said = json.loads(await asyncio.wait_for(one.recv(), 120))
            if wanted(said):
                return said

    async def turn(self, chat, messages):
        one = self.sockets[chat]
        if len(messages) == 1:
            await one.send(json.dumps({"type": "create-new-history"}))
            await self.until(one, lambda said: said["type"] == "new-history-created")
            await asyncio.sleep(0.5)
        began = time.perf_counter()
        await one.send(json.dumps({"type": "text-input", "text": messages[-1]["content"]}))
        first = await self.until(one, lambda said: said["type"] == "audio" and said.get("audio"))
        took = 1000 * (time.perf_counter() - began)
        await self.until(one, lambda said: said["type"] == "backend-synth-complete")
        await one.send(json.dumps({"type": "frontend-playback-complete"}))
        await self.until(one, lambda said: said.get("text") == "conversation-chain-end")
        return took, first["display_text"]["text"]

    def turns(self, wanted):
        async def all_of_them():
            return await asyncio.gather(*(self.turn(chat, messages) for chat, messages in wanted))

        done = self.run(all_of_them())
        return [ms for ms, _ in done], [text for _, text in done]

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        super().close()


def vtuber_python(folder):
    python = pathlib.Path(os.environ.get("OLV_PYTHON", pathlib.Path(folder) / ".venv/bin/python"))
    return python if python.exists() else pathlib.Path(sys.executable)
