"""CR9 and CR10: upstreams that break in every way, and clients that vanish. Whoever asked gets a valid end in their own dialect in time, nothing is asked
again once bytes went out, and places, sockets and memory come back."""

import concurrent.futures
import http.client
import json
import os
import pathlib
import socket
import struct
import tempfile
import time

import pytest
from lares_server import NO_LIMITS, SANITIZED, Server
from scripted_upstream import Scripted, anthropic_stream, ollama_stream, openai_stream

DEEP = bool(os.environ.get("LARES_DEEP"))
WORDS = ("Größe ", "漢字 ", "end")
STREAMS = {
    "openai": ("text/event-stream", openai_stream(*({"content": word} for word in WORDS))),
    "anthropic": ("text/event-stream", anthropic_stream(({"type": "text", "text": ""}, [{"type": "text_delta", "text": word} for word in WORDS]))),
    "ollama": ("application/x-ndjson", ollama_stream(*WORDS)),
}
PATHS = {"openai": "/v1/chat/completions", "anthropic": "/v1/messages", "ollama": "/ollama/api/chat"}
FIRST_MS, IDLE_MS = 1_200, 1_200
SOON_S = 30 if not DEEP else 1  # beside its own limits; what waits for nobody waits for a minute
LINE = b'data: {"id":"x","choices":[{"index":0,"delta":{"content":"half "}}]}\n\n'


def broken_answers():
    sse = "text/event-stream"
    return {
        "silent": (200, sse, ["silence"], 0),
        "byte by byte": (200, sse, [LINE[at : at + 1] for at in range(len(LINE))] + ["silence"], 0.05),
        "half-closed": (200, sse, [LINE, "half-closed"], 0),
        "reset at once": (200, sse, ["reset"], 0),
        "reset": (200, sse, [LINE, "reset"], 0),
        "bad utf-8": (200, sse, [b'data: {"id":"x","choices":[{"index":0,"delta":{"content":"\xff\xfe"}}]}\n\n', b"data: [DONE]\n\n"], 0),
        "bad json": (200, sse, [LINE, b"data: {nonsense\n\n"], 0),
        "no done": (200, sse, openai_stream({"content": "all "})[:-1], 0),
        "error in 200": (200, "application/json", [b'{"error":{"message":"quota","type":"insufficient_quota"}}'], 0),
        "error in the stream": (200, sse, [LINE, b'data: {"error":{"message":"overloaded"}}\n\n'], 0),
        "html": (200, "text/html", [b"<html><body>Bad gateway</body></html>"], 0),
        "html 502": (502, "text/html", [b"<html><body>Bad gateway</body></html>"], 0),
        "a line of 5 MB": (200, sse, [b'data: {"id":"x","choices":[{"index":0,"delta":{"content":"' + b"a" * 5_000_000 + b'"}}]}\n\n', b"data: [DONE]\n\n"], 0),
        "429": (429, "application/json", [b'{"error":{"message":"slow down"}}'], 0),
        "529": (529, "application/json", [b'{"error":{"message":"overloaded"}}'], 0),
        "empty": (200, sse, [], 0),
    }  # fmt: skip


@pytest.fixture(scope="module")
def world():
    scripted = Scripted()
    scripted.answers.update(broken_answers())
    scripted.answers["endless"] = (200, "text/event-stream", [LINE] * 100_000, 0.05)
    scripted.answers["alive"] = (200, "text/event-stream", [b": PROCESSING\n\n"] * 40, 0.1)
    scripted.answers["late"] = (200, "text/event-stream", [b": PROCESSING\n\n"] * 3 + [LINE, b'data: {"error":{"message":"key k at db.internal.corp:5432"}}\n\n'], 0.1)
    scripted.answers["good"] = (200, "text/event-stream", openai_stream({"content": "good"}), 0)
    row = {"key": "k", "first_token_ms": FIRST_MS, "idle_ms": IDLE_MS, "total_ms": 5_000, "concurrency": 64, "queue": 4_096}
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "gateway.json"
        config = {
            "upstreams": [{**row, "name": "openai", "kind": "compatible", "base_url": scripted.url + "/v1", "models": list(scripted.answers)},
                          {**row, "name": "anthropic", "kind": "anthropic", "base_url": scripted.url, "models": ["cut"]},
                          {**row, "name": "ollama", "kind": "ollama", "base_url": scripted.url, "models": ["cut"]},
                          {**row, "name": "steady", "kind": "compatible", "base_url": scripted.url + "/v1", "models": ["endless", "silent"], "first_token_ms": 60_000, "idle_ms": 60_000, "total_ms": 300_000},
                      {**row, "name": "refused", "kind": "compatible", "base_url": "http://127.0.0.1:9/v1", "models": ["x"]},
                          {**row, "name": "one", "kind": "compatible", "base_url": scripted.url + "/v1", "models": list(scripted.answers), "concurrency": 1, "queue": 4}],
            "aliases": {"lively": {"targets": [{"model": "openai/alive"}], "fallback": ["openai/good"]}},
            "models": {"endless": {"price": {"input": 1000, "output": 1000}}},
        }  # fmt: skip
        file.write_text(json.dumps(config))
        with Server(env={**NO_LIMITS, "LLM_MODEL": "none", "GATEWAY_FILE": str(file)}) as server:
            server.scripted = scripted
            server.ann = server.person("ann")
            yield server


def ask(world, model, dialect="openai", stream=True, who=None):
    body = {"model": model, "messages": [{"role": "user", "content": "x"}], "stream": stream}
    if dialect == "anthropic":
        body["max_tokens"] = 50
    return world.request("POST", PATHS[dialect], body, token=(who or world.ann).token, check=False)


def ending(dialect, answer):
    """("done" or "error", the text before it). Fails where the last event is none of the caller's dialect."""
    body = answer.body.decode(errors="replace")  # what passes through is the upstream's own bytes
    if answer.status != 200:
        error = json.loads(body)["error"]
        assert isinstance(error, str) if dialect == "ollama" else error["message"] and error["type"]
        assert dialect != "anthropic" or json.loads(body)["type"] == "error"
        return "refused", ""
    if dialect == "ollama":
        lines = [json.loads(line) for line in body.splitlines()]
        text = "".join(line["message"]["content"] for line in lines if "message" in line)
        assert lines[-1].get("done") is True or isinstance(lines[-1].get("error"), str)
        return ("done" if lines[-1].get("done") else "error"), text
    assert body.endswith("\n\n")
    parts = [line[6:] for line in body.splitlines() if line.startswith("data: ")]
    events = [json.loads(part) for part in parts if part != "[DONE]"]
    if dialect == "anthropic":
        text = "".join(one["delta"]["text"] for one in events if one.get("type") == "content_block_delta")
        assert events[-1]["type"] in ("message_stop", "error")
        return ("done" if events[-1]["type"] == "message_stop" else "error"), text
    text = "".join(one["choices"][0]["delta"].get("content") or "" for one in events if one.get("choices"))
    if parts[-1] == "[DONE]":
        return "done", text
    assert events[-1]["error"]["message"]
    return "error", text


@pytest.mark.parametrize("caller", PATHS)
@pytest.mark.parametrize("fault", [*broken_answers(), "refused"])
def test_cr9_a_broken_upstream_ends_validly_and_in_time(world, caller, fault):
    began = time.monotonic()
    answer = ask(world, "refused/x" if fault == "refused" else f"openai/{fault}", caller)
    took = time.monotonic() - began
    assert took < 5 + SOON_S, "its deadlines and a little"
    end, text = ending(caller, answer)
    if fault == "no done":
        assert (end, text) == ("done", "all "), "a complete answer that only lacks its last word"
    elif fault in ("a line of 5 MB", "bad utf-8"):
        assert end in ("done", "error", "refused")
    else:
        assert end in ("error", "refused") or fault in ("half-closed", "byte by byte", "empty"), (end, text)
    assert "127.0.0.1" not in answer.body.decode("utf-8", "replace"), "no address of ours"
    assert ask(world, "openai/good", caller).status == 200, "and the next is answered: the breaker does not rest"


@pytest.mark.parametrize("caller", PATHS)
def test_comments_are_no_beginning_of_an_answer(world, caller):
    """OpenRouter's ": OPENROUTER PROCESSING": who only says that it lives is too slow in time, and the next is asked."""
    began = time.monotonic()
    answer = ask(world, "lively", caller)
    assert ending(caller, answer) == ("done", "good"), answer.body
    assert time.monotonic() - began < FIRST_MS / 1000 + SOON_S
    answer = ask(world, "openai/late", caller)
    assert ending(caller, answer) == ("error", "half "), "in time, and what broke off names no host"
    assert b"db.internal" not in answer.body


@pytest.mark.parametrize("caller", PATHS)
def test_a_line_has_an_end_in_time_and_says_so_in_the_callers_words(world, caller):
    """Who stands behind a call that says nothing is told when a stream would have had to begin."""
    asked = len(world.scripted.asked)
    with concurrent.futures.ThreadPoolExecutor(1) as holder:
        held = holder.submit(ask, world, "one/silent", "openai", False)  # the only place, for all of its 5 s
        while len(world.scripted.asked) == asked and not held.done():
            time.sleep(0.01)
        refused = ask(world, "one/good", caller)
        assert not held.done(), "the place was held all the time"
        assert refused.status == {"openai": 503, "anthropic": 529, "ollama": 503}[caller], refused.body
        assert ending(caller, refused) == ("refused", "") and b"may wait" in refused.body
        assert held.result().status == 504
    assert ask(world, "one/good", caller).status == 200, "the line is free again"


@pytest.mark.parametrize("upstream", STREAMS)
def test_cr9_cut_at_every_byte(world, upstream):
    """Text that came is kept, what broke is said, and nobody is asked twice."""
    kind, pieces = STREAMS[upstream]
    whole = b"".join(pieces)
    model = "good" if upstream == "openai" else "cut"
    places = range(0, len(whole) + 1, 1 if DEEP else 29)

    def cut_at(at, caller):
        world.scripted.answers[model] = (200, kind, [whole[:at]], 0)
        asked = len(world.scripted.asked)
        answer = ask(world, f"{upstream}/{model}", caller)
        assert len(world.scripted.asked) - asked <= 1
        return ending(caller, answer)

    try:
        for caller in PATHS:
            lengths = []
            for at in places:
                end, text = cut_at(at, caller)
                assert "".join(WORDS).startswith(text), (at, text)
                if at < len(whole) // 3:
                    assert end != "done", at
                lengths.append(len(text))
                if end != "done":  # it counts against the upstream, until an answer comes whole
                    world.scripted.answers[model] = (200, kind, pieces, 0)
                    assert ending(caller, ask(world, f"{upstream}/{model}", caller)) == ("done", "".join(WORDS))
            assert lengths == sorted(lengths), "a longer beginning says no less"
            world.scripted.answers[model] = (200, kind, pieces, 0)
            assert ending(caller, ask(world, f"{upstream}/{model}", caller)) == ("done", "".join(WORDS))
    finally:
        world.scripted.answers["good"] = (200, "text/event-stream", openai_stream({"content": "good"}), 0)


ONE_PIECE = {
    "openai": {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
               "choices": [{"index": 0, "message": {"role": "assistant", "content": "all at once"}, "finish_reason": "stop"}]},
    "anthropic": {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [{"type": "text", "text": "all at once"}],
                  "stop_reason": "end_turn", "stop_sequence": None, "usage": {"input_tokens": 5, "output_tokens": 2}},
}  # fmt: skip


@pytest.mark.parametrize("upstream", ONE_PIECE)
@pytest.mark.parametrize("caller", PATHS)
def test_an_upstream_that_does_not_stream_is_a_stream_for_who_asked_for_one(world, upstream, caller):
    """As LiteLLM's mock answers in Anthropic's format are, and what servers without streams send."""
    model, who = ("good" if upstream == "openai" else "cut"), world.person("piece")
    before, booked = world.scripted.answers.get(model), who.get("/api/v1/usage")["total"]["calls"]
    world.scripted.answers[model] = (200, "application/json; charset=utf-8", [json.dumps(ONE_PIECE[upstream]).encode()], 0)
    try:
        assert ending(caller, ask(world, f"{upstream}/{model}", caller, who=who)) == ("done", "all at once")
    finally:
        world.scripted.answers[model] = before
    world.wait_for(lambda: who.get("/api/v1/usage")["total"]["calls"] > booked)
    row = who.get("/api/v1/usage/calls?limit=1")["items"][0]
    assert (row["outcome"], row["input"], row["output"], row["estimated"]) == ("done", 5, 2, False)


def test_cr9_a_place_is_free_again_at_once(world):
    """One place: whoever breaks gives it back, and the next is answered."""
    for fault in ("reset", "half-closed", "error in the stream", "bad json"):
        ask(world, f"one/{fault}")
        began = time.monotonic()
        answer = ask(world, "one/good")
        if answer.status == 200:
            assert time.monotonic() - began < SOON_S + FIRST_MS / 1000


def told(world, who):
    """What the request log has of someone."""
    return world.ann.get(f"/api/v1/admin/requests?limit=200&person={who.user['id']}")["items"]


def numbers(server):
    status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
    resident = int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024
    return len(list(pathlib.Path(f"/proc/{server.pid}/fd").iterdir())), resident


def test_cr10_clients_that_vanish_in_mid_stream(world):
    """Each is gone with a reset after its first bytes: the upstream is left, the call is booked, descriptors and memory come back."""
    count, at_once = (10_000, 40) if DEEP else (240, 24)
    bob = world.person("bob")
    body = json.dumps({"model": "steady/endless", "stream": True, "messages": [{"role": "user", "content": "x"}]})
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {bob.token}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"

    def vanish(_):
        with socket.create_connection(("127.0.0.1", world.port), timeout=120) as connection:
            connection.sendall((head + body).encode())
            seen = b""
            while b"half" not in seen:
                piece = connection.recv(4096)
                assert piece, seen
                seen += piece
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def many(number):
        with concurrent.futures.ThreadPoolExecutor(at_once) as people:
            list(people.map(vanish, range(number)))

    def all_left(before, number):
        world.wait_for(lambda: len(world.scripted.left) >= before + number)

    before = len(world.scripted.left)
    many(at_once * 2)
    all_left(before, at_once * 2)
    files, resident = numbers(world)
    before = len(world.scripted.left)
    many(count)
    ended = time.monotonic()
    all_left(before, count)
    last = max(world.scripted.left[-at_once:]) - ended
    assert last < (1 + 0.1 if DEEP else 120), "the upstream notices at its second write after that: two pauses are its own"
    world.wait_for(lambda: bob.get("/api/v1/usage")["total"]["calls"] == count + at_once * 2)
    report = bob.get("/api/v1/usage")
    assert report["total"]["unpriced"] == 0 and report["total"]["cost_micros"] > 0
    rows = bob.get("/api/v1/usage/calls?limit=200")["items"]
    assert {row["outcome"] for row in rows} == {"aborted"} and all(row["output"] > 0 for row in rows)
    world.wait_for(lambda: len(told(world, bob)) == 200)
    assert {one["kind"] for one in told(world, bob)} == {"left"}, "nobody was refused, and nothing failed"
    world.wait_for(lambda: numbers(world)[0] <= files + 4, timeout=10 if DEEP else 120)
    after = numbers(world)
    if not SANITIZED:
        assert after[1] < resident + 24, "MiB"
    print(f"{count} clients vanished: left after {last * 1000:.0f} ms, {after[0] - files:+d} descriptors, {after[1] - resident:+.1f} MiB, {time.monotonic() - ended:.1f} s after the last")


def test_cr10_clients_that_vanish_before_an_answer_begins(world):
    bob = world.person("eve")
    client = http.client.HTTPConnection("127.0.0.1", world.port, timeout=120)
    before, asked = len(world.scripted.left), len(world.scripted.asked)
    body = {"model": "steady/silent", "messages": [{"role": "user", "content": "x"}], "stream": True}
    client.request("POST", "/v1/chat/completions", json.dumps(body), {"authorization": f"Bearer {bob.token}", "content-type": "application/json"})
    world.wait_for(lambda: len(world.scripted.asked) > asked)
    client.close()
    world.wait_for(lambda: len(world.scripted.left) > before)
    world.wait_for(lambda: told(world, bob))
    assert [(one["kind"], one["status"]) for one in told(world, bob)] == [("left", 499)]
