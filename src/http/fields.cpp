#include "http/fields.h"

#include "http/target.h"
#include "json/parse.h"

namespace lares::http {

namespace {

void add_text(boost::json::object& fields, std::string name, std::string value) {
    auto [it, fresh] = fields.emplace(name, value);
    if (fresh) return;
    if (!it->value().is_array()) it->value() = boost::json::array{std::move(it->value())};
    it->value().as_array().emplace_back(std::move(value));
}

Result<boost::json::object> parse_object(std::string_view text, std::size_t cap) {
    LARES_TRY(auto value, json::parse_value(text, {.bytes = cap}));
    if (!value.is_object()) return fail(Code::bad_request, "invalid-json", "The body must be a JSON object.");
    return std::move(value.get_object());
}

void add_path(Exchange& x, boost::json::object& fields) {
    for (const auto& param : x.call->params()) fields[param.name] = param.value;
    for (const std::string& name : x.route->param_ids) {
        if (Uuid::parse(x.call->param(name))) continue;
        x.absent_id = true;  // goes on as the nil id, which nothing has
        fields[name] = Uuid{}.text();
    }
}

}  // namespace

bool is_large(const Exchange& x) {
    const Route& route = x.route->route;
    return route.request && route.takes == Takes::json && x.input.body.data.size() > json_here_max;
}

Result<void> parse_fields(Exchange& x) {
    const Route& route = x.route->route;
    if (!route.request && route.takes == Takes::nothing) {
        x.invocation = route.make ? route.make() : nullptr;
        return {};
    }
    x.input_filled = true;
    boost::json::object fields;
    x.input.source = json::Source::text;
    if (route.takes == Takes::multipart) {
        LARES_TRY(x.input.multipart, parse_multipart(x.input.body.content_type, x.input.body.data));
        x.input.body.data = {};
    }
    if (route.request && route.takes != Takes::json) {
        const bool ok = each_query_pair(x.head.query, [&](std::string name, std::string value) {
            if (fields.size() < 64) add_text(fields, std::move(name), std::move(value));
        });
        if (!ok) return fail(Code::bad_request, "invalid-target", "The query holds a broken % sequence.");
    } else if (route.request && !x.input.body.data.empty()) {
        LARES_TRY(fields, parse_object(x.input.body.data, route.row.body_cap));
        if (!fields.empty()) x.input.source = json::Source::json;  // else all that comes is of the path: text
        x.input.body.data = {};
    }
    add_path(x, fields);
    x.input.fields = std::move(fields);
    x.invocation = route.make ? route.make() : nullptr;
    return x.invocation ? x.invocation->parse(std::move(x.input)) : Result<void>{};
}

Task<Result<void>> parse_large(Exchange& x) {
    struct Work {
        std::string text;
        std::size_t cap;
        boost::json::object path;
        std::unique_ptr<Invocation> invocation;
    };
    const Route& route = x.route->route;
    const auto work = std::make_shared<Work>(
        Work{std::move(x.input.body.data), route.row.body_cap, {}, route.make ? route.make() : nullptr});
    add_path(x, work->path);
    auto job = [work]() -> Result<void> {
        LARES_TRY(auto fields, parse_object(work->text, work->cap));
        work->text = {};
        for (auto& [name, value] : work->path) fields[name] = std::move(value);
        Input input;
        input.fields = std::move(fields);
        input.source = json::Source::json;
        return work->invocation ? work->invocation->parse(std::move(input)) : Result<void>{};
    };
    LARES_CO_CHECK(co_await x.shared.readers->run(std::move(job)));
    x.invocation = std::move(work->invocation);
    co_return Result<void>{};
}

}  // namespace lares::http
