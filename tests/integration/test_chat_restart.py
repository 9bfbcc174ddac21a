"""An answer that a crash or a stop cuts off: kept, told, and continued."""

import json
import threading

import pytest
from lares_server import NO_LIMITS, Server

LONG = "Tell me a very long story about the sea, the ships and the people."


def begin(person, companion, max_tokens):
    """Reads the beginning of an answer; the events and the generator. Greedy, so that it is as long on every machine."""
    stream = person.stream(companion, LONG, max_tokens=max_tokens, temperature=0, client_id="story")
    return [next(stream) for _ in range(20)], stream


def text_of(events):
    return "".join(event.data["text"] for event in events if event.name == "token")


def test_after_kill_9_the_half_answer_is_interrupted_and_goes_on(fresh_server):
    server = fresh_server
    ann = server.person("ann")
    sam = ann.terse_companion()
    seen, stream = begin(ann, sam, 1800)
    shown_early = text_of(seen)
    conversation = seen[0].data["conversation_id"]
    # The store may be half a second behind.
    server.wait_for(lambda: ann.get(f"/api/v1/chat/history?conversation_id={conversation}")["running"]["text"].startswith(shown_early))
    server.kill()
    stream.close()
    server.start(wait="engines")
    ann = server.login("ann")
    last = ann.history(conversation)[-1]
    assert last["state"] == "interrupted"
    assert last["text"].startswith(shown_early)

    # The same client_id is still the same message, and tells how it ended.
    again = list(ann.stream(sam, LONG, client_id="story"))
    assert again[0].name == "accepted"
    assert again[0].data == seen[0].data
    assert again[-1].name == "error"
    assert again[-1].data["type"] == "turn-interrupted"
    # So does the turn, to a client that comes back with the last frame it saw.
    back = list(ann.resume(next(e for e in seen if e.name == "turn_started").data["turn_id"], seen[-1].id))
    assert [event.name for event in back] == ["error"]

    more = ann.post("/api/v1/chat", {"conversation_id": conversation, "continue_message_id": last["id"], "max_tokens": 16}, timeout=180)
    assert more["reply"]["id"] == last["id"]
    assert more["reply"]["text"].startswith(last["text"])
    assert [m["state"] for m in ann.history(conversation)] == ["done", "done"]


@pytest.mark.parametrize(("grace_s", "last_event", "state"), [("0", "error", "interrupted"), ("600", "turn_done", "done")])
def test_a_stop_in_good_order_keeps_every_word(grace_s, last_event, state):
    with Server(env={**NO_LIMITS, "SHUTDOWN_GRACE_S": grace_s}) as server:
        ann = server.person("ann")
        sam = ann.terse_companion()
        seen, stream = begin(ann, sam, 1800 if state == "interrupted" else 60)
        status = []
        stopper = threading.Thread(target=lambda: status.append(server.stop(timeout=300)))
        stopper.start()
        seen += list(stream)
        stopper.join()
        assert status == [0]
        assert seen[-1].name == last_event
        if last_event == "error":
            assert seen[-1].data["type"] == "stopping"
        server.start(wait="health")
        last = server.login("ann").history(seen[0].data["conversation_id"])[-1]
        assert last["state"] == state
        assert last["text"] == text_of(seen)


def test_what_was_said_survives_a_restart_as_they_were(fresh_server):
    server = fresh_server
    ann = server.person("ann")
    sam = ann.terse_companion()
    for n in range(5):
        ann.chat(sam, f"Hello {n}", max_tokens=3)
    before = {c["id"]: ann.history(c["id"]) for c in ann.conversations()}
    server.kill()
    server.start(wait="health")
    ann = server.login("ann")
    after = {c["id"]: ann.history(c["id"]) for c in ann.conversations()}
    assert json.dumps(before, sort_keys=True) == json.dumps(after, sort_keys=True)


def test_why_an_answer_failed_survives_a_restart(fresh_server):
    server = fresh_server
    ann = server.person("ann")
    data = {"name": "Vast", "description": "A long story about the sea and the mill. " * 4_000, "first_mes": "Hello."}
    vast = ann.post("/api/v1/characters", {"spec": "chara_card_v2", "spec_version": "2.0", "data": data})["id"]
    events = list(ann.stream(vast, "Good morning."))
    assert events[-1].name == "error" and events[-1].data["type"] == "context-overflow"
    conversation = events[0].data["conversation_id"]
    # The message is stored: what can be answered again is told, and no time to send it again.
    ids = {"conversation_id": conversation, "message_id": events[0].data["message_id"], "turn_id": events[1].data["turn_id"]}
    assert ids.items() <= events[-1].data.items()
    plain = ann.request("POST", "/api/v1/chat", {"conversation_id": conversation, "retry_message_id": ids["message_id"]}, check=False)
    assert (plain.status, plain.json()["message_id"], plain.headers["Retry-After"]) == (422, ids["message_id"], None)
    over = events[-1].data["overflow"]
    told = {"type": "context-overflow", "detail": events[-1].data["detail"], "overflow": over}
    assert (over["part"], over["remedy"]) == ("description", "shorten-character")
    assert f" {over['tokens']} tokens too long" in told["detail"]
    answer = ann.history(conversation)[-1]
    assert (answer["state"], answer["trace"]["failure"]) == ("interrupted", told)
    server.kill()
    server.start(wait="health")
    assert server.login("ann").history(conversation)[-1]["trace"]["failure"] == told
