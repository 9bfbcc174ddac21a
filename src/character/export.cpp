#include "character/export.h"

#include <algorithm>
#include <array>

#include <boost/json.hpp>

#include "base/text.h"
#include "character/charx.h"
#include "character/png.h"
#include "character/stored_json.h"

namespace lares::character {

namespace bj = boost::json;

namespace {

bj::object parsed(const std::string& json) {
    return read_stored(json).value_or(bj::object());
}

// V1 has its fields at the top and nothing beside them has a place there; V2 and V3 keep all in `data`.
bj::object data_of(const Card& card) {
    auto root = parsed(card.original);
    if (card.spec == Spec::v1) return root;
    auto* data = root.if_contains("data");
    return data && data->is_object() ? std::move(data->get_object()) : bj::object();
}

void need(bj::object& object, std::string_view key, bj::value initial) {
    auto* value = object.if_contains(key);
    if (!value || value->is_null()) object[key] = std::move(initial);
}

void need_texts(bj::object& object, std::initializer_list<std::string_view> keys) {
    for (const auto key : keys) need(object, key, "");
}

// Whether the keys are regular expressions, as SillyTavern writes them.
bool has_regex_keys(const bj::object& entry) {
    const auto* keys = entry.if_contains("keys");
    if (!keys || !keys->is_array() || keys->get_array().empty()) return false;
    return std::ranges::all_of(keys->get_array(), [](const bj::value& key) {
        return key.is_string() && key.get_string().size() > 2 && key.get_string().starts_with('/') &&
               key.get_string().rfind('/') > 0;
    });
}

// What V2 and V3 demand of a book and its entries.
void fill_book(bj::object& data, Spec spec) {
    auto* book = data.if_contains("character_book");
    if (!book || !book->is_object()) return;
    auto& object = book->get_object();
    need(object, "extensions", bj::object());
    need(object, "entries", bj::array());
    if (!object["entries"].is_array()) return;
    for (auto& each : object["entries"].get_array()) {
        if (!each.is_object()) continue;
        auto& entry = each.get_object();
        need(entry, "extensions", bj::object());
        need(entry, "enabled", true);
        need(entry, "insertion_order", 100);
        if (spec == Spec::v3) need(entry, "use_regex", has_regex_keys(entry));
    }
}

// V1's `char_name` and the like, as old tools wrote them, have been read already: the card's fields are used.
void fill(bj::object& data, const Card& card, Spec spec) {
    data["name"] = card.name;
    need(data, "description", bj::value(card.description));
    need(data, "personality", bj::value(card.personality));
    need(data, "scenario", bj::value(card.scenario));
    need(data, "first_mes", bj::value(card.first_mes));
    need(data, "mes_example", bj::value(card.mes_example));
    if (spec == Spec::v1) return;
    need_texts(data, {"creator_notes", "system_prompt", "post_history_instructions", "creator",
                      "character_version"});
    need(data, "alternate_greetings", bj::array());
    need(data, "tags", bj::array());
    need(data, "extensions", bj::object());
    if (spec == Spec::v3) need(data, "group_only_greetings", bj::array());
    fill_book(data, spec);
}

// What V1 knows; the rest of a later card goes along beside it, where V1 readers do not look.
bj::object as_v1(bj::object data) {
    bj::object root;
    for (const auto* key : {"name", "description", "personality", "scenario", "first_mes", "mes_example"})
        root[key] = std::move(data[key]);
    for (auto& [key, value] : data)
        if (!root.contains(key)) root[key] = std::move(value);
    return root;
}

std::string file_stem(const std::string& name) {
    std::string stem;
    for (const char c : name) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (plain)
            stem.push_back(c);
        else if (!stem.empty() && stem.back() != '-')
            stem.push_back('-');
        if (stem.size() == 60) break;
    }
    while (!stem.empty() && stem.back() == '-') stem.pop_back();
    return stem.empty() ? "character" : stem;
}

}  // namespace

std::string card_json_as(const Card& card, Spec spec) {
    if (spec == card.spec) return card.original;
    auto data = data_of(card);
    fill(data, card, spec);
    if (spec == Spec::v1) return bj::serialize(as_v1(std::move(data)));
    bj::object root;
    if (card.spec != Spec::v1) root = parsed(card.original);  // what stands beside `data`
    root["spec"] = spec == Spec::v2 ? "chara_card_v2" : "chara_card_v3";
    root["spec_version"] = spec == Spec::v2 ? "2.0" : "3.0";
    root["data"] = std::move(data);
    return bj::serialize(root);
}

Result<ExportedFile> export_card(const Card& card, Format format, Spec spec, std::string_view picture,
                                 std::string_view archive) {
    const std::string stem = file_stem(card.name);
    if (format == Format::json)
        return ExportedFile{stem + ".json", "application/json", card_json_as(card, spec)};
    if (format == Format::charx) {
        LARES_TRY(auto bytes, write_charx(card_json_as(card, Spec::v3), picture, archive));
        return ExportedFile{stem + ".charx", "application/zip", std::move(bytes)};
    }
    const std::string drawn = picture.empty() ? plain_png(400, 600) : std::string();
    const std::array<PngTextEntry, 2> texts{{{"chara", to_base64(card_json_as(card, Spec::v2))},
                                             {"ccv3", to_base64(card_json_as(card, Spec::v3))}}};
    LARES_TRY(auto bytes, with_png_texts(picture.empty() ? std::string_view(drawn) : picture, texts));
    return ExportedFile{stem + ".png", "image/png", std::move(bytes)};
}

}  // namespace lares::character
