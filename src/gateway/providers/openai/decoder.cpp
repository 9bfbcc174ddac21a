#include "gateway/providers/openai/decoder.h"

#include <boost/json/monotonic_resource.hpp>

#include "gateway/foreign.h"
#include "gateway/providers/event_reader.h"
#include "gateway/raw_json.h"
#include "json/write.h"

namespace lares::gateway {

namespace bj = boost::json;

namespace {

constexpr std::size_t whole_bytes_max = 32 * 1024 * 1024;

std::optional<FinishReason> finish_of(std::string_view word) {
    if (word == "length" || word == "max_tokens" || word == "model_length") return FinishReason::length;
    if (word == "tool_calls" || word == "function_call" || word == "tool_use")
        return FinishReason::tool_calls;
    if (word == "content_filter" || word == "safety" || word == "refusal")
        return FinishReason::content_filter;
    if (word.empty()) return std::nullopt;
    return FinishReason::stop;  // stop, eos, end_turn, stop_sequence and what else is in use
}

// What chunks and whole answers have in common.
class OpenAiDecoder : public Decoder {
protected:
    Result<void> take(const bj::object& chunk, bool is_stream, std::vector<Event>& out) {
        LARES_CHECK(take_error(chunk));
        if (!std::exchange(begun_, true)) {
            id_ = text_at(chunk, "id");
            out.push_back(
                {.kind = Event::Kind::start, .id = id_, .name = std::string(text_at(chunk, "model"))});
        }
        take_service(text_at(chunk, "service_tier"));
        if (const auto* usage = object_at(chunk, "usage")) take_usage(*usage);
        if (const auto* groq = object_at(chunk, "x_groq"))
            if (const auto* usage = object_at(*groq, "usage")) take_usage(*usage);
        const auto* choices = array_at(chunk, "choices");
        if (!choices || choices->empty()) return {};
        const auto* choice = (*choices)[0].if_object();
        if (!choice || count_at(*choice, "index") != 0) return {};
        LARES_CHECK(take_error(*choice));
        if (const auto* message = object_at(*choice, is_stream ? "delta" : "message"))
            take_message(*message, out);
        if (const auto* logprobs = object_at(*choice, "logprobs"))
            if (const auto* content = array_at(*logprobs, "content"); content && !content->empty())
                out.push_back({.kind = Event::Kind::logprobs, .text = json::write(bj::value(*content))});
        const auto word = text_at(*choice, "finish_reason");
        if (word == "error" || word == "insufficient_system_resource") return fail(stream_error(word, ""));
        if (const auto finish = finish_of(word)) {
            end_.finish = *finish;
            finished_ = true;
        }
        return {};
    }

    // The end of the answer: what is still held back, and a reason that fits what was said.
    void settle(std::vector<Event>& out) {
        add(Event::Kind::thinking, thinking_.rest(), out);
        add(Event::Kind::text, text_.rest(), out);
        add(Event::Kind::refusal, refusal_.rest(), out);
        for (std::uint32_t i = 0; i < calls_.size(); ++i)
            if (auto rest = calls_[i].arguments.rest(); !rest.empty())
                out.push_back({.kind = Event::Kind::arguments, .index = i, .text = std::move(rest)});
        if (!calls_.empty() && end_.finish == FinishReason::stop) end_.finish = FinishReason::tool_calls;
        if (calls_.empty() && end_.finish == FinishReason::tool_calls) end_.finish = FinishReason::stop;
        end_.usage_known = usage_seen_;
        done_ = true;
    }

    void take_usage(const bj::object& usage) {
        usage_seen_ =
            usage_seen_ || has_count(usage, "prompt_tokens") || has_count(usage, "completion_tokens");
        auto& out = end_.usage;
        if (has_count(usage, "prompt_tokens")) out.prompt = count_at(usage, "prompt_tokens");
        if (has_count(usage, "completion_tokens")) out.completion = count_at(usage, "completion_tokens");
        if (const auto* details = object_at(usage, "prompt_tokens_details"))
            out.reused = count_at(*details, "cached_tokens");
        if (has_count(usage, "prompt_cache_hit_tokens"))
            out.reused = count_at(usage, "prompt_cache_hit_tokens");
        if (const auto* details = object_at(usage, "completion_tokens_details"))
            out.reasoning = count_at(*details, "reasoning_tokens");
        out.reused = std::min(out.reused, out.prompt);
        // Thinking that is only in the sum, as xAI and Gemini have it.
        const std::uint64_t told = std::uint64_t{out.prompt} + out.completion;
        if (const std::uint64_t all = count_at(usage, "total_tokens"); all > told) {
            out.completion += static_cast<std::uint32_t>(all - told);
            out.reasoning = std::max(out.reasoning, static_cast<std::uint32_t>(all - told));
        }
    }

    void take_service(std::string_view tier) {
        if (!tier.empty()) end_.usage.service = service_of(tier);
    }

    bool finished_ = false, usage_seen_ = false;

private:
    struct Call {
        std::string id;
        std::int64_t place = -1;  // the provider's index
        Utf8Joiner arguments;
    };

    static void add(Event::Kind kind, std::string text, std::vector<Event>& out) {
        if (!text.empty()) out.push_back({.kind = kind, .text = std::move(text)});
    }

    Result<void> take_error(const bj::object& object) const {
        const auto* error = object.if_contains("error");
        if (!error || error->is_null()) {
            // vLLM and others put the error where the chunk would be.
            if (text_at(object, "object") == "error")
                return fail(stream_error("", text_at(object, "message")));
            return {};
        }
        if (const auto* inner = error->if_object()) {
            std::string type(text_at(*inner, "type"));
            type.append(" ").append(text_at(*inner, "code"));
            const std::uint32_t code = count_at(*inner, "code");
            if (code == 429) type = "rate_limit";
            if (code == 503 || code == 529) type = "overloaded";
            if (code == 400 || code == 422) type = "invalid_request";
            if (code == 403 || code == 404) type = "permission";
            return fail(stream_error(type, text_at(*inner, "message")));
        }
        return fail(stream_error(
            "", error->is_string() ? std::string_view(error->get_string()) : std::string_view()));
    }

    void take_message(const bj::object& message, std::vector<Event>& out) {
        for (const std::string_view name : {"reasoning_content", "reasoning"})
            if (const auto text = text_at(message, name); !text.empty()) {
                add(Event::Kind::thinking, thinking_.add(text), out);
                break;  // some send both
            }
        if (const auto* content = message.if_contains("content")) take_content(*content, out);
        if (const auto text = text_at(message, "refusal"); !text.empty())
            add(Event::Kind::refusal, refusal_.add(text), out);
        if (const auto* calls = array_at(message, "tool_calls"))
            for (const auto& call : *calls)
                if (const auto* object = call.if_object()) take_call(*object, out);
        if (const auto* old = object_at(message, "function_call")) {
            bj::object call{{"index", 0}, {"function", *old}};
            take_call(call, out);
        }
    }

    // A text, or parts: Mistral's thinking comes as parts that hold parts.
    void take_content(const bj::value& content, std::vector<Event>& out) {
        if (content.is_string()) return add(Event::Kind::text, text_.add(content.get_string()), out);
        const auto* parts = content.if_array();
        for (const auto& one : parts ? *parts : bj::array()) {
            const auto* part = one.if_object();
            if (!part) continue;
            if (const auto* inner = array_at(*part, "thinking")) {
                for (const auto& piece : *inner)
                    if (const auto* object = piece.if_object())
                        add(Event::Kind::thinking, thinking_.add(text_at(*object, "text")), out);
            } else if (text_at(*part, "type") == "thinking") {
                add(Event::Kind::thinking, thinking_.add(text_at(*part, "thinking")), out);
            } else {
                add(Event::Kind::text, text_.add(text_at(*part, "text")), out);
            }
        }
    }

    // A call goes on when its index is known and nothing says that another begins. Some servers leave the
    // index out, some give every call the index 0, some repeat the name in every piece.
    std::size_t call_of(const bj::object& call, std::string_view id, std::string_view name) const {
        const std::int64_t place = has_count(call, "index") ? count_at(call, "index") : -1;
        for (std::size_t i = calls_.size(); i-- > 0;) {
            const bool same_id = id.empty() || calls_[i].id == id;
            if (place >= 0 ? calls_[i].place == place && same_id : !id.empty() && calls_[i].id == id)
                return i;
        }
        return place < 0 && id.empty() && name.empty() && !calls_.empty() ? calls_.size() - 1 : calls_.size();
    }

    void take_call(const bj::object& call, std::vector<Event>& out) {
        const auto* function = object_at(call, "function");
        const auto id = text_at(call, "id");
        const auto name = function ? text_at(*function, "name") : std::string_view();
        const std::size_t at = call_of(call, id, name);
        if (at == calls_.size()) {
            if (name.empty() || calls_.size() >= calls_max) return;  // an empty call is none
            std::string own(id);
            if (own.empty()) own = "call_" + std::to_string(at) + "_" + id_;
            calls_.push_back({std::string(id), has_count(call, "index") ? count_at(call, "index") : -1, {}});
            out.push_back({.kind = Event::Kind::tool_call,
                           .index = static_cast<std::uint32_t>(at),
                           .id = std::move(own),
                           .name = std::string(name)});
        }
        const auto* arguments = function ? function->if_contains("arguments") : nullptr;
        if (!arguments || arguments->is_null()) return;
        std::string text = arguments->is_string() ? calls_[at].arguments.add(arguments->get_string())
                                                  : json::write(*arguments);
        if (!text.empty())
            out.push_back({.kind = Event::Kind::arguments,
                           .index = static_cast<std::uint32_t>(at),
                           .text = std::move(text)});
    }

    std::string id_;
    Utf8Joiner text_, thinking_, refusal_;
    std::vector<Call> calls_;
};

// Whether nothing in a chunk changes how the answer ends or what it took: most hold a word of it alone.
bool is_mere_text(std::string_view chunk) {
    if (!chunk.starts_with('{') || !chunk.ends_with('}')) return false;
    // Names at the end of a string: in the words of an answer the quote would stand behind a backslash.
    for (std::size_t at = chunk.find('"', 1); at != chunk.npos; at = chunk.find('"', at + 1)) {
        const auto before = chunk.substr(0, at);
        switch (before.back()) {
            case 'e':
                if (before.ends_with("usage")) return false;
                break;
            case 'r':
                if (before.ends_with("error")) return false;
                break;
            case 'l':
                if (before.ends_with("_call")) return false;
                break;
            case 's':
                if (before.ends_with("_calls")) return false;
                break;
            case 'n': {
                if (!before.ends_with("finish_reason")) break;
                const auto value = chunk.find_first_not_of(": ", at + 1);
                if (value == chunk.npos || !chunk.substr(value).starts_with("null")) return false;
                break;
            }
            default:
                break;
        }
    }
    return true;
}

class StreamDecoder final : public OpenAiDecoder {
public:
    explicit StreamDecoder(bool passes) : passes_(passes) {}
    Result<void> feed(std::string_view bytes, std::vector<Event>& out) override {
        return events_.feed(bytes, done_, [&](std::string_view data) { return take_event(data, out); });
    }
    Result<void> finish(std::vector<Event>& out) override {
        LARES_CHECK(events_.finish(done_, [&](std::string_view data) { return take_event(data, out); }));
        if (done_) return {};
        if (!finished_) return broken_stream("it ended in the middle");  // [DONE] alone may be missing
        unsaid_ = true;
        settle(out);
        return {};
    }
    std::size_t good() const override { return events_.good(); }
    std::string_view unsaid_end() const override { return unsaid_ ? "data: [DONE]\n\n" : ""; }

private:
    Result<void> take_event(std::string_view data, std::vector<Event>& out) {
        if (data == "[DONE]") {
            if (!begun_) return broken_stream("it holds nothing");
            settle(out);
            return {};
        }
        if (passes_ && is_mere_text(data)) {
            begun_ = true;
            return {};
        }
        const auto value = parse_foreign(data);
        if (!value || !value->is_object()) return broken_stream("an event is no JSON object");
        return take(value->get_object(), true, out);
    }
    bool passes_;
    bool unsaid_ = false;
    EventReader events_;
};

class WholeDecoder final : public OpenAiDecoder {
public:
    explicit WholeDecoder(bool passes) : passes_(passes) {}
    Result<void> feed(std::string_view bytes, std::vector<Event>&) override {
        if (body_.size() + bytes.size() > whole_bytes_max) return broken_stream("it is too large");
        body_ += bytes;
        return {};
    }
    Result<void> finish(std::vector<Event>& out) override {
        if (passes_ && take_usage_alone()) return {};
        const auto value = parse_foreign(body_);
        if (!value || !value->is_object()) return broken_stream("it is no JSON object");
        LARES_CHECK(take(value->get_object(), false, out));
        if (!array_at(value->get_object(), "choices")) return broken_stream("it has no choices");
        settle(out);
        return {};
    }
    std::size_t held() const override { return body_.size(); }

private:
    // False: there is more to look at.
    bool take_usage_alone() {
        std::string_view usage, tier;
        bool has_choices = false, is_answer = true;
        const bool plain = each_member(body_, [&](std::string_view key, std::string_view value) {
            if (key == "usage") usage = value;
            if (key == "service_tier" && value.starts_with('"')) tier = value.substr(1, value.size() - 2);
            has_choices = has_choices || (key == "choices" && value.starts_with('['));
            is_answer = is_answer && key != "error" && key != "x_groq" &&
                        (key != "object" || value == "\"chat.completion\"");
        });
        if (!plain || !has_choices || !is_answer || usage.empty()) return false;
        unsigned char first[1024];
        bj::monotonic_resource memory(first, sizeof first);
        const auto value = parse_foreign(usage, &memory);
        if (!value || !value->is_object()) return false;
        take_service(tier);
        take_usage(value->get_object());
        end_.usage_known = usage_seen_;
        begun_ = done_ = true;
        return true;
    }
    bool passes_;
    std::string body_;
};

}  // namespace

std::unique_ptr<Decoder> make_openai_stream_decoder(bool passes) {
    return std::make_unique<StreamDecoder>(passes);
}
std::unique_ptr<Decoder> make_openai_whole_decoder(bool passes) {
    return std::make_unique<WholeDecoder>(passes);
}

}  // namespace lares::gateway
