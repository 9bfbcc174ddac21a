#include "gateway/dialects/dialect.h"

#include "gateway/foreign.h"
#include "json/write.h"

namespace lares::gateway {

Part& Collector::open(PartKind kind) {
    if (answer_.parts.empty() || answer_.parts.back().kind != kind) answer_.parts.push_back({.kind = kind});
    return answer_.parts.back();
}

void Collector::add(const Event& event) {
    using Kind = Event::Kind;
    switch (event.kind) {
        case Kind::start:
            answer_.id = event.id;
            answer_.model = event.name;
            break;
        case Kind::text:
            open(PartKind::text).text += event.text;
            break;
        case Kind::refusal:
            open(PartKind::refusal).text += event.text;
            break;
        case Kind::thinking:
            // A signature closes its block.
            if (!answer_.parts.empty() && answer_.parts.back().kind == PartKind::thinking &&
                !answer_.parts.back().signature.empty())
                answer_.parts.push_back({.kind = PartKind::thinking});
            open(PartKind::thinking).text += event.text;
            break;
        case Kind::signature:
            open(PartKind::thinking).signature += event.text;
            break;
        case Kind::redacted_thinking:
            answer_.parts.push_back({.kind = PartKind::redacted_thinking, .signature = event.text});
            break;
        case Kind::tool_call:
            answer_.parts.push_back({.kind = PartKind::tool_call, .id = event.id, .name = event.name});
            calls_.push_back(event.index);
            break;
        case Kind::arguments: {
            std::size_t call = 0;
            for (auto& part : answer_.parts)
                if (part.kind == PartKind::tool_call && calls_[call++] == event.index)
                    part.text += event.text;
            break;
        }
        case Kind::logprobs: {
            auto all = value_of(answer_.logprobs.empty() ? "[]" : answer_.logprobs);
            const auto more = value_of(event.text);
            if (all.is_array() && more.is_array())
                for (const auto& one : more.get_array()) all.get_array().push_back(one);
            answer_.logprobs = json::write(all);
            break;
        }
    }
}

void Collector::add(const ChatDelta& delta) {
    for (const auto& event : delta.events) add(event);
    if (!delta.text.empty()) add(Event{.kind = Event::Kind::text, .text = delta.text});
}

Answer Collector::take(ChatEnd end) {
    answer_.end = std::move(end);
    return std::move(answer_);
}

std::vector<Event> events_of(ChatDelta delta) {
    auto events = std::move(delta.events);
    if (!delta.text.empty()) events.push_back({.kind = Event::Kind::text, .text = std::move(delta.text)});
    return events;
}

std::string sse(std::string_view name, std::string_view json) {
    std::string out;
    out.reserve(name.size() + json.size() + 24);
    if (!name.empty()) out.append("event: ").append(name).append("\n");
    return out.append("data: ").append(json).append("\n\n");
}

}  // namespace lares::gateway
