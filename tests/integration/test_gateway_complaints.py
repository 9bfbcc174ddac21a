"""What users of other gateways complain of, each by its issue: here it does not happen. Those about costs, budgets and limits are in test_usage.py, those
about keys in tests/security/test_provider_keys.py, about caches and clients that leave in test_gateway_policy.py."""

import concurrent.futures
import http.client
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import tomllib

import pytest
from lares_server import BINARY, NO_LIMITS, ROOT, SANITIZED, Server
from provider import Provider
from scripted_upstream import Scripted, anthropic_stream, data, openai_stream

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "conformance/src/sdk"))
from upstream import Upstream  # noqa: E402

DEEP = bool(os.environ.get("LARES_DEEP"))
DRIPS_S = 60  # so long goes a stream on that says nothing
HELLO = [{"role": "user", "content": "say one two"}]


THINKING = ({"type": "thinking", "thinking": ""}, [{"type": "thinking_delta", "thinking": "hm"}, {"type": "signature_delta", "signature": "sig"}])
SSE = "text/event-stream"


@pytest.fixture(scope="module")
def scripted():
    one = Scripted()
    drip = [b"data: ", *[b" "] * int(DRIPS_S / 0.05)]
    slow = data(*[{"id": "x", "choices": [{"index": 0, "delta": {"content": "w "}}]}] * 2000)
    one.answers = {
        "drips": (200, SSE, drip, 0.05),
        ("drips", "whole"): (200, "application/json", [b'{"id":', *[b" "] * int(DRIPS_S / 0.05)], 0.05),
        "breaks": (200, SSE, [b"data: ", "reset"], 0),
        ("breaks", "whole"): (200, "application/json", [b'{"id":"x","choices":[{"message":{"content":"ha', "reset"], 0.05),
        "silent": (200, SSE, [*data({"id": "x", "choices": [{"index": 0, "delta": {"content": "half"}}]}), "silence"], 0),
        "endless": (200, SSE, slow, 0.02),
        "missing": (404, "application/json", [b'{"error":{"message":"The model does not exist","code":"model_not_found"}}'], 0),
        "overloaded": (529, "application/json", [b'{"error":{"message":"overloaded"}}'], 0),
        "good": (200, SSE, openai_stream({"role": "assistant", "content": ""}, {"content": "good "}, {"content": "answer"}), 0),
        ("good", "whole"): (200, "application/json", [json.dumps({"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "good answer"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}}).encode()], 0),
        "thinks": (200, SSE, anthropic_stream(THINKING, ({"type": "text", "text": ""}, [{"type": "text_delta", "text": "first"}, {"type": "text_delta", "text": " second"}])), 0),
        "thinks-openai": (200, SSE, openai_stream({"reasoning_content": "hm"}, {"content": "first"}, {"content": " second"}), 0),
        "empty-tools": (200, SSE, openai_stream({"role": "assistant", "content": "", "tool_calls": []}, {"content": "words", "tool_calls": []}), 0),
        "split-tool": (200, SSE, openai_stream(
            {"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": {"name": "weather", "arguments": ""}}]},
            *[{"tool_calls": [{"index": 0, "function": {"arguments": piece}}]} for piece in ('{"ci', 'ty": "Pa', 'ris"', "}")], finish="tool_calls"), 0),
        "cached": (200, SSE, anthropic_stream(({"type": "text", "text": ""}, [{"type": "text_delta", "text": "hi"}]), usage={"cache_read_input_tokens": 70, "cache_creation_input_tokens": 20}), 0),
    }  # fmt: skip
    return one


@pytest.fixture(scope="module")
def world(scripted):
    upstream, passing = Upstream(), Provider("pictures")
    oai = {"kind": "compatible", "key": "k", "base_url": scripted.url + "/v1"}
    config = {
        "upstreams": [{**oai, "name": "raw", "models": [name for name in scripted.answers if isinstance(name, str)]},
                      {**oai, "name": "hasty", "models": ["drips", "silent"], "first_token_ms": 400, "idle_ms": 400, "total_ms": 1200},
                      {**oai, "name": "brief", "models": ["endless"], "total_ms": 2500},
                      {**oai, "name": "halting", "models": ["drips", "breaks"], "first_token_ms": 400, "idle_ms": 400, "total_ms": 1200},
                      {"name": "claude", "kind": "anthropic", "key": "k", "base_url": scripted.url, "models": ["thinks", "cached", "missing"]},
                      {"name": "narrow", "kind": "compatible", "key": "k", "base_url": upstream.url + "/v1", "models": ["scripted"], "concurrency": 2, "queue": 40},
                      {"name": "pictures", "kind": "compatible", "key": "k", "base_url": passing.url, "models": ["m"]},
                      {"name": "wide", "kind": "compatible", "key": "k", "base_url": upstream.url + "/v1", "models": ["scripted"]}],
        "aliases": {"drip-first": {"targets": [{"model": "hasty/drips"}], "fallback": ["raw/good"]},
                    "stands-still": {"targets": [{"model": "halting/drips"}], "fallback": ["raw/good"]},
                    "breaks-off": {"targets": [{"model": "halting/breaks"}], "fallback": ["raw/good"]},
                    "missing-first": {"targets": [{"model": "raw/missing"}], "fallback": ["raw/good"]},
                    "overloaded-first": {"targets": [{"model": "raw/overloaded"}], "fallback": ["raw/good"]}},
        "models": {"scripted": {"price": {"input": 1, "output": 1}}},
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "gateway.json"
        file.write_text(json.dumps(config))
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        with Server(env={**NO_LIMITS, "LLM_MODEL": "none", "GATEWAY_FILE": str(file), "OLLAMA_PORT": str(port), "HTTP_THREADS": "2"}) as server:
            server.ollama, server.scripted, server.upstream = port, scripted, upstream
            server.admin = server.person("admin")
            yield server


def chat(world, model, stream=False, path="/v1/chat/completions", who=None, **more):
    body = {"model": model, "messages": HELLO, "stream": stream, **({"max_tokens": 64} if path == "/v1/messages" else {}), **more}
    return world.request("POST", path, body, token=(who or world.admin).token, check=False)


def chunks(answer):
    return [json.loads(line[6:]) for line in answer.body.decode().split("\n\n") if line.startswith("data: {")]


def events(answer):
    return [json.loads(line[6:]) for line in answer.body.decode().splitlines() if line.startswith("data: ")]


# --- 1: memory that grows until a restart ---------------------------------------------------------------------


def resident_mib(server):
    status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


@pytest.mark.skipif(SANITIZED, reason="a sanitizer keeps notes of what was freed")
@pytest.mark.parametrize("kind", ["whole", "stream", "passed through", "refused"])
def test_litellm_12685_15128_27954_6404_13805_memory_does_not_grow(world, kind):
    """After a warm-up, thousands of requests more leave it where it was."""
    count = 20_000 if DEEP else 1_500
    body = json.dumps({"model": {"refused": "nobody/x", "passed through": "pictures/m"}.get(kind, "wide/scripted"), "messages": HELLO, "stream": kind == "stream", "input": "x"})
    path = "/v1/moderations" if kind == "passed through" else "/v1/chat/completions"

    def some(number):
        client = http.client.HTTPConnection("127.0.0.1", world.port, timeout=120)
        for _ in range(number):
            client.request("POST", path, body, {"authorization": f"Bearer {world.admin.token}", "content-type": "application/json"})
            client.getresponse().read()
        client.close()

    def many(number):
        with concurrent.futures.ThreadPoolExecutor(4) as people:
            list(people.map(some, [number // 4] * 4))

    many(2_400)  # the request log is full then
    before = resident_mib(world)
    many(count)
    assert resident_mib(world) - before < 8, "MiB more"


# --- 4: limits that do not hold over several instances ---------------------------------------------------------


def test_litellm_10555_6288_18518_40291_a_limit_holds_over_every_door(world):
    """Two loops, two ports and three dialects of one instance share one count. Several instances come with what they will share."""
    bob = world.person("doors")
    world.admin.request("PUT", "/api/v1/admin/limits", {"tiers": {"default": {"requests_per_minute": 30}}})
    doors = [(world.port, "/v1/chat/completions", {}), (world.port, "/v1/messages", {"max_tokens": 5}), (world.ollama, "/api/chat", {"stream": False}), (world.ollama, "/v1/chat/completions", {})]

    def knock(n):
        port, path, more = doors[n % len(doors)]
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        client.request("POST", path, json.dumps({"model": "wide/scripted", "messages": HELLO, **more}), {"authorization": f"Bearer {bob.token}", "content-type": "application/json"})
        status = client.getresponse().status
        client.close()
        return status

    try:
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(16) as people:
            statuses = list(people.map(knock, range(120)))
        back = int((time.monotonic() - began) / 2) + 1  # as many came free meanwhile
        assert set(statuses) == {200, 429} and 30 <= statuses.count(200) <= 30 + back
    finally:
        world.admin.request("PUT", "/api/v1/admin/limits", {})


# --- 6: translated streams -------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["claude/thinks", "raw/thinks-openai"])
def test_litellm_30765_the_first_words_after_thinking_are_not_lost(world, model):
    deltas = [one["choices"][0]["delta"] for one in chunks(chat(world, model, stream=True)) if one["choices"]]
    assert "".join(delta.get("content") or "" for delta in deltas) == "first second"
    told = events(chat(world, model, stream=True, path="/v1/messages"))
    assert "".join(one["delta"]["text"] for one in told if one["type"] == "content_block_delta" and one["delta"]["type"] == "text_delta") == "first second"
    assert told[-1]["type"] == "message_stop"


def test_litellm_29286_empty_tool_calls_are_no_tools(world):
    told = events(chat(world, "raw/empty-tools", stream=True, path="/v1/messages"))
    kinds = {one["delta"]["type"] for one in told if one["type"] == "content_block_delta"}
    assert kinds == {"text_delta"}
    assert [one["content_block"]["type"] for one in told if one["type"] == "content_block_start"] == ["text"]


def test_litellm_25836_a_tools_arguments_arrive_whole(world):
    told = events(chat(world, "raw/split-tool", stream=True, path="/v1/messages"))
    text = "".join(one["delta"]["partial_json"] for one in told if one["type"] == "content_block_delta" and one["delta"]["type"] == "input_json_delta")
    assert json.loads(text) == {"city": "Paris"}
    (start,) = [one["content_block"] for one in told if one["type"] == "content_block_start"]
    assert (start["type"], start["name"]) == ("tool_use", "weather")


def test_litellm_31069_cached_tokens_are_told(world):
    last = [one for one in chunks(chat(world, "claude/cached", stream=True, stream_options={"include_usage": True})) if one.get("usage")][-1]["usage"]
    assert last["prompt_tokens"] == 100 and last["prompt_tokens_details"]["cached_tokens"] == 70
    usage = [one for one in events(chat(world, "claude/cached", stream=True, path="/v1/messages")) if one["type"] == "message_start"][0]["message"]["usage"]
    assert usage["cache_read_input_tokens"] == 70 and usage["input_tokens"] == 10


def test_litellm_26697_each_provider_is_asked_at_its_own_address(world):
    del world.scripted.asked[:]
    chat(world, "claude/cached", stream=True)
    chat(world, "raw/good", stream=True, path="/v1/messages")
    assert [path for path, request in world.scripted.asked if request] == ["/v1/messages", "/v1/chat/completions"]


def test_one_api_2307_anthropics_clients_are_answered(world):
    assert events(chat(world, "raw/good", stream=True, path="/v1/messages"))[-1]["type"] == "message_stop"


# --- 7: the client is gone and the upstream goes on ------------------------------------------------------------


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/messages", "/ollama/api/chat", "/ollama/api/generate", "/api/v1/llm/generate"])
def test_litellm_36123_a_client_that_leaves_ends_the_upstream_on_every_route(world, path):
    """Theirs was mended route by route for years (#3341, #13774, #17364, #37140)."""
    body = {"model": "raw/endless", "stream": True, "messages": HELLO, "max_tokens": 2000}
    if path in ("/v1/completions", "/ollama/api/generate", "/api/v1/llm/generate"):
        body = {"model": "raw/endless", "stream": True, "prompt": "x"}
    if path == "/v1/responses":
        body = {"model": "raw/endless", "stream": True, "input": "x"}
    before = len(world.scripted.left)
    client = http.client.HTTPConnection("127.0.0.1", world.port, timeout=120)
    client.request("POST", path, json.dumps(body), {"authorization": f"Bearer {world.admin.token}", "content-type": "application/json"})
    answer = client.getresponse()
    assert answer.status == 200 and answer.read(10)
    answer.close()
    client.close()
    world.wait_for(lambda: len(world.scripted.left) > before)


# --- 8: slow and broken streams --------------------------------------------------------------------------------


def test_litellm_6957_29808_bifrost_6472_a_stream_that_drips_before_it_begins_is_passed_over(world):
    began = time.monotonic()
    answer = chat(world, "drip-first", stream=True)
    assert answer.status == 200 and b"answer" in answer.body
    assert time.monotonic() - began < DRIPS_S, "bytes that say nothing are no beginning"


@pytest.mark.parametrize("alias, alone", [("stands-still", "halting/drips"), ("breaks-off", "halting/breaks")])
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])
def test_litellm_6957_a_whole_answer_that_stops_half_way_is_made_by_another(world, alias, alone, path):
    """Nobody was told anything of it yet, also where its bytes would have passed through."""
    answer = chat(world, alias, path=path)
    assert answer.status == 200 and b"good answer" in answer.body
    assert chat(world, alone, path=path).status in (502, 503, 504, 529), "nobody else was named"


def test_bifrost_6472_an_answer_that_never_ends_is_ended_and_says_so(world):
    answer = chat(world, "brief/endless", stream=True)
    assert answer.status == 200
    last = chunks(answer)[-1]
    assert last["error"]["type"] == "upstream_error", "what came is kept, and the end is no silence"
    assert sum("choices" in one for one in chunks(answer)) > 5


def test_envoy_2169_a_stream_that_falls_silent_is_ended_after_its_idle_time(world):
    """They had a limit for all of a request alone: one that is long enough for long answers waits as long for silent ones."""
    began = time.monotonic()
    answer = chat(world, "hasty/silent", stream=True)
    took = time.monotonic() - began
    assert answer.status == 200 and b"half" in answer.body, "what came is kept"
    assert chunks(answer)[-1]["error"]["type"] == "upstream_error"
    assert 0.3 < took < 1.1, "idle_ms is 400, total_ms 1200"


@pytest.mark.parametrize("alias", ["missing-first", "overloaded-first"])
def test_bifrost_3261_one_that_has_no_such_model_or_is_overloaded_is_passed_over(world, alias):
    for stream in (False, True):
        answer = chat(world, alias, stream)
        assert answer.status == 200 and b"answer" in answer.body


# --- 9: a queue for each upstream instead of an error ----------------------------------------------------------


def test_new_api_1730_3349_2564_2071_one_api_542_2234_more_than_an_upstream_takes_waits_its_turn(world):
    """At most two at once by the upstream's own count, and all forty are answered."""
    world.upstream.most_at_once = 0
    bob = world.person("queue")
    with concurrent.futures.ThreadPoolExecutor(40) as people:
        statuses = list(people.map(lambda _: chat(world, "narrow/scripted", who=bob).status, range(40)))
    assert statuses == [200] * 40
    assert 1 <= world.upstream.most_at_once <= 2


# --- 11: the usage log takes the database down -----------------------------------------------------------------


def test_litellm_31866_6895_16582_2235_many_calls_at_once_are_all_booked_in_few_writes(world):
    bob = world.person("booked")
    count = 2_000 if DEEP else 300
    with concurrent.futures.ThreadPoolExecutor(32) as people:
        statuses = list(people.map(lambda _: chat(world, "wide/scripted", who=bob).status, range(count)))
    assert set(statuses) == {200}
    assert bob.get("/api/v1/usage")["total"]["calls"] == count
    assert world.request("GET", "/ready").json()["status"] == "ready"


def test_litellm_16276_the_usage_page_is_open_while_calls_are_made(world):
    bob, stop, statuses = world.person("opened"), threading.Event(), []

    def program():
        while not stop.is_set():
            statuses.append(chat(world, "wide/scripted", who=bob).status)

    threads = [threading.Thread(target=program) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(30):
            for path in ("/api/v1/admin/usage", "/api/v1/admin/usage/calls", "/api/v1/admin/usage/export"):
                assert world.admin.request("GET", path, check=False).status == 200
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert set(statuses) == {200}


# --- 14: what needs a licence elsewhere ------------------------------------------------------------------------


def test_portkey_360_litellm_25762_29676_16866_nothing_needs_a_licence():
    """Keys, a pool, budgets, limits, prices, the request log and every person's usage, on a fresh install with no account anywhere."""
    settings = subprocess.run([BINARY, "settings"], capture_output=True, text=True, check=True).stdout.lower()
    assert "licence_key" not in settings and "license" not in settings
    with Server(env={**NO_LIMITS, "LLM_MODEL": "none", "OUTGOING_ALLOW": "127.0.0.1"}) as server:
        admin = server.person("admin")
        for n in range(8):  # SSO is not the only way in, and people are not counted
            server.person(f"person{n}")
        assert admin.post("/api/v1/api-keys", {"name": "k", "scopes": ["llm"], "budget_micros": 5, "models": ["a"]})["key"].startswith("lares_")
        admin.post("/api/v1/admin/apikeys", {"provider": "openai", "name": "shared", "key": "sk-" + "Ab3dEf6hIj9lMn2p" * 3})
        admin.request("PUT", "/api/v1/admin/budgets", {"scope": "person", "subject": "*", "period": "month", "hard_micros": 10})
        admin.request("PUT", "/api/v1/admin/limits", {"tiers": {"default": {"requests_per_minute": 5}}})
        admin.request("PUT", "/api/v1/admin/prices", {"models": {"m": {"input": 1}}})
        for path in ("/api/v1/admin/requests", "/api/v1/admin/usage", "/api/v1/admin/usage/export"):
            assert admin.request("GET", path).status == 200


# --- 15: trust in the package itself ---------------------------------------------------------------------------


def test_litellm_24512_all_that_is_fetched_is_pinned_by_its_digest():
    """Theirs took a release that stole credentials. What our build fetches is named with version and digest; nothing is fetched at run time."""
    fetched = tomllib.loads((ROOT / "deps/lock.toml").read_text())["package"]
    assert len(fetched) > 3
    for one in fetched:
        assert len(one["sha256"]) == 64 and one["version"] and one["licence"], one["name"]
    packages = json.loads((ROOT / "web/package-lock.json").read_text())["packages"]
    outside = [one for name, one in packages.items() if name and not one.get("link")]
    assert outside and all(one.get("integrity", "").startswith("sha512-") for one in outside)


def test_litellm_24512_a_server_calls_nobody_by_itself(tmp_path):
    """With keys in its environment it makes no connection until somebody asks: no telemetry, no check for news."""
    with Provider("canary") as canary:
        env = {**NO_LIMITS, "LLM_MODEL": "none", "OPENAI_API_KEY": "sk-" + "a" * 40, "OPENAI_BASE_URL": canary.url, "ANTHROPIC_API_KEY": "sk-ant-" + "a" * 40}
        trace = tmp_path / "trace"
        try:
            wrap = ["strace", "-f", "-qq", "-e", "trace=connect", "-o", str(trace)]
            subprocess.run([*wrap, "true"], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("strace is not to be had here")
        with Server(env=env, wrap=wrap) as server:
            server.person("ann")
            time.sleep(1.5)
            assert canary.seen == []
        reached = [line for line in trace.read_text().splitlines() if "AF_INET" in line and "127.0.0.1" not in line and "htons(0)" not in line]
        assert reached == []


def test_portkey_1389_a_fresh_install_streams():
    with Provider("first") as first, Server(env={**NO_LIMITS, "LLM_MODEL": "none", "OPENAI_API_KEY": "sk-" + "a" * 40, "OPENAI_BASE_URL": first.url}) as server:
        ann = server.person("ann")
        body = {"model": "openai/m", "stream": True, "messages": HELLO}
        answer = server.request("POST", "/v1/chat/completions", body, token=ann.token)
        assert answer.status == 200 and answer.body.endswith(b"data: [DONE]\n\n") and len(chunks(answer)) >= 3
