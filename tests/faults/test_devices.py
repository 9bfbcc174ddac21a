"""Devices that lose their connection again and again see the same history: no gap, no repeat."""

import threading
import time

from conftest import DEEP, LIMITLESS
from lares_server import Server, SocketClosed, sse
from senders import LOST, finish, judge, start_senders

DISCONNECTS = 1000 if DEEP else 100
TURNS = 60 if DEEP else 12


class Device(threading.Thread):
    """Follows one conversation over SSE or the socket, drops the connection at random moments and resumes after the last
    event it has."""

    def __init__(self, client, conversation, rng, drops, over):
        super().__init__(daemon=True)
        self.client, self.conversation, self.rng, self.drops, self.over = client, conversation, rng, drops, over
        self.events = []
        self.dropped = 0
        self.wanted = None  # last seq to wait for
        self.problem = None

    @property
    def last(self):
        return self.events[-1]["seq"] if self.events else 0

    def run(self):
        try:
            while self.dropped < self.drops or self.wanted is None or self.last < self.wanted:
                getattr(self, self.over)()
        except Exception as problem:
            self.problem = problem

    def done(self, end):
        if self.dropped < self.drops:
            return time.monotonic() > end
        return self.wanted is not None and self.last >= self.wanted

    def take(self, event):
        if event["conversation_id"] == self.conversation:
            assert event["seq"] == self.last + 1, f"{self.over}: events come in order, each once"
            self.events.append(event)

    def via_sse(self):
        end = time.monotonic() + self.rng.uniform(0, 0.08)
        path = f"/api/v1/chat/events?conversation_id={self.conversation}&after={self.last}"
        stream = sse(self.client, "GET", path, timeout=max(0.01, self.rng.uniform(0.01, 0.2)))
        try:
            for event in stream:
                if event.name == "event":
                    self.take(event.data)
                if self.done(end):
                    break
        except LOST:
            pass
        finally:
            stream.close()
            self.dropped += 1

    def via_socket(self):
        end = time.monotonic() + self.rng.uniform(0, 0.08)
        socket = self.client.socket(conversations=[{"conversation_id": self.conversation, "seq": self.last}])
        try:
            while not self.done(end):
                message = socket.receive(timeout=0.2)
                if message["event"] == "event":
                    self.take(message["data"])
        except (SocketClosed, *LOST):
            pass
        finally:
            socket.drop()
            self.dropped += 1


def test_two_devices_with_random_disconnects_see_one_history(rng):
    with Server(env=LIMITLESS) as server:
        senders = start_senders(server, count=1, per_conversation=1_000_000)
        sender = senders[0]
        server.wait_for(lambda: sender.conversation or sender.problem)
        devices = [Device(server.login(sender.name), sender.conversation, rng, DISCONNECTS // 2, over)
                   for over in ("via_sse", "via_socket")]  # fmt: skip
        for device in devices:
            device.start()
        limit = time.monotonic() + 500
        while any(d.dropped < d.drops and not d.problem for d in devices) and time.monotonic() < limit:
            time.sleep(0.05)
        finish(senders)
        judge(senders)
        seq = sender.client.get(f"/api/v1/chat/history?conversation_id={sender.conversation}")["seq"]
        for device in devices:
            device.wanted = seq
        for device in devices:
            device.join(240)
            if device.problem:
                raise device.problem
            assert not device.is_alive(), f"{device.over} has {device.last} of {seq} events"
        truth = []
        for event in sse(sender.client, "GET", f"/api/v1/chat/events?conversation_id={sender.conversation}&after=0"):
            if event.name != "event":  # a notice
                continue
            truth.append(event.data)
            if event.data["seq"] == seq:
                break
        assert [event["seq"] for event in truth] == list(range(1, seq + 1))
        for device in devices:
            assert device.events == truth, f"{device.over} saw another history"
        assert all(device.dropped >= DISCONNECTS // 2 for device in devices)
        print(f"{sum(d.dropped for d in devices)} disconnects, {seq} events, the same on both, in order")


def test_a_dropped_stream_resumes_with_every_frame_once(rng):
    with Server(env=LIMITLESS) as server:
        client = server.person("ann")
        character = client.terse_companion()
        drops = 0
        for _ in range(TURNS):
            frames, turn = [], None
            stream = client.stream(character, "Tell me something about the sea.", max_tokens=40)
            while not frames or frames[-1].name != "turn_done":
                limit = rng.randrange(1, 8)
                for event in stream:
                    frames.append(event)
                    assert event.name != "error", event.data
                    turn = turn or event.id.split("/")[0]
                    limit -= 1
                    if limit == 0 or event.name == "turn_done":
                        break
                stream.close()
                drops += 1
                stream = client.resume(turn, frames[-1].id)
            stream.close()
            numbers = [int(frame.id.split("/")[1]) for frame in frames]
            assert numbers == list(range(1, len(frames) + 1)), numbers
            shown = "".join(frame.data["text"] for frame in frames if frame.name in ("turn_started", "token"))
            assert shown == frames[-1].data["text"]
        print(f"{TURNS} turns, {drops} connections, every frame once")
