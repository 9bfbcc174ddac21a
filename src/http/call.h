#pragma once
// One request (or one socket message) on its way through a handler.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "async/clock.h"
#include "async/task.h"
#include "http/cookies.h"
#include "http/guard.h"
#include "http/head.h"

namespace lares::http {

class Call {
public:
    Call(const RequestHead& head, Executor executor) : head_(head), executor_(std::move(executor)) {}
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    const RequestHead& head() const { return head_; }
    const Principal& principal() const { return principal_; }  // empty: nobody
    std::string_view request_id() const { return head_.request_id; }
    std::string_view remote() const { return head_.remote; }
    async::SteadyTime deadline() const { return deadline_; }
    const Executor& executor() const { return executor_; }  // the connection's event loop

    // A path parameter by its name in the row; "" when the row has none of that name.
    std::string_view param(std::string_view name) const;

    // For the answer. Headers that http itself sets (length, type, security) are not to be set here.
    void set_header(std::string name, std::string value) {
        headers_.emplace_back(std::move(name), std::move(value));
    }
    // The same for many at once: what is appended here is written as it stands, and must be whole lines
    // ("name: value\r\n") of our own making.
    std::string& head_lines() { return head_lines_; }
    const std::string& head_lines() const { return head_lines_; }
    void set_cookie(const Cookie& cookie) { set_header("set-cookie", to_set_cookie(cookie)); }
    void set_status(unsigned status) { status_ = status; }  // instead of the row's success status
    // What the route's Watcher finds here when the request is over.
    void set_note(std::shared_ptr<const void> note) { note_ = std::move(note); }
    const std::shared_ptr<const void>& note() const { return note_; }

    // Used by http on the way to the handler.
    struct Param {
        std::string_view name;
        std::string_view value;
    };
    void set_principal(Principal principal) { principal_ = std::move(principal); }
    void set_deadline(async::SteadyTime deadline) { deadline_ = deadline; }
    std::vector<Param>& params() { return params_; }
    const std::vector<Param>& params() const { return params_; }
    std::vector<std::pair<std::string, std::string>>& headers() { return headers_; }
    unsigned status() const { return status_; }
    // What an answer's text is written into: empty, with the capacity of an earlier one.
    std::string take_buffer() { return std::move(buffer_); }
    void give_buffer(std::string buffer) { buffer_ = std::move(buffer); }

private:
    const RequestHead& head_;
    Executor executor_;
    Principal principal_;
    async::SteadyTime deadline_{};
    unsigned status_ = 0;
    std::shared_ptr<const void> note_;
    std::string buffer_, head_lines_;
    std::vector<Param> params_;
    std::vector<std::pair<std::string, std::string>> headers_;
};

}  // namespace lares::http
