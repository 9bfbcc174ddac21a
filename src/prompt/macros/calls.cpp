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

Moment moment_of(Call& call, const std::string& zone) {
    call.in.budget.take(limits::date_bytes);
    return {call.in.world.now_ms, {zone, call.in.world.place.locale}};
}
Moment moment_of(Call& call) {
    return moment_of(call, call.in.world.place.time_zone);
}

std::string repeated(const Call& call, char c) {
    const auto number = call.arguments.empty() ? 1.0 : number_of(call.arguments[0]).value_or(1);
    return std::string(
        static_cast<std::size_t>(std::clamp(number, 0.0, static_cast<double>(limits::repeats))), c);
}

// A number in [0, 1) that is new at every call.
double draw(Call& call) {
    call.in.budget.take(limits::step_bytes);
    return lore::chance(call.in.world.seed, "draw", std::to_string(call.in.world.turn),
                        static_cast<std::int64_t>(call.in.draws++));
}

std::string random(Call& call) {
    return chosen(call.arguments, draw(call));
}

// The same text at the same place of the same chat makes the same choice.
std::string pick(Call& call) {
    auto& places = call.in.places;
    if (!places) places.emplace(call.in.world.seed, "pick", call.in.whole);
    return chosen(call.arguments, places->of(static_cast<std::int64_t>(call.at)));
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
    return global ? call.in.world.global_variables : call.in.world.variables;
}
template <bool global>
std::string get_variable(Call& call) {
    return read_variable(variables_of<global>(call), call.arguments[0]);
}
template <bool global>
std::string put_variable(Call& call) {
    call.in.changes.set(variables_of<global>(call), call.arguments[0], call.arguments[1]);
    return {};
}
template <bool global>
std::string increase(Call& call) {
    call.in.changes.add(variables_of<global>(call), call.arguments[0], call.arguments[1]);
    return {};
}
template <bool global, int by>
std::string step(Call& call) {
    return call.in.changes.add(variables_of<global>(call), call.arguments[0], by > 0 ? "1" : "-1");
}
template <bool global>
std::string has_variable(Call& call) {
    return truth(variables_of<global>(call).contains(call.arguments[0]));
}
template <bool global>
std::string drop_variable(Call& call) {
    call.in.changes.drop(variables_of<global>(call), call.arguments[0]);
    return {};
}

std::string outlet(Call& call) {
    const auto* outlets = call.in.world.outlets;
    if (call.in.options.card_field || !outlets) return {};  // the card is read before the lore
    const auto found = outlets->find(call.arguments[0]);
    return found == outlets->end() ? std::string() : found->second;
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
        {"user", {0, 0, [](Call& call) { return call.in.world.user; }}},
        {"char", {0, 0, [](Call& call) { return call.in.world.character; }}},
        {"group", {0, 0, [](Call& call) { return call.in.world.character; }}},
        {"charifnotgroup", {0, 0, [](Call& call) { return call.in.world.character; }}},
        {"groupnotmuted", {0, 0, [](Call& call) { return call.in.world.character; }}},
        {"notchar", {0, 0, [](Call& call) { return call.in.world.user; }}},
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
    const auto find = [&](const Texts& values) -> const std::string* {
        const auto found = values.find(call.name);
        return found == values.end() ? nullptr : &found->second;
    };
    const World& world = call.in.world;
    const auto& options = call.in.options;
    if (options.extra) {
        if (const auto* value = find(*options.extra)) return value;
    }
    if (const auto* value = find(world.values)) return value;
    const auto* value = find(world.card_fields);
    return value && options.card_field ? &empty : value;
}

bool is_original(const Call& call) {
    return call.name == "original" && call.in.options.original;
}

// {{time_UTC+2}}, as it was written once.
std::optional<int> offset_in_name(const Call& call) {
    if (!call.name.starts_with("time_utc")) return std::nullopt;
    return utc_offset(std::string_view(call.name).substr(5));
}

}  // namespace

bool takes(const Call& call, std::size_t arguments) {
    static constexpr std::string_view clocks[] = {"time",    "date",    "weekday",
                                                  "isotime", "isodate", "datetimeformat"};
    const bool offset = offset_in_name(call).has_value();
    const bool needs_clock = offset || std::ranges::find(clocks, call.name) != std::end(clocks);
    if (needs_clock && call.in.world.now_ms == 0) return false;
    if (is_original(call) || value_of(call)) return arguments == 0;
    if (offset) return true;
    const auto found = table().find(call.name);
    return found != table().end() && arguments >= found->second.least && arguments <= found->second.most;
}

std::string evaluate(Call& call) {
    if (is_original(call))
        return std::exchange(call.in.original_used, true) ? std::string()
                                                          : std::string(*call.in.options.original);
    if (const auto* value = value_of(call)) return *value;
    if (offset_in_name(call)) return time_text(moment_of(call, call.name.substr(5)));
    return table().find(call.name)->second.value(call);
}

}  // namespace lares::prompt::macros
