#include "observe/log.h"

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <thread>
#include <utility>

#include <pthread.h>
#include <unistd.h>

#include "json/write.h"

namespace lares::log {
namespace {

constexpr std::array<std::string_view, 4> names{"debug", "info", "warn", "error"};
constexpr std::size_t queue_max = 65'536;           // lines
constexpr std::size_t buffer_kept_max = 64 * 1024;  // of a text that is used again
constexpr std::size_t line_likely = 320;            // bytes
constexpr std::chrono::milliseconds gather{20};

void write_stderr(std::string_view line) {
    while (!line.empty()) {
        const ssize_t wrote = ::write(STDERR_FILENO, line.data(), line.size());
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return;  // nobody to tell
        line.remove_prefix(static_cast<std::size_t>(wrote));
    }
}

// Appends "2026-11-21T16:07:00.123Z"; what stands before the milliseconds is made once a second.
void append_time(std::string& out) {
    const auto now = std::chrono::system_clock::now();
    const std::time_t second = std::chrono::system_clock::to_time_t(now);
    const auto ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
    thread_local std::time_t made_for = -1;
    thread_local char made[32];
    thread_local std::size_t size = 0;
    if (second != std::exchange(made_for, second)) {
        std::tm utc{};
        gmtime_r(&second, &utc);
        size = std::strftime(made, sizeof made, "%Y-%m-%dT%H:%M:%S", &utc);
    }
    const char rest[] = {'.', static_cast<char>('0' + ms / 100), static_cast<char>('0' + ms / 10 % 10),
                         static_cast<char>('0' + ms % 10), 'Z'};
    out.append(made, size).append(rest, sizeof rest);
}

// Quoted unless it is plain: nothing in a value can begin a new line or pose as another field.
void append_text(std::string& out, std::string_view text) {
    bool plain = !text.empty();
    for (char c : text)
        plain =
            plain && static_cast<unsigned char>(c) > ' ' && c != '"' && c != '=' && c != '\\' && c != 0x7f;
    if (plain)
        out += text;
    else
        json::append_quoted(out, text);
}

void append_value(std::string& out, const Value& value, bool as_json) {
    if (const auto* text = std::get_if<std::string_view>(&value.get())) {
        if (as_json)
            json::append_quoted(out, *text);
        else
            append_text(out, *text);
    } else if (const auto* flag = std::get_if<bool>(&value.get())) {
        out += *flag ? "true" : "false";
    } else if (const auto* integer = std::get_if<std::int64_t>(&value.get())) {
        out += std::to_string(*integer);
    } else {
        json::append_number(out, std::get<double>(value.get()));
    }
}

void json_line(std::string& out, Level level, const Context* context, std::string_view message,
               Fields fields) {
    out += "{\"time\":\"";
    append_time(out);
    out.append("\",\"level\":\"").append(level_name(level)).append("\",\"message\":");
    json::append_quoted(out, message);
    if (context && !context->request_id.empty()) {
        out += ",\"request_id\":";
        json::append_quoted(out, context->request_id);
    }
    for (const auto& [key, value] : fields) {
        out += ',';
        json::append_quoted(out, key);
        out += ':';
        append_value(out, value, true);
    }
    out += "}\n";
}

void text_line(std::string& out, Level level, const Context* context, std::string_view message,
               Fields fields) {
    append_time(out);
    out.append(1, ' ').append(level_name(level)).append(level_name(level).size() == 4 ? "  " : " ");
    std::string quoted;
    json::append_quoted(quoted, message);
    out.append(quoted, 1, quoted.size() - 2);
    if (context && !context->request_id.empty()) {
        out += " request_id=";
        append_text(out, context->request_id);
    }
    for (const auto& [key, value] : fields) {
        out.append(1, ' ').append(key).append(1, '=');
        append_value(out, value, false);
    }
    out += '\n';
}

void append_line(std::string& out, bool json, Level level, const Context* context, std::string_view message,
                 Fields fields) {
    (json ? json_line : text_line)(out, level, context, message, fields);
}

// Each line of a batch on its own.
void each_line(std::string_view batch, const std::function<void(std::string_view)>& sink) {
    while (!batch.empty()) {
        const auto end = std::min(batch.find('\n'), batch.size() - 1) + 1;
        sink(batch.substr(0, end));
        batch.remove_prefix(end);
    }
}

class Logger {
public:
    std::atomic<Level> level = Level::info;
    std::atomic<bool> json = false;

    void start(Options options) {
        stop();
        std::lock_guard lock(mutex_);
        level = options.level;
        json = options.json;
        sink_ = std::move(options.sink);
        running_ = true;
        thread_ = std::thread([this] { run(); });
    }

    void stop() {
        {
            std::lock_guard lock(mutex_);
            if (!running_) return;
            running_ = false;
        }
        changed_.notify_all();
        thread_.join();
        std::lock_guard lock(mutex_);
        sink_ = {};
    }

    // `urgent`: written at once, not with those of the next moment.
    void push(std::string_view line, bool urgent) {
        std::unique_lock lock(mutex_);
        if (!running_) {
            give(line);
            return;
        }
        if (count_ >= queue_max) {
            ++dropped_;
            return;
        }
        waiting_ += line;
        const bool first = count_++ == 0;
        hurries_ = hurries_ || urgent;
        if (first || urgent) changed_.notify_all();
    }

    void flush() {
        std::unique_lock lock(mutex_);
        hurries_ = true;
        changed_.notify_all();
        changed_.wait(lock, [this] { return !running_ || (count_ == 0 && !writing_); });
    }

private:
    void give(std::string_view lines) {
        if (sink_)
            each_line(lines, sink_);
        else
            write_stderr(lines);
    }

    void run() {
        pthread_setname_np(pthread_self(), "log");
        std::string batch;
        std::unique_lock lock(mutex_);
        for (;;) {
            changed_.wait(lock, [this] { return !running_ || count_ > 0; });
            if (count_ == 0) return;
            // A line a request: one system call for those of a moment.
            changed_.wait_for(lock, gather, [this] { return !running_ || hurries_; });
            hurries_ = false;
            batch.swap(waiting_);
            count_ = 0;
            if (dropped_ > 0)
                append_line(batch, json, Level::warn, nullptr, "log lines dropped",
                            {{"count", std::exchange(dropped_, 0)}});
            writing_ = true;
            lock.unlock();
            give(batch);
            batch.clear();
            if (batch.capacity() > buffer_kept_max) batch = std::string();
            lock.lock();
            writing_ = false;
            changed_.notify_all();
        }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::string waiting_;    // whole lines
    std::size_t count_ = 0;  // of them
    std::size_t dropped_ = 0;
    bool hurries_ = false;
    bool running_ = false;
    bool writing_ = false;
    std::function<void(std::string_view)> sink_;  // unset: standard error
    std::thread thread_;
};

// Never destroyed: threads may log while the process ends.
Logger& logger() {
    static auto* instance = new Logger;
    return *instance;
}

}  // namespace

std::optional<Level> parse_level(std::string_view name) {
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == name) return static_cast<Level>(i);
    return std::nullopt;
}

std::string_view level_name(Level level) {
    return names[static_cast<std::size_t>(level)];
}

void start(Options options) {
    logger().start(std::move(options));
}
void stop() {
    logger().stop();
}
void flush() {
    logger().flush();
}

bool enabled(Level level) {
    return level >= logger().level.load(std::memory_order_relaxed);
}

void write(Level level, const Context* context, std::string_view message, Fields fields) {
    if (!enabled(level)) return;
    std::string line;
    line.reserve(line_likely);
    append_line(line, logger().json.load(std::memory_order_relaxed), level, context, message, fields);
    logger().push(line, level >= Level::warn);
}

}  // namespace lares::log
