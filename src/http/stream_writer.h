#pragma once
// An event stream being written; lives in Connection::stream's frame. Private to http.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/connection.h"
#include "http/stream.h"

namespace lares::http {

// One piece of a body without a length: as a chunk, or bare for HTTP/1.0.
void append_chunk(std::string& out, std::string_view text, bool chunked);
std::string stream_chunk(std::string_view text, bool chunked);

class StreamWriter final : public ByteStream {
public:
    StreamWriter(Connection& connection, Exchange& x) : connection_(connection), x_(x) {}

    Task<Result<void>> send(std::string name, std::string json, std::string id) override;
    bool gone() const override;
    Task<Result<void>> write(std::string bytes, std::string_view content_type) override;
    std::optional<Result<void>> write_now(std::string_view bytes, std::string_view content_type) override;
    Task<Result<void>> room() override;
    void answer(Answer answer) override { answer_ = std::move(answer); }
    std::optional<Answer>& whole() { return answer_; }
    bool opened() const { return opened_; }

    bool push(std::string_view text);  // false: nobody reads any more
    void heartbeat(std::int64_t now);
    void finish();

private:
    Outbox& outbox() const { return *connection_.outbox_; }
    bool keeps_alive() const;

    Connection& connection_;
    Exchange& x_;
    bool opened_ = false;
    bool beats_ = true;
    std::string content_type_ = "text/event-stream";
    std::optional<Answer> answer_;
    std::int64_t last_written_ = 0;
    std::string piece_;  // keeps its memory from one to the next
};

}  // namespace lares::http
