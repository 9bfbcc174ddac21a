#include "character/lorebook_forms.h"

#include <algorithm>
#include <map>
#include <span>

#include <boost/json.hpp>

#include "base/text.h"
#include "character/model.h"
#include "character/stored_json.h"
#include "json/parse.h"

namespace lares::character {

namespace bj = boost::json;

namespace {

tl::unexpected<Error> invalid(const std::string& field, const std::string& rule) {
    return fail(Code::bad_request, "invalid-lorebook", "The lorebook is not valid: " + field + ": " + rule,
                field);
}

template <class T>
bj::value or_null(const std::optional<T>& value) {
    return value ? bj::value(*value) : bj::value(nullptr);
}

bj::array list_of(const std::vector<std::string>& texts) {
    bj::array list;
    for (const auto& text : texts) list.emplace_back(text);
    return list;
}

std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const auto& text : texts) all += (all.empty() ? "" : ",") + text;
    return all;
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> items;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        if (const auto item = trim(text.substr(0, comma)); !item.empty()) items.emplace_back(item);
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return items;
}

bool has(std::uint8_t fields, LoreField field) {
    return ((fields >> static_cast<unsigned>(field)) & 1U) != 0;
}

const bj::value* find(const bj::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value && !value->is_null() ? value : nullptr;
}

std::string text_of(const bj::object& object, std::string_view key) {
    const auto* value = find(object, key);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

double number_of(const bj::object& object, std::string_view key, double otherwise) {
    const auto* value = find(object, key);
    return value && value->is_number() ? value->to_number<double>() : otherwise;
}

bool flag_of(const bj::object& object, std::string_view key, bool otherwise) {
    const auto* value = find(object, key);
    return value && value->is_bool() ? value->get_bool() : otherwise;
}

std::optional<std::int64_t> whole_of(const bj::object& object, std::string_view key) {
    const auto* value = find(object, key);
    if (!value || !value->is_number()) return std::nullopt;
    return static_cast<std::int64_t>(std::clamp(value->to_number<double>(), -1e6, 1e6));
}

Result<std::vector<std::string>> texts_of(const bj::object& object, std::string_view key,
                                          const std::string& path) {
    std::vector<std::string> list;
    const auto* value = find(object, key);
    if (!value) return list;
    const std::string field = path + "." + std::string(key);
    if (!value->is_array()) return invalid(field, "must be a list of strings");
    if (value->get_array().size() > limits::list_items) return invalid(field, "has more than 10000 items");
    for (const auto& item : value->get_array()) {
        if (!item.is_string()) return invalid(field, "must be a list of strings");
        list.emplace_back(item.get_string());
    }
    return list;
}

constexpr std::string_view head_members[] = {
    "name", "description", "scan_depth", "token_budget", "recursive_scanning", "extensions", "entries"};
// Of the entry of a card's book: what the world file has names of its own for.
constexpr std::string_view card_members[] = {
    "id",        "keys",     "secondary_keys",  "comment",   "content",    "enabled", "constant",
    "selective", "position", "insertion_order", "use_regex", "extensions", "name",    "priority"};

bool one_of(std::string_view key, std::span<const std::string_view> list) {
    return std::ranges::find(list, key) != list.end();
}

// Null is how some programs write what is as usual: it stays.
void put(bj::object& object, std::string_view key, bj::value value, const bj::value& usual) {
    const auto* old = object.if_contains(key);
    if (old && old->is_null() && value == usual) return;
    object[key] = std::move(value);
}

BookHead head_of(const bj::object& book) {
    BookHead head;
    head.name = text_of(book, "name");
    head.description = text_of(book, "description");
    head.scan_depth = whole_of(book, "scan_depth");
    head.token_budget = whole_of(book, "token_budget");
    head.recursive = flag_of(book, "recursive_scanning", false);
    if (const auto* more = find(book, "extensions"); more && more->is_object())
        head.extensions = bj::serialize(*more);
    bj::object rest;
    for (const auto& [key, value] : book) {
        if (!one_of(key, head_members)) rest.emplace(key, value);
    }
    if (!rest.empty()) head.rest = bj::serialize(rest);
    return head;
}

// Ascending; of two with one number the later wins.
void put_in_order(std::vector<StoredEntry>& entries) {
    std::map<std::int64_t, bj::object> by_uid;
    for (auto& entry : entries) by_uid[entry.uid] = std::move(entry.json);
    entries.clear();
    for (auto& [uid, json] : by_uid) entries.push_back({uid, std::move(json)});
}

Result<ImportedBook> of_world(const bj::object& book, const bj::object& entries) {
    ImportedBook out{"world", head_of(book), {}};
    const auto numbers = world_numbers(entries);
    for (const auto& item : entries) {
        const std::string path = "entries." + std::string(item.key());
        LARES_TRY(auto entry, parse_world_entry(item.value(), path));
        entry.uid = numbers[out.entries.size()];
        out.entries.push_back({entry.uid, to_world_entry(entry, item.value().get_object())});
    }
    return out;
}

// Members that nobody here knows, an id that is no number, and the position in words.
constexpr std::string_view card_rest = "card_entry";
bj::object rest_of_card_entry(const bj::object& entry) {
    bj::object rest;
    for (const auto& [key, value] : entry) {
        const bool told = key == "position" || (key == "id" && !value.is_number());
        if (told || !one_of(key, card_members)) rest.emplace(key, value);
    }
    return rest;
}

// What a card's entry says beside what the world file knows stays under its own name.
Result<ImportedBook> of_card(const bj::object& book, const bj::array& entries) {
    ImportedBook out{"character_book", head_of(book), {}};
    std::int64_t index = 0;
    for (const auto& item : entries) {
        const std::string path = "entries[" + std::to_string(index) + "]";
        LARES_TRY(auto entry, parse_card_entry(item, index, path));
        if (entry.use_regex) {
            // In the world file a pattern says so itself.
            for (auto* keys : {&entry.keys, &entry.secondary_keys}) {
                for (auto& key : *keys) {
                    if (!key.starts_with('/')) key = "/" + key + "/";
                }
            }
        }
        bj::object kept;
        if (const auto* more = find(item.get_object(), "extensions"); more && more->is_object())
            kept["extensions"] = *more;
        for (const auto* name : {"name", "priority"}) {
            if (const auto* value = find(item.get_object(), name)) kept[name] = *value;
        }
        if (auto more = rest_of_card_entry(item.get_object()); !more.empty())
            kept[card_rest] = std::move(more);
        out.entries.push_back({entry.uid, to_world_entry(entry, std::move(kept))});
        ++index;
    }
    return out;
}

using ReadForeign = Result<LoreEntry> (*)(const bj::object& entry, const std::string& path);

Result<ImportedBook> of_list(std::string form, const bj::object& book, std::string_view key,
                             ReadForeign read) {
    ImportedBook out{std::move(form), head_of(book), {}};
    const auto* list = find(book, key);
    if (!list || !list->is_array()) return invalid(std::string(key), "must be a list");
    if (list->get_array().size() > limits::list_items)
        return invalid(std::string(key), "has more than 10000 items");
    std::int64_t uid = 0;
    for (const auto& item : list->get_array()) {
        const std::string path = std::string(key) + "[" + std::to_string(uid) + "]";
        if (!item.is_object()) return invalid(path, "must be an object");
        LARES_TRY(auto entry, read(item.get_object(), path));
        entry.uid = uid++;
        out.entries.push_back({entry.uid, to_world_entry(entry)});
    }
    return out;
}

Result<LoreEntry> read_agnai(const bj::object& it, const std::string& path) {
    LoreEntry entry;
    LARES_TRY(entry.keys, texts_of(it, "keywords", path));
    entry.comment = text_of(it, "name");
    entry.content = text_of(it, "entry");
    entry.order = number_of(it, "weight", 100);
    entry.enabled = flag_of(it, "enabled", true);
    entry.selective = false;
    return entry;
}

Result<LoreEntry> read_risu(const bj::object& it, const std::string&) {
    LoreEntry entry;
    entry.keys = split(text_of(it, "key"));
    entry.secondary_keys = split(text_of(it, "secondkey"));
    entry.comment = text_of(it, "comment");
    entry.content = text_of(it, "content");
    entry.constant = flag_of(it, "alwaysActive", false);
    entry.selective = flag_of(it, "selective", false);
    entry.order = number_of(it, "insertorder", 100);
    if (const auto* percent = find(it, "activationPercent"); percent && percent->is_number())
        entry.probability = std::clamp(percent->to_number<double>(), 0.0, 100.0);
    if (flag_of(it, "useRegex", false)) {
        // One pattern, with or without its slashes; a comma in it parts nothing.
        const std::string key(trim(text_of(it, "key")));
        entry.keys = {key.starts_with('/') ? key : "/" + key + "/"};
    }
    return entry;
}

Result<LoreEntry> read_novel(const bj::object& it, const std::string& path) {
    LoreEntry entry;
    LARES_TRY(entry.keys, texts_of(it, "keys", path));
    entry.comment = text_of(it, "displayName");
    entry.content = text_of(it, "text");
    entry.enabled = flag_of(it, "enabled", true);
    entry.constant = flag_of(it, "forceActivation", false);
    entry.exclude_recursion = !flag_of(it, "nonStoryActivatable", false);
    entry.selective = false;
    const auto* config = find(it, "contextConfig");
    entry.order = config && config->is_object() ? number_of(config->get_object(), "budgetPriority", 0) : 0;
    return entry;
}

// The book where it stands: itself, in a V3 lorebook file, in a card.
const bj::object* book_in(const bj::object& top) {
    const auto inner = [](const bj::object& object, std::string_view key) -> const bj::object* {
        const auto* value = find(object, key);
        return value && value->is_object() ? &value->get_object() : nullptr;
    };
    if (text_of(top, "spec") == "lorebook_v3") return inner(top, "data");
    if (const auto* book = inner(top, "character_book")) return book;
    if (const auto* data = inner(top, "data")) {
        if (const auto* book = inner(*data, "character_book")) return book;
    }
    return &top;
}

// `name` as a file's stem: no path, no control characters.
std::string file_name(std::string_view name) {
    std::string out;
    for (const char c : name) {
        const bool plain = static_cast<unsigned char>(c) >= 0x20 &&
                           std::string_view("/\\:*?\"<>|").find(c) == std::string_view::npos;
        if (plain && out.size() < 100) out += c;
    }
    out.resize(utf8_valid_prefix(out));
    return (trim(out).empty() ? std::string("lorebook") : std::string(trim(out))) + ".json";
}

// Whether the words of a card's entry still mean the position that it has.
bool same_position(const bj::value& words, const bj::object& stored, const LoreEntry& entry) {
    bj::object told{{"position", words}};
    if (const auto* more = find(stored, "extensions")) told["extensions"] = *more;
    const auto read = parse_card_entry(told, 0);
    return read && read->position == entry.position;
}

}  // namespace

bj::object to_card_entry(const StoredEntry& stored, const LoreEntry& entry) {
    bj::object more;
    if (const auto* kept = find(stored.json, "extensions"); kept && kept->is_object())
        more = kept->get_object();
    more["position"] = static_cast<int>(entry.position.value_or(LorePosition::before));
    more["exclude_recursion"] = entry.exclude_recursion;
    more["prevent_recursion"] = entry.prevent_recursion;
    more["delay_until_recursion"] = entry.delay_until_recursion;
    more["ignore_budget"] = entry.ignore_budget;
    more["probability"] = entry.probability;
    more["useProbability"] = entry.use_probability;
    more["selectiveLogic"] = static_cast<int>(entry.logic);
    more["outlet_name"] = entry.outlet;
    more["group"] = joined(entry.groups);
    more["group_override"] = entry.group_override;
    more["group_weight"] = entry.group_weight;
    more["use_group_scoring"] = or_null(entry.group_scoring);
    more["scan_depth"] = or_null(entry.scan_depth);
    more["case_sensitive"] = or_null(entry.case_sensitive);
    more["match_whole_words"] = or_null(entry.whole_words);
    more["depth"] = entry.depth;
    put(more, "role", entry.role, 0);
    put(more, "sticky", entry.sticky, 0);
    put(more, "cooldown", entry.cooldown, 0);
    put(more, "delay", entry.delay, 0);
    more["match_persona_description"] = has(entry.match_fields, LoreField::persona);
    more["match_character_description"] = has(entry.match_fields, LoreField::description);
    more["match_character_personality"] = has(entry.match_fields, LoreField::personality);
    more["match_character_depth_prompt"] = has(entry.match_fields, LoreField::depth_prompt);
    more["match_scenario"] = has(entry.match_fields, LoreField::scenario);
    more["match_creator_notes"] = has(entry.match_fields, LoreField::creator_notes);
    more["triggers"] = list_of(entry.triggers);
    if (const auto* filter = find(stored.json, "characterFilter")) more["character_filter"] = *filter;
    bj::object out;
    out["id"] = entry.uid;
    out["position"] = entry.position == LorePosition::before ? "before_char" : "after_char";
    if (const auto* rest = find(stored.json, card_rest); rest && rest->is_object()) {
        for (const auto& [key, value] : rest->get_object()) {
            if (key != "position" || same_position(value, stored.json, entry)) out[key] = value;
        }
    }
    out["keys"] = list_of(entry.keys);
    out["secondary_keys"] = list_of(entry.secondary_keys);
    out["comment"] = entry.comment;
    out["content"] = entry.content;
    out["enabled"] = entry.enabled;
    out["constant"] = entry.constant;
    out["selective"] = entry.selective;
    out["insertion_order"] = entry.order;
    out["use_regex"] = false;  // a pattern stands between slashes
    if (entry.case_sensitive) out["case_sensitive"] = *entry.case_sensitive;
    for (const auto* name : {"name", "priority"}) {
        if (const auto* value = find(stored.json, name)) out[name] = *value;
    }
    out["extensions"] = std::move(more);
    return out;
}

bj::object to_world_entry(const LoreEntry& entry, bj::object kept) {
    bj::object out = std::move(kept);
    out["uid"] = entry.uid;
    out["key"] = list_of(entry.keys);
    out["keysecondary"] = list_of(entry.secondary_keys);
    out["comment"] = entry.comment;
    out["content"] = entry.content;
    out["constant"] = entry.constant;
    if (!out.contains("vectorized")) out["vectorized"] = false;
    out["selective"] = entry.selective;
    out["selectiveLogic"] = static_cast<int>(entry.logic);
    if (!out.contains("addMemo")) out["addMemo"] = !entry.comment.empty();
    out["order"] = entry.order;
    if (entry.position) out["position"] = static_cast<int>(*entry.position);
    out["disable"] = !entry.enabled;
    out["ignoreBudget"] = entry.ignore_budget;
    out["excludeRecursion"] = entry.exclude_recursion;
    out["preventRecursion"] = entry.prevent_recursion;
    out["matchPersonaDescription"] = has(entry.match_fields, LoreField::persona);
    out["matchCharacterDescription"] = has(entry.match_fields, LoreField::description);
    out["matchCharacterPersonality"] = has(entry.match_fields, LoreField::personality);
    out["matchCharacterDepthPrompt"] = has(entry.match_fields, LoreField::depth_prompt);
    out["matchScenario"] = has(entry.match_fields, LoreField::scenario);
    out["matchCreatorNotes"] = has(entry.match_fields, LoreField::creator_notes);
    out["delayUntilRecursion"] = entry.delay_until_recursion;
    out["probability"] = entry.probability;
    out["useProbability"] = entry.use_probability;
    out["depth"] = entry.depth;
    out["outletName"] = entry.outlet;
    out["group"] = joined(entry.groups);
    out["groupOverride"] = entry.group_override;
    out["groupWeight"] = entry.group_weight;
    out["scanDepth"] = or_null(entry.scan_depth);
    out["caseSensitive"] = or_null(entry.case_sensitive);
    out["matchWholeWords"] = or_null(entry.whole_words);
    out["useGroupScoring"] = or_null(entry.group_scoring);
    put(out, "role", entry.role, 0);
    put(out, "sticky", entry.sticky, 0);
    put(out, "cooldown", entry.cooldown, 0);
    put(out, "delay", entry.delay, 0);
    out["triggers"] = list_of(entry.triggers);
    auto& filter = out["characterFilter"];
    if (!filter.is_object()) filter.emplace_object();
    filter.get_object()["isExclude"] = entry.filter.exclude;
    filter.get_object()["names"] = list_of(entry.filter.names);
    filter.get_object()["tags"] = list_of(entry.filter.tags);
    if (!out.contains("displayIndex")) out["displayIndex"] = entry.uid;
    return out;
}

Result<ImportedBook> import_lorebook(std::string_view json) {
    json::Limits bounds;
    bounds.depth = limits::card_depth;
    bounds.members = limits::list_items;
    const auto mended = json::without_lone_surrogates(json);
    LARES_TRY(const auto value, json::parse_value(mended.empty() ? json : mended, bounds));
    if (!value.is_object()) return invalid("lorebook", "must be an object");
    const auto& top = value.get_object();
    const auto read = [&]() -> Result<ImportedBook> {
        if (top.contains("lorebookVersion")) return of_list("novel", top, "entries", &read_novel);
        if (text_of(top, "kind") == "memory") return of_list("agnai", top, "entries", &read_agnai);
        if (text_of(top, "type") == "risu") return of_list("risu", top, "data", &read_risu);
        const auto* book = book_in(top);
        if (!book) return invalid("data", "must be an object");
        const auto* entries = find(*book, "entries");
        if (!entries || !entries->is_structured())
            return invalid("entries", entries ? "must be a list or an object" : "is missing");
        const bool listed = entries->is_array();
        const auto size = listed ? entries->get_array().size() : entries->get_object().size();
        if (size > limits::list_items) return invalid("entries", "has more than 10000 items");
        return listed ? of_card(*book, entries->get_array()) : of_world(*book, entries->get_object());
    };
    LARES_TRY(auto book, read());
    put_in_order(book.entries);
    return book;
}

Result<ImportedBook> import_card_book(const bj::object& book) {
    const auto* entries = find(book, "entries");
    if (!entries || !entries->is_array()) return invalid("entries", "must be a list");
    LARES_TRY(auto read, of_card(book, entries->get_array()));
    put_in_order(read.entries);
    return read;
}

std::string export_lorebook(const BookHead& head, const std::vector<StoredEntry>& entries, BookForm form) {
    bj::object book;
    book["name"] = head.name;
    if (!head.description.empty() || form == BookForm::v3) book["description"] = head.description;
    if (head.scan_depth) book["scan_depth"] = *head.scan_depth;
    if (head.token_budget) book["token_budget"] = *head.token_budget;
    if (head.recursive || form == BookForm::v3) book["recursive_scanning"] = head.recursive;
    if (auto extensions = read_stored(head.extensions))
        book["extensions"] = std::move(*extensions);
    else if (form == BookForm::v3)
        book["extensions"] = bj::object();
    if (const auto rest = read_stored(head.rest)) {
        for (const auto& [key, value] : *rest) book.emplace(key, value);
    }
    if (form == BookForm::world) {
        bj::object list;
        for (const auto& entry : entries) list[std::to_string(entry.uid)] = entry.json;
        book["entries"] = std::move(list);
        return bj::serialize(book);
    }
    bj::array list;
    for (const auto& stored : entries) {
        if (auto entry = parse_world_entry(stored.json)) list.push_back(to_card_entry(stored, *entry));
    }
    book["entries"] = std::move(list);
    return bj::serialize(bj::object{{"spec", "lorebook_v3"}, {"data", std::move(book)}});
}

BookFile book_file(const BookHead& head, const std::vector<StoredEntry>& entries, BookForm form) {
    return {file_name(head.name), export_lorebook(head, entries, form)};
}

Result<Lorebook> to_lorebook(const BookHead& head, const std::vector<StoredEntry>& entries) {
    bj::object list;
    list.reserve(entries.size());
    for (const auto& entry : entries) list.emplace(std::to_string(entry.uid), entry.json);
    LARES_TRY(auto book, parse_lorebook(bj::object{{"entries", std::move(list)}}));
    book.name = head.name;
    book.scan_depth = head.scan_depth;
    book.token_budget = head.token_budget;
    book.recursive = head.recursive;
    return book;
}

}  // namespace lares::character
