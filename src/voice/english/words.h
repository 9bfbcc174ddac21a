#pragma once
// How one English word sounds where it stands: the lexicons, the endings -s -ed -ing, letters spelled out,
// and the small words that change before a vowel or at the end (a, the, to, in). The rules are misaki's
// (Apache-2.0), so that the voice hears what it was trained on.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "voice/english/lexicon.h"

namespace lares::voice::english {

enum class Onset : std::uint8_t { pause, vowel, consonant };  // what follows a word

struct Following {
    Onset onset = Onset::pause;
    bool to = false;  // the next word is "to"
};

inline constexpr char32_t primary_stress = U'ˈ', secondary_stress = U'ˌ';

bool is_vowel(char32_t symbol);
bool is_consonant(char32_t symbol);
bool is_pause(char32_t symbol);             // punctuation but quotes
int weight_of(std::u32string_view sounds);  // for the choice of which part of a compound keeps its stress

// weaker: what was primary becomes secondary. level: weaker, and a word without stress gets a secondary one.
// capital (a Capitalised word): only the latter. loud (ALL CAPITALS): a primary one in any case.
enum class Stress : std::uint8_t { as_is, weaker, level, capital, loud };
Sounds restress(Sounds sounds, Stress stress);

class Words {
public:
    static Result<Words> load(const std::filesystem::path& assets);

    // None: the word is not known, not even by its ending.
    std::optional<Sounds> read(std::u32string_view word, std::string_view tag, Following following) const;

    // The word that is drawn out in "sooo", "WHAAAT", "yessss". None: the word stands for itself.
    std::optional<std::u32string> drawn_out(std::u32string_view word) const;

    // Letter by letter: "FBI". None where a character has no name.
    std::optional<Sounds> spell(std::u32string_view letters) const;

    static Sounds with_s(Sounds stem);

private:
    std::optional<Sounds> small_word(std::u32string_view word, std::string_view tag, Stress stress,
                                     Following following) const;
    std::optional<Sounds> look_up(std::u32string_view word, std::string_view tag, Stress stress,
                                  Following following) const;
    std::optional<Sounds> by_ending(std::u32string_view word, std::string_view tag, Stress stress,
                                    Following following) const;
    std::optional<Sounds> plural(std::u32string_view word, std::string_view tag, Stress stress,
                                 Following following) const;
    std::optional<Sounds> past(std::u32string_view word, std::string_view tag, Stress stress,
                               Following following) const;
    std::optional<Sounds> gerund(std::u32string_view word, std::string_view tag, Stress stress,
                                 Following following) const;
    bool is_known(std::u32string_view word) const;
    bool has(std::u32string_view word) const { return gold_.contains(word) || silver_.contains(word); }

    Lexicon gold_, silver_;
};

}  // namespace lares::voice::english
