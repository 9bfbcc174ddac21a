"""Answers that are stopped at any moment leave nothing behind: descriptors, sequences of the engine and memory come back."""

import math
import os
import pathlib
import random

from lares_server import BINARY, NO_LIMITS, Server

TURNS = 300 if os.environ.get("LARES_DEEP") else 24
WARM_UP = 8


def use(server):
    status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
    resident_kib = int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
    return len(os.listdir(f"/proc/{server.pid}/fd")), resident_kib / 1024


def interrupted_turn(person, character, seed):
    """Cancelled by its sender, or left alone by a client that goes away and cancelled by another."""
    dice = random.Random(seed)
    stream = person.stream(character, f"Tell me a story, number {seed}", max_tokens=120, client_id=f"turn-{seed}")
    next(stream)
    turn = next(stream).data["turn_id"]
    for _ in range(dice.randrange(6)):
        next(stream, None)
    if dice.random() < 0.5:
        stream.close()
    person.request("POST", "/api/v1/chat/cancel", {"turn_id": turn})
    stream.close()


def test_interrupted_turns_leave_nothing():
    # A small budget for idle chats, so that it is full after the warm-up and memory can be compared. What AddressSanitizer keeps of
    # freed memory is small, too; ThreadSanitizer's notes on memory grow with what was touched, so there it is not compared.
    env = {**NO_LIMITS, "KV_BUDGET_MB": "64", "KV_DISK_BUDGET_MB": "64", "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=8"}
    with Server(env=env) as server:
        person = server.person()
        character = person.characters()[-1]["id"]
        for seed in range(WARM_UP):
            interrupted_turn(person, character, seed)
        before = use(server)
        for seed in range(WARM_UP, WARM_UP + TURNS):
            interrupted_turn(person, character, seed)

        def engine():
            return person.get("/api/v1/status")["engines"][0]

        server.wait_for(lambda: engine()["live"] == 0 and engine()["waiting"] == 0)
        server.wait_for(lambda: use(server)[0] <= before[0] + 3)
        after = use(server)
        grown_mib = {"tsan": math.inf, "asan": 64}.get(BINARY.parents[1].name, 8)
        assert after[1] <= before[1] + grown_mib, (before, after)
        states = {m["state"] for c in person.get("/api/v1/conversations?limit=200")["items"]
                  for m in person.history(c["id"]) if m["role"] == "assistant"}  # fmt: skip
        assert states <= {"done", "cut"}
