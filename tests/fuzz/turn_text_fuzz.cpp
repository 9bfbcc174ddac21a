// Any bytes of a model in any pieces: the same valid text, and every shown character stands where it says.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "turn/text_filter.h"
#include "voice/utf.h"

namespace {

void check(bool holds) {
    if (!holds) std::abort();
}

struct Shown {
    std::string text;
    std::vector<std::pair<std::string, std::int64_t>> feelings;
    std::vector<std::size_t> places;
    bool operator==(const Shown&) const = default;
};

Shown filtered(std::string_view bytes, std::size_t step) {
    lares::turn::TextFilter filter;
    Shown out;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        out.text += filter.feed(bytes.substr(at, step));
        check(lares::is_utf8(out.text));
        for (const auto& feeling : filter.take_feelings())
            out.feelings.emplace_back(feeling.emotion, feeling.at);
    }
    out.text += filter.finish();
    for (const auto& feeling : filter.take_feelings()) out.feelings.emplace_back(feeling.emotion, feeling.at);
    const auto count = lares::count_code_points(out.text);
    for (std::size_t i = 0; i < count; ++i) out.places.push_back(filter.raw_place(i));
    if (filter.untouched()) check(out.text == bytes);
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2 || size > 4'000) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto whole = filtered(bytes, bytes.size());
    check(filtered(bytes, data[0] % 16 + 1) == whole);
    check(lares::is_utf8(whole.text) && whole.text.find('\0') == std::string::npos);
    if (!lares::is_utf8(bytes) || bytes.find('\0') != std::string_view::npos) return 0;
    const auto raw = lares::voice::to_code_points(bytes), text = lares::voice::to_code_points(whole.text);
    for (std::size_t i = 0; i < text.size(); ++i) {
        check(whole.places[i] < raw.size() && raw[whole.places[i]] == text[i]);
        if (i > 0) check(whole.places[i] > whole.places[i - 1]);
    }
    return 0;
}
