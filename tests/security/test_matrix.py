"""TI1, TI2, AU2: the guard against the whole route table, and that these checks notice when it is broken."""

import os
import pathlib

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


@pytest.mark.parametrize("mutant", ["allow-all", "forget-ownership", "viewer-is-owner", "never-revoked", "forget-conversations"])
def test_a_broken_guard_is_noticed(mutant, monkeypatch):
    binary = pathlib.Path(os.environ.get("LARES_MUTANTS_BIN", lares_server.BINARY.parents[1] / "tests/security/lares_mutants"))
    monkeypatch.setattr(lares_server, "BINARY", binary)
    with Server(env={**UNLIMITED, "LARES_MUTANT": mutant}) as server:
        wrong, _ = matrix.check(server)
    assert wrong != []


def test_both_prefixes_are_one_resource():
    with Server(env=UNLIMITED) as server:
        person = server.person("ann")
        for path in ("characters", "conversations", "models", "users/me"):
            assert person.get(f"/api/{path}") == person.get(f"/api/v1/{path}")
