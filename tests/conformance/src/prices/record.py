#!/usr/bin/env python3
"""Records what LiteLLM says that 200 usages cost, and 100 of services (flex, priority) and of caches kept for an hour.

    python record.py > cases.jsonl        needs the LiteLLM of requirements.txt; the table is the one that came with it

Models are drawn from its table by a seed, with usages that reach every price of a row: tiers, cache reads and writes, thinking.
"""

import json
import os
import random
import re
import sys

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

COUNT = 200
SERVED = 100
TIER = re.compile(r"^(input|output)_cost_per_token_above_(\d+)k_tokens$")
FIELDS = {"input": "input_cost_per_token", "output": "output_cost_per_token", "cache_read": "cache_read_input_token_cost",
          "cache_write": "cache_creation_input_token_cost", "reasoning": "output_cost_per_reasoning_token"}  # fmt: skip
HOUR = "cache_creation_input_token_cost_above_1hr"
KNOWN = {name for name in FIELDS.values()}
# Prices of other kinds change what a row means; this is about tokens of text.
OTHER = re.compile(r"audio|image|video|character|second|query|pixel|session|search|file|page|tier_pricing|tiered|batch|peak")


UNUSED = re.compile(r"search|batch")


def per_million(value):
    return None if value is None else round(value * 1e6, 6)


def price_of(row):
    """A row of LiteLLM's table in the form of ours."""
    price = {ours: per_million(row.get(theirs)) for ours, theirs in FIELDS.items()}
    tiers = {}
    for name in row:
        if found := TIER.match(name):
            tiers.setdefault(int(found[2]), {})
    for thousands, tier in tiers.items():
        tier["above_tokens"] = thousands * 1000
        for ours, theirs in list(FIELDS.items())[:4]:
            value = row.get(f"{theirs}_above_{thousands}k_tokens")
            if value is not None:
                tier[ours] = per_million(value)
    if tiers:
        price["tiers"] = [tiers[thousands] for thousands in sorted(tiers)]
    return {name: value for name, value in price.items() if value is not None}


def service_of(row, name):
    """What is dearer or cheaper for a service, its own prices of long prompts too."""
    price = {ours: per_million(row.get(f"{theirs}_{name}")) for ours, theirs in list(FIELDS.items())[:4]}
    tiers = []
    for thousands in sorted({int(found[2]) for found in map(TIER.match, row) if found}):
        tier = {ours: per_million(row.get(f"{theirs}_above_{thousands}k_tokens_{name}")) for ours, theirs in list(FIELDS.items())[:4]}
        tier = {ours: value for ours, value in tier.items() if value is not None}
        if tier:
            tiers.append({"above_tokens": thousands * 1000, **tier})
    price = {ours: value for ours, value in price.items() if value is not None}
    return {**price, **({"tiers": tiers} if tiers else {})}


def whole_price_of(row):
    price = price_of(row)
    if row.get(HOUR) is not None:
        price["cache_write_1h"] = per_million(row[HOUR])
    for tier in price.get("tiers", []):
        value = row.get(f"{HOUR}_above_{tier['above_tokens'] // 1000}k_tokens")
        if value is not None:
            tier["cache_write_1h"] = per_million(value)
    for name in ("flex", "priority"):
        if service := service_of(row, name):
            price[name] = service
    return price


def usable(row):
    if row.get("mode") not in ("chat", "completion", "responses") or row.get("litellm_provider") not in ("openai", "anthropic", "gemini", "deepseek", "mistral", "groq", "xai", "together_ai", "azure", "openrouter"):
        return False
    if not row.get("input_cost_per_token") or not row.get("output_cost_per_token"):
        return False
    return not any(OTHER.search(name) and row[name] for name in row if "cost" in name or "pricing" in name)


def draw(random_, row):
    """Tokens on both sides of each tier; of kinds that the row has prices for."""
    edges = [1_000, 100_000] + [int(f[2]) * 1000 for f in map(TIER.match, row) if f]
    prompt = max(1, random_.choice(edges) + random_.choice([-900, -1, 0, 1, 17, 5_000]))
    usage = {"input": prompt, "output": random_.randrange(0, 9_000), "cache_read": 0, "cache_write": 0, "reasoning": 0}
    if row.get(FIELDS["cache_read"]) and random_.random() < 0.7:
        usage["cache_read"] = random_.randrange(0, prompt)
    if row.get(FIELDS["cache_write"]) and random_.random() < 0.7:
        usage["cache_write"] = random_.randrange(0, prompt - usage["cache_read"])
    if random_.random() < 0.3:
        usage["reasoning"] = random_.randrange(0, usage["output"] + 1)
    return usage


def served(litellm, names, random_):
    """Cases of services and hours, of rows that have prices for them."""
    from litellm import cost_per_token
    from litellm.types.utils import CacheCreationTokenDetails, CompletionTokensDetailsWrapper, PromptTokensDetailsWrapper, Usage

    by_service = [name for name in names if any(service_of(litellm.model_cost[name], service) for service in ("flex", "priority"))]
    by_hour = [name for name in names if litellm.model_cost[name].get(HOUR)]
    for n in range(SERVED):
        name = random_.choice(by_hour if n % 3 == 0 else by_service)
        row = litellm.model_cost[name]
        tokens = draw(random_, row)
        tokens["reasoning"] = 0
        tokens["cache_write_1h"] = random_.randrange(0, tokens["cache_write"] + 1) if row.get(HOUR) else 0
        tokens["service"] = random_.choice(["flex", "priority"]) if n % 3 else "standard"
        details = CacheCreationTokenDetails(ephemeral_5m_input_tokens=tokens["cache_write"] - tokens["cache_write_1h"], ephemeral_1h_input_tokens=tokens["cache_write_1h"])
        usage = Usage(prompt_tokens=tokens["input"], completion_tokens=tokens["output"], total_tokens=tokens["input"] + tokens["output"],
                      prompt_tokens_details=PromptTokensDetailsWrapper(cached_tokens=tokens["cache_read"], cache_creation_tokens=tokens["cache_write"], cache_creation_token_details=details),
                      completion_tokens_details=CompletionTokensDetailsWrapper(reasoning_tokens=0),
                      cache_creation_input_tokens=tokens["cache_write"], cache_read_input_tokens=tokens["cache_read"])  # fmt: skip
        cost = sum(cost_per_token(model=name, custom_llm_provider=row["litellm_provider"], usage_object=usage, service_tier=None if tokens["service"] == "standard" else tokens["service"],
                                  prompt_tokens=tokens["input"], completion_tokens=tokens["output"]))  # fmt: skip
        yield {"id": f"{COUNT + n + 1} {name}", "price": whole_price_of(row), "usage": tokens, "cost": cost}


def main():
    import litellm
    from litellm import cost_per_token
    from litellm.types.utils import CompletionTokensDetailsWrapper, PromptTokensDetailsWrapper, Usage

    random_ = random.Random(6)
    names = sorted(name for name, row in litellm.model_cost.items() if usable(row))
    tiered = [name for name in names if any(map(TIER.match, litellm.model_cost[name]))]
    cases = []
    while len(cases) < COUNT:
        name = random_.choice(tiered if tiered and len(cases) % 3 == 0 else names)
        row = litellm.model_cost[name]
        tokens = draw(random_, row)
        usage = Usage(prompt_tokens=tokens["input"], completion_tokens=tokens["output"], total_tokens=tokens["input"] + tokens["output"],
                      prompt_tokens_details=PromptTokensDetailsWrapper(cached_tokens=tokens["cache_read"]),
                      completion_tokens_details=CompletionTokensDetailsWrapper(reasoning_tokens=tokens["reasoning"]),
                      cache_creation_input_tokens=tokens["cache_write"], cache_read_input_tokens=tokens["cache_read"])  # fmt: skip
        cost = sum(cost_per_token(model=name, custom_llm_provider=row["litellm_provider"], usage_object=usage,
                                  prompt_tokens=tokens["input"], completion_tokens=tokens["output"]))  # fmt: skip
        cases.append({"id": f"{len(cases) + 1} {name}", "price": price_of(row), "usage": tokens, "cost": cost})
    # A row's search price says nothing of its tokens.
    usual = sorted(name for name, row in litellm.model_cost.items() if usable({key: value for key, value in row.items() if not UNUSED.search(key)}))
    cases += served(litellm, usual, random.Random(7))
    for case in cases:
        print(json.dumps(case))
    print(f"litellm {getattr(litellm, '__version__', '')}: {len(names)} models, {len(tiered)} with tiers", file=sys.stderr)


if __name__ == "__main__":
    main()
