"""`--check AU1`: only the tests that carry this check's name (`@pytest.mark.check("AU1")`), for the runs against mutants."""

import pytest


def pytest_addoption(parser):
    parser.addoption("--check", help="run only the tests of this check")


def pytest_configure(config):
    config.addinivalue_line("markers", "check(name): the test is part of this check (AU1, KY1, ...); mutants/mutations.toml breaks what it guards")


def pytest_collection_modifyitems(config, items):
    items.sort(key=lambda item: item.path.name != "test_matrix.py")  # the longest first: what runs beside it shall not end before
    wanted = config.getoption("--check")
    if wanted:
        chosen = [item for item in items if any(wanted in mark.args for mark in item.iter_markers("check"))]
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen
