#include "engine/llm/gguf.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <unordered_set>
#include <vector>

#include <ggml.h>
#include <llama.h>

#include "base/text.h"

namespace lares::engine::llm {
namespace {

constexpr std::uint64_t keys_max = 65536, tensors_max = 65536, key_bytes_max = 65535;
constexpr std::uint64_t all_keys_bytes_max = 4u << 20;
constexpr std::uint64_t string_bytes_max = 4u << 20;  // a chat template, a licence text
constexpr std::uint64_t array_items_max = 8u << 20;   // a vocabulary, its merges
constexpr std::uint64_t alignment_max = 65536;
constexpr std::size_t buffer_bytes = 65536;

enum class Kind : std::uint32_t {
    u8,
    i8,
    u16,
    i16,
    u32,
    i32,
    f32,
    boolean,
    string,
    array,
    u64,
    i64,
    f64,
    count
};
constexpr std::array<std::size_t, 13> kind_bytes = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

// Thrown inside this file only: parsing is a straight line and every step can end it.
struct Broken {
    const char* type;
    std::string what;
};

class Reader {
public:
    Reader(const ByteSource& source, std::uint64_t size) : source_(source), size_(size) {}
    std::uint64_t offset() const { return offset_; }
    std::uint64_t left() const { return size_ - offset_; }

    void bytes(char* to, std::size_t n) {
        while (n > 0) {
            if (at_ == filled_) fill();
            const std::size_t part = std::min(n, filled_ - at_);
            std::memcpy(to, buffer_.data() + at_, part);
            to += part, n -= part, at_ += part, offset_ += part;
        }
    }
    void skip(std::uint64_t n) {
        if (n > left()) throw Broken{"model-broken", "ends in the middle of its head"};
        const auto buffered = std::min<std::uint64_t>(n, filled_ - at_);
        at_ += buffered, offset_ += n;
        if (buffered < n) at_ = filled_ = 0;
    }
    template <class T>
    T number() {
        T value{};
        bytes(reinterpret_cast<char*>(&value), sizeof value);
        return value;
    }
    std::string text(std::uint64_t most) {
        const auto length = number<std::uint64_t>();
        if (length > most || length > left())
            throw Broken{"model-broken", "holds a text of impossible length"};
        std::string value(length, '\0');
        bytes(value.data(), value.size());
        return value;
    }

private:
    void fill() {
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(buffer_.size(), left()));
        if (n == 0 || !source_(offset_, buffer_.data(), n))
            throw Broken{"model-broken", "ends in the middle of its head"};
        at_ = 0, filled_ = n;
    }
    const ByteSource& source_;
    std::uint64_t size_, offset_ = 0;
    std::array<char, buffer_bytes> buffer_;
    std::size_t at_ = 0, filled_ = 0;
};

std::uint64_t integer(Reader& reader, Kind kind) {
    switch (kind) {
        case Kind::u8:
        case Kind::boolean:
            return reader.number<std::uint8_t>();
        case Kind::u16:
            return reader.number<std::uint16_t>();
        case Kind::u32:
            return reader.number<std::uint32_t>();
        case Kind::u64:
            return reader.number<std::uint64_t>();
        case Kind::i32: {
            const auto value = reader.number<std::int32_t>();
            return value < 0 ? 0 : static_cast<std::uint64_t>(value);
        }
        case Kind::i64: {
            const auto value = reader.number<std::int64_t>();
            return value < 0 ? 0 : static_cast<std::uint64_t>(value);
        }
        default:
            break;
    }
    throw Broken{"model-broken", "has a number of the wrong type"};
}

void skip_value(Reader& reader, Kind kind) {
    if (kind == Kind::string) return reader.skip(reader.number<std::uint64_t>());
    if (kind != Kind::array) return reader.skip(kind_bytes[static_cast<std::size_t>(kind)]);
    const auto raw = reader.number<std::uint32_t>();
    const auto items = reader.number<std::uint64_t>();
    if (raw >= static_cast<std::uint32_t>(Kind::count) || static_cast<Kind>(raw) == Kind::array)
        throw Broken{"model-broken", "has a list of an unknown type"};
    if (items > array_items_max) throw Broken{"model-broken", "has a list of impossible length"};
    if (static_cast<Kind>(raw) != Kind::string) return reader.skip(items * kind_bytes[raw]);
    for (std::uint64_t i = 0; i < items; ++i) reader.skip(reader.number<std::uint64_t>());
}

struct Numbers {
    std::uint64_t heads = 0, experts = 0, alignment = 32, file_type = ~0ull;
    bool has_heads = false;
};

struct Keys {
    std::unordered_set<std::string> seen;
    std::uint64_t bytes = 0;
};

void read_key(Reader& reader, GgufInfo& info, Numbers& numbers, Keys& keys) {
    const std::string key = reader.text(key_bytes_max);
    if ((keys.bytes += key.size()) > all_keys_bytes_max)
        throw Broken{"model-broken", "has keys of impossible length"};
    if (!keys.seen.insert(key).second) throw Broken{"model-broken", "names one key twice"};
    const auto raw = reader.number<std::uint32_t>();
    if (raw >= static_cast<std::uint32_t>(Kind::count))
        throw Broken{"model-broken", "has a value of an unknown type"};
    const Kind kind = static_cast<Kind>(raw);
    const bool text = kind == Kind::string;
    const bool number = kind != Kind::string && kind != Kind::array && kind != Kind::f32 && kind != Kind::f64;
    if (text && key == "general.architecture") {
        info.architecture = reader.text(64);
    } else if (text && key == "general.name") {
        info.name = reader.text(string_bytes_max);
    } else if (text && key == "general.license") {
        info.licence = reader.text(string_bytes_max);
    } else if (number && key == "general.file_type") {
        numbers.file_type = integer(reader, kind);
    } else if (key == "general.alignment") {
        numbers.alignment = integer(reader, kind);
    } else if (number && key.ends_with(".context_length")) {
        info.context = integer(reader, kind);
    } else if (number && key.ends_with(".block_count")) {
        info.layers = integer(reader, kind);
    } else if (number && key.ends_with(".embedding_length")) {
        info.width = integer(reader, kind);
    } else if (number && key.ends_with(".attention.head_count")) {
        numbers.heads = integer(reader, kind);
        numbers.has_heads = true;
    } else if (number && key.ends_with(".pooling_type")) {
        const auto pooling = integer(reader, kind);  // 0 is none, and 4 is of models that judge pairs
        info.embeds = pooling >= LLAMA_POOLING_TYPE_MEAN && pooling <= LLAMA_POOLING_TYPE_LAST;
    } else if (kind == Kind::array && key == "tokenizer.ggml.tokens") {
        const auto item = reader.number<std::uint32_t>();
        info.vocabulary = reader.number<std::uint64_t>();
        if (item != static_cast<std::uint32_t>(Kind::string) || info.vocabulary > array_items_max)
            throw Broken{"model-broken", "has an impossible vocabulary"};
        for (std::uint64_t i = 0; i < info.vocabulary; ++i) reader.skip(reader.number<std::uint64_t>());
    } else {
        info.chat_template = info.chat_template || key == "tokenizer.chat_template";
        skip_value(reader, kind);
    }
}

// Bytes of the tensor that was just read.
std::uint64_t read_tensor(Reader& reader, std::uint64_t& offset) {
    reader.text(key_bytes_max);
    const auto dimensions = reader.number<std::uint32_t>();
    if (dimensions > GGML_MAX_DIMS) throw Broken{"model-broken", "has a tensor of too many dimensions"};
    std::uint64_t items = 1, row = 1;
    for (std::uint32_t i = 0; i < dimensions; ++i) {
        const auto length = reader.number<std::uint64_t>();
        if (length == 0 || length > (1ull << 40) || items > (1ull << 40) / length)
            throw Broken{"model-broken", "has a tensor of impossible size"};
        items *= length;
        if (i == 0) row = length;
    }
    const auto type = reader.number<std::uint32_t>();
    offset = reader.number<std::uint64_t>();
    if (type >= GGML_TYPE_COUNT) throw Broken{"model-broken", "has a tensor of an unknown type"};
    const auto block = ggml_blck_size(static_cast<ggml_type>(type));
    if (block <= 0 || ggml_type_size(static_cast<ggml_type>(type)) == 0)
        throw Broken{"model-broken", "has a tensor of a type that is no longer read"};
    if (row % static_cast<std::uint64_t>(block) != 0)
        throw Broken{"model-broken", "has a tensor of broken rows"};
    return items / static_cast<std::uint64_t>(block) * ggml_type_size(static_cast<ggml_type>(type));
}

GgufInfo parse(Reader& reader, std::uint64_t size) {
    constexpr std::string_view not_gguf = "is not a GGUF file";
    if (size < 24) throw Broken{"not-gguf", std::string(not_gguf)};
    std::array<char, 4> magic{};
    reader.bytes(magic.data(), magic.size());
    if (std::string_view(magic.data(), magic.size()) != "GGUF")
        throw Broken{"not-gguf", std::string(not_gguf)};
    GgufInfo info;
    info.version = reader.number<std::uint32_t>();
    if (info.version < 2 || info.version > 3)
        throw Broken{"not-gguf",
                     "is GGUF of version " + std::to_string(info.version) + ", and only 2 and 3 are read"};
    info.tensors = reader.number<std::uint64_t>();
    const auto key_count = reader.number<std::uint64_t>();
    if (info.tensors > tensors_max || key_count > keys_max)
        throw Broken{"model-broken", "has impossibly many parts"};

    Numbers numbers;
    Keys keys;
    for (std::uint64_t i = 0; i < key_count; ++i) read_key(reader, info, numbers, keys);
    if (info.architecture.empty()) throw Broken{"model-broken", "does not name its architecture"};
    if (info.tensors == 0) throw Broken{"model-broken", "holds no weights"};
    if (info.layers == 0 || info.layers > 4096 || info.width == 0 || info.width > (1u << 20) ||
        info.context == 0 || info.context > (1u << 30) ||
        (numbers.has_heads && (numbers.heads == 0 || numbers.heads > 65536)))
        throw Broken{"model-broken", "is not a language model: its sizes are missing or impossible"};
    if (info.vocabulary == 0) throw Broken{"model-broken", "has no vocabulary"};
    if (!std::has_single_bit(numbers.alignment) || numbers.alignment > alignment_max)
        throw Broken{"model-broken", "has an impossible alignment"};

    std::uint64_t end = 0;
    for (std::uint64_t i = 0; i < info.tensors; ++i) {
        std::uint64_t offset = 0;
        const auto bytes = read_tensor(reader, offset);
        if (offset % numbers.alignment != 0 || offset > size || bytes > size)
            throw Broken{"model-broken", "ends in the middle of its tensors"};
        end = std::max(end, offset + bytes);
        info.tensor_bytes += bytes;
    }
    const std::uint64_t data =
        (reader.offset() + numbers.alignment - 1) / numbers.alignment * numbers.alignment;
    if (data > size || end > size - data) throw Broken{"model-broken", "ends in the middle of its tensors"};
    if (numbers.file_type <= LLAMA_FTYPE_MOSTLY_Q2_0) {
        info.quantization = llama_ftype_name(static_cast<llama_ftype>(numbers.file_type));
    }
    if (!is_utf8(info.name)) info.name.clear();
    if (!is_utf8(info.licence)) info.licence.clear();
    if (!is_utf8(info.architecture)) throw Broken{"model-broken", "does not name its architecture"};
    return info;
}

}  // namespace

Result<GgufInfo> parse_gguf(const ByteSource& source, std::uint64_t size) {
    try {
        Reader reader(source, size);
        return parse(reader, size);
    } catch (const Broken& problem) {
        return fail(Code::unprocessable, problem.type, problem.what);
    }
}

Result<GgufInfo> read_gguf(const std::string& file) {
    std::error_code problem;
    const bool regular = std::filesystem::is_regular_file(file, problem);
    std::ifstream input;
    if (regular) input.open(file, std::ios::binary);
    if (!input.is_open())
        return fail(Code::not_found, "model-missing",
                    file + " cannot be read" + (problem ? ": " + problem.message() : "") +
                        ". Give the path of a GGUF file that the server may read.");
    const std::uint64_t size = std::filesystem::file_size(file, problem);
    auto info = parse_gguf(
        [&input](std::uint64_t offset, char* to, std::size_t n) {
            input.clear();
            input.seekg(static_cast<std::streamoff>(offset));
            input.read(to, static_cast<std::streamsize>(n));
            return static_cast<std::size_t>(input.gcount()) == n;
        },
        problem ? 0 : size);
    if (!info) {
        info.error().message = file + " " + info.error().message +
                               (info.error().type == "not-gguf" ? ". Use a model in GGUF form."
                                                                : ". Fetch the file again, whole.");
    }
    return info;
}

}  // namespace lares::engine::llm
