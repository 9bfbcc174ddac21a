// POST /v1/chat/completions.
#include "base/text.h"
#include "gateway/dialects/openai/common.h"
#include "gateway/dialects/openai/openai.h"
#include "gateway/foreign.h"
#include "json/write.h"

namespace lares::gateway::openai {

namespace bj = boost::json;

namespace {

Part read_part(Fields fields) {
    Part part;
    const std::string type = fields.needed_text("type");
    if (type == "text" || type == "input_text" || type == "output_text") {
        part.text = fields.needed_text("text");
    } else if (type == "refusal") {
        part.kind = PartKind::refusal;
        part.text = fields.needed_text("refusal");
    } else if (type == "image_url") {
        part.kind = PartKind::image;
        if (const auto* image = fields.object("image_url")) {
            Fields inner(*image, fields.place("image_url"), fields.error());
            set_source(part, inner.needed_text("url"));
            part.extras = inner.others({"url"});
        } else {
            fields.refuse("image_url", "is required");
        }
    } else if (type == "input_audio") {
        part.kind = PartKind::audio;
        if (const auto* audio = fields.object("input_audio")) {
            Fields inner(*audio, fields.place("input_audio"), fields.error());
            part.data = inner.needed_text("data");
            part.media_type = "audio/" + inner.needed_text("format");
        } else {
            fields.refuse("input_audio", "is required");
        }
    } else if (type == "file") {
        part.kind = PartKind::file;
        if (const auto* file = fields.object("file")) {
            Fields inner(*file, fields.place("file"), fields.error());
            read_file(inner, part);
        } else {
            fields.refuse("file", "is required");
        }
    } else {
        fields.refuse("type", "'" + type + "' is not a kind of content that is known");
    }
    return part;
}

void read_content(Fields& fields, ChatMessage& message, bool needed) {
    const auto* content = fields.find("content");
    if (!content) {
        if (needed) fields.refuse("content", "is required");
        return;
    }
    if (content->is_string()) {
        message.content = std::string_view(content->get_string());
        return;
    }
    const auto* parts = fields.array("content");
    if (!parts) return fields.refuse("content", "must be a string or an array of parts");
    bool plain = true;
    for (std::size_t i = 0; i < parts->size() && !fields.failed(); ++i) {
        const auto* object = (*parts)[i].if_object();
        if (!object) return fields.refuse("content", "must hold objects");
        message.parts.push_back(read_part({*object, fields.place("content", i), fields.error()}));
        plain = plain && message.parts.back().kind == PartKind::text;
    }
    message.content = plain_text(message.parts);
    if (plain) message.parts.clear();
}

// What an assistant said besides its words, behind them.
void read_calls(Fields& fields, ChatMessage& message) {
    std::vector<Part> more;
    const auto* calls = fields.array("tool_calls");
    for (std::size_t i = 0; calls && i < calls->size() && !fields.failed(); ++i) {
        const auto* object = (*calls)[i].if_object();
        if (!object) return fields.refuse("tool_calls", "must hold objects");
        Fields call(*object, fields.place("tool_calls", i), fields.error());
        if (const auto type = call.text("type"); !type.empty() && type != "function") {
            more.push_back(
                {.kind = PartKind::other, .text = call.others({}), .name = "call of a " + type + " tool"});
            continue;
        }
        Part part{.kind = PartKind::tool_call, .id = call.needed_text("id")};
        if (const auto* function = call.object("function")) {
            Fields inner(*function, call.place("function"), fields.error());
            part.name = inner.needed_text("name");
            part.text = inner.text("arguments");
        } else {
            call.refuse("function", "is required");
        }
        more.push_back(std::move(part));
    }
    if (const auto* old = fields.object("function_call")) {
        Fields inner(*old, fields.place("function_call"), fields.error());
        const std::string name = inner.needed_text("name");
        more.push_back({.kind = PartKind::tool_call,
                        .text = inner.text("arguments"),
                        .id = "call_" + name,
                        .name = name});
    }
    const std::string thinking = fields.text("reasoning_content");
    const std::string refusal = fields.text("refusal");
    if (more.empty() && thinking.empty() && refusal.empty()) return;
    auto& parts = message.parts;
    if (parts.empty() && !message.content.empty()) parts.push_back({.text = message.content});
    if (!thinking.empty()) parts.insert(parts.begin(), {.kind = PartKind::thinking, .text = thinking});
    if (!refusal.empty()) parts.push_back({.kind = PartKind::refusal, .text = refusal});
    for (auto& part : more) parts.push_back(std::move(part));
}

ChatMessage read_message(Fields fields) {
    ChatMessage message;
    const std::string role = fields.needed_text("role");
    message.name = fields.text("name");
    if (role == "system" || role == "developer") {
        message.role = Role::system;
        read_content(fields, message, true);
    } else if (role == "user") {
        read_content(fields, message, true);
    } else if (role == "assistant") {
        message.role = Role::assistant;
        read_content(fields, message, false);
        read_calls(fields, message);
        if (!fields.failed() && message.content.empty() && message.parts.empty() && !fields.has("content"))
            fields.refuse("content", "is required where there are no tool calls");
    } else if (role == "tool" || role == "function") {
        message.role = Role::tool;
        read_content(fields, message, true);
        Part result{.kind = PartKind::tool_result, .text = message.content};
        result.id = role == "tool" ? fields.needed_text("tool_call_id") : "call_" + message.name;
        result.parts = std::move(message.parts);
        message.parts = {std::move(result)};
    } else if (!fields.failed()) {
        fields.refuse("role", "must be one of system, developer, user, assistant, tool, function");
    }
    return message;
}

Tool read_tool(Fields fields) {
    Tool tool;
    const std::string type = fields.needed_text("type");
    const auto* function = fields.object("function");
    if (type == "function" && function) {
        Fields inner(*function, fields.place("function"), fields.error());
        tool.name = inner.needed_text("name");
        tool.description = inner.text("description");
        (void)inner.object("parameters");
        tool.schema = inner.json("parameters");
        tool.strict = inner.flag("strict");
    } else if (type == "function") {
        fields.refuse("function", "is required");
    } else {
        tool.hosted = true;
        tool.extras = fields.others({});
    }
    return tool;
}

void read_tool_choice(Fields& fields, ChatRequest& request) {
    const auto* choice = fields.find("tool_choice");
    if (!choice) return;
    if (choice->is_string()) {
        const std::string_view word(choice->get_string());
        if (word == "none")
            request.tool_choice = ToolChoice::none;
        else if (word == "required")
            request.tool_choice = ToolChoice::required;
        else if (word != "auto")
            fields.refuse("tool_choice", "must be none, auto, required or name a function");
    } else if (const auto* object = fields.object("tool_choice")) {
        if (const auto* allowed = object_at(*object, "allowed_tools"))
            return read_allowed_tools(fields, *allowed, request);
        const auto* function = object_at(*object, "function");
        request.tool_choice = ToolChoice::named;
        request.tool_name = function ? text_at(*function, "name") : text_at(*object, "name");
        if (request.tool_name.empty()) fields.refuse("tool_choice", "must name a function");
    }
}

std::string_view finish_of(const ChatEnd& end, bool functions) {
    return functions && end.finish == FinishReason::tool_calls ? "function_call" : finish_name(end.finish);
}

void read_format(Fields& fields, ChatRequest& request) {
    const auto* format = fields.object("response_format");
    if (!format) return;
    Fields inner(*format, fields.place("response_format"), fields.error());
    const std::string type = inner.needed_text("type");
    if (type == "json_object") {
        request.json_object = true;
    } else if (type == "json_schema") {
        if (const auto* schema = inner.object("json_schema")) {
            Fields named(*schema, inner.place("json_schema"), fields.error());
            request.json_name = named.needed_text("name");
            if (!named.object("schema")) named.refuse("schema", "is required");
            request.json_schema = named.json("schema");
        } else {
            inner.refuse("json_schema", "is required");
        }
    } else if (type != "text") {
        inner.refuse("type", "must be text, json_object or json_schema");
    }
}

class ChatCompletions final : public Endpoint {
public:
    Wire wire() const override { return Wire::openai; }

    Result<Asked> parse(const bj::object& body) const override {
        std::optional<Error> error;
        Fields fields(body, {}, error);
        Result<Asked> out;  // the answer itself: a request is dear to move
        auto& asked = *out;
        auto& request = asked.request;
        request.wire = Wire::openai;
        const auto* messages = fields.array("messages");
        if (!messages || messages->empty()) fields.refuse("messages", "must hold at least one message");
        for (std::size_t i = 0; messages && i < messages->size() && !error; ++i) {
            const auto* object = (*messages)[i].if_object();
            if (object)
                request.messages.push_back(read_message({*object, fields.place("messages", i), error}));
            else
                fields.refuse("messages", "must hold objects");
        }
        read_common(fields, asked);
        const auto newer = fields.count("max_completion_tokens", 1), older = fields.count("max_tokens", 1);
        // Which of the two a provider goes by is its own: what is set aside before the call must hold for
        // both.
        if (newer && older && *newer != *older)
            fields.refuse("max_tokens", "must not differ from max_completion_tokens");
        request.max_tokens = newer ? newer : older;
        const auto* tools = fields.array("tools");
        for (std::size_t i = 0; tools && i < tools->size() && !error; ++i) {
            if (const auto* object = (*tools)[i].if_object())
                request.tools.push_back(read_tool({*object, fields.place("tools", i), error}));
            else
                fields.refuse("tools", "must hold objects");
        }
        read_tool_choice(fields, request);
        request.parallel_tools = fields.flag("parallel_tool_calls");
        read_functions(fields, asked);
        read_format(fields, request);
        if (fields.flag("logprobs").value_or(false))
            request.logprobs = fields.count("top_logprobs", 0, 20).value_or(0);
        if (const auto effort = fields.text("reasoning_effort"); !effort.empty())
            request.thinking = Thinking{.on = effort != "none", .effort = effort == "none" ? "" : effort};
        request.extras = fields.others({"model",
                                        "messages",
                                        "stream",
                                        "stream_options",
                                        "temperature",
                                        "top_p",
                                        "top_k",
                                        "min_p",
                                        "repetition_penalty",
                                        "frequency_penalty",
                                        "presence_penalty",
                                        "seed",
                                        "stop",
                                        "n",
                                        "user",
                                        "max_tokens",
                                        "max_completion_tokens",
                                        "tools",
                                        "tool_choice",
                                        "parallel_tool_calls",
                                        "functions",
                                        "function_call",
                                        "response_format",
                                        "logprobs",
                                        "top_logprobs",
                                        "reasoning_effort"});
        if (error) out = fail(std::move(*error));
        return out;
    }

    std::string whole(const Asked& asked, const Stamp& stamp, const Answer& answer) const override {
        const bool functions = asked.options == as_functions;
        bj::object message{{"role", "assistant"}, {"content", nullptr}, {"refusal", nullptr}};
        bj::array calls;
        std::string text, thinking, refusal;
        for (const auto& part : answer.parts) {
            if (part.kind == PartKind::text)
                text += part.text;
            else if (part.kind == PartKind::thinking)
                thinking += part.text;
            else if (part.kind == PartKind::refusal)
                refusal += part.text;
            else if (part.kind == PartKind::tool_call)
                calls.push_back(call_json(part));
        }
        if (!text.empty() || (calls.empty() && refusal.empty())) message["content"] = json::text_value(text);
        if (!refusal.empty()) message["refusal"] = json::text_value(refusal);
        if (!thinking.empty()) message["reasoning_content"] = json::text_value(thinking);
        if (functions && !calls.empty())
            message["function_call"] = calls[0].at("function");
        else if (!calls.empty())
            message["tool_calls"] = std::move(calls);
        bj::value logprobs(nullptr);
        if (!answer.logprobs.empty())
            logprobs = bj::object{{"content", value_of(answer.logprobs)}, {"refusal", nullptr}};
        bj::object choice{{"index", 0},
                          {"message", std::move(message)},
                          {"logprobs", std::move(logprobs)},
                          {"finish_reason", finish_of(answer.end, functions)}};
        return json::write(bj::value{{"id", "chatcmpl-" + stamp.id},
                                     {"object", "chat.completion"},
                                     {"created", stamp.unix_ms / 1000},
                                     {"model", json::text_value(stamp.model)},
                                     {"choices", bj::array{std::move(choice)}},
                                     {"usage", usage_json(answer.end.usage)},
                                     {"system_fingerprint", nullptr}});
    }

    std::unique_ptr<StreamEncoder> stream(const Asked& asked, const Stamp& stamp) const override;

private:
    static bj::object call_json(const Part& part) {
        return {
            {"id", json::text_value(part.id)},
            {"type", "function"},
            {"function", bj::object{{"name", json::text_value(part.name)},
                                    {"arguments", json::text_value(part.text.empty() ? "{}" : part.text)}}}};
    }
};

class ChatStreamEncoder final : public StreamEncoder {
public:
    ChatStreamEncoder(Stamp stamp, bool with_usage, bool functions)
        : stamp_(std::move(stamp)), with_usage_(with_usage), functions_(functions) {}

    std::string event(const Event& event) override {
        using Kind = Event::Kind;
        switch (event.kind) {
            case Kind::start:
                return begin();
            case Kind::text:
                return delta({{"content", json::text_value(event.text)}});
            case Kind::refusal:
                return delta({{"refusal", json::text_value(event.text)}});
            case Kind::thinking:
                return delta({{"reasoning_content", json::text_value(event.text)}});
            case Kind::tool_call: {
                if (functions_ && !places_.empty()) return {};
                places_.push_back(event.index);
                said_.push_back(false);
                return delta(call(places_.size() - 1,
                                  {{"name", json::text_value(event.name)}, {"arguments", ""}}, &event.id));
            }
            case Kind::arguments: {
                if (event.text.empty()) return {};
                for (std::size_t i = 0; i < places_.size(); ++i)
                    if (places_[i] == event.index) {
                        said_[i] = true;
                        return delta(call(i, {{"arguments", json::text_value(event.text)}}, nullptr));
                    }
                return {};
            }
            case Kind::logprobs: {
                std::string out = begin();
                return out + chunk(bj::object{}, nullptr, value_of(event.text));
            }
            case Kind::signature:
            case Kind::redacted_thinking:
                break;  // nothing says these here
        }
        return {};
    }
    std::string close(const ChatEnd& end) override {
        std::string out =
            begin() + settle() + chunk({}, json::text_value(finish_of(end, functions_)), nullptr);
        if (with_usage_) {
            auto last = head();
            last["choices"] = bj::array();
            last["usage"] = usage_json(end.usage);
            out += sse({}, json::write(bj::value(std::move(last))));
        }
        return out + "data: [DONE]\n\n";
    }
    std::string failed(const Error& error) override { return sse({}, refusal(error).json); }

private:
    bj::object head() const {
        bj::object out{{"id", "chatcmpl-" + stamp_.id},
                       {"object", "chat.completion.chunk"},
                       {"created", stamp_.unix_ms / 1000},
                       {"model", json::text_value(stamp_.model)},
                       {"system_fingerprint", nullptr}};
        return out;
    }
    std::string chunk(bj::object delta, bj::value finish, bj::value logprobs) {
        auto out = head();
        if (!logprobs.is_null())
            logprobs = bj::object{{"content", std::move(logprobs)}, {"refusal", nullptr}};
        out["choices"] = bj::array{bj::object{{"index", 0},
                                              {"delta", std::move(delta)},
                                              {"logprobs", std::move(logprobs)},
                                              {"finish_reason", std::move(finish)}}};
        if (with_usage_) out["usage"] = nullptr;
        return sse({}, json::write(bj::value(std::move(out))));
    }
    std::string begin() {
        if (std::exchange(begun_, true)) return {};
        return chunk({{"role", "assistant"}, {"content", ""}, {"refusal", nullptr}}, nullptr, nullptr);
    }
    std::string delta(bj::object delta) {
        std::string out = begin();
        return out + chunk(std::move(delta), nullptr, nullptr);
    }
    bj::object call(std::size_t place, bj::object function, const std::string* id) const {
        if (functions_) return {{"function_call", std::move(function)}};
        bj::object one{{"index", place}};
        if (id) {
            one["id"] = json::text_value(*id);
            one["type"] = "function";
        }
        one["function"] = std::move(function);
        return {{"tool_calls", bj::array{std::move(one)}}};
    }
    // A call without arguments has the arguments {}: clients parse them.
    std::string settle() {
        std::string out;
        for (std::size_t i = 0; i < places_.size(); ++i)
            if (!std::exchange(said_[i], true)) out += delta(call(i, {{"arguments", "{}"}}, nullptr));
        return out;
    }

    Stamp stamp_;
    bool with_usage_, functions_, begun_ = false;
    std::vector<std::uint32_t> places_;  // the events' indices, by ours
    std::vector<char> said_;             // whether a call has had arguments
};

std::unique_ptr<StreamEncoder> ChatCompletions::stream(const Asked& asked, const Stamp& stamp) const {
    return std::make_unique<ChatStreamEncoder>(stamp, asked.request.usage_asked,
                                               asked.options == as_functions);
}

}  // namespace

std::string_view finish_name(FinishReason finish) {
    switch (finish) {
        case FinishReason::length:
            return "length";
        case FinishReason::tool_calls:
            return "tool_calls";
        case FinishReason::content_filter:
            return "content_filter";
        case FinishReason::stop:
        case FinishReason::paused:
            break;
    }
    return "stop";
}

bj::object usage_json(const Usage& usage) {
    return {{"prompt_tokens", usage.prompt},
            {"completion_tokens", usage.completion},
            {"total_tokens", std::uint64_t{usage.prompt} + usage.completion},
            {"prompt_tokens_details", bj::object{{"cached_tokens", usage.reused}, {"audio_tokens", 0}}},
            {"completion_tokens_details", bj::object{{"reasoning_tokens", usage.reasoning},
                                                     {"audio_tokens", 0},
                                                     {"accepted_prediction_tokens", 0},
                                                     {"rejected_prediction_tokens", 0}}}};
}

const Endpoint& chat_completions() {
    static const ChatCompletions endpoint;
    return endpoint;
}

}  // namespace lares::gateway::openai
