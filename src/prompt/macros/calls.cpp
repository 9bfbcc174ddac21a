#include "prompt/macros/calls.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "prompt/lore/scan.h"
#include "prompt/macros/values.h"
#include "prompt/macros/variables.h"

namespace lares::prompt::macros {

namespace {

using Value = std::string (*)(Call&);
constexpr std::size_t any = 100;

struct Macro {
    std::size_t least = 0, most = 0;  // arguments
    Value value = nullptr;
};

Moment moment_of(const Call& call) {
    return {call.world.now_ms, call.world.time_zone, call.world.locale};
}
Moment moment_of(const Call& call, const std::string& zone) {
    return {call.world.now_ms, zone, call.world.locale};
}

std::string repeated(const Call& call, char c) {
    const auto number = call.arguments.empty() ? 1.0 : number_of(call.arguments[0]).value_or(1);
    return std::string(
        static_cast<std::size_t>(std::clamp(number, 0.0, static_cast<double>(limits::repeats))), c);
}

// A number in [0, 1) that is new at every call.
double draw(Call& call) {
    return lore::chance(call.world.seed, "draw", std::to_string(call.world.turn),
                        static_cast<std::int64_t>(call.draws++));
}

std::string chosen(const std::vector<std::string>& items, double chance) {
    if (items.empty()) return {};
    return items[std::min(static_cast<std::size_t>(chance * static_cast<double>(items.size())),
                          items.size() - 1)];
}

std::string random(Call& call) {
    return chosen(choices(call.arguments), draw(call));
}

// The same text at the same place of the same chat makes the same choice.
std::string pick(Call& call) {
    return chosen(choices(call.arguments),
                  lore::chance(call.world.seed, "pick", call.whole, static_cast<std::int64_t>(call.at)));
}

std::string rolled(Call& call) {
    const auto sum = roll(call.arguments[0], [&](std::int64_t sides) {
        return std::min(static_cast<std::int64_t>(draw(call) * static_cast<double>(sides)), sides - 1);
    });
    return sum ? std::to_string(*sum) : std::string();
}

std::string truth(bool value) {
    return value ? "true" : "false";
}

template <bool global>
Variables& variables_of(Call& call) {
    return global ? call.world.global_variables : call.world.variables;
}
template <bool global>
std::string get_variable(Call& call) {
    return read_variable(variables_of<global>(call), call.arguments[0]);
}
template <bool global>
std::string put_variable(Call& call) {
    set_variable(variables_of<global>(call), call.arguments[0], call.arguments[1]);
    return {};
}
template <bool global>
std::string increase(Call& call) {
    add_variable(variables_of<global>(call), call.arguments[0], call.arguments[1]);
    return {};
}
template <bool global, int by>
std::string step(Call& call) {
    return add_variable(variables_of<global>(call), call.arguments[0], by > 0 ? "1" : "-1");
}
template <bool global>
std::string has_variable(Call& call) {
    return truth(variables_of<global>(call).contains(call.arguments[0]));
}
template <bool global>
std::string drop_variable(Call& call) {
    variables_of<global>(call).erase(call.arguments[0]);
    return {};
}

std::string outlet(Call& call) {
    if (call.options.card_field) return {};  // the card is read before the lore
    const auto found = call.world.outlets.find(call.arguments[0]);
    return found == call.world.outlets.end() ? std::string() : found->second;
}

std::string joined(Call& call) {
    std::string text;
    for (const auto& argument : call.arguments) text += (text.empty() ? "" : "::") + argument;
    return reversed(text);
}

std::string nothing(Call&) {
    return {};
}

std::string time_of(Call& call) {
    return time_text(call.arguments.empty() ? moment_of(call) : moment_of(call, call.arguments[0]));
}

const std::map<std::string, Macro, std::less<>>& table() {
    static const std::map<std::string, Macro, std::less<>> macros = {
        {"user", {0, 0, [](Call& call) { return call.world.user; }}},
        {"char", {0, 0, [](Call& call) { return call.world.character; }}},
        {"group", {0, 0, [](Call& call) { return call.world.character; }}},
        {"charifnotgroup", {0, 0, [](Call& call) { return call.world.character; }}},
        {"groupnotmuted", {0, 0, [](Call& call) { return call.world.character; }}},
        {"notchar", {0, 0, [](Call& call) { return call.world.user; }}},
        {"newline", {0, 1, [](Call& call) { return repeated(call, '\n'); }}},
        {"space", {0, 1, [](Call& call) { return repeated(call, ' '); }}},
        {"noop", {0, 0, nothing}},
        {"else", {0, 0, nothing}},
        {"banned", {1, any, nothing}},
        {"reverse", {1, any, joined}},
        {"random", {0, any, random}},
        {"pick", {0, any, pick}},
        {"roll", {1, 1, rolled}},
        {"outlet", {1, 1, outlet}},
        {"ismobile", {0, 0, [](Call&) { return truth(false); }}},
        {"time", {0, 1, time_of}},
        {"date", {0, 0, [](Call& call) { return date_text(moment_of(call)); }}},
        {"weekday", {0, 0, [](Call& call) { return weekday_text(moment_of(call)); }}},
        {"isotime", {0, 0, [](Call& call) { return iso_time(moment_of(call)); }}},
        {"isodate", {0, 0, [](Call& call) { return iso_date(moment_of(call)); }}},
        {"datetimeformat",
         {1, 1, [](Call& call) { return date_pattern(moment_of(call), call.arguments[0]); }}},
        {"getvar", {1, 1, get_variable<false>}},
        {"setvar", {2, 2, put_variable<false>}},
        {"addvar", {2, 2, increase<false>}},
        {"incvar", {1, 1, step<false, 1>}},
        {"decvar", {1, 1, step<false, -1>}},
        {"hasvar", {1, 1, has_variable<false>}},
        {"varexists", {1, 1, has_variable<false>}},
        {"deletevar", {1, 1, drop_variable<false>}},
        {"flushvar", {1, 1, drop_variable<false>}},
        {"getglobalvar", {1, 1, get_variable<true>}},
        {"setglobalvar", {2, 2, put_variable<true>}},
        {"addglobalvar", {2, 2, increase<true>}},
        {"incglobalvar", {1, 1, step<true, 1>}},
        {"decglobalvar", {1, 1, step<true, -1>}},
        {"hasglobalvar", {1, 1, has_variable<true>}},
        {"globalvarexists", {1, 1, has_variable<true>}},
        {"deleteglobalvar", {1, 1, drop_variable<true>}},
        {"flushglobalvar", {1, 1, drop_variable<true>}},
    };
    return macros;
}

// A value without arguments: of this text, of the world, of the card.
const std::string* value_of(const Call& call) {
    static const std::string empty;
    const auto find = [&](const auto& values) -> const std::string* {
        const auto found = values.find(call.name);
        return found == values.end() ? nullptr : &found->second;
    };
    if (call.options.extra) {
        if (const auto* value = find(*call.options.extra)) return value;
    }
    if (const auto* value = find(call.world.values)) return value;
    const auto* value = find(call.world.card_fields);
    return value && call.options.card_field ? &empty : value;
}

bool is_original(const Call& call) {
    return call.name == "original" && call.options.original;
}

// {{time_UTC+2}}, as it was written once.
std::optional<int> offset_in_name(const Call& call) {
    if (!call.name.starts_with("time_utc")) return std::nullopt;
    return utc_offset(std::string_view(call.name).substr(5));
}

}  // namespace

bool knows(const Call& call) {
    static constexpr std::string_view clocks[] = {"time",    "date",    "weekday",
                                                  "isotime", "isodate", "datetimeformat"};
    const bool needs_clock = offset_in_name(call) || std::ranges::find(clocks, call.name) != std::end(clocks);
    if (needs_clock && call.world.now_ms == 0) return false;
    return is_original(call) || table().contains(call.name) || value_of(call) || offset_in_name(call);
}

std::optional<std::string> evaluate(Call& call) {
    if (is_original(call)) {
        if (!call.arguments.empty()) return std::nullopt;
        return std::exchange(call.original_used, true) ? std::string() : std::string(*call.options.original);
    }
    if (const auto* value = value_of(call))
        return call.arguments.empty() ? std::optional(*value) : std::nullopt;
    if (offset_in_name(call)) return time_text(moment_of(call, call.name.substr(5)));
    const auto found = table().find(call.name);
    if (found == table().end()) return std::nullopt;
    const Macro& macro = found->second;
    if (call.arguments.size() < macro.least || call.arguments.size() > macro.most) return std::nullopt;
    return macro.value(call);
}

}  // namespace lares::prompt::macros
