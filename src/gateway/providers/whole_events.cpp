#include "gateway/providers/whole_events.h"

#include <utility>

#include "gateway/foreign.h"

namespace lares::gateway {
namespace {

bool is_usage(std::string_view event) {
    const auto data = event.find("data:");
    if (data == event.npos || event.find("\"usage\"") == event.npos) return false;
    const auto value = parse_foreign(event.substr(data + 5));
    const auto* chunk = value ? value->if_object() : nullptr;
    const auto* choices = chunk ? array_at(*chunk, "choices") : nullptr;
    return choices && choices->empty() && object_at(*chunk, "usage");
}

}  // namespace

std::size_t WholeEvents::end_of_event(std::size_t from) const {
    for (auto at = held_.find('\n', from); at != held_.npos; at = held_.find('\n', at + 1)) {
        if (form_ == Form::lines) return at + 1;
        if (held_.compare(at + 1, 1, "\n") == 0) return at + 2;
        if (held_.compare(at + 1, 2, "\r\n") == 0) return at + 3;
    }
    return held_.npos;
}

std::string WholeEvents::feed(std::string piece) {
    if (form_ == Form::bytes) return piece;
    // Where an end may begin that was not one before.
    std::size_t search = held_.size() < 2 ? 0 : held_.size() - 2;
    if (held_.empty())
        held_ = std::move(piece);
    else
        held_ += piece;
    std::string out;
    std::size_t begin = 0, kept = 0;  // of the next event; of what is not in `out` yet
    for (auto end = end_of_event(search); end != held_.npos; end = end_of_event(begin)) {
        if (hides_usage_ && is_usage(std::string_view(held_).substr(begin, end - begin))) {
            out.append(held_, kept, begin - kept);
            kept = end;
        }
        begin = end;
    }
    if (kept == 0 && begin == held_.size()) return std::exchange(held_, {});
    out.append(held_, kept, begin - kept);
    held_.erase(0, begin);
    return out;
}

std::string WholeEvents::finish() {
    auto rest = std::exchange(held_, {});
    if (form_ == Form::lines) return rest.empty() ? rest : rest + "\n";
    const auto data = rest.rfind("data:");
    const bool says = data != rest.npos && rest.find_first_not_of(" \r\n", data + 5) != rest.npos;
    if (!says || (hides_usage_ && is_usage(rest))) return {};
    return rest + "\n\n";
}

}  // namespace lares::gateway
