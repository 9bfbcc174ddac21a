"""Personas, lorebooks and settings awake in real chats, and what was sent for each answer."""

import datetime
import json

import pytest
from lares_server import HttpError


def card(**data):
    fields = {"name": "Mira", "description": "Keeps the light.", "personality": "", "scenario": "", "first_mes": "Welcome, {{user}}.", "mes_example": ""}
    return {"spec": "chara_card_v2", "spec_version": "2.0", "data": {**fields, **data}}


@pytest.fixture
def mira(ann):
    return ann.post("/api/v1/characters", card())["id"]


def say(person, character, text, conversation=None, **more):
    fields = {"max_tokens": 8, "temperature": 0, **more}
    if conversation:
        fields["conversation_id"] = conversation
    return person.chat(character, text, **fields)


def sent(person, answer):
    return person.get(f"/api/v1/conversations/{answer['conversation_id']}/messages/{answer['reply']['id']}/prompt")


def lore_of(prompt):
    return [part for part in prompt["parts"] if part["source"] == "lore"]


def test_what_was_sent_is_what_the_model_counted(ann, mira):
    first = say(ann, mira, "Is the lamp lit?")
    prompt = sent(ann, first)
    assert [message["role"] for message in prompt["messages"]] == ["system", "assistant", "user"]
    assert prompt["messages"][1]["content"].startswith("Welcome,") and prompt["messages"][2]["content"] == "Is the lamp lit?"
    assert prompt["layout"] == "stable" and prompt["kind"] == "normal" and prompt["model"]
    assert prompt["prompt_tokens"] == prompt["reused"] + prompt["new_tokens"]
    # What the parts say stands where they say it.
    for part in prompt["parts"]:
        if part["in"] and part["text"] and part.get("message") is not None:
            assert part["text"] in prompt["messages"][part["message"]]["content"]
    second = say(ann, mira, "And the rope?", first["conversation_id"])
    later = sent(ann, second)
    assert later["messages"][: len(prompt["messages"])] == prompt["messages"]
    assert sent(ann, first)["messages"] == prompt["messages"]


def test_books_wake_where_their_scopes_say(ann, mira):
    other = ann.post("/api/v1/characters", card(name="Olin"))["id"]
    for name, scopes in (("everywhere", [{"scope": "global"}]), ("mira", [{"scope": "character", "character_id": mira}]), ("nowhere", [])):
        ann.post("/api/v1/lorebooks", {"name": name, "scopes": scopes, "entries": [{"comment": name, "keys": ["lamp"], "content": f"Lore of {name}."}]})
    at_mira = say(ann, mira, "The lamp?")
    assert {part["title"] for part in lore_of(sent(ann, at_mira)) if part["in"]} == {"everywhere", "mira"}
    assert "[Lore of mira.]" in sent(ann, at_mira)["messages"][-1]["content"]
    assert {part["title"] for part in lore_of(sent(ann, say(ann, other, "The lamp?")))} == {"everywhere"}
    here = ann.post("/api/v1/lorebooks", {"name": "here", "entries": [{"comment": "here", "keys": ["rope"], "content": "Lore of here."}],
                                          "scopes": [{"scope": "conversation", "conversation_id": at_mira["conversation_id"]}]})  # fmt: skip
    assert here["entry_count"] == 1
    again = say(ann, mira, "The rope?", at_mira["conversation_id"])
    assert "[Lore of here.]" in sent(ann, again)["messages"][-1]["content"]
    assert "Lore of here" not in json.dumps(sent(ann, say(ann, mira, "The rope?")))


def test_an_edited_entry_is_what_the_next_turn_has(ann, mira):
    book = ann.post("/api/v1/lorebooks", {"name": "b", "scopes": [{"scope": "global"}], "entries": [{"keys": ["lamp"], "content": "Old."}]})["id"]
    first = say(ann, mira, "The lamp?")
    assert "[Old.]" in sent(ann, first)["messages"][-1]["content"]
    ann.request("PUT", f"/api/v1/lorebooks/{book}/entries/0", {"keys": ["lamp"], "content": "New."})
    assert "[New.]" in sent(ann, say(ann, mira, "The lamp?"))["messages"][-1]["content"]


def test_the_default_persona_and_the_conversations_own(ann, mira):
    ann.post("/api/v1/personas", {"name": "Robin", "description": "Robin sails.", "default": True})
    book = ann.post("/api/v1/lorebooks", {"name": "Kim's", "entries": [{"keys": ["soup"], "content": "Soup is hot."}]})["id"]
    kim = ann.post("/api/v1/personas", {"name": "Kim", "description": "Kim cooks.", "position": "at_depth", "lorebook_id": book})["id"]
    first = say(ann, mira, "Hello.")
    prompt = sent(ann, first)
    assert "About Robin: Robin sails." in prompt["messages"][0]["content"] and prompt["messages"][1]["content"] == "Welcome, Robin."
    ann.request("PATCH", f"/api/v1/conversations/{first['conversation_id']}", {"persona_id": kim})
    prompt = sent(ann, say(ann, mira, "Soup?", first["conversation_id"]))
    assert "Robin sails" not in json.dumps(prompt)
    assert prompt["messages"][-1]["content"].count("[Kim cooks.]") + json.dumps(prompt["messages"][:-1]).count("[Kim cooks.]") == 1
    assert "[Soup is hot.]" in prompt["messages"][-1]["content"]


@pytest.mark.parametrize("layout", ["stable", "compat"])
def test_the_authors_note_in_both_layouts(ann, mira, layout):
    first = say(ann, mira, "Hello.")
    ann.request("PATCH", f"/api/v1/conversations/{first['conversation_id']}",
                {"layout": layout, "author_note": {"text": "It rains.", "depth": 0, "role": "system", "interval": 1}})  # fmt: skip
    prompt = sent(ann, say(ann, mira, "And now?", first["conversation_id"]))
    assert prompt["layout"] == layout
    notes = [part for part in prompt["parts"] if part["source"] == "note"]
    assert len(notes) == 1 and notes[0]["in"] and notes[0]["trust"] == "owner"
    if layout == "compat":
        assert prompt["messages"][-1] == {"role": "system", "name": "", "content": "It rains."}
        assert prompt["messages"][0]["content"].startswith("Write Mira's next reply")
    else:
        assert json.dumps(prompt["messages"]).count("[It rains.]") == 1


@pytest.mark.parametrize("layout", ["stable", "compat"])
def test_macros_of_the_card_and_of_the_persona_are_known_everywhere(ann, layout):
    ann.post("/api/v1/personas", {"name": "Robin", "description": "{{user}} sails.", "default": True})
    book = {"entries": [{"id": 0, "keys": ["soup"], "content": "LORE {{scenario}}", "enabled": True, "insertion_order": 1, "extensions": {}}]}
    fields = {"description": "Keeps {{char}}'s light; {{personality}}always.", "personality": "Calm as {{char}}.", "scenario": "A harbour.",
              "system_prompt": "SYSTEM[{{description}}{{persona}}]", "post_history_instructions": "POST[{{personality}}] {{getglobalvar::hp}}",
              "first_mes": "Hello, {{persona}} {{personality}}"}  # fmt: skip
    character = ann.post("/api/v1/characters", card(character_book=book, **fields))["id"]
    first = say(ann, character, "SAID {{scenario}} {{setglobalvar::hp::7}}")
    conversation = first["conversation_id"]
    note = {"text": "NOTE {{description}} {{persona}}"}
    ann.request("PATCH", f"/api/v1/conversations/{conversation}", {"layout": layout, "author_note": note})
    prompt = json.dumps(sent(ann, say(ann, character, "Soup?", conversation))["messages"])
    for text in ("SYSTEM[]", "POST[] 7", "Keeps Mira's light; always.", "NOTE Keeps Mira's light; always. Robin sails.", "Hello, Robin sails. Calm as Mira.", "SAID A harbour.", "LORE A harbour."):
        assert text in prompt, (text, prompt)
    assert "{{" not in prompt


@pytest.mark.parametrize("layout", ["stable", "compat"])
def test_the_persons_own_texts_stand_where_they_prefer_them_to_the_cards(ann, layout):
    usual = ann.get("/api/v1/prompts/settings")
    ann.request("PUT", "/api/v1/prompts/settings", {**usual, "main_prompt": "MINE", "post_history_prompt": "LAST", "prefer_card_system_prompt": False, "prefer_card_post_history": False})
    character = ann.post("/api/v1/characters", card(system_prompt="CARDSYS", post_history_instructions="CARDPHI"))["id"]
    conversation = say(ann, character, "Hello.")["conversation_id"]
    ann.request("PATCH", f"/api/v1/conversations/{conversation}", {"layout": layout})
    prompt = json.dumps(sent(ann, say(ann, character, "And now?", conversation))["messages"])
    assert "MINE" in prompt and "LAST" in prompt and "CARD" not in prompt


@pytest.mark.parametrize("layout", ["stable", "compat"])
def test_dates_are_those_of_the_persons_place(ann, layout):
    settings = ann.get("/api/v1/prompts/settings")
    assert (settings["time_zone"], settings["locale"]) == ("", "")
    dates = "{{weekday}} {{isodate}} {{isotime}} {{date}}"
    character = ann.post("/api/v1/characters", card(scenario=f"It is {dates}.", first_mes=f"Seen {dates}."))["id"]
    for zone, east, locale in (("", 0, ""), ("Pacific/Kiritimati", 14, "es"), ("Pacific/Niue", -11, "en-GB")):
        there = datetime.timezone(datetime.timedelta(hours=east))
        ann.request("PUT", "/api/v1/prompts/settings", {**settings, "time_zone": zone, "locale": locale})
        days = [datetime.datetime.now(there)]
        first = say(ann, character, f"Now {dates}?")
        conversation = first["conversation_id"]
        ann.request("PATCH", f"/api/v1/conversations/{conversation}", {"layout": layout})
        prompt = json.dumps(sent(ann, say(ann, character, "And now?", conversation))["messages"], ensure_ascii=False)
        days.append(datetime.datetime.now(there))
        words = ("lunes martes miércoles jueves viernes sábado domingo" if locale == "es" else
                 "Monday Tuesday Wednesday Thursday Friday Saturday Sunday").split()  # fmt: skip
        for text in ("It is", "Seen", "Now"):
            assert any(f"{text} {words[day.weekday()]} {day:%Y-%m-%d %H:}" in prompt for day in days), (text, zone, prompt)
    for wrong, field in (({"time_zone": "Mars/Olympus"}, "time_zone"), ({"locale": "!"}, "locale")):
        refused = ann.request("PUT", "/api/v1/prompts/settings", {**settings, **wrong}, check=False)
        assert (refused.status, refused.json()["field"]) == (400, field)


@pytest.mark.parametrize("layout", ["stable", "compat"])
def test_lore_looks_into_the_authors_note_where_that_is_wished(ann, layout):
    book = {"entries": [{"id": 0, "keys": ["storm"], "content": "Storms last a week.", "enabled": True, "insertion_order": 1, "extensions": {}}]}
    character = ann.post("/api/v1/characters", card(character_book=book))["id"]
    conversation = say(ann, character, "Hello.")["conversation_id"]
    for scan in (False, True):
        note = {"text": "A storm rages.", **({"allow_scan": True} if scan else {})}
        ann.request("PATCH", f"/api/v1/conversations/{conversation}", {"layout": layout, "author_note": note})
        assert [part["in"] for part in lore_of(sent(ann, say(ann, character, "And now?", conversation)))] == [True] * scan


def test_effects_of_lore_follow_the_path(ann):
    book = {"entries": [{"id": 0, "keys": ["lamp"], "content": "The lamp is old.", "enabled": True, "insertion_order": 1, "extensions": {"cooldown": 6}}]}
    character = ann.post("/api/v1/characters", card(character_book=book))["id"]
    first = say(ann, character, "Hello.")
    conversation = first["conversation_id"]
    ann.request("PATCH", f"/api/v1/conversations/{conversation}", {"layout": "compat"})
    woke = say(ann, character, "The lamp?", conversation)
    assert any(part["in"] for part in lore_of(sent(ann, woke)))
    # A swipe begins where the answer beside it began: the entry wakes again.
    swipe = ann.post("/api/v1/chat", {"conversation_id": conversation, "action": "regenerate", "message_id": woke["reply"]["id"], "max_tokens": 8})
    assert swipe["reply"]["id"] != woke["reply"]["id"]
    assert sent(ann, swipe)["messages"] == sent(ann, woke)["messages"] and sent(ann, swipe)["kind"] == "regenerate"
    # Further down the path it cools.
    later = lore_of(sent(ann, say(ann, character, "The lamp again?", conversation)))
    assert [(part["in"], "cools down" in part["reason"]) for part in later] == [(False, True)]


def test_variables_follow_the_path(ann):
    character = ann.post("/api/v1/characters", card(scenario="Visit {{incvar::n}}."))["id"]
    first = say(ann, character, "Hello.")
    conversation = first["conversation_id"]
    ann.request("PATCH", f"/api/v1/conversations/{conversation}", {"layout": "compat"})
    second = say(ann, character, "Again.", conversation)
    third = say(ann, character, "Again.", conversation)

    def visits(answer):
        return [m["content"] for m in sent(ann, answer)["messages"] if m["content"].startswith("Visit")]

    number = int(visits(second)[0].split()[1].rstrip("."))
    assert visits(third) == [f"Visit {number + 1}."]
    swipe = ann.post("/api/v1/chat", {"conversation_id": conversation, "action": "regenerate", "message_id": third["reply"]["id"], "max_tokens": 8})
    assert visits(swipe) == visits(third)


def test_a_book_that_cannot_be_read_is_told(ann):
    character = ann.post("/api/v1/characters", card(character_book={"entries": [{"keys": ["a"], "content": "x", "enabled": True, "insertion_order": 1, "extensions": {"probability": "often"}}]}))["id"]
    prompt = sent(ann, say(ann, character, "Hello."))
    assert any("cannot be read" in warning and "probability" in warning for warning in prompt["warnings"])


def test_a_key_that_is_no_regex_is_told_and_searched_as_text(ann, mira):
    ann.post("/api/v1/lorebooks", {"name": "b", "scopes": [{"scope": "global"}], "entries": [{"comment": "Odd", "keys": ["/la(mp/"], "content": "Odd one."}]})
    prompt = sent(ann, say(ann, mira, "It says /la(mp/ there."))
    assert "[Odd one.]" in prompt["messages"][-1]["content"]
    assert any("Odd" in warning for warning in prompt["warnings"])


def test_settings_of_a_person(ann, mira):
    path = "/api/v1/prompts/settings"
    assert ann.get(path)["squash_system_messages"] is False
    stored = ann.request("PUT", path, {"main_prompt": "Be {{char}}, tersely.", "squash_system_messages": True, "lorebook": {"scan_depth": 1}}).json()
    assert ann.get(path) == stored
    first = say(ann, mira, "Hello.")
    assert sent(ann, first)["messages"][0]["content"].startswith("Be Mira, tersely.")
    ann.request("PATCH", f"/api/v1/conversations/{first['conversation_id']}", {"layout": "compat"})
    prompt = sent(ann, say(ann, mira, "Hello again.", first["conversation_id"]))
    assert prompt["messages"][0]["content"] == "Be Mira, tersely.\nKeeps the light."
    with pytest.raises(HttpError) as raised:
        ann.request("PUT", path, {"lorebook": {"scan_depth": -1}})
    assert json.loads(raised.value.response.body)["field"] == "lorebook.scan_depth"


def test_another_sees_nothing_of_it(server, ann, mira):
    bob = server.person("bob-prompts")
    first = say(ann, mira, "Hello.")
    with pytest.raises(HttpError) as raised:
        sent(bob, first)
    assert raised.value.response.status == 404
    history = ann.history(first["conversation_id"])
    person_message = next(item["id"] for item in history if item["role"] == "user")
    with pytest.raises(HttpError) as raised:
        ann.get(f"/api/v1/conversations/{first['conversation_id']}/messages/{person_message}/prompt")
    assert raised.value.response.status == 404


def layout_of(person, conversation, layout):
    person.request("PATCH", f"/api/v1/conversations/{conversation}", {"layout": layout})


@pytest.mark.parametrize("layout", ["stable", "compat"])
def test_macros_of_a_message_are_expanded_once(ann, mira, layout):
    first = say(ann, mira, "I roll {{roll:1d1000000}} for {{char}}.{{incvar::gold}}{{incglobalvar::" + layout + "}}")
    conversation = first["conversation_id"]
    layout_of(ann, conversation, layout)
    said = ann.history(conversation)[1]["text"]
    assert "{{" not in said and said.startswith("I roll ") and "Mira" in said
    assert sent(ann, first)["messages"][-1]["content"].endswith(said)
    for _ in range(2):
        later = say(ann, mira, "Go on.", conversation)
        assert said in [message["content"] for message in sent(ann, later)["messages"]]
    # What it set was set once, also where the answer to it is written again.
    say(ann, mira, "More.{{incvar::gold}}", conversation)
    ann.post("/api/v1/chat", {"conversation_id": conversation, "action": "regenerate", "max_tokens": 8, "voice": False})
    say(ann, mira, "Gold {{getvar::gold}}, ever {{getglobalvar::" + layout + "}}.", conversation)
    assert ann.history(conversation)[-2]["text"] == "Gold 2, ever 1."
    with pytest.raises(HttpError) as raised:
        say(ann, mira, "{{setvar::gold::7}}", conversation)
    assert raised.value.response.status == 400 and raised.value.response.json()["field"] == "message"


@pytest.mark.parametrize("layout", ["stable", "compat"])
def test_macros_of_an_edited_message_are_replaced_as_in_a_new_one(ann, mira, layout):
    first = say(ann, mira, "{{char}}")
    conversation = first["conversation_id"]
    layout_of(ann, conversation, layout)
    asked = ann.history(conversation)[1]
    assert asked["text"] == "Mira", "macros alone that make a text are a message"
    path = f"/api/v1/conversations/{conversation}/messages/{asked['id']}/edit"
    made = ann.post(path, {"text": "I am {{user}}, you {{char}}.{{setvar::gold::5}}", "regenerate": True, "voice": False})
    assert made["message"]["text"].startswith("I am ") and made["message"]["text"].endswith(", you Mira.") and "{{" not in made["message"]["text"]
    ann.server.wait_for(lambda: ann.history(conversation)[-1]["role"] == "assistant" and ann.history(conversation)[-1]["state"] == "done")
    say(ann, mira, "Gold {{getvar::gold}}", conversation)
    assert ann.history(conversation)[-2]["text"] == "Gold 5", "what it set holds below it"
    with pytest.raises(HttpError) as raised:
        ann.post(path, {"text": "{{setvar::gold::7}}"})
    assert raised.value.response.json()["field"] == "text"
    answer = ann.history(conversation)[-1]
    kept = ann.post(f"/api/v1/conversations/{conversation}/messages/{answer['id']}/edit", {"text": "Call me {{char}}."})
    assert kept["message"]["text"] == "Call me {{char}}.", "an answer is as it was written"


@pytest.mark.parametrize("layout", ["stable", "compat"])
def test_a_greeting_has_chance_time_and_variables_of_its_chat(ann, layout):
    luna = ann.post("/api/v1/characters", card(name="Luna", first_mes="{{setvar::hp::100}}{{roll:1d1000000}} {{time}}", scenario="HP is {{getvar::hp}}.",
                                               alternate_greetings=["{{setvar::hp::7}}Seven {{roll:1d1000000}}"]))["id"]  # fmt: skip
    chats = [ann.post("/api/v1/conversations", {"character_id": luna})["id"] for _ in range(4)]
    chats.append(say(ann, luna, "Hello.")["conversation_id"])
    greetings = [ann.history(chat)[0]["text"] for chat in chats]
    assert len({text.split()[0] for text in greetings}) == 5 and not any("{{" in text for text in greetings)
    layout_of(ann, chats[0], layout)
    for text in ("One.", "Two."):
        answer = say(ann, luna, text, chats[0])
        assert any("HP is 100." in message["content"] for message in sent(ann, answer)["messages"])
    other = ann.post("/api/v1/conversations", {"character_id": luna, "greeting": 1})["id"]
    layout_of(ann, other, layout)
    assert any("HP is 7." in message["content"] for message in sent(ann, say(ann, luna, "One.", other))["messages"])
    fresh = say(ann, luna, "HP {{getvar::hp}}", greeting=1)
    assert ann.history(fresh["conversation_id"])[1]["text"] == "HP 7"
    assert any("HP is 7." in message["content"] for message in sent(ann, fresh)["messages"])


@pytest.mark.parametrize("layout", ["stable", "compat"])
@pytest.mark.parametrize("trigger", ["regenerate", "swipe"])
def test_another_answer_wakes_what_waits_for_it(ann, mira, layout, trigger):
    ann.post("/api/v1/lorebooks", {"name": "again", "scopes": [{"scope": "global"}],
                                   "entries": [{"comment": trigger, "keys": ["lamp"], "content": "Said again.", "triggers": [trigger]}]})  # fmt: skip
    first = say(ann, mira, "The lamp?")
    layout_of(ann, first["conversation_id"], layout)
    assert "Said again." not in json.dumps(sent(ann, first)["messages"])
    again = ann.post("/api/v1/chat", {"conversation_id": first["conversation_id"], "action": "regenerate", "max_tokens": 8, "voice": False})
    assert "Said again." in json.dumps(sent(ann, again)["messages"])
    ann.request("DELETE", "/api/v1/lorebooks/" + next(book["id"] for book in ann.get("/api/v1/lorebooks")["items"] if book["name"] == "again"))
