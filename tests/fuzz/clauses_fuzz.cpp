// Any text in any pieces: the same clauses, in order, that are together the text; and with a deadline nothing
// is lost or said twice either.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "voice/clauses.h"
#include "voice/speech_text.h"
#include "voice/utf.h"

namespace {

using namespace lares::voice;

void check(bool holds) {
    if (!holds) std::abort();
}

std::vector<Clause> split(const std::u32string& text, std::size_t step, bool late) {
    ClauseSplitter splitter;
    std::vector<Clause> out;
    std::int64_t now = 0;
    splitter.hurry_at(1);
    const auto take = [&] {
        while (auto clause = late ? splitter.next(now) : splitter.next()) out.push_back(std::move(*clause));
    };
    for (std::size_t at = 0; at < text.size(); at += step) {
        splitter.feed(to_utf8(text.substr(at, step)), now);
        take();
        now += 200;
    }
    splitter.finish();
    take();
    return out;
}

void check_whole(const std::u32string& text, const std::vector<Clause>& clauses) {
    std::size_t at = 0;
    for (const auto& clause : clauses) {
        check(clause.start >= at && clause.end > clause.start && clause.end <= text.size());
        for (; at < clause.start; ++at) check(is_space(text[at]));
        check(text.substr(clause.start, clause.end - clause.start) == clause.text);
        check(!is_space(clause.text.front()) && !is_space(clause.text.back()));
        at = clause.end;
        const auto spoken = speech_text(clause.text);
        check(spoken.text.size() == spoken.places.size());
        for (std::size_t i = 0; i < spoken.places.size(); ++i)
            check(spoken.places[i] < clause.text.size() &&
                  (i == 0 || spoken.places[i] > spoken.places[i - 1]));
    }
    for (; at < text.size(); ++at) check(is_space(text[at]));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2 || size > 6'000) return 0;
    const auto text = to_code_points({reinterpret_cast<const char*>(data) + 1, size - 1});
    const auto whole = split(text, text.size(), false);
    check_whole(text, whole);
    const std::size_t step = data[0] % 16 + 1;
    const auto pieces = split(text, step, false);
    check(pieces.size() == whole.size());
    for (std::size_t i = 0; i < whole.size(); ++i)
        if (!whole[i].code) check(pieces[i].start == whole[i].start && pieces[i].text == whole[i].text);
    check_whole(text, split(text, step, true));
    return 0;
}
