// POST /api/chat and /api/generate: the same answer in two envelopes.
#include "gateway/dialects/ollama/ollama.h"
#include "gateway/fields.h"
#include "gateway/foreign.h"
#include "json/write.h"

namespace lares::gateway::ollama {

namespace bj = boost::json;

namespace {

constexpr std::size_t stops_max = 16;

void read_options(Fields& fields, ChatRequest& request) {
    const auto* options = fields.object("options");
    if (!options) return;
    Fields inner(*options, "options", fields.error());
    auto& sampling = request.sampling;
    sampling.temperature = inner.number("temperature", 0, 2);
    sampling.top_p = inner.number("top_p", 0, 1);
    sampling.min_p = inner.number("min_p", 0, 1);
    sampling.repeat_penalty = inner.number("repeat_penalty", 0.5, 2);
    sampling.frequency_penalty = inner.number("frequency_penalty", -2, 2);
    sampling.presence_penalty = inner.number("presence_penalty", -2, 2);
    if (const auto top_k = inner.number("top_k", -1, 1000))
        sampling.top_k = static_cast<std::int32_t>(std::max(0.0, *top_k));
    if (const auto seed = inner.number("seed", -9.3e18, 9.3e18))
        sampling.seed = static_cast<std::uint32_t>(static_cast<std::int64_t>(*seed));
    // -1 and -2 mean as many as there is room for.
    if (const auto most = inner.number("num_predict", -2, 1 << 30); most && *most >= 1)
        request.max_tokens = static_cast<std::uint32_t>(*most);
    const auto* stop = inner.find("stop");
    if (stop && stop->is_string()) request.stop.emplace_back(stop->get_string());
    const auto* stops = stop && !stop->is_string() ? inner.array("stop") : nullptr;
    for (const auto& one : stops ? *stops : bj::array()) {
        if (one.is_string())
            request.stop.emplace_back(one.get_string());
        else
            inner.refuse("stop", "must hold strings");
    }
    if (request.stop.size() > stops_max) inner.refuse("stop", "must hold at most 16 strings");
}

void read_common(Fields& fields, Asked& asked) {
    auto& request = asked.request;
    request.wire = Wire::ollama;
    request.model = bare_name(fields.needed_text("model"));
    asked.stream = fields.flag("stream").value_or(true);
    request.whole = !asked.stream;
    read_options(fields, request);
    if (const auto* format = fields.find("format")) {
        if (format->is_object())
            request.json_schema = json::write(*format);
        else if (format->is_string() && format->get_string() == "json")
            request.json_object = true;
        else if (!format->is_string() || !format->get_string().empty())
            fields.refuse("format", "must be \"json\" or a JSON schema");
    }
    if (const auto* think = fields.find("think")) {
        if (think->is_bool())
            request.thinking = Thinking{.on = think->get_bool()};
        else if (think->is_string())
            request.thinking = Thinking{.on = true, .effort = std::string(think->get_string())};
        else
            fields.refuse("think", "must be true, false or a level");
    }
}

void add_images(Fields& fields, ChatMessage& message) {
    const auto* images = fields.array("images");
    if (!images || images->empty()) return;
    if (!message.content.empty()) message.parts.push_back({.text = message.content});
    for (const auto& one : *images) {
        if (!one.is_string()) return fields.refuse("images", "must hold base64 texts");
        Part part{.kind = PartKind::image};
        part.data = std::string_view(one.get_string());
        // The format is in the first bytes of every kind that is taken.
        part.media_type = part.data.starts_with("/9j/")    ? "image/jpeg"
                          : part.data.starts_with("R0lG")  ? "image/gif"
                          : part.data.starts_with("UklGR") ? "image/webp"
                                                           : "image/png";
        message.parts.push_back(std::move(part));
    }
}

// Calls have no ids in this format: a result belongs to the first call of its name that has none.
struct Calls {
    std::vector<Part> open;
    std::size_t made = 0;
    std::string answer(std::string_view name) {
        for (auto it = open.begin(); it != open.end(); ++it) {
            if (!name.empty() && it->name != name) continue;
            auto id = it->id;
            open.erase(it);
            return id;
        }
        return "call_" + std::string(name);
    }
};

ChatMessage read_message(Fields fields, Calls& calls) {
    ChatMessage message;
    const std::string role = fields.needed_text("role");
    message.content = fields.text("content");
    if (role == "system") {
        message.role = Role::system;
    } else if (role == "user") {
        add_images(fields, message);
    } else if (role == "assistant") {
        message.role = Role::assistant;
        const std::string thinking = fields.text("thinking");
        const auto* list = fields.array("tool_calls");
        if (!thinking.empty()) message.parts.push_back({.kind = PartKind::thinking, .text = thinking});
        if ((list && !list->empty()) || !thinking.empty())
            if (!message.content.empty()) message.parts.push_back({.text = message.content});
        for (std::size_t i = 0; list && i < list->size() && !fields.failed(); ++i) {
            const auto* call = (*list)[i].if_object();
            const auto* function = call ? object_at(*call, "function") : nullptr;
            if (!function) {
                fields.refuse("tool_calls", "must hold objects with a function");
                break;
            }
            Part part{.kind = PartKind::tool_call};
            part.id = "call_" + std::to_string(calls.made++);
            part.name = text_at(*function, "name");
            const auto* arguments = function->if_contains("arguments");
            part.text = arguments && arguments->is_object() ? json::write(*arguments) : "{}";
            calls.open.push_back(part);
            message.parts.push_back(std::move(part));
        }
    } else if (role == "tool") {
        message.role = Role::tool;
        std::string name = fields.text("tool_name");
        if (name.empty()) name = fields.text("name");
        Part part{.kind = PartKind::tool_result, .text = message.content};
        part.id = calls.answer(name);
        part.name = name;
        message.parts = {std::move(part)};
    } else if (!fields.failed()) {
        fields.refuse("role", "must be one of system, user, assistant, tool");
    }
    return message;
}

void read_tools(Fields& fields, ChatRequest& request) {
    const auto* tools = fields.array("tools");
    for (std::size_t i = 0; tools && i < tools->size() && !fields.failed(); ++i) {
        const auto* tool = (*tools)[i].if_object();
        const auto* function = tool ? object_at(*tool, "function") : nullptr;
        if (!function) return fields.refuse("tools", "must hold objects with a function");
        Fields inner(*function, fields.place("tools", i) + ".function", fields.error());
        Tool out;
        out.name = inner.needed_text("name");
        out.description = inner.text("description");
        out.schema = inner.json("parameters");
        request.tools.push_back(std::move(out));
    }
}

bj::object message_json(const std::string& text, const std::string& thinking, bj::array calls) {
    bj::object message{{"role", "assistant"}, {"content", json::text_value(text)}};
    if (!thinking.empty()) message["thinking"] = json::text_value(thinking);
    if (!calls.empty()) message["tool_calls"] = std::move(calls);
    return message;
}

bj::object call_json(const std::string& name, const std::string& arguments) {
    auto value = value_of(arguments.empty() ? "{}" : arguments);
    if (!value.is_object()) value = bj::object();
    return {{"function", bj::object{{"name", json::text_value(name)}, {"arguments", std::move(value)}}}};
}

std::int64_t nanoseconds(double ms) {
    return static_cast<std::int64_t>(ms * 1e6);
}

// The two envelopes.
class Form {
public:
    Form(Stamp stamp, bool is_chat) : stamp_(std::move(stamp)), is_chat_(is_chat) {}

    std::string line(const std::string& text, const std::string& thinking, bj::array calls,
                     const ChatEnd* end) const {
        bj::object out{{"model", json::text_value(stamp_.model)}, {"created_at", rfc3339(stamp_.unix_ms)}};
        if (is_chat_) {
            out["message"] = message_json(text, thinking, std::move(calls));
        } else {
            out["response"] = json::text_value(text);
            if (!thinking.empty()) out["thinking"] = json::text_value(thinking);
        }
        out["done"] = end != nullptr;
        if (end) {
            out["done_reason"] = end->finish == FinishReason::length ? "length" : "stop";
            const auto& times = end->timings;
            out["total_duration"] = nanoseconds(times.queued_ms + times.prefill_ms + times.generation_ms);
            out["load_duration"] = nanoseconds(times.queued_ms);
            out["prompt_eval_count"] = end->usage.prompt;
            out["prompt_eval_duration"] = nanoseconds(times.prefill_ms);
            out["eval_count"] = end->usage.completion;
            out["eval_duration"] = nanoseconds(times.generation_ms);
            if (!is_chat_) out["context"] = bj::array();
        }
        return json::write(bj::value(std::move(out)));
    }

private:
    Stamp stamp_;
    bool is_chat_;
};

class LineEncoder final : public StreamEncoder {
public:
    explicit LineEncoder(Form form) : form_(std::move(form)) {}
    std::string event(const Event& event) override {
        using Kind = Event::Kind;
        switch (event.kind) {
            case Kind::text:
            case Kind::refusal:
                return line(event.text, {});
            case Kind::thinking:
                return line({}, event.text);
            case Kind::tool_call:
                calls_.push_back(
                    {.kind = PartKind::tool_call, .id = std::to_string(event.index), .name = event.name});
                break;
            case Kind::arguments:
                for (auto& call : calls_)
                    if (call.id == std::to_string(event.index)) call.text += event.text;
                break;
            default:
                break;
        }
        return {};
    }
    // Calls are said whole, so all of them at the end.
    std::string close(const ChatEnd& end) override {
        std::string out;
        if (!calls_.empty()) {
            bj::array calls;
            for (const auto& call : calls_) calls.push_back(call_json(call.name, call.text));
            out = form_.line({}, {}, std::move(calls), nullptr) + "\n";
        }
        return out + form_.line({}, {}, {}, &end) + "\n";
    }
    std::string failed(const Error& error) override { return refusal(error).json + "\n"; }

private:
    std::string line(const std::string& text, const std::string& thinking) const {
        return form_.line(text, thinking, {}, nullptr) + "\n";
    }
    Form form_;
    std::vector<Part> calls_;
};

class OllamaEndpoint : public Endpoint {
public:
    explicit OllamaEndpoint(bool is_chat) : is_chat_(is_chat) {}
    std::string_view stream_type() const override { return "application/x-ndjson"; }
    std::string whole(const Asked&, const Stamp& stamp, const Answer& answer) const override {
        std::string text, thinking;
        bj::array calls;
        for (const auto& part : answer.parts) {
            if (part.kind == PartKind::text || part.kind == PartKind::refusal)
                text += part.text;
            else if (part.kind == PartKind::thinking)
                thinking += part.text;
            else if (part.kind == PartKind::tool_call)
                calls.push_back(call_json(part.name, part.text));
        }
        return Form(stamp, is_chat_).line(text, thinking, std::move(calls), &answer.end);
    }
    std::unique_ptr<StreamEncoder> stream(const Asked&, const Stamp& stamp) const override {
        return std::make_unique<LineEncoder>(Form(stamp, is_chat_));
    }

private:
    bool is_chat_;
};

class Chat final : public OllamaEndpoint {
public:
    Chat() : OllamaEndpoint(true) {}
    Wire wire() const override { return Wire::ollama; }
    Result<Asked> parse(const bj::object& body) const override {
        std::optional<Error> error;
        Fields fields(body, {}, error);
        Asked asked;
        read_common(fields, asked);
        Calls calls;
        const auto* messages = fields.array("messages");
        for (std::size_t i = 0; messages && i < messages->size() && !error; ++i) {
            if (const auto* object = (*messages)[i].if_object())
                asked.request.messages.push_back(
                    read_message({*object, fields.place("messages", i), error}, calls));
            else
                fields.refuse("messages", "must hold objects");
        }
        read_tools(fields, asked.request);
        asked.request.extras =
            fields.others({"model", "stream", "options", "format", "think", "messages", "tools"});
        if (error) return fail(std::move(*error));
        return asked;
    }
};

class Generate final : public OllamaEndpoint {
public:
    Generate() : OllamaEndpoint(false) {}
    Result<Asked> parse(const bj::object& body) const override {
        std::optional<Error> error;
        Fields fields(body, {}, error);
        Asked asked;
        read_common(fields, asked);
        asked.request.wire = Wire::none;  // no provider is asked in this form
        if (!fields.text("suffix").empty()) fields.refuse("suffix", "filling in the middle is not offered");
        if (const auto system = fields.text("system"); !system.empty()) {
            asked.request.messages.emplace_back();
            asked.request.messages.back().role = Role::system;
            asked.request.messages.back().content = system;
        }
        ChatMessage message;
        message.content = fields.text("prompt");
        add_images(fields, message);
        if (!message.content.empty() || !message.parts.empty())
            asked.request.messages.push_back(std::move(message));
        if (error) return fail(std::move(*error));
        return asked;
    }
};

}  // namespace

const Endpoint& chat() {
    static const Chat endpoint;
    return endpoint;
}

const Endpoint& generate() {
    static const Generate endpoint;
    return endpoint;
}

}  // namespace lares::gateway::ollama
