#include "http/exchange.h"

#include <algorithm>
#include <array>
#include <random>

#include <boost/asio/ip/address.hpp>

#include "base/text.h"
#include "http/assets.h"
#include "http/fields.h"

namespace lares::http {

void Exchange::begin(std::string_view bytes) {
    started = std::chrono::steady_clock::now();
    head_bytes = bytes;
    head = RequestHead{};
    remote.clear();
    request_id.clear();
    allow_origin = path_exists = absent_id = false;
    step = 0;
    call.reset();
    route = nullptr;
    if (std::exchange(input_filled, false)) input = {};
    invocation.reset();
    touched.clear();
    early.reset();
    error.reset();
    wrong_field.reset();
}

// --- request id --------------------------------------------------------------------------------------------
// Ours: a random half for the thread and a counter. The caller's own is kept when it is a plain token.
Result<void> take_request_id(Exchange& x) {
    const std::string_view given = x.head.header("x-request-id");
    const bool plain =
        given.size() >= 8 && given.size() <= 64 && std::all_of(given.begin(), given.end(), [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                   c == '_';
        });
    if (plain) {
        x.request_id = given;
    } else {
        thread_local const std::uint64_t thread_half = std::random_device{}();
        thread_local std::uint64_t counter = 0;
        constexpr char digits[] = "0123456789abcdef";
        const std::uint64_t parts[2] = {thread_half << 16 | (counter >> 32 & 0xffff), counter};
        ++counter;
        x.request_id.resize(20);
        for (int i = 0; i < 12; ++i)
            x.request_id[static_cast<std::size_t>(i)] = digits[parts[0] >> (44 - 4 * i) & 15];
        for (int i = 0; i < 8; ++i)
            x.request_id[static_cast<std::size_t>(12 + i)] = digits[parts[1] >> (28 - 4 * i) & 15];
    }
    x.head.request_id = x.request_id;
    return {};
}

namespace {

bool changes_state(Method method) {
    return method != Method::get && method != Method::head && method != Method::options;
}

bool is_upgrade(const Exchange& x) {
    return x.parsed.upgrade && equal_ignoring_case(x.head.header("upgrade"), "websocket");
}

// --- bytes and header limits -------------------------------------------------------------------------------
Result<void> read_head(Exchange& x) {
    LARES_CHECK(x.parser->head(x.head_bytes, x.shared.options.header_fields, x.parsed));
    x.head.method = parse_method(x.parsed.method);
    x.head.head_only = x.head.method == Method::head;
    x.head.fields = x.parsed.fields;
    x.head.secure = x.secure;
    x.head.loopback = x.peer_loopback;
    x.head.remote = x.peer;
    return {};
}

// --- the client's address ----------------------------------------------------------------------------------
// Only proxies say these, whatever stands in them.
bool is_from_proxy(std::string_view name) {
    constexpr std::string_view prefix = "x-forwarded";
    if (equal_ignoring_case(name.substr(0, prefix.size()), prefix)) return true;
    constexpr std::array<std::string_view, 8> names{
        "forwarded",        "via",           "x-real-ip", "x-client-ip", "client-ip", "x-cluster-client-ip",
        "cf-connecting-ip", "true-client-ip"};
    return std::ranges::any_of(names, [name](auto known) { return equal_ignoring_case(name, known); });
}

// A trusted proxy says who it speaks for: the last address that is not itself a trusted proxy's.
Result<void> find_remote(Exchange& x) {
    // A proxy may add a field of its own behind the one that its client sent: they are one list (RFC
    // 9110, 5.3).
    std::string forwarded, proto;
    for (const Field& field : x.head.fields) {
        x.head.from_proxy |= is_from_proxy(field.name);
        if (equal_ignoring_case(field.name, "x-forwarded-for"))
            (forwarded.empty() ? forwarded : forwarded += ',').append(field.value);
        else if (equal_ignoring_case(field.name, "x-forwarded-proto"))
            proto.assign(field.value);
    }
    if (forwarded.empty() || x.shared.options.trusted_proxies.empty() || !x.shared.trusts(x.peer)) return {};
    for (std::string_view rest = forwarded; !rest.empty();) {
        const auto comma = rest.rfind(',');
        const std::string_view entry = trim(comma == rest.npos ? rest : rest.substr(comma + 1));
        rest = comma == rest.npos ? std::string_view{} : rest.substr(0, comma);
        boost::system::error_code ec;
        const auto address = boost::asio::ip::make_address(std::string(entry.substr(0, 64)), ec);
        if (ec) break;
        x.remote = address.to_string();
        x.head.remote = x.remote;
        x.head.loopback = false;
        if (!x.shared.trusts(x.remote)) break;
    }
    if (equal_ignoring_case(proto, "https")) x.head.secure = true;
    return {};
}

// --- host and origin ---------------------------------------------------------------------------------------
Result<void> check_host_and_origin(Exchange& x) {
    LARES_CHECK(parse_target(x.parsed.target, x.target));
    if (x.parsed.host.empty()) return fail(Code::bad_request, "invalid-request", "The request has no Host.");
    x.host.assign(x.parsed.host);
    for (char& c : x.host)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (x.target.absolute && to_lower_ascii(x.target.authority) != x.host)
        return fail(Code::bad_request, "invalid-target", "The address names another host than Host does.");
    x.head.host = x.host;
    x.head.path = x.target.path;
    x.head.query = x.target.query;
    if (x.host != x.accepted_host) {
        LARES_CHECK(x.shared.origins.check_host(x.host, x.local));
        x.accepted_host = x.host;
        x.accepted_is_local = names_this_machine(x.host);
    }
    x.head.local = x.head.loopback && !x.head.from_proxy && x.accepted_is_local;
    LARES_TRY(const auto verdict,
              x.shared.origins.check_origin(x.head, changes_state(x.head.method) || is_upgrade(x)));
    x.allow_origin = verdict.cross_origin_allowed;
    return {};
}

// --- route -------------------------------------------------------------------------------------------------
Result<void> find_route(Exchange& x) {
    x.call.emplace(x.head, x.executor);
    x.call->give_buffer(std::move(x.buffer));
    const auto match = x.shared.router.find(x.head.method, x.head.path, x.call->params());
    x.route = match.route;
    x.path_exists = match.path_exists;
    if (!x.path_exists && x.head.path == "*" && x.head.method == Method::options) x.path_exists = true;
    return {};
}

// --- address bucket ----------------------------------------------------------------------------------------
Result<void> admit_address(Exchange& x) {
    return x.shared.guard->admit_address(x.head, x.route ? x.route->route.row.weight : 1);
}

// A path without a route of that method: OPTIONS, 405, the web app, 404. Behind the bucket, so that guessing
// paths costs like using them.
Result<void> need_route(Exchange& x) {
    // A stream or socket has no head of its own: HEAD is not a method of it.
    const bool no_head = x.route && x.head.head_only &&
                         (x.route->route.gives == Gives::events || x.route->route.gives == Gives::socket);
    if (x.route && !no_head) return {};
    if (x.head.method == Method::options && x.path_exists) {
        Answer answer{.status = 204};
        const std::string allow =
            x.head.path == "*" ? std::string("OPTIONS") : x.shared.router.allow(x.head.path);
        answer.headers.emplace_back("allow", allow);
        if (x.allow_origin && x.head.has("access-control-request-method")) {
            answer.headers.emplace_back("access-control-allow-methods", allow);
            answer.headers.emplace_back(
                "access-control-allow-headers",
                "authorization, content-type, last-event-id, x-api-key, x-request-id");
            answer.headers.emplace_back("access-control-max-age", "600");
        }
        x.early = std::move(answer);
        return {};
    }
    if (x.path_exists) {
        x.early =
            problem(Error{Code::bad_request,
                          "method-not-allowed",
                          "This address does not take " + std::string(x.parsed.method.substr(0, 32)) + '.',
                          {},
                          {},
                          {}});
        x.early->headers.emplace_back("allow", x.shared.router.allow(x.head.path));
        return {};
    }
    const Assets* assets = x.shared.options.assets;
    const bool reads = x.head.method == Method::get || x.head.method == Method::head;
    if (assets && reads && !x.head.path.starts_with("/api/")) {
        if (const Asset* asset = assets->find(x.head.path))
            x.early = assets->file(*asset, x.head);
        else if (wants_html(x.head) && x.head.path.rfind('.') == std::string_view::npos)
            x.early = assets->page(x.head);
        if (x.early) return {};
    }
    return not_found();
}

// --- deadline ----------------------------------------------------------------------------------------------
Result<void> set_deadline(Exchange& x) {
    const Route& route = x.route->route;
    const std::int64_t ms =
        route.gives == Gives::events || route.gives == Gives::socket ? 0 : route.row.deadline_ms;
    x.call->set_deadline(ms > 0 ? x.started + std::chrono::milliseconds(ms) : async::SteadyTime::max());
    x.body_source.expires_in(ms);
    return {};
}

// --- who ---------------------------------------------------------------------------------------------------
std::optional<Result<void>> identify_now(Exchange& x) {
    auto principal = x.shared.guard->identify_now(x.head);
    if (!principal) return std::nullopt;
    if (!*principal) return Result<void>(fail(std::move(*principal).error()));
    x.call->set_principal(std::move(**principal));
    return Result<void>{};
}

Task<Result<void>> identify(Exchange& x) {
    LARES_CO_TRY(auto principal, co_await x.shared.guard->identify(x.head));
    x.call->set_principal(std::move(principal));
    co_return Result<void>{};
}

// --- principal bucket --------------------------------------------------------------------------------------
Result<void> admit_principal(Exchange& x) {
    if (!x.call->principal()) return {};
    return x.shared.guard->admit(x.call->principal(), x.head,
                                 x.message ? x.message->weight : x.route->route.row.weight);
}

// --- may they call it at all -------------------------------------------------------------------------------
// Asked before a body is read, so that nobody uploads what will be refused anyway.
std::optional<Result<void>> may_at_all_now(Exchange& x) {
    return x.shared.guard->may_now(x.head, x.call->principal(), x.route->route.row.access, {});
}

Task<Result<void>> may_at_all(Exchange& x) {
    return x.shared.guard->may(x.head, x.call->principal(), x.route->route.row.access, {});
}

// --- body --------------------------------------------------------------------------------------------------
bool has_body(const Exchange& x) {
    return x.parsed.chunked || x.parsed.content_length > 0;
}

bool is_json(std::string_view content_type) {
    return equal_ignoring_case(trim(content_type.substr(0, content_type.find(';'))), "application/json");
}

Result<void> check_body_type(const Exchange& x) {
    const Route& route = x.route->route;
    const std::string_view content_type = x.head.header("content-type");
    if (route.takes == Takes::json && !route.row.any_content_type && !is_json(content_type))
        return fail(Code::unsupported, "unsupported-media-type", "Send the body as application/json.");
    if (!x.head.header("content-encoding").empty() &&
        !equal_ignoring_case(x.head.header("content-encoding"), "identity"))
        return fail(Code::unsupported, "unsupported-content-encoding", "Send the body without compression.");
    return {};
}

Result<void> take_body(Exchange& x, Result<std::string> body) {
    if (!body) return fail(std::move(body).error());
    x.input_filled = true;
    x.input.body.data = std::move(*body);
    x.input.body.content_type = x.head.header("content-type");
    return {};
}

std::optional<Result<void>> read_body_now(Exchange& x) {
    if (auto good = check_body_type(x); !good) return good;
    auto body = x.body_source.body_now(x.route->route.row.body_cap);
    if (!body) return std::nullopt;
    return take_body(x, std::move(*body));
}

Task<Result<void>> read_body(Exchange& x) {
    co_return take_body(x, co_await x.body_source.read_body(x.route->route.row.body_cap));
}

// --- fields ------------------------------------------------------------------------------------------------
Result<void> keep_wrong(Exchange& x, Result<void> parsed) {
    if (!parsed) x.wrong_field = std::move(parsed).error();
    return {};
}

std::optional<Result<void>> read_fields_now(Exchange& x) {
    if (is_large(x)) return std::nullopt;
    return keep_wrong(x, parse_fields(x));
}

Task<Result<void>> read_fields(Exchange& x) {
    co_return keep_wrong(x, co_await parse_large(x));
}

// --- wrong fields ------------------------------------------------------------------------------------------
// Told to those alone who may call it; others hear that they may not.
bool has_wrong_field(const Exchange& x) {
    return x.wrong_field.has_value();
}

Result<void> tell_wrong_field(Exchange& x) {
    return fail(std::move(*x.wrong_field));
}

Result<void> parse_message_fields(Exchange& x) {
    return x.invocation->parse(std::move(x.input));
}

// --- typed ids ---------------------------------------------------------------------------------------------
Result<void> collect_ids(Exchange& x) {
    if (!x.invocation) return {};
    std::vector<json::IdRef> ids;
    x.invocation->ids(ids);
    const auto& touches = x.message ? x.message->touches : x.route->route.row.touches;
    for (auto& id : ids) {
        const auto touch =
            std::find_if(touches.begin(), touches.end(), [&](const Touch& t) { return t.kind == id.kind; });
        if (touch == touches.end())
            return fail(Error{Code::internal,
                              "internal",
                              "This route is not finished.",
                              {},
                              "no touch for " + id.field,
                              {}});
        x.touched.push_back({id.kind, id.value, touch->relation, std::move(id.field)});
    }
    return {};
}

// --- may they ----------------------------------------------------------------------------------------------
// A socket's caller may still say who it is, in its first message.
bool is_asked(const Exchange& x) {
    return x.message || x.route->route.gives != Gives::socket || x.call->principal();
}

Access access_of(const Exchange& x) {
    return x.message ? x.message->access : x.route->route.row.access;
}

Result<void> unless_absent(const Exchange& x) {
    if (x.absent_id) return not_found();
    return {};
}

std::optional<Result<void>> may_now(Exchange& x) {
    auto allowed = x.shared.guard->may_now(x.head, x.call->principal(), access_of(x), x.touched);
    if (allowed && *allowed) return unless_absent(x);
    return allowed;
}

Task<Result<void>> may(Exchange& x) {
    LARES_CO_CHECK(co_await x.shared.guard->may(x.head, x.call->principal(), access_of(x), x.touched));
    co_return unless_absent(x);
}

// A step that never waits, or one that may have to: at once where it need not, else as a coroutine.
struct Step {
    std::string_view name;
    Result<void> (*now)(Exchange&) = nullptr;
    std::optional<Result<void>> (*at_once)(Exchange&) = nullptr;
    Task<Result<void>> (*later)(Exchange&) = nullptr;
    bool (*needed)(const Exchange&) = nullptr;
};

// The order of a request. What follows them in connection.cpp: handler, answer, access log, metrics.
constexpr Step request_order[] = {
    {"bytes and header limits", &read_head},
    {"request id", &take_request_id},
    {"client address", &find_remote},
    {"host and origin", &check_host_and_origin},
    {"route", &find_route},
    {"address bucket", &admit_address},
    {"no such route", &need_route},
    {"deadline", &set_deadline},
    {"who", nullptr, &identify_now, &identify,
     [](const Exchange& x) { return x.shared.guard->has_credentials(x.head); }},
    {"principal bucket", &admit_principal},
    {"may they at all", nullptr, &may_at_all_now, &may_at_all, &has_body},
    {"body", nullptr, &read_body_now, &read_body, &has_body},
    {"fields", nullptr, &read_fields_now, &read_fields},
    {"may they see what is wrong", nullptr, &may_at_all_now, &may_at_all, &has_wrong_field},
    {"wrong fields", &tell_wrong_field, nullptr, nullptr, &has_wrong_field},
    {"typed ids", &collect_ids},
    {"may they", nullptr, &may_now, &may, &is_asked},
};

// The order of a socket's message: the same steps from the bucket on.
constexpr Step message_order[] = {
    {"principal bucket", &admit_principal},
    {"fields", &parse_message_fields},
    {"typed ids", &collect_ids},
    {"may they", nullptr, &may_now, &may, &is_asked},
};

std::optional<Result<void>> run_now(Exchange& x, std::span<const Step> order) {
    for (; x.step < order.size(); ++x.step) {
        const Step& step = order[x.step];
        if (step.needed && !step.needed(x)) continue;
        auto passed = step.now ? std::optional(step.now(x)) : step.at_once(x);
        if (!passed || !*passed) return passed;
        if (x.early) break;
    }
    return Result<void>{};
}

Task<Result<void>> run(Exchange& x, std::span<const Step> order) {
    for (;;) {
        if (auto done = run_now(x, order)) co_return std::move(*done);
        LARES_CO_CHECK(co_await order[x.step].later(x));
        ++x.step;
    }
}

}  // namespace

std::optional<Result<void>> pass_now(Exchange& x) {
    return run_now(x, request_order);
}

Task<Result<void>> pass_request(Exchange& x) {
    return run(x, request_order);
}

Task<Result<void>> pass_message(Exchange& x, const Principal& principal, boost::json::value fields) {
    x.call->set_principal(principal);
    x.input.fields = std::move(fields);
    x.input.source = json::Source::json;
    return run(x, message_order);
}

std::span<const std::string_view> request_steps() {
    static constexpr auto names = [] {
        std::array<std::string_view, std::size(request_order)> out;
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = request_order[i].name;
        return out;
    }();
    return names;
}

}  // namespace lares::http
