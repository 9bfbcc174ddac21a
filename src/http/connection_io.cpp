// How a connection writes answers and reads bodies.
#include <algorithm>
#include <charconv>

#include <unistd.h>

#include "http/connection.h"
#include "http/watcher.h"
#include "observe/log.h"

namespace lares::http {

namespace {

constexpr std::size_t body_piece = 16 * 1024;  // what a body that may never come costs
constexpr std::size_t file_piece = 256 * 1024;
constexpr std::size_t joined_max = 16 * 1024;  // a body up to it is copied behind the head

void append_number(std::string& out, std::uint64_t number) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    out.append(digits, static_cast<std::size_t>(end - digits));
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    // Nothing that a handler sets can begin another header.
    const auto breaks = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
    if (std::none_of(value.begin(), value.end(), breaks)) {
        out += value;
    } else {
        for (const char c : value)
            if (!breaks(c)) out += c;
    }
    out += "\r\n";
}

}  // namespace

// --- answers -----------------------------------------------------------------------------------------------

// length UINT64_MAX: not said.
void Connection::write_head(std::string& out, const Exchange& x, const Answer& answer, std::uint64_t length,
                            bool keep_alive) {
    out += "HTTP/1.1 ";
    append_number(out, answer.status);
    out += ' ';
    out += reason_of(answer.status);
    out += "\r\n";
    out += loop_.date_line();
    if (!answer.content_type.empty()) append_field(out, "content-type", answer.content_type.view());
    if (length != UINT64_MAX) {
        out += "content-length: ";
        append_number(out, length);
        out += "\r\n";
    }
    out += shared_.common_headers;
    if (!answer.own_policy) out += shared_.api_policy;
    std::string_view vary;
    for (const auto& [name, value] : answer.headers) {
        if (name == "vary")
            vary = value;
        else
            append_field(out, name, value);
    }
    if (x.call) out += x.call->head_lines();
    out += "vary: Origin";  // always: what we answer may depend on it
    if (!vary.empty()) {
        out += ", ";
        out += vary;
    }
    out += "\r\n";
    if (!answer.etag.empty()) append_field(out, "etag", answer.etag);
    append_field(out, "cache-control", answer.cache_control);
    if (x.allow_origin) {
        append_field(out, "access-control-allow-origin", x.head.header("origin"));
        out +=
            "access-control-allow-credentials: true\r\n"
            "access-control-expose-headers: x-request-id, retry-after, etag, content-range\r\n";
    }
    if (!x.request_id.empty()) append_field(out, "x-request-id", x.request_id);
    if (!keep_alive)
        out += "connection: close\r\n";
    else if (!x.parsed.http_1_1)
        out += "connection: keep-alive\r\n";
    out += "\r\n";
}

namespace {

bool is_bodiless(unsigned status) {
    return status == 204 || status == 304;
}

bool is_in_memory(const Answer& answer) {
    return answer.slices.empty() && !answer.file;
}

std::string_view text_of(const Answer& answer) {
    return answer.constant_body.data() ? answer.constant_body : std::string_view(answer.body);
}

}  // namespace

bool Connection::write_now(Exchange& x, const Answer& answer, bool keep_alive, bool& sent) {
    std::uint64_t length = answer.source_size();
    if (!answer.slices.empty()) {
        length = 0;
        for (const Slice& slice : answer.slices) length += slice.before.size() + slice.size;
    }
    const bool bodiless = is_bodiless(answer.status);
    out_.clear();
    out_sent_ = 0;
    write_head(out_, x, answer, bodiless ? UINT64_MAX : length, keep_alive);
    enter(Phase::writing, shared_.options.write_timeout.count());
    const bool head_only = bodiless || x.head.head_only || length == 0;
    if (!head_only) {
        if (!is_in_memory(answer) || length > joined_max) return false;
        out_ += text_of(answer);
    }
    const auto taken = wire_.write_now(out_);
    sent = taken >= 0;
    out_sent_ = static_cast<std::size_t>(std::max<std::ptrdiff_t>(taken, 0));
    return !sent || out_sent_ == out_.size();
}

// What write_now() began.
Task<bool> Connection::write_rest(Exchange& x, const Answer& answer) {
    const bool head_only = is_bodiless(answer.status) || x.head.head_only ||
                           (answer.slices.empty() && answer.source_size() == 0);
    const bool joined = !head_only && is_in_memory(answer) && answer.source_size() <= joined_max;
    if (joined || head_only) co_return co_await wire_.write(std::string_view(out_).substr(out_sent_));
    if (is_in_memory(answer)) co_return co_await send(out_, text_of(answer));
    if (!co_await send(out_)) co_return false;
    if (answer.slices.empty()) co_return co_await write_source(answer, 0, answer.source_size());
    for (const Slice& slice : answer.slices) {
        if (!slice.before.empty() && !co_await send(slice.before)) co_return false;
        if (slice.size > 0 && !co_await write_source(answer, slice.first, slice.size)) co_return false;
    }
    co_return true;
}

Task<bool> Connection::write_answer(Exchange& x, const Answer& answer, bool keep_alive) {
    bool sent = false;
    if (write_now(x, answer, keep_alive, sent)) co_return sent;
    co_return co_await write_rest(x, answer);
}

Task<bool> Connection::write_source(const Answer& answer, std::uint64_t first, std::uint64_t size) {
    if (!answer.file) co_return co_await send(text_of(answer).substr(first, size));
    while (size > 0) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size, file_piece));
        auto read = [file = answer.file, first, wanted]() -> Result<std::string> {
            std::string piece(wanted, '\0');
            const ssize_t got = ::pread(file->descriptor, piece.data(), wanted, static_cast<off_t>(first));
            if (got <= 0) return fail(Code::internal, "internal", "The file became shorter.");
            piece.resize(static_cast<std::size_t>(got));
            return piece;
        };
        auto piece = co_await shared_.files->run(std::move(read));
        if (!piece || !co_await send(*piece)) co_return false;
        first += piece->size();
        size -= piece->size();
    }
    co_return true;
}

Task<bool> Connection::send(std::string_view a, std::string_view b) {
    const auto taken = wire_.write_now(a, b);
    if (taken < 0) co_return false;
    auto rest = static_cast<std::size_t>(taken);
    if (rest == a.size() + b.size()) co_return true;
    if (rest < a.size() && !co_await wire_.write(a.substr(rest))) co_return false;
    rest = rest > a.size() ? rest - a.size() : 0;
    co_return b.size() == rest || co_await wire_.write(b.substr(rest));
}

void Connection::count(const Exchange& x, unsigned status) {
    const auto took = std::chrono::steady_clock::now() - x.started;
    const std::size_t index = x.route ? x.route->index : shared_.route_metrics.size() - 1;
    shared_.route_metrics[index]->count(status, std::chrono::duration<double>(took).count());
    if (auto* watcher = x.route ? x.route->route.row.watcher : nullptr; watcher && x.call)
        watcher->over({*x.call, x.route->route.row.path, status, x.error ? &*x.error : nullptr,
                       std::chrono::duration_cast<std::chrono::microseconds>(took)});
    if (!shared_.options.access_log) return;
    log::info("request",
              {{"request_id", x.request_id},
               {"method", x.parsed.method},
               {"path", x.head.path},
               {"status", status},
               {"us", std::chrono::duration_cast<std::chrono::microseconds>(took).count()},
               {"remote", x.head.remote},
               {"who", x.call ? std::string_view(x.call->principal().label) : std::string_view{}}});
}

// --- bodies ------------------------------------------------------------------------------------------------

namespace {

tl::unexpected<Error> body_too_large(std::size_t cap) {
    return fail(Code::too_large, "body-too-large",
                "The body is larger than the " + std::to_string(cap) + " bytes that this takes.");
}

tl::unexpected<Error> body_lost() {
    return fail(Code::cancelled, "client-gone", "The body ended before it was complete.");
}

}  // namespace

Task<Result<std::string>> Connection::read_body(std::size_t cap) {
    const ParsedHead& head = exchange_->parsed;
    const bool chunked = head.chunked;
    cap = held_.belongs_to(shared_.guard->holder(exchange_->head, exchange_->call->principal()), cap);
    if (!chunked && head.content_length > cap) co_return body_too_large(cap);
    const std::int64_t handler_limit = expires_at_ > 0 ? expires_at_ - loop_.now_ms() : 0;
    if (head.expects_continue && head.http_1_1 && pending().empty()) {
        if (!co_await send("HTTP/1.1 100 Continue\r\n\r\n")) co_return body_lost();
    }
    enter(Phase::body, shared_.options.body_timeout.count());
    Result<std::string> body = chunked ? co_await read_chunks(cap) : co_await read_length();
    if (!body) body_unread_ = true;
    enter(Phase::handling, handler_limit);
    co_return body;
}

std::optional<Result<std::string>> Connection::body_now(std::size_t cap) {
    const ParsedHead& head = exchange_->parsed;
    if (head.chunked || head.content_length > cap || head.content_length > pending().size())
        return std::nullopt;
    const auto length = static_cast<std::size_t>(head.content_length);
    if (auto taken = held_.take(length); !taken) {
        body_unread_ = true;
        return fail(std::move(taken).error());
    }
    body_got_ = length;
    std::string body(pending().substr(0, length));
    in_used_ += length;
    return body;
}

Task<Result<std::string>> Connection::read_length() {
    std::string body;
    const auto length = static_cast<std::size_t>(exchange_->parsed.content_length);
    body_got_ = std::min(length, pending().size());
    body.assign(pending().substr(0, body_got_));
    in_used_ += body_got_;
    while (body_got_ < length) {
        // Grown, and taken from what all have, as bytes come: a claimed length costs nothing.
        if (body.size() == body_got_) {
            const auto size = std::min<std::size_t>(length, body_got_ + std::max(body_piece, body_got_));
            LARES_CO_CHECK(held_.take(size - held_.size()));
            body.resize(size);
        }
        const std::size_t got = co_await wire_.read(body.data() + body_got_, body.size() - body_got_);
        if (got == 0) co_return body_lost();
        body_got_ += got;
        expires_at_ = loop_.now_ms() + shared_.options.body_timeout.count();
    }
    co_return body;
}

Task<Result<std::string>> Connection::read_chunks(std::size_t cap) {
    std::string body;
    std::string buffer(pending());
    in_used_ = in_size_;
    body_got_ = 1;
    for (;;) {
        std::size_t used = 0;
        const std::size_t before = body.size();
        LARES_CO_TRY(const bool complete, parser_->chunks(buffer, cap, body, used));
        LARES_CO_CHECK(held_.take(body.size() - before));
        body_got_ += used;
        buffer.erase(0, used);
        if (complete) break;
        if (buffer.size() >= body_piece)
            co_return fail(Code::bad_request, "invalid-request", "A chunk header or trailer is too long.");
        const std::size_t have = buffer.size();
        buffer.resize(have + body_piece);
        const std::size_t got = co_await wire_.read(buffer.data() + have, body_piece);
        if (got == 0) co_return body_lost();
        buffer.resize(have + got);
        expires_at_ = loop_.now_ms() + shared_.options.body_timeout.count();
    }
    // What came behind it is the next request; the head of this one must stay where it is until it is
    // answered.
    behind_chunks_ = std::move(buffer);
    co_return body;
}

}  // namespace lares::http
