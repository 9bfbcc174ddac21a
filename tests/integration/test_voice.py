"""Text to speech beside the chat: sound, mouth, what is left out, and texts that nobody can speak."""

import base64
import io
import os
import struct
import time
import wave

import pytest
from lares_server import NO_LIMITS, Server

DEEP = bool(os.environ.get("LARES_DEEP"))
LONG_S = 20 if DEEP else 200  # far more than any of these texts may take, on a machine that does much else


def sound_of(answer):
    with wave.open(io.BytesIO(base64.b64decode(answer["audio"]))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
        return file.readframes(file.getnframes())


def loudest(samples):
    return max((abs(each) for (each,) in struct.iter_unpack("<h", samples)), default=0)


def test_a_text_becomes_sound(ann):
    answer = ann.post("/api/v1/tts/generate", {"text": "Hello there. How are you today?"})
    samples = sound_of(answer)
    assert 1.0 < len(samples) / 48_000 < 6.0
    assert answer["for_ms"] == pytest.approx(len(samples) / 48)
    assert loudest(samples) > 3_000
    assert answer["left_out"] == []


def test_speed_and_volume(ann):
    text = "We walked along the beach without shoes."
    plain = sound_of(ann.post("/api/v1/tts/generate", {"text": text}))
    fast = sound_of(ann.post("/api/v1/tts/generate", {"text": text, "speed": 2}))
    soft = sound_of(ann.post("/api/v1/tts/generate", {"text": text, "volume": 0.25}))
    assert len(fast) < 0.7 * len(plain)
    assert len(soft) == len(plain)
    assert loudest(soft) < 0.3 * loudest(plain)


def test_what_is_not_spoken_is_named(ann):
    text = "Look:\n```\nint main() {}\n```\nThat was code, and this is 漢字 here."
    answer = ann.post("/api/v1/tts/generate", {"text": text})
    assert len(sound_of(answer)) > 48_000
    left = answer["left_out"]
    assert any("main()" in each["text"] and "code" in each["why"] for each in left)
    assert any("漢字" in each["text"] for each in left)
    for each in left:
        assert text[each["start"] : each["end"]].startswith(each["text"][:10])


def test_the_stream_is_the_same_sound(ann):
    text = "The lake is calm and very deep. I will wait for you at the station."
    whole = sound_of(ann.post("/api/v1/tts/generate", {"text": text}))
    for path in ("/api/v1/tts/stream", "/api/v1/voice/stream"):
        wav = ann.request("POST", path, {"text": text})
        assert wav.headers["content-type"] == "audio/wav"
        assert wav.body[:4] == b"RIFF" and wav.body[44:] == whole
        assert ann.request("POST", path, {"text": text, "format": "pcm"}).body == whole
    empty = ann.request("POST", "/api/v1/tts/stream", {"text": "..."})
    assert empty.status == 200 and len(empty.body) == 44
    assert ann.request("POST", "/api/v1/tts/stream", {"text": "", "format": "pcm"}).body == b""


def test_the_mouth_follows_the_sounds(ann):
    text = "My mother opened the window. It costs $5."
    answer = ann.post("/api/v1/tts/visemes", {"text": text})
    sound = sound_of(ann.post("/api/v1/tts/generate", {"text": text}))
    assert answer["for_ms"] == pytest.approx(len(sound) / 48)
    shapes = {each["shape"] for each in answer["shapes"]}
    assert len(shapes) == 15
    assert {cue["shape"] for cue in answer["track"]} <= shapes
    assert any(cue["shape"] == "PP" for cue in answer["track"])
    assert all(0 <= cue["at_ms"] and cue["at_ms"] + cue["for_ms"] <= answer["for_ms"] + 1e-6 for cue in answer["track"])
    assert [text[word["start"] : word["end"]] for word in answer["words"]] == "My mother opened the window It costs 5".split()
    starts = [word["at_ms"] for word in answer["words"]]
    assert starts == sorted(starts)
    closed = [shape for shape in answer["shapes"] if shape["shape"] == "PP"][0]
    assert closed["open"] == 0 and closed["aa"] == 0


def much(text, times):
    """What turns into minutes of sound is said at full length in deep runs."""
    return text * (times if DEEP else times // 20)


@pytest.mark.parametrize(
    "text",
    ["", " ", "😀🎉🔥" * 50, "```\nfor (;;) {}\n```", "a" * 10_000, much("xq", 5_000), "\u0001\u0002\u0003\u007f" * 100, "漢字とかな" * 200,
     "مرحبا بالعالم " * 100, "Привет, мир! " * 100, "9" * 10_000, "\u202e\u200b\ufeff" * 500, "e\u0301" * 2_000, "(" * 5_000,
     "https://example.org/" + much("x/", 3_000), "-" * 10_000, "'" * 5_000, much("| a | b |\n", 500), "\ud7ff\ue000\U0010ffff" * 300,
     much("I. II. III. IV. ", 500), much("$", 3_000), much("1/2 ", 2_000), much("a.b.c.d@e.f ", 300), "\n" * 10_000],
    ids=lambda text: repr(text[:8]),
)  # fmt: skip
def test_a_text_that_nobody_can_speak_ends_soon_and_is_no_error(ann, text):
    began = time.monotonic()
    answer = ann.request("POST", "/api/v1/tts/generate", {"text": text}, check=False, timeout=300)
    assert answer.status == 200, answer.body[:300]
    assert time.monotonic() - began < LONG_S
    body = answer.json()
    assert len(sound_of(body)) <= 48_000 * 301
    for each in body["left_out"]:
        assert 0 <= each["start"] <= each["end"] <= len(text)


def test_what_five_minutes_do_not_hold_is_left_out_and_named(ann):
    sentence = "Slowly the old mill turned its heavy wheel beside the wide and quiet river all through the night, and nobody came. "
    text = sentence * 30
    body = ann.request("POST", "/api/v1/tts/generate", {"text": text, "speed": 0.5, "visemes": True}, timeout=300).json()
    assert 250_000 < body["for_ms"] <= 300_000
    assert len(sound_of(body)) == round(body["for_ms"] * 48)
    (rest,) = body["left_out"]
    assert rest["end"] == len(text) and "five minutes" in rest["why"], rest
    # It is said to the end of a clause; of what is left out there is neither a word nor a mouth.
    assert text[:rest["start"]].rstrip()[-1] in ".,"
    assert [text[word["start"]:word["end"]] for word in body["words"]] == [word.strip(".,") for word in text[:rest["start"]].split()]
    last = body["track"][-1]
    assert max(body["words"][-1]["at_ms"], last["at_ms"]) < body["for_ms"]


def test_bad_requests_are_named(ann):
    for body, field in [({}, "text"), ({"text": "a" * 20_001}, "text"), ({"text": "a", "speed": 3}, "speed"),
                        ({"text": "a", "volume": 2}, "volume"), ({"text": "a", "voice": "nobody"}, "voice"), ({"text": 5}, "text")]:  # fmt: skip
        for path in ("/api/v1/tts/generate", "/api/v1/tts/visemes", "/api/v1/tts/stream"):
            answer = ann.request("POST", path, body, check=False)
            assert answer.status == 400, (path, body, answer.body)
            assert answer.json()["field"] == field
    assert ann.request("POST", "/api/v1/tts/stream", {"text": "a", "format": "mp3"}, check=False).status == 400


def test_voices_and_health(ann, server):
    voices = ann.get("/api/v1/tts/voices")["items"]
    assert [voice["id"] for voice in voices if voice["is_default"]] == ["heart"]
    assert ann.get("/api/v1/voice/models")["items"] == voices
    sound_of(ann.post("/api/v1/tts/generate", {"text": "Yes.", "voice": voices[0]["id"]}))
    health = ann.get("/api/v1/tts/health")
    assert health["status"] == "ready" and health["taken"] == 0 and health["seats"] >= 1
    engines = ann.get("/api/v1/status")["engines"]
    assert [engine["state"] for engine in engines if engine["kind"] == "voice"] == ["ready"]
    for path in ("/api/v1/tts/health", "/api/v1/tts/voices"):
        assert server.request("GET", path, check=False).status == 401
    assert server.request("POST", "/api/v1/tts/generate", {"text": "Hi."}, check=False).status == 401


def test_sound_and_mouth_of_one_synthesis(ann):
    text = "My mother opened the window. It costs $5."
    both = ann.post("/api/v1/tts/generate", {"text": text, "visemes": True})
    mouth = ann.post("/api/v1/tts/visemes", {"text": text})
    assert both["track"] == mouth["track"] and both["words"] == mouth["words"]
    assert both["for_ms"] == pytest.approx(len(sound_of(both)) / 48) == mouth["for_ms"]
    plain = ann.post("/api/v1/tts/generate", {"text": text})
    assert plain.get("track") is None and plain.get("words") is None and plain["audio"] == both["audio"]


def test_settings_are_of_one_person_and_stay(fresh_server):
    ann, bob = fresh_server.person("ann"), fresh_server.person("bob")
    first = ann.get("/api/v1/voice/settings")
    assert first == {"spoken": True, "voice": "", "speed": 1, "volume": 0.9, "text_in_step": True, "captions": False}
    changed = ann.request("PATCH", "/api/v1/voice/settings", {"speed": 1.25, "captions": True, "voice": "heart"}).json()
    assert changed == {**first, "speed": 1.25, "captions": True, "voice": "heart"}
    fresh_server.stop()
    fresh_server.start()
    assert ann.get("/api/v1/voice/settings") == changed
    assert bob.get("/api/v1/voice/settings") == first
    for body, field in [({"speed": 3}, "speed"), ({"volume": -1}, "volume"), ({"voice": "nobody"}, "voice"), ({"captions": "yes"}, "captions")]:
        answer = ann.request("PATCH", "/api/v1/voice/settings", body, check=False)
        assert answer.status == 400 and answer.json()["field"] == field
    assert ann.get("/api/v1/voice/settings") == changed


def test_one_companion_may_speak_otherwise(ann, sam, server):
    path = f"/api/v1/voice/settings/{sam}"
    none = {"voice": None, "speed": None, "volume": None}
    given = lambda: {**none, **ann.get(path)}  # noqa: E731  what is null may be absent
    assert given() == none
    ann.request("PUT", path, {"speed": 2, "volume": 0.25})
    assert given() == {**none, "speed": 2, "volume": 0.25}
    text = "We walked along the beach without shoes."
    plain = sound_of(ann.post("/api/v1/tts/generate", {"text": text}))
    own = sound_of(ann.post("/api/v1/tts/generate", {"text": text, "character_id": sam}))
    assert len(own) < 0.7 * len(plain) and loudest(own) < 0.3 * loudest(plain)
    said = sound_of(ann.post("/api/v1/tts/generate", {"text": text, "character_id": sam, "speed": 1, "volume": 1}))
    assert said == plain, "what the request says goes before"
    ann.request("PUT", path, {})
    assert given() == none
    other = server.person("stranger")
    for method, body in (("GET", None), ("PUT", {"speed": 2})):
        assert other.request(method, path, body, check=False).status == 404
    assert other.request("POST", "/api/v1/tts/generate", {"text": text, "character_id": sam}, check=False).status == 404


def test_words_are_said_as_the_card_has_it(ann, sam):
    path = f"/api/v1/characters/{sam}"
    entries = [{"word": "Xochitl", "respelling": "so cheel", "phonemes": ""}, {"word": "Mira", "respelling": "", "phonemes": "mˈɪɹə"}]
    plain = sound_of(ann.post("/api/v1/tts/generate", {"text": "Xochitl is here."}))
    ann.request("PATCH", path, {"pronunciations": entries})
    assert ann.get(path)["pronunciations"] == entries
    own = sound_of(ann.post("/api/v1/tts/generate", {"text": "Xochitl is here.", "character_id": sam}))
    spelt = sound_of(ann.post("/api/v1/tts/generate", {"text": "So cheel is here."}))
    assert own != plain and len(own) == len(spelt)
    tried = sound_of(ann.post("/api/v1/tts/generate", {"text": "Xochitl is here.", "pronunciations": entries[:1]}))
    assert tried == own, "as it would sound, before it is saved"
    for bad, field in [({"word": "", "respelling": "a"}, "pronunciations[0].word"), ({"word": "a", "phonemes": "§"}, "pronunciations[0].phonemes"),
                       ({"word": "a"}, "pronunciations[0]"), ({"word": "a b", "respelling": "a"}, "pronunciations[0].word")]:  # fmt: skip
        for method, route, body in [("PATCH", path, {"pronunciations": [bad]}), ("POST", "/api/v1/tts/generate", {"text": "a", "pronunciations": [bad]})]:
            answer = ann.request(method, route, body, check=False)
            assert answer.status == 400 and answer.json()["field"] == field, (bad, answer.body)
    # It goes along with the card.
    exported = ann.request("GET", f"{path}/export?format=json").json()
    assert len(exported["data"]["extensions"]["lares"]["pronunciations"]) == 2
    copy = ann.request("POST", f"{path}/duplicate").json()
    assert copy["pronunciations"] == entries
    ann.request("PATCH", path, {"pronunciations": []})
    assert ann.get(path)["pronunciations"] == []


def test_a_client_that_leaves_frees_its_seat(ann, server):
    import socket

    body = b'{"text": "' + b"The mountain is hidden in the clouds. " * 400 + b'"}'
    head = f"POST /api/v1/tts/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {ann.token}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head.encode() + body)
        assert connection.recv(4_096).startswith(b"HTTP/1.1 200")
        server.wait_for(lambda: ann.get("/api/v1/tts/health")["taken"] == 1)
    server.wait_for(lambda: ann.get("/api/v1/tts/health")["taken"] == 0)


def test_without_weights_chats_go_on_and_the_reason_is_said(tmp_path):
    with Server(env={**NO_LIMITS, "VOICES_DIR": str(tmp_path)}) as server:
        ann = server.person("ann")
        server.wait_for(lambda: ann.get("/api/v1/tts/health")["status"] == "missing")
        assert "deps/fetch" in ann.get("/api/v1/tts/health")["reason"]  # the first account administers
        sam = server.person("sam")
        told = sam.get("/api/v1/tts/health")["reason"]  # folders are named to administrators only
        assert "administrator" in told and str(tmp_path) not in told
        assert [engine["reason"] for engine in sam.get("/api/v1/status")["engines"] if engine["kind"] == "voice"] == [told]
        answer = sam.request("POST", "/api/v1/tts/generate", {"text": "Hello."}, check=False)
        assert answer.status == 503 and answer.json()["type"].endswith("voice-missing") and answer.json()["detail"] == told
        assert server.request("GET", "/ready").status == 200
        assert server.request("GET", "/ready?engines=1", check=False).status == 503
        engines = [engine for engine in ann.get("/api/v1/status")["engines"] if engine["kind"] == "voice"]
        assert engines[0]["state"] == "failed" and str(tmp_path) in engines[0]["reason"] and "deps/fetch" in engines[0]["reason"]
        server.wait_for(lambda: ann.get("/api/v1/status")["engines"][0]["state"] == "ready")
        assert ann.chat(ann.terse_companion(), "Hello!", max_tokens=4, temperature=0)["reply"]["text"]


def test_voice_can_be_off():
    with Server(env={**NO_LIMITS, "VOICE_ENABLED": "false"}) as server:
        ann = server.person("ann")
        assert ann.get("/api/v1/tts/health")["status"] == "off"
        assert ann.request("POST", "/api/v1/tts/generate", {"text": "Hello."}, check=False).status == 503
        assert [engine["kind"] for engine in ann.get("/api/v1/status")["engines"]] == ["llm"]
