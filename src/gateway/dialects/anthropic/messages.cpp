// POST /v1/messages.
#include "gateway/dialects/anthropic/anthropic.h"
#include "gateway/fields.h"
#include "gateway/foreign.h"
#include "json/write.h"

namespace lares::gateway::anthropic {

namespace bj = boost::json;

namespace {

constexpr std::size_t stops_max = 16, stop_bytes_max = 256;

void read_source(Fields& block, Part& part) {
    const auto* source = block.object("source");
    if (!source) return block.refuse("source", "is required");
    Fields fields(*source, block.place("source"), block.error());
    const std::string type = fields.needed_text("type");
    if (type == "base64" || type == "text") {
        part.media_type = fields.needed_text("media_type");
        if (type == "text")
            part.text = fields.needed_text("data");
        else
            part.data = fields.needed_text("data");
    } else if (type == "url") {
        part.url = fields.needed_text("url");
    } else if (type == "file") {
        part.url = fields.needed_text("file_id");
    } else {
        fields.refuse("type", "must be base64, text, url or file");
    }
}

Part read_block(Fields block);

std::vector<Part> read_blocks(Fields& fields, std::string_view name) {
    std::vector<Part> parts;
    const auto* list = fields.array(name);
    for (std::size_t i = 0; list && i < list->size() && !fields.failed(); ++i) {
        if (const auto* object = (*list)[i].if_object())
            parts.push_back(read_block({*object, fields.place(name, i), fields.error()}));
        else
            fields.refuse(name, "must hold objects");
    }
    return parts;
}

bool all_text(const std::vector<Part>& parts) {
    for (const auto& part : parts)
        if (part.kind != PartKind::text || !part.extras.empty()) return false;
    return true;
}

Part read_block(Fields block) {
    Part part;
    const std::string type = block.needed_text("type");
    if (type == "text") {
        part.text = block.needed_text("text");
        part.extras = block.others({"type", "text"});
    } else if (type == "image") {
        part.kind = PartKind::image;
        read_source(block, part);
        part.extras = block.others({"type", "source"});
    } else if (type == "document") {
        part.kind = PartKind::file;
        part.name = block.text("title");
        read_source(block, part);
        part.extras = block.others({"type", "source", "title"});
    } else if (type == "tool_use") {
        part.kind = PartKind::tool_call;
        part.id = block.needed_text("id");
        part.name = block.needed_text("name");
        if (!block.object("input")) block.refuse("input", "must be an object");
        part.text = block.json("input");
        part.extras = block.others({"type", "id", "name", "input"});
    } else if (type == "tool_result") {
        part.kind = PartKind::tool_result;
        part.id = block.needed_text("tool_use_id");
        part.is_error = block.flag("is_error").value_or(false);
        const auto* content = block.find("content");
        if (content && content->is_string()) {
            part.text = std::string_view(content->get_string());
        } else if (content) {
            part.parts = read_blocks(block, "content");
            part.text = plain_text(part.parts);
            if (all_text(part.parts)) part.parts.clear();
        }
        part.extras = block.others({"type", "tool_use_id", "is_error", "content"});
    } else if (type == "thinking") {
        part.kind = PartKind::thinking;
        part.text = block.text("thinking");
        part.signature = block.text("signature");
    } else if (type == "redacted_thinking") {
        part.kind = PartKind::redacted_thinking;
        part.signature = block.needed_text("data");
    } else {  // what the provider's own tools said, and what may come to be
        part.kind = PartKind::other;
        part.name = type;
        part.text = block.others({});
    }
    return part;
}

// A user's message may hold tool results and words: results become messages of their own before it, as the
// other formats have them.
void read_message(Fields fields, std::vector<ChatMessage>& out) {
    ChatMessage message;
    const std::string role = fields.needed_text("role");
    if (role == "assistant")
        message.role = Role::assistant;
    else if (role != "user" && !fields.failed())
        return fields.refuse("role", "must be user or assistant");
    const auto* content = fields.find("content");
    if (!content) return fields.refuse("content", "is required");
    if (content->is_string()) {
        message.content = std::string_view(content->get_string());
    } else {
        for (auto& part : read_blocks(fields, "content")) {
            if (part.kind != PartKind::tool_result) {
                message.parts.push_back(std::move(part));
                continue;
            }
            ChatMessage result;
            result.role = Role::tool;
            result.content = part.text;
            result.parts.push_back(std::move(part));
            out.push_back(std::move(result));
        }
        message.content = plain_text(message.parts);
        const bool nothing = message.parts.empty();
        if (all_text(message.parts)) message.parts.clear();
        if (nothing && !out.empty() && out.back().role == Role::tool) return;
    }
    out.push_back(std::move(message));
}

void read_tools(Fields& fields, ChatRequest& request) {
    const auto* tools = fields.array("tools");
    for (std::size_t i = 0; tools && i < tools->size() && !fields.failed(); ++i) {
        const auto* object = (*tools)[i].if_object();
        if (!object) return fields.refuse("tools", "must hold objects");
        Fields one(*object, fields.place("tools", i), fields.error());
        Tool tool;
        const std::string type = one.has("type") ? one.text("type") : "custom";
        tool.name = one.needed_text("name");
        if (type == "custom") {
            tool.description = one.text("description");
            if (!one.object("input_schema")) one.refuse("input_schema", "is required");
            tool.schema = one.json("input_schema");
            tool.extras = one.others({"type", "name", "description", "input_schema"});
        } else {
            tool.hosted = true;
            tool.extras = one.others({});
        }
        request.tools.push_back(std::move(tool));
    }
    if (const auto* choice = fields.object("tool_choice")) {
        Fields inner(*choice, "tool_choice", fields.error());
        const std::string type = inner.needed_text("type");
        if (type == "any") {
            request.tool_choice = ToolChoice::required;
        } else if (type == "tool") {
            request.tool_choice = ToolChoice::named;
            request.tool_name = inner.needed_text("name");
        } else if (type == "none") {
            request.tool_choice = ToolChoice::none;
        } else if (type != "auto") {
            inner.refuse("type", "must be auto, any, tool or none");
        }
        if (const auto one = inner.flag("disable_parallel_tool_use")) request.parallel_tools = !*one;
    }
}

Result<Asked> parse_messages(const bj::object& body, bool needs_max_tokens) {
    std::optional<Error> error;
    Fields fields(body, {}, error);
    Asked asked;
    auto& request = asked.request;
    request.wire = Wire::anthropic;
    request.model = fields.needed_text("model");
    asked.stream = fields.flag("stream").value_or(false);
    request.whole = !asked.stream;
    request.max_tokens = fields.count("max_tokens", 1);
    if (needs_max_tokens && !request.max_tokens) fields.refuse("max_tokens", "is required");
    const auto* system = fields.find("system");
    if (system) {
        ChatMessage message;
        message.role = Role::system;
        if (system->is_string()) {
            message.content = std::string_view(system->get_string());
        } else {
            message.parts = read_blocks(fields, "system");
            message.content = plain_text(message.parts);
            if (all_text(message.parts)) message.parts.clear();
        }
        if (!message.content.empty()) request.messages.push_back(std::move(message));
    }
    const auto* messages = fields.array("messages");
    if (!messages || messages->empty()) fields.refuse("messages", "must hold at least one message");
    for (std::size_t i = 0; messages && i < messages->size() && !error; ++i) {
        if (const auto* object = (*messages)[i].if_object())
            read_message({*object, fields.place("messages", i), error}, request.messages);
        else
            fields.refuse("messages", "must hold objects");
    }
    request.sampling.temperature = fields.number("temperature", 0, 1);
    request.sampling.top_p = fields.number("top_p", 0, 1);
    if (const auto top_k = fields.count("top_k", 0, 1000))
        request.sampling.top_k = static_cast<std::int32_t>(*top_k);
    const auto* stops = fields.array("stop_sequences");
    for (const auto& one : stops ? *stops : bj::array()) {
        if (one.is_string() && !one.get_string().empty() && one.get_string().size() <= stop_bytes_max)
            request.stop.emplace_back(one.get_string());
        else
            fields.refuse("stop_sequences", "must hold strings of 1 to 256 bytes");
    }
    if (request.stop.size() > stops_max) fields.refuse("stop_sequences", "must hold at most 16 strings");
    read_tools(fields, request);
    if (const auto* thinking = fields.object("thinking")) {
        Fields inner(*thinking, "thinking", error);
        const std::string type = inner.needed_text("type");
        request.thinking =
            Thinking{.on = type != "disabled", .budget_tokens = inner.count("budget_tokens", 1)};
    }
    if (const auto* config = fields.object("output_config"))
        if (const auto* format = object_at(*config, "format");
            format && text_at(*format, "type") == "json_schema")
            request.json_schema = Fields(*format, "output_config.format", error).json("schema");
    if (const auto* format = fields.object("output_format");
        format && text_at(*format, "type") == "json_schema")
        request.json_schema = Fields(*format, "output_format", error).json("schema");
    if (const auto* metadata = fields.object("metadata")) request.user = text_at(*metadata, "user_id");
    request.extras = fields.others({"model", "stream", "max_tokens", "system", "messages", "temperature",
                                    "top_p", "top_k", "stop_sequences", "tools", "tool_choice", "thinking",
                                    "output_format", "output_config", "metadata"});
    if (error) return fail(std::move(*error));
    return asked;
}

std::string_view stop_reason(const ChatEnd& end) {
    switch (end.finish) {
        case FinishReason::length:
            return "max_tokens";
        case FinishReason::tool_calls:
            return "tool_use";
        case FinishReason::content_filter:
            return "refusal";
        case FinishReason::paused:
            return "pause_turn";
        case FinishReason::stop:
            break;
    }
    return end.stop_sequence.empty() ? "end_turn" : "stop_sequence";
}

bj::value stop_sequence(const ChatEnd& end) {
    return end.stop_sequence.empty() ? bj::value(nullptr) : json::text_value(end.stop_sequence);
}

bj::value input_of(std::string_view arguments) {
    auto value = value_of(arguments.empty() ? "{}" : arguments);
    return value.is_object() ? std::move(value) : bj::value(bj::object());
}

bj::object block_json(const Part& part) {
    switch (part.kind) {
        case PartKind::thinking:
            return {{"type", "thinking"},
                    {"thinking", json::text_value(part.text)},
                    {"signature", json::text_value(part.signature)}};
        case PartKind::redacted_thinking:
            return {{"type", "redacted_thinking"}, {"data", json::text_value(part.signature)}};
        case PartKind::tool_call:
            return {{"type", "tool_use"},
                    {"id", json::text_value(part.id)},
                    {"name", json::text_value(part.name)},
                    {"input", input_of(part.text)}};
        default:
            return {{"type", "text"}, {"text", json::text_value(part.text)}};
    }
}

// Blocks stand one behind the other here, while other formats may send two calls side by side: what belongs
// to a call that is not open yet waits.
class MessageEncoder final : public StreamEncoder {
public:
    explicit MessageEncoder(Stamp stamp) : stamp_(std::move(stamp)) {}

    std::string event(const Event& event) override {
        using Kind = Event::Kind;
        std::string out = begin();
        switch (event.kind) {
            case Kind::start:
            case Kind::logprobs:
                break;
            case Kind::text:
            case Kind::refusal:
                out += ensure(Open::text);
                out += delta({{"type", "text_delta"}, {"text", json::text_value(event.text)}});
                break;
            case Kind::thinking:
                if (open_ == Open::thinking && signed_) out += end_block();
                out += ensure(Open::thinking);
                out += delta({{"type", "thinking_delta"}, {"thinking", json::text_value(event.text)}});
                break;
            case Kind::signature:
                out += ensure(Open::thinking);
                signed_ = true;
                out += delta({{"type", "signature_delta"}, {"signature", json::text_value(event.text)}});
                break;
            case Kind::redacted_thinking:
                out += end_block();
                out += start_block({{"type", "redacted_thinking"}, {"data", json::text_value(event.text)}});
                open_ = Open::redacted;
                break;
            case Kind::tool_call:
                if (open_ == Open::call && (!waiting_.empty() || !complete())) {
                    waiting_.push_back({event.index, event.id, event.name, {}});
                } else {
                    out += open_call({event.index, event.id, event.name, {}});
                }
                break;
            case Kind::arguments:
                if (open_ == Open::call && call_.index == event.index) {
                    out += arguments(event.text);
                    break;
                }
                for (auto& call : waiting_)
                    if (call.index == event.index) call.arguments += event.text;
                break;
        }
        return out;
    }

    std::string close(const ChatEnd& end) override {
        std::string out = begin() + end_block();
        auto usage = usage_json(end.usage);
        usage.erase("service_tier");
        out += emit(
            "message_delta",
            {{"delta", bj::object{{"stop_reason", stop_reason(end)}, {"stop_sequence", stop_sequence(end)}}},
             {"usage", std::move(usage)}});
        return out + emit("message_stop", {});
    }
    std::string failed(const Error& error) override { return sse("error", refusal(error).json); }

private:
    enum class Open : std::uint8_t { none, text, thinking, redacted, call };
    struct Call {
        std::uint32_t index = 0;
        std::string id, name, arguments;
    };

    static std::string emit(std::string_view type, bj::object fields) {
        bj::object out{{"type", type}};
        for (auto& [key, value] : fields) out[key] = std::move(value);
        return sse(type, json::write(bj::value(std::move(out))));
    }
    std::string begin() {
        if (std::exchange(begun_, true)) return {};
        return emit("message_start", {{"message", bj::object{{"id", "msg_" + stamp_.id},
                                                             {"type", "message"},
                                                             {"role", "assistant"},
                                                             {"model", json::text_value(stamp_.model)},
                                                             {"content", bj::array()},
                                                             {"stop_reason", nullptr},
                                                             {"stop_sequence", nullptr},
                                                             {"usage", usage_json({})}}}});
    }
    std::string delta(bj::object delta) const {
        return emit("content_block_delta", {{"index", blocks_ - 1}, {"delta", std::move(delta)}});
    }
    std::string start_block(bj::object block) {
        return emit("content_block_start", {{"index", blocks_++}, {"content_block", std::move(block)}});
    }
    std::string ensure(Open kind) {
        if (open_ == kind) return {};
        std::string out = end_block();
        signed_ = false;
        out += kind == Open::text ? start_block({{"type", "text"}, {"text", ""}})
                                  : start_block({{"type", "thinking"}, {"thinking", ""}, {"signature", ""}});
        open_ = kind;
        return out;
    }
    std::string open_call(Call call) {
        std::string out = end_block();
        out += start_block({{"type", "tool_use"},
                            {"id", json::text_value(call.id)},
                            {"name", json::text_value(call.name)},
                            {"input", bj::object()}});
        open_ = Open::call;
        const std::string held = std::exchange(call.arguments, {});
        call_ = std::move(call);
        return out + arguments(held);
    }
    std::string arguments(const std::string& text) {
        if (text.empty()) return {};
        call_.arguments += text;
        return delta({{"type", "input_json_delta"}, {"partial_json", json::text_value(text)}});
    }
    // A call without arguments may still get some: then what follows it waits for the end.
    bool complete() const { return parse_foreign(call_.arguments).has_value(); }

    std::string end_block() {
        if (open_ == Open::none) return {};
        std::string out = emit("content_block_stop", {{"index", blocks_ - 1}});
        open_ = Open::none;
        if (!waiting_.empty()) {
            Call next = std::move(waiting_.front());
            waiting_.erase(waiting_.begin());
            out += open_call(std::move(next));
            out += end_block();
        }
        return out;
    }

    Stamp stamp_;
    bool begun_ = false, signed_ = false;
    Open open_ = Open::none;
    std::size_t blocks_ = 0;
    Call call_;
    std::vector<Call> waiting_;
};

class Messages final : public Endpoint {
public:
    Wire wire() const override { return Wire::anthropic; }
    Result<Asked> parse(const bj::object& body) const override { return parse_messages(body, true); }
    std::string whole(const Asked&, const Stamp& stamp, const Answer& answer) const override {
        bj::array content;
        for (const auto& part : answer.parts) content.push_back(block_json(part));
        return json::write(bj::value{{"id", "msg_" + stamp.id},
                                     {"type", "message"},
                                     {"role", "assistant"},
                                     {"model", json::text_value(stamp.model)},
                                     {"content", std::move(content)},
                                     {"stop_reason", stop_reason(answer.end)},
                                     {"stop_sequence", stop_sequence(answer.end)},
                                     {"usage", usage_json(answer.end.usage)}});
    }
    std::unique_ptr<StreamEncoder> stream(const Asked&, const Stamp& stamp) const override {
        return std::make_unique<MessageEncoder>(stamp);
    }
};

}  // namespace

// Here the prompt does not count what came from a cache or went into one.
bj::object usage_json(const Usage& usage) {
    const std::uint32_t cached = usage.reused + usage.cache_write;
    return {{"input_tokens", usage.prompt > cached ? usage.prompt - cached : 0},
            {"cache_creation_input_tokens", usage.cache_write},
            {"cache_read_input_tokens", usage.reused},
            {"output_tokens", usage.completion},
            {"service_tier", "standard"}};
}

const Endpoint& messages() {
    static const Messages endpoint;
    return endpoint;
}

Result<Asked> parse_count(const bj::object& body) {
    return parse_messages(body, false);
}

std::string count_json(std::size_t tokens) {
    return json::write(bj::value{{"input_tokens", tokens}});
}

}  // namespace lares::gateway::anthropic
