"""Embeddings over HTTP: what is answered, what is refused and how, what is booked."""

import base64
import struct

import pytest
from lares_server import NO_LIMITS, Server

MODEL = "all-MiniLM-L6-v2.F16"


@pytest.fixture(scope="module")
def world():
    with Server(env={**NO_LIMITS, "LLM_MODEL": "none"}) as server:
        server.ann = server.person("ann")
        yield server


def ask(world, path, **body):
    return world.request("POST", path, {"model": MODEL, **body}, token=world.ann.token, check=False)


def test_one_text_in_each_form_is_the_same_vector(world):
    made = ask(world, "/v1/embeddings", input="hello world").json()
    vector = made["data"][0]["embedding"]
    assert len(vector) == 384 and abs(sum(x * x for x in vector) - 1) < 1e-4
    assert made["object"] == "list" and made["model"] == MODEL and made["usage"] == {"prompt_tokens": 4, "total_tokens": 4}
    packed = ask(world, "/v1/embeddings", input=["hello world"], encoding_format="base64", dimensions=384).json()
    assert list(struct.unpack("<384f", base64.b64decode(packed["data"][0]["embedding"]))) == pytest.approx(vector, abs=1e-6)
    tokens = ask(world, "/v1/embeddings", input=[7592, 2088]).json()
    assert tokens["data"][0]["embedding"] == pytest.approx(vector, abs=1e-6)
    assert ask(world, "/ollama/api/embed", input="hello world").json()["embeddings"][0] == pytest.approx(vector, abs=1e-6)
    assert ask(world, "/ollama/api/embeddings", prompt="hello world").json()["embedding"] == pytest.approx(vector, abs=1e-6)


def test_many_texts_keep_their_order(world):
    texts = [f"text number {i} about {'cats' if i % 2 else 'ships'}" for i in range(100)]
    rows = ask(world, "/v1/embeddings", input=texts).json()["data"]
    assert [row["index"] for row in rows] == list(range(100))
    for i in (0, 37, 99):
        assert rows[i]["embedding"] == pytest.approx(ask(world, "/v1/embeddings", input=texts[i]).json()["data"][0]["embedding"], abs=1e-3)


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [({"input": ""}, "input", "invalid_value"), ({"input": ["a", ""]}, "input[1]", "invalid_value"), ({}, "input", "invalid_value"),
     ({"input": "a", "dimensions": 100}, "dimensions", "invalid_value"), ({"input": "a", "encoding_format": "int8"}, "encoding_format", "invalid_value"),
     ({"input": [999999]}, "input[0]", "invalid_value"), ({"input": "word " * 600}, "input", "context_length_exceeded")],
)  # fmt: skip
def test_refusals_in_openais_words(world, body, param, code):
    refused = ask(world, "/v1/embeddings", **body)
    error = refused.json()["error"]
    assert refused.status == 400 and (error["param"], error["code"], error["type"]) == (param, code, "invalid_request_error"), error


def test_a_model_that_is_none(world):
    assert ask(world, "/v1/embeddings", model="nothing", input="a").json()["error"]["code"] == "model_not_found"
    assert "nothing" in ask(world, "/ollama/api/embed", model="nothing", input="a").json()["error"]
    chat = next(model["id"] for model in world.ann.get("/v1/models")["data"] if model["id"] != MODEL)
    refused = ask(world, "/v1/embeddings", model=chat, input="a")
    assert refused.status == 400 and "embeddings" in refused.json()["error"]["message"]
    assert ask(world, "/v1/chat/completions", messages=[{"role": "user", "content": "a"}]).status == 400


def test_ollama_cuts_what_is_too_long_unless_told_not_to(world):
    assert ask(world, "/ollama/api/embed", input="word " * 600).json()["prompt_eval_count"] == 512
    assert ask(world, "/ollama/api/embed", input="word " * 600, truncate=False).status == 400
    assert ask(world, "/ollama/api/embed").json()["embeddings"] == []


def test_it_is_listed_for_programs_and_not_for_talking(world):
    assert MODEL in [model["id"] for model in world.ann.get("/v1/models")["data"]]
    assert world.ann.post("/ollama/api/show", {"model": MODEL})["capabilities"] == ["embedding"]
    assert MODEL not in [model["id"] for model in world.ann.get("/api/v1/models")["items"]]


def test_it_is_booked(world):
    bob = world.person("bob")
    made = world.request("POST", "/v1/embeddings", {"model": MODEL, "input": ["one", "two"]}, token=bob.token).json()
    world.wait_for(lambda: bob.get("/api/v1/usage/calls")["items"])
    (row,) = bob.get("/api/v1/usage/calls")["items"]
    assert (row["model"], row["route"], row["outcome"], row["cost_micros"]) == (MODEL, "/v1/embeddings", "done", 0)
    assert row["input"] == made["usage"]["prompt_tokens"] == 6
