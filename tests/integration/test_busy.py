"""A model whose places and queue are taken: what it has no room for is refused as it came, on every wire."""

import time

import pytest
from lares_server import NO_LIMITS, Server

LONG = "Count from one to a thousand in words, and leave no number out."


@pytest.fixture(scope="module")
def ann():
    with Server(env={**NO_LIMITS, "LLM_CHATS_MAX": "1", "LLM_QUEUE_MAX": "1"}) as running:
        running.wait_for(lambda: running.request("GET", "/ready?engines=1", check=False).status == 200)
        yield running.person("ann")


def say(device, conversation, text, client_id, **fields):
    device.send_event("message", {"conversation_id": conversation, "message": text, "client_id": client_id, "voice": False, **fields}, id=client_id)


def test_what_the_model_has_no_room_for_is_not_stored(ann):
    sam = ann.terse_companion()
    talks = [ann.chat(sam, "Hi", max_tokens=1)["conversation_id"] for _ in range(3)]
    before = ann.history(talks[2])
    speaking, waiting, third = ann.socket(), ann.socket(), ann.socket()
    say(speaking, talks[0], LONG, "s", max_tokens=1500, temperature=0)
    first = speaking.receive_until("accepted")[-1]["data"]["turn_id"]
    speaking.receive_until("token")
    say(waiting, talks[1], "Hi again", "w", max_tokens=1)
    waiting.receive_until("status")

    body = {"conversation_id": talks[2], "message": "Is there room?", "client_id": "c1", "max_tokens": 2, "voice": False}
    for path in ("/api/v1/chat", "/api/v1/chat/stream"):
        answer = ann.request("POST", path, body, check=False)
        assert answer.status == 503 and answer.json()["type"] == "engine-busy", answer.body
        assert int(answer.headers["Retry-After"]) > 0
        assert "message_id" not in answer.json()
    say(third, talks[2], "Is there room?", "c1", max_tokens=2)
    problem = third.receive_until("error")[-1]
    assert problem["id"] == "c1" and problem["data"]["type"] == "engine-busy"
    assert ann.history(talks[2]) == before

    ann.request("POST", "/api/v1/chat/cancel", {"turn_id": first})
    waiting.receive_until("turn_done")
    for _ in range(10):  # as its header tells
        sent = ann.request("POST", "/api/v1/chat", body, check=False)
        if sent.status != 503:
            break
        time.sleep(int(sent.headers["Retry-After"]))
    answer = sent.json()
    assert answer["reply"]["state"] == "done"
    assert [m["text"] for m in ann.history(talks[2]) if m["role"] == "user"] == ["Hi", "Is there room?"]
    for device in (speaking, waiting, third):
        device.close()
