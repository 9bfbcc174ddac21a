// A lorebook and a chat, both foreign: "JSON of a book \0 message \0 message …". The first byte chooses
// settings.
#include <cstdlib>

#include "prompt/lore/scan.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace lore = lares::prompt::lore;
    if (size < 2) return 0;
    const unsigned switches = data[0];
    std::string_view rest(reinterpret_cast<const char*>(data + 1), size - 1);
    const auto next = [&rest] {
        const std::size_t end = std::min(rest.find('\0'), rest.size());
        const std::string_view piece = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        return piece;
    };
    auto book = lares::character::parse_lorebook_text(next());
    if (!book || book->entries.size() > 200) return 0;
    lore::CompileOptions options;
    options.case_sensitive = switches & 1U;
    options.whole_words = switches & 2U;
    options.v3 = switches & 4U;
    const auto set =
        lore::BookSet::compile({{lore::Scope::character, book->name,
                                 std::make_shared<const lares::character::Lorebook>(std::move(*book))}},
                               options);
    lore::ScanText text;
    while (!rest.empty() && text.messages.size() < 50) text.messages.emplace_back(next());
    lore::ScanInput input;
    input.books = set.get();
    input.text = &text;
    input.settings.scan_depth = 4;
    input.settings.budget = 1'000;
    input.settings.recursive = switches & 8U;
    input.settings.min_activations = (switches & 16U) ? 3 : 0;
    input.count = [](const std::string& one) -> lares::Result<std::size_t> { return one.size() / 4 + 1; };
    const auto first = lore::scan(input);
    const auto again = lore::scan(input);
    if (!first || !again || first->activated.size() != again->activated.size())
        std::abort();  // it is a function
    input.timed = first->timed;
    text.messages.emplace_back("one more");
    if (!lore::scan(input)) std::abort();
    return 0;
}
