// The order of the rules is misaki 0.9.4's (en.py, Apache-2.0), as hibari-tts 0.2.1 has it: a voice reads
// best what it was trained to read.
#include "voice/english/words.h"

#include <algorithm>
#include <future>

#include "voice/english/letters.h"
#include "voice/english/numbers.h"

namespace lares::voice::english {
namespace {

using View = std::u32string_view;

constexpr View vowels = U"AIOQWYaiuæɑɒɔəɛɜɪʊʌᵻ";
constexpr View consonants = U"bdfhjklmnpstvwzðŋɡɹɾʃʒʤʧθ";
constexpr View long_sounds = U"AIOQWYʤʧ";
constexpr View before_a_flap = U"AIOWYiuæɑəɛɪɹʊʌ";  // American: "writer", "waited"
constexpr View pauses = U";:,.!?—…";

bool among(View set, char32_t c) {
    return set.find(c) != View::npos;
}
bool contains(const Sounds& sounds, char32_t symbol) {
    return sounds.find(symbol) != Sounds::npos;
}

bool plain_letters(View word) {  // the letters that the lexicons' words are made of
    return !word.empty() &&
           std::all_of(word.begin(), word.end(), [](char32_t c) { return c < 0x80 && is_latin(c); });
}

std::string_view family(std::string_view tag) {
    if (tag.starts_with("VB")) return "VERB";
    if (tag.starts_with("NN")) return "NOUN";
    if (tag.starts_with("RB") || tag.starts_with("ADV")) return "ADV";
    if (tag.starts_with("JJ") || tag.starts_with("ADJ")) return "ADJ";
    return tag;
}

// A stress mark stands right before the vowel it belongs to.
Sounds with_mark(const Sounds& sounds, char32_t mark) {
    const auto vowel = std::find_if(sounds.begin(), sounds.end(), is_vowel);
    if (vowel == sounds.end()) return sounds;
    Sounds out(sounds.begin(), vowel);
    out.push_back(mark);
    return out.append(vowel, sounds.end());
}

bool ends_with(View word, View end) {
    return word.ends_with(end);
}

// Sounds that people write and no lexicon has.
std::optional<Sounds> interjection(View lower) {
    if (lower == U"shh") return U"ʃʃ";
    if (lower == U"brr") return U"bɹɹ";
    if (lower == U"grr") return U"ɡɹɹ";
    if (lower.size() > 2 && lower.find_first_not_of(U'z') == View::npos) return U"zzz";
    return std::nullopt;
}

// Letters that stand three times and more are there `kept` times.
std::u32string shortened(View word, std::size_t kept) {
    std::u32string out;
    for (std::size_t at = 0; at < word.size();) {
        std::size_t end = at;
        while (end < word.size() && to_lower(word[end]) == to_lower(word[at])) ++end;
        out += word.substr(at, end - at >= 3 ? kept : end - at);
        at = end;
    }
    return out;
}

}  // namespace

bool is_vowel(char32_t symbol) {
    return among(vowels, symbol);
}
bool is_consonant(char32_t symbol) {
    return among(consonants, symbol);
}
bool is_pause(char32_t symbol) {
    return among(pauses, symbol);
}

int weight_of(View sounds) {
    int weight = 0;
    for (const char32_t symbol : sounds) weight += among(long_sounds, symbol) ? 2 : 1;
    return weight;
}

Sounds restress(Sounds sounds, Stress stress) {
    const bool primary = contains(sounds, primary_stress), secondary = contains(sounds, secondary_stress);
    switch (stress) {
        case Stress::as_is:
            return sounds;
        case Stress::weaker:
        case Stress::level:
            if (primary) {
                std::erase(sounds, secondary_stress);
                std::replace(sounds.begin(), sounds.end(), primary_stress, secondary_stress);
                return sounds;
            }
            return stress == Stress::weaker || secondary ? sounds : with_mark(sounds, secondary_stress);
        case Stress::capital:
            return primary || secondary ? sounds : with_mark(sounds, secondary_stress);
        case Stress::loud:
            if (primary) return sounds;
            if (!secondary) return with_mark(sounds, primary_stress);
            std::replace(sounds.begin(), sounds.end(), secondary_stress, primary_stress);
            return sounds;
    }
    return sounds;
}

Result<Words> Words::load(const std::filesystem::path& assets) {
    Words words;
    auto silver = std::async(std::launch::async, Lexicon::load, assets / "lexicon_us_silver.json.gz");
    auto gold = Lexicon::load(assets / "lexicon_us_gold.json.gz");
    LARES_TRY(words.silver_, silver.get());
    LARES_TRY(words.gold_, std::move(gold));
    return words;
}

std::optional<Sounds> Words::spell(View letters) const {
    Sounds all;
    for (const char32_t c : letters) {
        if (!is_letter(c)) continue;
        const char32_t capital = to_upper(c);
        const auto entry = gold_.find({&capital, 1});
        const auto sounds = entry ? entry->in_use("DEFAULT") : std::nullopt;
        if (!sounds) return std::nullopt;
        all += *sounds;
    }
    if (all.empty()) return std::nullopt;
    all = restress(std::move(all), Stress::level);
    // The last letter carries the weight.
    if (const auto last = all.rfind(secondary_stress); last != Sounds::npos) all[last] = primary_stress;
    return all;
}

std::optional<std::u32string> Words::drawn_out(View word) const {
    auto once = shortened(word, 1);
    const auto lower = to_lower(word);
    // "ahhh" and "IEEE" are words of their own; "XXX" and "VIII" are none that is drawn out.
    if (once.size() == word.size() || once.size() < 2 || has(lower) || roman(to_upper(word)) > 0)
        return std::nullopt;
    auto twice = shortened(word, 2);
    const auto meant = [this](View form) { return gold_.contains(form) || interjection(form); };
    if (meant(to_lower(twice))) return twice;
    return meant(to_lower(once)) || !all_upper(word) ? std::optional(std::move(once)) : std::nullopt;
}

bool Words::is_known(View word) const {
    if (has(word)) return true;
    if (!plain_letters(word)) return false;
    if (word.size() == 1) return true;
    if (all_upper(word) && gold_.contains(to_lower(word))) return true;
    return all_upper(word.substr(1));
}

std::optional<Sounds> Words::look_up(View given, std::string_view tag, Stress stress,
                                     Following following) const {
    std::u32string word(given);
    bool name = false;
    if (all_upper(word) && !gold_.contains(word)) {
        word = to_lower(word);
        name = tag == "NNP";
    }
    auto entry = gold_.find(word);
    if (!entry && !name) entry = silver_.find(word);
    std::optional<Sounds> sounds;
    if (entry) {
        if (following.onset == Onset::pause && entry->has("None"))
            sounds = entry->in_use("None");
        else
            sounds = entry->in_use(entry->has(tag) ? tag : family(tag));
    }
    if (!sounds || (name && !contains(*sounds, primary_stress))) {
        if (auto spelled = spell(word)) return spelled;
        if (!sounds) return std::nullopt;
    }
    return restress(std::move(*sounds), stress);
}

std::optional<Sounds> Words::small_word(View word, std::string_view tag, Stress stress,
                                        Following following) const {
    const bool upper = all_upper(word);
    const auto is = [&](View lower) {
        return word.size() == lower.size() && to_lower(word) == lower &&
               (upper || !has_upper(word.substr(1)));
    };
    const auto gold = [&](View key, std::string_view use) -> std::optional<Sounds> {
        const auto entry = gold_.find(key);
        return entry ? entry->in_use(use) : std::nullopt;
    };
    const bool vowel_next = following.onset == Onset::vowel;
    const bool noun = tag.starts_with("NN");
    if (word.find(U'.') != View::npos) {  // "U.S.A": letters, none of the parts longer than two
        const auto first = word.find_first_not_of(U'.');
        const View inner =
            first == View::npos ? View() : word.substr(first, word.find_last_not_of(U'.') + 1 - first);
        std::size_t longest = 0, run = 0;
        for (const char32_t c : inner) longest = std::max(longest, run = c == '.' ? 0 : run + 1);
        const auto belongs = [](char32_t c) { return c == '.' || is_letter(c); };
        if (longest < 3 && inner.find(U'.') != View::npos && std::all_of(inner.begin(), inner.end(), belongs))
            return spell(inner);
    }
    if (is(U"a")) return tag == "DT" ? U"ɐ" : U"ˈA";
    if (is(U"am")) {
        if (noun) return spell(word);
        if (following.onset == Onset::pause || word != U"am" || stress == Stress::capital ||
            stress == Stress::loud)
            return gold(U"am", "DEFAULT");
        return U"ɐm";
    }
    if (is(U"an")) {
        if (upper && noun) return spell(word);
        return U"ɐn";
    }
    if (word == U"I" && tag == "PRP") return U"ˌI";
    if (is(U"by") && family(tag) == "ADV") return U"bˈI";
    if (is(U"to") && (!upper || tag == "TO" || tag == "IN")) {
        if (following.onset == Onset::pause) return gold(U"to", "DEFAULT");
        return vowel_next ? U"tʊ" : U"tə";
    }
    if (is(U"in") && (!upper || tag != "NNP"))
        return following.onset == Onset::pause || tag != "IN" ? U"ˈɪn" : U"ɪn";
    if (is(U"the") && (!upper || tag == "DT")) return vowel_next ? U"ði" : U"ðə";
    if (is(U"used")) return gold(U"used", (tag == "VBD" || tag == "JJ") && following.to ? "VBD" : "DEFAULT");
    return std::nullopt;
}

Sounds Words::with_s(Sounds stem) {
    if (stem.empty()) return stem;
    if (among(U"ptkfθ", stem.back())) return stem + U"s";
    return stem + (among(U"szʃʒʧʤ", stem.back()) ? U"ᵻz" : U"z");
}

std::optional<Sounds> Words::plural(View word, std::string_view tag, Stress stress,
                                    Following following) const {
    if (word.size() < 3 || word.back() != 's') return std::nullopt;
    const auto cut = [&](std::size_t n) { return std::u32string(word.substr(0, word.size() - n)); };
    const bool long_enough = word.size() > 4;
    std::u32string stem;
    if (!ends_with(word, U"ss") && is_known(cut(1)))
        stem = cut(1);
    else if ((ends_with(word, U"'s") ||
              (long_enough && ends_with(word, U"es") && !ends_with(word, U"ies"))) &&
             is_known(cut(2)))
        stem = cut(2);
    else if (long_enough && ends_with(word, U"ies") && is_known(cut(3) + U"y"))
        stem = cut(3) + U"y";
    else
        return std::nullopt;
    auto sounds = look_up(stem, tag, stress, following);
    return sounds && !sounds->empty() ? std::optional(with_s(std::move(*sounds))) : std::nullopt;
}

std::optional<Sounds> Words::past(View word, std::string_view tag, Stress stress, Following following) const {
    if (word.size() < 4 || word.back() != 'd') return std::nullopt;
    const auto cut = [&](std::size_t n) { return word.substr(0, word.size() - n); };
    View stem;
    if (!ends_with(word, U"dd") && is_known(cut(1)))
        stem = cut(1);
    else if (word.size() > 4 && ends_with(word, U"ed") && !ends_with(word, U"eed") && is_known(cut(2)))
        stem = cut(2);
    else
        return std::nullopt;
    auto sounds = look_up(stem, tag, stress, following);
    if (!sounds || sounds->empty()) return std::nullopt;
    const char32_t end = sounds->back();
    if (among(U"pkfθʃsʧ", end)) return *sounds + U"t";
    if (end == 'd') return *sounds + U"ᵻd";
    if (end != 't') return *sounds + U"d";
    if (sounds->size() < 2) return *sounds + U"ɪd";
    if (among(before_a_flap, (*sounds)[sounds->size() - 2])) sounds->back() = U'ɾ';
    return *sounds + U"ᵻd";
}

std::optional<Sounds> Words::gerund(View word, std::string_view tag, Stress stress,
                                    Following following) const {
    if (word.size() < 5 || !ends_with(word, U"ing")) return std::nullopt;
    const auto cut = [&](std::size_t n) { return std::u32string(word.substr(0, word.size() - n)); };
    const auto doubled = [&] {
        const char32_t c = word[word.size() - 4];
        return (c == word[word.size() - 5] && among(U"bcdgklmnprstvxz", c)) || ends_with(word, U"cking");
    };
    std::u32string stem;
    if (word.size() > 5 && is_known(cut(3)))
        stem = cut(3);
    else if (is_known(cut(3) + U"e"))
        stem = cut(3) + U"e";
    else if (word.size() > 5 && doubled() && is_known(cut(4)))
        stem = cut(4);
    else
        return std::nullopt;
    auto sounds = look_up(stem, tag, stress == Stress::as_is ? Stress::capital : stress, following);
    if (!sounds || sounds->empty()) return std::nullopt;
    if (sounds->size() > 1 && sounds->back() == 't' && among(before_a_flap, (*sounds)[sounds->size() - 2]))
        sounds->back() = U'ɾ';
    return *sounds + U"ɪŋ";
}

std::optional<Sounds> Words::by_ending(View word, std::string_view tag, Stress stress,
                                       Following following) const {
    if (auto sounds = plural(word, tag, stress, following)) return sounds;
    if (auto sounds = past(word, tag, stress, following)) return sounds;
    return gerund(word, tag, stress, following);
}

std::optional<Sounds> Words::read(View given, std::string_view tag, Following following) const {
    std::u32string word(given);
    std::replace_if(word.begin(), word.end(), [](char32_t c) { return c == U'‘' || c == U'’'; }, U'\'');
    const bool capital = has_upper(word), upper = all_upper(word);
    const Stress stress = !capital ? Stress::as_is : upper ? Stress::loud : Stress::capital;
    if (auto sounds = small_word(word, tag, stress, following)) return sounds;
    if (auto sounds = interjection(to_lower(word))) return sounds;
    if (capital && word.size() > 1 && (tag != "NNP" || word.size() > 7) && !has(word) &&
        (upper || !has_upper(View(word).substr(1)))) {
        std::u32string letters = word;
        std::erase(letters, U'\'');
        const auto lower = to_lower(word);
        if (all_letters(letters) && (has(lower) || by_ending(lower, tag, stress, following))) word = lower;
    }
    if (is_known(word)) return look_up(word, tag, stress, following);
    const auto base = [&](std::size_t n) { return word.substr(0, word.size() - n); };
    if (word.size() > 2 && ends_with(word, U"s'") && is_known(base(2) + U"'s"))
        return look_up(base(2) + U"'s", tag, stress, following);
    if (word.size() > 1 && ends_with(word, U"'") && is_known(base(1)))
        return look_up(base(1), tag, stress, following);
    return by_ending(word, tag, stress, following);
}

}  // namespace lares::voice::english
