#include "api/usage/csv.h"

#include <boost/describe/enum_to_string.hpp>

namespace lares::api {
namespace {

// What a spreadsheet would take for a formula is made text: a client may name a model as it likes.
void add(std::string& line, std::string_view text) {
    if (!line.empty()) line += ',';
    const bool formula =
        !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
    if (!formula && text.find_first_of(",\"\r\n") == text.npos) {
        line += text;
        return;
    }
    line += '"';
    if (formula) line += '\'';
    for (const char c : text) {
        if (c == '"') line += '"';
        line += c;
    }
    line += '"';
}

void add(std::string& line, std::int64_t number) {
    line += ',' + std::to_string(number);
}
void add(std::string& line, std::optional<std::int64_t> number) {
    line += number ? ',' + std::to_string(*number) : ",";
}

}  // namespace

std::string usage_csv_head() {
    return "id,started_ms,day,person,key,character,conversation,route,provider,model,outcome,error,duration_"
           "ms,"
           "first_token_ms,estimated,input,output,cache_read,cache_write,reasoning,cost_micros,price_"
           "version\r\n";
}

std::string usage_csv_line(const gateway::UsageRow& row) {
    std::string line = row.id;
    add(line, row.started_ms);
    add(line, gateway::date_text(gateway::day_of(row.started_ms)));
    for (const auto* text :
         {&row.person, &row.key, &row.character, &row.conversation, &row.route, &row.provider, &row.model})
        add(line, *text);
    add(line, boost::describe::enum_to_string(row.outcome, ""));
    add(line, row.error);
    add(line, row.duration_ms);
    add(line, row.first_token_ms);
    add(line, row.estimated ? "true" : "false");
    for (const auto number : {row.input, row.output, row.cache_read, row.cache_write, row.reasoning})
        add(line, number);
    add(line, row.cost_micros);
    add(line, row.price_version);
    return line + "\r\n";
}

}  // namespace lares::api
