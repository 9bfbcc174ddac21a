// POST /v1/responses without a store: nothing is kept, so store, previous_response_id and conversation are
// refused or false.
#include "gateway/dialects/openai/common.h"
#include "gateway/dialects/openai/openai.h"
#include "gateway/fields.h"
#include "gateway/foreign.h"
#include "json/write.h"

namespace lares::gateway::openai {

namespace bj = boost::json;

namespace {

Part read_part(Fields fields) {
    Part part;
    const std::string type = fields.needed_text("type");
    if (type == "input_text" || type == "output_text" || type == "text") {
        part.text = fields.needed_text("text");
    } else if (type == "refusal") {
        part.kind = PartKind::refusal;
        part.text = fields.needed_text("refusal");
    } else if (type == "input_image") {
        part.kind = PartKind::image;
        set_source(part, fields.needed_text("image_url"));
    } else if (type == "input_file") {
        part.kind = PartKind::file;
        read_file(fields, part);
    } else {
        fields.refuse("type", "'" + type + "' is not a kind of content that is known");
    }
    return part;
}

void read_message(Fields& fields, std::vector<ChatMessage>& messages) {
    ChatMessage message;
    const std::string role = fields.needed_text("role");
    if (role == "system" || role == "developer")
        message.role = Role::system;
    else if (role == "assistant")
        message.role = Role::assistant;
    else if (role != "user")
        fields.refuse("role", "must be one of system, developer, user, assistant");
    const auto* content = fields.find("content");
    if (content && content->is_string()) {
        message.content = std::string_view(content->get_string());
    } else if (const auto* parts = fields.array("content")) {
        bool plain = true;
        for (std::size_t i = 0; i < parts->size() && !fields.failed(); ++i) {
            const auto* object = (*parts)[i].if_object();
            if (!object) return fields.refuse("content", "must hold objects");
            message.parts.push_back(read_part({*object, fields.place("content", i), fields.error()}));
            plain = plain && message.parts.back().kind == PartKind::text;
        }
        message.content = plain_text(message.parts);
        if (plain) message.parts.clear();
    } else {
        fields.refuse("content", "is required");
    }
    messages.push_back(std::move(message));
}

// Calls and thoughts are items of their own here; in the model they belong to the assistant's message.
ChatMessage& assistant(std::vector<ChatMessage>& messages) {
    if (messages.empty() || messages.back().role != Role::assistant) {
        messages.emplace_back();
        messages.back().role = Role::assistant;
    }
    auto& message = messages.back();
    if (message.parts.empty() && !message.content.empty()) message.parts.push_back({.text = message.content});
    return message;
}

void read_item(Fields fields, std::vector<ChatMessage>& messages) {
    const std::string type = fields.has("type") ? fields.text("type") : "message";
    if (type == "message") return read_message(fields, messages);
    if (type == "function_call") {
        Part call{.kind = PartKind::tool_call};
        call.id = fields.needed_text("call_id");
        call.name = fields.needed_text("name");
        call.text = fields.text("arguments");
        assistant(messages).parts.push_back(std::move(call));
    } else if (type == "function_call_output") {
        ChatMessage result;
        result.role = Role::tool;
        Part part{.kind = PartKind::tool_result};
        part.id = fields.needed_text("call_id");
        const auto* output = fields.find("output");
        part.text = !output               ? ""
                    : output->is_string() ? std::string(output->get_string())
                                          : fields.json("output");
        result.content = part.text;
        result.parts.push_back(std::move(part));
        messages.push_back(std::move(result));
    } else if (type == "reasoning") {
        std::string text;
        const auto* summary = fields.array("summary");
        for (const auto& one : summary ? *summary : bj::array())
            if (const auto* object = one.if_object()) text += text_at(*object, "text");
        if (!text.empty()) assistant(messages).parts.push_back({.kind = PartKind::thinking, .text = text});
    } else {
        fields.refuse("type", "items of type '" + type + "' cannot be used without a store");
    }
}

void read_tools(Fields& fields, ChatRequest& request) {
    const auto* tools = fields.array("tools");
    for (std::size_t i = 0; tools && i < tools->size() && !fields.failed(); ++i) {
        const auto* object = (*tools)[i].if_object();
        if (!object) return fields.refuse("tools", "must hold objects");
        Fields one(*object, fields.place("tools", i), fields.error());
        if (one.needed_text("type") != "function") {
            one.refuse("type", "only functions can be offered here");
            return;
        }
        Tool tool;
        tool.name = one.needed_text("name");
        tool.description = one.text("description");
        tool.schema = one.json("parameters");
        tool.strict = one.flag("strict");
        request.tools.push_back(std::move(tool));
    }
    const auto* choice = fields.find("tool_choice");
    if (!choice) return;
    if (choice->is_string()) {
        const std::string_view word(choice->get_string());
        request.tool_choice = word == "none"       ? ToolChoice::none
                              : word == "required" ? ToolChoice::required
                                                   : ToolChoice::automatic;
    } else if (const auto* object = fields.object("tool_choice")) {
        if (text_at(*object, "type") == "allowed_tools") return read_allowed_tools(fields, *object, request);
        request.tool_choice = ToolChoice::named;
        request.tool_name = text_at(*object, "name");
        if (request.tool_name.empty()) fields.refuse("tool_choice", "must name a function");
    }
}

void read_text(Fields& fields, ChatRequest& request) {
    const auto* text = fields.object("text");
    const auto* format = text ? object_at(*text, "format") : nullptr;
    if (!format) return;
    Fields inner(*format, "text.format", fields.error());
    const std::string type = inner.needed_text("type");
    if (type == "json_schema") {
        request.json_name = inner.needed_text("name");
        if (!inner.object("schema")) inner.refuse("schema", "is required");
        request.json_schema = inner.json("schema");
    } else if (type == "json_object") {
        request.json_object = true;
    } else if (type != "text") {
        inner.refuse("type", "must be text, json_object or json_schema");
    }
}

bj::object usage_of(const Usage& usage) {
    return {{"input_tokens", usage.prompt},
            {"input_tokens_details", bj::object{{"cached_tokens", usage.reused}}},
            {"output_tokens", usage.completion},
            {"output_tokens_details", bj::object{{"reasoning_tokens", usage.reasoning}}},
            {"total_tokens", std::uint64_t{usage.prompt} + usage.completion}};
}

// One output item while it is written.
struct Item {
    enum class Kind : std::uint8_t { message, reasoning, call };
    Kind kind;
    std::string id;
    Part part;                // text, or the call
    std::uint32_t index = 0;  // of the call, in events
    bool refusal = false;

    bj::object content() const {
        if (refusal) return {{"type", "refusal"}, {"refusal", json::text_value(part.text)}};
        return {{"type", "output_text"},
                {"text", json::text_value(part.text)},
                {"annotations", bj::array()},
                {"logprobs", bj::array()}};
    }
    bj::object shown(bool done) const {
        const std::string_view status = done ? "completed" : "in_progress";
        if (kind == Kind::reasoning) {
            bj::array summary;
            if (done)
                summary.push_back(
                    bj::object{{"type", "summary_text"}, {"text", json::text_value(part.text)}});
            return {{"id", id}, {"type", "reasoning"}, {"summary", std::move(summary)}};
        }
        if (kind == Kind::call)
            return {
                {"id", id},
                {"type", "function_call"},
                {"status", status},
                {"call_id", json::text_value(part.id)},
                {"name", json::text_value(part.name)},
                {"arguments", done ? json::text_value(part.text.empty() ? "{}" : part.text) : bj::value("")}};
        bj::array parts;
        if (done) parts.push_back(content());
        return {{"id", id},
                {"type", "message"},
                {"status", status},
                {"role", "assistant"},
                {"content", std::move(parts)}};
    }
};

class Writer {
public:
    Writer(Stamp stamp, std::string options) : stamp_(std::move(stamp)), options_(std::move(options)) {}

    bj::object response(std::string_view status, bj::array output, const ChatEnd* end,
                        const Error* error) const {
        bj::object out{{"id", "resp_" + stamp_.id},
                       {"object", "response"},
                       {"created_at", stamp_.unix_ms / 1000},
                       {"status", status},
                       {"error", nullptr},
                       {"incomplete_details", nullptr},
                       {"instructions", nullptr},
                       {"max_output_tokens", nullptr},
                       {"model", json::text_value(stamp_.model)},
                       {"output", std::move(output)},
                       {"parallel_tool_calls", true},
                       {"previous_response_id", nullptr},
                       {"reasoning", bj::object{{"effort", nullptr}, {"summary", nullptr}}},
                       {"store", false},
                       {"temperature", nullptr},
                       {"text", bj::object{{"format", bj::object{{"type", "text"}}}}},
                       {"tool_choice", "auto"},
                       {"tools", bj::array()},
                       {"top_p", nullptr},
                       {"truncation", "disabled"},
                       {"usage", nullptr},
                       {"user", nullptr},
                       {"metadata", bj::object()}};
        // What the request said is repeated in its answer.
        if (const auto given = value_of(options_); given.is_object())
            for (const auto& [key, value] : given.get_object()) out[key] = value;
        if (end) out["usage"] = usage_of(end->usage);
        if (end && status == "incomplete")
            out["incomplete_details"] = bj::object{
                {"reason", end->finish == FinishReason::length ? "max_output_tokens" : "content_filter"}};
        if (error)
            out["error"] =
                bj::object{{"code", "server_error"}, {"message", json::text_value(error->message)}};
        return out;
    }
    static std::string_view status_of(const ChatEnd& end) {
        return end.finish == FinishReason::length || end.finish == FinishReason::content_filter ? "incomplete"
                                                                                                : "completed";
    }
    std::string name(std::string_view prefix, std::size_t index) const {
        return std::string(prefix) + "_" + stamp_.id + (index ? "_" + std::to_string(index) : "");
    }

private:
    Stamp stamp_;
    std::string options_;
};

std::optional<Item::Kind> kind_of(PartKind kind) {
    switch (kind) {
        case PartKind::text:
        case PartKind::refusal:
            return Item::Kind::message;
        case PartKind::thinking:
            return Item::Kind::reasoning;
        case PartKind::tool_call:
            return Item::Kind::call;
        default:
            return std::nullopt;
    }
}

constexpr std::string_view prefix_of(Item::Kind kind) {
    return kind == Item::Kind::message ? "msg" : kind == Item::Kind::reasoning ? "rs" : "fc";
}

class ResponsesEncoder final : public StreamEncoder {
public:
    explicit ResponsesEncoder(Writer writer) : writer_(std::move(writer)) {}

    std::string event(const Event& event) override {
        using Kind = Event::Kind;
        std::string out = begin();
        switch (event.kind) {
            case Kind::text:
                out += ensure(Item::Kind::message, false);
                item().part.text += event.text;
                return out + say("response.output_text.delta", {{"content_index", 0},
                                                                {"delta", json::text_value(event.text)},
                                                                {"logprobs", bj::array()}});
            case Kind::refusal:
                out += ensure(Item::Kind::message, true);
                item().part.text += event.text;
                return out + say("response.refusal.delta",
                                 {{"content_index", 0}, {"delta", json::text_value(event.text)}});
            case Kind::thinking:
                out += ensure(Item::Kind::reasoning, false);
                item().part.text += event.text;
                return out + say("response.reasoning_summary_text.delta",
                                 {{"summary_index", 0}, {"delta", json::text_value(event.text)}});
            case Kind::tool_call:
                out += end_item();
                return out + open({Item::Kind::call, {}, {.id = event.id, .name = event.name}, event.index});
            case Kind::arguments:
                if (open_ && item().kind == Item::Kind::call && item().index == event.index) {
                    item().part.text += event.text;
                    return out + say("response.function_call_arguments.delta",
                                     {{"delta", json::text_value(event.text)}});
                }
                return out + late(event);
            default:
                return out;
        }
    }
    std::string close(const ChatEnd& end) override {
        std::string out = begin() + end_item();
        const auto status = Writer::status_of(end);
        return out +
               envelope("response." + std::string(status), writer_.response(status, output(), &end, nullptr));
    }
    std::string failed(const Error& error) override {
        return begin() + envelope("response.failed", writer_.response("failed", output(), nullptr, &error));
    }

private:
    Item& item() { return items_.back(); }

    std::string emit(const std::string& type, bj::object fields) {
        fields["type"] = type;
        fields["sequence_number"] = sequence_++;
        return sse(type, json::write(bj::value(std::move(fields))));
    }
    std::string envelope(const std::string& type, bj::object response) {
        return emit(type, {{"response", std::move(response)}});
    }
    std::string say(const std::string& type, bj::object fields) {
        fields["item_id"] = item().id;
        fields["output_index"] = items_.size() - 1;
        return emit(type, std::move(fields));
    }
    std::string begin() {
        if (std::exchange(begun_, true)) return {};
        return envelope("response.created", writer_.response("in_progress", {}, nullptr, nullptr)) +
               envelope("response.in_progress", writer_.response("in_progress", {}, nullptr, nullptr));
    }
    std::string ensure(Item::Kind kind, bool refusal) {
        if (open_ && item().kind == kind && item().refusal == refusal) return {};
        std::string out = end_item();
        Item next{kind, {}, {}};
        next.refusal = refusal;
        return out + open(std::move(next));
    }
    std::string open(Item next) {
        next.id = writer_.name(prefix_of(next.kind), items_.size());
        items_.push_back(std::move(next));
        open_ = true;
        std::string out = emit("response.output_item.added",
                               {{"output_index", items_.size() - 1}, {"item", item().shown(false)}});
        if (item().kind == Item::Kind::message) {
            Item empty = item();
            out += say("response.content_part.added", {{"content_index", 0}, {"part", empty.content()}});
        } else if (item().kind == Item::Kind::reasoning) {
            out += say("response.reasoning_summary_part.added",
                       {{"summary_index", 0}, {"part", bj::object{{"type", "summary_text"}, {"text", ""}}}});
        }
        return out;
    }
    std::string end_item() {
        if (!std::exchange(open_, false)) return {};
        std::string out;
        const auto text = json::text_value(item().part.text);
        if (item().kind == Item::Kind::message) {
            if (item().refusal)
                out += say("response.refusal.done", {{"content_index", 0}, {"refusal", text}});
            else
                out += say("response.output_text.done",
                           {{"content_index", 0}, {"text", text}, {"logprobs", bj::array()}});
            out += say("response.content_part.done", {{"content_index", 0}, {"part", item().content()}});
        } else if (item().kind == Item::Kind::reasoning) {
            out += say("response.reasoning_summary_text.done", {{"summary_index", 0}, {"text", text}});
            out +=
                say("response.reasoning_summary_part.done",
                    {{"summary_index", 0}, {"part", bj::object{{"type", "summary_text"}, {"text", text}}}});
        } else {
            if (item().part.text.empty()) item().part.text = "{}";
            out += say("response.function_call_arguments.done",
                       {{"name", json::text_value(item().part.name)},
                        {"arguments", json::text_value(item().part.text)}});
        }
        return out + emit("response.output_item.done",
                          {{"output_index", items_.size() - 1}, {"item", item().shown(true)}});
    }
    // Arguments of a call that another has overtaken: in the final response, where alone they can still
    // stand.
    std::string late(const Event& event) {
        for (auto& one : items_)
            if (one.kind == Item::Kind::call && one.index == event.index) one.part.text += event.text;
        return {};
    }
    bj::array output() const {
        bj::array out;
        for (const auto& one : items_) out.push_back(one.shown(true));
        return out;
    }

    Writer writer_;
    std::vector<Item> items_;
    bool begun_ = false, open_ = false;
    std::uint64_t sequence_ = 0;
};

class Responses final : public Endpoint {
public:
    Result<Asked> parse(const bj::object& body) const override {
        std::optional<Error> error;
        Fields fields(body, {}, error);
        Asked asked;
        auto& request = asked.request;
        request.model = fields.needed_text("model");
        asked.stream = fields.flag("stream").value_or(false);
        request.whole = !asked.stream;
        for (const std::string_view name : {"previous_response_id", "conversation", "prompt"})
            if (fields.has(name))
                fields.refuse(name, "needs a store of responses, which this server does not keep");
        if (fields.flag("background").value_or(false))
            fields.refuse("background", "needs a store of responses, which this server does not keep");
        if (const auto instructions = fields.text("instructions"); !instructions.empty()) {
            request.messages.emplace_back();
            request.messages.back().role = Role::system;
            request.messages.back().content = instructions;
        }
        const auto* input = fields.find("input");
        if (input && input->is_string()) {
            request.messages.emplace_back();
            request.messages.back().content = std::string_view(input->get_string());
        } else if (const auto* items = fields.array("input")) {
            for (std::size_t i = 0; i < items->size() && !error; ++i) {
                if (const auto* object = (*items)[i].if_object())
                    read_item({*object, fields.place("input", i), error}, request.messages);
                else
                    fields.refuse("input", "must hold objects");
            }
        }
        if (request.messages.empty()) fields.refuse("input", "is required");
        for (auto& message : request.messages)
            if (!message.parts.empty() && message.role == Role::assistant)
                message.content = plain_text(message.parts);
        request.max_tokens = fields.count("max_output_tokens", 1);
        request.sampling.temperature = fields.number("temperature", 0, 2);
        request.sampling.top_p = fields.number("top_p", 0, 1);
        request.parallel_tools = fields.flag("parallel_tool_calls");
        request.user = fields.text("user");
        read_tools(fields, request);
        read_text(fields, request);
        if (const auto* reasoning = fields.object("reasoning"))
            if (const auto effort = text_at(*reasoning, "effort"); !effort.empty())
                request.thinking = Thinking{.on = effort != "none", .effort = std::string(effort)};
        if (error) return fail(std::move(*error));
        bj::object echoed;
        for (const std::string_view name :
             {"instructions", "max_output_tokens", "parallel_tool_calls", "temperature", "text",
              "tool_choice", "tools", "top_p", "user", "metadata"})
            if (const auto* value = fields.find(name)) echoed[name] = *value;
        if (!echoed.empty()) asked.options = json::write(bj::value(std::move(echoed)));
        return asked;
    }

    std::string whole(const Asked& asked, const Stamp& stamp, const Answer& answer) const override {
        const Writer writer(stamp, asked.options);
        bj::array output;
        for (const auto& part : answer.parts) {
            const auto kind = kind_of(part.kind);
            if (!kind) continue;
            Item item{*kind, writer.name(prefix_of(*kind), output.size()), part};
            item.refusal = part.kind == PartKind::refusal;
            output.push_back(item.shown(true));
        }
        return json::write(bj::value(
            writer.response(Writer::status_of(answer.end), std::move(output), &answer.end, nullptr)));
    }
    std::unique_ptr<StreamEncoder> stream(const Asked& asked, const Stamp& stamp) const override {
        return std::make_unique<ResponsesEncoder>(Writer(stamp, asked.options));
    }
};

}  // namespace

const Endpoint& responses() {
    static const Responses endpoint;
    return endpoint;
}

}  // namespace lares::gateway::openai
