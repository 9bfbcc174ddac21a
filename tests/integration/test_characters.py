"""Cards over HTTP: what comes in goes out again in every form, changes keep what was before, and who may."""

import base64
import io
import json
import random
import struct
import zipfile
import zlib

import pytest
from lares_server import HttpError

CARD = {
    "spec": "chara_card_v3",
    "spec_version": "3.0",
    "beside": {"kept": True},
    "data": {"name": "Mira", "description": "A cartographer.", "first_mes": "Hello, {{user}}.", "tags": ["maps"],
             "vendor": {"kept": [1, 2]}, "extensions": {"depth_prompt": {"prompt": "p", "depth": 4}}},
}  # fmt: skip
BASE = "/api/v1/characters"


@pytest.fixture
def mira(ann):
    return ann.post(BASE, CARD)["id"]


def texts_of(png):
    """keyword → text of the tEXt chunks."""
    found, at = {}, 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        if kind == b"tEXt":
            keyword, _, text = png[at + 8 : at + 8 + length].partition(b"\0")
            found[keyword.decode()] = text
        at += 12 + length
    return found


def test_json_comes_back_as_it_was(ann, mira):
    answer = ann.request("GET", f"{BASE}/{mira}/export?format=json")
    assert answer.json() == CARD
    assert "Mira.json" in answer.headers["content-disposition"]
    older = ann.get(f"{BASE}/{mira}/export?format=json&spec=v2")
    assert older["spec"] == "chara_card_v2" and older["data"]["vendor"] == CARD["data"]["vendor"]
    assert older["data"]["creator_notes"] == "" and older["beside"] == CARD["beside"]


def test_png_and_charx_are_imported_again(ann, mira):
    png = ann.request("GET", f"{BASE}/{mira}/export").body
    texts = texts_of(png)
    assert json.loads(base64.b64decode(texts["ccv3"])) == CARD
    assert json.loads(base64.b64decode(texts["chara"]))["spec"] == "chara_card_v2"
    charx = ann.request("GET", f"{BASE}/{mira}/export?format=charx").body
    assert json.loads(zipfile.ZipFile(io.BytesIO(charx)).read("card.json")) == CARD
    for file in (png, charx):
        made = ann.request("POST", BASE, body=file).json()
        assert ann.get(f"{BASE}/{made['id']}/export?format=json") == CARD


def test_files_of_a_charx_stay_with_it(ann):
    card = json.loads(json.dumps(CARD))
    card["data"]["assets"] = [{"type": "emotion", "uri": "embeded://assets/emotion/joy.webp", "name": "joy", "ext": "webp"}]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("card.json", json.dumps(card))
        file.writestr("assets/emotion/joy.webp", b"not looked at")
    made = ann.request("POST", BASE, body=archive.getvalue()).json()
    copy = ann.post(f"{BASE}/{made['id']}/duplicate")
    for character in (made, copy):
        charx = ann.request("GET", f"{BASE}/{character['id']}/export?format=charx").body
        assert zipfile.ZipFile(io.BytesIO(charx)).read("assets/emotion/joy.webp") == b"not looked at"


def test_a_portrait_goes_with_a_charx(ann, mira):
    png = ann.request("GET", f"{BASE}/{mira}/export?format=png").body
    first = ann.request("POST", BASE, body=png).json()["id"]
    charx = ann.request("GET", f"{BASE}/{first}/export?format=charx").body
    card = json.loads(zipfile.ZipFile(io.BytesIO(charx)).read("card.json"))
    assert card["data"]["assets"][-1] == {"type": "icon", "uri": "embeded://assets/icon/main.png", "name": "main", "ext": "png"}
    again = ann.request("POST", BASE, body=charx).json()["id"]
    shown = [ann.request("GET", f"{BASE}/{each}/avatar").body for each in (first, again)]
    assert shown[0] == shown[1]
    # An archive whose card names no icon.
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("card.json", json.dumps(CARD))
        file.writestr("assets/icon/main.png", zipfile.ZipFile(io.BytesIO(charx)).read("assets/icon/main.png"))
    silent = ann.request("POST", BASE, body=archive.getvalue()).json()["id"]
    assert ann.request("GET", f"{BASE}/{silent}/avatar").body == shown[0]


WEBP = bytes.fromhex("524946461a000000574542505650384c0d0000002f00000010071011118888fe0700")


def test_an_icon_of_another_kind_is_shown_and_stays_as_it_came(ann):
    icon = {"type": "icon", "uri": "embeded://assets/icon/main.webp", "name": "main", "ext": "webp"}
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("card.json", json.dumps({**CARD, "data": {**CARD["data"], "assets": [icon]}}))
        file.writestr("assets/icon/main.webp", WEBP)
    made = ann.request("POST", BASE, body=archive.getvalue()).json()["id"]
    assert ann.request("GET", f"{BASE}/{made}/avatar").body[:4] == b"\x89PNG"
    out = zipfile.ZipFile(io.BytesIO(ann.request("GET", f"{BASE}/{made}/export?format=charx").body))
    assert out.read("assets/icon/main.webp") == WEBP


def test_a_change_leaves_every_number_as_it_was(ann):
    numbers = [1e25, 0.1, 5e-324, 1.7976931348623157e308] + [random.Random(seed).uniform(-1, 1) * 10 ** random.Random(seed + 1).randint(-300, 300) for seed in range(2000)]
    made = ann.post(BASE, {**CARD, "data": {**CARD["data"], "extensions": {"odd": numbers}}})["id"]
    ann.request("PATCH", f"{BASE}/{made}", {"description": "Anew."})
    for spec in ("", "&spec=v2", "&spec=v3"):
        out = ann.get(f"{BASE}/{made}/export?format=json{spec}")
        assert out["data"]["extensions"]["odd"] == numbers and out["data"]["description"] == "Anew."


def test_what_stands_beside_data_says_the_same_after_a_change(ann):
    made = ann.post(BASE, {**CARD, "name": CARD["data"]["name"], "creatorcomment": "Old."})["id"]
    ann.request("PATCH", f"{BASE}/{made}", {"name": "Anew", "creator_notes": "New."})
    out = ann.get(f"{BASE}/{made}/export?format=json")
    assert out["name"] == out["data"]["name"] == "Anew" and out["creatorcomment"] == "New."
    assert "scenario" not in out


def test_the_characters_note_is_changed_and_said_at_its_depth(ann):
    extensions = {"depth_prompt": {"prompt": "Old.", "depth": "x", "mark": 1}, "other": [1.0]}
    made = ann.post(BASE, {**CARD, "data": {**CARD["data"], "extensions": extensions}})
    path = f"{BASE}/{made['id']}"
    assert made["depth_prompt"] == {"prompt": "Old.", "depth": 4, "role": "system"}  # what is of another type counts as absent
    note = {"prompt": "Whisper, {{user}}.", "depth": 1, "role": "user"}
    assert ann.request("PATCH", path, {"depth_prompt": note}).json()["depth_prompt"] == note
    assert ann.get(f"{path}/export?format=json")["data"]["extensions"] == {"depth_prompt": {**note, "mark": 1}, "other": [1.0]}
    for depth, read in [(1e300, 4), (2.5, 4), (7.0, 7)]:
        card = {"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Deep", "extensions": {"depth_prompt": {"prompt": "p", "depth": depth}}}}
        assert ann.post("/api/v1/characters", card)["depth_prompt"]["depth"] == read
    for bad, field in [({"prompt": "x", "depth": -1}, "depth_prompt.depth"), ({"prompt": "x", "role": "tool"}, "depth_prompt.role"), ({"depth": 1}, "depth_prompt.prompt")]:
        refused = ann.request("PATCH", path, {"depth_prompt": bad}, check=False)
        assert (refused.status, refused.json()["field"]) == (400, field)
    talk = ann.chat(made["id"], "Hello.", max_tokens=1)
    ann.request("PATCH", f"/api/v1/conversations/{talk['conversation_id']}", {"layout": "compat"})
    said = ann.chat(None, "Again.", conversation_id=talk["conversation_id"], max_tokens=1)
    sent = ann.get(f"/api/v1/conversations/{talk['conversation_id']}/messages/{said['reply']['id']}/prompt")["messages"]
    name = ann.get("/api/v1/users/me")["username"]
    assert [(m["role"], m["content"]) for m in sent[-2:]] == [("user", f"Whisper, {name}."), ("user", "Again.")]


def test_a_lone_half_of_an_emoji_refuses_no_card(ann):
    text = json.dumps({**CARD, "data": {**CARD["data"], "description": "cut "}}).replace('"cut "', '"cut \\ud83d"')
    made = ann.request("POST", BASE, body=text.encode()).json()["id"]
    assert ann.get(f"{BASE}/{made}")["description"] == "cut \ufffd"


def test_changes_can_be_looked_at_and_undone(ann, mira):
    changed = ann.request("PATCH", f"{BASE}/{mira}", {"description": "A pilot.", "visibility": "public"}).json()
    assert (changed["description"], changed["version"], changed["visibility"]) == ("A pilot.", 2, "public")
    replaced = ann.request("PUT", f"{BASE}/{mira}", {**CARD, "data": {**CARD["data"], "name": "Other"}}).json()
    assert (replaced["name"], replaced["version"]) == ("Other", 3)
    assert [item["version"] for item in ann.get(f"{BASE}/{mira}/versions")["items"]] == [3, 2, 1]
    assert ann.get(f"{BASE}/{mira}/versions/1") == CARD
    back = ann.post(f"{BASE}/{mira}/versions/1/restore")
    assert (back["name"], back["version"]) == ("Mira", 4)
    assert ann.get(f"{BASE}/{mira}/export?format=json") == CARD


def test_a_deleted_one_is_nowhere_and_comes_back_as_it_was(ann):
    """With its picture, its versions, its place in lorebooks and what was said with it."""
    card = {**CARD, "data": {**CARD["data"], "name": "Runa"}}
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("card.json", json.dumps(card))
        file.writestr("assets/emotion/joy.webp", b"not looked at")
    runa = ann.request("POST", BASE, body=archive.getvalue()).json()["id"]
    ann.request("PATCH", f"{BASE}/{runa}", {"description": "A pilot."})
    ann.request("PUT", f"{BASE}/{runa}/favourite", {})
    ann.request("POST", f"{BASE}/{runa}/activate", {})
    scope = {"scope": "character", "character_id": runa}
    book = ann.post("/api/v1/lorebooks", {"name": "Harbour", "scopes": [scope, {"scope": "global"}]})["id"]
    conversation = ann.post("/api/v1/conversations", {"character_id": runa})["id"]

    def told():
        whole = [ann.get(f"{BASE}/{runa}{path}") for path in ("", "/versions", "/versions/1", "/lorebook")]
        files = [ann.request("GET", f"{BASE}/{runa}/export?format={form}").body for form in ("json", "png", "charx")]
        listed = [item for item in ann.characters() if item["id"] == runa]
        return whole, files, listed, ann.get(f"/api/v1/lorebooks/{book}")["scopes"], ann.get(f"/api/v1/conversations/{conversation}")

    before = told()
    with zipfile.ZipFile(io.BytesIO(before[1][2])) as exported:
        assert {entry.date_time for entry in exported.infolist()} == {(1980, 1, 1, 0, 0, 0)}  # of one card the same bytes at any time
    ann.request("DELETE", f"{BASE}/{runa}")
    absent = ann.request("GET", f"{BASE}/01jd0000000000000000000000", check=False)
    for method, path in (("GET", ""), ("GET", "/versions"), ("GET", "/avatar"), ("GET", "/export"), ("DELETE", ""), ("POST", "/versions/1/restore")):
        answer = ann.request(method, f"{BASE}/{runa}{path}", {} if method == "POST" else None, check=False)
        assert (answer.status, answer.body) == (404, absent.body), path
    assert runa not in [item["id"] for item in ann.characters()]
    assert ann.request("POST", "/api/v1/conversations", {"character_id": runa}, check=False).status == 404
    # Its place in the book is not told of: what is told can be sent back.
    scopes = ann.get(f"/api/v1/lorebooks/{book}")["scopes"]
    assert [each["scope"] for each in scopes] == ["global"]
    ann.request("PATCH", f"/api/v1/lorebooks/{book}", {"scopes": [{"scope": "global"}]})
    assert ann.post(f"{BASE}/{runa}/restore") == before[0][0]
    assert told() == before


def test_what_is_wrong_is_named_and_changes_nothing(ann, mira):
    for body, field in (({"name": ""}, "name"), ({"tags": "x"}, "tags"), ({"visibility": "secret"}, "visibility")):
        with pytest.raises(HttpError) as refused:
            ann.request("PATCH", f"{BASE}/{mira}", body)
        assert refused.value.response.status == 400 and refused.value.response.json()["field"] == field
    with pytest.raises(HttpError) as refused:
        ann.request("PUT", f"{BASE}/{mira}", {"spec": "chara_card_v3", "data": {"name": 1}})
    assert refused.value.response.json()["field"] == "data.name"
    assert ann.get(f"{BASE}/{mira}")["version"] == 1


def test_another_persons_stays_theirs(server, ann, mira):
    other = server.person("somebody_else")
    for method, path in (("GET", "/export"), ("POST", "/duplicate"), ("GET", "/versions"), ("PATCH", "")):
        answer = other.request(method, f"{BASE}/{mira}{path}", {} if method != "GET" else None, check=False)
        assert answer.status == 404, path
    ann.request("PATCH", f"{BASE}/{mira}", {"visibility": "public"})
    assert other.request("PATCH", f"{BASE}/{mira}", {"name": "Mine"}, check=False).status == 403
    assert other.request("GET", f"{BASE}/{mira}/versions", check=False).status == 403
    assert other.post(f"{BASE}/{mira}/duplicate")["mine"] is True


def test_of_a_hundred_files_seven_bad_ones_are_reported_and_the_others_stored(server):
    """As the page uploads a folder: file by file, each with its own outcome."""
    person = server.person("many-files")
    bad = {3: b"", 17: b"no card", 31: b"{", 48: json.dumps({"name": ""}).encode(), 66: b"\x89PNG\r\n\x1a\n", 80: b"PK\3\4oops",
           99: json.dumps({"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": 5}}).encode()}  # fmt: skip
    outcomes = {}
    for number in range(100):
        card = {**CARD, "data": {**CARD["data"], "name": f"File {number}"}}
        file = bad.get(number, json.dumps(card).encode())
        outcomes[number] = person.request("POST", BASE, body=file, headers={"content-type": "application/json"}, check=False)
    refused = {number for number, answer in outcomes.items() if answer.status != 201}
    assert refused == set(bad)
    for number in refused:
        told = outcomes[number].json()
        assert 400 <= outcomes[number].status < 500 and told["detail"], number
    names, after = [], ""
    while True:
        page = person.get(f"{BASE}?limit=50{after}")
        names += [item["name"] for item in page["items"] if item["mine"]]
        if not page.get("next"):
            break
        after = f"&after={page['next']}"
    assert sorted(names) == sorted(f"File {number}" for number in range(100) if number not in bad)


def flat_png(shade, side=40, **more):
    """One grey all over; `more`: further chunks."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = b"".join(b"\0" + bytes([shade]) * side for _ in range(side))
    extra = b"".join(chunk(kind.encode(), data) for kind, data in more.items())
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_a_portrait_is_replaced_and_each_one_before_can_come_back(ann, server, mira):
    bob = server.person("portraits")
    url = f"{BASE}/{mira}"
    first = ann.request("PUT", f"{url}/avatar", body=flat_png(10, tEXt=b"chara\0c2VjcmV0", eXIf=b"MM\0*")).json()
    seen = {10: ann.request("GET", first["avatar_url"]).body}
    assert seen[10][:4] == b"\x89PNG" and b"c2VjcmV0" not in seen[10] and b"eXIf" not in seen[10], "nothing but the picture is kept"
    assert ann.get(f"{url}/avatars")["items"] == []
    for shade in (20, 30):
        stored = ann.request("PUT", f"{url}/avatar", body=flat_png(shade)).json()
        seen[shade] = ann.request("GET", stored["avatar_url"]).body
    assert len(set(seen.values())) == 3 and stored["avatar_url"] != first["avatar_url"], "a new address: what is kept by the browser is not shown again"
    before = ann.get(f"{url}/avatars")["items"]
    assert [ann.request("GET", one["url"]).body for one in before] == [seen[20], seen[10]]
    back = ann.post(f"{url}/avatars/{before[1]['number']}/restore")
    assert ann.request("GET", back["avatar_url"]).body == seen[10] and back["avatar_url"] == first["avatar_url"]
    assert ann.request("GET", ann.get(f"{url}/avatars")["items"][0]["url"]).body == seen[30], "nothing is lost by going back"
    for _ in range(12):
        ann.post(f"{url}/avatars/{ann.get(f'{url}/avatars')['items'][0]['number']}/restore")
    ann.request("PUT", f"{url}/avatar", body=flat_png(10))
    ann.request("PUT", f"{url}/avatar", body=flat_png(10))
    kept = [ann.request("GET", one["url"]).body for one in ann.get(f"{url}/avatars")["items"]]
    assert sorted(kept) == sorted([seen[20], seen[30]]), "each is kept once, however often it is gone back to"
    for file, name in ((ann.request("GET", f"{url}/export").body, "png"), (ann.request("GET", f"{url}/export?format=charx").body, "charx")):
        copy = ann.request("POST", BASE, body=file).json()
        assert ann.request("GET", f"{BASE}/{copy['id']}/avatar").body == seen[10], name
        if name == "charx":  # what came in an archive has its icon there: another one takes its place
            ann.request("PUT", f"{BASE}/{copy['id']}/avatar", body=flat_png(99))
            again = ann.request("POST", BASE, body=ann.request("GET", f"{BASE}/{copy['id']}/export?format=charx").body).json()
            assert ann.request("GET", f"{BASE}/{again['id']}/avatar").body not in seen.values()
    for shade in range(100, 115):
        ann.request("PUT", f"{url}/avatar", body=flat_png(shade))
    assert len(ann.get(f"{url}/avatars")["items"]) == 10, "so many are kept"
    newest = ann.request("GET", ann.get(url)["avatar_url"]).body
    assert ann.request("DELETE", f"{url}/avatar").json()["avatar_url"] is None
    assert ann.request("DELETE", f"{url}/avatar").json()["avatar_url"] is None, "twice is as once"
    assert ann.request("GET", f"{url}/avatar", check=False).status == 404
    assert next(one for one in ann.get(BASE)["items"] if one["id"] == mira)["avatar_url"] is None
    before = ann.get(f"{url}/avatars")["items"]
    assert len(before) == 10 and ann.request("GET", before[0]["url"]).body == newest
    back = ann.post(f"{url}/avatars/{before[0]['number']}/restore")
    assert ann.request("GET", back["avatar_url"]).body == newest and len(ann.get(f"{url}/avatars")["items"]) == 9
    for wrong, status in ((b"<svg>", 415), (flat_png(1)[:-30], 400), (b"", 415)):
        refused = ann.request("PUT", f"{url}/avatar", body=wrong, check=False)
        assert refused.status in (status, 400), refused.body
    ann.request("PATCH", url, {"visibility": "public"})
    for method, path in (("PUT", "/avatar"), ("DELETE", "/avatar"), ("GET", "/avatars"), ("GET", "/avatars/1"), ("POST", "/avatars/12/restore")):
        assert bob.request(method, url + path, **({"body": flat_png(1)} if method == "PUT" else {}), check=False).status in (403, 404), path
    assert ann.request("GET", f"{url}/avatars/999", check=False).status == 404
