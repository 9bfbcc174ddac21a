#include "observe/metrics.h"

#include <algorithm>
#include <cassert>
#include <map>
#include <memory>
#include <mutex>
#include <variant>

#include "json/write.h"
#include "observe/process.h"

namespace lares::metrics {
namespace {

constexpr std::size_t series_max = 500;

using Instrument = std::variant<std::unique_ptr<Counter>, std::unique_ptr<Gauge>, std::unique_ptr<Histogram>>;

struct Family {
    std::string help;
    std::map<std::string, Instrument> series;  // by label text
};

struct Registry {
    std::mutex mutex;
    std::map<std::string, Family, std::less<>> families;
    std::mutex collectors_mutex;  // held while collectors run: a handle that is gone is never called
    std::map<std::uint64_t, std::function<void()>> collectors;
    std::uint64_t next_collector = 1;
};

Registry& registry() {
    static auto* instance = new Registry;  // never destroyed: threads may count while the process ends
    return *instance;
}

std::string label_text(const Labels& labels) {
    std::string out;
    for (const auto& [key, value] : labels) {
        out.append(out.empty() ? "" : ",").append(key).append("=\"");
        for (char c : value) {
            if (c == '\n')
                out += "\\n";
            else if (c == '"' || c == '\\')
                out.append(1, '\\').append(1, c);
            else
                out += c;
        }
        out += '"';
    }
    return out;
}

template <class T, class Make>
T& find_or_make(std::string_view name, const Labels& labels, std::string_view help, Make make) {
    auto& all = registry();
    std::string key = label_text(labels);
    std::lock_guard lock(all.mutex);
    auto& family = all.families.try_emplace(std::string(name)).first->second;
    if (family.help.empty()) family.help = help;
    auto found = family.series.find(key);
    if (found == family.series.end()) {
        if (family.series.size() >= series_max) key = "overflow=\"true\"";
        found = family.series.try_emplace(key, Instrument{}).first;
        auto& slot = found->second;
        if (!std::holds_alternative<std::unique_ptr<T>>(slot) || !std::get<std::unique_ptr<T>>(slot))
            slot = make();
    }
    assert(std::holds_alternative<std::unique_ptr<T>>(found->second) && "a metric name has one kind");
    return *std::get<std::unique_ptr<T>>(found->second);
}

void line(std::string& out, std::string_view name, std::string_view suffix, std::string_view labels,
          std::string_view extra, double value) {
    out.append(name).append(suffix);
    if (!labels.empty() || !extra.empty()) {
        out.append("{").append(labels);
        if (!labels.empty() && !extra.empty()) out += ',';
        out.append(extra).append("}");
    }
    out += ' ';
    json::append_number(out, value);
    out += '\n';
}

void show(std::string& out, std::string_view name, std::string_view labels, const Instrument& instrument) {
    if (const auto* counter = std::get_if<std::unique_ptr<Counter>>(&instrument)) {
        line(out, name, "", labels, "", static_cast<double>((*counter)->value()));
    } else if (const auto* gauge = std::get_if<std::unique_ptr<Gauge>>(&instrument)) {
        line(out, name, "", labels, "", (*gauge)->value());
    } else {
        const Histogram& histogram = *std::get<std::unique_ptr<Histogram>>(instrument);
        std::uint64_t count = 0;
        for (std::size_t i = 0; i <= histogram.bounds().size(); ++i) {
            count += histogram.bucket(i);
            std::string bound = "le=\"";
            if (i < histogram.bounds().size())
                json::append_number(bound, histogram.bounds()[i]);
            else
                bound += "+Inf";
            line(out, name, "_bucket", labels, bound + '"', static_cast<double>(count));
        }
        line(out, name, "_sum", labels, "", histogram.sum());
        line(out, name, "_count", labels, "", static_cast<double>(count));
    }
}

constexpr std::array<std::string_view, 3> kinds{"counter", "gauge", "histogram"};

void show_process(std::string& out) {
    const ProcessUse use = process_use();
    const auto show_one = [&out](std::string_view name, std::string_view kind, double value) {
        out.append("# TYPE ").append(name).append(" ").append(kind).append("\n");
        line(out, name, "", "", "", value);
    };
    show_one("process_resident_memory_bytes", "gauge", static_cast<double>(use.resident_bytes));
    show_one("process_virtual_memory_bytes", "gauge", static_cast<double>(use.virtual_bytes));
    show_one("process_open_fds", "gauge", static_cast<double>(use.open_fds));
    show_one("process_max_fds", "gauge", static_cast<double>(use.max_fds));
    show_one("process_threads", "gauge", static_cast<double>(use.threads));
    show_one("process_cpu_seconds_total", "counter", use.cpu_seconds);
    show_one("process_start_time_seconds", "gauge", use.start_time_seconds);
}

}  // namespace

Histogram::Histogram(std::span<const double> bounds) : bounds_(bounds), buckets_(bounds.size() + 1) {}

void Histogram::observe(double value) {
    const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
    buckets_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
}

Counter& counter(std::string_view name, const Labels& labels, std::string_view help) {
    return find_or_make<Counter>(name, labels, help, [] { return std::make_unique<Counter>(); });
}
Gauge& gauge(std::string_view name, const Labels& labels, std::string_view help) {
    return find_or_make<Gauge>(name, labels, help, [] { return std::make_unique<Gauge>(); });
}
Histogram& histogram(std::string_view name, const Labels& labels, std::string_view help,
                     std::span<const double> bounds) {
    return find_or_make<Histogram>(name, labels, help,
                                   [bounds] { return std::make_unique<Histogram>(bounds); });
}

Collector::Collector(std::function<void()> collect) {
    auto& all = registry();
    std::lock_guard lock(all.collectors_mutex);
    id_ = all.next_collector++;
    all.collectors.emplace(id_, std::move(collect));
}

Collector::~Collector() {
    auto& all = registry();
    std::lock_guard lock(all.collectors_mutex);
    all.collectors.erase(id_);
}

std::string scrape() {
    auto& all = registry();
    {
        std::lock_guard lock(all.collectors_mutex);
        for (const auto& [id, collect] : all.collectors) collect();
    }
    std::string out;
    std::lock_guard lock(all.mutex);
    for (const auto& [name, family] : all.families) {
        if (!family.help.empty())
            out.append("# HELP ").append(name).append(" ").append(family.help).append("\n");
        const auto kind = kinds[family.series.begin()->second.index()];
        out.append("# TYPE ").append(name).append(" ").append(kind).append("\n");
        for (const auto& [labels, instrument] : family.series) show(out, name, labels, instrument);
    }
    show_process(out);
    return out;
}

}  // namespace lares::metrics
