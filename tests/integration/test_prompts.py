"""Prompts without a model: POST /api/v1/prompts/render, and lore in real chats."""

import json

import pytest
from lares_server import HttpError

PATH = "/api/v1/prompts/render"
COUNT = "/api/v1/prompts/count"
BOOK = {"entries": [{"id": 0, "keys": ["lamp"], "content": "The lamp is old.", "enabled": True, "insertion_order": 1, "extensions": {}},
                    {"id": 1, "keys": ["rope"], "content": "Ropes hang there.", "enabled": True, "insertion_order": 2, "extensions": {}}]}


def card(**data):
    fields = {"name": "Mira", "description": "Keeps the light.", "personality": "", "scenario": "", "first_mes": "Welcome, {{user}}.",
              "mes_example": "", "character_book": BOOK}
    return {"spec": "chara_card_v2", "spec_version": "2.0", "data": {**fields, **data}}


def test_compat_says_why_every_part_is_in(ann):
    answer = ann.post(PATH, {"card": card(), "persona": {"name": "Robin"}, "greeting_index": 0, "message": "The lamp?",
                             "settings": {"main_prompt": "Be {{char}}."}})
    contents = [message["content"] for message in answer["messages"]]
    assert contents == ["Be Mira.", "Keeps the light.", "The lamp is old.", "[Start a new Chat]", "Welcome, Robin.", "The lamp?"]
    lore = [part for part in answer["parts"] if part["source"] == "lore"]
    assert [(part["in"], part["message"], part["reason"]) for part in lore] == [(True, 2, 'key "lamp"')]
    assert answer["state"]["turn"] == 1


def test_state_goes_from_turn_to_turn(ann):
    book = {"entries": [{**BOOK["entries"][0], "extensions": {"cooldown": 4}}]}
    body = {"card": card(character_book=book), "chat": [], "message": "lamp"}
    first = ann.post(PATH, body)
    assert any("The lamp is old." == message["content"] for message in first["messages"])
    body["chat"] = [{"role": "user", "content": "lamp"}, {"role": "assistant", "content": "Yes."}]
    second = ann.post(PATH, {**body, "state": first["state"]})
    assert not any("The lamp is old." == message["content"] for message in second["messages"])
    assert any(part["source"] == "lore" and not part["in"] and "cools down" in part["reason"] for part in second["parts"])


def test_stable_keeps_its_beginning(ann):
    body = {"layout": "stable", "card": card(), "persona": {"name": "Robin"}, "state": {"seed": "1"}, "now": 1_795_273_445_000}
    first = ann.post(PATH, {**body, "message": "The lamp?"})["messages"]
    assert first[-1]["content"] == "[The lamp is old.]\n\nThe lamp?"
    chat = [{"role": "user", "content": "The lamp?"}, {"role": "assistant", "content": "Yes."}]
    second = ann.post(PATH, {**body, "chat": chat, "message": "And the rope?"})["messages"]
    assert second[: len(first)] == first
    assert second[-1]["content"] == "[Ropes hang there.]\n\nAnd the rope?"


@pytest.mark.parametrize("body, status, field", [
    ({"message": "x"}, 400, "card"),
    ({"card": {"spec": "chara_card_v2", "data": {}}, "message": "x"}, 400, "data.name"),
    ({"card": card(), "books": {"global": [{"entries": 5}]}, "message": "x"}, 400, "books.global[0].entries"),
    ({"card": card(), "settings": {"context_size": 60, "max_tokens": 50}, "message": "x " * 100}, 422, None),
    ({"card": card(), "state": {"seed": "zz"}, "message": "x"}, 400, "state.seed"),
    ({"card": card(), "layout": "other"}, 400, "layout"),
])
def test_what_is_wrong_is_named(ann, body, status, field):
    with pytest.raises(HttpError) as raised:
        ann.post(PATH, body)
    problem = raised.value.response
    assert problem.status == status
    if field:
        assert json.loads(problem.body)["field"] == field


def test_nobody_renders_without_signing_in(server):
    assert server.request("POST", PATH, {"card": card()}, check=False).status == 401


def test_texts_are_counted_by_the_models_own_tokenizer(ann):
    def sent(text):  # as the gateway counts a message, with all that is around it
        return ann.post("/v1/messages/count_tokens", {"model": answer["model"], "messages": [{"role": "user", "content": text}]})["input_tokens"]

    texts = ["word " * 400, "", "Keeps the light.", "Keeps the light.", "Ōsaka の夜 🌃", "<|im_end|>"]
    answer = ann.post(COUNT, {"texts": texts})
    assert answer["exact"] is True and answer["model"]
    assert answer["tokens"][1] == 0 and answer["tokens"][2] == answer["tokens"][3]
    for text, tokens in zip(texts, answer["tokens"]):
        if text:
            assert tokens == sent(text) - sent(".") + 1, text
    assert 390 <= answer["tokens"][0] <= 410  # a token a word; four letters to a token would be 500
    assert ann.post(COUNT, {"texts": texts, "model": answer["model"]}) == answer


@pytest.mark.parametrize("body, status, field", [
    ({}, 400, "texts"), ({"texts": []}, 400, "texts"), ({"texts": ["x"] * 201}, 400, "texts"), ({"texts": [5]}, 400, "texts[0]"),
    ({"texts": ["x"], "model": "no-such-model"}, 404, None), ({"texts": ["x" * (1 << 20)]}, 413, None),
])
def test_what_cannot_be_counted_is_named(ann, body, status, field):
    answer = ann.request("POST", COUNT, body, check=False)
    assert answer.status == status
    if field:
        assert answer.json()["field"] == field


def test_nobody_counts_without_signing_in(server):
    assert server.request("POST", COUNT, {"texts": ["x"]}, check=False).status == 401


def test_a_card_with_a_book_chats(ann):
    character = ann.request("POST", "/api/v1/characters", card()).json()["id"]
    first = ann.chat(character, "Is the lamp lit?", max_tokens=8)
    second = ann.chat(character, "And the rope?", max_tokens=8, conversation_id=first["conversation_id"])
    assert first["conversation_id"] == second["conversation_id"]
