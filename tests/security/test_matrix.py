"""TI1, TI2, AU2: the guard against the whole route table, on every way to the server."""

import os
import time

import pytest

import lares_server
import matrix
from lares_server import NO_LIMITS, Server


@pytest.mark.check("TI1")
def test_every_route_and_message_does_what_it_declares():
    first_only = bool(os.environ.get("FIRST_MISMATCH"))
    with Server(env=NO_LIMITS) as server:
        wrong, calls = matrix.check(server, first_only)
    assert wrong == []
    assert calls > 150


DEEP = bool(os.environ.get("LARES_DEEP"))
STAYS_S = 4 if DEEP else 12  # shorter than the pause between two pings


def lives(server, client):
    """Seconds that an open socket and an open event stream of a session outlive its sign-out (at most STAYS_S)."""
    socket = client.socket()
    stream = client.events(timeout=STAYS_S)
    client.request("POST", "/api/v1/auth/logout")
    begun, ends = time.monotonic(), []
    for read in (lambda: socket.receive(timeout=STAYS_S), lambda: next(stream)):
        try:
            while time.monotonic() - begun < STAYS_S:
                read()
        except (lares_server.SocketClosed, StopIteration, OSError):
            pass
        ends.append(time.monotonic() - begun)
    return ends


@pytest.mark.check("AU2")
def test_sign_out_ends_sockets_and_streams():
    with Server(env=NO_LIMITS) as server:
        assert max(lives(server, server.person("ann"))) <= (2 if DEEP else STAYS_S - 2)


def test_both_prefixes_are_one_resource():
    with Server(env=NO_LIMITS) as server:
        person = server.person("ann")
        for path in ("characters", "conversations", "models", "users/me"):
            assert person.get(f"/api/{path}") == person.get(f"/api/v1/{path}")
