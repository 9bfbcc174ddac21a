"""Cards and lorebooks are foreign: what they take of the server's memory, disk and time has an end."""

import concurrent.futures
import http.client
import pathlib
import threading
import time

import pytest

from lares_server import NO_LIMITS, Server

MIB = 1024
DOUBLING = "{{setvar::a::xxxxxxxxxxxxxxxx}}" + "{{setvar::a::{{getvar::a}}{{getvar::a}}}}" * 12
FOUR_MIB = "{{getvar::a}}" * 64  # of a variable of 64 KiB
OTHERS_WAIT_S = 15  # of a machine that runs other tests, too; what was mended took minutes


@pytest.fixture(scope="module")
def server():
    with Server(env=NO_LIMITS) as running:
        running.wait_for(lambda: running.request("GET", "/ready?engines=1", check=False).status == 200)
        running.person("ann")
        running.person("bob")
        yield running


def card(**data):
    fields = {"name": "Mallory", "description": "", "personality": "", "scenario": "", "first_mes": "", "mes_example": "", "system_prompt": "Answer."}
    return {"spec": "chara_card_v2", "spec_version": "2.0", "data": {**fields, **data}}


def entry(number, content, **fields):
    extensions = fields.pop("extensions", {})
    return {"id": number, "keys": ["hello"], "content": content, "enabled": True, "insertion_order": number, "extensions": extensions, **fields}


def memory_kib(server, name):
    status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(name + ":")).split()[1])


class Watched:
    """What the server takes meanwhile, and how long somebody else waits for an answer at most."""

    def __init__(self, server):
        self.server = server
        self.bob = server.login("bob")

    def __enter__(self):
        self.stop = threading.Event()
        self.pool = concurrent.futures.ThreadPoolExecutor(1)
        self.before = memory_kib(self.server, "VmRSS")
        pathlib.Path(f"/proc/{self.server.pid}/clear_refs").write_text("5")  # the peak begins anew
        self.began = time.monotonic()
        self.watching = self.pool.submit(self.ask)
        return self

    def ask(self):
        longest = 0
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=600)
        while not self.stop.is_set():
            began = time.monotonic()
            connection.request("GET", "/api/v1/users/me", headers={"Authorization": f"Bearer {self.bob.token}"})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200
            longest = max(longest, time.monotonic() - began)
            time.sleep(0.005)
        connection.close()
        return longest

    def __exit__(self, *error):
        self.took = time.monotonic() - self.began
        self.stop.set()
        self.others_waited = self.watching.result()
        self.pool.shutdown()
        self.peak = memory_kib(self.server, "VmHWM") - self.before
        print(f"{self.took:.1f} s, {self.peak / MIB:.0f} MiB more, others waited {self.others_waited * 1e3:.0f} ms")


OUTLET = {"position": 7, "outlet_name": "o"}


@pytest.mark.parametrize(
    "fields",
    [{"constant": True, "extensions": OUTLET}, {"constant": True}, {"extensions": {"ignore_budget": True}}],
    ids=["outlets", "always", "woken"],
)
def test_a_lorebook_whose_macros_grow(server, fields):
    ann = server.person("ann")
    entries = [entry(0, DOUBLING, constant=True, extensions=fields.get("extensions", {}))]
    entries += [entry(n, FOUR_MIB, **fields) for n in range(1, 501)]
    made = ann.post("/api/v1/characters", card(scenario=DOUBLING, character_book={"name": "b", "entries": entries, "extensions": {}}))
    with Watched(server) as watched:
        body = {"character_id": made["id"], "message": "Hello.", "voice": False, "max_tokens": 1}
        answer = ann.request("POST", "/api/v1/chat", body, check=False, timeout=600)
    assert answer.status == 422 and answer.json()["type"].endswith("context-overflow"), answer.body[:500]
    assert "macros" in answer.json()["detail"]
    assert watched.peak < 400 * MIB and watched.took < 60 and watched.others_waited < OTHERS_WAIT_S


def test_greetings_whose_macros_grow(server):
    ann = server.person("ann")
    greeting = DOUBLING + FOUR_MIB
    made = ann.post("/api/v1/characters", card(first_mes=greeting, alternate_greetings=[greeting] * 63))["id"]
    stored = sum(file.stat().st_size for file in server.data.rglob("*") if file.is_file())
    with Watched(server) as watched:
        opened = ann.post("/api/v1/conversations", {"character_id": made}, timeout=600)
    shown = ann.get(f"/api/v1/chat/history?conversation_id={opened['id']}")["items"]
    assert 1 <= len(shown[-1]["text"]) <= 100_000
    stored = sum(file.stat().st_size for file in server.data.rglob("*") if file.is_file()) - stored
    assert stored < 64 * MIB * 1024, f"{stored} bytes"
    assert watched.peak < 400 * MIB and watched.took < 60 and watched.others_waited < OTHERS_WAIT_S


@pytest.mark.parametrize(
    "greeting",
    ["{{trim}}" * 1_000_000, "{{if 1}}" * 400_000 + "x" + "{{/if}}" * 400_000, "{{pick::a::b}}" * 500_000, "<user>" * 1_300_000],
    ids=["trims", "scopes", "picks", "names"],
)
def test_a_greeting_of_macros_alone(server, greeting):
    ann = server.person("ann")
    with Watched(server) as watched:
        made = ann.post("/api/v1/characters", card(first_mes=greeting), timeout=600)["id"]
        assert len(ann.get(f"/api/v1/characters/{made}", timeout=600)["greeting"]) <= 100_000
        ann.post("/api/v1/conversations", {"character_id": made}, timeout=600)
    assert watched.peak < 900 * MIB and watched.took < 120 and watched.others_waited < OTHERS_WAIT_S
