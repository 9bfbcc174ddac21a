"""TI1, TI2, AU2: the guard against the whole route table, and that these checks notice when it is broken."""

import time

import pytest

import lares_server
import matrix
from lares_server import Server

UNLIMITED = {"RATE_ADDRESS_PER_MINUTE": "0", "RATE_ACCOUNT_PER_MINUTE": "0", "LOGIN_ATTEMPTS_PER_ADDRESS": "100000"}


def test_every_route_and_message_does_what_it_declares():
    with Server(env=UNLIMITED) as server:
        wrong, calls = matrix.check(server)
    assert wrong == []
    assert calls > 150


def mutants():
    return lares_server.BINARY.parents[1] / "tests/security/lares_mutants"


@pytest.mark.parametrize("mutant", ["allow-all", "forget-ownership", "viewer-is-owner", "forget-conversations"])
def test_a_broken_guard_is_noticed(mutant, monkeypatch):
    monkeypatch.setattr(lares_server, "BINARY", mutants())
    with Server(env={**UNLIMITED, "GUARD_MUTATION": mutant}) as server:
        wrong, _ = matrix.check(server, first_only=True)
    assert wrong != []


def lives(server, client):
    """Seconds that an open socket and an open event stream of a session outlive its sign-out (at most 4)."""
    socket = client.socket()
    stream = client.events()
    client.request("POST", "/api/v1/auth/logout")
    begun, ends = time.monotonic(), []
    for read in (lambda: socket.receive(timeout=4), lambda: next(stream)):
        try:
            while time.monotonic() - begun < 4:
                read()
        except (lares_server.SocketClosed, StopIteration, OSError):
            pass
        ends.append(time.monotonic() - begun)
    return ends


def test_sign_out_ends_sockets_and_streams():
    with Server(env=UNLIMITED) as server:
        assert max(lives(server, server.person("ann"))) <= 2


def test_sockets_that_outlive_their_session_are_noticed(monkeypatch):
    monkeypatch.setattr(lares_server, "BINARY", mutants())
    with Server(env={**UNLIMITED, "GUARD_MUTATION": "never-revoked"}) as server:
        assert max(lives(server, server.person("ann"))) > 2


def test_both_prefixes_are_one_resource():
    with Server(env=UNLIMITED) as server:
        person = server.person("ann")
        for path in ("characters", "conversations", "models", "users/me"):
            assert person.get(f"/api/{path}") == person.get(f"/api/v1/{path}")
