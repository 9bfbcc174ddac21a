#include "limits/rates.h"

#include <algorithm>

namespace lares::limits {
namespace {

constexpr std::string_view default_tier = "default";
constexpr std::size_t likely_limits = 4;  // requests and tokens, of a model and of a tier

Rate requests_of(const Allowance& one) {
    return {static_cast<double>(one.requests_per_minute),
            one.burst > 0 ? one.burst : one.requests_per_minute};
}
Rate tokens_of(const Allowance& one) {
    return {static_cast<double>(one.tokens_per_minute), one.tokens_per_minute};
}

const Tier* tier_of(const Rules& rules, const Asking& asking) {
    const auto named = [&](std::string_view name) -> const Tier* {
        const auto found = rules.tiers.find(std::string(name));
        return found == rules.tiers.end() ? nullptr : &found->second;
    };
    if (!asking.tier.empty())
        if (const auto* tier = named(asking.tier)) return tier;
    if (const auto found = rules.people.find(asking.person); found != rules.people.end())
        if (const auto* tier = named(found->second)) return tier;
    return named(default_tier);
}

std::string caller_of(const Asking& asking) {
    return asking.key.empty() ? "person " + asking.person : "key " + asking.key;
}

// The one that leaves the least of itself.
void tighten(Meter& meter, const Meter& other) {
    const bool first = meter.limit == 0;
    if (first || other.remaining * meter.limit < meter.remaining * other.limit) meter = other;
}

}  // namespace

void Rates::add(std::vector<Limit>& out, const Allowance& one, const std::string& kind,
                const std::string& key) {
    if (one.requests_per_minute > 0) out.push_back({false, kind + " requests", key, requests_of(one)});
    if (one.tokens_per_minute > 0) out.push_back({true, kind + " tokens", key, tokens_of(one)});
}

void Rates::set(Rules rules) {
    limits_models_ = !rules.models.empty() || std::ranges::any_of(rules.tiers, [](const auto& tier) {
        return !tier.second.models.empty();
    });
    auto next = std::make_shared<const Rules>(std::move(rules));
    std::lock_guard lock(mutex_);
    rules_ = std::move(next);
}

std::shared_ptr<const Rules> Rates::rules() const {
    std::lock_guard lock(mutex_);
    return rules_;
}

std::vector<Rates::Limit> Rates::of(const Asking& asking) const {
    auto out = of_models(asking, {asking.model});
    const auto rules = this->rules();
    const auto caller = caller_of(asking);
    if (const auto* tier = tier_of(*rules, asking)) add(out, *tier, "tier", caller);
    if (const auto found = rules->routes.find(asking.route); found != rules->routes.end())
        add(out, found->second, "route", caller + " " + asking.route);
    return out;
}

std::vector<Rates::Limit> Rates::of_models(const Asking& asking,
                                           const std::vector<std::string>& models) const {
    const auto rules = this->rules();
    const auto* tier = tier_of(*rules, asking);
    std::vector<Limit> out;
    out.reserve(likely_limits);
    for (const auto& model : models) {
        if (tier)
            if (const auto found = tier->models.find(model); found != tier->models.end())
                add(out, found->second, "tier model", caller_of(asking) + " " + model);
        if (const auto found = rules->models.find(model); found != rules->models.end())
            add(out, found->second, "model", model);
    }
    return out;
}

Verdict Rates::take(const Asking& asking) {
    return take_all(of(asking), asking.tokens);
}

Verdict Rates::take_models(const Asking& asking, const std::vector<std::string>& models) {
    return take_all(of_models(asking, models), asking.tokens);
}

Verdict Rates::take_all(const std::vector<Limit>& limits, std::uint32_t tokens) {
    Verdict verdict;
    for (std::size_t i = 0; i < limits.size(); ++i) {
        const auto& limit = limits[i];
        const auto weight = limit.tokens ? tokens : 1U;
        const auto decision = gcra_.take(limit.kind, limit.key, limit.rate, weight);
        tighten(limit.tokens ? verdict.tokens : verdict.requests,
                {limit.rate.burst, decision.remaining, decision.reset_ms});
        if (decision.allowed) continue;
        verdict.allowed = false;
        verdict.by_tokens = limit.tokens;
        verdict.retry_after_ms = decision.retry_after_ms;
        for (std::size_t taken = 0; taken < i; ++taken)
            gcra_.give_back(limits[taken].kind, limits[taken].key, limits[taken].rate,
                            limits[taken].tokens ? tokens : 1U);
        return verdict;
    }
    return verdict;
}

void Rates::put_right(const Asking& asking, std::uint64_t tokens) {
    put_right_all(of(asking), asking.tokens, tokens);
}

void Rates::put_right_models(const Asking& asking, const std::vector<std::string>& models,
                             std::uint64_t tokens) {
    put_right_all(of_models(asking, models), asking.tokens, tokens);
}

void Rates::put_right_all(const std::vector<Limit>& limits, std::uint32_t estimated, std::uint64_t tokens) {
    for (const auto& limit : limits) {
        if (!limit.tokens) continue;
        // More than a burst was taken as one.
        const auto most = static_cast<std::uint64_t>(limit.rate.burst);
        const auto taken = static_cast<std::uint32_t>(std::min<std::uint64_t>(estimated, most));
        const auto used = static_cast<std::uint32_t>(std::min<std::uint64_t>(tokens, 2 * most));
        if (used < taken)
            gcra_.give_back(limit.kind, limit.key, limit.rate, taken - used);
        else
            gcra_.charge(limit.kind, limit.key, limit.rate, used - taken);
    }
}

tl::unexpected<Error> refusal(const Verdict& verdict) {
    const std::string wait = std::to_string((verdict.retry_after_ms + 999) / 1000);
    Error error{Code::rate_limited,
                verdict.by_tokens ? "too-many-tokens" : "too-many-requests",
                std::string(verdict.by_tokens ? "Too many tokens" : "Too many requests") +
                    " in a short time. Try again in " + wait + " s.",
                {},
                {},
                verdict.retry_after_ms};
    return fail(std::move(error));
}

}  // namespace lares::limits
