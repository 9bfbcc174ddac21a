// Ollama's own API as an upstream: a line of JSON for each piece of an answer.
#include "gateway/providers/codec.h"

#include "gateway/foreign.h"
#include "json/write.h"

namespace lares::gateway {

namespace bj = boost::json;

namespace {

constexpr std::size_t line_bytes_max = 8 * 1024 * 1024;
constexpr std::size_t whole_bytes_max = 32 * 1024 * 1024;

class OllamaDecoder final : public Decoder {
public:
    explicit OllamaDecoder(bool whole) : whole_(whole) {}

    Result<void> feed(std::string_view bytes, std::vector<Event>& out) override {
        const std::size_t all = bytes.size();
        for (good_ = 0; !bytes.empty() && !done_; good_ = all - bytes.size()) {
            const auto end = whole_ ? bytes.npos : bytes.find('\n');
            line_ += bytes.substr(0, end);
            if (line_.size() > (whole_ ? whole_bytes_max : line_bytes_max))
                return broken_stream("a line is too large");
            if (end == bytes.npos) return {};
            bytes.remove_prefix(end + 1);
            LARES_CHECK(take_line(out));
        }
        return {};
    }
    Result<void> finish(std::vector<Event>& out) override {
        LARES_CHECK(take_line(out));
        if (!done_) return broken_stream("it ended in the middle");
        return {};
    }
    std::size_t held() const override { return whole_ ? line_.size() : 0; }
    std::size_t good() const override { return good_; }

private:
    Result<void> take_line(std::vector<Event>& out) {
        const std::string line = std::exchange(line_, {});
        if (done_ || line.find_first_not_of(" \t\r") == line.npos) return {};
        const auto value = parse_foreign(line);
        if (!value || !value->is_object()) return broken_stream("a line is no JSON object");
        const auto& object = value->get_object();
        if (const auto error = text_at(object, "error"); !error.empty()) return fail(stream_error("", error));
        if (!std::exchange(begun_, true))
            out.push_back({.kind = Event::Kind::start, .name = std::string(text_at(object, "model"))});
        if (const auto* message = object_at(object, "message")) take_message(*message, out);
        const auto* done = object.if_contains("done");
        if (!done || !done->is_bool() || !done->get_bool()) return {};
        add(Event::Kind::thinking, thinking_.rest(), out);
        add(Event::Kind::text, text_.rest(), out);
        end_.finish = text_at(object, "done_reason") == "length" ? FinishReason::length
                      : calls_ > 0                               ? FinishReason::tool_calls
                                                                 : FinishReason::stop;
        end_.usage.prompt = count_at(object, "prompt_eval_count");
        end_.usage.completion = count_at(object, "eval_count");
        end_.usage_known = has_count(object, "eval_count");
        done_ = true;
        return {};
    }

    static void add(Event::Kind kind, std::string text, std::vector<Event>& out) {
        if (!text.empty()) out.push_back({.kind = kind, .text = std::move(text)});
    }

    void take_message(const bj::object& message, std::vector<Event>& out) {
        add(Event::Kind::thinking, thinking_.add(text_at(message, "thinking")), out);
        add(Event::Kind::text, text_.add(text_at(message, "content")), out);
        const auto* calls = array_at(message, "tool_calls");
        for (const auto& one : calls ? *calls : bj::array()) {
            const auto* call = one.if_object();
            const auto* function = call ? object_at(*call, "function") : nullptr;
            if (!function || text_at(*function, "name").empty() || calls_ >= calls_max) continue;
            std::string id(text_at(*call, "id"));
            if (id.empty()) id = "call_" + std::to_string(calls_);
            out.push_back({.kind = Event::Kind::tool_call,
                           .index = calls_,
                           .id = std::move(id),
                           .name = std::string(text_at(*function, "name"))});
            const auto* arguments = function->if_contains("arguments");
            out.push_back({.kind = Event::Kind::arguments,
                           .index = calls_++,
                           .text = arguments && arguments->is_object() ? json::write(*arguments)
                                   : arguments && arguments->is_string() && !arguments->get_string().empty()
                                       ? std::string(arguments->get_string())
                                       : "{}"});
        }
    }

    bool whole_;
    std::size_t good_ = 0;
    std::uint32_t calls_ = 0;
    std::string line_;
    Utf8Joiner text_, thinking_;
};

class Writer {
public:
    Writer(const ChatRequest& request, const Target& target) : request_(request), target_(target) {}

    Result<bj::object> write() {
        bj::object out{{"model", json::text_value(target_.model)}, {"stream", !request_.whole}};
        LARES_CHECK(messages(out));
        bj::object options;
        const auto& s = request_.sampling;
        if (s.temperature) options["temperature"] = *s.temperature;
        if (s.top_p) options["top_p"] = *s.top_p;
        if (s.top_k) options["top_k"] = *s.top_k;
        if (s.min_p) options["min_p"] = *s.min_p;
        if (s.repeat_penalty) options["repeat_penalty"] = *s.repeat_penalty;
        if (s.frequency_penalty) options["frequency_penalty"] = *s.frequency_penalty;
        if (s.presence_penalty) options["presence_penalty"] = *s.presence_penalty;
        if (s.seed) options["seed"] = *s.seed;
        if (request_.max_tokens) options["num_predict"] = *request_.max_tokens;
        if (!request_.stop.empty()) {
            bj::array stops;
            for (const auto& one : request_.stop) stops.push_back(json::text_value(one));
            options["stop"] = std::move(stops);
        }
        if (!options.empty()) out["options"] = std::move(options);
        if (!request_.json_schema.empty())
            out["format"] = value_of(request_.json_schema);
        else if (request_.json_object)
            out["format"] = "json";
        if (request_.thinking) out["think"] = think(*request_.thinking);
        LARES_CHECK(tools(out));
        if (request_.wire == Wire::ollama) add_extras(out, request_.extras);
        return out;
    }

private:
    // Ollama knows low, medium and high; another word is a bad request to it.
    static bj::value think(const Thinking& thinking) {
        const auto& effort = thinking.effort;
        if (!thinking.on || effort == "none") return false;
        if (effort.empty()) return true;
        if (effort == "minimal") return "low";
        if (effort == "xhigh" || effort == "max") return "high";
        return json::text_value(effort);
    }

    Result<void> messages(bj::object& out) {
        bj::array list;
        for (const auto& message : request_.messages) {
            const std::string_view role = message.role == Role::system      ? "system"
                                          : message.role == Role::assistant ? "assistant"
                                          : message.role == Role::tool      ? "tool"
                                                                            : "user";
            bj::object one{{"role", role}, {"content", json::text_value(message.content)}};
            bj::array images, calls;
            for (const auto& part : message.parts) LARES_CHECK(take_part(part, one, images, calls));
            if (!images.empty()) one["images"] = std::move(images);
            if (!calls.empty()) one["tool_calls"] = std::move(calls);
            list.push_back(std::move(one));
        }
        out["messages"] = std::move(list);
        return {};
    }

    Result<void> take_part(const Part& part, bj::object& one, bj::array& images, bj::array& calls) {
        switch (part.kind) {
            case PartKind::image:
                if (part.data.empty())
                    return fail(Code::unprocessable, "not-supported",
                                target_.provider + " takes pictures as data, not as addresses.", "messages");
                images.push_back(json::text_value(part.data));
                break;
            case PartKind::audio:
            case PartKind::file:
                return fail(Code::unprocessable, "not-supported",
                            target_.provider + " takes text and pictures only.", "messages");
            case PartKind::thinking:
                one["thinking"] = json::text_value(part.text);
                break;
            case PartKind::tool_call: {
                names_.emplace_back(part.id, part.name);
                auto arguments = value_of(part.text.empty() ? "{}" : part.text);
                calls.push_back(bj::object{
                    {"function", bj::object{{"name", json::text_value(part.name)},
                                            {"arguments",
                                             arguments.is_object() ? std::move(arguments) : bj::object()}}}});
                break;
            }
            case PartKind::tool_result:
                one["content"] = json::text_value(part.text);
                for (const auto& [id, name] : names_)
                    if (id == part.id) one["tool_name"] = json::text_value(name);
                for (const auto& inner : part.parts)
                    if (inner.kind == PartKind::image && !inner.data.empty())
                        images.push_back(json::text_value(inner.data));
                break;
            case PartKind::other:
                return fail(Code::unprocessable, "not-supported",
                            target_.provider + " does not take content of the kind '" + part.name + "'.",
                            "messages");
            case PartKind::text:
            case PartKind::refusal:
            case PartKind::redacted_thinking:
                break;
        }
        return {};
    }

    Result<void> tools(bj::object& out) const {
        if (request_.tools.empty() || request_.tool_choice == ToolChoice::none) return {};
        bj::array list;
        for (const auto& tool : request_.tools) {
            if (tool.hosted)
                return fail(Code::unprocessable, "not-supported",
                            target_.provider + " does not take tools that another provider runs itself.",
                            "tools");
            bj::object function{{"name", json::text_value(tool.name)},
                                {"description", json::text_value(tool.description)}};
            function["parameters"] = tool.schema.empty()
                                         ? bj::value{{"type", "object"}, {"properties", bj::object()}}
                                         : value_of(tool.schema);
            list.push_back(bj::object{{"type", "function"}, {"function", std::move(function)}});
        }
        out["tools"] = std::move(list);
        return {};
    }

    const ChatRequest& request_;
    const Target& target_;
    std::vector<std::pair<std::string, std::string>> names_;  // of the calls so far, by id
};

class OllamaCodec final : public Codec {
public:
    Wire wire() const override { return Wire::ollama; }
    std::string url(const Target& target, const ChatRequest&) const override {
        return target.base_url + "/api/chat";
    }
    std::vector<HttpField> headers(const Target&) const override {
        return {{"content-type", "application/json"}};
    }
    HttpField credential(const Target& target) const override {
        return target.key.empty() ? HttpField{} : HttpField{"authorization", "Bearer " + target.key.reveal()};
    }
    Result<std::string> body(const ChatRequest& request, const Target& target) const override {
        if (request.raw && request.wire == Wire::ollama) {
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
        return std::make_unique<OllamaDecoder>(whole);
    }
    std::string list_url(const Target& target) const override { return target.base_url + "/api/tags"; }
};

}  // namespace

const Codec& ollama_codec() {
    static const OllamaCodec codec;
    return codec;
}

}  // namespace lares::gateway
