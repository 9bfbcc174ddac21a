"""Chat over HTTP and SSE: the wire shapes, resuming, cancelling, repeating, paging, and who may."""

import http.client
import json
import threading

import pytest
from lares_server import HttpError

LONG = "Tell me a very long story about the sea, the ships and the people."


def names(events):
    return [event.name for event in events]


def text_of(events):
    return "".join(event.data["text"] for event in events if event.name == "token")


def take(stream, count):
    return [next(stream) for _ in range(count)]


def turn_of(events):
    return next(event for event in events if event.name == "turn_started").data["turn_id"]


def test_a_plain_answer(ann, sam):
    answer = ann.chat(sam, "Hello", max_tokens=8, temperature=0)
    assert set(answer) >= {"conversation_id", "message_id", "reply", "usage", "trace"}
    assert set(answer["reply"]) >= {"id", "text"}
    assert 1 <= answer["usage"]["completion"] <= 8
    assert answer["usage"]["prompt"] >= answer["usage"]["reused"]
    stages = [answer["trace"][f"{stage}_ms"] for stage in ("prompt_built", "prefill_done", "first_token", "done")]
    assert stages == sorted(stages)
    assert answer["trace"]["accepted_ms"] > 0
    items = ann.history(answer["conversation_id"])
    assert [(m["role"], m["state"]) for m in items] == [("user", "done"), ("assistant", "done")]
    assert items[0]["id"] == answer["message_id"]
    assert items[1]["id"] == answer["reply"]["id"]
    assert items[1]["text"] == answer["reply"]["text"]
    assert items[1]["parent"] == items[0]["id"]


def test_the_stream_of_a_turn(ann, sam):
    events = list(ann.stream(sam, "Hello", max_tokens=12, temperature=0))
    assert names(events[:2]) == ["accepted", "turn_started"]
    assert names(events)[-1] == "turn_done"
    assert set(names(events)[2:-1]) == {"token"}
    turn = turn_of(events)
    assert [event.id for event in events] == [f"{turn}/{n}" for n in range(1, len(events) + 1)]
    assert set(events[0].data) == {"conversation_id", "message_id", "seq"}
    done = events[-1].data
    assert set(done) >= {"message_id", "text", "usage", "trace"}
    assert set(done["usage"]) == {"prompt", "reused", "completion"}
    assert text_of(events) == done["text"]
    items = ann.history(events[0].data["conversation_id"])
    assert items[-2]["seq"] == events[0].data["seq"]
    assert items[-1]["text"] == done["text"]


def test_greedy_and_seeded_answers_repeat(ann, sam):
    # Sums in another order (other cells, another batch) may turn a word that hangs by a thread; here none does.
    def said(**how):
        answer = ann.chat(sam, "Repeat after me: a b c d e f g h i j k l m n", max_tokens=12, **how)
        # The model names the conversation next: an answer that shares its batch with that is summed in another order.
        ann.server.wait_for(lambda: ann.get(f"/api/v1/conversations/{answer['conversation_id']}")["titled"] != "opening")
        return answer["reply"]["text"]

    assert said(temperature=0) == said(temperature=0)
    assert said(temperature=1.5, seed=7) == said(temperature=1.5, seed=7)


def test_a_second_turn_computes_only_what_is_new(ann, sam):
    first = ann.chat(sam, "Tell me about the sea. " * 20, max_tokens=16)
    second = ann.chat(None, "And the ships?", conversation_id=first["conversation_id"], max_tokens=8)
    before = first["usage"]["prompt"] + first["usage"]["completion"]
    new = second["usage"]["prompt"] - before
    assert second["usage"]["prompt"] - second["usage"]["reused"] <= new + 16


def test_a_lost_connection_misses_nothing(ann, sam):
    stream = ann.stream(sam, LONG, max_tokens=60, temperature=0)
    seen = take(stream, 5)
    stream.close()
    for part in (7, 11, None):
        stream = ann.resume(turn_of(seen), seen[-1].id)
        seen += take(stream, part) if part else list(stream)
        stream.close()
    assert seen[-1].name == "turn_done"
    assert [int(event.id.split("/")[1]) for event in seen] == list(range(1, len(seen) + 1))
    assert text_of(seen) == seen[-1].data["text"]
    assert list(ann.resume(turn_of(seen), seen[-1].id)) == []
    assert names(ann.resume(turn_of(seen))) == names(seen)


def test_a_dropped_client_does_not_cancel(ann, sam):
    stream = ann.stream(sam, LONG, max_tokens=24, temperature=0)
    seen = take(stream, 3)
    stream.close()
    conversation = seen[0].data["conversation_id"]
    ann.server.wait_for(lambda: len(ann.history(conversation)) == 2)
    assert ann.history(conversation)[-1]["state"] == "done"


def test_cancel_cuts_and_keeps_the_text(ann, sam):
    stream = ann.stream(sam, LONG, max_tokens=1800, temperature=0)
    seen = take(stream, 8)
    ann.request("POST", "/api/v1/chat/cancel", {"turn_id": turn_of(seen)})
    page = ann.get(f"/api/v1/chat/history?conversation_id={seen[0].data['conversation_id']}")
    assert page.get("running") is None
    assert page["items"][-1]["state"] == "cut"
    seen += list(stream)
    assert seen[-1].name == "turn_done"
    assert seen[-1].data["state"] == "cut"
    assert page["items"][-1]["text"] == seen[-1].data["text"] == text_of(seen)
    ann.request("POST", "/api/v1/chat/cancel", {"turn_id": turn_of(seen)})  # again: it stays as it is
    # The conversation goes on, with the text that was kept in the prompt.
    again = ann.chat(None, "Thanks.", conversation_id=seen[0].data["conversation_id"], max_tokens=4)
    assert again["usage"]["reused"] > 0


def test_a_repeated_client_id_is_the_same_message(ann, sam):
    fields = {"client_id": "m-1", "max_tokens": 40, "temperature": 0}
    stream = ann.stream(sam, LONG, **fields)
    first = take(stream, 4)
    second = list(ann.stream(sam, LONG, **fields))  # while it runs
    stream.close()
    assert second[0].data == first[0].data
    assert [event.id for event in second[:4]] == [event.id for event in first]
    assert text_of(second) == second[-1].data["text"]
    third = list(ann.stream(sam, LONG, **fields))  # after it
    assert [event.id for event in third] == [event.id for event in second]
    answer = ann.chat(sam, LONG, **fields)
    assert answer["message_id"] == first[0].data["message_id"]
    assert answer["reply"]["text"] == second[-1].data["text"]
    assert len(ann.history(first[0].data["conversation_id"])) == 2


def test_sends_of_one_client_id_at_once_are_one_message(ann, sam):
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(ann.chat(sam, "Hello", client_id="burst", max_tokens=8)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert len({answer["message_id"] for answer in answers}) == 1
    assert len({answer["reply"]["text"] for answer in answers}) == 1


def test_one_turn_at_a_time(ann, sam):
    stream = ann.stream(sam, LONG, max_tokens=1800, temperature=0)
    seen = take(stream, 3)
    body = {"conversation_id": seen[0].data["conversation_id"], "message": "Wait!"}
    busy = ann.request("POST", "/api/v1/chat", body, check=False)
    assert busy.status == 409
    assert busy.json()["type"] == "turn-running"
    assert busy.json()["turn_id"] == turn_of(seen)
    ann.request("POST", "/api/v1/chat/cancel", {"turn_id": turn_of(seen)})
    stream.close()
    assert ann.chat(None, "Now?", conversation_id=body["conversation_id"], max_tokens=4)["reply"]


def test_try_again_makes_another_answer(ann, sam):
    first = ann.chat(sam, "Hello", max_tokens=8, temperature=0)
    body = {"conversation_id": first["conversation_id"], "retry_message_id": first["reply"]["id"],
            "max_tokens": 8, "temperature": 1.2, "seed": 3}  # fmt: skip
    second = ann.post("/api/v1/chat", body, timeout=180)
    assert second["reply"]["id"] != first["reply"]["id"]
    items = ann.history(first["conversation_id"])
    assert [m["id"] for m in items] == [first["message_id"], second["reply"]["id"]]
    done = ann.request("POST", "/api/v1/chat", {"conversation_id": first["conversation_id"],
                       "continue_message_id": second["reply"]["id"]}, check=False)  # fmt: skip
    assert (done.status, done.json()["type"]) == (422, "answer-complete")


def test_a_cut_answer_can_be_continued(ann, sam):
    stream = ann.stream(sam, LONG, max_tokens=1800, temperature=0)
    seen = take(stream, 10)
    ann.request("POST", "/api/v1/chat/cancel", {"turn_id": turn_of(seen)})
    half = list(stream)[-1].data
    more = ann.post(
        "/api/v1/chat",
        {"conversation_id": seen[0].data["conversation_id"], "continue_message_id": half["message_id"], "max_tokens": 12,
         "temperature": 0},  # by chance it could have nothing to add
        timeout=180,
    )
    assert more["reply"]["id"] == half["message_id"]
    assert more["reply"]["text"].startswith(half["text"])
    assert len(more["reply"]["text"]) > len(half["text"])
    items = ann.history(seen[0].data["conversation_id"])
    assert [m["state"] for m in items] == ["done", "done"]
    assert items[-1]["text"] == more["reply"]["text"]


def test_history_and_conversations_come_in_pages(ann, sam):
    first = ann.chat(sam, "one", max_tokens=2)
    conversation = first["conversation_id"]
    for word in ("two", "three"):
        ann.chat(None, word, conversation_id=conversation, max_tokens=2)
    page = ann.get(f"/api/v1/chat/history?conversation_id={conversation}&limit=4")
    assert len(page["items"]) == 4
    assert page["seq"] == page["items"][-1]["seq"]
    older = ann.get(f"/api/v1/chat/history?conversation_id={conversation}&limit=4&before={page['next']}")
    assert len(older["items"]) == 2
    assert older["next"] is None
    assert [m["text"] for m in older["items"] + page["items"] if m["role"] == "user"] == ["one", "two", "three"]
    assert ann.get(f"/api/v1/chat/history?character_id={sam}")["conversation_id"] == conversation
    ann.chat(sam, "elsewhere", max_tokens=2)
    ann.chat(None, "back", conversation_id=conversation, max_tokens=2)
    assert [c["id"] for c in ann.conversations()][0] == conversation
    top = ann.get("/api/v1/conversations?limit=1")
    assert len(top["items"]) == 1
    assert ann.get(f"/api/v1/conversations?limit=1&before={top['next']}")["items"][0]["id"] != conversation
    for bad in ("limit=0", "limit=201", "before=nothing"):
        assert ann.request("GET", f"/api/v1/chat/history?conversation_id={conversation}&{bad}", check=False).status == 400


def test_a_deleted_conversation_is_gone(ann, sam):
    conversation = ann.chat(sam, "Forget this", max_tokens=2)["conversation_id"]
    assert ann.request("DELETE", f"/api/v1/conversations/{conversation}").status == 204
    gone = ann.request("GET", f"/api/v1/chat/history?conversation_id={conversation}", check=False)
    assert gone.status == 404
    assert conversation not in [c["id"] for c in ann.conversations()]


def test_what_belongs_to_another_does_not_exist(server, ann, sam):
    mine = ann.chat(sam, "Mine", max_tokens=2)
    ben = server.person("ben")
    absent = "01m7yph4w8eg0bm7f6dg38we5d"

    def answers(path, body=None):
        method = "POST" if body else "GET"
        return [
            ben.request(method, path.format(id), json.loads(json.dumps(body).replace("ID", id)) if body else None, check=False)
            for id in (mine["conversation_id"] if "turn" not in path else mine["turn_id"], absent)
        ]

    for path, body in (
        ("/api/v1/chat/history?conversation_id={}", None),
        ("/api/v1/chat/stream?turn_id={}", None),
        ("/api/v1/chat", {"conversation_id": "ID", "message": "Hi"}),
    ):
        denied, missing = answers(path, body)
        assert denied.status == missing.status == 404, (path, denied.body)
        assert denied.body == missing.body
    for turn in (mine["turn_id"], absent):
        assert ben.request("POST", "/api/v1/chat/cancel", {"turn_id": turn}, check=False).status == 404
    assert ben.request("POST", "/api/v1/chat", {"character_id": sam, "message": "Hi"}, check=False).status == 404
    assert ben.conversations() == []


BAD = [
    ({"message": ""}, "message"),
    ({"message": " \n\t "}, "message"),
    ({"message": "x" * 100_001}, "message"),
    ({"message": "a\u0000b"}, "message"),
    ({"message": 5}, "message"),
    ({"message": "x", "max_tokens": 0}, "max_tokens"),
    ({"message": "x", "max_tokens": "many"}, "max_tokens"),
    ({"message": "x", "temperature": 3}, "temperature"),
    ({"message": "x", "temperature": -0.1}, "temperature"),
    ({"message": "x", "seed": -1}, "seed"),
    ({"message": "x", "client_id": ""}, "client_id"),
    ({"message": "x", "client_id": "c" * 129}, "client_id"),
    ({"message": "x", "stop": ["s"] * 9}, "stop"),
    ({"message": "x", "conversation_id": "nonsense"}, "conversation_id"),
    ({"message": "x", "character_id": 7}, "character_id"),
]


@pytest.mark.parametrize("path", ["/api/v1/chat", "/api/v1/chat/stream"])
@pytest.mark.parametrize(("fields", "field"), BAD, ids=range(len(BAD)))
def test_bad_input_names_the_field(ann, sam, path, fields, field):
    answer = ann.request("POST", path, {"character_id": sam, **fields}, check=False)
    assert answer.status == 400, answer.body
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.json()["type"] == "invalid-field"
    assert answer.json()["field"] == field
    assert ann.conversations() == []


def test_null_equals_absent(ann, sam):
    body = {"character_id": sam, "message": "Hello", "conversation_id": None, "client_id": None, "max_tokens": 2,
            "temperature": None, "seed": None}  # fmt: skip
    assert ann.post("/api/v1/chat", body, timeout=180)["reply"]


def test_a_message_longer_than_the_context_is_refused_and_not_stored(ann, sam):
    answer = ann.request("POST", "/api/v1/chat", {"character_id": sam, "message": "word " * 20_000}, check=False)
    assert answer.status == 422
    assert answer.json()["type"] == "context-overflow"
    over = answer.json()["overflow"]
    assert (over["part"], over["remedy"]) == ("message", "shorten-message")
    assert f" {over['tokens']} tokens too long" in answer.json()["detail"]
    assert ann.conversations() == []


def test_bytes_that_are_no_text_are_refused(ann, sam):
    for body in (b'{"character_id": "%s", "message": "\xff\xfe"}' % sam.encode(), b'{"message": ', b"[]", b""):
        connection = http.client.HTTPConnection("127.0.0.1", ann.server.port)
        connection.request("POST", "/api/v1/chat", body, {"Content-Type": "application/json", "Authorization": f"Bearer {ann.token}"})
        answer = connection.getresponse()
        assert answer.status == 400, body
        assert json.loads(answer.read())["type"] in ("invalid-json", "invalid-field")
        connection.close()


def test_a_companion_that_does_not_exist(ann):
    answer = ann.request("POST", "/api/v1/chat", {"character_id": "01m7yph4w8eg0bm7f6dg38we5d", "message": "Hi"}, check=False)
    assert answer.status == 404


def test_durable_events_reach_a_second_device_as_they_happen(ann, sam):
    events = ann.events()
    answer = ann.chat(sam, "Hello", max_tokens=4)
    kinds = {}
    while "answer_done" not in kinds:
        event = next(events)
        kinds[event.data["kind"]] = event.data
    events.close()
    assert kinds["message_accepted"]["data"]["message"]["id"] == answer["message_id"]
    assert kinds["answer_done"]["data"]["message"]["text"] == answer["reply"]["text"]
    assert kinds["answer_done"]["seq"] == kinds["message_accepted"]["seq"] + 1
    missed = []
    stream = ann.server.login(ann.user["username"])  # a session of its own
    from lares_server import sse

    conversation = answer["conversation_id"]
    later = sse(stream, "GET", f"/api/v1/chat/events?conversation_id={conversation}&after=0")
    for event in later:
        if event.name == "event":
            missed.append(event.data["seq"])
            if event.data["kind"] == "answer_done":
                break
    later.close()
    assert missed == list(range(1, len(missed) + 1))
    ahead = sse(stream, "GET", f"/api/v1/chat/events?conversation_id={conversation}&after=9999")
    assert [next(ahead).data["kind"] for _ in range(2)] == ["listening", "resync"]
    ahead.close()
    alone = stream.request("GET", "/api/v1/chat/events?after=1", check=False)
    assert alone.status == 400 and alone.json()["field"] == "after"


def test_without_signing_in_there_is_no_chat(server, sam):
    for method, path in (("POST", "/api/v1/chat"), ("POST", "/api/v1/chat/stream"), ("GET", "/api/v1/conversations")):
        with pytest.raises(HttpError) as refused:
            server.request(method, path, {"character_id": sam, "message": "Hi"} if method == "POST" else None)
        assert refused.value.response.status == 401


def test_progress_is_in_the_history_while_the_answer_is_made(ann, sam):
    stream = ann.stream(sam, LONG, max_tokens=1800, temperature=0)
    seen = take(stream, 4)
    running = {}

    def stored():
        running.update(ann.get(f"/api/v1/chat/history?conversation_id={seen[0].data['conversation_id']}")["running"])
        return running["text"]

    ann.server.wait_for(stored)
    text = running["text"]
    assert running["turn_id"] == turn_of(seen)
    ann.request("POST", "/api/v1/chat/cancel", {"turn_id": turn_of(seen)})
    final = list(stream)[-1].data["text"]
    assert final.startswith(text)
