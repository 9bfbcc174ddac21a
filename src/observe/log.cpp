#include "observe/log.h"

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <thread>
#include <vector>

#include <pthread.h>
#include <unistd.h>

#include "json/write.h"

namespace lares::log {
namespace {

constexpr std::array<std::string_view, 4> names{"debug", "info", "warn", "error"};
constexpr std::size_t queue_max = 65'536;

void write_stderr(std::string_view line) {
    while (!line.empty()) {
        const ssize_t wrote = ::write(STDERR_FILENO, line.data(), line.size());
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return;  // nobody to tell
        line.remove_prefix(static_cast<std::size_t>(wrote));
    }
}

std::string timestamp() {
    const auto now = std::chrono::system_clock::now();
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    const auto ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char text[32];
    const std::size_t used = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    const char rest[] = {'.', static_cast<char>('0' + ms / 100), static_cast<char>('0' + ms / 10 % 10),
                         static_cast<char>('0' + ms % 10), 'Z'};
    return std::string(text, used).append(rest, sizeof rest);
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

std::string json_line(Level level, const Context* context, std::string_view message, Fields fields) {
    std::string out = "{\"time\":\"" + timestamp() + "\",\"level\":\"";
    out.append(level_name(level)).append("\",\"message\":");
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
    return out += "}\n";
}

std::string text_line(Level level, const Context* context, std::string_view message, Fields fields) {
    std::string out = timestamp();
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
    return out += '\n';
}

std::string format(bool json, Level level, const Context* context, std::string_view message, Fields fields) {
    return json ? json_line(level, context, message, fields) : text_line(level, context, message, fields);
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
        sink_ = options.sink ? std::move(options.sink) : write_stderr;
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
        sink_ = write_stderr;
    }

    void push(std::string line) {
        std::unique_lock lock(mutex_);
        if (!running_) {
            sink_(line);
            return;
        }
        if (lines_.size() >= queue_max) {
            ++dropped_;
            return;
        }
        lines_.push_back(std::move(line));
        if (lines_.size() == 1) changed_.notify_all();
    }

    void flush() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !running_ || (lines_.empty() && !writing_); });
    }

private:
    void run() {
        pthread_setname_np(pthread_self(), "log");
        std::vector<std::string> batch;
        std::unique_lock lock(mutex_);
        for (;;) {
            changed_.wait(lock, [this] { return !running_ || !lines_.empty(); });
            if (lines_.empty()) return;
            batch.swap(lines_);
            if (dropped_ > 0)
                batch.push_back(format(json, Level::warn, nullptr, "log lines dropped",
                                       {{"count", std::exchange(dropped_, 0)}}));
            writing_ = true;
            lock.unlock();
            for (const auto& line : batch) sink_(line);
            batch.clear();
            lock.lock();
            writing_ = false;
            changed_.notify_all();
        }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> lines_;
    std::size_t dropped_ = 0;
    bool running_ = false;
    bool writing_ = false;
    std::function<void(std::string_view)> sink_ = write_stderr;
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
    logger().push(format(logger().json.load(std::memory_order_relaxed), level, context, message, fields));
}

}  // namespace lares::log
