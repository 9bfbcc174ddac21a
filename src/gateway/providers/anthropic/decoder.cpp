#include "gateway/providers/anthropic/decoder.h"

#include <algorithm>

#include "gateway/foreign.h"
#include "gateway/providers/event_reader.h"
#include "json/write.h"

namespace lares::gateway {

namespace bj = boost::json;

namespace {

constexpr std::size_t whole_bytes_max = 32 * 1024 * 1024;

class AnthropicDecoder : public Decoder {
protected:
    using Kind = Event::Kind;

    static void add(Kind kind, std::string text, std::vector<Event>& out) {
        if (!text.empty()) out.push_back({.kind = kind, .text = std::move(text)});
    }

    void take_start(const bj::object& message, std::vector<Event>& out) {
        out.push_back({.kind = Kind::start,
                       .id = std::string(text_at(message, "id")),
                       .name = std::string(text_at(message, "model"))});
        if (const auto* usage = object_at(message, "usage")) take_usage(*usage);
    }

    // Here the prompt leaves out what came from a cache or went into one; in the model it is all of it.
    void take_usage(const bj::object& usage) {
        if (has_count(usage, "input_tokens")) input_ = count_at(usage, "input_tokens");
        if (has_count(usage, "cache_read_input_tokens"))
            end_.usage.reused = count_at(usage, "cache_read_input_tokens");
        if (has_count(usage, "cache_creation_input_tokens"))
            end_.usage.cache_write = count_at(usage, "cache_creation_input_tokens");
        if (const auto* written = object_at(usage, "cache_creation"))
            end_.usage.cache_write_1h = count_at(*written, "ephemeral_1h_input_tokens");
        if (const auto* made = object_at(usage, "server_tool_use"))
            end_.usage.searches = count_at(*made, "web_search_requests");
        if (const auto tier = text_at(usage, "service_tier"); !tier.empty())
            end_.usage.service = service_of(tier);
        if (has_count(usage, "output_tokens")) end_.usage.completion = count_at(usage, "output_tokens");
        usage_seen_ = usage_seen_ || has_count(usage, "output_tokens");
        end_.usage.prompt = static_cast<std::uint32_t>(std::min<std::uint64_t>(
            std::uint64_t{input_} + end_.usage.reused + end_.usage.cache_write, UINT32_MAX));
    }

    void take_stop(const bj::object& from) {
        const auto reason = text_at(from, "stop_reason");
        if (reason.empty()) return;
        stopped_ = true;
        end_.stop_sequence = text_at(from, "stop_sequence");
        end_.finish = reason == "max_tokens" || reason == "model_context_window_exceeded"
                          ? FinishReason::length
                      : reason == "tool_use"   ? FinishReason::tool_calls
                      : reason == "refusal"    ? FinishReason::content_filter
                      : reason == "pause_turn" ? FinishReason::paused
                                               : FinishReason::stop;
    }

    // A block as it begins, or all of it.
    void take_block(const bj::object& block, std::vector<Event>& out) {
        const auto type = text_at(block, "type");
        call_open_ = false;
        if (type == "text") {
            add(Kind::text, text_.add(text_at(block, "text")), out);
        } else if (type == "thinking") {
            add(Kind::thinking, text_.add(text_at(block, "thinking")), out);
            add(Kind::signature, std::string(text_at(block, "signature")), out);
        } else if (type == "redacted_thinking") {
            add(Kind::redacted_thinking, std::string(text_at(block, "data")), out);
        } else if (type == "tool_use" && calls_ < calls_max) {
            call_open_ = true;
            call_said_ = false;
            out.push_back({.kind = Kind::tool_call,
                           .index = calls_++,
                           .id = std::string(text_at(block, "id")),
                           .name = std::string(text_at(block, "name"))});
            if (const auto* input = object_at(block, "input"); input && !input->empty()) {
                call_said_ = true;
                out.push_back(
                    {.kind = Kind::arguments, .index = calls_ - 1, .text = json::write(bj::value(*input))});
            }
        }
    }

    void end_block(std::vector<Event>& out, Kind kind) {
        if (kind != Kind::arguments) {
            add(kind, text_.rest(), out);
        } else if (auto rest = text_.rest(); call_open_ && !rest.empty()) {
            out.push_back({.kind = Kind::arguments, .index = calls_ - 1, .text = std::move(rest)});
        }
        // A call without arguments has the arguments {}.
        if (std::exchange(call_open_, false) && !call_said_)
            out.push_back({.kind = Kind::arguments, .index = calls_ - 1, .text = "{}"});
    }

    Utf8Joiner text_;
    std::uint32_t calls_ = 0, input_ = 0;
    bool call_open_ = false, call_said_ = false, stopped_ = false, usage_seen_ = false;
};

class StreamDecoder final : public AnthropicDecoder {
public:
    Result<void> feed(std::string_view bytes, std::vector<Event>& out) override {
        return events_.feed(bytes, done_, [&](std::string_view data) { return take_event(data, out); });
    }
    Result<void> finish(std::vector<Event>& out) override {
        LARES_CHECK(events_.finish(done_, [&](std::string_view data) { return take_event(data, out); }));
        if (done_) return {};
        if (!stopped_) return broken_stream("it ended in the middle");
        unsaid_ = true;
        settle(out);
        return {};
    }
    std::size_t good() const override { return events_.good(); }
    std::string_view unsaid_end() const override {
        return unsaid_ ? "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n" : "";
    }

private:
    void settle(std::vector<Event>& out) {
        end_block(out, kind_);
        end_.usage_known = usage_seen_;
        done_ = true;
    }

    Result<void> take_event(std::string_view data, std::vector<Event>& out) {
        const auto value = parse_foreign(data);
        if (!value || !value->is_object()) return broken_stream("an event is no JSON object");
        const auto& event = value->get_object();
        const auto type = text_at(event, "type");
        if (type == "message_start") {
            if (const auto* message = object_at(event, "message")) take_start(*message, out);
        } else if (type == "content_block_start") {
            end_block(out, kind_);  // where a stop was left out
            if (const auto* block = object_at(event, "content_block")) {
                const auto kind = text_at(*block, "type");
                kind_ = kind == "thinking"   ? Kind::thinking
                        : kind == "tool_use" ? Kind::arguments
                                             : Kind::text;
                take_block(*block, out);
            }
        } else if (type == "content_block_delta") {
            if (const auto* delta = object_at(event, "delta")) take_delta(*delta, out);
        } else if (type == "content_block_stop") {
            end_block(out, kind_);
        } else if (type == "message_delta") {
            if (const auto* delta = object_at(event, "delta")) take_stop(*delta);
            if (const auto* usage = object_at(event, "usage")) take_usage(*usage);
        } else if (type == "message_stop") {
            settle(out);
        } else if (type == "error") {
            const auto* error = object_at(event, "error");
            return fail(
                stream_error(error ? text_at(*error, "type") : "", error ? text_at(*error, "message") : ""));
        }
        return {};  // ping, and what may come to be
    }

    void take_delta(const bj::object& delta, std::vector<Event>& out) {
        const auto type = text_at(delta, "type");
        if (type == "text_delta") {
            add(Kind::text, text_.add(text_at(delta, "text")), out);
        } else if (type == "thinking_delta") {
            add(Kind::thinking, text_.add(text_at(delta, "thinking")), out);
        } else if (type == "signature_delta") {
            add(Kind::thinking, text_.rest(), out);
            add(Kind::signature, std::string(text_at(delta, "signature")), out);
        } else if (type == "input_json_delta" && call_open_) {
            auto text = text_.add(text_at(delta, "partial_json"));
            if (text.empty()) return;
            call_said_ = true;
            out.push_back({.kind = Kind::arguments, .index = calls_ - 1, .text = std::move(text)});
        }
    }

    EventReader events_;
    Kind kind_ = Kind::text;
    bool unsaid_ = false;  // the message is whole, its last event did not come
};

class WholeDecoder final : public AnthropicDecoder {
public:
    Result<void> feed(std::string_view bytes, std::vector<Event>&) override {
        if (body_.size() + bytes.size() > whole_bytes_max) return broken_stream("it is too large");
        body_ += bytes;
        return {};
    }
    Result<void> finish(std::vector<Event>& out) override {
        const auto value = parse_foreign(body_);
        if (!value || !value->is_object()) return broken_stream("it is no JSON object");
        const auto& message = value->get_object();
        const auto* content = array_at(message, "content");
        if (!content) return broken_stream("it has no content");
        take_start(message, out);
        for (const auto& one : *content)
            if (const auto* block = one.if_object()) {
                take_block(*block, out);
                end_block(out, text_at(*block, "type") == "thinking" ? Kind::thinking : Kind::text);
            }
        take_stop(message);
        end_.usage_known = usage_seen_;
        done_ = true;
        return {};
    }
    std::size_t held() const override { return body_.size(); }

private:
    std::string body_;
};

}  // namespace

std::unique_ptr<Decoder> make_anthropic_stream_decoder() {
    return std::make_unique<StreamDecoder>();
}
std::unique_ptr<Decoder> make_anthropic_whole_decoder() {
    return std::make_unique<WholeDecoder>();
}

}  // namespace lares::gateway
