#include "character/lorebook.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include <boost/json.hpp>

#include "base/text.h"
#include "character/model.h"
#include "json/parse.h"

namespace lares::character {

namespace bj = boost::json;

namespace {

constexpr std::int64_t whole_max = 1'000'000;  // depths, levels, counts of messages
constexpr std::int64_t uid_max = std::int64_t{1} << 53;

tl::unexpected<Error> invalid(const std::string& field, const std::string& rule) {
    return fail(Code::bad_request, "invalid-lorebook", "The lorebook is not valid: " + field + ": " + rule,
                field);
}

// Reads one object as foreign files write it: numbers may be text, flags may be numbers, null is absent.
// The first misfit is kept and reading goes on with the default.
class Fields {
public:
    Fields(const bj::object& object, std::string path, std::optional<Error>& error)
        : object_(object), path_(std::move(path)), error_(error) {}

    const bj::value* find(std::string_view key) const {
        const auto* value = object_.if_contains(key);
        return value && !value->is_null() ? value : nullptr;
    }
    std::string at(std::string_view key) const {
        return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
    }

    std::string text(std::string_view key) const {
        const auto* value = find(key);
        if (!value) return {};
        if (!value->is_string()) return refuse(key, "must be a string"), std::string();
        return std::string(value->get_string());
    }
    bool flag(std::string_view key, bool otherwise) const { return maybe_flag(key).value_or(otherwise); }
    std::optional<bool> maybe_flag(std::string_view key) const {
        const auto* value = find(key);
        if (!value) return std::nullopt;
        if (value->is_bool()) return value->get_bool();
        if (const auto number = as_number(*value)) return *number != 0;
        refuse(key, "must be true or false");
        return std::nullopt;
    }
    double number(std::string_view key, double otherwise) const {
        return maybe_number(key).value_or(otherwise);
    }
    std::optional<double> maybe_number(std::string_view key) const {
        const auto* value = find(key);
        if (!value) return std::nullopt;
        if (value->is_string() && trim(value->get_string()).empty()) return std::nullopt;
        if (const auto number = as_number(*value)) return number;
        refuse(key, "must be a number");
        return std::nullopt;
    }
    std::optional<std::int64_t> maybe_whole(std::string_view key, std::int64_t max = whole_max) const {
        const auto found = maybe_number(key);
        if (!found) return std::nullopt;
        return static_cast<std::int64_t>(
            std::clamp(*found, -static_cast<double>(max), static_cast<double>(max)));
    }
    std::int64_t whole(std::string_view key, std::int64_t otherwise) const {
        return maybe_whole(key).value_or(otherwise);
    }
    std::vector<std::string> texts(std::string_view key) const {
        std::vector<std::string> list;
        const auto* value = find(key);
        if (!value) return list;
        if (!value->is_array()) return refuse(key, "must be a list of strings"), list;
        if (value->get_array().size() > limits::list_items)
            return refuse(key, "has more than 10000 items"), list;
        for (const auto& item : value->get_array()) {
            if (!item.is_string()) return refuse(key, "must be a list of strings"), list;
            list.emplace_back(item.get_string());
        }
        return list;
    }
    const bj::object* object(std::string_view key) const {
        const auto* value = find(key);
        if (!value) return nullptr;
        if (!value->is_object()) return refuse(key, "must be an object"), nullptr;
        return &value->get_object();
    }
    void refuse(std::string_view key, const std::string& rule) const {
        if (!error_) error_ = invalid(at(key), rule).value();
    }
    std::optional<Error>& error() const { return error_; }
    const std::string& path() const { return path_; }

private:
    static std::optional<double> as_number(const bj::value& value) {
        if (value.is_int64()) return static_cast<double>(value.get_int64());
        if (value.is_uint64()) return static_cast<double>(value.get_uint64());
        if (value.is_double()) return value.get_double();
        if (value.is_bool()) return value.get_bool() ? 1.0 : 0.0;
        if (!value.is_string()) return std::nullopt;
        const std::string_view text = trim(value.get_string());
        double number = 0;
        const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (problem != std::errc() || end != text.data() + text.size() || !std::isfinite(number))
            return std::nullopt;
        return number;
    }

    const bj::object& object_;
    std::string path_;
    std::optional<Error>& error_;
};

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> items;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        if (const auto item = trim(text.substr(0, comma)); !item.empty()) items.emplace_back(item);
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return items;
}

std::optional<std::int64_t> whole_of(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return std::clamp(number, -whole_max, whole_max);
}

std::optional<std::uint8_t> role_of(std::string_view text) {
    if (text == "system") return std::uint8_t{0};
    if (text == "user") return std::uint8_t{1};
    if (text == "assistant") return std::uint8_t{2};
    return std::nullopt;
}

// False: a decorator that nobody knows, or one whose argument is not right; its @@@ lines are tried then.
bool take_decorator(std::string_view line, LoreDecorators& out) {
    const std::size_t space = std::min(line.find_first_of(" \t"), line.size());
    const std::string_view name = line.substr(0, space);
    const std::string_view argument = trim(line.substr(space));
    const auto whole = [&](std::optional<std::int64_t>& target) {
        const auto number = whole_of(argument);
        if (number) target = number;
        return number.has_value();
    };
    const auto set = [](bool& target) { return target = true; };
    if (name == "activate") return set(out.activate);
    if (name == "dont_activate") return set(out.dont_activate);
    if (name == "depth") return whole(out.depth);
    if (name == "instruct_depth") return whole(out.instruct_depth);
    if (name == "reverse_depth") return whole(out.reverse_depth);
    if (name == "scan_depth") return whole(out.scan_depth);
    if (name == "activate_only_after") return whole(out.activate_only_after);
    if (name == "activate_only_every") return whole(out.activate_only_every);
    if (name == "is_greeting") return whole(out.is_greeting);
    if (name == "keep_activate_after_match") return set(out.keep_activate_after_match);
    if (name == "dont_activate_after_match") return set(out.dont_activate_after_match);
    if (name == "constant") return set(out.constant);
    if (name == "use_regex") return set(out.use_regex);
    if (name == "ignore_on_max_context") return set(out.ignore_on_max_context);
    if (name == "position") return !argument.empty() && (out.position = std::string(argument), true);
    if (name == "role") return (out.role = role_of(argument)).has_value();
    if (name == "additional_keys") return out.additional_keys = split_list(argument), true;
    if (name == "exclude_keys") return out.exclude_keys = split_list(argument), true;
    return false;
}

// Lines that start with @@ at the top are decorators, @@@ ones fall back for the unknown one above them. A
// content of nothing else is no content with decorators, but text.
void take_decorators(LoreEntry& entry) {
    if (!entry.content.starts_with("@@")) return;
    std::string_view rest = entry.content;
    bool fallback = false;
    while (rest.starts_with("@@")) {
        const std::size_t end = rest.find('\n');
        const std::string_view line = trim(rest.substr(0, end));
        const bool is_fallback = line.starts_with("@@@");
        if (!is_fallback || fallback)
            fallback = !take_decorator(line.substr(is_fallback ? 3 : 2), entry.decorators);
        if (end == std::string_view::npos) return;
        rest.remove_prefix(end + 1);
    }
    entry.content = std::string(rest);
}

// What stands in the world file under one name and in a card's `extensions` under another.
struct Names {
    std::string_view exclude_recursion, prevent_recursion, delay_until_recursion, ignore_budget,
        use_probability, logic, outlet, group_override, group_weight, group_scoring, scan_depth,
        case_sensitive, whole_words;
    std::string_view match[lore_fields];
    std::string_view filter;
};
constexpr Names file_names{
    "excludeRecursion",
    "preventRecursion",
    "delayUntilRecursion",
    "ignoreBudget",
    "useProbability",
    "selectiveLogic",
    "outletName",
    "groupOverride",
    "groupWeight",
    "useGroupScoring",
    "scanDepth",
    "caseSensitive",
    "matchWholeWords",
    {"matchPersonaDescription", "matchCharacterDescription", "matchCharacterPersonality",
     "matchCharacterDepthPrompt", "matchScenario", "matchCreatorNotes"},
    "characterFilter"};
constexpr Names card_names{
    "exclude_recursion",
    "prevent_recursion",
    "delay_until_recursion",
    "ignore_budget",
    "useProbability",
    "selectiveLogic",
    "outlet_name",
    "group_override",
    "group_weight",
    "use_group_scoring",
    "scan_depth",
    "case_sensitive",
    "match_whole_words",
    {"match_persona_description", "match_character_description", "match_character_personality",
     "match_character_depth_prompt", "match_scenario", "match_creator_notes"},
    "character_filter"};

void read_filter(const Fields& fields, std::string_view key, LoreFilter& filter) {
    const auto* object = fields.object(key);
    if (!object) return;
    const Fields inner(*object, fields.at(key), fields.error());
    filter.exclude = inner.flag("isExclude", false);
    filter.names = inner.texts("names");
    filter.tags = inner.texts("tags");
}

void read_shared(const Fields& fields, const Names& names, LoreEntry& entry) {
    entry.exclude_recursion = fields.flag(names.exclude_recursion, false);
    entry.prevent_recursion = fields.flag(names.prevent_recursion, false);
    entry.delay_until_recursion = std::max<std::int64_t>(0, fields.whole(names.delay_until_recursion, 0));
    entry.ignore_budget = fields.flag(names.ignore_budget, false);
    entry.probability = fields.number("probability", 100);
    entry.use_probability = fields.flag(names.use_probability, true);
    entry.logic = static_cast<SecondaryLogic>(std::clamp<std::int64_t>(fields.whole(names.logic, 0), 0, 3));
    entry.outlet = fields.text(names.outlet);
    entry.groups = split_list(fields.text("group"));
    entry.group_override = fields.flag(names.group_override, false);
    entry.group_weight = std::max(0.0, fields.number(names.group_weight, 100));
    entry.group_scoring = fields.maybe_flag(names.group_scoring);
    entry.scan_depth = fields.maybe_whole(names.scan_depth);
    entry.case_sensitive = fields.maybe_flag(names.case_sensitive);
    entry.whole_words = fields.maybe_flag(names.whole_words);
    entry.depth = std::max<std::int64_t>(0, fields.whole("depth", 4));
    entry.role = static_cast<std::uint8_t>(std::clamp<std::int64_t>(fields.whole("role", 0), 0, 2));
    entry.sticky = std::max<std::int64_t>(0, fields.whole("sticky", 0));
    entry.cooldown = std::max<std::int64_t>(0, fields.whole("cooldown", 0));
    entry.delay = std::max<std::int64_t>(0, fields.whole("delay", 0));
    for (std::size_t i = 0; i < lore_fields; ++i) {
        if (fields.flag(names.match[i], false)) entry.match_fields |= static_cast<std::uint8_t>(1U << i);
    }
    entry.triggers = fields.texts("triggers");
    read_filter(fields, names.filter, entry.filter);
}

std::optional<LorePosition> position_of(std::int64_t number) {
    if (number < 0 || number > 7) return std::nullopt;
    return static_cast<LorePosition>(number);
}

LoreEntry read_file_entry(const Fields& fields) {
    LoreEntry entry;
    entry.uid = fields.maybe_whole("uid", uid_max).value_or(0);
    entry.keys = fields.texts("key");
    entry.secondary_keys = fields.texts("keysecondary");
    entry.enabled = !fields.flag("disable", false);
    entry.selective = fields.flag("selective", true);
    entry.order = fields.number("order", 100);
    entry.position = position_of(fields.whole("position", 0));
    read_shared(fields, file_names, entry);
    return entry;
}

LoreEntry read_card_entry(const Fields& fields, std::int64_t index) {
    static const bj::object none;
    LoreEntry entry;
    const auto* id = fields.find("id");
    entry.uid = id && id->is_number() ? fields.maybe_whole("id", uid_max).value_or(index) : index;
    entry.keys = fields.texts("keys");
    entry.secondary_keys = fields.texts("secondary_keys");
    entry.enabled = fields.flag("enabled", true);
    entry.selective = fields.flag("selective", false);
    entry.order = fields.number("insertion_order", 100);
    entry.use_regex = fields.flag("use_regex", false);
    const auto* extensions = fields.object("extensions");
    const Fields more(extensions ? *extensions : none, fields.at("extensions"), fields.error());
    const auto* named = fields.find("position");
    const bool before = named && named->is_string() && named->get_string() == "before_char";
    entry.position = position_of(more.whole("position", before ? 0 : 1));
    read_shared(more, card_names, entry);
    return entry;
}

LoreEntry read_entry(const bj::object& object, std::string path, std::int64_t index, bool of_card,
                     std::optional<Error>& error) {
    const Fields fields(object, std::move(path), error);
    LoreEntry entry = of_card ? read_card_entry(fields, index) : read_file_entry(fields);
    entry.comment = fields.text("comment");
    entry.content = fields.text("content");
    entry.constant = fields.flag("constant", false);
    return entry;
}

Result<LoreEntry> parse_entry(const bj::value& value, std::int64_t index, bool of_card,
                              const std::string& path) {
    if (!value.is_object()) return invalid(path.empty() ? "entry" : path, "must be an object");
    std::optional<Error> error;
    LoreEntry entry = read_entry(value.get_object(), path, index, of_card, error);
    if (error) return fail(std::move(*error));
    return entry;
}

// As an object with numbers for names is walked: by number; the later one of two with one number wins.
void order_by_uid(std::vector<LoreEntry>& entries) {
    std::vector<std::pair<std::int64_t, std::size_t>> places;  // by uid, then by place
    for (std::size_t i = 0; i < entries.size(); ++i) places.emplace_back(entries[i].uid, i);
    std::ranges::sort(places);
    std::vector<LoreEntry> kept;
    kept.reserve(entries.size());
    for (const auto& [uid, place] : places) {
        if (!kept.empty() && kept.back().uid == uid)
            kept.back() = std::move(entries[place]);
        else
            kept.push_back(std::move(entries[place]));
    }
    entries = std::move(kept);
}

std::optional<std::int64_t> number_of_key(std::string_view key) {
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(key.data(), key.data() + key.size(), number);
    if (problem != std::errc() || end != key.data() + key.size() || number < 0 || number > uid_max)
        return std::nullopt;
    return number;
}

}  // namespace

std::vector<std::int64_t> world_numbers(const bj::object& entries) {
    std::vector<std::optional<std::int64_t>> numbers;
    std::set<std::int64_t> taken;
    for (const auto& [key, value] : entries) {
        auto& number = numbers.emplace_back();
        std::optional<Error> ignored;
        if (value.is_object()) number = Fields(value.get_object(), {}, ignored).maybe_whole("uid", uid_max);
        if (number && !taken.insert(*number).second) number.reset();
    }
    std::size_t at = 0;
    for (const auto& item : entries) {
        auto& number = numbers[at++];
        if (number) continue;
        number = number_of_key(item.key());
        if (number && !taken.insert(*number).second) number.reset();
    }
    std::vector<std::int64_t> out;
    std::int64_t next = taken.empty() ? 0 : std::max<std::int64_t>(0, *taken.rbegin() + 1);
    for (const auto& number : numbers) out.push_back(number ? *number : next++);
    return out;
}

Result<LoreEntry> parse_world_entry(const bj::value& value, const std::string& path) {
    return parse_entry(value, 0, false, path);
}

Result<LoreEntry> parse_card_entry(const bj::value& value, std::int64_t index, const std::string& path) {
    return parse_entry(value, index, true, path);
}

Result<Lorebook> parse_lorebook(const bj::value& value, const std::string& path) {
    if (!value.is_object()) return invalid(path.empty() ? "lorebook" : path, "must be an object");
    std::optional<Error> error;
    const Fields top(value.get_object(), path, error);
    Lorebook book;
    book.name = top.text("name");
    book.scan_depth = top.maybe_whole("scan_depth");
    book.token_budget = top.maybe_whole("token_budget");
    book.recursive = top.flag("recursive_scanning", false);
    const auto* entries = top.find("entries");
    if (!entries || !entries->is_structured())
        return invalid(top.at("entries"), entries ? "must be a list or an object" : "is missing");
    const bool of_card = entries->is_array();
    const std::size_t size = of_card ? entries->get_array().size() : entries->get_object().size();
    if (size > limits::list_items) return invalid(top.at("entries"), "has more than 10000 items");
    book.entries.reserve(size);
    const auto add = [&](const bj::value& item, const std::string& place, std::int64_t index) {
        if (!item.is_object()) {
            top.refuse(place, "must be an object");
            return;
        }
        book.entries.push_back(read_entry(item.get_object(), top.at(place), index, of_card, error));
        take_decorators(book.entries.back());
    };
    if (of_card) {
        std::int64_t index = 0;
        for (const auto& item : entries->get_array()) {
            add(item, "entries[" + std::to_string(index) + "]", index);
            ++index;
        }
    } else {
        const auto numbers = world_numbers(entries->get_object());
        for (const auto& item : entries->get_object()) {
            add(item.value(), "entries." + std::string(item.key()), 0);
            if (item.value().is_object()) book.entries.back().uid = numbers[book.entries.size() - 1];
        }
    }
    if (error) return fail(std::move(*error));
    order_by_uid(book.entries);
    return book;
}

Result<Lorebook> parse_lorebook_text(std::string_view json, const std::string& path) {
    json::Limits limits;
    limits.depth = limits::card_depth;
    limits.members = limits::list_items;
    const auto mended = json::without_lone_surrogates(json);
    LARES_TRY(const auto value, json::parse_value(mended.empty() ? json : mended, limits));
    return parse_lorebook(value, path);
}

}  // namespace lares::character
