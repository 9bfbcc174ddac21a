// An entry in bytes_: the number of uses, then for each: index into tags_, length (255: refused), indices
// into symbols_.
#include "voice/english/lexicon.h"

#include <algorithm>

#include "voice/english/assets.h"
#include "voice/english/letters.h"

namespace lares::voice::english {
namespace {

constexpr std::uint8_t refused = 255;

}  // namespace

// FNV-1a with a final mix (its high bits choose the bucket).
std::uint64_t hash_of(std::string_view bytes) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
    hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93;
    return hash ^ hash >> 32;
}

// By bucket only: a bucket holds one or two.
void HashTable::seal() {
    starts_.assign((1 << 16) + 1, 0);
    for (const auto& row : rows_) ++starts_[(row.first >> 48) + 1];
    for (std::size_t i = 1; i < starts_.size(); ++i) starts_[i] += starts_[i - 1];
    std::vector<std::uint32_t> next(starts_.begin(), starts_.end() - 1);
    hashes_.resize(rows_.size());
    values_.resize(rows_.size());
    for (const auto& [hash, value] : rows_) {
        const auto at = next[hash >> 48]++;
        hashes_[at] = hash;
        values_[at] = value;
    }
    rows_ = decltype(rows_)();  // with its memory, which an empty list would leave
}

std::optional<std::uint32_t> HashTable::find(std::uint64_t hash) const {
    const auto bucket = hash >> 48;
    for (auto at = starts_[bucket]; at < starts_[bucket + 1]; ++at) {
        if (hashes_[at] == hash) return values_[at];
    }
    return std::nullopt;
}

bool Entry::has(std::string_view tag) const {
    return std::any_of(uses.begin(), uses.end(), [tag](const Use& use) { return use.tag == tag; });
}

std::optional<Sounds> Entry::in_use(std::string_view tag) const {
    const Use* fallback = nullptr;
    for (const Use& use : uses) {
        if (use.tag == tag) return use.sounds;
        if (use.tag == "DEFAULT") fallback = &use;
    }
    return fallback != nullptr ? fallback->sounds : std::nullopt;
}

Result<Lexicon> Lexicon::load(const std::filesystem::path& file) {
    Lexicon lexicon;
    lexicon.bytes_.reserve(1'600'000);
    std::string word;
    std::size_t uses_at = 0;
    bool sound = true;
    std::vector<std::uint8_t> codes(0x2000, 0);  // 1 + index into symbols_
    const auto add_use = [&](std::string_view tag, const Leaf& leaf) {
        auto found = std::find(lexicon.tags_.begin(), lexicon.tags_.end(), tag);
        if (found == lexicon.tags_.end()) found = lexicon.tags_.insert(found, std::string(tag));
        ++lexicon.bytes_[uses_at];
        lexicon.bytes_.push_back(static_cast<std::uint8_t>(found - lexicon.tags_.begin()));
        if (leaf.is_null) {
            lexicon.bytes_.push_back(refused);
            return;
        }
        const std::size_t length_at = lexicon.bytes_.size();
        lexicon.bytes_.push_back(0);
        for (const char32_t symbol : to_code_points(leaf.text)) {
            sound = sound && symbol < codes.size() && lexicon.bytes_[length_at] < refused - 1;
            if (!sound) return;
            if (codes[symbol] == 0) {
                lexicon.symbols_.push_back(symbol);
                sound = lexicon.symbols_.size() < 256;
                codes[symbol] = static_cast<std::uint8_t>(lexicon.symbols_.size());
            }
            ++lexicon.bytes_[length_at];
            lexicon.bytes_.push_back(static_cast<std::uint8_t>(codes[symbol] - 1));
        }
    };
    LARES_CHECK(read_json(file, [&](const Leaf& leaf) {
        if (leaf.path.empty() || leaf.path.size() > 2) return;
        if (leaf.path.size() == 1 || leaf.path[0] != word) {
            word = leaf.path[0];
            uses_at = lexicon.bytes_.size();
            lexicon.words_.add(word, static_cast<std::uint32_t>(uses_at));
            lexicon.bytes_.push_back(0);
        }
        add_use(leaf.path.size() == 1 ? std::string_view("DEFAULT") : leaf.path[1], leaf);
    }));
    if (!sound || lexicon.bytes_.empty())
        return fail(Error{Code::unavailable,
                          "voice-missing",
                          "The tables of English pronunciation cannot be read.",
                          {},
                          file.string() + ": is no lexicon",
                          {}});
    lexicon.words_.seal();
    lexicon.bytes_.shrink_to_fit();
    return lexicon;
}

std::optional<std::uint32_t> Lexicon::locate(std::u32string_view word) const {
    if (const auto at = words_.find(to_utf8(word))) return at;
    if (word.size() < 2) return std::nullopt;
    std::u32string other = to_lower(word);
    const bool lower = other == word;
    other[0] = to_upper(other[0]);
    if (lower) return other == word ? std::nullopt : words_.find(to_utf8(other));
    if (other != word) return std::nullopt;
    other[0] = to_lower(other[0]);
    return words_.find(to_utf8(other));
}

std::optional<Entry> Lexicon::find(std::u32string_view word) const {
    const auto found = locate(word);
    if (!found) return std::nullopt;
    Entry entry;
    const std::uint8_t* at = &bytes_[*found];
    const int uses = *at++;
    for (int i = 0; i < uses; ++i) {
        Entry::Use use{tags_[*at++], std::nullopt};
        const std::uint8_t length = *at++;
        if (length != refused) {
            Sounds sounds(length, 0);
            for (char32_t& symbol : sounds) symbol = symbols_[*at++];
            use.sounds = std::move(sounds);
        }
        entry.uses.push_back(std::move(use));
    }
    return entry;
}

}  // namespace lares::voice::english
