#!/usr/bin/env python3
"""Records what LiteLLM says that 200 usages cost.

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
TIER = re.compile(r"^(input|output)_cost_per_token_above_(\d+)k_tokens$")
FIELDS = {"input": "input_cost_per_token", "output": "output_cost_per_token", "cache_read": "cache_read_input_token_cost",
          "cache_write": "cache_creation_input_token_cost", "reasoning": "output_cost_per_reasoning_token"}  # fmt: skip
KNOWN = {name for name in FIELDS.values()}
# Prices of other kinds change what a row means; this is about tokens of text.
OTHER = re.compile(r"audio|image|video|character|second|query|pixel|session|search|file|page|tier_pricing|tiered|batch|peak")


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
    for case in cases:
        print(json.dumps(case))
    print(f"litellm {getattr(litellm, '__version__', '')}: {len(names)} models, {len(tiered)} with tiers", file=sys.stderr)


if __name__ == "__main__":
    main()
