// Anthropic's messages as an upstream.
#include "gateway/foreign.h"
#include "gateway/providers/anthropic/decoder.h"
#include "json/write.h"

namespace lares::gateway {

namespace bj = boost::json;

namespace {

constexpr std::uint32_t default_max_tokens = 4096;  // the format requires a number

bj::value input_of(const std::string& arguments) {
    auto value = value_of(arguments.empty() ? "{}" : arguments);
    return value.is_object() ? std::move(value) : bj::value(bj::object());
}

class Writer {
public:
    Writer(const ChatRequest& request, const Target& target)
        : request_(request), target_(target), own_(request.wire == Wire::anthropic) {}

    Result<bj::object> write() {
        bj::object out{{"model", json::text_value(target_.model)},
                       {"max_tokens", request_.max_tokens.value_or(default_max_tokens)}};
        LARES_CHECK(messages(out));
        if (!request_.whole) out["stream"] = true;
        if (!request_.stop.empty()) {
            bj::array stops;
            for (const auto& one : request_.stop) stops.push_back(json::text_value(one));
            out["stop_sequences"] = std::move(stops);
        }
        const auto& s = request_.sampling;
        if (s.temperature) out["temperature"] = std::min(*s.temperature, 1.0);
        if (s.top_p && !s.temperature) out["top_p"] = *s.top_p;  // newer models take one of the two
        if (s.top_k) out["top_k"] = *s.top_k;
        LARES_CHECK(tools(out));
        thinking(out);
        if (!request_.json_schema.empty())
            out["output_config"] = bj::object{
                {"format", bj::object{{"type", "json_schema"}, {"schema", value_of(request_.json_schema)}}}};
        if (!request_.user.empty())
            out["metadata"] = bj::object{{"user_id", json::text_value(request_.user)}};
        if (own_) add_extras(out, request_.extras);
        return out;
    }

private:
    tl::unexpected<Error> not_supported(std::string what) const {
        return fail(Code::unprocessable, "not-supported", target_.provider + " does not take " + what + ".",
                    "messages");
    }

    bj::object source(const Part& part) const {
        if (!part.data.empty())
            return {{"type", "base64"},
                    {"media_type", json::text_value(part.media_type)},
                    {"data", json::text_value(part.data)}};
        if (!part.text.empty() && part.kind == PartKind::file)
            return {{"type", "text"}, {"media_type", "text/plain"}, {"data", json::text_value(part.text)}};
        if (is_stored(part)) return {{"type", "file"}, {"file_id", json::text_value(part.url)}};
        return {{"type", "url"}, {"url", json::text_value(part.url)}};
    }

    Result<void> check_stored(const Part& part) const {
        if (own_ || !is_stored(part)) return {};
        return not_supported("files by the id that another provider gave them");
    }

    Result<bj::object> block(const Part& part) const {
        bj::object out;
        switch (part.kind) {
            case PartKind::text:
            case PartKind::refusal:
                out = {{"type", "text"}, {"text", json::text_value(part.text)}};
                break;
            case PartKind::image:
                LARES_CHECK(check_stored(part));
                out = {{"type", "image"}, {"source", source(part)}};
                break;
            case PartKind::file:
                LARES_CHECK(check_stored(part));
                out = {{"type", "document"}, {"source", source(part)}};
                if (!part.name.empty()) out["title"] = json::text_value(part.name);
                break;
            case PartKind::audio:
                return not_supported("audio");
            case PartKind::tool_call:
                out = {{"type", "tool_use"},
                       {"id", json::text_value(part.id)},
                       {"name", json::text_value(part.name)},
                       {"input", input_of(part.text)}};
                break;
            case PartKind::tool_result: {
                out = {{"type", "tool_result"}, {"tool_use_id", json::text_value(part.id)}};
                if (part.parts.empty()) {
                    out["content"] = json::text_value(part.text);
                } else {
                    bj::array inner;
                    for (const auto& one : part.parts) {
                        LARES_TRY(auto shown, block(one));
                        inner.push_back(std::move(shown));
                    }
                    out["content"] = std::move(inner);
                }
                if (part.is_error) out["is_error"] = true;
                break;
            }
            case PartKind::thinking:
                out = {{"type", "thinking"},
                       {"thinking", json::text_value(part.text)},
                       {"signature", json::text_value(part.signature)}};
                break;
            case PartKind::redacted_thinking:
                out = {{"type", "redacted_thinking"}, {"data", json::text_value(part.signature)}};
                break;
            case PartKind::other: {
                if (!own_) return not_supported("content of the kind '" + part.name + "'");
                auto whole = value_of(part.text);
                if (auto* object = whole.if_object()) out = std::move(*object);
                break;
            }
        }
        if (own_) add_extras(out, part.extras);
        return out;
    }

    // Thinking that Anthropic did not sign itself is not accepted back; an empty text never is.
    static bool is_left_out(const Part& part) {
        return (part.kind == PartKind::thinking && part.signature.empty()) ||
               (part.kind == PartKind::text && part.text.empty());
    }

    Result<void> messages(bj::object& out) {
        bj::array system, list;
        for (const auto& message : request_.messages) {
            std::vector<Part> plain;
            if (message.parts.empty()) plain.push_back({.text = message.content});
            bj::array blocks;
            for (const auto& part : message.parts.empty() ? plain : message.parts) {
                if (is_left_out(part)) continue;
                LARES_TRY(auto one, block(part));
                blocks.push_back(std::move(one));
            }
            if (message.role == Role::system) {
                for (auto& one : blocks) system.push_back(std::move(one));
                continue;
            }
            if (blocks.empty()) continue;
            // Roles take turns: what follows in the same role is one message, results are the user's.
            const std::string_view role = message.role == Role::assistant ? "assistant" : "user";
            if (!list.empty() && list.back().at("role").as_string() == role) {
                auto& into = list.back().as_object()["content"].as_array();
                for (auto& one : blocks) into.push_back(std::move(one));
            } else {
                list.push_back(bj::object{{"role", role}, {"content", std::move(blocks)}});
            }
        }
        // Anthropic has a form for an answer of a known schema and none for any JSON: its own layer for
        // OpenAI's clients drops the wish. In words it is kept.
        if (request_.json_object && request_.json_schema.empty())
            system.push_back(bj::object{
                {"type", "text"},
                {"text",
                 "Answer with one JSON object and nothing else: no words around it, no code fence."}});
        // A single plain text is said as such.
        for (auto& message : list) {
            auto& content = message.as_object()["content"];
            const auto& blocks = content.as_array();
            if (blocks.size() == 1 && blocks[0].as_object().size() == 2 &&
                blocks[0].as_object().contains("text")) {
                bj::value text = blocks[0].at("text");
                content = std::move(text);
            }
        }
        if (system.size() == 1 && system[0].as_object().size() == 2)
            out["system"] = bj::value(system[0].at("text"));
        else if (!system.empty())
            out["system"] = std::move(system);
        out["messages"] = std::move(list);
        return {};
    }

    Result<void> tools(bj::object& out) const {
        if (request_.tools.empty()) return {};
        bj::array list;
        for (const auto& tool : request_.tools) {
            if (tool.hosted) {
                if (!own_) return not_supported("tools that another provider runs itself");
                list.push_back(value_of(tool.extras));
                continue;
            }
            bj::object one{{"name", json::text_value(tool.name)}};
            if (!tool.description.empty()) one["description"] = json::text_value(tool.description);
            one["input_schema"] = tool.schema.empty()
                                      ? bj::value{{"type", "object"}, {"properties", bj::object()}}
                                      : value_of(tool.schema);
            if (own_) add_extras(one, tool.extras);
            list.push_back(std::move(one));
        }
        out["tools"] = std::move(list);
        bj::object choice;
        switch (request_.tool_choice) {
            case ToolChoice::automatic:
                choice["type"] = "auto";
                break;
            case ToolChoice::none:
                choice["type"] = "none";
                break;
            case ToolChoice::required:
                choice["type"] = "any";
                break;
            case ToolChoice::named:
                choice["type"] = "tool";
                choice["name"] = json::text_value(request_.tool_name);
                break;
        }
        if (request_.parallel_tools && request_.tool_choice != ToolChoice::none)
            choice["disable_parallel_tool_use"] = !*request_.parallel_tools;
        if (request_.tool_choice != ToolChoice::automatic || choice.size() > 1)
            out["tool_choice"] = std::move(choice);
        return {};
    }

    void thinking(bj::object& out) const {
        if (!request_.thinking) return;
        if (!request_.thinking->on) {
            out["thinking"] = bj::object{{"type", "disabled"}};
            return;
        }
        const std::uint32_t budget = request_.thinking->budget();
        const std::uint32_t most = request_.max_tokens.value_or(default_max_tokens);
        if (most <= budget) out["max_tokens"] = most + budget;
        out["thinking"] = bj::object{{"type", "enabled"}, {"budget_tokens", budget}};
        out.erase("temperature");  // thinking goes with the standard sampling only
        out.erase("top_k");
    }

    const ChatRequest& request_;
    const Target& target_;
    bool own_;
};

class AnthropicCodec final : public Codec {
public:
    Wire wire() const override { return Wire::anthropic; }
    std::string url(const Target& target, const ChatRequest&) const override {
        return target.base_url + "/v1/messages";
    }
    std::vector<HttpField> headers(const Target& target) const override {
        std::vector<HttpField> out{{"content-type", "application/json"}, {"anthropic-version", "2023-06-01"}};
        if (!target.betas.empty()) out.push_back({"anthropic-beta", target.betas});
        return out;
    }
    HttpField credential(const Target& target) const override {
        return target.key.empty() ? HttpField{} : HttpField{"x-api-key", target.key.reveal()};
    }
    Result<std::string> body(const ChatRequest& request, const Target& target) const override {
        if (request.raw && request.wire == Wire::anthropic) {
            if (request.raw_model == target.model) return *request.raw;
            auto value = value_of(*request.raw);
            if (value.is_object()) {
                value.get_object()["model"] = json::text_value(target.model);
                return json::write(value);
            }
        }
        LARES_TRY(auto out, Writer(request, target).write());
        return json::write(bj::value(std::move(out)));
    }
    std::unique_ptr<Decoder> decoder(bool whole, bool) const override {
        return whole ? make_anthropic_whole_decoder() : make_anthropic_stream_decoder();
    }
    std::string list_url(const Target& target) const override { return target.base_url + "/v1/models"; }
};

}  // namespace

const Codec& anthropic_codec() {
    static const AnthropicCodec codec;
    return codec;
}

}  // namespace lares::gateway
