#include "api/lorebook/convert.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace lares::api {

using character::BookScope;
using character::LoreEntry;

namespace {

std::string text_in(const boost::json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

LoreEntry to_entry(const EntryFields& fields, std::int64_t uid) {
    LoreEntry entry;
    entry.uid = uid;
    entry.comment = fields.comment;
    entry.content = fields.content;
    entry.keys = fields.keys;
    entry.secondary_keys = fields.secondary_keys;
    entry.enabled = fields.enabled;
    entry.constant = fields.constant;
    entry.selective = fields.selective;
    entry.logic = static_cast<character::SecondaryLogic>(fields.logic);
    entry.order = fields.order;
    entry.position = static_cast<character::LorePosition>(fields.position);
    entry.depth = fields.depth;
    entry.role = static_cast<std::uint8_t>(fields.role);
    entry.outlet = fields.outlet;
    entry.ignore_budget = fields.ignore_budget;
    entry.exclude_recursion = fields.exclude_recursion;
    entry.prevent_recursion = fields.prevent_recursion;
    entry.delay_until_recursion = fields.delay_until_recursion;
    for (const auto field : fields.match)
        entry.match_fields |= static_cast<std::uint8_t>(1U << static_cast<unsigned>(field));
    entry.probability = fields.probability;
    entry.use_probability = fields.use_probability;
    entry.groups = fields.groups;
    entry.group_override = fields.group_override;
    entry.group_weight = fields.group_weight;
    entry.group_scoring = fields.group_scoring;
    entry.case_sensitive = fields.case_sensitive;
    entry.whole_words = fields.whole_words;
    entry.scan_depth = fields.scan_depth;
    entry.sticky = fields.sticky;
    entry.cooldown = fields.cooldown;
    entry.delay = fields.delay;
    entry.triggers = fields.triggers;
    entry.filter = {fields.filter.exclude, fields.filter.names, fields.filter.tags};
    return entry;
}

EntryItem to_wire(const character::StoredEntry& stored) {
    EntryItem out;
    const auto read = character::parse_world_entry(stored.json);
    if (!read) {
        out.uid = stored.uid;
        out.comment = text_in(stored.json, "comment");
        out.content = text_in(stored.json, "content");
        return out;
    }
    const LoreEntry& entry = *read;
    out.uid = stored.uid;
    out.comment = entry.comment;
    out.content = entry.content;
    out.keys = entry.keys;
    out.secondary_keys = entry.secondary_keys;
    out.enabled = entry.enabled;
    out.constant = entry.constant;
    out.selective = entry.selective;
    out.logic = static_cast<EntryLogic>(entry.logic);
    out.order = entry.order;
    out.position = static_cast<EntryPosition>(entry.position.value_or(character::LorePosition::before));
    out.depth = entry.depth;
    out.role = static_cast<EntryRole>(entry.role);
    out.outlet = entry.outlet;
    out.ignore_budget = entry.ignore_budget;
    out.exclude_recursion = entry.exclude_recursion;
    out.prevent_recursion = entry.prevent_recursion;
    out.delay_until_recursion = entry.delay_until_recursion;
    for (unsigned i = 0; i < character::lore_fields; ++i) {
        if (((entry.match_fields >> i) & 1U) != 0) out.match.push_back(static_cast<EntryField>(i));
    }
    out.probability = entry.probability;
    out.use_probability = entry.use_probability;
    out.groups = entry.groups;
    out.group_override = entry.group_override;
    out.group_weight = entry.group_weight;
    out.group_scoring = entry.group_scoring;
    out.case_sensitive = entry.case_sensitive;
    out.whole_words = entry.whole_words;
    out.scan_depth = entry.scan_depth;
    out.sticky = entry.sticky;
    out.cooldown = entry.cooldown;
    out.delay = entry.delay;
    out.triggers = entry.triggers;
    out.filter = {entry.filter.exclude, entry.filter.names, entry.filter.tags};
    return out;
}

LorebookItem to_wire(const character::BookSummary& book) {
    LorebookItem out{book.id,
                     book.head.name,
                     book.head.description,
                     book.head.scan_depth,
                     book.head.token_budget,
                     book.head.recursive,
                     book.entries,
                     {},
                     book.version,
                     book.created_ms,
                     book.updated_ms};
    for (const auto& place : book.places) {
        BookScopeBody scope;
        scope.scope = place.scope;
        if (place.scope == BookScope::character) scope.character_id = character::CharacterId{place.target};
        if (place.scope == BookScope::persona) scope.persona_id = character::PersonaId{place.target};
        if (place.scope == BookScope::conversation)
            scope.conversation_id = chat::ConversationId{place.target};
        out.scopes.push_back(scope);
    }
    return out;
}

Result<std::int64_t> uid_of(std::string_view text) {
    std::int64_t uid = 0;
    const auto* end = text.data() + text.size();
    const auto [at, problem] = std::from_chars(text.data(), end, uid);
    if (problem != std::errc() || at != end) return invalid_field("uid", "must be a whole number");
    return uid;
}

character::BookHead to_head(const LorebookBody& body) {
    return {body.name, body.description, body.scan_depth, body.token_budget, body.recursive, {}, {}};
}

Result<std::vector<character::StoredEntry>> to_entries(const std::vector<NewEntry>& entries) {
    std::vector<character::StoredEntry> out;
    std::set<std::int64_t> taken;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto uid = entries[i].uid.value_or(static_cast<std::int64_t>(i));
        if (!taken.insert(uid).second)
            return invalid_field("entries[" + std::to_string(i) + "].uid", "stands there twice");
        out.push_back({uid, character::to_world_entry(to_entry(entries[i], uid))});
    }
    std::ranges::sort(out, {}, &character::StoredEntry::uid);
    return out;
}

Result<std::vector<character::BookPlace>> to_places(const std::vector<BookScopeBody>& scopes) {
    std::vector<character::BookPlace> places;
    for (std::size_t i = 0; i < scopes.size(); ++i) {
        const auto& scope = scopes[i];
        std::optional<Uuid> target;
        const auto take = [&](const auto& id) {
            if (id) target = id->value;
        };
        std::string_view needs;
        switch (scope.scope) {
            case BookScope::global:
                target = Uuid();
                break;
            case BookScope::character:
                needs = "character_id";
                take(scope.character_id);
                break;
            case BookScope::persona:
                needs = "persona_id";
                take(scope.persona_id);
                break;
            case BookScope::conversation:
                needs = "conversation_id";
                take(scope.conversation_id);
                break;
        }
        if (!target)
            return invalid_field("scopes[" + std::to_string(i) + "]." + std::string(needs),
                                 "is required by this scope");
        places.push_back({scope.scope, *target});
    }
    return places;
}

}  // namespace lares::api
