"""Routing between providers: fallbacks, time limits, breakers; what passes through; who is told what."""

import http.client
import json
import pathlib
import socket
import sys
import tempfile
import time

import pytest
from lares_server import NO_LIMITS, Server, parse_events
from scripted_upstream import Silent

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "conformance/src/sdk"))
from upstream import Upstream  # noqa: E402


def chunked(text):
    return b"%x\r\n%s\r\n" % (len(text), text)


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
WORD = b'data: {"id":"x","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"content":"half"}}]}\n\n'


@pytest.fixture(scope="module")
def world():
    good, silent = Upstream(), Silent()
    breaking = Silent(HEAD + chunked(WORD), reset=True)
    dead = socket.create_server(("127.0.0.1", 0))
    dead_url = f"http://127.0.0.1:{dead.getsockname()[1]}/v1"
    dead.close()
    row = {"kind": "compatible", "models": ["m"], "key": "upstream-secret-key"}
    config = {
        "upstreams": [{**row, "name": "good", "base_url": good.url + "/v1", "models": ["scripted"]},
                      {**row, "name": "dead", "base_url": dead_url},
                      {**row, "name": "silent", "base_url": silent.url, "first_token_ms": 300, "total_ms": 600},
                      {**row, "name": "breaking", "base_url": breaking.url},
                      {**row, "name": "narrow", "base_url": good.url + "/v1", "concurrency": 1, "queue": 1}],
        "aliases": {"dead-first": {"targets": [{"model": "dead/m"}], "fallback": ["good/scripted"]},
                    "silent-first": {"targets": [{"model": "silent/m"}], "fallback": ["good/scripted"]},
                    "breaking-first": {"targets": [{"model": "breaking/m"}], "fallback": ["good/scripted"]},
                    "weighted": {"targets": [{"model": "good/a", "weight": 3}, {"model": "good/b", "weight": 1}]}},
        "models": {"scripted": {"price": {"input": 1, "output": 2, "cache_read": 0.5}}},
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "gateway.json"
        file.write_text(json.dumps(config))
        with Server(env={**NO_LIMITS, "GATEWAY_FILE": str(file)}) as server:
            server.good, server.silent, server.breaking = good, silent, breaking
            server.someone = server.person()
            yield server


def ask(server, model, words="say one two", stream=False, path="/v1/chat/completions", **more):
    body = {"model": model, "messages": [{"role": "user", "content": words}], "stream": stream, **more}
    return server.request("POST", path, body, token=server.someone.token, check=False)


def text_of(answer):
    return answer.json()["choices"][0]["message"]["content"]


def test_one_that_cannot_be_reached_is_passed_over(world):
    assert text_of(ask(world, "dead-first")) == "one two "


@pytest.mark.parametrize("stream, least", [(True, 0.25), (False, 0.55)])
def test_one_that_is_silent_is_passed_over_in_its_time(world, stream, least):
    """A stream must begin soon; an answer in one piece has all of its time, since nothing of it can come before."""
    began = time.monotonic()
    answer = ask(world, "silent-first", stream=stream)
    assert answer.status == 200 and b"two " in answer.body
    assert least < time.monotonic() - began < 60  # without a limit of its own nothing would end it


def test_what_has_begun_is_not_repeated_elsewhere(world):
    before = len(world.good.requests)
    answer = ask(world, "breaking-first", stream=True)
    assert answer.status == 200
    events = [line for line in answer.body.decode().split("\n\n") if line]
    assert "half" in events[0] or "half" in events[1]
    last = json.loads(events[-1].removeprefix("data: "))
    assert last["error"]["type"] == "upstream_error"
    assert len(world.good.requests) == before


def test_a_breaker_opens_and_says_when_to_come_again(world):
    statuses = [ask(world, "dead/m") for _ in range(8)]
    assert {answer.status for answer in statuses[:3]} <= {502, 503}
    assert statuses[-1].status == 503 and int(statuses[-1].headers["retry-after"]) >= 1
    providers = {p["name"]: p for p in world.someone.get("/api/v1/llm/providers")["items"]}
    assert providers["dead"]["state"] == "resting" and providers["good"]["state"] == "ready"


def test_weights_are_kept(world):
    for _ in range(60):
        ask(world, "weighted")
    asked = [request["model"] for _, _, request in world.good.requests if request["model"] in ("a", "b")]
    assert asked.count("a") > asked.count("b") > 0


def test_fields_that_we_do_not_know_pass_through(world):
    ask(world, "good/scripted", future_field={"deep": [1, 2]})
    _, headers, request = world.good.requests[-1]
    assert request["future_field"] == {"deep": [1, 2]} and request["model"] == "scripted"
    assert headers["authorization"] == "Bearer upstream-secret-key"


def test_usage_that_was_not_asked_for_is_not_shown(world):
    plain = ask(world, "good/scripted", stream=True).body.decode()
    assert '"choices": []' not in plain and plain.endswith("data: [DONE]\n\n")
    asked = ask(world, "good/scripted", stream=True, stream_options={"include_usage": True}).body.decode()
    assert '"prompt_tokens": 11' in asked


def test_more_than_an_upstream_may_get_waits_and_then_is_refused(world):
    connections = []
    for _ in range(3):
        connection = http.client.HTTPConnection("127.0.0.1", world.port, timeout=120)
        body = {"model": "narrow/m", "messages": [{"role": "user", "content": "slow"}], "stream": True}
        connection.request("POST", "/v1/chat/completions", json.dumps(body),
                           {"authorization": f"Bearer {world.someone.token}", "content-type": "application/json"})  # fmt: skip
        connections.append(connection)
        time.sleep(0.2)
    refused = connections[2].getresponse()
    assert refused.status == 503 and json.loads(refused.read())["error"]["code"] == "service_unavailable"
    first = connections[0].getresponse()
    assert first.status == 200
    first.close()
    connections[0].close()
    second = connections[1].getresponse()  # its turn has come
    assert second.status == 200
    second.close()
    connections[1].close()


@pytest.mark.parametrize(
    "path, shape",
    [("/v1/chat/completions", lambda e: e["error"]["code"] == "invalid_api_key"),
     ("/v1/messages", lambda e: e["type"] == "error" and e["error"]["type"] == "authentication_error"),
     ("/ollama/api/chat", lambda e: isinstance(e["error"], str))],
)  # fmt: skip
def test_nobody_is_refused_in_the_callers_own_words(world, path, shape):
    answer = world.request("POST", path, {"model": "m"}, check=False)
    assert answer.status == 401 and shape(answer.json())


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages", "/ollama/api/chat", "/v1/responses"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"model":1}', b"\xff", b'{"model":"m","messages":[{}]}'])
def test_bad_bodies_are_refused_and_not_failed(world, path, body):
    answer = world.request("POST", path, token=world.someone.token, body=body, headers={"content-type": "application/json"}, check=False)
    assert answer.status == 400 and "error" in answer.json()


def test_generate_tells_text_usage_cost_and_latency(world):
    answer = world.someone.post("/api/v1/llm/generate", {"provider": "good", "model": "scripted", "prompt": "say one two", "maxTokens": 9})
    assert answer["text"] == "one two " and answer["provider"] == "good"
    assert answer["usage"] == {"prompt_tokens": 11, "completion_tokens": 7, "cached_tokens": 4}
    assert answer["cost_micros"] == 7 * 1 + 4 * 0.5 + 7 * 2
    unpriced = world.someone.post("/api/v1/llm/generate", {"provider": "good", "model": "a", "prompt": "say x"})
    assert unpriced.get("cost_micros") is None


def test_generate_streams(world):
    answer = world.request("POST", "/api/v1/llm/generate", {"model": "good/scripted", "prompt": "say one two", "stream": True},
                           token=world.someone.token)  # fmt: skip
    events = list(parse_events(answer.body.splitlines(keepends=True)))
    assert [event.name for event in events][-1] == "done" and events[-1].data["text"] == "one two "


def test_metrics_have_the_names_of_opentelemetry(world):
    ask(world, "good/scripted")
    text = world.request("GET", "/metrics").body.decode()
    assert 'gen_ai_client_token_usage_sum{gen_ai_provider_name="good",gen_ai_token_type="input"}' in text
    assert "gen_ai_server_time_to_first_token_seconds" in text
