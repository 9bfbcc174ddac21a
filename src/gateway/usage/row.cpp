#include "gateway/usage/row.h"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>

namespace lares::gateway {
namespace {

constexpr std::size_t text_max = 256;  // of a name that a client chose

using Days = std::chrono::sys_days;

std::chrono::year_month_day ymd(std::int64_t day) {
    return Days(std::chrono::days(day));
}
std::int64_t count(std::chrono::year_month_day date) {
    return Days(date).time_since_epoch().count();
}

}  // namespace

RowView view_of(const Settled& settled, std::string_view id) {
    const auto& usage = settled.usage;
    return {.id = id,
            .person = settled.payer.person,
            .key = settled.payer.key,
            .character = settled.payer.character,
            .conversation = settled.payer.conversation,
            .route = settled.payer.route,
            .provider = settled.provider,
            .model = std::string_view(settled.model).substr(0, text_max),
            .outcome = settled.outcome,
            .error = settled.error,
            .started_ms = settled.started_ms,
            .duration_ms = settled.duration_ms,
            .first_token_ms = settled.first_token_ms,
            .estimated = !settled.usage_known,
            .input = usage.prompt,
            .output = usage.completion,
            .cache_read = usage.reused,
            .cache_write = usage.cache_write,
            .reasoning = usage.reasoning,
            .cost_micros = settled.cost_micros,
            .price_version = settled.price_version};
}

RowView view_if_cut(const Planned& planned, std::string_view id, std::optional<std::int64_t> micros,
                    std::int64_t price_version) {
    RowView row;
    row.id = id;
    row.person = planned.payer.person;
    row.key = planned.payer.key;
    row.character = planned.payer.character;
    row.conversation = planned.payer.conversation;
    row.route = planned.payer.route;
    row.provider = planned.provider;
    row.model = std::string_view(planned.model).substr(0, text_max);
    row.outcome = Outcome::cut;
    row.error = "server-stopped";
    row.started_ms = planned.began_ms;
    row.estimated = true;
    row.input = planned.prompt;
    row.output = planned.completion;
    row.cost_micros = micros;
    row.price_version = price_version;
    return row;
}

namespace {

constexpr char record_version = '1';

// Calls field(member) for each in the record's order: texts, then numbers.
template <class Row, class Field>
void each_field(Row& row, Field field) {
    for (auto* text : {&row.id, &row.person, &row.key, &row.character, &row.conversation, &row.route,
                       &row.provider, &row.model, &row.error})
        field(*text);
    for (auto* number : {&row.started_ms, &row.duration_ms, &row.input, &row.output, &row.cache_read,
                         &row.cache_write, &row.reasoning, &row.price_version})
        field(*number);
    field(row.first_token_ms);
    field(row.cost_micros);
}

class RecordWriter {
public:
    explicit RecordWriter(std::string& out) : out_(out) {}
    void operator()(std::string_view text) {
        raw(static_cast<std::uint32_t>(text.size()));
        out_ += text;
    }
    void operator()(std::int64_t number) { raw(number); }
    void operator()(const std::optional<std::int64_t>& number) {
        out_ += number ? '1' : '0';
        raw(number.value_or(0));
    }

private:
    template <class T>
    void raw(T value) {
        char bytes[sizeof value];
        std::memcpy(bytes, &value, sizeof value);
        out_.append(bytes, sizeof bytes);
    }
    std::string& out_;
};

class RecordReader {
public:
    explicit RecordReader(std::string_view rest) : rest_(rest) {}
    void operator()(std::string_view& text) {
        const auto size = raw<std::uint32_t>();
        good_ = good_ && size <= rest_.size();
        if (!good_) return;
        text = rest_.substr(0, size);
        rest_.remove_prefix(size);
    }
    void operator()(std::int64_t& number) { number = raw<std::int64_t>(); }
    void operator()(std::optional<std::int64_t>& number) {
        const char there = byte();
        const auto value = raw<std::int64_t>();
        if (there == '1') number = value;
    }
    char byte() {
        good_ = good_ && !rest_.empty();
        if (!good_) return 0;
        const char out = rest_.front();
        rest_.remove_prefix(1);
        return out;
    }
    bool good() const { return good_ && rest_.empty(); }

private:
    template <class T>
    T raw() {
        T value{};
        good_ = good_ && sizeof value <= rest_.size();
        if (!good_) return value;
        std::memcpy(&value, rest_.data(), sizeof value);
        rest_.remove_prefix(sizeof value);
        return value;
    }
    std::string_view rest_;
    bool good_ = true;
};

}  // namespace

void append_record(std::string& out, Mark mark, const RowView& row) {
    out += record_version;
    out += static_cast<char>(mark);
    out += static_cast<char>('0' + static_cast<int>(row.outcome));
    out += row.estimated ? '1' : '0';
    each_field(row, RecordWriter(out));
}

std::optional<std::pair<Mark, RowView>> from_record(std::string_view record) {
    RecordReader reader(record);
    if (reader.byte() != record_version) return std::nullopt;
    const char mark = reader.byte(), outcome = reader.byte(), estimated = reader.byte();
    const bool known = (mark == 'B' || mark == 'E') && outcome >= '0' &&
                       outcome <= '0' + static_cast<int>(Outcome::failed) &&
                       (estimated == '0' || estimated == '1');
    if (!known) return std::nullopt;
    std::pair<Mark, RowView> out{static_cast<Mark>(mark), {}};
    out.second.outcome = static_cast<Outcome>(outcome - '0');
    out.second.estimated = estimated == '1';
    each_field(out.second, [&reader](auto& field) { reader(field); });
    if (!reader.good()) return std::nullopt;
    return out;
}

std::int64_t month_begin(std::int64_t day) {
    const auto date = ymd(day);
    return count(date.year() / date.month() / std::chrono::day(1));
}

std::int64_t month_end(std::int64_t day) {
    const auto date = ymd(day);
    return count((date.year() / date.month() + std::chrono::months(1)) / std::chrono::day(1));
}

std::string date_text(std::int64_t day) {
    const auto date = ymd(day);
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text;
}

std::optional<std::int64_t> day_of_text(std::string_view date) {
    if (date.size() != 10 || date[4] != '-' || date[7] != '-') return std::nullopt;
    const auto number = [&](std::size_t at, std::size_t size) {
        int out = -1;
        const auto* end = date.data() + at + size;
        const auto [stop, error] = std::from_chars(date.data() + at, end, out);
        return error == std::errc() && stop == end ? out : -1;
    };
    const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
    if (year < 1970 || month < 0 || day < 0) return std::nullopt;
    const std::chrono::year_month_day out{std::chrono::year(year),
                                          std::chrono::month(static_cast<unsigned>(month)),
                                          std::chrono::day(static_cast<unsigned>(day))};
    if (!out.ok()) return std::nullopt;
    return count(out);
}

}  // namespace lares::gateway
