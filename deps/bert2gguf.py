"""A BERT text encoder (safetensors, as sentence-transformers saves it) as a GGUF file, with the standard library alone.

The same input gives the same bytes. Matrices become 16-bit floats, rounded to even; what is small stays as it is. Forms:
safetensors (8 bytes of length, a JSON head, raw little-endian data) and GGUF version 3
(https://github.com/ggml-org/ggml/blob/master/docs/gguf.md); names and keys as llama.cpp's architecture `bert` reads them.
"""
import json
import re
import struct

ALIGNMENT = 32
F32, F16 = 0, 1
U32, I32, FLOAT, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
CONTROL, NORMAL = 3, 1
SPECIAL = {"[PAD]": "padding_token_id", "[UNK]": "unknown_token_id", "[CLS]": "cls_token_id", "[SEP]": "seperator_token_id",
           "[MASK]": "mask_token_id"}
WHOLE = {"embeddings.word_embeddings": "token_embd", "embeddings.token_type_embeddings": "token_types",
         "embeddings.position_embeddings": "position_embd", "embeddings.LayerNorm": "token_embd_norm"}
LAYER = {"attention.self.query": "attn_q", "attention.self.key": "attn_k", "attention.self.value": "attn_v",
         "attention.output.dense": "attn_output", "attention.output.LayerNorm": "attn_output_norm", "intermediate.dense": "ffn_up",
         "output.dense": "ffn_down", "output.LayerNorm": "layer_output_norm"}


def tensor_name(name):
    """llama.cpp's name of a tensor; None for what embeddings do not need (the pooler, position ids)."""
    part, _, kind = name.rpartition(".")
    if part in WHOLE:
        return f"{WHOLE[part]}.{kind}"
    layer = re.fullmatch(r"encoder\.layer\.(\d+)\.(.+)", part)
    return f"blk.{layer[1]}.{LAYER[layer[2]]}.{kind}" if layer and layer[2] in LAYER else None


def text(value):
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def scalar(kind, value):
    return text(value) if kind == STRING else struct.pack({U32: "<I", I32: "<i", FLOAT: "<f", BOOL: "<?"}[kind], value)


def key(name, kind, value):
    return text(name) + struct.pack("<I", kind) + scalar(kind, value)


def array(name, kind, values):
    return text(name) + struct.pack("<IIQ", ARRAY, kind, len(values)) + b"".join(scalar(kind, value) for value in values)


def vocabulary(lines):
    """WordPiece's tokens as llama.cpp has them: a word's beginning is marked, not its continuation."""
    tokens = [line.rstrip("\r") for line in lines]
    kinds = [CONTROL if token in SPECIAL else NORMAL for token in tokens]
    words = [token if token in SPECIAL else token[2:] if token.startswith("##") else "\u2581" + token for token in tokens]
    return tokens, words, kinds


def keys(config, lines, name, licence):
    tokens, words, kinds = vocabulary(lines)
    out = [key("general.architecture", STRING, "bert"), key("general.name", STRING, name),
           key("general.license", STRING, licence), key("general.file_type", U32, 1),
           key("bert.block_count", U32, config["num_hidden_layers"]),
           key("bert.context_length", U32, config["max_position_embeddings"]),
           key("bert.embedding_length", U32, config["hidden_size"]),
           key("bert.feed_forward_length", U32, config["intermediate_size"]),
           key("bert.attention.head_count", U32, config["num_attention_heads"]),
           key("bert.attention.layer_norm_epsilon", FLOAT, config["layer_norm_eps"]),
           key("bert.attention.causal", BOOL, False), key("bert.pooling_type", U32, 1),  # 1: the mean
           key("tokenizer.ggml.token_type_count", U32, config["type_vocab_size"]),
           key("tokenizer.ggml.model", STRING, "bert"), key("tokenizer.ggml.pre", STRING, "bert-bge"),
           array("tokenizer.ggml.tokens", STRING, words), array("tokenizer.ggml.token_type", I32, kinds)]
    out += [key(f"tokenizer.ggml.{name}", U32, tokens.index(token)) for token, name in SPECIAL.items()]
    return out


def halved(raw):
    """32-bit floats as 16-bit ones, some thousand at a time."""
    step = 4 * 65536
    for at in range(0, len(raw), step):
        piece = raw[at:at + step]
        yield struct.pack(f"<{len(piece) // 4}e", *struct.unpack(f"<{len(piece) // 4}f", piece))


def padding(length):
    return b"\0" * (-length % ALIGNMENT)


def convert(safetensors, config, lines, sink, name, licence):
    """safetensors: the file's bytes; config: its config.json; lines: of its vocab.txt; sink: a file to write to."""
    (head_bytes,) = struct.unpack_from("<Q", safetensors)
    head = json.loads(safetensors[8:8 + head_bytes])
    infos, sources, offset = [], [], 0
    for source, about in sorted(head.items()):
        target = tensor_name(source) if source != "__metadata__" else None
        if not target:
            continue
        if about["dtype"] != "F32":
            raise ValueError(f"{source} is {about['dtype']}; only F32 is read")
        matrix = len(about["shape"]) == 2 and target not in ("position_embd.weight", "token_types.weight")
        first, last = (8 + head_bytes + at for at in about["data_offsets"])
        shape = about["shape"][::-1]
        infos.append(text(target) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, F16 if matrix else F32, offset))
        length = (last - first) // (2 if matrix else 1)
        sources.append((first, last, matrix))
        offset += length + len(padding(length))
    described = keys(config, lines, name, licence)
    out = b"GGUF" + struct.pack("<IQQ", 3, len(infos), len(described)) + b"".join(described) + b"".join(infos)
    sink.write(out + padding(len(out)))
    for first, last, matrix in sources:
        pieces = halved(safetensors[first:last]) if matrix else [safetensors[first:last]]
        sink.writelines(pieces)
        sink.write(padding((last - first) // (2 if matrix else 1)))
