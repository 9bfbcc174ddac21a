#include "gateway/providers/local/tools.h"

#include "base/text.h"
#include "crypto/random.h"
#include "gateway/foreign.h"
#include "json/write.h"

namespace lares::gateway {

namespace bj = boost::json;

namespace {

constexpr std::string_view instructions =
    "You can use these functions. To use one, answer with a JSON object {\"tool\": its name, \"arguments\": "
    "{…}}. "
    "Otherwise answer with {\"reply\": \"your words\"}.\n";

std::string fresh_call_id() {
    return "call_" + to_hex(crypto::random_bytes(12));
}

// A message whose parts the model has no form for, as words that it could have said itself.
void tell(ChatMessage& message, const std::vector<std::pair<std::string, std::string>>& names) {
    if (message.parts.empty()) return;
    std::string text;
    for (const auto& part : message.parts) {
        if (part.kind == PartKind::tool_call) {
            text += json::write(bj::value{{"tool", json::text_value(part.name)},
                                          {"arguments", value_of(part.text.empty() ? "{}" : part.text)}});
        } else if (part.kind == PartKind::tool_result) {
            std::string name = part.name;
            for (const auto& [id, called] : names)
                if (id == part.id) name = called;
            text += (part.is_error ? "The function " + name + " failed: "
                                   : "Result of the function " + name + ": ") +
                    part.text;
        } else if (part.kind == PartKind::text || part.kind == PartKind::refusal) {
            text += part.text;
        } else if (part.kind == PartKind::image || part.kind == PartKind::audio ||
                   part.kind == PartKind::file || part.kind == PartKind::other) {
            return;  // refused later
        }
    }
    message.content = std::move(text);
    message.parts.clear();
    message.tokens.clear();
    if (message.role == Role::tool) message.role = Role::user;
}

bj::object call_schema(const Tool& tool) {
    auto arguments = tool.schema.empty() ? bj::value{{"type", "object"}} : value_of(tool.schema);
    return {{"type", "object"},
            {"properties", bj::object{{"tool", bj::object{{"const", json::text_value(tool.name)}}},
                                      {"arguments", std::move(arguments)}}},
            {"required", bj::array{"tool", "arguments"}},
            {"additionalProperties", false}};
}

std::string describe(const Tool& tool) {
    return "- " + tool.name + (tool.description.empty() ? "" : ": " + tool.description) +
           (tool.schema.empty() ? "" : " Arguments: " + tool.schema) + "\n";
}

class OfferedStream final : public ChatStream {
public:
    explicit OfferedStream(std::unique_ptr<ChatStream> inner) : inner_(std::move(inner)) {}
    Task<Result<std::optional<ChatDelta>>> next() override {
        if (done_) co_return std::nullopt;
        ChatDelta out;
        for (;;) {
            LARES_CO_TRY(auto delta, co_await inner_->next());
            if (!delta) break;
            if (delta->place > 0) co_return std::move(delta);
            text_ += delta->text;
        }
        done_ = true;
        end_ = inner_->end();
        out.events = read_offered_answer(text_, fresh_call_id());
        if (end_.finish == FinishReason::stop && !out.events.empty() &&
            out.events.front().kind == Event::Kind::tool_call)
            end_.finish = FinishReason::tool_calls;
        co_return out;
    }
    const ChatEnd& end() const override { return end_; }

private:
    std::unique_ptr<ChatStream> inner_;
    std::string text_;
    ChatEnd end_;
    bool done_ = false;
};

}  // namespace

OfferedTools::OfferedTools(ChatRequest& request) {
    std::vector<std::pair<std::string, std::string>> names;
    for (const auto& message : request.messages)
        for (const auto& part : message.parts)
            if (part.kind == PartKind::tool_call) names.emplace_back(part.id, part.name);
    for (auto& message : request.messages) tell(message, names);

    std::erase_if(request.tools, [](const Tool& tool) { return tool.hosted; });
    if (request.tools.empty() || request.tool_choice == ToolChoice::none) return;
    any_ = true;
    std::string words(instructions);
    bj::array forms;
    for (const auto& tool : request.tools) {
        if (request.tool_choice == ToolChoice::named && tool.name != request.tool_name) continue;
        words += describe(tool);
        forms.push_back(call_schema(tool));
    }
    if (request.tool_choice == ToolChoice::automatic)
        forms.push_back(bj::object{{"type", "object"},
                                   {"properties", bj::object{{"reply", bj::object{{"type", "string"}}}}},
                                   {"required", bj::array{"reply"}},
                                   {"additionalProperties", false}});
    request.json_schema = json::write(forms.size() == 1 ? forms[0] : bj::value{{"anyOf", std::move(forms)}});
    auto& messages = request.messages;
    if (!messages.empty() && messages.front().role == Role::system) {
        messages.front().content = words + messages.front().content;
    } else {
        ChatMessage system;
        system.role = Role::system;
        system.content = std::move(words);
        messages.insert(messages.begin(), std::move(system));
    }
}

std::unique_ptr<ChatStream> OfferedTools::read(std::unique_ptr<ChatStream> answer) const {
    return std::make_unique<OfferedStream>(std::move(answer));
}

std::vector<Event> read_offered_answer(const std::string& text, const std::string& call_id) {
    const auto value = parse_foreign(text);
    const auto* object = value ? value->if_object() : nullptr;
    const auto name = object ? text_at(*object, "tool") : std::string_view();
    if (!name.empty()) {
        const auto* arguments = object_at(*object, "arguments");
        return {
            {.kind = Event::Kind::tool_call, .id = call_id, .name = std::string(name)},
            {.kind = Event::Kind::arguments, .text = arguments ? json::write(bj::value(*arguments)) : "{}"}};
    }
    std::string reply = object && object->contains("reply") ? std::string(text_at(*object, "reply")) : text;
    if (reply.empty()) return {};
    return {{.kind = Event::Kind::text, .text = std::move(reply)}};
}

}  // namespace lares::gateway
