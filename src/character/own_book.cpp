#include "character/own_book.h"

#include <algorithm>

#include <boost/json.hpp>

#include "character/card.h"
#include "character/export.h"
#include "character/stored_json.h"

namespace lares::character {

namespace bj = boost::json;

namespace {

Result<bj::object> object_of(const std::string& json) {
    auto read = read_stored(json);
    if (!read) return fail(Code::internal, "internal", "A stored card cannot be read.");
    return std::move(*read);
}

bj::object& object_at(bj::object& object, std::string_view key) {
    auto& value = object[key];
    if (!value.is_object()) value.emplace_object();
    return value.get_object();
}

bj::array& entries_of(bj::object& book) {
    auto& value = book["entries"];
    if (!value.is_array()) value.emplace_array();
    return value.get_array();
}

// What says nothing is not written where nothing stands: the card stays as it is.
template <class T>
void set(bj::object& book, std::string_view key, const std::optional<T>& value) {
    if (value && (*value != T() || book.contains(key))) book[key] = *value;
}

void set_head(bj::object& book, const HeadChange& head) {
    set(book, "name", head.name);
    set(book, "description", head.description);
    if (head.scan_depth) book["scan_depth"] = *head.scan_depth;
    if (head.token_budget) book["token_budget"] = *head.token_budget;
    set(book, "recursive_scanning", head.recursive);
}

// By number; of two with one number the later, as scans have it.
struct Numbered {
    std::int64_t uid = 0;
    std::size_t place = 0;
};
Result<std::vector<Numbered>> numbers_of(const bj::array& entries) {
    std::vector<Numbered> all;
    for (std::size_t place = 0; place < entries.size(); ++place) {
        LARES_TRY(const auto entry, parse_card_entry(entries[place], static_cast<std::int64_t>(place),
                                                     "entries[" + std::to_string(place) + "]"));
        all.push_back({entry.uid, place});
    }
    return all;
}

std::optional<std::size_t> place_of(const std::vector<Numbered>& all, std::int64_t uid) {
    const auto found =
        std::find_if(all.rbegin(), all.rend(), [&](const Numbered& one) { return one.uid == uid; });
    if (found == all.rend()) return std::nullopt;
    return found->place;
}

// The known fields over what stands there.
void overlay(bj::object& target, bj::object fields) {
    for (auto& [key, value] : fields) {
        if (key == "extensions" && value.is_object())
            overlay(object_at(target, key), std::move(value.get_object()));
        else
            target[key] = std::move(value);
    }
}

// Those whose number is their place would get another when one before them comes or goes.
void number_all(bj::array& entries, const std::vector<Numbered>& all) {
    for (const auto& one : all) {
        auto& entry = entries[one.place].as_object();
        const auto* id = entry.if_contains("id");
        if (!id || !id->is_number()) entry["id"] = one.uid;
    }
}

tl::unexpected<Error> too_many() {
    return fail(Code::conflict, "too-many-entries", "A lorebook has at most 10000 entries.");
}

Result<void> remove_entry(bj::array& entries, const std::vector<Numbered>& all, std::int64_t uid) {
    if (!place_of(all, uid))
        return fail(Code::not_found, "entry-not-found", "This lorebook has no such entry.");
    number_all(entries, all);
    for (auto one = all.rbegin(); one != all.rend(); ++one)
        if (one->uid == uid) entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(one->place));
    return {};
}

struct Put {
    StoredEntry entry;
    bool is_new = false;
};
Result<Put> put_entry(bj::array& entries, const std::vector<Numbered>& all, const EntryChange& change) {
    LoreEntry made = *change.entry;
    std::int64_t next = 0;
    for (const auto& one : all) next = std::max(next, one.uid + 1);
    made.uid = change.uid.value_or(next);
    const auto place = place_of(all, made.uid);
    if (!place && entries.size() >= limits::list_items) return too_many();
    const StoredEntry stored{made.uid, to_world_entry(made)};
    bj::object fields = to_card_entry(stored, made);
    if (!place) {
        entries.push_back(std::move(fields));
        return Put{stored, true};
    }
    auto& entry = entries[*place].as_object();
    // What a set flag wrote beside the extensions goes with the flag.
    if (!made.case_sensitive) entry.erase("case_sensitive");
    overlay(entry, std::move(fields));
    return Put{stored, false};
}

Result<StoredEntry> put_back(bj::array& entries, const EntryBack& back) {
    LARES_TRY(const auto all, numbers_of(entries));
    if (place_of(all, back.entry.uid))
        return fail(Code::conflict, "entry-number-taken",
                    "Another entry has its number by now. It is in an earlier version of the companion.");
    if (entries.size() >= limits::list_items) return too_many();
    LARES_TRY(auto entry, object_of(back.json));
    number_all(entries, all);
    const auto place = std::min(back.place, entries.size());
    entries.insert(entries.begin() + static_cast<std::ptrdiff_t>(place), std::move(entry));
    return back.entry;
}

}  // namespace

Result<std::optional<EntryBack>> entry_of(const Card& earlier, std::int64_t uid) {
    if (earlier.character_book.empty()) return std::optional<EntryBack>();
    LARES_TRY(auto book, object_of(earlier.character_book));
    auto& entries = entries_of(book);
    LARES_TRY(const auto all, numbers_of(entries));
    const auto place = place_of(all, uid);
    if (!place) return std::optional<EntryBack>();
    auto& entry = entries[*place].as_object();
    entry["id"] = uid;  // also where its place was its number
    LARES_TRY(const auto read, parse_card_entry(entry, uid, "entries"));
    return std::optional(EntryBack{{uid, to_world_entry(read)}, *place, bj::serialize(entry)});
}

Result<OwnBook> own_book(const Card& card) {
    OwnBook book;
    if (card.character_book.empty()) return book;
    LARES_TRY(const auto object, object_of(card.character_book));
    LARES_TRY(auto read, import_card_book(object));
    book.head = std::move(read.head);
    book.entries = std::move(read.entries);
    return book;
}

Result<BookChanged> change_own_book(const Card& card, const BookChange& change) {
    LARES_TRY(auto root, object_of(card_json_as(card, card.spec == Spec::v1 ? Spec::v2 : card.spec)));
    auto& data = root.at("data").as_object();
    BookChanged out;
    if (change.remove_book) {
        data.erase("character_book");
    } else {
        auto& book = object_at(data, "character_book");
        if (change.head) set_head(book, *change.head);
        if (!book.contains("extensions")) book["extensions"] = bj::object();
        auto& entries = entries_of(book);  // the last: a new member of the book moves the others
        if (change.back) {
            LARES_TRY(out.entry, put_back(entries, *change.back));
            out.is_new = true;
        } else if (change.entry) {
            LARES_TRY(const auto all, numbers_of(entries));
            if (change.entry->entry) {
                LARES_TRY(auto put, put_entry(entries, all, *change.entry));
                out.entry = std::move(put.entry);
                out.is_new = put.is_new;
            } else {
                LARES_CHECK(remove_entry(entries, all, change.entry->uid.value_or(-1)));
            }
        }
    }
    LARES_TRY(out.card, parse_card_json(bj::serialize(root)));
    return out;
}

}  // namespace lares::character
