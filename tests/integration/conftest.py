"""One server with its model loaded for the tests of a file; each test has a person of its own."""

import itertools

import pytest
from lares_server import NO_LIMITS, Server

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def server():
    with Server(env=NO_LIMITS) as running:
        running.wait_for(lambda: running.request("GET", "/ready?engines=1", check=False).status == 200)
        yield running


@pytest.fixture
def fresh_server():
    """For tests that stop, kill or fill it."""
    with Server(env=NO_LIMITS) as running:
        running.wait_for(lambda: running.request("GET", "/ready?engines=1", check=False).status == 200)
        yield running


@pytest.fixture
def ann(server):
    return server.person(f"ann{next(_numbers)}")


@pytest.fixture
def sam(ann):
    """A companion with a prompt of a few tokens."""
    return ann.terse_companion()
