#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "base/text.h"
#include "chat/transcript.h"

namespace lares::chat {

namespace {

// Reads a text from its beginning; once something does not fit, nothing does.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}
    std::int64_t number(std::size_t digits_max = 4) {
        skip_spaces();
        std::size_t size = 0;
        while (size < text_.size() && size < digits_max && text_[size] >= '0' && text_[size] <= '9') ++size;
        std::int64_t value = 0;
        if (size == 0)
            failed_ = true;
        else
            std::from_chars(text_.data(), text_.data() + size, value);
        text_.remove_prefix(size);
        return value;
    }
    // What follows a decimal point, of a second.
    std::int64_t fraction_ms() {
        std::int64_t ms = 0, unit = 100;
        failed_ = failed_ || text_.empty() || text_.front() < '0' || text_.front() > '9';
        while (!text_.empty() && text_.front() >= '0' && text_.front() <= '9') {
            ms += (text_.front() - '0') * unit;
            unit /= 10;
            text_.remove_prefix(1);
        }
        return ms;
    }
    bool take(std::string_view what) {
        skip_spaces();
        if (!equal_ignoring_case(text_.substr(0, what.size()), what)) return false;
        text_.remove_prefix(what.size());
        return true;
    }
    void need(std::string_view what) { failed_ = !take(what) || failed_; }
    bool done() {
        skip_spaces();
        return !failed_ && text_.empty();
    }
    bool failed() const { return failed_; }

private:
    void skip_spaces() {
        while (text_.starts_with(' ') || text_.starts_with(',')) text_.remove_prefix(1);
    }
    std::string_view text_;
    bool failed_ = false;
};

struct Time {
    std::int64_t year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0, zone_minutes = 0;
    std::optional<std::int64_t> unix_ms() const {
        using namespace std::chrono;
        if (year < 1970 || hour > 23 || minute > 59 || second > 60) return std::nullopt;
        const year_month_day date{std::chrono::year(static_cast<int>(year)),
                                  std::chrono::month(static_cast<unsigned>(month)),
                                  std::chrono::day(static_cast<unsigned>(day))};
        if (!date.ok()) return std::nullopt;
        const auto at = sys_days(date) + hours(hour) + minutes(minute - zone_minutes) + seconds(second);
        return duration_cast<milliseconds>(at.time_since_epoch()).count() + ms;
    }
};

std::optional<std::int64_t> read_iso(std::string_view text) {
    Scanner in(text);
    Time time;
    time.year = in.number();
    in.need("-");
    time.month = in.number(2);
    in.need("-");
    time.day = in.number(2);
    if (in.failed()) return std::nullopt;
    if (in.done()) return time.unix_ms();
    if (in.take("@")) {  // 2023-6-19 @14h 20m 30s 123ms
        time.hour = in.number(2);
        in.need("h");
        time.minute = in.number(2);
        in.need("m");
        time.second = in.number(2);
        in.need("s");
        if (!in.failed() && !in.done()) {
            time.ms = in.number(3);
            in.need("ms");
        }
        return in.done() ? time.unix_ms() : std::nullopt;
    }
    in.take("T");
    time.hour = in.number(2);
    in.need(":");
    time.minute = in.number(2);
    if (in.take(":")) time.second = in.number(2);
    if (in.take(".")) {
        time.ms = in.fraction_ms();
    }
    if (in.take("Z")) return in.done() ? time.unix_ms() : std::nullopt;
    const bool east = in.take("+");
    if (east || in.take("-")) {
        time.zone_minutes = in.number(2) * 60;
        in.take(":");
        time.zone_minutes += in.number(2);
        if (!east) time.zone_minutes = -time.zone_minutes;
    }
    return in.done() ? time.unix_ms() : std::nullopt;
}

std::optional<std::int64_t> read_words(std::string_view text) {
    static constexpr std::array<std::string_view, 12> months{"January",   "February", "March",    "April",
                                                             "May",       "June",     "July",     "August",
                                                             "September", "October",  "November", "December"};
    Scanner in(text);
    Time time;
    for (std::size_t i = 0; i < months.size() && time.month == 0; ++i)
        if (in.take(months[i]) || in.take(months[i].substr(0, 3)))
            time.month = static_cast<std::int64_t>(i) + 1;
    if (time.month == 0) return std::nullopt;
    time.day = in.number(2);
    time.year = in.number();
    if (in.failed()) return std::nullopt;
    if (in.done()) return time.unix_ms();
    time.hour = in.number(2);
    in.need(":");
    time.minute = in.number(2);
    if (in.take(":")) time.second = in.number(2);
    const bool pm = in.take("pm");
    if (pm || in.take("am")) {
        if (time.hour < 1 || time.hour > 12) return std::nullopt;
        time.hour = time.hour % 12 + (pm ? 12 : 0);
    }
    return in.done() ? time.unix_ms() : std::nullopt;
}

}  // namespace

std::optional<std::int64_t> parse_send_date(std::string_view text) {
    text = trim(text);
    if (text.empty() || text.size() > 64) return std::nullopt;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    std::optional<std::int64_t> at;
    if (error == std::errc() && end == text.data() + text.size())
        at = number >= 0 && number < 100'000'000'000 ? number * 1000 : number;
    else if (at = read_iso(text); !at)
        at = read_words(text);
    return at && *at >= 0 && *at <= date_max ? at : std::nullopt;
}

std::string format_iso(std::int64_t unix_ms) {
    using namespace std::chrono;
    const sys_time<milliseconds> at{milliseconds(unix_ms)};
    const auto day = floor<days>(at);
    const year_month_day date{day};
    const hh_mm_ss time{at - day};
    std::array<char, 40> out{};
    std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                  static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
                  static_cast<int>(time.subseconds().count()));
    return out.data();
}

}  // namespace lares::chat
