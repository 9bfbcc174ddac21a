"""The tree of messages, conversations as things, search and chat files, over HTTP: what is done, what is refused, what devices see."""

import json
import threading
from urllib.parse import urlencode

import pytest
from lares_server import HttpError

SHORT = {"max_tokens": 6, "temperature": 0}


def url(conversation, message=None, what=""):
    path = f"/api/v1/conversations/{conversation}"
    return path + (f"/messages/{message}" if message else "") + (f"/{what}" if what else "")


@pytest.fixture
def talk(ann, sam):
    """A conversation of two exchanges; answers its id."""
    conversation = ann.chat(sam, "Hello", **SHORT)["conversation_id"]
    ann.chat(None, "And then?", conversation_id=conversation, **SHORT)
    return conversation


def texts(client, conversation):
    return [message["text"] for message in client.history(conversation)]


def action(client, conversation, what, **fields):
    return list(client.stream(None, None, conversation_id=conversation, action=what, **SHORT, **fields))


def edit(client, conversation, message, text, **fields):
    return client.post(url(conversation, message, "edit"), {"text": text, **fields})


def refused(call, status, kind=None):
    with pytest.raises(HttpError) as problem:
        call()
    assert problem.value.response.status == status, problem.value
    if kind:
        assert problem.value.response.json()["type"] == kind
    return problem.value.response.json()


def test_a_swipe_is_a_sibling_that_is_shown(ann, talk):
    before = ann.history(talk)
    events = action(ann, talk, "regenerate")
    done = events[-1].data
    assert done["role"] == "assistant"
    after = ann.history(talk)
    assert len(after) == len(before)
    assert after[-1]["id"] == done["message_id"] != before[-1]["id"]
    assert after[-1]["siblings"] == {"index": 1, "count": 2, "ids": [before[-1]["id"], done["message_id"]]}
    shown = ann.post(url(talk, what="select"), {"message_id": before[-1]["id"]})
    assert shown["leaf"] == before[-1]["id"]
    assert [m["id"] for m in ann.history(talk)] == [m["id"] for m in before]
    # An earlier answer can be swiped, too.
    first = action(ann, talk, "regenerate", message_id=before[1]["id"])[-1].data
    assert [m["id"] for m in ann.history(talk)] == [before[0]["id"], first["message_id"]]


def test_a_swipe_computes_almost_nothing_anew(ann, sam):
    conversation = ann.chat(sam, "Tell me about the sea. " * 30, **SHORT)["conversation_id"]
    usage = action(ann, conversation, "regenerate")[-1].data["usage"]
    assert usage["prompt"] - usage["reused"] <= 16
    usage = action(ann, conversation, "continue")[-1].data["usage"]
    assert usage["prompt"] - usage["reused"] <= 16


def test_continue_goes_on_beside_the_answer(ann, talk):
    last = ann.history(talk)[-1]
    events = action(ann, talk, "continue")
    started = next(event.data for event in events if event.name == "turn_started")
    assert started["text"] == last["text"]
    assert started["offset"] == len(last["text"])
    added = "".join(event.data["text"] for event in events if event.name == "token")
    done = events[-1].data
    assert done["text"] == last["text"] + added
    now = ann.history(talk)[-1]
    assert now["id"] == done["message_id"] != last["id"]
    assert now["siblings"]["ids"] == [last["id"], now["id"]]


def test_impersonate_is_a_draft(ann, talk):
    before = ann.get(f"/api/v1/chat/history?conversation_id={talk}")
    events = action(ann, talk, "impersonate")
    done = events[-1].data
    assert done["role"] == "user"
    assert "audio" not in {event.name for event in events}
    assert ann.get(f"/api/v1/chat/history?conversation_id={talk}") == before
    turn = next(event.data for event in events if event.name == "turn_started")["turn_id"]
    assert list(ann.resume(turn))[-1].data["text"] == done["text"]
    plain = ann.post("/api/v1/chat", {"conversation_id": talk, "action": "impersonate", **SHORT})
    assert plain["reply"]["role"] == "user"


def test_actions_that_make_no_sense_are_refused(ann, sam, talk):
    items = ann.history(talk)
    post = lambda **fields: lambda: ann.post("/api/v1/chat", fields)  # noqa: E731
    refused(post(conversation_id=talk, action="dance"), 400, "invalid-field")
    assert refused(post(conversation_id=talk, action="regenerate", message="x"), 400)["field"] == "message"
    assert refused(post(character_id=sam, action="regenerate"), 400)["field"] == "conversation_id"
    assert refused(post(conversation_id=talk, message="x", message_id=items[0]["id"]), 400)["field"] == "message_id"
    refused(post(conversation_id=talk, action="impersonate", message_id=items[0]["id"]), 400)
    refused(post(conversation_id=talk, action="continue", message_id=items[0]["id"]), 422, "nothing-to-continue")


def test_an_edit_keeps_the_old_one(ann, talk):
    items = ann.history(talk)
    made = edit(ann, talk, items[2]["id"], "And now?")["message"]
    assert made["edit_of"] == items[2]["id"]
    assert texts(ann, talk)[-1] == "And now?"
    siblings = ann.get(url(talk, made["id"], "siblings"))
    assert [m["text"] for m in siblings["items"]] == ["And then?", "And now?"]
    ann.post(url(talk, what="select"), {"message_id": items[2]["id"]})
    assert [m["id"] for m in ann.history(talk)] == [m["id"] for m in items]
    # A slip of the pen is put right where it stands: what follows goes with it.
    right = edit(ann, talk, items[1]["id"], "Corrected.", following=True)["message"]
    assert [m["id"] for m in ann.history(talk)] == [items[0]["id"], right["id"], items[2]["id"], items[3]["id"]]


def test_an_edit_is_answered_when_asked_to(ann, talk):
    question = ann.history(talk)[2]
    made = edit(ann, talk, question["id"], "What is the sea?", regenerate=True, voice=False)
    events = list(ann.resume(made["turn_id"]))
    assert events[-1].name == "turn_done"
    now = ann.history(talk)
    assert [m["id"] for m in now[-2:]] == [made["message"]["id"], events[-1].data["message_id"]]


def test_edits_of_two_devices_at_once_are_both_there(ann, talk):
    message = ann.history(talk)[2]["id"]
    second = ann.server.login(ann.user["username"])
    made = []
    threads = [threading.Thread(target=lambda c=client, n=n: made.extend(edit(c, talk, message, f"{n}-{i}")["message"]["id"] for i in range(10)))
               for n, client in enumerate((ann, second))]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    page = ann.get(url(talk, message, "siblings") + "?limit=200")
    assert page["count"] == 21
    assert {m["id"] for m in page["items"]} == {message, *made}


def test_every_device_sees_every_change(ann, talk):
    items = ann.history(talk)
    other = ann.server.login(ann.user["username"])
    socket = other.socket()
    made = edit(ann, talk, items[0]["id"], "Hi")["message"]
    ann.post(url(talk, what="select"), {"message_id": items[0]["id"]})
    ann.request("PATCH", url(talk, items[1]["id"]), {"hidden": True, "pinned": True})
    ann.request("DELETE", url(talk, items[2]["id"]))
    ann.post(url(talk, items[2]["id"], "restore"))
    ann.request("PATCH", url(talk), {"title": "Ours"})
    ann.request("DELETE", url(talk))
    ann.post(url(talk, what="restore"))
    wanted = ["message_edited", "path_selected", "message_hidden", "message_pinned", "message_removed", "message_restored", "path_selected",
              "conversation_changed", "conversation_removed", "conversation_restored"]  # fmt: skip
    seen = []
    while len(seen) < len(wanted):
        frame = socket.receive_until("event")[-1]
        if frame["data"]["conversation_id"] == talk:
            seen.append(frame["data"])
    socket.close()
    assert [event["kind"] for event in seen] == wanted
    assert seen[0]["data"]["message"]["id"] == made["id"]
    assert seen[1]["data"]["leaf"] == items[-1]["id"]
    assert seen[2]["data"] | {"message_id": items[1]["id"], "hidden": True} == seen[2]["data"]
    assert seen[7]["data"]["title"] == "Ours"
    assert [event["seq"] for event in seen] == list(range(seen[0]["seq"], seen[0]["seq"] + len(seen)))


def test_hidden_messages_are_not_in_the_prompt(ann, sam):
    said = ann.chat(sam, "word " * 200, **SHORT)
    talk = said["conversation_id"]
    with_it = ann.chat(None, "Hi", conversation_id=talk, **SHORT)["usage"]["prompt"]
    ann.request("PATCH", url(talk, said["message_id"]), {"hidden": True})
    without = ann.chat(None, "Hi", conversation_id=talk, **SHORT)["usage"]["prompt"]
    assert without < with_it - 150


def test_deleting_and_undoing(ann, talk):
    items = ann.history(talk)
    removed = ann.request("DELETE", url(talk, items[1]["id"])).json()
    assert removed["removed"] == [items[1]["id"]]
    assert removed["leaf"] == items[0]["id"]
    assert texts(ann, talk) == ["Hello"]
    refused(lambda: ann.post(url(talk, what="select"), {"message_id": items[3]["id"]}), 404, "message-not-found")
    refused(lambda: ann.post(url(talk, items[3]["id"], "restore")), 409, "parent-removed")
    assert ann.post(url(talk, items[1]["id"], "restore"))["leaf"] == items[3]["id"]
    assert [m["id"] for m in ann.history(talk)] == [m["id"] for m in items]
    # A whole conversation.
    ann.request("DELETE", url(talk))
    refused(lambda: ann.get(f"/api/v1/chat/history?conversation_id={talk}"), 404)
    refused(lambda: ann.get(url(talk)), 404)
    assert talk not in [c["id"] for c in ann.conversations()]
    gone = ann.get("/api/v1/conversations?removed=true")["items"]
    assert talk in [c["id"] for c in gone]
    assert next(c for c in gone if c["id"] == talk)["removed"] > 0
    ann.post(url(talk, what="restore"))
    assert [m["id"] for m in ann.history(talk)] == [m["id"] for m in items]
    ann.request("DELETE", url(talk) + "?forever=true")
    refused(lambda: ann.post(url(talk, what="restore")), 404)


def test_nothing_is_deleted_while_it_is_answered(ann, sam):
    stream = ann.stream(sam, "Tell me a very long story.", max_tokens=1800, temperature=0)
    accepted = next(stream).data
    turn = next(stream).data["turn_id"]
    talk = accepted["conversation_id"]
    refused(lambda: ann.request("DELETE", url(talk, accepted["message_id"])), 409, "turn-running")
    refused(lambda: ann.request("DELETE", url(talk)), 409, "turn-running")
    ann.request("POST", "/api/v1/chat/cancel", {"turn_id": turn})
    stream.close()


def test_a_new_conversation_offers_all_greetings(ann):
    card = {"spec": "chara_card_v2", "spec_version": "2.0",
            "data": {"name": "Ada", "description": "", "personality": "", "scenario": "", "first_mes": "Hello, {{user}}.", "mes_example": "",
                     "alternate_greetings": ["Welcome.", "Hey."]}}  # fmt: skip
    ada = ann.post("/api/v1/characters", card)["id"]
    made = ann.post("/api/v1/conversations", {"character_id": ada, "greeting": 1})
    first = ann.history(made["id"])[0]
    assert first["text"] == "Welcome."
    assert first["siblings"]["index"] == 1
    ann.post(url(made["id"], what="select"), {"message_id": first["siblings"]["ids"][2]})
    assert texts(ann, made["id"]) == ["Hey."]
    assert refused(lambda: ann.post("/api/v1/conversations", {"character_id": ada, "greeting": 3}), 400)["field"] == "greeting"
    # What is said in a conversation of its own begins with all of them, too.
    talk = ann.chat(ada, "Hi", **SHORT)["conversation_id"]
    assert ann.history(talk)[0]["siblings"]["count"] == 3


def test_a_message_may_begin_under_any_greeting_and_sent_again_begins_nothing_else(ann):
    card = {"spec": "chara_card_v2", "spec_version": "2.0",
            "data": {"name": "Ada", "description": "", "personality": "", "scenario": "", "first_mes": "Hello.", "mes_example": "",
                     "alternate_greetings": ["Welcome.", "Hey."]}}  # fmt: skip
    ada = ann.post("/api/v1/characters", card)["id"]
    said = {"greeting": 2, "client_id": "under-hey", **SHORT}
    answer = ann.chat(ada, "Hi", **said)
    talk = answer["conversation_id"]
    assert texts(ann, talk)[:2] == ["Hey.", "Hi"]
    siblings = ann.history(talk)[0]["siblings"]
    assert (siblings["index"], siblings["count"]) == (2, 3)
    # The model was told what stands there, not the card's own first words.
    sent = [part["content"] for part in ann.get(url(talk, answer["reply"]["id"], "prompt"))["messages"]]
    assert any("Hey." in text for text in sent) and not any("Hello." in text for text in sent)
    assert ann.chat(ada, "Hi", **said)["conversation_id"] == talk
    assert [one["id"] for one in ann.get(f"/api/v1/conversations?character_id={ada}")["items"]] == [talk]
    assert refused(lambda: ann.chat(ada, "Hi", **{**said, "greeting": 3, "client_id": "none"}), 400)["field"] == "greeting"
    assert refused(lambda: ann.post("/api/v1/chat", {"conversation_id": talk, "message": "Hi", "greeting": 0}), 400)["field"] == "greeting"


def test_settings_of_a_conversation(ann, talk):
    note = {"text": "Be brief.", "depth": 2, "role": "system", "interval": 1, "position": "in_chat", "allow_scan": True}
    made = ann.request("PATCH", url(talk), {"title": "Sea", "pinned": True, "archived": True, "author_note": note, "layout": "stable"}).json()
    assert (made["title"], made["titled"], made["pinned"], made["archived"], made["layout"]) == ("Sea", "person", True, True, "stable")
    assert made["author_note"] == note
    listed = {c["id"] for c in ann.get("/api/v1/conversations?archived=true&pinned=true")["items"]}
    assert listed == {talk}
    last = next(c for c in ann.conversations() if c["id"] == talk)["last"]
    assert last["id"] == ann.history(talk)[-1]["id"]
    cleared = ann.request("PATCH", url(talk), {"clear": ["author_note", "layout"]}).json()
    assert cleared["author_note"] is None and cleared["layout"] is None
    refused(lambda: ann.post(url(talk, what="title")), 409, "title-is-yours")
    assert refused(lambda: ann.request("PATCH", url(talk), {"title": ""}), 400)["field"] == "title"
    assert refused(lambda: ann.request("PATCH", url(talk), {"author_note": {"text": "x", "depth": -1}}), 400)["field"] == "author_note.depth"
    refused(lambda: ann.request("PATCH", url(talk), {"persona_id": talk}), 404)


def test_the_model_names_a_conversation_after_its_first_answer(ann, sam):
    talk = ann.chat(sam, "What do ships do on the sea?", **SHORT)["conversation_id"]
    ann.server.wait_for(lambda: ann.get(url(talk))["titled"] == "model")
    assert ann.get(url(talk))["title"] != "Sam"


def test_pins_are_listed(ann, talk):
    message = ann.history(talk)[1]["id"]
    assert ann.request("PATCH", url(talk, message), {"pinned": True}).json()["pinned"]
    assert [m["id"] for m in ann.get(url(talk, what="pins"))["items"]] == [message]


def test_a_branch_goes_its_own_way(ann, talk):
    items = ann.history(talk)
    fields = {"message_id": items[1]["id"], "client_id": "b1"}
    made = ann.post(url(talk, what="branch"), fields)
    assert texts(ann, made["id"]) == [m["text"] for m in items[:2]]
    assert ann.post(url(talk, what="branch"), fields)["id"] == made["id"]
    usage = ann.chat(None, "Where?", conversation_id=made["id"], **SHORT)["usage"]
    assert usage["reused"] > 0
    assert texts(ann, talk) == [m["text"] for m in items]


def test_search(ann, sam):
    talk = ann.chat(sam, "The Löwe of 東京 sleeps", **SHORT)
    for words in ("lowe", "LÖWE", "東京", "slee", '"of 東京"'):
        hit = next((item for item in find(ann, words)["items"] if item["message_id"] == talk["message_id"]), None)
        assert hit, words
        marked = [hit["snippet"][r["start"]:r["end"]] for r in hit["matches"]]
        assert all(marked), words
    assert find(ann, "nowhere")["items"] == []
    assert find(ann.server.person("stranger"), "東京")["items"] == []
    assert find(ann, "東京", character_id=sam)["items"]
    assert find(ann, "東京", to=1)["items"] == []
    assert refused(lambda: find(ann, "?!"), 400)["field"] == "q"
    assert refused(lambda: find(ann, ""), 400)["field"] == "q"
    assert refused(lambda: ann.get("/api/v1/search"), 400)["field"] == "q"
    ann.request("DELETE", url(talk["conversation_id"]))
    assert find(ann, "東京")["items"] == []


def test_what_was_said_with_one_companion_or_on_some_days_is_found_without_a_word(ann):
    """Page by page, newest first, each person their own only."""
    person = ann.server.person("reader")
    here, there = [one["id"] for one in person.get("/api/v1/characters")["items"] if one["bundled"]][:2]
    first = person.chat(here, "Of tea", **SHORT)["conversation_id"]
    second = person.chat(there, "Of rain", **SHORT)["conversation_id"]
    person.chat(None, "Of more tea", conversation_id=first, **SHORT)

    def all_of(client, **query):
        items, cursor = [], {}
        while cursor is not None:
            page = client.get("/api/v1/search?" + urlencode({"limit": 2, **query, **cursor}))
            assert len(page["items"]) <= 2
            items += page["items"]
            cursor = {"cursor": page["next"]} if page.get("next") else None
        return items

    of_one = all_of(person, character_id=here)
    assert {item["conversation_id"] for item in of_one} == {first}
    # All that the history shows, and the other greetings: versions are found, too.
    assert {message["id"] for message in person.history(first)} <= {item["message_id"] for item in of_one}
    assert len(of_one) == len({item["message_id"] for item in of_one})
    assert [item["at"] for item in of_one] == sorted((item["at"] for item in of_one), reverse=True)
    assert not any(item["matches"] for item in of_one)
    said = {message["text"]: message for message in person.history(second) + person.history(first)}
    rain, more = said["Of rain"]["created"], said["Of more tea"]["created"]
    between = all_of(person, **{"from": rain, "to": more})
    assert {item["conversation_id"] for item in between if item["role"] == "user"} == {second}
    assert [item["snippet"] for item in all_of(person, **{"from": more}) if item["role"] == "user"] == ["Of more tea"]
    assert {item["conversation_id"] for item in all_of(person, **{"from": 0})} == {first, second}
    assert all_of(person, to=1) == []
    assert all_of(person, character_id=here, q="") == of_one
    assert all_of(ann.server.person("nobody"), character_id=here) == []


def find(client, words, **query):
    return client.get("/api/v1/search?" + urlencode({"q": words, **query}))


TAVERN = [
    {"user_name": "Ann", "character_name": "Sam", "create_date": "2023-6-19 @14h 20m 30s 123ms", "chat_metadata": {"note_prompt": "Brief.", "tainted": True}},
    {"name": "Sam", "is_user": False, "is_system": False, "send_date": "June 19, 2023 2:20pm", "mes": "Two", "extra": {"a": 1},
     "swipe_id": 1, "swipes": ["One", "Two", "Three"], "swipe_info": []},
    {"name": "Ann", "is_user": True, "is_system": False, "send_date": "2023-06-19T14:25:00.000Z", "mes": "Hi", "extra": {}},
    {"name": "Sam", "is_user": False, "is_system": True, "send_date": 1687184800000, "mes": "hidden", "extra": {}},
]  # fmt: skip


def import_file(client, character, lines, **query):
    body = lines if isinstance(lines, bytes) else "\n".join(json.dumps(line) for line in lines).encode()
    path = "/api/v1/conversations/import?" + urlencode({"character_id": character, **query})
    return client.request("POST", path, body=body, headers={"Content-Type": "application/jsonl"}).json()


def export(client, conversation, form):
    return client.request("GET", url(conversation, what="export") + f"?form={form}").body


def test_a_chat_of_sillytavern_comes_and_goes(ann, sam):
    made = import_file(ann, sam, TAVERN, client_id="i1")
    assert made["messages"] == 5 and made["skipped"] == []
    talk = made["conversation"]["id"]
    items = ann.history(talk)
    assert [m["text"] for m in items] == ["Two", "Hi", "hidden"]
    assert items[0]["siblings"]["count"] == 3 and items[2]["hidden"]
    assert made["conversation"]["author_note"]["text"] == "Brief."
    assert import_file(ann, sam, TAVERN, client_id="i1")["conversation"]["id"] == talk
    lines = [json.loads(line) for line in export(ann, talk, "sillytavern").splitlines()]
    assert lines[0]["chat_metadata"]["tainted"]
    for sent, back in zip(TAVERN[1:], lines[1:], strict=True):
        kept = {k: v for k, v in sent.items() if k != "swipe_info"}
        assert {k: back[k] for k in kept} == kept
    # Who goes on talking there has the whole of it.
    assert ann.chat(None, "More", conversation_id=talk, **SHORT)["reply"]["text"] is not None


def test_a_narrator_and_others_keep_their_lines(ann, sam):
    lines = [{"user_name": "Ann", "character_name": "Sam", "chat_metadata": {"variables": {"gold": 5}}},
             {"name": "Sam", "is_user": False, "mes": "Welcome."},
             {"name": "Bob", "is_user": True, "mes": "hello"},
             {"name": "System", "is_user": False, "mes": "Night falls.", "extra": {"type": "narrator"}}]  # fmt: skip
    talk = import_file(ann, sam, lines)["conversation"]["id"]
    ann.request("PATCH", url(talk), {"layout": "compat"})
    before = ann.get("/api/v1/prompts/settings")
    ann.request("PUT", "/api/v1/prompts/settings", {**before, "names_behavior": 2})
    try:
        answer = ann.chat(None, "I have {{getvar::gold}}.", conversation_id=talk, **SHORT)
    finally:
        ann.request("PUT", "/api/v1/prompts/settings", before)
    sent = ann.get(url(talk, answer["reply"]["id"], "prompt"))["messages"]
    said = [(message["role"], message["content"]) for message in sent]
    assert ("user", "Bob: hello") in said and ("system", "Night falls.") in said
    assert said[-1][1].endswith(": I have 5.")


def test_a_lone_half_of_an_emoji_is_replaced(ann, sam):
    lines = b'{"user_name": "Ann", "character_name": "Sam"}\n{"name": "Ann", "is_user": true, "mes": "cut \\ud83d off \\ud83d\\ude00"}\n'
    talk = import_file(ann, sam, lines)["conversation"]["id"]
    assert texts(ann, talk) == ["cut \ufffd off \U0001f600"]


def test_swipes_come_back_with_all_that_was_said_of_them(ann, sam):
    lines = [TAVERN[0],
             {"name": "Sam", "is_user": False, "is_system": False, "send_date": "sometime", "mes": "One", "extra": {"a": 1}, "swipe_id": 0,
              "swipes": ["One"], "swipe_info": [{"send_date": "June 19, 2023 2:20pm", "extra": {"b": 2}, "odd": 1}]},
             {"name": "Sam", "is_user": False, "is_system": False, "send_date": "June 19, 2023 2:30pm", "mes": "Three", "extra": {}, "swipe_id": 1,
              "swipes": ["Two", "Three"], "swipe_info": [{"send_date": "June 19, 2023 2:29pm", "extra": {"c": 3}, "odd": [2]},
                                                         {"send_date": "June 19, 2023 2:30pm", "extra": {"d": 4}, "odd": None}]}]  # fmt: skip
    talk = import_file(ann, sam, lines)["conversation"]["id"]
    assert [json.loads(line) for line in export(ann, talk, "sillytavern").splitlines()][1:] == lines[1:]


def test_our_own_form_is_lossless(ann, sam, talk):
    items = ann.history(talk)
    edit(ann, talk, items[0]["id"], "Hello again", following=True)
    action(ann, talk, "regenerate")
    ann.request("PATCH", url(talk, items[2]["id"]), {"hidden": True, "pinned": True})
    ann.request("PATCH", url(talk), {"title": "Sea"})
    first = export(ann, talk, "lares")
    copy = import_file(ann, sam, first)["conversation"]
    assert copy["title"] == "Sea"
    assert export(ann, copy["id"], "lares") == first
    assert texts(ann, copy["id"]) == texts(ann, talk)


def test_variables_and_what_was_sent_survive_edits_branches_and_files(ann):
    data = {"name": "Mira", "description": "", "personality": "", "scenario": "Visit {{incvar::n}}.", "first_mes": "", "mes_example": ""}
    mira = ann.post("/api/v1/characters", {"spec": "chara_card_v2", "spec_version": "2.0", "data": data})["id"]
    talk = ann.chat(mira, "Hello.", **SHORT)["conversation_id"]
    ann.request("PATCH", url(talk), {"layout": "compat"})

    def sent(conversation, message):
        return ann.get(url(conversation, message, "prompt"))["messages"]

    def visits(conversation):
        message = ann.chat(None, "Again.", conversation_id=conversation, **SHORT)["reply"]["id"]
        (line,) = [m["content"] for m in sent(conversation, message) if m["content"].startswith("Visit")]
        return int(line.split()[1].rstrip("."))

    visits(talk)
    number = visits(talk)
    last = ann.history(talk)[-1]["id"]
    branch = ann.post(url(talk, what="branch"), {"message_id": last})["id"]
    copied = [m["id"] for m in ann.history(branch) if m["role"] == "assistant"]
    assert sent(branch, copied[-1]) == sent(talk, last)
    assert visits(branch) == number + 1
    file = export(ann, talk, "lares")
    imported = import_file(ann, mira, file)["conversation"]["id"]
    assert export(ann, imported, "lares") == file
    refused(lambda: sent(imported, ann.history(imported)[-1]["id"]), 404)  # a file tells the state, not what was sent
    assert visits(imported) == number + 1
    edited = edit(ann, talk, last, "Other words.")["message"]["id"]
    assert edited != last and sent(talk, edited) == sent(talk, last)
    of_edited = ann.post(url(talk, what="branch"), {"message_id": edited})["id"]
    assert visits(talk) == number + 1
    # What was copied is there without what it was copied from.
    ann.request("DELETE", url(talk) + "?forever=true")
    assert visits(of_edited) == number + 1
    assert sent(branch, copied[-1])


def test_files_that_are_no_chats_are_refused_and_nothing_is_stored(ann, sam):
    before = len(ann.conversations())
    assert "Line 1" in refused(lambda: import_file(ann, sam, b"\x89PNG\r\n"), 400, "invalid-chat")["detail"]
    refused(lambda: import_file(ann, sam, b""), 400)
    cut = "\n".join(json.dumps(line) for line in TAVERN).encode()[:-5]
    assert "Line 4" in refused(lambda: import_file(ann, sam, cut), 400, "invalid-chat")["detail"]
    group = [{"user_name": "unused", "character_name": "unused", "chat_metadata": {}},
             {"name": "A", "is_user": False, "mes": "x", "original_avatar": "a.png"},
             {"name": "B", "is_user": False, "mes": "y", "original_avatar": "b.png"}]  # fmt: skip
    refused(lambda: import_file(ann, sam, group), 422, "group-chat")
    refused(lambda: import_file(ann, "01jd0000000000000000000000", TAVERN), 404)
    assert len(ann.conversations()) == before
    flat = import_file(ann, sam, group, flatten="true")["conversation"]["id"]
    assert texts(ann, flat) == ["A: x", "B: y"]


def test_another_persons_tree_does_not_exist(ann, talk):
    bob = ann.server.person("bob")
    message = ann.history(talk)[0]["id"]
    for method, path, body in (
        ("GET", url(talk), None), ("PATCH", url(talk), {"title": "x"}), ("DELETE", url(talk), None),
        ("POST", url(talk, what="restore"), {}), ("POST", url(talk, what="select"), {"message_id": message}),
        ("POST", url(talk, what="branch"), {"message_id": message}), ("GET", url(talk, what="export"), None),
        ("GET", url(talk, what="pins"), None), ("POST", url(talk, what="title"), {}),
        ("POST", url(talk, message, "edit"), {"text": "x"}), ("PATCH", url(talk, message), {"hidden": True}),
        ("DELETE", url(talk, message), None), ("POST", url(talk, message, "restore"), {}),
        ("GET", url(talk, message, "siblings"), None),
    ):  # fmt: skip
        refused(lambda m=method, p=path, b=body: bob.request(m, p, b), 404)
    assert ann.history(talk)[0]["text"] == "Hello"
