"""Personas over HTTP: make, change, one default, pictures, SillyTavern's backup, who may."""

import json
import struct
import zlib

import pytest
from lares_server import HttpError

BASE = "/api/v1/personas"


def problem(raised):
    return json.loads(raised.value.response.body)


def png():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\1\2\3")) + chunk(b"IEND", b"")


def test_make_change_and_delete(ann):
    made = ann.post(BASE, {"name": " Robin ", "description": "A sailor.", "position": "at_depth", "depth": 3, "role": "user"})
    assert (made["name"], made["position"], made["depth"], made["role"], made["default"]) == ("Robin", "at_depth", 3, "user", False)
    changed = ann.request("PATCH", f"{BASE}/{made['id']}", {"description": "A captain."}).json()
    assert (changed["name"], changed["description"], changed["depth"]) == ("Robin", "A captain.", 3)
    replaced = ann.request("PUT", f"{BASE}/{made['id']}", {"name": "Kim"}).json()
    assert (replaced["name"], replaced["description"], replaced["position"]) == ("Kim", "", "in_prompt")
    assert ann.get(f"{BASE}/{made['id']}") == replaced
    ann.request("DELETE", f"{BASE}/{made['id']}")
    assert ann.get(BASE)["items"] == []


def test_a_deleted_one_comes_back_with_all_that_named_it(ann, sam):
    book = ann.post("/api/v1/lorebooks", {"name": "Harbour"})["id"]
    robin = ann.post(BASE, {"name": "Robin", "default": True, "lorebook_id": book})["id"]
    ann.request("PUT", f"{BASE}/{robin}/avatar", body=png(), headers={"content-type": "image/png"})
    before = ann.get(f"{BASE}/{robin}")
    ann.request("PATCH", f"/api/v1/lorebooks/{book}", {"scopes": [{"scope": "persona", "persona_id": robin}]})
    conversation = ann.post("/api/v1/conversations", {"character_id": sam})["id"]
    ann.request("PATCH", f"/api/v1/conversations/{conversation}", {"persona_id": robin})

    ann.request("DELETE", f"{BASE}/{robin}")
    assert ann.get(BASE)["items"] == [] and ann.get(f"/api/v1/lorebooks/{book}")["scopes"] == []
    for method, path, body in (("GET", "", None), ("GET", "/avatar", None), ("PATCH", "", {"name": "x"}), ("DELETE", "", None)):
        assert ann.request(method, f"{BASE}/{robin}{path}", body, check=False).status == 404, (method, path)
    ann.chat(sam, "Hi", conversation_id=conversation, max_tokens=1)  # goes on without it

    assert ann.post(f"{BASE}/{robin}/restore") == before
    assert ann.request("GET", before["avatar_url"]).body == png()
    assert ann.get(f"/api/v1/lorebooks/{book}")["scopes"][0]["persona_id"] == robin
    assert ann.get(f"/api/v1/conversations/{conversation}")["persona_id"] == robin


def test_only_one_is_the_default(ann):
    first = ann.post(BASE, {"name": "A", "default": True})["id"]
    second = ann.post(BASE, {"name": "B", "default": True})["id"]
    assert {each["id"]: each["default"] for each in ann.get(BASE)["items"]} == {first: False, second: True}
    ann.request("PATCH", f"{BASE}/{first}", {"default": True})
    assert {each["id"]: each["default"] for each in ann.get(BASE)["items"]} == {first: True, second: False}


@pytest.mark.parametrize("body, field", [
    ({}, "name"), ({"name": ""}, "name"), ({"name": "   "}, "name"), ({"name": "a\nb"}, "name"), ({"name": "x" * 201}, "name"),
    ({"name": "x", "position": "there"}, "position"), ({"name": "x", "depth": -1}, "depth"), ({"name": "x", "role": "narrator"}, "role"),
])
def test_what_is_wrong_is_named(ann, body, field):
    with pytest.raises(HttpError) as raised:
        ann.post(BASE, body)
    assert raised.value.response.status == 400 and problem(raised)["field"] == field


def test_backup_of_sillytavern(ann):
    ann.post("/api/v1/lorebooks", {"name": "Harbour"})
    backup = {
        "personas": {"a.png": "Robin", "b.png": "Kim", "c.png": ""},
        "persona_descriptions": {
            "a.png": {"description": "A sailor.", "position": 4, "depth": 7, "role": 2, "lorebook": "Harbour"},
            "b.png": {"description": "A cook.", "position": 9, "lorebook": "Elsewhere"},
        },
        "default_persona": "a.png",
    }
    answer = ann.post(f"{BASE}/import", backup)
    robin, kim = sorted(answer["items"], key=lambda each: each["name"], reverse=True)
    assert (robin["position"], robin["depth"], robin["role"], robin["default"]) == ("at_depth", 7, "assistant", True)
    assert robin["lorebook_id"] and kim["position"] == "none" and kim.get("lorebook_id") is None
    assert len(answer["skipped"]) == 2
    with pytest.raises(HttpError) as raised:
        ann.post(f"{BASE}/import", {"personas": []})
    assert problem(raised)["field"] == "personas"


def test_picture(ann):
    persona = ann.post(BASE, {"name": "Robin"})["id"]
    path = f"{BASE}/{persona}/avatar"
    with pytest.raises(HttpError) as raised:
        ann.request("GET", path)
    assert raised.value.response.status == 404
    stored = ann.request("PUT", path, body=png(), headers={"content-type": "image/png"}).json()
    assert ann.request("GET", stored["avatar_url"]).body == png()
    for bad, status in ((b"GIF89a", 415), (png()[:40], 400)):
        with pytest.raises(HttpError) as raised:
            ann.request("PUT", path, body=bad, headers={"content-type": "image/png"})
        assert raised.value.response.status == status
    ann.request("DELETE", path)
    assert ann.get(f"{BASE}/{persona}").get("avatar_url") is None


def test_another_sees_nothing_of_it(server, ann):
    bob = server.person("bob-personas")
    persona = ann.post(BASE, {"name": "Robin"})["id"]
    for method, path, body in (("GET", "", None), ("PUT", "", {"name": "x"}), ("PATCH", "", {"name": "x"}), ("DELETE", "", None),
                               ("GET", "/avatar", None), ("DELETE", "/avatar", None)):  # fmt: skip
        with pytest.raises(HttpError) as raised:
            bob.request(method, f"{BASE}/{persona}{path}", body)
        assert raised.value.response.status == 404, (method, path)
    book = ann.post("/api/v1/lorebooks", {"name": "Mine"})["id"]
    with pytest.raises(HttpError) as raised:
        bob.post(BASE, {"name": "x", "lorebook_id": book})
    assert raised.value.response.status == 404
    assert [each["name"] for each in ann.get(BASE)["items"]] == ["Robin"]


def test_a_companion_greets_the_reader_by_the_name_they_go_by(server):
    zoe = server.person("zoe-greeted")
    card = {"spec": "chara_card_v2", "spec_version": "2.0",
            "data": {"name": "Ada", "description": "", "personality": "", "scenario": "", "first_mes": "Hello, {{user}}.", "mes_example": ""}}  # fmt: skip
    made = zoe.post("/api/v1/characters", card)
    assert made["greeting"] == "Hello, zoe-greeted."
    zoe.post(BASE, {"name": "Robin", "default": True})
    assert zoe.get(f"/api/v1/characters/{made['id']}")["greeting"] == "Hello, Robin."
