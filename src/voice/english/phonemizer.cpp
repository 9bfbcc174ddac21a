#include "voice/english/phonemizer.h"

#include <algorithm>
#include <future>

#include "base/text.h"
#include "voice/english/homographs.h"
#include "voice/english/letters.h"
#include "voice/english/normaliser.h"
#include "voice/english/tagger.h"
#include "voice/english/tokens.h"
#include "voice/english/unknown.h"
#include "voice/english/words.h"

namespace lares::voice::english {
namespace {

using View = std::u32string_view;
using Unread = std::vector<std::pair<std::uint32_t, std::uint32_t>>;  // places in Normal::text
using Group = std::vector<Token>;  // what stands in the text without a space between

constexpr View marks = U";:,.!?—…\"“”";
constexpr View silent = U"',-._‘’/";
// Compounds longer than this are read part by part: no lexicon has longer ones.
constexpr std::size_t max_compound = 12, max_compound_letters = 64;

bool among(View set, char32_t c) {
    return set.find(c) != View::npos;
}
bool all_silent(View text) {
    return std::all_of(text.begin(), text.end(), [](char32_t c) { return among(silent, c); });
}

// What a token of punctuation sounds like, by its tag; none where it is a word.
std::optional<Sounds> sounds_of_mark(const Token& token) {
    const auto letter = [](char32_t c) { return c < 0x80 && is_latin(c); };
    const std::string_view tag = token.tag;
    if (tag == ":" && (token.text == U"-" || token.text == U"–")) return U"—";
    static constexpr std::string_view mark_tags[] = {".",  ",", "-LRB-", "-RRB-", "``", "\"\"",
                                                     "''", ":", "$",     "#",     "NFP"};
    if (std::find(std::begin(mark_tags), std::end(mark_tags), tag) == std::end(mark_tags))
        return std::nullopt;
    if (std::all_of(token.text.begin(), token.text.end(), letter)) return std::nullopt;
    if (tag == "-LRB-") return U"(";
    if (tag == "-RRB-") return U")";
    if (tag == "``") return U"“";
    if (tag == "''" || tag == "\"\"") return U"”";
    Sounds sounds;
    for (const char32_t c : token.text) {
        if (among(marks, c)) sounds.push_back(c);
    }
    return sounds;
}

Token merged(const Group& group, std::size_t left, std::size_t right) {
    if (right - left == 1) return group[left];
    Token all{
        .begin = group[left].begin, .end = group[right - 1].end, .space_after = group[right - 1].space_after};
    std::ptrdiff_t best = -1;
    for (std::size_t i = left; i < right; ++i) {
        const Token& token = group[i];
        all.text += token.text;
        const auto weight = static_cast<std::ptrdiff_t>(token.text.size()) +
                            std::count_if(token.text.begin(), token.text.end(), is_upper);
        if (weight > best) {
            best = weight;
            all.tag = token.tag;
        }
    }
    return all;
}

Following after(Following following, View sounds, const Token& token) {
    for (const char32_t symbol : sounds) {
        if (is_pause(symbol)) {
            following.onset = Onset::pause;
        } else if (is_vowel(symbol)) {
            following.onset = Onset::vowel;
        } else if (is_consonant(symbol)) {
            following.onset = Onset::consonant;
        } else {
            continue;
        }
        break;
    }
    following.to = token.text == U"to" || token.text == U"To" ||
                   (token.text == U"TO" && (token.tag == "TO" || token.tag == "IN"));
    return following;
}

// The stresses of a compound: of its parts about half keep the primary one.
void settle(Group& group) {
    int kinds = 0;
    bool apart = false;
    for (const Token& token : group) {
        for (const char32_t c : token.text) {
            apart = apart || c == '/';
            if (!among(silent, c)) kinds |= is_letter(c) ? 1 : 2;
        }
    }
    apart = apart || kinds == 3;
    for (std::size_t i = 0; i < group.size(); ++i) {
        Token& token = group[i];
        if (token.sounds) {
            token.space_before = i > 0 && apart;
        } else if (i + 1 == group.size() && token.text.size() == 1 && is_pause(token.text[0])) {
            token.sounds = token.text;
        } else {
            token.sounds.emplace();
        }
    }
    if (apart) return;
    struct Part {
        bool primary;
        int weight;
        std::size_t at;
        auto operator<=>(const Part&) const = default;
    };
    std::vector<Part> parts;
    for (std::size_t i = 0; i < group.size(); ++i) {
        if (!group[i].sounds->empty())
            parts.push_back(
                {group[i].sounds->find(primary_stress) != Sounds::npos, weight_of(*group[i].sounds), i});
    }
    const auto weaken = [&](std::size_t i) {
        group[i].sounds = restress(std::move(*group[i].sounds), Stress::weaker);
    };
    if (parts.size() == 2 && group[parts[0].at].text.size() == 1) return weaken(parts[1].at);
    const auto stressed =
        std::count_if(parts.begin(), parts.end(), [](const Part& part) { return part.primary; });
    if (parts.size() < 2 || stressed <= static_cast<std::ptrdiff_t>((parts.size() + 1) / 2)) return;
    std::sort(parts.begin(), parts.end());
    for (std::size_t i = 0; i < parts.size() / 2; ++i) weaken(parts[i].at);
}

}  // namespace

struct Phonemizer::Parts {
    Words words;
    Tokenizer tokenizer;
    Tagger tagger;
    UnknownWords unknown;

    std::vector<Group> groups_of(const std::vector<Token>& tokens) const;
    std::optional<Sounds> sounds_of(const Token& token, Following following) const;
    void read_group(Group& group, Following& following, Unread& unread) const;
    std::optional<Sounds> guess(View text, std::size_t& read) const;
    void guess_into(Token& token, const Token& whole, Unread& unread) const;
};

std::vector<Group> Phonemizer::Parts::groups_of(const std::vector<Token>& tokens) const {
    std::vector<Group> groups;
    bool open = false;  // the last group goes on
    for (const Token& token : tokens) {
        std::vector<Token> parts;
        if (token.sounds) {
            parts.push_back(token);
        } else {
            const auto subs = sub_tokens(token.text);
            for (const View text : subs) {
                const auto begin = token.begin + static_cast<std::uint32_t>(text.data() - token.text.data());
                parts.push_back(Token{.begin = begin,
                                      .end = begin + static_cast<std::uint32_t>(text.size()),
                                      .text = std::u32string(text),
                                      .tag = token.tag,
                                      .meant = subs.size() == 1 ? token.meant : std::nullopt});
                if (auto word = words.drawn_out(text)) parts.back().text = std::move(*word);
                parts.back().sounds = sounds_of_mark(parts.back());
            }
            if (parts.empty()) continue;
            parts.back().space_after = token.space_after;
        }
        for (Token& part : parts) {
            const bool space = part.space_after;
            if (part.sounds) {
                groups.push_back({std::move(part)});
                open = false;
            } else if (open && !groups.back().back().space_after) {
                groups.back().push_back(std::move(part));
            } else {
                groups.push_back({std::move(part)});
                open = !space;
            }
        }
    }
    return groups;
}

std::optional<Sounds> Phonemizer::Parts::sounds_of(const Token& token, Following following) const {
    if (token.meant) return token.meant;
    if (token.text.size() > max_compound_letters) return std::nullopt;
    return words.read(token.text, token.tag, following);
}

// Letters that no lexicon knows. Very long ones are read in pieces, up to a bound; none: nothing of it can be
// read.
std::optional<Sounds> Phonemizer::Parts::guess(View text, std::size_t& read) const {
    constexpr std::size_t max_pieces = 8;
    Sounds all;
    std::size_t pieces = 0;
    for (std::size_t at = 0; at < text.size() && pieces < max_pieces;) {
        if (!is_letter(text[at])) {
            ++at;
            continue;
        }
        std::size_t end = at;
        const auto goes_on = [&] {
            return is_letter(text[end]) || ((text[end] == '\'' || text[end] == U'’') &&
                                            end + 1 < text.size() && is_letter(text[end + 1]));
        };
        while (end < text.size() && end - at < UnknownWords::max_letters && goes_on()) ++end;
        if (const auto sounds = unknown.read(text.substr(at, end - at)); sounds && !sounds->empty()) {
            if (!all.empty()) all += U' ';
            all += *sounds;
        }
        at = end;
        ++pieces;
        read = pieces < max_pieces ? text.size() : at;
    }
    return all.empty() ? std::nullopt : std::optional(all);
}

// The letter model's reading of a token; what of it stays unread is added to `unread`.
void Phonemizer::Parts::guess_into(Token& token, const Token& whole, Unread& unread) const {
    std::size_t read = 0;
    token.sounds = guess(whole.text, read);
    if (!token.sounds) read = 0;
    if (!token.sounds) token.sounds.emplace();
    const auto rest = View(whole.text).substr(read);
    if (std::any_of(rest.begin(), rest.end(), is_letter))
        unread.emplace_back(whole.begin + static_cast<std::uint32_t>(read), whole.end);
}

void Phonemizer::Parts::read_group(Group& group, Following& following, Unread& unread) const {
    if (group.size() == 1) {
        Token& token = group[0];
        if (!token.sounds) token.sounds = sounds_of(token, following);
        if (!token.sounds) {
            const Token whole = token;
            guess_into(token, whole, unread);
        }
        following = after(following, *token.sounds, token);
        return;
    }
    // From the end: the longest run of parts that is one word of the lexicon, then what stands before it.
    std::size_t left = 0, right = group.size();
    while (left < right) {
        if (right - left > max_compound) left = right - max_compound;
        const Token token = merged(group, left, right);
        if (auto sounds = sounds_of(token, following)) {
            following = after(following, *sounds, token);
            group[left].sounds = std::move(sounds);
            group[left].end = token.end;
            for (std::size_t i = left + 1; i < right; ++i) {
                group[i].sounds.emplace();
                group[i].begin = group[i].end = token.end;
            }
            right = left;
            left = 0;
        } else if (left + 1 < right) {
            ++left;
        } else {
            --right;
            if (!all_silent(group[right].text)) {
                // Not known in parts, so the model reads it as a whole.
                const Token whole = merged(group, 0, group.size());
                guess_into(group[0], whole, unread);
                group[0].end = whole.end;
                for (std::size_t i = 1; i < group.size(); ++i) {
                    group[i].sounds.emplace();
                    group[i].begin = group[i].end = whole.end;
                }
                return;
            }
            group[right].sounds.emplace();
            left = 0;
        }
    }
    settle(group);
}

std::string phoneme_text(const Spoken& spoken) {
    std::u32string symbols;
    for (const Phoneme& phoneme : spoken.phonemes) symbols.push_back(phoneme.symbol);
    return to_utf8(symbols);
}

Phonemizer::Phonemizer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Phonemizer::~Phonemizer() = default;

Result<std::shared_ptr<const Phonemizer>> Phonemizer::open(const std::filesystem::path& assets,
                                                           LetterModel unknown_words) {
    // The tables beside each other: most of the time is their unpacking.
    auto reading_tagger = std::async(std::launch::async, Tagger::load, assets / "tagger.json.gz");
    auto loaded_words = Words::load(assets);
    LARES_TRY(auto tagger, reading_tagger.get());
    LARES_TRY(auto words, std::move(loaded_words));
    LARES_TRY(auto tokenizer, Tokenizer::load(assets / "tokenizer_exceptions.json"));
    LARES_TRY(auto unknown, UnknownWords::load(assets / "oov.json", std::move(unknown_words)));
    auto parts = std::make_unique<Parts>(
        Parts{std::move(words), std::move(tokenizer), std::move(tagger), std::move(unknown)});
    return std::shared_ptr<const Phonemizer>(new Phonemizer(std::move(parts)));
}

Spoken Phonemizer::speak(std::string_view utf8, const Dictionary& dictionary) const {
    const auto source = to_code_points(utf8);
    const Normal normal = normalise(source, dictionary);
    Spoken spoken;
    spoken.words = words_of(normal);
    spoken.left_out = normal.left_out;

    auto tokens = parts_->tokenizer.split(normal.text);
    std::vector<std::u32string> texts;
    for (Token& token : tokens) {
        const char32_t c = token.text[0];
        const bool fixed = c >= Normal::first_fixed && c - Normal::first_fixed < normal.fixed.size();
        if (fixed) token.sounds = normal.fixed[c - Normal::first_fixed].sounds;
        texts.push_back(fixed ? normal.fixed[c - Normal::first_fixed].word : token.text);
    }
    const auto tags = parts_->tagger.tag(texts);
    for (std::size_t i = 0; i < tokens.size(); ++i) tokens[i].tag = tags[i];
    decide_homographs(tokens);

    auto groups = parts_->groups_of(tokens);
    Following following;
    Unread unread;
    for (auto group = groups.rbegin(); group != groups.rend(); ++group)
        parts_->read_group(*group, following, unread);

    const auto span_of = [&](std::uint32_t begin, std::uint32_t end) {
        Span span = normal.source[begin];
        for (auto i = begin; i < end; ++i) {
            span.begin = std::min(span.begin, normal.source[i].begin);
            span.end = std::max(span.end, normal.source[i].end);
        }
        return span;
    };
    bool gap = false;
    std::uint32_t last_end = 0;
    const auto say = [&](const Sounds& sounds, Span span) {
        if (gap && !spoken.phonemes.empty())
            spoken.phonemes.push_back({U' ', {std::min(last_end, span.begin), span.begin}});
        gap = false;
        for (const char32_t symbol : sounds) {
            const char32_t voiced = symbol == U'ɾ' ? U'T' : symbol == U'ʔ' ? U't' : symbol;
            spoken.phonemes.push_back({voiced, span});
        }
        last_end = span.end;
    };
    for (const Group& group : groups) {
        bool said = false;
        for (const Token& token : group) {
            if (!token.sounds->empty()) {
                gap = gap || (said && token.space_before);
                say(*token.sounds, span_of(token.begin, token.end));
                said = true;
            }
        }
        gap = gap || group.back().space_after;
    }
    for (auto at = unread.rbegin(); at != unread.rend(); ++at)
        spoken.left_out.push_back({span_of(at->first, at->second), "letters that make no word"});
    in_order(spoken.left_out);
    return spoken;
}

}  // namespace lares::voice::english
