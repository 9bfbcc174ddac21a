#include "api/lorebook/test.h"

#include <algorithm>

#include <boost/json/serialize.hpp>

#include "prompt/lore/scan.h"
#include "prompt/macros.h"
#include "prompt/overflow.h"

namespace lares::api {

namespace {

namespace lore = prompt::lore;

constexpr std::int64_t scan_depth_usual = 4;
constexpr std::int64_t budget_usual = 2'048;
constexpr std::size_t messages_max = 64;  // that keys are searched in

LoreTestEntry to_wire(const lore::Item& item, const LoreTest& test, const prompt::Reason& reason) {
    LoreTestEntry out;
    if (item.of_book < test.books.size()) out.lorebook_id = test.books[item.of_book].id;
    out.book = item.book;
    out.uid = item.entry->uid;
    out.title = lore::title_of(item);
    if (item.entry->position) out.position = lore::position_name(*item.entry->position);
    out.reason = reason.text();
    out.code = reason.code();
    out.about = reason.about;
    return out;
}

std::shared_ptr<const lore::BookSet> compile(const LoreTest& test) {
    std::vector<lore::Book> books;
    for (const auto& each : test.books)
        books.push_back({each.scope, each.book.name, std::make_shared<const character::Lorebook>(each.book)});
    lore::CompileOptions options;
    options.v3 = true;
    return lore::BookSet::compile(std::move(books), options);
}

}  // namespace

Result<std::vector<std::string>> key_warnings(character::Lorebook book) {
    lore::CompileOptions options;
    options.v3 = true;
    std::vector<lore::Book> books;
    std::string name = book.name;
    books.push_back(
        {lore::Scope::global, std::move(name), std::make_shared<const character::Lorebook>(std::move(book))});
    return lore::BookSet::compile(std::move(books), options)->warnings();
}

Result<LoreTestAnswer> run_lore_test(LoreTest test, const LoreTestBody& body, prompt::CountTokens count) {
    if (!body.book.is_null()) {
        LARES_TRY(const auto read, character::import_lorebook(boost::json::serialize(body.book)));
        LARES_TRY(auto book, character::to_lorebook(read.head, read.entries));
        test.books.push_back({lore::Scope::global, std::nullopt, std::move(book)});
    }
    LoreTestAnswer answer;
    if (test.card && !test.card->character_book.empty() && !body.lorebook_id && body.book.is_null()) {
        auto book = character::parse_lorebook_text(test.card->character_book);
        if (book)
            test.books.push_back({lore::Scope::character, std::nullopt, std::move(*book)});
        else
            answer.warnings.push_back("The character's own lorebook cannot be read: " + book.error().message);
    }
    const auto books = compile(test);
    const std::string character = test.card ? test.card->name : "Character";
    std::uint64_t seed = 0;
    if (test.conversation) seed = prompt::seed_of(test.conversation->text());
    if (body.seed) seed = static_cast<std::uint64_t>(*body.seed);
    prompt::macros::Budget macros_budget;
    prompt::MacroValues values{character, "User", std::nullopt, seed, 0};
    values.budget = &macros_budget;
    lore::ScanInput scan;
    scan.books = books.get();
    scan.settings.scan_depth = scan_depth_usual;
    for (const auto& each : test.books) {
        scan.settings.recursive = scan.settings.recursive || each.book.recursive;
        if (each.book.scan_depth && !body.scan_depth)
            scan.settings.scan_depth = std::clamp<std::int64_t>(*each.book.scan_depth, 0, 64);
    }
    if (body.scan_depth) scan.settings.scan_depth = *body.scan_depth;
    if (body.recursive) scan.settings.recursive = *body.recursive;
    scan.settings.budget = static_cast<std::size_t>(body.token_budget.value_or(budget_usual));
    lore::ScanText text;
    if (!body.text.empty()) text.messages.push_back("User: " + body.text);
    for (auto said = test.said.rbegin(); said != test.said.rend() && text.messages.size() < messages_max;
         ++said)
        text.messages.push_back((said->role == chat::Role::user ? "User: " : character + ": ") + said->text);
    if (test.card)
        text.fields = {"", test.card->description, test.card->personality,
                       "", test.card->scenario,    test.card->creator_notes};
    scan.text = &text;
    scan.character = character;
    if (test.card) scan.tags = test.card->tags;
    scan.seed = seed;
    scan.length = static_cast<std::int64_t>(test.said.size() + (body.text.empty() ? 0 : 1));
    scan.expand = [&values](std::string_view one) { return prompt::expand_macros(one, values); };
    scan.count = [&](const std::string& one) -> Result<std::size_t> {
        if (macros_budget.spent()) return prompt::macros_overflow("lore", "book");
        const auto counted = count({gateway::Role::system, one, {}});
        return counted ? *counted : one.size() / 4;
    };
    LARES_TRY(const auto found, lore::scan(scan));
    if (macros_budget.spent()) return prompt::macros_overflow("lore", "book");
    for (const auto& each : found.activated) {
        auto entry = to_wire(*each.item, test, each.reason);
        entry.tokens = each.tokens;
        entry.content = each.content;
        answer.tokens += each.tokens;
        answer.activated.push_back(std::move(entry));
    }
    for (const auto& each : found.refused) answer.nearly.push_back(to_wire(*each.item, test, each.reason));
    answer.budget = scan.settings.budget;
    answer.overflowed = found.overflowed;
    answer.passes = found.passes;
    for (const auto& warning : books->warnings()) answer.warnings.push_back(warning);
    if (found.regex_exhausted)
        answer.warnings.emplace_back("Regex keys took more work than one scan may; some were not tried.");
    return answer;
}

}  // namespace lares::api
