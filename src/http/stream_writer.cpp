#include "http/stream_writer.h"

#include <charconv>

#include "observe/log.h"

namespace lares::http {

namespace {

constexpr std::size_t stream_high_water = 256 * 1024;  // a stream's handler waits above it
constexpr std::size_t piece_kept_max = 16 * 1024;

tl::unexpected<Error> lost() {
    return fail(Code::cancelled, "client-gone", "The client went away.");
}

}  // namespace

void append_chunk(std::string& out, std::string_view text, bool chunked) {
    if (!chunked) {
        out += text;
        return;
    }
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, text.size(), 16).ptr;
    out.append(digits, static_cast<std::size_t>(end - digits)).append("\r\n").append(text).append("\r\n");
}

std::string stream_chunk(std::string_view text, bool chunked) {
    std::string out;
    append_chunk(out, text, chunked);
    return out;
}

Task<Result<void>> StreamWriter::send(std::string name, std::string json, std::string id) {
    std::string event;
    event.reserve(name.size() + json.size() + id.size() + 32);
    if (!id.empty()) event += "id: " + id + '\n';
    event += "event: " + name + '\n';
    for (std::size_t at = 0;;) {
        const auto end = json.find('\n', at);
        event += "data: ";
        event.append(json, at, end - at);
        event += '\n';
        if (end == std::string::npos) break;
        at = end + 1;
    }
    event += '\n';
    if (!push(event)) co_return lost();
    co_return co_await room();
}

std::optional<Result<void>> StreamWriter::write_now(std::string_view bytes, std::string_view content_type) {
    if (!opened_) {
        content_type_ = content_type;
        beats_ = false;
    }
    if (!push(bytes)) return Result<void>(lost());
    if (outbox().queued() > stream_high_water) return std::nullopt;
    return Result<void>();
}

Task<Result<void>> StreamWriter::write(std::string bytes, std::string_view content_type) {
    if (auto done = write_now(bytes, content_type)) co_return std::move(*done);
    co_return co_await room();
}

Task<Result<void>> StreamWriter::room() {
    while (outbox().queued() > stream_high_water) {
        co_await outbox().progress();
        if (outbox().broken()) co_return lost();
    }
    co_return Result<void>{};
}

bool StreamWriter::gone() const {
    return connection_.ended_ != Connection::Ended::no || (connection_.outbox_ && outbox().broken());
}

bool StreamWriter::push(std::string_view text) {
    if (gone()) return false;
    piece_.clear();
    if (!opened_) {
        connection_.open_outbox();
        opened_ = connection_.stream_opened_ = true;
        Answer head{.status = 200, .content_type = content_type_, .cache_control = "no-store"};
        head.headers = std::move(x_.call->headers());
        head.headers.emplace_back("x-accel-buffering", "no");
        if (x_.parsed.http_1_1) head.headers.emplace_back("transfer-encoding", "chunked");
        connection_.write_head(piece_, x_, head, UINT64_MAX, keeps_alive());
        connection_.phase_ = Connection::Phase::streaming;
    }
    append_chunk(piece_, text, x_.parsed.http_1_1);
    const bool taken = outbox().push(piece_);
    if (piece_.capacity() > piece_kept_max) piece_ = std::string();
    if (taken) {
        last_written_ = connection_.loop_.now_ms();
        return true;
    }
    if (!outbox().broken())
        log::info("event stream closed: its client does not read", {{"request_id", x_.request_id}});
    connection_.ask_to_end(Connection::Ended::gone);
    return false;
}

void StreamWriter::heartbeat(std::int64_t now) {
    if (beats_ && opened_ && outbox().empty() &&
        now - last_written_ >= connection_.shared_.options.heartbeat.count())
        push(": \n\n");
}

void StreamWriter::finish() {
    if (opened_ && x_.parsed.http_1_1) outbox().push_last("0\r\n\r\n");
}

bool StreamWriter::keeps_alive() const {
    return x_.parsed.http_1_1 && x_.parsed.keep_alive && !connection_.wire_.secure();
}

}  // namespace lares::http
