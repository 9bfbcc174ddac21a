#pragma once
// Lorebooks as files: those of other programs in, SillyTavern's world info and the V3 lorebook out. What we
// keep of an entry is its object of the world file, whole: a field that nobody here knows comes out as it
// went in. Sources: SillyTavern 1.19's world info file, the card specification V3, and the exports of Agnai,
// RisuAI and NovelAI (lorebookVersion 4 to 6). Pure; errors are those of lorebook.h.
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "base/result.h"
#include "character/lorebook.h"

namespace lares::character {

// All of a book but its entries.
struct BookHead {
    std::string name;
    std::string description;
    std::optional<std::int64_t> scan_depth, token_budget;
    bool recursive = false;
    std::string extensions;  // JSON object, empty when there is none
    std::string rest;        // likewise: members of the file that nobody here knows
};

// One entry of the world file.
struct StoredEntry {
    std::int64_t uid = 0;
    boost::json::object json;
};

struct ImportedBook {
    std::string form;  // "world", "character_book", "agnai", "risu", "novel"
    BookHead head;
    std::vector<StoredEntry> entries;  // ascending by uid, each once
};

// The whole object of an entry; what `kept` has beside the known fields stays.
boost::json::object to_world_entry(const LoreEntry& entry, boost::json::object kept = {});

// Any of the forms, told apart by content; of a card's JSON its book.
Result<ImportedBook> import_lorebook(std::string_view json);
// The `character_book` of a card.
Result<ImportedBook> import_card_book(const boost::json::object& book);
// As it stands in the list of a card's book. `stored`: what is kept beside the fields of `entry`.
boost::json::object to_card_entry(const StoredEntry& stored, const LoreEntry& entry);

enum class BookForm : std::uint8_t { world, v3 };
std::string export_lorebook(const BookHead& head, const std::vector<StoredEntry>& entries, BookForm form);
struct BookFile {
    std::string name;
    std::string json;
};
BookFile book_file(const BookHead& head, const std::vector<StoredEntry>& entries, BookForm form);

// For scanning: decorators are taken off, entries in the order of their uid.
Result<Lorebook> to_lorebook(const BookHead& head, const std::vector<StoredEntry>& entries);

}  // namespace lares::character
