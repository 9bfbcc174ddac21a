// POST /v1/completions, the older form: a prompt, no roles. A chat model gets it as what the user says.
#include "gateway/dialects/openai/common.h"
#include "gateway/dialects/openai/openai.h"
#include "gateway/foreign.h"
#include "json/write.h"

namespace lares::gateway::openai {

namespace bj = boost::json;

namespace {

bj::object head(const Stamp& stamp) {
    return {{"id", "cmpl-" + stamp.id},
            {"object", "text_completion"},
            {"created", stamp.unix_ms / 1000},
            {"model", json::text_value(stamp.model)}};
}

bj::object choice(std::string_view text, bj::value finish) {
    return {{"text", json::text_value(text)},
            {"index", 0},
            {"logprobs", nullptr},
            {"finish_reason", std::move(finish)}};
}

// Only its words: this form has no place for the rest.
class CompletionEncoder final : public StreamEncoder {
public:
    CompletionEncoder(Stamp stamp, bool with_usage) : stamp_(std::move(stamp)), with_usage_(with_usage) {}
    std::string event(const Event& event) override {
        if (event.kind != Event::Kind::text && event.kind != Event::Kind::refusal) return {};
        return chunk(event.text, nullptr);
    }
    std::string close(const ChatEnd& end) override {
        std::string out = chunk("", json::text_value(finish_name(end.finish)));
        if (with_usage_) {
            auto last = head(stamp_);
            last["choices"] = bj::array();
            last["usage"] = usage_json(end.usage);
            out += sse({}, json::write(bj::value(std::move(last))));
        }
        return out + "data: [DONE]\n\n";
    }
    std::string failed(const Error& error) override { return sse({}, refusal(error).json); }

private:
    std::string chunk(std::string_view text, bj::value finish) const {
        auto out = head(stamp_);
        out["choices"] = bj::array{choice(text, std::move(finish))};
        if (with_usage_) out["usage"] = nullptr;
        return sse({}, json::write(bj::value(std::move(out))));
    }
    Stamp stamp_;
    bool with_usage_;
};

class Completions final : public Endpoint {
public:
    Result<Asked> parse(const bj::object& body) const override {
        std::optional<Error> error;
        Fields fields(body, {}, error);
        Asked asked;
        read_common(fields, asked);
        const auto* prompt = fields.find("prompt");
        ChatMessage message;
        if (prompt && prompt->is_string())
            message.content = std::string_view(prompt->get_string());
        else if (prompt && prompt->is_array() && prompt->get_array().size() == 1 &&
                 prompt->get_array()[0].is_string())
            message.content = std::string_view(prompt->get_array()[0].get_string());
        else
            fields.refuse("prompt", "must be a string, or an array of one string");
        asked.request.messages.push_back(std::move(message));
        asked.request.max_tokens = fields.count("max_tokens", 1);
        if (!asked.request.max_tokens) asked.request.max_tokens = 16;  // as the original does
        if (error) return fail(std::move(*error));
        return asked;
    }
    std::string whole(const Asked&, const Stamp& stamp, const Answer& answer) const override {
        auto out = head(stamp);
        out["choices"] =
            bj::array{choice(plain_text(answer.parts), json::text_value(finish_name(answer.end.finish)))};
        out["usage"] = usage_json(answer.end.usage);
        return json::write(bj::value(std::move(out)));
    }
    std::unique_ptr<StreamEncoder> stream(const Asked& asked, const Stamp& stamp) const override {
        return std::make_unique<CompletionEncoder>(stamp, asked.request.usage_asked);
    }
};

}  // namespace

const Endpoint& completions() {
    static const Completions endpoint;
    return endpoint;
}

}  // namespace lares::gateway::openai
