#pragma once
// The last requests of programs, for who runs the server: who asked for what, how it was answered, by whom
// and why not. In memory, bounded, and gone with the process; the ledger (docs/usage.md) is what stays.
// It never holds what was said, nor a key's text.
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include "async/clock.h"
#include "base/id.h"
#include "gateway/trace.h"
#include "http/watcher.h"
#include "json/rules.h"

namespace lares::api {

// refused: 4xx; failed: 5xx, or an answer that broke off; left: the client did not wait for its end.
enum class RequestKind : std::uint8_t { answered, refused, failed, left };
BOOST_DESCRIBE_ENUM(RequestKind, answered, refused, failed, left)

struct LogQuery {
    std::optional<std::int64_t> before;  // the number of a request: those before it
    std::optional<std::int64_t> limit;   // absent: 50
    std::optional<RequestKind> kind;
    std::optional<std::string> person, key;  // ids
};
BOOST_DESCRIBE_STRUCT(LogQuery, (), (before, limit, kind, person, key))
constexpr auto json_rules(const LogQuery*) {
    return std::array{json::range("limit", 1, 200), json::length("person", 1, 64),
                      json::length("key", 1, 64)};
}

struct LoggedRequest {
    std::int64_t number = 0;
    std::string id;  // X-Request-Id of the answer
    std::int64_t ended_ms = 0, duration_ms = 0;
    std::string path;
    std::int64_t status = 0;
    RequestKind kind = RequestKind::answered;
    std::optional<std::string> error, message;  // its type, and what the caller was told
    std::string remote;                         // the caller's address
    std::optional<std::string> person, key;     // ids; absent: nobody was known
    std::optional<std::string> label;           // the person's name
    std::optional<std::string> model;           // as it was asked for
    std::optional<gateway::Trace> trace;        // who was asked, with which key and why
    std::optional<std::int64_t> input, output, cost_micros;
};
BOOST_DESCRIBE_STRUCT(LoggedRequest, (),
                      (number, id, ended_ms, duration_ms, path, status, kind, error, message, remote, person,
                       key, label, model, trace, input, output, cost_micros))

struct RequestPage {
    std::vector<LoggedRequest> items;  // newest first
    std::optional<std::int64_t> next;  // as `before` of the next page
    std::int64_t kept_most = 0;
};
BOOST_DESCRIBE_STRUCT(RequestPage, (), (items, next, kept_most))

// What looks like a key in a text that somebody wrote: "sk-…".
std::string redacted(std::string_view text);

class RequestLog final : public http::Watcher {
public:
    static constexpr std::size_t entries_max = 2'000;
    static constexpr std::size_t text_max = 300;  // bytes of each text that is kept

    explicit RequestLog(async::Clock& clock) : clock_(clock) {}
    void over(const http::Finished& request) noexcept override;
    RequestPage page(const LogQuery& query) const;

private:
    struct Entry {
        std::int64_t number = 0, ended_ms = 0;
        std::string id, remote, error, message;
        std::string_view path;  // of the route table
        unsigned status = 0;
        bool left = false;
        std::chrono::microseconds took{};
        std::optional<Uuid> person, key;
        std::shared_ptr<const gateway::Trace> trace;
    };
    static RequestKind kind_of(const Entry& entry);
    static LoggedRequest shown(const Entry& entry);

    async::Clock& clock_;
    mutable std::mutex mutex_;
    std::vector<Entry> ring_;
    std::int64_t count_ = 0;
};

}  // namespace lares::api
