#include <array>

#include <boost/json.hpp>

#include "character/card.h"
#include "character/export.h"

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
}

}  // namespace

bool CardChange::empty() const {
    return !sets(*this, v1_fields) && !sets(*this, v2_fields) && !sets(*this, list_fields);
}

Result<Card> changed_card(const Card& card, const CardChange& change) {
    const bool beyond_v1 = sets(change, v2_fields) || sets(change, list_fields);
    const Spec spec = card.spec == Spec::v1 && beyond_v1 ? Spec::v2 : card.spec;
    bj::parse_options options;
    options.max_depth = limits::card_depth;
    boost::system::error_code error;
    auto value = bj::parse(card_json_as(card, spec), error, {}, options);
    if (error || !value.is_object()) return fail(Code::internal, "internal", "A stored card cannot be read.");
    bj::object& root = value.get_object();
    apply(spec == Spec::v1 ? root : root.at("data").as_object(), change);
    return parse_card_json(bj::serialize(value));
}

}  // namespace lares::character
