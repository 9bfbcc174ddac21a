#pragma once
// Structured logs: a message and fields, one line each, as JSON or as text for people.
//
//     log::info("listening", {{"address", address}, {"port", port}});
//     log::warn(call.log, "slow request", {{"ms", elapsed}});
//
// error: we failed; warn: unusual; info: rare; debug: per request. A Secret is no field value: it does not
// compile.
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace lares::log {

enum class Level : std::uint8_t { debug, info, warn, error };

std::optional<Level> parse_level(std::string_view name);
std::string_view level_name(Level level);

class Value {
public:
    Value(std::string_view text) : value_(text) {}
    Value(const std::string& text) : value_(std::string_view(text)) {}
    Value(const char* text) : value_(std::string_view(text)) {}
    Value(bool value) : value_(value) {}
    template <std::integral T>
    Value(T value) : value_(static_cast<std::int64_t>(value)) {}
    Value(double value) : value_(value) {}
    // The text must outlive the log call only.
    const std::variant<std::string_view, bool, std::int64_t, double>& get() const { return value_; }

private:
    std::variant<std::string_view, bool, std::int64_t, double> value_;
};

struct Field {
    std::string_view key;
    Value value;
};
using Fields = std::initializer_list<Field>;

// What every line of one request carries.
struct Context {
    std::string request_id;
};

struct Options {
    Level level = Level::info;
    bool json = false;
    // Where lines go, each with its newline; called from one thread at a time. Unset: standard error.
    std::function<void(std::string_view)> sink;
};

// Lines are written by a thread of their own from a bounded queue (65,536 lines), so that a slow terminal or
// pipe never stalls a request; lines that do not fit are counted and the count is logged. Those of 20 ms go
// out together; a warning or an error at once. Before start() and
// after stop() a line is written by its caller.
void start(Options options);
void stop();   // writes what is queued
void flush();  // returns when every line logged before is written

bool enabled(Level level);
void write(Level level, const Context* context, std::string_view message, Fields fields);

inline void debug(std::string_view message, Fields fields = {}) {
    write(Level::debug, nullptr, message, fields);
}
inline void info(std::string_view message, Fields fields = {}) {
    write(Level::info, nullptr, message, fields);
}
inline void warn(std::string_view message, Fields fields = {}) {
    write(Level::warn, nullptr, message, fields);
}
inline void error(std::string_view message, Fields fields = {}) {
    write(Level::error, nullptr, message, fields);
}
inline void debug(const Context& context, std::string_view message, Fields fields = {}) {
    write(Level::debug, &context, message, fields);
}
inline void info(const Context& context, std::string_view message, Fields fields = {}) {
    write(Level::info, &context, message, fields);
}
inline void warn(const Context& context, std::string_view message, Fields fields = {}) {
    write(Level::warn, &context, message, fields);
}
inline void error(const Context& context, std::string_view message, Fields fields = {}) {
    write(Level::error, &context, message, fields);
}

}  // namespace lares::log
