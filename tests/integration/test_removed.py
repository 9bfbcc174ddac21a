"""What was deleted, as one list over HTTP: every kind, pages, whose it is, and that what it names comes back by its own restore."""

import json
import sqlite3
import time

import pytest
from lares_server import HttpError

PATH = "/api/v1/removed"
DAYS_30_MS = 30 * 24 * 3600 * 1000
CARD = {"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Mira", "description": "Keeps the light.", "first_mes": "Hello."}}


def restore_path(item):
    """Where each kind is brought back, as the list names it."""
    return {
        "character": f"/api/v1/characters/{item['id']}/restore",
        "lorebook": f"/api/v1/lorebooks/{item['id']}/restore",
        "entry": f"/api/v1/lorebooks/{item['id']}/entries/{item.get('uid')}/restore",
        "persona": f"/api/v1/personas/{item['id']}/restore",
        "conversation": f"/api/v1/conversations/{item['id']}/restore",
    }[item["kind"]]


@pytest.fixture
def gone(ann):
    """One of each kind, deleted in this order."""
    character = ann.request("POST", "/api/v1/characters", CARD).json()["id"]
    book = ann.post("/api/v1/lorebooks", {"name": "Harbour", "entries": [{"keys": ["lamp"], "comment": "The lamp"}]})["id"]
    inn = ann.post("/api/v1/lorebooks", {"name": "Inn"})["id"]
    persona = ann.post("/api/v1/personas", {"name": "Robin"})["id"]
    conversation = ann.post("/api/v1/conversations", {"character_id": character})["id"]
    for path in (f"conversations/{conversation}", f"personas/{persona}", f"lorebooks/{book}/entries/0", f"lorebooks/{inn}", f"characters/{character}"):
        ann.request("DELETE", f"/api/v1/{path}")
        time.sleep(0.002)  # times are kept in milliseconds
    return {"character": character, "book": book, "inn": inn, "persona": persona, "conversation": conversation}


def test_each_kind_is_there_and_comes_back_by_its_own_way(ann, gone):
    items = ann.get(PATH)["items"]
    assert [(item["kind"], item["name"]) for item in items] == [
        ("character", "Mira"), ("lorebook", "Inn"), ("entry", "The lamp"), ("persona", "Robin"), ("conversation", "Mira")]  # fmt: skip
    assert [item["deleted"] for item in items] == sorted((item["deleted"] for item in items), reverse=True)
    for item in items:
        if item["kind"] == "entry":
            assert (item["id"], item["uid"], item["lorebook"], item.get("erased")) == (gone["book"], 0, "Harbour", None)
        else:
            assert item["erased"] == item["deleted"] + DAYS_30_MS
    assert items[4]["character_id"] == gone["character"]
    for item in items:
        assert ann.request("POST", restore_path(item)).status == 200
        left = ann.get(PATH)["items"]
        assert item not in left
    assert ann.get(PATH) == {"items": [], "next": None}
    assert ann.get(f"/api/v1/lorebooks/{gone['book']}/entries/0")["comment"] == "The lamp"
    assert ann.get(f"/api/v1/conversations/{gone['conversation']}")["title"] == "Mira"


def test_pages_and_kinds(ann, gone):
    whole = ann.get(PATH)["items"]
    paged, after = [], None
    while True:
        page = ann.get(f"{PATH}?limit=2" + (f"&after={after}" if after else ""))
        paged += page["items"]
        assert len(page["items"]) <= 2
        after = page.get("next")
        if not after:
            break
    assert paged == whole
    for kind in ("character", "lorebook", "entry", "persona", "conversation"):
        assert ann.get(f"{PATH}?kind={kind}")["items"] == [item for item in whole if item["kind"] == kind]


def test_nobody_else_sees_or_restores_it(server, ann, gone):
    other = server.person("removed-other")
    assert other.get(PATH) == {"items": [], "next": None}
    absent = "01jd0000000000000000000000"
    for item in ann.get(PATH)["items"]:
        theirs = other.request("POST", restore_path(item), check=False)
        never = other.request("POST", restore_path({**item, "id": absent}), check=False)
        assert theirs.status == never.status == 404
        assert theirs.body == never.body
    assert len(ann.get(PATH)["items"]) == 5  # nothing came of it


def erase(client, item):
    """What was deleted, for good, by the address of its kind."""
    return client.request("POST", f"/api/v1/{item['kind']}s/{item['id']}/erase", check=False)


def test_what_is_erased_now_is_gone_for_good(fresh_server):
    ann = fresh_server.person("ann")
    made = ann.request("POST", "/api/v1/characters", CARD).json()["id"]
    book = ann.post("/api/v1/lorebooks", {"name": "Inn", "entries": [{"keys": ["ale"]}]})["id"]
    persona = ann.post("/api/v1/personas", {"name": "Robin", "lorebook_id": book})["id"]
    conversation = ann.post("/api/v1/conversations", {"character_id": made})["id"]
    for kind, id in (("character", made), ("lorebook", book), ("persona", persona), ("conversation", conversation)):
        early = erase(ann, {"kind": kind, "id": id})
        assert early.status == 409 and early.json()["type"] == "not-deleted", "what is in use is not erased"
    for path in (f"conversations/{conversation}", f"personas/{persona}", f"lorebooks/{book}", f"characters/{made}"):
        ann.request("DELETE", f"/api/v1/{path}")
    items = ann.get(PATH)["items"]
    assert len(items) == 4
    for item in items:
        for kind in {other["kind"] for other in items} - {item["kind"]}:
            assert erase(ann, {**item, "kind": kind}).status == 404, "by the address of another kind"
    assert ann.get(PATH)["items"] == items
    for item in items:
        assert erase(ann, item).status == 204
        assert item not in ann.get(PATH)["items"]
    fresh_server.kill()
    fresh_server.start()
    for item in items:
        assert ann.request("POST", restore_path(item), check=False).status == 404
        assert erase(ann, item).status == 404
    fresh_server.stop()
    with sqlite3.connect(fresh_server.data / "lares.db") as database:
        for table, column in (("characters", "id"), ("character_files", "character_id"), ("character_versions", "character_id"), ("lorebooks", "id"),
                              ("lorebook_entries", "lorebook_id"), ("lorebook_versions", "lorebook_id"), ("personas", "id"), ("removed", "id")):  # fmt: skip
            left = database.execute(f"SELECT count(*) FROM {table} WHERE {column} IN (?, ?, ?)", (made, book, persona)).fetchone()
            assert left == (0,), table


def test_nobody_else_erases_it(server, ann, gone):
    other = server.person("removed-eraser")
    absent = "01jd0000000000000000000000"
    items = [item for item in ann.get(PATH)["items"] if item["kind"] != "entry"]
    for item in items:
        theirs, never = erase(other, item), erase(other, {**item, "id": absent})
        assert theirs.status == never.status == 404 and theirs.body == never.body
    assert [item for item in ann.get(PATH)["items"] if item["kind"] != "entry"] == items


def test_who_may(server, ann, gone):
    assert server.request("GET", PATH, check=False).status == 401
    status = {}
    for scopes in (["characters"], ["chat"], ["characters", "chat"]):
        key = ann.post("/api/v1/api-keys", {"name": "removed", "scopes": scopes})["key"]
        status["+".join(scopes)] = server.request("GET", PATH, headers={"Authorization": f"Bearer {key}"}, check=False).status
    assert status == {"characters": 403, "chat": 403, "characters+chat": 200}


@pytest.mark.parametrize("query, field", [
    ("limit=0", "limit"), ("limit=201", "limit"), ("kind=message", "kind"), ("after=x", "after"), ("after=1.2.3", "after"),
    ("after=1.01jd0000000000000000000000.x", "after"), ("after=" + "9" * 81, "after"),
])  # fmt: skip
def test_what_is_wrong_is_named(ann, query, field):
    with pytest.raises(HttpError) as raised:
        ann.get(f"{PATH}?{query}")
    assert raised.value.response.status == 400 and json.loads(raised.value.response.body)["field"] == field
