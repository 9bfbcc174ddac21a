"""Clients that keep talking while the server is killed under them, and the judgement over what is left."""

import http.client
import subprocess
import threading
import time

import lares_server
from lares_server import HttpError

LOST = (OSError, http.client.HTTPException, ValueError)  # the connection, or a line of it, is gone
PATIENCE_S = 240
AGAIN = {409, 429, 503, 507}


class Sender(threading.Thread):
    """One person. Each message has its client_id and is sent again until it is acknowledged; every few messages a new
    conversation begins, so that a restarted server has little to read again."""

    def __init__(self, server, name, max_tokens=3, per_conversation=8):
        super().__init__(name=name, daemon=True)
        self.client = server.person(name)
        self.character = self.client.terse_companion()
        self.max_tokens = max_tokens
        self.per_conversation = per_conversation
        self.sent = []  # client ids in order
        self.acknowledged = {}  # client id -> data of `accepted`
        self.answered = {}  # client id -> data of `turn_done`
        self.refusals = []  # problems the server answered with
        self.conversations = []  # ids in order
        self.resent = 0  # the connection was lost before the message was acknowledged
        self.problem = None
        self._ending = threading.Event()

    @property
    def conversation(self):
        return self.conversations[-1] if self.conversations else None

    def finish(self):
        """Asks for the end: the message being sent is still brought through."""
        self._ending.set()

    def run(self):
        try:
            while not self._ending.is_set():
                self.say(f"{self.name}-{len(self.sent) + 1}")
        except Exception as problem:  # shown by the judgement
            self.problem = problem

    def say(self, client_id):
        begins = len(self.sent) % self.per_conversation == 0
        self.sent.append(client_id)
        deadline = time.monotonic() + PATIENCE_S
        while client_id not in self.acknowledged:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{client_id} was not acknowledged in {PATIENCE_S} s; refusals: {self.refusals[-3:]}")
            try:
                self.attempt(client_id, begins)
            except HttpError as problem:
                self.refusals.append(problem.response)
                if problem.response.status not in AGAIN:
                    raise
                time.sleep(0.05)
            except ConnectionRefusedError:
                time.sleep(0.02)
            except LOST:
                self.resent += 1

    def attempt(self, client_id, begins):
        fields = {"client_id": client_id, "max_tokens": self.max_tokens, "temperature": 0}
        if not begins:
            fields["conversation_id"] = self.conversation
        for event in self.client.stream(self.character if begins else None, f"This is {client_id}.", **fields):
            if event.name == "accepted":
                known = self.acknowledged.setdefault(client_id, event.data)
                assert known == event.data, f"{client_id}: accepted as {known}, then as {event.data}"
                if event.data["conversation_id"] not in self.conversations:
                    self.conversations.append(event.data["conversation_id"])
            elif event.name == "turn_done":
                self.answered[client_id] = event.data


def start_senders(server, count=4, **options):
    senders = [Sender(server, f"person{n}", **options) for n in range(count)]
    for sender in senders:
        sender.start()
    return senders


def finish(senders):
    for sender in senders:
        sender.finish()
    for sender in senders:
        sender.join(PATIENCE_S * 2)
        assert not sender.is_alive(), f"{sender.name} hangs"
        if sender.problem:
            raise sender.problem


def judge(senders):
    """0 lost, 0 doubled: every message once, in order, as it was acknowledged; every finished answer as it was shown."""
    for sender in senders:
        assert sorted(c["id"] for c in sender.client.conversations()) == sorted(sender.conversations), sender.name
        history = [m for conversation in sender.conversations for m in sender.client.history(conversation)]
        said = [m for m in history if m["role"] == "user"]
        assert [m["client_id"] for m in said] == sender.sent, f"{sender.name}: lost, doubled or out of order"
        answers = {m["parent"]: m for m in history if m["role"] == "assistant" and m.get("parent")}
        for message in said:
            client_id = message["client_id"]
            assert message["text"] == f"This is {client_id}."
            assert message["id"] == sender.acknowledged[client_id]["message_id"]
            if client_id in sender.answered:
                answer = answers[message["id"]]
                assert answer["text"] == sender.answered[client_id]["text"], f"the answer to {client_id} changed"
                assert answer["state"] == "done"


def doctor(server):
    """With the server stopped: `lares doctor` applies every event anew and compares."""
    result = subprocess.run([str(lares_server.BINARY), "doctor", "--data", str(server.data)], env=server.env, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "the projection equals the events" in result.stdout, result.stdout
