"""Spoken answers: frames in their order, sound as long as its visemes, interruptions that are heard, no voice on request."""

import base64
import collections
import os
import random
import struct
import time

import pytest

STORY = "Tell me a short story about the sea."
SHAPES = {"sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "ih", "oh", "ou"}
DEEP = os.environ.get("LARES_DEEP") == "1"


@pytest.fixture(scope="module", autouse=True)
def voice_is_there(server):
    someone = server.person("probe")
    answer = someone.chat(someone.terse_companion(), "Hi", max_tokens=4, voice=True)
    assert not answer.get("voice_notice"), answer["voice_notice"]


class Spoken:
    """What a client has of a turn's voice; frames are checked as they come."""

    def __init__(self):
        self.text = ""
        self.clauses, self.visemes, self.frames = [], {}, []
        self.samples, self.chunks = collections.Counter(), collections.Counter()
        self.rate = self.turn = self.conversation = self.done = None
        self.stopped = False

    def take(self, name, data):
        if name == "turn_started":
            self.turn, self.conversation = data["turn_id"], data["conversation_id"]
        elif name == "token":
            self.text += data["text"]
        elif name == "clause":
            assert data["index"] == len(self.clauses)
            assert self.text[data["start"] : data["end"]] == data["text"]
            self.clauses.append(data)
        elif name == "visemes":
            assert data["clause"] < len(self.clauses)
            self.visemes[data["clause"]] = data
        elif name == "audio":
            assert data["format"] == "s16le"
            self.sound(data["clause"], data["chunk"], data["sample_rate"], base64.b64decode(data["data"]))
        elif name == "turn_done":
            self.done = data

    def take_socket(self, message):
        if isinstance(message, bytes):
            frame, clause, chunk, rate = struct.unpack("<IIII", message[16:32])
            self.sound(clause, chunk, rate, message[32:])
            self.frames.append((message[:16], frame))
            return
        self.take(message["event"], message["data"])
        if message.get("id"):
            self.frames.append((None, int(message["id"].split("/")[1])))

    def sound(self, clause, chunk, rate, samples):
        assert clause in self.visemes, "sound before its visemes"
        assert clause >= max(self.samples, default=0), "clauses are out of order"
        assert chunk == self.chunks[clause]
        assert len(samples) % 2 == 0 and (samples or self.stopped), "only sound that nobody wants any more is empty"
        self.chunks[clause] += 1
        self.samples[clause] += len(samples) // 2
        self.rate = rate

    def check_whole(self):
        assert self.done["text"] == self.text
        assert set(self.samples) == set(self.visemes)
        for clause, visemes in self.visemes.items():
            assert self.samples[clause] == round(visemes["for_ms"] * self.rate / 1000)
            end = 0
            for cue in visemes["track"]:
                assert cue["shape"] in SHAPES
                assert cue["at_ms"] <= end + 0.1, "a gap"
                end = max(end, cue["at_ms"] + cue["for_ms"])
            assert end <= visemes["for_ms"] + 0.1
            place = self.clauses[clause]
            for word in visemes["words"]:
                assert place["start"] <= word["start"] < word["end"] <= place["end"]
                assert word["at_ms"] + word["for_ms"] <= visemes["for_ms"] + 0.1

    def words(self):
        """(first sample of all the sound, end of its characters)."""
        out, before = [], 0
        for clause in sorted(self.visemes):
            visemes = self.visemes[clause]
            out += [(before + word["at_ms"] * self.rate / 1000, word["end"]) for word in visemes["words"]]
            before += round(visemes["for_ms"] * self.rate / 1000)
        return out


def say(device, companion, message=STORY, **fields):
    """Says it over the socket; answers when the turn has begun."""
    spoken = Spoken()
    device.send_event("message", {"character_id": companion, "message": message, "voice": True, **fields})
    while not spoken.turn:
        spoken.take_socket(device.receive(timeout=180))
    return spoken


def test_the_stream_speaks(ann, sam):
    spoken = Spoken()
    for event in ann.stream(sam, STORY, max_tokens=60, temperature=0, voice=True):
        spoken.take(event.name, event.data)
    spoken.check_whole()
    assert len(spoken.clauses) >= 2 and spoken.samples[0] > 0
    trace = spoken.done["trace"]
    assert trace["first_token_ms"] <= trace["first_clause_ms"] <= trace["first_sample_ms"] <= trace["first_audible_ms"]
    # Who reads a plain stream to its end has heard all.
    assert ann.history(spoken.conversation)[-1]["text"] == spoken.text


def test_a_plain_answer_speaks(ann, sam):
    answer = ann.chat(sam, STORY, max_tokens=40, temperature=0, voice=True)
    assert [clause["index"] for clause in answer["clauses"]] == list(range(len(answer["clauses"])))
    assert [audio["clause"] for audio in answer["audio"]] == [visemes["clause"] for visemes in answer["visemes"]]
    assert answer["audio"]
    for audio, visemes in zip(answer["audio"], answer["visemes"], strict=True):
        samples = len(base64.b64decode(audio["data"])) // 2
        assert samples == round(visemes["for_ms"] * audio["sample_rate"] / 1000)


def test_text_only_on_request(ann, sam):
    events = list(ann.stream(sam, "Hello", max_tokens=20, voice=False))
    assert {event.name for event in events} <= {"accepted", "turn_started", "status", "token", "turn_done"}
    answer = ann.chat(sam, "Hello", max_tokens=8, voice=False)
    assert answer["clauses"] == answer["visemes"] == answer["audio"] == []


def test_sound_on_the_socket_is_binary(ann, sam):
    device = ann.socket()
    spoken = say(device, sam, max_tokens=40, temperature=0)
    while not spoken.done:
        spoken.take_socket(device.receive(timeout=180))
    spoken.check_whole()
    numbers = [number for _, number in spoken.frames]
    assert numbers == list(range(2, 2 + len(numbers))), "binary frames have their number among the others"
    assert len({turn for turn, _ in spoken.frames if turn}) == 1
    device.close()


def interrupt(person, companion, rng):
    """Listens to a random sample, stops there, and holds what is stored against it. None: nothing was said by then."""
    spoken = Spoken()
    wanted = rng.randint(1, 24_000 * 6)
    stream = person.stream(companion, STORY, max_tokens=60, temperature=0.8, seed=rng.randint(1, 10**6), voice=True)
    for event in stream:
        spoken.take(event.name, event.data)
        if spoken.done or sum(spoken.samples.values()) > wanted:
            break
    sample = min(wanted, sum(spoken.samples.values()) - 1)
    words = spoken.words()
    if not words:
        return None
    characters = max([end for begin, end in words if begin <= sample], default=words[0][1])
    person.request("POST", "/api/v1/chat/cancel", {"turn_id": spoken.turn, "characters": characters, "device": "test"})
    spoken.stopped = True
    for event in stream:
        spoken.take(event.name, event.data)
    answer = person.history(spoken.conversation)[-1]
    whole = answer["text"] + (answer.get("unheard") or "")
    assert answer["text"] == spoken.text[:characters], "it ends at the word that was heard"
    assert whole == spoken.text, "what was not heard is kept aside"
    if answer.get("unheard"):
        assert answer["state"] == "cut"
    return answer, spoken


def test_an_interruption_keeps_what_was_heard(ann, sam):
    rng = random.Random(7)
    outcomes = [interrupt(ann, sam, rng) for _ in range(200 if DEEP else 8)]
    cut = [outcome for outcome in outcomes if outcome and outcome[0].get("unheard")]
    assert len(cut) >= len(outcomes) // 2


def test_the_next_prompt_ends_where_it_was_heard(ann, sam):
    rng = random.Random(3)
    outcome = None
    for _ in range(20):
        outcome = interrupt(ann, sam, rng)
        if outcome and outcome[0].get("unheard"):
            break
    answer, spoken = outcome
    following = ann.chat(None, "Go on.", conversation_id=spoken.conversation, max_tokens=4, temperature=0)
    items = ann.history(spoken.conversation)
    assert [item["text"] for item in items if item["id"] == answer["id"]] == [answer["text"]]
    # All but the new message is in the cache, as far as it was heard.
    assert following["usage"]["prompt"] - following["usage"]["reused"] <= 24


def test_a_stop_is_silent_at_once(ann, sam):
    device = ann.socket()
    late = []
    for _ in range(200 if DEEP else 5):
        spoken = say(device, sam, max_tokens=200)
        while not spoken.samples and not spoken.done:
            spoken.take_socket(device.receive(timeout=180))
        stopped = last = time.monotonic()
        device.send_event("cancel", {"turn_id": spoken.turn, "characters": 5})
        while not spoken.done:
            message = device.receive(timeout=180)
            if isinstance(message, bytes):
                last = time.monotonic()
            spoken.take_socket(message)
        late.append((last - stopped) * 1000)
    late.sort()
    print(f"stop to last byte, ms: p50 {late[len(late) // 2]:.2f} p99 {late[len(late) * 99 // 100]:.2f}")
    assert late[len(late) // 2] < 3_000, late  # of an answer that would sound for many seconds
    if DEEP:  # on a machine that does nothing else
        assert late[len(late) * 99 // 100] <= 5, late
    device.close()


def test_a_stop_is_confirmed_and_a_stop_again_changes_nothing(ann, sam):
    device = ann.socket()
    spoken = say(device, sam, max_tokens=200, temperature=0)  # by chance it could be over in a word
    while len(spoken.text) < 40 and not spoken.done:
        spoken.take_socket(device.receive(timeout=180))
    device.send_event("cancel", {"turn_id": spoken.turn, "characters": 5})
    assert device.receive_until("stopped")[-1]["data"] == {"turn_id": spoken.turn}
    kept = ann.history(spoken.conversation)[-1]
    assert kept["state"] == "cut" and kept["unheard"]
    device.drop()
    # A page whose line broke does not know that it was taken: it tells it again.
    device = ann.socket()
    device.send_event("cancel", {"turn_id": spoken.turn, "characters": 5})
    assert device.receive_until("stopped")[-1]["data"] == {"turn_id": spoken.turn}
    ann.request("POST", "/api/v1/chat/cancel", {"turn_id": spoken.turn, "characters": 5})
    assert ann.history(spoken.conversation)[-1] == kept
    device.close()


@pytest.mark.parametrize("way", ["socket", "request"])
def test_a_stop_that_comes_after_the_end_while_it_still_sounds(ann, sam, way):
    device = ann.socket()
    spoken = say(device, sam, max_tokens=24, temperature=0)
    while not spoken.done:
        spoken.take_socket(device.receive(timeout=180))
    assert spoken.done["state"] == "done" and len(spoken.text) > 12
    device.drop()
    if way == "socket":
        device = ann.socket()
        device.send_event("cancel", {"turn_id": spoken.turn, "characters": 5})
        device.receive_until("stopped")
        device.close()
    else:
        ann.request("POST", "/api/v1/chat/cancel", {"turn_id": spoken.turn, "characters": 5})
    kept = ann.history(spoken.conversation)[-1]
    assert kept["state"] == "cut" and 5 <= len(kept["text"]) < len(spoken.text)
    assert kept["text"] + kept["unheard"] == spoken.text


def test_a_stop_before_the_first_word(ann, sam):
    device = ann.socket()
    device.send_event("message", {"character_id": sam, "message": STORY, "voice": True, "max_tokens": 1800, "temperature": 0})
    turn = device.receive_until("accepted")[-1]["data"]["turn_id"]
    device.send_event("cancel", {"turn_id": turn})
    # Its confirmation and its last frame come in either order.
    seen = device.receive_until("stopped")
    ends = [message for message in seen if isinstance(message, dict) and message["event"] == "turn_done"]
    end = ends[0] if ends else device.receive_until("turn_done")[-1]
    assert end["data"]["state"] == "cut"
    device.close()


def test_players_that_report_get_all_of_it(ann, sam):
    device = ann.socket()
    spoken = say(device, sam, "Tell me a long story.", max_tokens=100, temperature=0)
    device.send_event("heard", {"turn_id": spoken.turn, "characters": 0})
    while not spoken.done:
        spoken.take_socket(device.receive(timeout=180))
        if spoken.samples:
            device.send_event("heard", {"turn_id": spoken.turn, "characters": spoken.clauses[max(spoken.samples)]["end"]})
            time.sleep(0.02)
    spoken.check_whole()
    device.close()


def test_hold_and_resume(ann, sam):
    device = ann.socket()
    spoken = say(device, sam, max_tokens=100)
    while not spoken.samples and not spoken.done:
        spoken.take_socket(device.receive(timeout=180))
    names = []
    device.send_event("hold", {"turn_id": spoken.turn})
    device.send_event("resume", {"turn_id": spoken.turn})
    while not spoken.done:
        message = device.receive(timeout=180)
        if isinstance(message, dict):
            names.append(message["event"])
        spoken.take_socket(message)
    assert names.count("held") == names.count("resumed") <= 1
    spoken.check_whole()
    device.close()


def test_reports_are_of_ones_own_turns(server, ann, sam):
    answer = ann.chat(sam, "Hello", max_tokens=4)
    other = server.person("other")
    for path in ("heard", "cancel"):
        body = {"turn_id": answer["turn_id"], "characters": 1}
        assert other.request("POST", f"/api/v1/chat/{path}", body, check=False).status == 404
    heard = [ann.request("POST", "/api/v1/chat/heard", {"turn_id": answer["turn_id"], "characters": n}, check=False).status for n in (-1, 3)]
    assert heard[0] in (400, 422) and heard[1] == 204


def test_it_speaks_as_its_listener_chose_and_its_card_says(ann, sam):
    line = {"message": "Say hello.", "max_tokens": 5, "temperature": 0, "seed": 1}  # so few words are one clause, however slow the machine

    def spoken(wanted=None):
        # What else the model computes at that moment (a title) may turn a close choice of words: then once more.
        for _ in range(10):
            events = list(ann.stream(sam, voice=True, **line))
            clauses = [(event.data["text"], event.data["start"], event.data["end"]) for event in events if event.name == "clause"]
            if wanted in (None, clauses):
                break
        return clauses, b"".join(base64.b64decode(event.data["data"]) for event in events if event.name == "audio")

    clauses, usual = spoken()
    ann.request("PATCH", "/api/v1/voice/settings", {"speed": 2})
    again, fast = spoken(clauses)
    assert again == clauses and len(fast) < 0.75 * len(usual)
    ann.request("PUT", f"/api/v1/voice/settings/{sam}", {"speed": 1, "volume": 0.25})
    again, soft = spoken(clauses)
    loud = lambda pcm: max(abs(each) for (each,) in struct.iter_unpack("<h", pcm))  # noqa: E731
    assert again == clauses and len(soft) == len(usual) and loud(soft) < 0.3 * loud(usual)
    words = [each.strip(".,!?'\"") for text, _, _ in clauses for each in text.split()]
    word = next(each for each in words if each.isalpha())
    ann.request("PUT", f"/api/v1/voice/settings/{sam}", {})
    ann.request("PATCH", "/api/v1/voice/settings", {"speed": 1})
    ann.request("PATCH", f"/api/v1/characters/{sam}", {"pronunciations": [{"word": word, "respelling": "a very long winding river of words"}]})
    again, long = spoken(clauses)
    assert again == clauses and len(long) > len(usual) + 24_000, "the card's word is said its own way"


@pytest.mark.skipif(not DEEP, reason="a thousand turns take minutes")
def test_a_thousand_spoken_turns_leave_memory_flat(server):
    """Chats that are kept for a later turn fill their budget first (KV_BUDGET_MB); then nothing may grow."""

    sam = server.person("talker").terse_companion()

    def state():
        with open(f"/proc/{server.pid}/statm") as statm:
            resident = int(statm.read().split()[1]) * 4096 / 2**20
        engine = next(each for each in server.person("talker").get("/api/v1/status")["engines"] if each["kind"] == "llm")
        return resident, resident - engine["saved_bytes"] / 2**20

    curve = [state()]
    for _ in range(10):
        person = server.person("talker")  # a session's token does not last for all of it
        for _ in range(100):
            person.chat(sam, "Hello, how are you?", max_tokens=16, voice=True)
        curve.append(state())
    print("MiB after each hundred turns (without kept chats): " + ", ".join(f"{resident:.0f} ({rest:.0f})" for resident, rest in curve))
    half = len(curve) // 2
    assert curve[-1][0] - curve[half][0] < 16
    assert curve[-1][1] - curve[half][1] < 16
