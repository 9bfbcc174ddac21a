// Any bytes as text to be spoken: it ends, every character of the result has a place in the source, no digit,
// control character or other script is left, and what is left out lies within the text and in order.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "voice/english/letters.h"
#include "voice/english/normaliser.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace lares::voice::english;
    using lares::voice::is_digit, lares::voice::to_code_points;
    static const Dictionary dictionary = *Dictionary::make({{"cat", "dˈɔɡ", ""}, {"o'x", "", "oh ex"}});
    const auto source = to_code_points(std::string_view(reinterpret_cast<const char*>(data), size));
    const Normal normal = normalise(source, dictionary);
    if (normal.text.size() != normal.source.size()) std::abort();
    for (std::size_t i = 0; i < normal.text.size(); ++i) {
        const char32_t c = normal.text[i];
        const bool fixed = c >= Normal::first_fixed && c - Normal::first_fixed < normal.fixed.size();
        if (is_digit(c) || c < ' ' || (!fixed && !foreign_script(c).empty())) std::abort();
        if (normal.source[i].begin > normal.source[i].end || normal.source[i].end > source.size())
            std::abort();
    }
    std::uint32_t last = 0;
    for (const auto& omission : normal.left_out) {
        if (omission.source.begin < last || omission.source.begin >= omission.source.end ||
            omission.source.end > source.size() || omission.what.empty())
            std::abort();
        last = omission.source.begin;
    }
    // What is said of a text does not grow without bound.
    if (normal.text.size() > 64 + source.size() * 64) std::abort();
    words_of(normal);
    return 0;
}
