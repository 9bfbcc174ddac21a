"""Pictures and files of messages: uploaded, carried, described or seen, kept, exported, gone with their conversation."""

import base64
import json
import re
import struct
import zlib
from urllib.parse import quote, urlencode

import pytest
from lares_server import NO_LIMITS, HttpError, Server
from provider import Provider

SHORT = {"max_tokens": 4, "temperature": 0}


def png(width, height, text=b""):
    """A picture of one colour; `text`: a text chunk beside it."""
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))  # noqa: E731
    rows = zlib.compress(b"".join(b"\0" + b"\x20\x80\xc0" * width for _ in range(height)))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    extra = chunk(b"tEXt", b"Comment\0" + text) if text else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def upload(client, name, data):
    return client.request("POST", "/api/v1/attachments?name=" + quote(name), body=data).json()


def refused(call, status, kind):
    with pytest.raises(HttpError) as problem:
        call()
    assert problem.value.response.status == status, problem.value
    assert problem.value.response.json()["type"] == kind
    return problem.value.response.json()


def sent(client, conversation, message):
    return client.get(f"/api/v1/conversations/{conversation}/messages/{message}/prompt")


def test_a_picture_is_described_to_a_model_that_cannot_see(ann, sam):
    picture = upload(ann, "garden.png", png(64, 48, b"taken at home"))
    assert (picture["kind"], picture["width"], picture["height"], picture["media_type"]) == ("image", 64, 48, "image/png")
    events = list(ann.stream(sam, "What is this?", attachments=[picture["id"]], **SHORT))
    notices = [event.data for event in events if event.name == "notice"]
    assert [notice["kind"] for notice in notices] == ["image-described"]
    conversation = events[0].data["conversation_id"]
    said, answer = ann.history(conversation)[-2:]
    assert said["attachments"] == [picture]
    assert "[image: garden.png, 64x48, PNG]" in sent(ann, conversation, answer["id"])["messages"][-1]["content"]
    shown = ann.request("GET", f"/api/v1/attachments/{picture['id']}")
    assert shown.headers["content-type"] == "image/png"
    assert shown.body.startswith(b"\x89PNG") and b"taken at home" not in shown.body
    # Told once, with the message that brought it.
    again = list(ann.stream(None, "And now?", conversation_id=conversation, **SHORT))
    assert not [event for event in again if event.name == "notice"]


def test_a_text_is_read_and_a_message_may_have_no_words(ann, sam):
    notes = upload(ann, "notes.md", "The key is under the blue pot.".encode())
    answer = ann.chat(sam, "", attachments=[notes["id"]], **SHORT)
    prompt = sent(ann, answer["conversation_id"], answer["reply"]["id"])["messages"][-1]["content"]
    assert prompt == "[file: notes.md]\nThe key is under the blue pot.\n[end of notes.md]"
    file = ann.request("GET", f"/api/v1/attachments/{notes['id']}")
    assert file.headers["content-type"].startswith("text/plain")
    assert file.headers["content-disposition"].startswith("attachment")
    assert file.body == b"The key is under the blue pot."


def test_a_long_text_is_read_whole_or_refused_with_what_is_too_much(ann, sam):
    """A model that takes it gets every line; one that does not is asked nothing, and nothing is stored."""
    lines = "".join(f"wheel {n},turns\n" for n in range(100)).encode()
    table = upload(ann, "table.csv", lines)
    assert (table["characters"], table["characters_read"]) == (len(lines), len(lines))
    answer = ann.chat(sam, "Sum it up.", attachments=[table["id"]], **SHORT)
    prompt = sent(ann, answer["conversation_id"], answer["reply"]["id"])["messages"][-1]["content"]
    assert prompt == f"Sum it up.\n\n[file: table.csv]\n{lines.decode()}\n[end of table.csv]"

    long = upload(ann, "long.log", b"turn the wheel\n" * 10_000)
    assert (long["characters"], long["characters_read"]) == (150_000, 100_000)
    before = ann.history(answer["conversation_id"])
    problem = refused(lambda: ann.chat(None, "And this?", conversation_id=answer["conversation_id"], attachments=[long["id"]], **SHORT), 422, "context-overflow")
    assert re.search(r"\d+ tokens too long", problem["detail"]), problem
    assert ann.history(answer["conversation_id"]) == before


def test_what_is_no_picture_and_no_text_is_refused(ann, sam):
    refused(lambda: upload(ann, "a.exe", b"MZ\0\1\2"), 415, "unsupported-attachment")
    refused(lambda: upload(ann, "a.gif", b"GIF89a" + bytes(20)), 415, "unsupported-image")
    refused(lambda: upload(ann, "a.png", png(30, 30)[:60]), 400, "damaged-image")
    refused(lambda: upload(ann, "a.txt", b"a" * (1024 * 1024 + 1)), 413, "attachment-too-large")
    refused(lambda: ann.chat(sam, "", **SHORT), 400, "invalid-field")


def test_a_strangers_file_is_none(ann, sam, server):
    notes = upload(ann, "notes.txt", b"mine")
    bob = server.person(f"bob-{ann.user['username']}")
    refused(lambda: bob.get(f"/api/v1/attachments/{notes['id']}"), 404, "not-found")
    refused(lambda: bob.chat(bob.terse_companion(), "Look", attachments=[notes["id"]], **SHORT), 404, "not-found")


def test_it_goes_with_its_conversation_and_comes_back_from_our_own_form(ann, sam):
    picture = upload(ann, "a.png", png(20, 20))
    answer = ann.chat(sam, "Look", attachments=[picture["id"]], **SHORT)
    conversation = answer["conversation_id"]
    refused(lambda: ann.request("DELETE", f"/api/v1/attachments/{picture['id']}"), 409, "attachment-in-use")
    file = ann.request("GET", f"/api/v1/conversations/{conversation}/export?form=lares").body
    line = next(json.loads(line) for line in file.splitlines() if b'"attachments"' in line)
    assert base64.b64decode(line["attachments"][0]["data"]) == ann.request("GET", f"/api/v1/attachments/{picture['id']}").body
    ann.request("DELETE", f"/api/v1/conversations/{conversation}?forever=true")
    refused(lambda: ann.get(f"/api/v1/attachments/{picture['id']}"), 404, "not-found")
    path = "/api/v1/conversations/import?" + urlencode({"character_id": sam})
    copy = ann.request("POST", path, body=file, headers={"Content-Type": "application/jsonl"}).json()["conversation"]["id"]
    assert ann.request("GET", f"/api/v1/conversations/{copy}/export?form=lares").body == file
    kept = next(m["attachments"] for m in ann.history(copy) if m.get("attachments"))
    assert ann.request("GET", f"/api/v1/attachments/{kept[0]['id']}").status == 200


@pytest.fixture(scope="module")
def far(tmp_path_factory):
    """Models at a provider, which differ in what they take; answers what asks one of them about a file."""
    models = {"seer": {"vision": True}, "reader": {"vision": False}, "scholar": {"context_tokens": 64000, "documents": True}}
    with Provider() as upstream:
        upstream.default = "answer"
        catalog = tmp_path_factory.mktemp("far") / "gateway.json"
        catalog.write_text(json.dumps({
            "upstreams": [{"name": "eyes", "kind": "openai", "base_url": upstream.url, "key": "sk-eyes", "models": list(models)}],
            "models": {name: {"context_tokens": 8000, **facts} for name, facts in models.items()},
        }))  # fmt: skip
        with Server(env={**NO_LIMITS, "GATEWAY_FILE": str(catalog)}) as server:
            server.wait_for(lambda: server.request("GET", "/ready?engines=1", check=False).status == 200)
            ann = server.person("ann")
            conversation = ann.post("/api/v1/conversations", {"character_id": ann.terse_companion()})["id"]

            def ask(model, name, data):
                ann.post("/api/v1/chat/switch", {"conversation_id": conversation, "model": f"eyes/{model}"})
                answers = ann.get(f"/api/v1/chat/switch?conversation_id={conversation}")["answers"]
                file = upload(ann, name, data)
                events = list(ann.stream(None, f"Dear {model}", conversation_id=conversation, attachments=[file["id"]]))
                assert events[-1].name == "turn_done", events[-1].data
                body = json.loads([body for _, path, _, body in upstream.seen if path.endswith("/chat/completions")][-1])
                notices = [event.data["kind"] for event in events if event.name == "notice"]
                return answers, notices, body["messages"][-1]["content"], ann.request("GET", f"/api/v1/attachments/{file['id']}").body

            yield ask


def test_a_pdf_goes_to_a_model_that_reads_them_and_is_named_to_others(far):
    paper = b"%PDF-1.7\n" + bytes(range(256))
    answers, _, content, _ = far("scholar", "paper.pdf", paper)
    assert (answers["reads_documents"], answers["sees_images"]) == (True, False)
    parts = {part["type"]: part for part in content}
    assert parts["file"]["file"] == {"filename": "paper.pdf", "file_data": "data:application/pdf;base64," + base64.b64encode(paper).decode()}
    assert parts["text"]["text"] == "Dear scholar\n\n[file: paper.pdf, PDF, 265 B]"
    answers, _, content, _ = far("seer", "paper.pdf", paper)
    assert answers["reads_documents"] is False
    assert content == "Dear seer\n\n[file: paper.pdf, PDF, 265 B]"


def test_a_picture_is_seen_by_a_model_that_can(far):
    answers, notices, content, data = far("seer", "seer.png", png(30, 10))
    assert answers["sees_images"] is True and notices == []
    kinds = [part["type"] for part in content]
    assert sorted(kinds) == ["image_url", "text"]
    assert content[kinds.index("image_url")]["image_url"]["url"] == "data:image/png;base64," + base64.b64encode(data).decode()
    assert content[kinds.index("text")]["text"] == "Dear seer\n\n[image: seer.png, 30x10, PNG]"
    answers, notices, content, _ = far("reader", "reader.png", png(30, 10))
    assert answers["sees_images"] is False and notices == ["image-described"]
    assert content == "Dear reader\n\n[image: reader.png, 30x10, PNG]"
