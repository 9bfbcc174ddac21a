#include "api/usage/admit.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>

#include "gateway/trace.h"
#include "gateway/usage/estimate.h"

namespace lares::api {
namespace {

constexpr std::size_t lines_likely = 512;      // bytes of an answer's head, when limits are told
constexpr std::uint32_t answer_tokens = 1024;  // likely, where nobody said how long it may be

class Hold final : public gateway::TokenHold {
public:
    Hold(limits::Rates& rates, limits::Asking asking) : rates_(rates), asking_(std::move(asking)) {}
    ~Hold() override {
        rates_.put_right(asking_, spent_);
        if (!models_.empty()) rates_.put_right_models(asking_, models_, spent_);
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    void spent(std::uint64_t tokens) override { spent_ += tokens; }
    // Limits may name a model with its provider or without; what the caller named was taken from before.
    Result<void> asks(const std::string& model) override {
        if (!rates_.limits_models()) return {};
        std::vector<std::string> names;
        const auto add = [&](const std::string& name) {
            if (name != asking_.model && std::ranges::find(models_, name) == models_.end())
                names.push_back(name);
        };
        add(model);
        if (const auto slash = model.find('/'); slash != std::string::npos) add(model.substr(slash + 1));
        const auto verdict = rates_.take_models(asking_, names);
        if (!verdict.allowed) return limits::refusal(verdict);
        models_.insert(models_.end(), names.begin(), names.end());
        return {};
    }

private:
    limits::Rates& rates_;
    limits::Asking asking_;
    std::vector<std::string> models_;  // behind the name that was asked for, taken from as well
    std::atomic<std::uint64_t> spent_ = 0;
};

std::string seconds(std::int64_t ms) {
    return std::to_string((ms + 999) / 1000);
}

// "6m0s", "1s", "120ms", as OpenAI writes it.
std::string go_duration(std::int64_t ms) {
    if (ms < 1000) return std::to_string(ms) + "ms";
    const std::int64_t all = (ms + 999) / 1000;
    if (all < 60) return std::to_string(all) + "s";
    return std::to_string(all / 60) + "m" + std::to_string(all % 60) + "s";
}

std::string rfc3339(std::int64_t in_ms) {
    using namespace std::chrono;
    const auto at = floor<std::chrono::seconds>(system_clock::now() + milliseconds(in_ms + 999));
    const auto day = floor<days>(at);
    const year_month_day date(day);
    const hh_mm_ss time(at - day);
    char text[40];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()));
    return text;
}

enum class Names : std::uint8_t { ours, openai, anthropic };

Names names_of(const http::RequestHead& head) {
    if (head.path.starts_with("/v1/messages")) return Names::anthropic;
    if (!head.path.starts_with("/v1/")) return Names::ours;
    return head.has("anthropic-version") ? Names::anthropic : Names::openai;
}

void add_line(std::string& lines, std::initializer_list<std::string_view> name, std::string_view value) {
    for (const auto part : name) lines += part;
    lines.append(": ").append(value).append("\r\n");
}

void tell(std::string& lines, Names names, const limits::Meter& meter, std::string_view what) {
    if (meter.limit == 0) return;
    const auto limit = std::to_string(meter.limit), remaining = std::to_string(meter.remaining);
    if (names == Names::openai) {
        add_line(lines, {"x-ratelimit-limit-", what}, limit);
        add_line(lines, {"x-ratelimit-remaining-", what}, remaining);
        add_line(lines, {"x-ratelimit-reset-", what}, go_duration(meter.reset_ms));
    } else if (names == Names::anthropic) {
        add_line(lines, {"anthropic-ratelimit-", what, "-limit"}, limit);
        add_line(lines, {"anthropic-ratelimit-", what, "-remaining"}, remaining);
        add_line(lines, {"anthropic-ratelimit-", what, "-reset"}, rfc3339(meter.reset_ms));
    }
}

// The fields of draft-ietf-httpapi-ratelimit-headers-03: of what is the tighter of both.
void tell(std::string& lines, const limits::Verdict& verdict) {
    const auto& requests = verdict.requests;
    const auto& tokens = verdict.tokens;
    const bool by_tokens =
        verdict.allowed ? tokens.limit > 0 && (requests.limit == 0 || tokens.remaining * requests.limit <
                                                                          requests.remaining * tokens.limit)
                        : verdict.by_tokens;
    const auto& tighter = by_tokens ? tokens : requests;
    if (tighter.limit == 0) return;
    add_line(lines, {"ratelimit-limit"}, std::to_string(tighter.limit));
    add_line(lines, {"ratelimit-remaining"}, std::to_string(tighter.remaining));
    add_line(lines, {"ratelimit-reset"}, seconds(tighter.reset_ms));
}

// call: who asks, to be told how much is left; null: nobody.
Result<void> take(limits::Rates& rates, http::Call* call, gateway::Payer& payer, const std::string& model,
                  std::uint64_t tokens) {
    limits::Asking asking{
        payer.person, payer.key, payer.tier,
        payer.route,  model,     static_cast<std::uint32_t>(std::min<std::uint64_t>(tokens, UINT32_MAX))};
    const auto verdict = rates.take(asking);
    if (call && !call->note()) {
        const auto trace = std::make_shared<gateway::Trace>();
        trace->asked = model;
        call->set_note(trace);
    }
    if (call) {
        auto& lines = call->head_lines();
        lines.reserve(lines_likely);
        const auto names = names_of(call->head());
        tell(lines, verdict);
        tell(lines, names, verdict.requests, "requests");
        tell(lines, names, verdict.tokens, "tokens");
    }
    if (!verdict.allowed) return limits::refusal(verdict);
    if (verdict.tokens.limit > 0 || rates.limits_models())
        payer.hold = std::make_shared<Hold>(rates, std::move(asking));
    return {};
}

std::uint64_t likely_tokens_of(const gateway::ChatRequest& request) {
    std::size_t bytes = 0;
    for (const auto& message : request.messages) bytes += message.content.size();
    for (const auto& tool : request.tools) bytes += tool.description.size() + tool.schema.size();
    return static_cast<std::uint64_t>(gateway::likely_tokens(bytes)) +
           request.max_tokens.value_or(answer_tokens);
}

}  // namespace

Result<void> admit(limits::Rates& rates, http::Call& call, gateway::ChatRequest& request) {
    return take(rates, &call, request.payer, request.model, likely_tokens_of(request));
}

Result<void> admit(limits::Rates& rates, gateway::ChatRequest& request) {
    return take(rates, nullptr, request.payer, request.model, likely_tokens_of(request));
}

Result<void> admit(limits::Rates& rates, http::Call& call, gateway::EmbedRequest& request) {
    std::uint64_t tokens = 0;
    for (const auto& input : request.inputs) {
        if (const auto* text = std::get_if<std::string>(&input))
            tokens += gateway::likely_tokens(text->size());
        else
            tokens += std::get<std::vector<std::int32_t>>(input).size();
    }
    return take(rates, &call, request.payer, request.model, tokens);
}

}  // namespace lares::api
