"""KY3, KY5, KY7 of the keys by which other servers know this one: whose key is used, where it goes, and what a bad one costs."""

import concurrent.futures
import itertools
import json
import pathlib
import sqlite3
import tempfile
import time

import pytest
from lares_server import NO_LIMITS, Server
from provider import Provider

ENVIRONMENT = "sk-environment-" + "e" * 20
POOL = "sk-pool-" + "p" * 20
MINE = "sk-mine-" + "m" * 20


def ask(server, who, model="openai/m", words="hello", **more):
    headers = {"X-Lares-Trace": "1", **more.pop("headers", {})}
    body = {"model": model, "messages": [{"role": "user", "content": words}], **more}
    return server.request("POST", "/v1/chat/completions", body, token=who.token, headers=headers, check=False)


def trace(answer):
    return json.loads(answer.headers["x-lares-trace"])


@pytest.fixture(scope="module")
def good():
    with Provider("good") as provider:
        yield provider


@pytest.fixture(scope="module")
def canary():
    with Provider("canary") as provider:
        yield provider


@pytest.fixture(scope="module")
def server(good, canary):
    env = {**NO_LIMITS, "LLM_MODEL": "none", "OPENAI_API_KEY": ENVIRONMENT, "OPENAI_BASE_URL": good.url, "OUTGOING_ALLOW": "127.0.0.1"}
    with Server(env=env) as running:
        running.admin = running.person("admin")
        yield running


@pytest.fixture(autouse=True)
def fresh(good, canary):
    for provider in (good, canary):
        provider.forget()
        provider.keys.clear()
        provider.default = "answer"


def pool_key(server, key=POOL, endpoint=None, **more):
    return server.admin.post("/api/v1/admin/apikeys", {"provider": "openai", "name": "pool", "key": key, "endpoint": endpoint, **more})["id"]


def own_key(who, key=MINE, endpoint=None, provider="openai"):
    return who.post("/api/v1/apikeys", {"provider": provider, "name": "mine", "key": key, "endpoint": endpoint})["id"]


def remove(server, who, path):
    server.request("DELETE", path, token=who.token)


def test_a_callers_own_key_then_the_pools_then_the_environments(server, good):
    bob = server.person("bob")
    first = ask(server, bob)
    assert first.status == 200 and trace(first)["tries"][0]["tier"] == "environment"
    pooled = pool_key(server, endpoint=good.url)
    second = ask(server, bob)
    assert trace(second)["tries"][0]["tier"] == "pool" and trace(second)["tries"][0]["key"] == pooled
    mine = own_key(bob, endpoint=good.url)
    third = ask(server, bob)
    assert trace(third)["tries"][0] == {**trace(third)["tries"][0], "tier": "user", "key": mine, "outcome": "answered"}
    assert good.keys_seen() == [ENVIRONMENT, POOL, MINE]
    usage = bob.get(f"/api/v1/apikeys/{mine}/usage")
    assert usage["calls"] == 1 and usage["errors"] == 0 and usage["tokens"] == 7
    remove(server, bob, f"/api/v1/apikeys/{mine}")
    assert trace(ask(server, bob))["tries"][0]["tier"] == "pool"
    remove(server, server.admin, f"/api/v1/admin/apikeys/{pooled}")


def test_a_pool_key_is_only_for_whom_it_is_meant(server, good):
    bob, eve = server.person("bob"), server.person("eve")
    pooled = pool_key(server, endpoint=good.url, audience={"people": [bob.user["id"]]})
    ask(server, bob), ask(server, eve)
    assert good.keys_seen() == [POOL, ENVIRONMENT]
    server.admin.request("PATCH", f"/api/v1/admin/apikeys/{pooled}", {"audience": {"roles": ["admin"]}})
    good.forget()
    ask(server, bob), ask(server, server.admin)
    assert good.keys_seen() == [ENVIRONMENT, POOL]
    remove(server, server.admin, f"/api/v1/admin/apikeys/{pooled}")


def test_no_field_of_a_request_sends_a_key_elsewhere(server, good, canary):
    """KY5: LiteLLM took the address from the request (CVE-2024-6587)."""
    bob = server.person("bob")
    pooled = pool_key(server, endpoint=good.url)
    fields = {name: canary.url for name in ("api_base", "base_url", "api_url", "endpoint", "url", "user", "proxy", "custom_llm_provider")}
    for path, body in (("/v1/chat/completions", {"messages": [{"role": "user", "content": "x"}]}), ("/v1/messages", {"max_tokens": 5, "messages": [{"role": "user", "content": "x"}]}),
                       ("/v1/responses", {"input": "x"}), ("/ollama/api/chat", {"stream": False, "messages": [{"role": "user", "content": "x"}]}),
                       ("/api/v1/llm/generate", {"prompt": "x"})):  # fmt: skip
        extra = {} if path.startswith("/api") else fields
        headers = {"x-api-base": canary.url, "x-upstream-url": canary.url, "x-forwarded-host": canary.url[7:-3], "openai-organization": canary.url}
        server.request("POST", path, {"model": "openai/m", **body, **extra}, token=bob.token, headers=headers, check=False)
        server.request("POST", path + "?api_base=" + canary.url, {"model": "openai/m", **body}, token=bob.token, check=False)
    assert canary.seen == [] and len(good.seen) >= 5
    remove(server, server.admin, f"/api/v1/admin/apikeys/{pooled}")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_sends_a_key_elsewhere(server, good, canary, status):
    bob = server.person("bob")
    pooled = pool_key(server, endpoint=good.url)
    good.default = ("redirect", canary.url + "/chat/completions", status)
    answer = ask(server, bob)
    assert answer.status == 502
    assert canary.seen == []
    for secret in (ENVIRONMENT, POOL, good.url):
        assert secret.encode() not in answer.body and secret not in str(answer.headers)
    remove(server, server.admin, f"/api/v1/admin/apikeys/{pooled}")


def test_a_realm_that_a_provider_names_gets_nothing(server, good, canary):
    good.default = ("redirect", canary.url, 401)
    assert ask(server, server.person("bob")).status == 502
    assert canary.seen == []


@pytest.mark.parametrize("what", ["answer", 401, 429, 500])
def test_an_endpoint_of_a_person_sees_only_keys_of_that_person(server, good, canary, what):
    """KY5: a pool or environment key never goes to an endpoint that a user set; nor does the question go elsewhere when that fails."""
    carl = server.person("carl")
    pooled = pool_key(server, endpoint=good.url)
    canary.default = what
    mine = own_key(carl, endpoint=canary.url)
    answer = ask(server, carl)
    assert canary.keys_seen() == [MINE] and good.seen == []
    assert (answer.status == 200) == (what == "answer")
    everything = canary.everything()
    assert ENVIRONMENT not in everything and POOL not in everything
    if what != "answer":
        assert ask(server, carl, words="secret").status in (429, 502, 503), "also while that server rests after its failure"
        assert good.seen == []
    canary.forget()
    if what == "answer":
        none = own_key(carl, key="", endpoint=canary.url, provider="compatible")
        assert ask(server, carl, model="compatible/m").status == 200
        assert canary.keys_seen() == [""]
        remove(server, carl, f"/api/v1/apikeys/{none}")
    remove(server, carl, f"/api/v1/apikeys/{mine}")
    remove(server, server.admin, f"/api/v1/admin/apikeys/{pooled}")


def test_a_persons_endpoint_is_nobody_elses(server, good, canary):
    carl, dora = server.person("carl"), server.person("dora")
    mine = own_key(carl, endpoint=canary.url)
    end = time.monotonic() + 240
    while (status := ask(server, dora).status) == 503 and time.monotonic() < end:
        time.sleep(0.5)  # the provider rests after what the tests before made it do
    assert status == 200
    assert canary.seen == [] and good.keys_seen() == [ENVIRONMENT]
    remove(server, carl, f"/api/v1/apikeys/{mine}")


def test_a_persons_endpoint_is_behind_the_guard(good):
    """What the operator wrote down may be private; what a person wrote may not."""
    with Server(env={**NO_LIMITS, "LLM_MODEL": "none", "OPENAI_API_KEY": ENVIRONMENT, "OPENAI_BASE_URL": good.url}) as server:
        carl = server.person("carl")
        assert ask(server, carl).status == 200
        own_key(carl, endpoint=good.url)
        good.forget()
        refused = ask(server, carl)
        assert refused.status == 502 and good.seen == []
        assert b"127.0.0.1" not in refused.body


def test_keys_whose_texts_were_swapped_are_not_used(good):
    """KY3: owner and row stand inside the encrypted text."""
    with Server(env={**NO_LIMITS, "LLM_MODEL": "none", "OUTGOING_ALLOW": "127.0.0.1"}) as server:
        ann, bob = server.person("ann"), server.person("bob")
        keys = {}
        for who, key in ((ann, "sk-ann-" + "a" * 20), (bob, "sk-bob-" + "b" * 20)):
            keys[who.user["id"]] = own_key(who, key=key, endpoint=good.url)
        assert ask(server, ann).status == 200
        server.stop()
        with sqlite3.connect(server.data / "lares.db") as connection:
            tokens = dict(connection.execute("SELECT id, token FROM provider_keys"))
            first, second = keys.values()
            connection.execute("UPDATE provider_keys SET token = ? WHERE id = ?", (tokens[second], first))
            connection.execute("UPDATE provider_keys SET token = ? WHERE id = ?", (tokens[first], second))
        good.forget()
        server.start()
        for who in (ann, bob):
            answer = ask(server, who)
            assert answer.status == 400 and answer.json()["error"]["code"] == "no_provider_key"
        assert good.seen == []


@pytest.fixture
def pool():
    """Four keys; what is silent is given up after a time that nobody who answers needs, however busy the machine."""
    with Provider("pooled", default=401) as provider, tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "gateway.json"
        file.write_text(json.dumps({"upstreams": [{"name": "openai", "kind": "compatible", "base_url": provider.url, "total_ms": 1_500}]}))
        env = {**NO_LIMITS, "LLM_MODEL": "none", "OUTGOING_ALLOW": "127.0.0.1", "GATEWAY_FILE": str(file)}
        with Server(env=env) as running:
            running.admin = running.person("admin")
            running.pool = {}
            for name in ("one", "two", "three", "four"):
                running.pool[name] = f"sk-pool-{name}-" + "k" * 20
                provider.keys[running.pool[name]] = "answer"
                pool_key(running, key=running.pool[name], endpoint=provider.url)
            yield running, provider


@pytest.mark.parametrize("failure", [401, 429, 500, "silent"])
def test_new_api_3536_7040_a_bad_key_costs_one_call_and_comes_back(pool, failure):
    """KY7, and new-api's #3536 and #7040: keys that were switched off never came back."""
    server, provider = pool
    for name in ("one", "two", "three"):
        provider.keys[server.pool[name]] = failure
    for n in range(24):
        answer = ask(server, server.admin, words=f"conversation {n}")
        assert answer.status == 200, answer.body
    tried = [provider.times_of(server.pool[name]) for name in ("one", "two", "three")]
    assert all(tried), "each of them was asked"
    for times in tried:  # its first rest is two seconds, each further one longer
        assert all(later - sooner > 1.9 for sooner, later in itertools.pairwise(times)), "a key that fails is left alone"
    for name in server.pool:
        provider.keys[server.pool[name]] = "answer"
    provider.forget()
    n, given_up = 0, time.monotonic() + 240
    while set(provider.keys_seen()) != set(server.pool.values()):
        assert time.monotonic() < given_up, "all of them work again when they have rested"
        assert ask(server, server.admin, words=f"later {n}").status == 200
        n += 1
        time.sleep(0.02)


def test_no_request_is_lost_while_one_key_is_good(pool):
    server, provider = pool
    bad = ["one", "two", "three"]
    for name, failure in zip(bad, (401, 429, 500)):
        provider.keys[server.pool[name]] = failure

    def call(n):
        return ask(server, server.admin, words=f"parallel {n}", stream=n % 2 == 0).status

    with concurrent.futures.ThreadPoolExecutor(8) as people:
        statuses = list(people.map(call, range(160)))
    assert set(statuses) == {200}


def test_new_api_5992_a_conversation_keeps_its_key(pool):
    """new-api's #5992: without it the provider's prompt cache is lost."""
    server, provider = pool
    for n in range(6):
        words = f"conversation {n}"
        for turn in range(4):
            messages = [{"role": "user", "content": words}] + [{"role": r, "content": f"{turn}"} for _ in range(turn) for r in ("assistant", "user")]
            body = {"model": "openai/m", "messages": messages}
            server.request("POST", "/v1/chat/completions", body, token=server.admin.token)
    seen = provider.keys_seen()
    per_conversation = [seen[n * 4 : n * 4 + 4] for n in range(6)]
    assert all(len(set(keys)) == 1 for keys in per_conversation)
    assert len({keys[0] for keys in per_conversation}) > 1


def test_a_key_is_replaced_while_calls_go_on(pool):
    """KY7: rotation of a provider key under load, without one failure."""
    server, provider = pool
    keys = server.admin.get("/api/v1/admin/apikeys")["items"]
    stop, statuses = [], []

    def program(n):
        while not stop:
            statuses.append(ask(server, server.admin, words=f"{n} {len(statuses)}").status)

    with concurrent.futures.ThreadPoolExecutor(4) as people:
        running = [people.submit(program, n) for n in range(4)]
        for n, key in enumerate(keys):
            text = f"sk-new-{n}-" + "n" * 20
            provider.keys[text] = "answer"
            server.admin.post(f"/api/v1/admin/apikeys/{key['id']}/rotate", {"key": text})
            before = len(statuses)
            server.wait_for(lambda b=before: len(statuses) > b + 16)
        stop.append(True)
        for one in running:
            one.result()
    assert len(statuses) > 40 and set(statuses) == {200}


def test_a_key_that_its_provider_refuses_is_not_kept():
    with Provider("strict", default=401) as provider:
        with Server(env={**NO_LIMITS, "LLM_MODEL": "none", "OUTGOING_ALLOW": "127.0.0.1", "VERIFY_API_KEYS": "true"}) as server:
            ann = server.person("ann")
            wanted = {"provider": "openai", "name": "mine", "key": MINE, "endpoint": provider.url}
            refused = ann.request("POST", "/api/v1/apikeys", wanted, check=False)
            assert refused.status == 422 and refused.json()["type"] == "key-refused"
            assert MINE.encode() not in refused.body
            assert ann.request("POST", "/api/v1/apikeys/validate", {k: wanted[k] for k in ("provider", "key", "endpoint")}).json()["valid"] is False
            provider.keys[MINE] = "answer"
            kept = ann.post("/api/v1/apikeys", wanted)["id"]
            replaced = ann.request("POST", f"/api/v1/apikeys/{kept}/rotate", {"key": MINE + "x"}, check=False)
            assert replaced.status == 422
            assert ask(server, ann).status == 200


def test_a_restricted_key_is_kept_with_a_warning():
    """A key that may not list models may be all that a person has, and good."""
    with Provider("strict", default=403) as provider:
        with Server(env={**NO_LIMITS, "LLM_MODEL": "none", "OUTGOING_ALLOW": "127.0.0.1", "VERIFY_API_KEYS": "true"}) as server:
            ann = server.person("ann")
            wanted = {"provider": "openai", "name": "mine", "key": MINE, "endpoint": provider.url}
            checked = ann.post("/api/v1/apikeys/validate", {k: wanted[k] for k in ("provider", "key", "endpoint")})
            assert checked["valid"] and "could not be verified" in checked["warning"]
            kept = ann.post("/api/v1/apikeys", wanted)
            assert "could not be verified" in kept["warning"] and MINE not in str(kept)
            assert ann.get("/api/v1/apikeys")["items"][0].get("warning") is None, "of the moment, not of the key"
            provider.keys[MINE] = "answer"
            assert ann.post(f"/api/v1/apikeys/{kept['id']}/rotate", {"key": MINE}).get("warning") is None


ELEVEN = "sk_" + "e" * 48


@pytest.mark.parametrize("status, said, outcome", [
    (200, {"subscription": {"tier": "free"}}, "good"),
    (401, {"detail": {"status": "invalid_api_key", "message": "Invalid API key"}}, "refused"),
    (401, {"detail": {"status": "missing_permissions", "message": "The API key you used is missing the permission user_read to execute this operation."}}, "doubted"),
    (403, {"detail": "no"}, "doubted"),
    (500, {}, "unknown"),
])  # fmt: skip
def test_elevenlabs_is_asked_for_its_keys(status, said, outcome):
    """It makes no answers, and its keys were kept unasked."""
    with Provider("voices") as provider, Server(env={**NO_LIMITS, "LLM_MODEL": "none", "OUTGOING_ALLOW": "127.0.0.1", "VERIFY_API_KEYS": "true"}) as server:
        provider.says[ELEVEN] = (status, said)
        ann = server.person("ann")
        answer = ann.request("POST", "/api/v1/apikeys", {"provider": "elevenlabs", "name": "voice", "key": ELEVEN, "endpoint": provider.url.removesuffix("/v1")}, check=False)
        assert [(path, headers["xi-api-key"]) for _, path, headers, _ in provider.seen] == [("/v1/user", ELEVEN)]
        assert answer.status == {"good": 201, "doubted": 201, "refused": 422, "unknown": 502}[outcome]
        assert bool(answer.json().get("warning")) == (outcome == "doubted")
        assert ELEVEN.encode() not in answer.body


def test_a_key_is_moved_to_another_server_only_with_its_text(server, good, canary):
    """Whoever has a session for a moment could have a kept key sent to a server of theirs."""
    bob = server.person("mover")
    mine = own_key(bob, endpoint=good.url)
    stolen = bob.request("PATCH", f"/api/v1/apikeys/{mine}", {"endpoint": canary.url}, check=False)
    assert stolen.status == 400 and stolen.json()["field"] == "key"
    assert ask(server, bob).status == 200 and canary.seen == []
    moved = bob.request("PATCH", f"/api/v1/apikeys/{mine}", {"name": "moved", "endpoint": canary.url, "key": MINE + "2"}).json()
    assert (moved["name"], moved["endpoint"]) == ("moved", canary.url) and MINE not in str(moved)
    good.forget()
    assert ask(server, bob).status == 200
    assert canary.keys_seen() == [MINE + "2"] and good.seen == []
    remove(server, bob, f"/api/v1/apikeys/{mine}")
    pooled = pool_key(server, endpoint=good.url, audience={"people": [bob.user["id"]]})
    path = f"/api/v1/admin/apikeys/{pooled}"
    assert server.admin.request("PATCH", path, {"endpoint": canary.url}, check=False).status == 400
    changed = server.admin.request("PATCH", path, {"name": "of two", "weight": 7, "audience": {"tiers": ["gold"], "people": [bob.user["id"]]}}).json()
    assert (changed["name"], changed["weight"], changed["audience"]["tiers"], changed["endpoint"]) == ("of two", 7, ["gold"], good.url)
    remove(server, server.admin, path)
