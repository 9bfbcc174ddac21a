// SillyTavern's backup of personas: {"personas": {FILE: NAME}, "persona_descriptions": {FILE: {description,
// position, depth, role, lorebook}}, "default_persona": FILE}. Source: what SillyTavern 1.19 writes.
#include <algorithm>

#include <boost/json.hpp>

#include "base/text.h"
#include "character/personas.h"
#include "json/parse.h"

namespace lares::character {

namespace bj = boost::json;

namespace {

tl::unexpected<Error> invalid(const std::string& field, const std::string& rule) {
    return fail(Code::bad_request, "invalid-personas",
                "This is not a backup of personas: " + field + ": " + rule, field);
}

// 1 was "after the character" in older versions and is read as 0 there too.
PersonaPlace place_of(std::int64_t number) {
    switch (number) {
        case 2:
            return PersonaPlace::top_an;
        case 3:
            return PersonaPlace::bottom_an;
        case 4:
            return PersonaPlace::at_depth;
        case 9:
            return PersonaPlace::none;
        default:
            return PersonaPlace::in_prompt;
    }
}

std::int64_t whole_of(const bj::object& object, std::string_view key, std::int64_t otherwise) {
    const auto* value = object.if_contains(key);
    return value && value->is_number() ? static_cast<std::int64_t>(value->to_number<double>()) : otherwise;
}

std::string text_of(const bj::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

void describe(const bj::value& said, BackupPersona& persona) {
    // Older backups have the text itself.
    if (said.is_string()) persona.fields.description = std::string(said.get_string());
    if (!said.is_object()) return;
    const auto& object = said.get_object();
    persona.fields.description = text_of(object, "description");
    persona.fields.position = place_of(whole_of(object, "position", 0));
    persona.fields.depth = std::clamp<std::int64_t>(whole_of(object, "depth", 2), 0, 10'000);
    persona.fields.role =
        static_cast<PersonaRole>(std::clamp<std::int64_t>(whole_of(object, "role", 0), 0, 2));
    persona.lorebook = text_of(object, "lorebook");
}

}  // namespace

Result<std::vector<BackupPersona>> read_persona_backup(std::string_view json,
                                                       std::vector<std::string>& skipped) {
    LARES_TRY(const auto value, json::parse_value(json));
    if (!value.is_object()) return invalid("personas", "must be an object");
    const auto& top = value.get_object();
    const auto* names = top.if_contains("personas");
    if (!names || !names->is_object()) return invalid("personas", "must be an object of names by file");
    const auto* descriptions = top.if_contains("persona_descriptions");
    const std::string chosen = text_of(top, "default_persona");
    std::vector<BackupPersona> out;
    for (const auto& item : names->get_object()) {
        BackupPersona persona;
        if (item.value().is_string()) persona.fields.name = std::string(trim(item.value().get_string()));
        if (persona.fields.name.empty() ||
            count_code_points(persona.fields.name) > limits::name_code_points) {
            skipped.push_back("\"" + std::string(item.key()) + "\": its name must have 1 to 200 characters");
            continue;
        }
        if (descriptions && descriptions->is_object()) {
            if (const auto* said = descriptions->get_object().if_contains(item.key()))
                describe(*said, persona);
        }
        if (count_code_points(persona.fields.description) > limits::persona_code_points) {
            skipped.push_back("\"" + persona.fields.name + "\": its description is too long");
            continue;
        }
        persona.fields.is_default = !chosen.empty() && item.key() == chosen;
        out.push_back(std::move(persona));
    }
    return out;
}

}  // namespace lares::character
