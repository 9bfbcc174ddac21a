#include <array>

#include <boost/json.hpp>

#include "character/card.h"
#include "character/export.h"
#include "character/stored_json.h"

namespace lares::character {

namespace bj = boost::json;

namespace {

using TextField = std::pair<const char*, std::optional<std::string> CardChange::*>;
constexpr std::array<TextField, 6> v1_fields{{{"name", &CardChange::name},
                                              {"description", &CardChange::description},
                                              {"personality", &CardChange::personality},
                                              {"scenario", &CardChange::scenario},
                                              {"first_mes", &CardChange::first_mes},
                                              {"mes_example", &CardChange::mes_example}}};
constexpr std::array<TextField, 5> v2_fields{
    {{"creator_notes", &CardChange::creator_notes},
     {"system_prompt", &CardChange::system_prompt},
     {"post_history_instructions", &CardChange::post_history_instructions},
     {"creator", &CardChange::creator},
     {"character_version", &CardChange::character_version}}};
using ListField = std::pair<const char*, std::optional<std::vector<std::string>> CardChange::*>;
constexpr std::array<ListField, 2> list_fields{
    {{"alternate_greetings", &CardChange::alternate_greetings}, {"tags", &CardChange::tags}}};

bool sets(const CardChange& change, const auto& fields) {
    return std::ranges::any_of(fields, [&](const auto& field) { return (change.*field.second).has_value(); });
}

// Whatever stood at this key is an object from now on.
bj::object& object_at(bj::object& object, std::string_view key) {
    auto& value = object[key];
    if (!value.is_object()) value.emplace_object();
    return value.get_object();
}

void set_pronunciations(bj::object& data, const std::vector<Pronunciation>& entries) {
    bj::array list;
    for (const auto& entry : entries) {
        const bool spelt = entry.phonemes.empty();
        list.push_back(
            bj::object{{"word", entry.word},
                       {spelt ? "respelling" : "phonemes", spelt ? entry.respelling : entry.phonemes}});
    }
    object_at(object_at(data, "extensions"), "lares")["pronunciations"] = std::move(list);
}

// What else stands there stays.
void set_depth_prompt(bj::object& data, const DepthPrompt& prompt) {
    constexpr std::array roles{"system", "user", "assistant"};
    auto& fields = object_at(object_at(data, "extensions"), "depth_prompt");
    fields["prompt"] = prompt.text;
    fields["depth"] = prompt.depth;
    fields["role"] = roles[static_cast<std::size_t>(prompt.role)];
}

void apply(bj::object& object, const CardChange& change) {
    const auto texts = [&](const auto& fields) {
        for (const auto& [key, member] : fields)
            if (change.*member) object[key] = *(change.*member);
    };
    texts(v1_fields), texts(v2_fields);
    for (const auto& [key, member] : list_fields) {
        if (!(change.*member)) continue;
        bj::array list;
        for (const auto& each : *(change.*member)) list.emplace_back(each);
        object[key] = std::move(list);
    }
    if (change.pronunciations) set_pronunciations(object, *change.pronunciations);
    if (change.depth_prompt) set_depth_prompt(object, *change.depth_prompt);
}

// SillyTavern writes the fields of `data` beside it, too, for readers of V1: what stands there says the same.
// Nothing is added: `data` would move with the rest.
void mirror(bj::object& root) {
    const auto& data = root.at("data").as_object();
    const auto copy = [&](const char* key) {
        if (root.contains(key) && data.contains(key)) root.at(key) = data.at(key);
    };
    for (const auto& [key, member] : v1_fields) copy(key);
    for (const auto& [key, member] : v2_fields) copy(key);
    for (const auto& [key, member] : list_fields) copy(key);
    if (root.contains("creatorcomment") && data.contains("creator_notes"))
        root.at("creatorcomment") = data.at("creator_notes");
}

const bj::object* object_in(const bj::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value ? value->if_object() : nullptr;
}

std::string text_in(const bj::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    const auto* text = value ? value->if_string() : nullptr;
    return text ? std::string(*text) : std::string();
}

}  // namespace

bool CardChange::empty() const {
    return !sets(*this, v1_fields) && !sets(*this, v2_fields) && !sets(*this, list_fields) &&
           !pronunciations && !depth_prompt;
}

std::vector<Pronunciation> pronunciations_of(const Card& card) {
    std::vector<Pronunciation> entries;
    if (card.extensions.find("pronunciations") == std::string::npos) return entries;
    const auto extensions = read_stored(card.extensions);
    const auto* ours = extensions ? object_in(*extensions, "lares") : nullptr;
    const auto* list = ours ? ours->if_contains("pronunciations") : nullptr;
    if (!list || !list->is_array()) return entries;
    for (const auto& each : list->get_array()) {
        if (entries.size() == limits::pronunciations) break;
        if (const auto* entry = each.if_object())
            entries.push_back(
                {text_in(*entry, "word"), text_in(*entry, "phonemes"), text_in(*entry, "respelling")});
    }
    return entries;
}

Result<Card> changed_card(const Card& card, const CardChange& change) {
    const bool beyond_v1 = sets(change, v2_fields) || sets(change, list_fields) ||
                           change.pronunciations.has_value() || change.depth_prompt.has_value();
    const Spec spec = card.spec == Spec::v1 && beyond_v1 ? Spec::v2 : card.spec;
    auto root = read_stored(card_json_as(card, spec));
    if (!root) return fail(Code::internal, "internal", "A stored card cannot be read.");
    apply(spec == Spec::v1 ? *root : root->at("data").as_object(), change);
    if (spec != Spec::v1) mirror(*root);
    return parse_card_json(bj::serialize(*root));
}

}  // namespace lares::character
