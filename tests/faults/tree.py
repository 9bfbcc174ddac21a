"""Clients that edit, swipe, branch, import, delete and restore while the server is killed under them. Everything that makes
something new carries a client_id and is sent again until it is acknowledged."""

import http.client
import json
import threading
import time
from urllib.parse import urlencode

from lares_server import HttpError

LOST = (OSError, http.client.HTTPException, ValueError)
AGAIN = {409, 429, 503, 507}
PATIENCE_S = 180


class Gardener(threading.Thread):
    """One person with one tree of messages."""

    def __init__(self, server, name, rng):
        super().__init__(name=name, daemon=True)
        self.client = server.person(name)
        self.character = self.client.terse_companion()
        self.rng = rng
        first = self.client.chat(self.character, f"{name} begins", max_tokens=2, temperature=0)
        self.conversation = first["conversation_id"]
        self.messages = [first["message_id"], first["reply"]["id"]]
        self.edits = {}  # text -> message id, as acknowledged
        self.swipes = {}  # client id -> message id of a finished answer
        self.copies = {}  # client id -> (conversation id, texts of its shown branch or None)
        self.steps = 0
        self.resent = 0
        self.problem = None
        self._ending = threading.Event()

    def finish(self):
        self._ending.set()

    def run(self):
        try:
            while not self._ending.is_set():
                self.steps += 1
                self.rng.choice([self.edit, self.edit, self.swipe, self.branch, self.bring, self.select, self.remove_and_restore])(f"{self.name}-{self.steps}")
        except Exception as problem:  # shown by the judgement
            self.problem = problem

    def until_acknowledged(self, call):
        deadline = time.monotonic() + PATIENCE_S
        while True:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name} was not answered in {PATIENCE_S} s")
            try:
                return call()
            except HttpError as problem:
                if problem.response.status not in AGAIN or problem.response.json()["type"] == "turn-interrupted":
                    raise
                time.sleep(0.05)
            except ConnectionRefusedError:
                time.sleep(0.02)
            except LOST:
                self.resent += 1

    def at(self, what):
        return f"/api/v1/conversations/{self.conversation}/{what}"

    def edit(self, name):
        message = self.rng.choice(self.messages)
        fields = {"text": f"edit {name}", "client_id": name, "following": self.rng.random() < 0.5}
        made = self.until_acknowledged(lambda: self.client.post(self.at(f"messages/{message}/edit"), fields))["message"]
        self.edits[made["text"]] = made["id"]
        self.messages.append(made["id"])

    def swipe(self, name):
        fields = {"conversation_id": self.conversation, "retry_message_id": self.messages[1], "client_id": name, "max_tokens": 2, "voice": False}
        try:
            answer = self.until_acknowledged(lambda: self.client.post("/api/v1/chat", fields))
        except HttpError as problem:
            # Cut off by a kill and found again: it is there as an interrupted answer.
            assert problem.response.json()["type"] == "turn-interrupted", problem
            return
        self.swipes[name] = answer["reply"]["id"]

    def branch(self, name):
        message = self.rng.choice(self.messages)
        made = self.until_acknowledged(lambda: self.client.post(self.at("branch"), {"message_id": message, "client_id": name, "title": name}))
        self.copies[name] = (made["id"], None)

    def bring(self, name):
        texts = [f"{name} line {n}" for n in range(self.rng.choice([3, 500]))]
        lines = [{"user_name": "U", "character_name": "Sam"}] + [{"name": "x", "is_user": n % 2 == 0, "mes": text} for n, text in enumerate(texts)]
        body = "\n".join(json.dumps(line) for line in lines).encode()
        path = "/api/v1/conversations/import?" + urlencode({"character_id": self.character, "client_id": name})
        made = self.until_acknowledged(lambda: self.client.request("POST", path, body=body, headers={"Content-Type": "application/jsonl"}).json())
        self.copies[name] = (made["conversation"]["id"], texts)

    def select(self, _):
        message = self.rng.choice(self.messages)
        self.until_acknowledged(lambda: self.client.post(self.at("select"), {"message_id": message}))

    def remove_and_restore(self, _):
        message = self.rng.choice(self.messages)
        self.until_acknowledged(lambda: self.removed(message))
        self.until_acknowledged(lambda: self.client.post(self.at(f"messages/{message}/restore")))

    def removed(self, message):
        try:
            self.client.request("DELETE", self.at(f"messages/{message}"))
        except HttpError as problem:
            if problem.response.status != 404:  # the answer to the first try was lost: it is removed already
                raise


def judge(gardeners):
    """0 lost, 0 doubled: every edit, swipe, branch and import is there once, as it was acknowledged."""
    for one in gardeners:
        if one.problem:
            raise one.problem
        lines = [json.loads(line) for line in one.client.request("GET", one.at("export?form=lares")).body.splitlines()][1:]
        texts = [line["text"] for line in lines if line["text"].startswith("edit ")]
        assert sorted(texts) == sorted(one.edits), f"{one.name}: edits lost or doubled"
        assert not [line for line in lines if line.get("removed_by")], f"{one.name}: something stayed removed"
        for name, message in one.swipes.items():
            page = one.client.get(one.at(f"messages/{message}/siblings?limit=1"))
            assert page["count"] >= 1, name
        listed = [c["id"] for c in one.client.conversations()]
        assert sorted(listed) == sorted([one.conversation, *(c for c, _ in one.copies.values())]), f"{one.name}: copies lost or doubled"
        for name, (conversation, texts) in one.copies.items():
            if texts is not None:
                assert [m["text"] for m in one.client.history(conversation, limit=200)] == texts, name
