// OpenAI's chat completions and what calls itself compatible with them.
#include "gateway/providers/codec.h"

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include "base/text.h"
#include "crypto/hash.h"
#include "gateway/foreign.h"
#include "gateway/providers/openai/decoder.h"
#include "gateway/raw_json.h"
#include "json/write.h"

namespace lares::gateway {

namespace bj = boost::json;

namespace {

tl::unexpected<Error> not_supported(const Target& target, std::string field, std::string what) {
    return fail(Code::unprocessable, "not-supported", target.provider + " does not take " + what + ".",
                std::move(field));
}

std::string_view role_name(Role role) {
    switch (role) {
        case Role::system:
            return "system";
        case Role::assistant:
            return "assistant";
        case Role::tool:
            return "tool";
        case Role::user:
            break;
    }
    return "user";
}

class Writer {
public:
    Writer(const ChatRequest& request, const Target& target)
        : request_(request), target_(target), quirks_(*target.quirks) {}

    Result<bj::object> write() {
        bj::object out{{"model", json::text_value(target_.model)}};
        LARES_TRY(out["messages"], messages());
        if (!request_.whole) {
            out["stream"] = true;
            if (quirks_.stream_options) out["stream_options"] = bj::object{{"include_usage", true}};
        }
        if (request_.max_tokens) out[quirks_.max_tokens] = *request_.max_tokens;
        if (!request_.stop.empty()) {
            bj::array stops;
            for (const auto& one : request_.stop) stops.push_back(json::text_value(one));
            out["stop"] = std::move(stops);
        }
        sampling(out);
        LARES_CHECK(tools(out));
        format(out);
        if (request_.logprobs) {
            out["logprobs"] = true;
            if (*request_.logprobs > 0) out["top_logprobs"] = *request_.logprobs;
        }
        thinking(out);
        if (!request_.user.empty()) out["user"] = json::text_value(request_.user);
        if (request_.wire == Wire::openai) add_extras(out, request_.extras);
        return out;
    }

private:
    std::string tool_id(const std::string& id) const {
        if (!quirks_.short_tool_ids) return id;
        return to_hex(crypto::sha256(id)).substr(0, 9);
    }

    Result<bj::value> content(const std::vector<Part>& parts, const std::string& text) {
        if (parts.empty()) return json::text_value(text);
        bj::array out;
        for (const auto& part : parts) {
            switch (part.kind) {
                case PartKind::text:
                    out.push_back(bj::object{{"type", "text"}, {"text", json::text_value(part.text)}});
                    break;
                case PartKind::image: {
                    LARES_CHECK(check_stored(part));
                    bj::object image{{"url", json::text_value(source_url(part))}};
                    if (request_.wire == Wire::openai) add_extras(image, part.extras);
                    out.push_back(bj::object{{"type", "image_url"}, {"image_url", std::move(image)}});
                    break;
                }
                case PartKind::audio: {
                    const auto slash = part.media_type.find('/');
                    out.push_back(bj::object{
                        {"type", "input_audio"},
                        {"input_audio", bj::object{{"data", json::text_value(part.data)},
                                                   {"format", part.media_type.substr(slash + 1)}}}});
                    break;
                }
                case PartKind::file: {
                    if (part.data.empty() && !part.text.empty()) {
                        out.push_back(bj::object{{"type", "text"}, {"text", json::text_value(part.text)}});
                        break;
                    }
                    LARES_CHECK(check_stored(part));
                    if (part.data.empty() && !is_stored(part) && !quirks_.file_addresses)
                        return not_supported(target_, "messages",
                                             "documents by their address: send them as data");
                    bj::object file;
                    if (!part.name.empty()) file["filename"] = json::text_value(part.name);
                    file[is_stored(part) ? "file_id" : "file_data"] = json::text_value(source_url(part));
                    out.push_back(bj::object{{"type", "file"}, {"file", std::move(file)}});
                    break;
                }
                case PartKind::other:
                    LARES_CHECK(check_own(part));
                    break;
                default:
                    break;  // stand elsewhere in the message
            }
        }
        return bj::value(std::move(out));
    }

    // Its files are nobody else's, and of pictures this format takes none by an id.
    Result<void> check_stored(const Part& part) const {
        const bool of_another = request_.wire == Wire::anthropic || request_.wire == Wire::ollama;
        if (!is_stored(part) || (!of_another && part.kind == PartKind::file)) return {};
        return not_supported(target_, "messages", "files by the id that another provider gave them");
    }

    Result<void> check_own(const Part& part) const {
        if (request_.wire == Wire::openai) return {};
        return not_supported(target_, "messages", "content of the kind '" + part.name + "'");
    }

    Result<bj::value> messages() {
        bj::array out;
        for (const auto& message : request_.messages) {
            bj::object one{{"role", role_name(message.role)}};
            if (!message.name.empty() && message.role != Role::tool)
                one["name"] = json::text_value(message.name);
            if (message.role == Role::tool) {
                LARES_CHECK(result(message, one, out));
                continue;
            }
            if (message.role == Role::assistant) {
                LARES_CHECK(assistant(message, one));
            } else {
                LARES_TRY(one["content"], content(message.parts, message.content));
            }
            out.push_back(std::move(one));
        }
        return bj::value(std::move(out));
    }

    // Pictures in a result have no place in a tool's message: they follow as the user's.
    Result<void> result(const ChatMessage& message, bj::object& one, bj::array& out) {
        const Part* part = message.parts.empty() ? nullptr : &message.parts.front();
        one["tool_call_id"] = json::text_value(tool_id(part ? part->id : std::string()));
        one["content"] = json::text_value(part ? part->text : message.content);
        out.push_back(std::move(one));
        std::vector<Part> pictures;
        for (const auto& inner : part ? part->parts : std::vector<Part>()) {
            if (inner.kind == PartKind::other) LARES_CHECK(check_own(inner));
            if (inner.kind == PartKind::image) pictures.push_back(inner);
        }
        if (pictures.empty()) return {};
        bj::object more{{"role", "user"}};
        LARES_TRY(more["content"], content(pictures, {}));
        out.push_back(std::move(more));
        return {};
    }

    Result<void> assistant(const ChatMessage& message, bj::object& one) {
        bj::array calls;
        std::string refusal;
        for (const auto& part : message.parts) {
            if (part.kind == PartKind::refusal) refusal += part.text;
            if (part.kind == PartKind::other) {
                LARES_CHECK(check_own(part));
                calls.push_back(value_of(part.text));
            }
            if (part.kind != PartKind::tool_call) continue;
            calls.push_back(bj::object{
                {"id", json::text_value(tool_id(part.id))},
                {"type", "function"},
                {"function",
                 bj::object{{"name", json::text_value(part.name)},
                            {"arguments", json::text_value(part.text.empty() ? "{}" : part.text)}}}});
        }
        if (!message.content.empty() || calls.empty()) one["content"] = json::text_value(message.content);
        if (!refusal.empty()) one["refusal"] = json::text_value(refusal);
        if (!calls.empty()) one["tool_calls"] = std::move(calls);
        return {};
    }

    void sampling(bj::object& out) const {
        const auto& s = request_.sampling;
        if (s.temperature) out["temperature"] = *s.temperature;
        if (s.top_p) out["top_p"] = *s.top_p;
        if (s.top_k && quirks_.top_k) out["top_k"] = *s.top_k;
        if (s.min_p && quirks_.min_p) out["min_p"] = *s.min_p;
        if (s.repeat_penalty && !quirks_.repeat_penalty.empty())
            out[quirks_.repeat_penalty] = *s.repeat_penalty;
        if (s.frequency_penalty && quirks_.penalties) out["frequency_penalty"] = *s.frequency_penalty;
        if (s.presence_penalty && quirks_.penalties) out["presence_penalty"] = *s.presence_penalty;
        if (s.seed && !quirks_.seed.empty()) out[quirks_.seed] = *s.seed;
    }

    Result<void> tools(bj::object& out) const {
        if (request_.tools.empty()) return {};
        bj::array list;
        for (std::size_t i = 0; i < request_.tools.size(); ++i) {
            const auto& tool = request_.tools[i];
            if (tool.hosted) {
                if (request_.wire != Wire::openai)
                    return not_supported(target_, "tools[" + std::to_string(i) + "]",
                                         "tools that another provider runs itself");
                list.push_back(value_of(tool.extras));
                continue;
            }
            bj::object function{{"name", json::text_value(tool.name)}};
            if (!tool.description.empty()) function["description"] = json::text_value(tool.description);
            if (!tool.schema.empty()) function["parameters"] = value_of(tool.schema);
            if (tool.strict) function["strict"] = *tool.strict;
            list.push_back(bj::object{{"type", "function"}, {"function", std::move(function)}});
        }
        out["tools"] = std::move(list);
        switch (request_.tool_choice) {
            case ToolChoice::automatic:
                break;
            case ToolChoice::none:
                out["tool_choice"] = "none";
                break;
            case ToolChoice::required:
                out["tool_choice"] = quirks_.required_tool;
                break;
            case ToolChoice::named:
                out["tool_choice"] =
                    bj::object{{"type", "function"},
                               {"function", bj::object{{"name", json::text_value(request_.tool_name)}}}};
                break;
        }
        if (request_.parallel_tools && quirks_.parallel_tools)
            out["parallel_tool_calls"] = *request_.parallel_tools;
        return {};
    }

    void format(bj::object& out) const {
        if (!request_.json_schema.empty() && quirks_.json_schema) {
            bj::object schema{
                {"name", json::text_value(request_.json_name.empty() ? "answer" : request_.json_name)},
                {"strict", true},
                {"schema", value_of(request_.json_schema)}};
            out["response_format"] = bj::object{{"type", "json_schema"}, {"json_schema", std::move(schema)}};
        } else if (!request_.json_schema.empty()) {
            // The server knows no schemas: it is told in words.
            auto& list = out["messages"].as_array();
            list.insert(
                list.begin(),
                bj::object{{"role", "system"},
                           {"content", json::text_value("Answer with one JSON object of this JSON Schema: " +
                                                        request_.json_schema)}});
            out["response_format"] = bj::object{{"type", "json_object"}};
        } else if (request_.json_object) {
            out["response_format"] = bj::object{{"type", "json_object"}};
        }
    }

    void thinking(bj::object& out) const {
        if (!request_.thinking) return;
        const auto& thinking = *request_.thinking;
        std::string effort = thinking.effort;
        if (effort.empty() && thinking.on && thinking.budget_tokens)
            effort = *thinking.budget_tokens < 4096    ? "low"
                     : *thinking.budget_tokens < 16384 ? "medium"
                                                       : "high";
        if (effort.empty()) return;
        if (quirks_.reasoning_object)
            out["reasoning"] = bj::object{{"effort", json::text_value(effort)}};
        else if (quirks_.reasoning_effort)
            out["reasoning_effort"] = json::text_value(effort);
    }

    const ChatRequest& request_;
    const Target& target_;
    const Quirks& quirks_;
};

std::string with_api_version(std::string url, const Target& target) {
    return url.append("?api-version=").append(target.api_version.empty() ? "2024-10-21" : target.api_version);
}

class OpenAiCodec final : public Codec {
public:
    Wire wire() const override { return Wire::openai; }

    std::string url(const Target& target, const ChatRequest&) const override {
        if (!target.quirks->azure) return target.base_url + "/chat/completions";
        return azure_url(target, "/chat/completions");
    }
    std::vector<HttpField> headers(const Target&) const override {
        return {{"content-type", "application/json"}};
    }
    HttpField credential(const Target& target) const override {
        if (target.key.empty()) return {};
        switch (target.quirks->key) {
            case KeyStyle::api_key_header:
                return {"api-key", target.key.reveal()};
            case KeyStyle::x_api_key:
                return {"x-api-key", target.key.reveal()};
            case KeyStyle::bearer:
                break;
        }
        return {"authorization", "Bearer " + target.key.reveal()};
    }

    Result<std::string> body(const ChatRequest& request, const Target& target) const override {
        if (request.raw && request.wire == Wire::openai && target.quirks->passes)
            return passed(request, target);
        LARES_TRY(auto out, Writer(request, target).write());
        return json::write(bj::value(std::move(out)));
    }
    std::unique_ptr<Decoder> decoder(bool whole, bool passes) const override {
        return whole ? make_openai_whole_decoder(passes) : make_openai_stream_decoder(passes);
    }
    std::string list_url(const Target& target) const override {
        if (!target.quirks->azure) return target.base_url + "/models";
        return with_api_version(target.base_url + "/openai/models", target);
    }

private:
    // As it came, but for the model's name and the usage that accounting needs.
    static std::string passed(const ChatRequest& request, const Target& target) {
        const bool asks_usage = request.whole || request.usage_asked || !target.quirks->stream_options;
        const std::string_view raw = *request.raw;
        if (request.raw_model == target.model && asks_usage) return *request.raw;
        std::string_view model;
        std::size_t models = 0;
        bool has_options = false;
        const bool plain = each_member(raw, [&](std::string_view key, std::string_view member) {
            has_options = has_options || key == "stream_options";
            if (key != "model") return;
            model = member;
            ++models;
        });
        if (plain && models == 1 && (asks_usage || !has_options)) {
            const auto at = static_cast<std::size_t>(model.data() - raw.data());
            std::string out;
            out.reserve(raw.size() + target.model.size() + 64);
            out.append(raw.substr(0, at));
            json::append_quoted(out, target.model);
            if (!asks_usage) out += R"(,"stream_options":{"include_usage":true})";
            return out.append(raw.substr(at + model.size()));
        }
        auto value = value_of(*request.raw);
        if (!value.is_object()) return *request.raw;
        auto& object = value.get_object();
        object["model"] = json::text_value(target.model);
        if (!asks_usage) {
            bj::object options;
            if (const auto* given = object_at(object, "stream_options")) options = *given;
            options["include_usage"] = true;
            object["stream_options"] = std::move(options);
        }
        return json::write(value);
    }
};

}  // namespace

std::string azure_url(const Target& target, std::string_view method) {
    const bool dots = target.model.find_first_not_of('.') == target.model.npos;  // a way up in a path
    const auto plain = dots ? boost::urls::unreserved_chars - '.' : boost::urls::unreserved_chars;
    std::string out = target.base_url + "/openai/deployments/" + boost::urls::encode(target.model, plain);
    return with_api_version(std::move(out.append(method)), target);
}

const Codec& openai_codec() {
    static const OpenAiCodec codec;
    return codec;
}

}  // namespace lares::gateway
