"""Lorebooks over HTTP: what comes in goes out again, entries page by page, versions, who may, and what a text would wake."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from lares_server import HttpError

BASE = "/api/v1/lorebooks"
WORLD = {
    "name": "Harbour",
    "entries": {
        "0": {"uid": 0, "key": ["lamp"], "keysecondary": [], "comment": "Lamp", "content": "The lamp is old.", "selective": True,
              "order": 10, "position": 0, "disable": False, "sticky": 3, "vendor": {"kept": 1}},
        "7": {"uid": 7, "key": ["/rop(e|es)/i"], "comment": "Rope", "content": "Ropes hang there.", "order": 20, "position": 4,
              "depth": 2, "role": 1, "probability": 40, "useProbability": True, "group": "a,b"},
    },
}  # fmt: skip


def problem(raised):
    return json.loads(raised.value.response.body)


def imported(person, book, query=""):
    return person.post(f"{BASE}/import{query}", book)


def test_an_imported_card_tells_of_keys_that_no_engine_reads(ann):
    """They are searched as text, as SillyTavern has it. What looks back or ahead is read."""
    book = {"entries": [{"keys": keys, "content": "x", "comment": name, "enabled": True, "insertion_order": 1, "extensions": {}} for name, keys in (("good", ["/(?<=x)y/", "/a+b/i", "plain"]), ("bad", ["/(/", "/[b-a]/", "plain"]))], "extensions": {}}
    made = ann.post("/api/v1/characters", {"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Ward", "character_book": book}})
    assert len(made["warnings"]) == 2 and all('"bad"' in warning and "searched as text" in warning for warning in made["warnings"]), made["warnings"]
    assert ann.get(f"/api/v1/characters/{made['id']}").get("warnings") is None, "of the import, not of the card"
    fine = ann.post("/api/v1/characters", {"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Fine", "character_book": {"entries": book["entries"][:1], "extensions": {}}}})
    assert fine.get("warnings") is None


def test_world_info_comes_back_with_what_nobody_knows(ann):
    made = imported(ann, WORLD)
    assert (made["form"], made["lorebook"]["name"], made["lorebook"]["entry_count"]) == ("world", "Harbour", 2)
    file = ann.get(f"{BASE}/{made['lorebook']['id']}/export")
    for uid, entry in WORLD["entries"].items():
        for key, value in entry.items():
            assert file["entries"][uid][key] == value, (uid, key)


def test_v3_round_trip_keeps_all_that_wakes_an_entry(ann):
    first = imported(ann, WORLD)["lorebook"]["id"]
    v3 = ann.get(f"{BASE}/{first}/export?form=v3")
    assert v3["spec"] == "lorebook_v3"
    second = imported(ann, v3)
    assert second["form"] == "character_book"
    old, new = (ann.get(f"{BASE}/{each}/entries")["items"] for each in (first, second["lorebook"]["id"]))
    assert old == new


@pytest.mark.parametrize("form, book, keys, content", [
    ("agnai", {"kind": "memory", "name": "M", "entries": [{"name": "n", "entry": "Text.", "keywords": ["a", "b"], "weight": 3, "enabled": True}]}, ["a", "b"], "Text."),
    ("risu", {"type": "risu", "ver": 1, "data": [{"key": "a, b", "secondkey": "", "insertorder": 5, "comment": "c", "content": "Text.", "alwaysActive": False, "selective": False}]}, ["a", "b"], "Text."),
    ("novel", {"lorebookVersion": 5, "entries": [{"text": "Text.", "displayName": "d", "keys": ["a"], "enabled": True, "contextConfig": {"budgetPriority": 400}}]}, ["a"], "Text."),
    ("character_book", {"spec": "chara_card_v2", "data": {"name": "x", "character_book": {"entries": [{"keys": ["a"], "content": "Text.", "enabled": True, "insertion_order": 1, "extensions": {}}]}}}, ["a"], "Text."),
])  # fmt: skip
def test_books_of_other_programs(ann, form, book, keys, content):
    made = imported(ann, book, "?name=Mine")
    assert made["form"] == form
    entry = ann.get(f"{BASE}/{made['lorebook']['id']}")["entries"][0]
    assert (entry["keys"], entry["content"], entry["enabled"]) == (keys, content, True)


@pytest.mark.parametrize("book, field", [
    ({"entries": 5}, "entries"),
    ({}, "entries"),
    ({"entries": {"0": {"key": "x"}}}, "entries.0.key"),
    ({"kind": "memory", "entries": [{"keywords": [1]}]}, "entries[0].keywords"),
    ({"type": "risu", "data": {}}, "data"),
])
def test_what_is_no_book_is_named_and_not_stored(ann, book, field):
    with pytest.raises(HttpError) as raised:
        imported(ann, book)
    assert raised.value.response.status == 400
    assert problem(raised)["field"] == field
    assert ann.get(BASE)["items"] == []


def test_entries_by_page_and_word(ann):
    entries = [{"comment": f"Entry {n}", "keys": [f"key{n}"], "content": "x"} for n in range(450)]
    book = ann.post(BASE, {"name": "Big", "entries": entries})
    assert book["entry_count"] == 450
    detail = ann.get(f"{BASE}/{book['id']}")
    assert len(detail["entries"]) == 200
    seen, cursor = detail["entries"], detail["next"]
    while cursor is not None:
        page = ann.get(f"{BASE}/{book['id']}/entries?cursor={cursor}")
        seen, cursor = seen + page["items"], page.get("next")
    assert [entry["uid"] for entry in seen] == list(range(450))
    found = ann.get(f"{BASE}/{book['id']}/entries?q=KEY44")["items"]
    assert [entry["uid"] for entry in found] == [44, *range(440, 450)]


def test_one_entry_at_a_time_and_back(ann):
    book = imported(ann, WORLD)["lorebook"]["id"]
    lamp = ann.get(f"{BASE}/{book}/entries/0")
    lamp["content"] = "The lamp is new."
    stored = ann.request("PUT", f"{BASE}/{book}/entries/0", {**lamp, "version": 1}).json()
    assert (stored["version"], stored["entry"]["content"]) == (2, "The lamp is new.")
    assert ann.get(f"{BASE}/{book}/export")["entries"]["0"]["vendor"] == {"kept": 1}
    added = ann.post(f"{BASE}/{book}/entries", {"keys": ["fog"], "content": "Fog."})
    assert added["entry"]["uid"] == 8
    ann.request("DELETE", f"{BASE}/{book}/entries/7")
    versions = ann.get(f"{BASE}/{book}/versions")["items"]
    assert [(each["version"], each["changed"]) for each in versions] == [(4, 1), (3, 1), (2, 1), (1, 2)]
    old = ann.get(f"{BASE}/{book}/export?version=1")
    assert old["entries"]["0"]["content"] == "The lamp is old." and set(old["entries"]) == {"0", "7"}
    back = ann.post(f"{BASE}/{book}/versions/1/restore")
    assert (back["version"], back["entry_count"]) == (5, 2)
    assert ann.get(f"{BASE}/{book}/entries/0")["content"] == "The lamp is old."


def test_a_deleted_book_comes_back_as_it_was(ann):
    book = imported(ann, WORLD)["lorebook"]["id"]
    ann.request("PATCH", f"{BASE}/{book}", {"scopes": [{"scope": "global"}]})
    ann.request("DELETE", f"{BASE}/{book}/entries/7")
    robin = ann.post("/api/v1/personas", {"name": "Robin", "lorebook_id": book})["id"]

    def told():
        return [ann.get(f"{BASE}/{book}{path}") for path in ("", "/entries", "/versions", "/export", "/export?version=1")]

    before = told()
    ann.request("DELETE", f"{BASE}/{book}")
    absent = ann.request("GET", f"{BASE}/01jd0000000000000000000000", check=False)
    for method, path, body in (("GET", "", None), ("GET", "/export", None), ("PATCH", "", {"name": "x"}), ("POST", "/entries/7/restore", {}),
                               ("POST", "/versions/1/restore", {}), ("DELETE", "", None)):  # fmt: skip
        answer = ann.request(method, f"{BASE}/{book}{path}", body, check=False)
        assert (answer.status, answer.body) == (404, absent.body), (method, path)
    assert ann.get(BASE)["items"] == []
    assert ann.get(f"/api/v1/personas/{robin}").get("lorebook_id") is None
    restored = ann.post(f"{BASE}/{book}/restore")
    assert restored == {key: value for key, value in before[0].items() if key in restored}
    assert told() == before
    assert ann.get(f"/api/v1/personas/{robin}")["lorebook_id"] == book


def test_a_deleted_entry_comes_back_with_what_nobody_knows(ann):
    book = imported(ann, WORLD)["lorebook"]["id"]
    before = ann.get(f"{BASE}/{book}/export")["entries"]
    ann.request("DELETE", f"{BASE}/{book}/entries/0")
    ann.post(f"{BASE}/{book}/entries", {"keys": ["fog"], "content": "Fog."})  # what comes between stays
    back = ann.post(f"{BASE}/{book}/entries/0/restore")
    assert (back["entry"]["content"], back["version"]) == ("The lamp is old.", 4)
    assert ann.get(f"{BASE}/{book}/export")["entries"] == {**before, "8": ann.get(f"{BASE}/{book}/export")["entries"]["8"]}
    assert ann.request("POST", f"{BASE}/{book}/entries/99/restore", {}, check=False).status == 404


def test_a_change_of_what_changed_elsewhere_is_refused(ann):
    book = imported(ann, WORLD)["lorebook"]["id"]
    ann.request("PATCH", f"{BASE}/{book}", {"name": "Port", "version": 1})
    for method, path, body in (("PATCH", "", {"name": "Quay", "version": 1}), ("PUT", "", {"name": "Quay", "version": 1}),
                               ("PUT", "/entries/0", {"content": "x", "version": 1})):  # fmt: skip
        with pytest.raises(HttpError) as raised:
            ann.request(method, f"{BASE}/{book}{path}", body)
        assert raised.value.response.status == 409 and problem(raised)["type"].endswith("lorebook-changed")
    assert ann.get(f"{BASE}/{book}")["name"] == "Port"


def test_scopes_name_what_is_ones_own(server, ann, sam):
    bob = server.person("bob-lore")
    persona = ann.post("/api/v1/personas", {"name": "Robin"})["id"]
    scopes = [{"scope": "global"}, {"scope": "character", "character_id": sam}, {"scope": "persona", "persona_id": persona}]
    book = ann.post(BASE, {"name": "B", "scopes": scopes})
    told = [{key: value for key, value in scope.items() if value is not None} for scope in book["scopes"]]
    assert sorted(told, key=str) == sorted(scopes, key=str)
    assert ann.request("PATCH", f"{BASE}/{book['id']}", {"scopes": []}).json()["scopes"] == []
    with pytest.raises(HttpError) as raised:
        ann.request("PATCH", f"{BASE}/{book['id']}", {"scopes": [{"scope": "persona"}]})
    assert problem(raised)["field"] == "scopes[0].persona_id"
    with pytest.raises(HttpError) as raised:
        bob.post(BASE, {"name": "B", "scopes": [{"scope": "persona", "persona_id": persona}]})
    assert raised.value.response.status == 404


def test_another_sees_nothing_of_it(server, ann):
    bob = server.person("bob-books")
    book = imported(ann, WORLD)["lorebook"]["id"]
    for method, path, body in (("GET", "", None), ("PUT", "", {"name": "x"}), ("PATCH", "", {"name": "x"}), ("DELETE", "", None),
                               ("GET", "/entries", None), ("POST", "/entries", {}), ("GET", "/entries/0", None), ("PUT", "/entries/0", {}),
                               ("DELETE", "/entries/0", None), ("GET", "/versions", None), ("POST", "/versions/1/restore", {}), ("POST", "/restore", {}), ("POST", "/entries/0/restore", {}),
                               ("GET", "/export", None)):  # fmt: skip
        with pytest.raises(HttpError) as raised:
            bob.request(method, f"{BASE}/{book}{path}", body)
        assert raised.value.response.status == 404, (method, path)
    with pytest.raises(HttpError) as raised:
        bob.post(f"{BASE}/test", {"lorebook_id": book, "text": "lamp"})
    assert raised.value.response.status == 404
    assert len(ann.get(f"{BASE}/{book}")["entries"]) == 2


def test_the_box_tells_what_woke_and_what_nearly_did(ann):
    entries = [
        {"uid": 0, "comment": "Lamp", "keys": ["lamp"], "content": "The lamp is old, {{user}}."},
        {"uid": 1, "comment": "Both", "keys": ["lamp"], "secondary_keys": ["storm"], "logic": "and_all", "content": "Storm lamp."},
        {"uid": 2, "comment": "Never", "keys": ["whale"], "content": "Whales."},
        {"uid": 3, "comment": "Dice", "keys": ["lamp"], "probability": 0, "content": "Luck."},
        {"uid": 4, "comment": "Broken", "keys": ["/la(mp/"], "content": "Literal."},
        {"uid": 5, "comment": "Late", "keys": ["lamp"], "delay": 9, "content": "Late."},
    ]
    book = ann.post(BASE, {"name": "B", "entries": entries})["id"]
    answer = ann.post(f"{BASE}/test", {"lorebook_id": book, "text": "Is the lamp lit? It says /la(mp/ there."})
    woken = {each["title"]: each for each in answer["activated"]}
    assert set(woken) == {"Lamp", "Broken"}
    assert woken["Lamp"]["reason"] == 'key "lamp"' and woken["Lamp"]["content"] == "The lamp is old, User."
    assert woken["Lamp"]["lorebook_id"] == book and woken["Lamp"]["tokens"] > 0
    nearly = {each["title"]: each["reason"] for each in answer["nearly"]}
    assert set(nearly) == {"Both", "Dice", "Late"}
    assert "secondary" in nearly["Both"] and "dice" in nearly["Dice"] and "longer chat" in nearly["Late"]
    assert any("Broken" in warning and "/la(mp/" in warning for warning in answer["warnings"])
    tight = ann.post(f"{BASE}/test", {"lorebook_id": book, "text": "lamp", "token_budget": 1})
    assert tight["overflowed"] and tight["activated"] == []


def test_the_box_takes_a_book_that_is_not_stored(ann):
    answer = ann.post(f"{BASE}/test", {"book": WORLD, "text": "ropes and a lamp"})
    assert {each["uid"] for each in answer["activated"] + answer["nearly"]} == {0, 7}
    assert ann.get(BASE)["items"] == []
    with pytest.raises(HttpError) as raised:
        ann.post(f"{BASE}/test", {"text": "x"})
    assert problem(raised)["field"] == "lorebook_id"


def test_an_import_warns_of_keys_that_are_no_regex(ann):
    made = imported(ann, {"entries": {"0": {"uid": 0, "key": ["/a(/"], "comment": "Odd", "content": "x"}}})
    assert len(made["warnings"]) == 1 and "Odd" in made["warnings"][0]


def test_a_dry_run_warns_of_keys_that_are_no_regex(ann):
    card = {"name": "Sam", "description": "Quiet.", "personality": "", "scenario": "", "first_mes": "", "mes_example": ""}
    book = {"entries": {"0": {"uid": 0, "key": ["/[/"], "comment": "Odd", "content": "x"}}}
    for layout in ("compat", "stable"):
        made = ann.post("/api/v1/prompts/render", {"layout": layout, "card": card, "books": {"global": [book]}, "message": "Hi"})
        assert "Odd" in made["warnings"][0]


def test_entries_without_a_number_of_their_own_all_stay(ann):
    entries = {"0": {"key": ["a"], "content": "A", "constant": True}, "1": {"key": ["b"], "content": "B", "constant": True}, "odd": {"key": ["c"], "content": "C", "constant": True},
               "7": {"uid": 1, "key": ["d"], "content": "D", "constant": True}}  # fmt: skip
    made = imported(ann, {"entries": entries})
    assert made["lorebook"]["entry_count"] == 4
    out = ann.get(f"{BASE}/{made['lorebook']['id']}/export")["entries"]
    assert sorted(entry["content"] for entry in out.values()) == ["A", "B", "C", "D"] and out["1"]["content"] == "D"
    card = {"name": "Sam", "description": "Quiet.", "personality": "", "scenario": "", "first_mes": "", "mes_example": ""}
    rendered = ann.post("/api/v1/prompts/render", {"card": card, "books": {"global": [{"entries": entries}]}, "message": "Hi"})
    assert {part["text"] for part in rendered["parts"] if part["source"] == "lore"} == {"A", "B", "C", "D"}


def test_what_nobody_knows_of_a_book_and_its_entries_comes_out_again(ann):
    world = {"name": "Odd", "originalData": {"a": [1e25, 0.1]}, "mine": None,
             "entries": {"0": {"uid": 0, "key": ["a"], "content": "A", "sticky": None, "role": None, "characterFilter": {"isExclude": False, "names": [], "tags": [], "more": 1}}}}  # fmt: skip
    book = imported(ann, world)["lorebook"]["id"]
    ann.post(f"{BASE}/{book}/entries", {"keys": ["b"], "content": "B"})
    out = ann.get(f"{BASE}/{book}/export")
    assert out["originalData"] == world["originalData"] and "mine" in out
    assert {key: out["entries"]["0"][key] for key in ("sticky", "role", "characterFilter")} == {key: world["entries"]["0"][key] for key in ("sticky", "role", "characterFilter")}
    entry = {"id": "first", "keys": ["a"], "content": "A", "extensions": {"position": 4, "role": None, "x": 1.7976931348623157e308}, "enabled": True, "insertion_order": 1,
             "position": "before_char", "use_regex": False, "odd": {"a": 1}}  # fmt: skip
    v3 = imported(ann, {"spec": "lorebook_v3", "data": {"name": "V3", "extensions": {}, "entries": [{**entry, "extensions": {"x": 1}}, entry]}})["lorebook"]["id"]
    back = ann.get(f"{BASE}/{v3}/export?form=v3")["data"]["entries"]
    for key in ("id", "position", "odd"):
        assert back[0][key] == entry[key], key
    assert back[1]["extensions"]["role"] is None and back[1]["extensions"]["x"] == entry["extensions"]["x"]


def test_a_deleted_book_is_gone(ann):
    book = imported(ann, WORLD)["lorebook"]["id"]
    ann.request("DELETE", f"{BASE}/{book}")
    with pytest.raises(HttpError) as raised:
        ann.get(f"{BASE}/{book}")
    assert raised.value.response.status == 404


# --- the lorebook within a card

CARD = {
    "spec": "chara_card_v3", "spec_version": "3.0", "beside": [1],
    "data": {"name": "Mira", "description": "d", "extensions": {"x/y": None}, "character_book": {
        "name": "Harbour", "vendor": 1, "extensions": {},
        "entries": [
            {"id": 3, "keys": ["lamp"], "content": "Old.", "enabled": True, "insertion_order": 7, "extensions": {"position": 4, "vendor": 9}},
            {"keys": ["rope"], "content": "Hangs.", "enabled": True, "insertion_order": 8, "extensions": {}, "vendor": {"kept": 1}},
        ]}},
}  # fmt: skip


@pytest.fixture
def own(ann):
    character = ann.post("/api/v1/characters", CARD)["id"]
    return character, f"/api/v1/characters/{character}/lorebook"


def put(person, path, body):
    return person.request("PUT", path, body).json()


def card_of(person, character, version):
    return person.get(f"/api/v1/characters/{character}/versions/{version}")


def test_a_cards_book_changes_in_place_by_versions(ann, own):
    character, book = own
    told = ann.get(book)
    assert (told["character"], told["name"], told["entry_count"], told["version"]) == ("Mira", "Harbour", 2, 1)
    entries = {entry["uid"]: entry for entry in ann.get(f"{book}/entries")["items"]}
    assert sorted(entries) == [1, 3] and entries[3]["position"] == "at_depth"
    lamp = {name: value for name, value in entries[3].items() if name != "uid"} | {"content": "New.", "keys": ["lamp", "light"]}
    assert put(ann, f"{book}/entries/3", lamp)["version"] == 2
    # What nobody touched is as it was; the entry keeps what only its author knows.
    card = card_of(ann, character, 2)
    first = card["data"]["character_book"]["entries"][0]
    assert (first["content"], first["keys"], first["extensions"]["vendor"], first["extensions"]["position"]) == ("New.", ["lamp", "light"], 9, 4)
    card["data"]["character_book"]["entries"][0] = CARD["data"]["character_book"]["entries"][0]
    assert card == CARD
    # The same once more is no new version.
    assert put(ann, f"{book}/entries/3", lamp)["version"] == 2

    made = ann.post(f"{book}/entries", {"comment": "Fox", "keys": ["fox"], "content": "Red."})
    assert (made["entry"]["uid"], made["version"]) == (4, 3)
    assert [entry["uid"] for entry in ann.get(f"{book}/entries?q=RED")["items"]] == [4]
    page = ann.get(f"{book}/entries?limit=2")
    assert ([entry["uid"] for entry in page["items"]], page["next"]) == ([1, 3], 3)
    assert [entry["uid"] for entry in ann.get(f"{book}/entries?limit=2&cursor=3")["items"]] == [4]

    woken = ann.post(f"{BASE}/test", {"character_id": character, "text": "a fox and a light"})
    assert {entry["uid"] for entry in woken["activated"]} == {3, 4}

    ann.request("DELETE", f"{book}/entries/1")
    before = ann.get(book)
    quay = ann.request("PATCH", book, {"name": "Quay", "recursive": True, "version": before["version"]}).json()
    assert quay == ann.get(book)
    assert (quay["name"], quay["recursive"], quay["entry_count"], quay["version"]) == ("Quay", True, before["entry_count"], before["version"] + 1)
    assert quay["description"] == before["description"] and quay["updated"] >= before["updated"]
    # The same once more is no new version, and what is absent stays.
    assert ann.request("PATCH", book, {"name": "Quay"}).json() == quay
    assert ann.get(f"{book}/export?form=v3")["data"]["recursive_scanning"] is True
    ann.post(f"/api/v1/characters/{character}/versions/1/restore")
    assert card_of(ann, character, ann.get(book)["version"]) == CARD


def test_a_deleted_entry_of_a_card_comes_back_to_its_place(ann, own):
    character, book = own
    before = ann.get(f"{book}/export?form=v3")["data"]["entries"]
    ann.request("DELETE", f"{book}/entries/3")
    ann.post(f"{book}/entries", {"keys": ["fog"], "content": "Fog."})
    ann.post(f"{book}/entries/3/restore")
    after = ann.get(f"{book}/export?form=v3")["data"]["entries"]
    assert [entry for entry in after if entry["content"] != "Fog."] == before
    assert ann.request("POST", f"{book}/entries/77/restore", {}, check=False).status == 404


def test_a_cards_book_refuses_what_does_not_hold(server, ann, own):
    bob = server.person("bob-own-book")
    character, book = own
    for work, status, kind in [
        (lambda: put(ann, f"{book}/entries/3", {"version": 9}), 409, "character-changed"),
        (lambda: put(ann, f"{book}/entries/x", {}), 400, "invalid-field"),
        (lambda: ann.request("PATCH", book, {"version": 9, "name": "Quay"}), 409, "character-changed"),
        (lambda: ann.request("PATCH", book, {"name": "x" * 201}), 400, "invalid-field"),
        (lambda: bob.request("PATCH", book, {"name": "Mine"}), 404, "not-found"),
        (lambda: ann.request("DELETE", f"{book}/entries/77"), 404, "entry-not-found"),
        (lambda: bob.get(book), 404, "not-found"),
        (lambda: bob.post(f"{book}/entries", {"content": "Mine."}), 404, "not-found"),
        (lambda: ann.post(f"{BASE}/test", {"character_id": character, "book": {"entries": {}}, "text": ""}), 400, "invalid-field"),
    ]:
        with pytest.raises(HttpError) as raised:
            work()
        assert (raised.value.response.status, problem(raised)["type"].rsplit("/", 1)[-1]) == (status, kind)
    ann.request("PATCH", f"/api/v1/characters/{character}", {"visibility": "public"})
    with pytest.raises(HttpError) as raised:
        bob.post(f"{book}/entries", {"content": "Mine."})
    assert raised.value.response.status == 403
    assert ann.get(book)["version"] == 1


def test_two_who_write_a_cards_book_at_once_lose_nothing(ann, own):
    _, book = own
    with ThreadPoolExecutor(4) as pool:
        uids = list(pool.map(lambda index: ann.post(f"{book}/entries", {"content": f"Fact {index}."})["entry"]["uid"], range(24)))
    assert len(set(uids)) == 24
    assert {f"Fact {index}." for index in range(24)} <= {entry["content"] for entry in ann.get(f"{book}/entries")["items"]}


def test_a_card_without_a_book_gets_one_and_loses_it(ann):
    character = ann.post("/api/v1/characters", {"name": "Old", "description": "d", "first_mes": "hi"})["id"]
    book = f"/api/v1/characters/{character}/lorebook"
    assert ann.get(book)["entry_count"] == 0
    assert ann.post(f"{book}/entries", {"keys": ["fox"], "content": "Red."})["entry"]["uid"] == 0
    assert card_of(ann, character, 2)["spec"] == "chara_card_v2"
    ann.request("DELETE", book)
    assert ann.get(book)["entry_count"] == 0 and "character_book" not in card_of(ann, character, 3)["data"]
