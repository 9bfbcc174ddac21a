"""The chat socket: hello, several devices live, resuming, and clients that misbehave."""

import http.client
import json
import threading
import time

import pytest
from lares_server import SocketClosed, WebSocket

LONG = "Tell me a very long story about the sea, the ships and the people."


def events_named(messages, name):
    return [message["data"] for message in messages if message["event"] == name]


def tokens(messages, turn):
    return [m for m in messages if m["event"] == "token" and m["id"].startswith(turn)]


def test_two_devices_see_one_answer_as_it_is_made(ann, sam):
    one, two = ann.socket(), ann.socket()
    one.send_event("message", {"character_id": sam, "message": "Hello", "client_id": "s1", "max_tokens": 12})
    mine, theirs = one.receive_until("turn_done"), two.receive_until("turn_done")
    accepted = events_named(mine, "accepted")
    assert len(accepted) == 1
    assert events_named(theirs, "accepted") == []  # the sender's own
    turn = events_named(mine, "turn_started")[0]["turn_id"]
    assert [m["id"] for m in tokens(mine, turn)] == [m["id"] for m in tokens(theirs, turn)]
    assert mine[-1]["data"] == theirs[-1]["data"]
    assert "".join(m["data"]["text"] for m in tokens(theirs, turn)) == theirs[-1]["data"]["text"]
    # Each device has each durable event once, with the seq that the sender was told.
    for device, messages in ((one, mine), (two, theirs)):
        while not any(e["kind"] == "answer_done" for e in events_named(messages, "event")):
            messages.append(device.receive(timeout=180))
        seqs = [event["seq"] for event in events_named(messages, "event")]
        assert seqs == list(range(1, len(seqs) + 1))
        said = next(e for e in events_named(messages, "event") if e["kind"] == "message_accepted")
        assert said["seq"] == accepted[0]["seq"]
        assert said["data"]["message"]["client_id"] == "s1"
    one.close(), two.close()


WRITERS, TITLES = 6, 60


def rename(person, conversation, writer):
    connection = http.client.HTTPConnection("127.0.0.1", person.server.port, timeout=120)
    for number in range(TITLES):
        connection.request("PATCH", f"/api/v1/conversations/{conversation}", json.dumps({"title": f"{writer}/{number}"}),
                           {"Authorization": f"Bearer {person.token}", "Content-Type": "application/json"})  # fmt: skip
        connection.getresponse().read()
    connection.close()


def test_what_many_write_at_once_reaches_a_device_in_order(ann, sam):
    conversation = ann.post("/api/v1/conversations", {"character_id": sam})["id"]
    device = ann.socket(conversations=[{"conversation_id": conversation, "seq": 0}])
    writers = [threading.Thread(target=rename, args=(ann, conversation, writer)) for writer in range(WRITERS)]
    for writer in writers:
        writer.start()
    told = []
    while sum(event["kind"] == "conversation_changed" for event in told) < WRITERS * TITLES:
        message = device.receive(timeout=60)
        if message["event"] == "event":
            told.append(message["data"])
    for writer in writers:
        writer.join()
    assert [event["seq"] for event in told] == list(range(1, len(told) + 1))
    titles = [event["data"]["title"] for event in told if event["kind"] == "conversation_changed"]
    assert set(titles) == {f"{writer}/{number}" for writer in range(WRITERS) for number in range(TITLES)}
    device.close()


def test_a_message_over_http_is_seen_on_the_socket(ann, sam):
    device = ann.socket()
    answer = ann.chat(sam, "Hello", max_tokens=6)
    seen = device.receive_until("turn_done")
    assert seen[-1]["data"]["text"] == answer["reply"]["text"]
    assert seen[-1]["data"]["message_id"] == answer["reply"]["id"]
    device.close()


def test_any_device_may_cancel(ann, sam):
    one, two = ann.socket(), ann.socket()
    one.send_event("message", {"character_id": sam, "message": LONG, "max_tokens": 1800, "temperature": 0})
    turn = two.receive_until("turn_started")[-1]["data"]["turn_id"]
    for _ in range(5):
        two.receive(timeout=180)
    two.send_event("cancel", {"turn_id": turn})
    assert one.receive_until("turn_done")[-1]["data"]["state"] == "cut"
    one.close(), two.close()


def test_a_device_that_comes_back_misses_nothing(ann, sam):
    one = ann.socket()
    one.send_event("message", {"character_id": sam, "message": LONG, "max_tokens": 80, "temperature": 0})
    seen = one.receive_until("turn_started")
    turn, conversation = seen[-1]["data"]["turn_id"], events_named(seen, "accepted")[0]["conversation_id"]
    seen += [one.receive(timeout=180) for _ in range(6)]
    one.drop()
    time.sleep(0.3)
    last_frame = max(int(m["id"].split("/")[1]) for m in seen if m.get("id", "").startswith(turn))
    last_seq = max([e["seq"] for e in events_named(seen, "event")], default=0)
    back = ann.socket(conversations=[{"conversation_id": conversation, "seq": last_seq}],
                      turns=[{"turn_id": turn, "frame": last_frame}])  # fmt: skip
    seen += back.receive_until("turn_done")
    while not any(e["kind"] == "answer_done" for e in events_named(seen, "event")):
        seen.append(back.receive(timeout=180))
    frames = [int(m["id"].split("/")[1]) for m in seen if m.get("id", "").startswith(turn)]
    assert frames == list(range(frames[0], frames[0] + len(frames)))
    assert [e["seq"] for e in events_named(seen, "event")] == list(range(1, 1 + len(events_named(seen, "event"))))
    done = events_named(seen, "turn_done")[0]
    assert "".join(m["data"]["text"] for m in tokens(seen, turn)) == done["text"]
    back.close()


def test_errors_on_the_socket_name_the_rule_and_leave_it_open(ann, sam):
    device = ann.socket()
    for data, kind in (
        ({"character_id": sam, "message": ""}, "invalid-field"),
        ({"character_id": sam, "message": "x" * 100_001}, "invalid-field"),
        ({"message": "x"}, "invalid-field"),
        ({"conversation_id": "01m7yph4w8eg0bm7f6dg38we5d", "message": "x"}, None),
    ):
        device.send_event("message", data)
        problem = device.receive_until("error")[-1]["data"]
        assert problem["status"] in (400, 404)
        assert kind is None or problem["type"] == kind
    device.send_event("ping")
    assert device.receive_until("notice")[-1]["data"]["kind"] == "pong"
    device.close()


def ends(device, seconds=20):
    device.connection.settimeout(seconds)
    with pytest.raises((SocketClosed, ConnectionError)) as closed:
        while True:
            device.receive()
    return closed.value


def test_nothing_is_answered_before_hello(server):
    for first in ({"event": "message", "data": {"message": "x"}}, {"event": "ping", "data": {}}, "text", 5):
        device = WebSocket(server.port, "/api/v1/chat")
        device.send(first)
        device.connection.settimeout(10)
        try:
            message = device.receive()
        except (SocketClosed, ConnectionError):
            continue
        assert message["event"] == "error"
        assert message["data"]["status"] in (400, 401)


def test_a_ticket_is_good_once(ann):
    ticket = ann.post("/api/v1/auth/ticket")["ticket"]
    first = WebSocket(ann.server.port, "/api/v1/chat")
    first.send_event("hello", {"ticket": ticket})
    assert first.receive()["event"] == "ready"
    second = WebSocket(ann.server.port, "/api/v1/chat")
    second.send_event("hello", {"ticket": ticket})
    second.connection.settimeout(10)
    try:
        assert second.receive()["event"] == "error"
    except SocketClosed:
        pass
    first.close()


@pytest.mark.parametrize(
    ("opcode", "payload"),
    [
        (1, b"\xff\xfe not text"),
        (1, b"{" * 100),
        (1, json.dumps({"event": "no_such_event", "data": {}}).encode()),
        (1, b"x" * (3 * 1024 * 1024)),
        (9, b"p" * 126),
        (3, b""),
    ],
    ids=["invalid-utf8", "no-json", "unknown-event", "too-large", "long-ping", "reserved-opcode"],
)
def test_a_bad_frame_is_refused_and_others_are_unharmed(ann, sam, opcode, payload):
    other = ann.socket()
    device = ann.socket()
    device.connection.settimeout(10)
    try:
        device.send_frame(opcode, payload)
        message = device.receive()
        assert message["event"] == "error", message
        assert message["data"]["type"]
    except (SocketClosed, ConnectionError) as closed:
        if isinstance(closed, SocketClosed) and closed.code != 1006:
            assert closed.code in (1002, 1003, 1007, 1008, 1009), closed
    other.send_event("message", {"character_id": sam, "message": "Still there?", "max_tokens": 4})
    assert other.receive_until("turn_done")
    other.close()


def test_a_socket_that_floods_is_slowed_or_closed(ann, sam):
    device = ann.socket()
    try:
        for _ in range(5_000):
            device.send_event("ping")
    except OSError:
        pass  # closed meanwhile
    other = ann.socket()
    other.send_event("message", {"character_id": sam, "message": "Hello", "max_tokens": 4})
    assert other.receive_until("turn_done")
    device.connection.close()
    other.close()


def test_a_socket_that_never_reads_is_dropped_and_others_are_unharmed(ann, sam):
    lazy = ann.socket()
    lazy.connection.setsockopt(__import__("socket").SOL_SOCKET, __import__("socket").SO_RCVBUF, 4096)
    other = ann.socket()
    for n in range(3):
        other.send_event("message", {"character_id": sam, "message": f"Hello {n}", "max_tokens": 60})
        assert other.receive_until("turn_done")
    lazy.connection.close()
    other.close()
