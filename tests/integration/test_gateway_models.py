"""Who answers in a chat: chosen in a conversation, by a person for all of theirs, or by an admin for the server. What a key may name and a budget
allows holds for chats, too. And the request log: who asked, how it was answered and why not, never what was said."""

import json
import pathlib
import tempfile

import pytest
from lares_server import NO_LIMITS, Server
from provider import Provider

SECRET = "sk-upstream-" + "s" * 30
PRICE = {"input": 1000, "output": 1000}


@pytest.fixture(scope="module")
def world():
    with Provider("near") as near, Provider("far") as far, Provider("gone", default=500) as gone, tempfile.TemporaryDirectory() as folder:
        row = {"kind": "compatible", "key": SECRET}
        config = {
            "upstreams": [{**row, "name": "near", "base_url": near.url, "models": ["m"]}, {**row, "name": "far", "base_url": far.url, "models": ["m", "free"]},
                          {**row, "name": "gone", "base_url": gone.url, "models": ["m"]}],
            "aliases": {"either": {"targets": [{"model": "gone/m"}], "fallback": ["far/m"]}},
            "models": {"m": {"price": PRICE, "context_tokens": 4096}},
        }  # fmt: skip
        file = pathlib.Path(folder) / "gateway.json"
        file.write_text(json.dumps(config))
        with Server(env={**NO_LIMITS, "LLM_MODEL": "none", "GATEWAY_FILE": str(file)}) as server:
            server.near, server.far, server.gone = near, far, gone
            server.admin = server.person("ann")
            server.numbers = iter(range(1, 1000))
            yield server


def person(world):
    one = world.person(f"bob{next(world.numbers)}")
    one.companion = one.characters()[0]["id"]
    return one


def switch(one, model, conversation=None, check=True):
    body = {"model": model, **({"conversation_id": conversation} if conversation else {})}
    return one.request("POST", "/api/v1/chat/switch", body, check=check)


def say(one, words="Hello", conversation=None, check=True, **options):
    body = {"message": words, "voice": False, **({"conversation_id": conversation} if conversation else {"character_id": one.companion})}
    return one.request("POST", "/api/v1/chat", body, check=check, **options)


def set_default(world, model, check=True):
    return world.admin.request("POST", "/api/v1/models/switch", {"model": model}, check=check)


# --- choosing ----------------------------------------------------------------------------------------------


def test_a_person_chooses_for_all_their_chats_and_for_one(world):
    bob = person(world)
    chosen = switch(bob, "near/m").json()
    assert chosen["mine"] == "near/m"
    assert {"id": "near/m", "name": "m", "provider": "near", "state": "available", "is_default": False, "context_tokens": 4096}.items() <= chosen["answers"].items()
    first = say(bob).json()
    assert first["reply"]["text"].startswith("near") and first["trace"]["model"] == "near/m"
    conversation = first["conversation_id"]
    switch(bob, "far/m", conversation)
    assert say(bob, "again", conversation).json()["reply"]["text"].startswith("far")
    assert say(bob).json()["reply"]["text"].startswith("near"), "the others stay"
    assert bob.get(f"/api/v1/conversations/{conversation}")["model"] == "far/m"
    back = switch(bob, "", conversation).json()
    assert back.get("conversation") is None and back["answers"]["id"] == "near/m"
    assert say(bob, "and back", conversation).json()["reply"]["text"].startswith("near")
    assert bob.get("/api/v1/chat/switch")["mine"] == "near/m"


def test_the_upstream_gets_the_companions_prompt_and_the_whole_conversation(world):
    bob = person(world)
    switch(bob, "near/m")
    conversation = say(bob, "My name is Robin.").json()["conversation_id"]
    say(bob, "What is my name?", conversation)
    _, _, headers, body = world.near.seen[-1]
    request = json.loads(body)
    texts = [message["content"] for message in request["messages"]]
    assert request["messages"][0]["role"] == "system", texts
    assert any("My name is Robin." in text for text in texts) and texts[-1].endswith("What is my name?"), texts
    assert headers["authorization"] == f"Bearer {SECRET}" and request["model"] == "m"


def test_the_choice_is_an_event_that_every_device_gets_and_a_branch_takes_along(world):
    bob = person(world)
    switch(bob, "near/m")
    answer = say(bob).json()
    device = bob.socket()
    switch(bob, "far/m", answer["conversation_id"])
    event = device.receive_until("event")[-1]
    device.close()
    assert event["data"]["kind"] == "conversation_changed" and event["data"]["data"]["settings"]["model"] == "far/m"
    branch = bob.post(f"/api/v1/conversations/{answer['conversation_id']}/branch", {"message_id": answer["reply"]["id"]})
    assert branch["model"] == "far/m"


def test_what_nobody_has_cannot_be_chosen(world):
    bob = person(world)
    for model in ("nobody/m", "near", "near/other"):
        refused = switch(bob, model, check=False)
        assert refused.status == 404 and refused.json()["field"] == "model", model
    provided = bob.request("POST", "/api/v1/chat/switch", {"provider": "far", "model": "free"}).json()
    assert provided["mine"] == "far/free"
    eve = person(world)
    conversation = say(bob).json()["conversation_id"]
    assert switch(eve, "near/m", conversation, check=False).status == 404
    assert eve.request("GET", f"/api/v1/chat/switch?conversation_id={conversation}", check=False).status == 404


def test_without_a_model_here_and_without_a_choice_it_is_said(world):
    bob = person(world)
    refused = say(bob, check=False)
    assert refused.status == 503 and bob.conversations() == [], "nothing is stored for nobody who answers"
    assert bob.get("/api/v1/chat/switch")["answers"]["state"] == "failed"


def test_an_alias_answers_by_its_fallback(world):
    bob = person(world)
    switch(bob, "either")
    answer = say(bob).json()
    assert answer["reply"]["text"].startswith("far") and answer["trace"]["model"] == "either"


def test_an_admin_chooses_for_who_chose_nothing_and_it_outlives_a_restart():
    with Provider("near") as near, tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "gateway.json"
        file.write_text(json.dumps({"upstreams": [{"name": "near", "kind": "compatible", "key": SECRET, "base_url": near.url, "models": ["m"]}]}))
        with Server(env={**NO_LIMITS, "LLM_MODEL": "none", "GATEWAY_FILE": str(file)}) as server:
            admin, bob = server.person("admin"), server.person("bob")
            bob.companion = bob.characters()[0]["id"]
            assert bob.request("POST", "/api/v1/models/switch", {"model": "near/m"}, check=False).status == 403
            assert admin.request("POST", "/api/v1/models/switch", {"model": "nobody"}, check=False).status == 404
            assert admin.post("/api/v1/models/switch", {"model": "m", "provider": "near"})["id"] == "near/m"
            assert say(bob).json()["reply"]["text"].startswith("near")
            server.stop()
            server.start()
            (usual,) = [model for model in bob.get("/api/v1/models/status")["items"] if model["is_default"]]
            assert usual["id"] == "near/m" and say(bob).json()["reply"]["text"].startswith("near")
            body = {"messages": [{"role": "user", "content": "x"}], "model": ""}
            assert server.request("POST", "/v1/chat/completions", body, token=bob.token).json()["choices"][0]["message"]["content"].startswith("near")
            server.stop()
            server.env["LLM_MODEL"] = "missing"
            server.start()
            assert not any(model["is_default"] for model in bob.get("/api/v1/models/status")["items"] if model["provider"] == "near"), "another setting, another choice"


def test_a_model_that_rests_is_shown_as_resting(world):
    bob = person(world)
    body = {"model": "gone/m", "messages": [{"role": "user", "content": "x"}]}
    for _ in range(8):
        world.request("POST", "/v1/chat/completions", body, token=bob.token, check=False)
    states = {model["id"]: model["state"] for model in bob.get("/api/v1/models/status")["items"]}
    assert states["gone/m"] == "resting" and states["near/m"] == "available" and "either" in states


# --- what holds for programs holds for chats ---------------------------------------------------------------


def calls(one):
    return one.get("/api/v1/usage/calls?limit=200")["items"]


def test_a_chat_with_a_provider_is_priced_and_booked(world):
    bob = person(world)
    switch(bob, "near/m")
    say(bob)
    (row,) = [row for row in calls(bob) if row["route"] == "chat"]
    assert (row["provider"], row["model"], row["character"], row["outcome"]) == ("near", "m", bob.companion, "done")
    assert row["cost_micros"] == (row["input"] + row["output"]) * 1000 > 0, "what the provider did not tell is estimated"


def test_bifrost_2873_a_chat_is_no_way_around_the_budget(world):
    bob = person(world)
    switch(bob, "near/m")
    world.admin.request("PUT", "/api/v1/admin/budgets", {"scope": "person", "subject": bob.user["id"], "period": "month", "hard_micros": 1})
    refused = say(bob, check=False)
    assert refused.status == 429 and refused.json()["type"].endswith("budget-exceeded")
    assert [row for row in calls(bob) if row["route"] == "chat"] == []


def test_a_chat_is_no_way_around_a_keys_list_or_its_budget(world):
    bob = person(world)
    switch(bob, "near/m")
    made = bob.post("/api/v1/api-keys", {"name": "k", "scopes": ["chat"], "models": ["far/m"]})
    key = {"x-api-key": made["key"]}
    body = {"message": "Hello", "character_id": bob.companion, "voice": False}
    refused = world.request("POST", "/api/v1/chat", body, headers=key, check=False)
    assert refused.status == 403 and refused.json()["type"].endswith("model-not-allowed")
    assert world.request("POST", "/api/v1/chat/switch", {"model": "near/m"}, headers=key, check=False).status == 404
    assert world.request("POST", "/api/v1/chat/switch", {"model": "far/m"}, headers=key).status == 200
    assert world.request("POST", "/api/v1/chat", body, headers=key).json()["reply"]["text"].startswith("far")
    poor = bob.post("/api/v1/api-keys", {"name": "p", "scopes": ["chat"], "budget_micros": 1})
    refused = world.request("POST", "/api/v1/chat", body, headers={"x-api-key": poor["key"]}, check=False)
    assert refused.status == 429 and b"access key" in refused.body
    assert {row["key"] for row in calls(bob) if row["route"] == "chat"} == {made["item"]["id"]}


def test_limits_of_requests_hold_in_chats(world):
    bob = person(world)
    switch(bob, "near/m")
    world.admin.request("PUT", "/api/v1/admin/limits", {"tiers": {"default": {"requests_per_minute": 2}}})
    try:
        assert [say(bob, check=False).status for _ in range(3)] == [200, 200, 429]
    finally:
        world.admin.request("PUT", "/api/v1/admin/limits", {})


@pytest.mark.parametrize("named", ["near/m", "m"])
def test_a_models_limit_holds_by_whatever_name_it_is_asked(world, named):
    """A limit of a model: also through an alias, a plain name and in a chat."""
    bob = person(world)
    world.admin.request("PUT", "/api/v1/admin/limits", {"models": {named: {"requests_per_minute": 2}, "either": {"requests_per_minute": 100}}})
    try:
        body = {"messages": [{"role": "user", "content": "x"}]}

        def ask(model):
            return world.request("POST", "/v1/chat/completions", {"model": model, **body}, token=bob.token, check=False).status

        assert [ask("near/m"), ask("near/m"), ask("near/m")] == [200, 200, 429]
        switch(bob, "near/m")
        assert say(bob, check=False).status == 429
    finally:
        world.admin.request("PUT", "/api/v1/admin/limits", {})


def test_a_limit_named_by_an_alias_and_one_behind_it(world):
    bob = person(world)
    body = {"messages": [{"role": "user", "content": "x"}]}

    def ask(model):
        return world.request("POST", "/v1/chat/completions", {"model": model, **body}, token=bob.token, check=False).status

    try:
        world.admin.request("PUT", "/api/v1/admin/limits", {"models": {"either": {"requests_per_minute": 1}}})
        assert [ask("either"), ask("either"), ask("far/m")] == [200, 429, 200]
        world.admin.request("PUT", "/api/v1/admin/limits", {"models": {"far/m": {"requests_per_minute": 1, "burst": 1}}})
        first, second = ask("either"), ask("either")
        assert first == 200 and second in (429, 502, 503), "the one before it failed, the one behind it has no request left"
        assert ask("near/m") == 200 and ask("far/m") == 429
    finally:
        world.admin.request("PUT", "/api/v1/admin/limits", {})


# --- the request log ---------------------------------------------------------------------------------------


def logged(world, least=0, **query):
    """A page of the request log, once it has so many entries: a call is noted when its answer is on its way."""
    if least:
        world.wait_for(lambda: len(logged(world, **query)["items"]) >= least)
    return world.admin.get("/api/v1/admin/requests?limit=200" + "".join(f"&{name}={value}" for name, value in query.items()))


def test_the_request_log_tells_who_asked_and_how_it_was_answered(world):
    bob = person(world)
    made = bob.post("/api/v1/api-keys", {"name": "k", "scopes": ["llm"], "models": ["far/m", "either"]})
    key = {"x-api-key": made["key"]}
    body = {"model": "either", "messages": [{"role": "user", "content": "a very private question"}]}
    answer = world.request("POST", "/v1/chat/completions", body, headers=key)
    world.request("POST", "/v1/messages", {**body, "model": "near/m", "max_tokens": 5}, headers=key, check=False)
    world.request("POST", "/v1/chat/completions", body, headers={"x-api-key": "lares_wrong"}, check=False)
    world.request("POST", "/v1/embeddings", {"model": "nobody", "input": "a very private text"}, token=bob.token, check=False)
    logged(world, least=2, key=made["item"]["id"])
    logged(world, least=3, person=bob.user["id"])
    world.wait_for(lambda: any(one["status"] == 401 for one in logged(world)["items"]))
    page = logged(world)
    answered, refused = sorted(logged(world, key=made["item"]["id"])["items"], key=lambda one: one["status"])
    embeds = next(one for one in page["items"] if one["model"] == "nobody")
    nobody = next(one for one in page["items"] if one["status"] == 401)
    assert answered["id"] == answer.headers["x-request-id"] and answered["path"] == "/v1/chat/completions" and answered["status"] == 200
    assert (answered["person"], answered["label"], answered["key"], answered["model"]) == (bob.user["id"], bob.user["username"], made["item"]["id"], "either")
    assert [one["model"] for one in answered["trace"]["tries"]][-1] == "far/m" and answered["trace"]["tries"][-1]["outcome"] == "answered"
    assert (answered["input"], answered["output"], answered["cost_micros"], answered["kind"]) == (5, 2, 7000, "answered")
    assert (refused["kind"], refused["status"], refused["error"]) == ("refused", 403, "model-not-allowed") and refused["model"] == "near/m"
    assert nobody["status"] == 401 and nobody.get("person") is None
    assert embeds["status"] == 404 and embeds["model"] == "nobody"
    text = json.dumps(page)
    for secret in ("private", SECRET, made["key"], "lares_wrong"):
        assert secret not in text, secret
    assert all(one["kind"] == "refused" for one in logged(world, kind="refused")["items"])
    assert {one["person"] for one in logged(world, person=bob.user["id"])["items"]} == {bob.user["id"]}
    assert {one["key"] for one in logged(world, key=made["item"]["id"])["items"]} == {made["item"]["id"]}
    assert bob.request("GET", "/api/v1/admin/requests", check=False).status == 403


def test_the_request_log_hides_what_looks_like_a_key(world):
    bob = person(world)
    pasted = "sk-proj-" + "Ab3" * 12
    world.request("POST", "/v1/chat/completions", {"model": pasted, "messages": [{"role": "user", "content": "x"}]}, token=bob.token, check=False)
    page = logged(world, least=1, person=bob.user["id"])
    assert pasted not in json.dumps(page) and page["items"][0]["model"].startswith("sk-…")


def test_the_request_log_has_pages_and_a_bound(world):
    bob = person(world)
    body = {"model": "near/m", "messages": [{"role": "user", "content": "x"}]}
    for _ in range(7):
        world.request("POST", "/v1/chat/completions", body, token=bob.token)
    logged(world, least=7, person=bob.user["id"])
    first = world.admin.get(f"/api/v1/admin/requests?limit=5&person={bob.user['id']}")
    rest = world.admin.get(f"/api/v1/admin/requests?limit=5&person={bob.user['id']}&before={first['next']}")
    assert len(first["items"]) == 5 and len(rest["items"]) == 2 and rest.get("next") is None
    numbers = [one["number"] for one in first["items"] + rest["items"]]
    assert numbers == sorted(numbers, reverse=True) and len(set(numbers)) == 7
    many = first["kept_most"] + 50
    nothing = world.person(f"many{next(world.numbers)}")
    for _ in range(many):
        world.request("POST", "/v1/chat/completions", {"model": "nobody", "messages": [{"role": "user", "content": "x"}]}, token=nothing.token, check=False)
    kept, before = 0, None
    while True:
        page = logged(world, **({"before": before} if before else {}))
        kept += len(page["items"])
        before = page.get("next")
        if before is None:
            break
    assert kept == first["kept_most"]


def test_a_stream_that_breaks_off_is_failed_in_the_log(world):
    bob = person(world)
    world.request("POST", "/v1/chat/completions", {"model": "gone/m", "stream": True, "messages": [{"role": "user", "content": "x"}]}, token=bob.token, check=False)
    (one,) = logged(world, least=1, person=bob.user["id"])["items"]
    assert one["kind"] == "failed" and one["error"] and one["status"] in (502, 503)
