#include "limits/rates.h"

#include <algorithm>

namespace lares::limits {
namespace {

constexpr std::string_view default_tier = "default";

Rate requests_of(const Allowance& one) {
    return {static_cast<double>(one.requests_per_minute),
            one.burst > 0 ? one.burst : one.requests_per_minute};
}
Rate tokens_of(const Allowance& one) {
    return {static_cast<double>(one.tokens_per_minute), one.tokens_per_minute};
}

struct OfTier {
    const Tier* tier = nullptr;
    bool of_key = false;  // an admin gave it to the key, which then has buckets of its own
};

OfTier tier_of(const Rules& rules, const Asking& asking) {
    const auto named = [&](std::string_view name) -> const Tier* {
        const auto found = rules.tiers.find(std::string(name));
        return found == rules.tiers.end() ? nullptr : &found->second;
    };
    if (!asking.tier.empty())
        if (const auto* tier = named(asking.tier)) return {tier, !asking.key.empty()};
    if (const auto found = rules.people.find(asking.person); found != rules.people.end())
        if (const auto* tier = named(found->second)) return {tier};
    return {named(default_tier)};
}

// The one that leaves the least of itself.
void tighten(Meter& meter, const Meter& other) {
    const bool first = meter.limit == 0;
    if (first || other.remaining * meter.limit < meter.remaining * other.limit) meter = other;
}

}  // namespace

Rates::Holder Rates::person(const Asking& asking) {
    return {"person ", asking.person};
}

Rates::Holder Rates::holder(const Asking& asking, bool of_key) {
    return of_key ? Holder{"key ", asking.key} : person(asking);
}

void Rates::add(Limits& out, const Allowance& one, const Kind& kind, const Holder& holder,
                std::string_view what) {
    Limit limit{false, kind.requests, holder.word, holder.id, {}, what, requests_of(one)};
    if (!holder.word.empty() && !what.empty()) limit.gap = " ";
    if (one.requests_per_minute > 0) out.push_back(limit);
    limit.tokens = true;
    limit.kind = kind.tokens;
    limit.rate = tokens_of(one);
    if (one.tokens_per_minute > 0) out.push_back(limit);
}

void Rates::set(Rules rules, std::int64_t version) {
    const bool models = !rules.models.empty() || std::ranges::any_of(rules.tiers, [](const auto& tier) {
        return !tier.second.models.empty();
    });
    auto next = std::make_shared<const Rules>(std::move(rules));
    std::lock_guard lock(mutex_);
    if (version < version_) return;
    version_ = version;
    limits_models_ = models;
    rules_ = std::move(next);
}

std::shared_ptr<const Rules> Rates::rules() const {
    std::lock_guard lock(mutex_);
    return rules_;
}

Rates::Limits Rates::of(const Asking& asking) const {
    Limits out;
    const auto rules = this->rules();
    add_models(out, *rules, asking, std::span(&asking.model, 1));
    if (const auto [tier, of_key] = tier_of(*rules, asking); tier)
        add(out, *tier, {"tier requests", "tier tokens"}, holder(asking, of_key), {});
    if (const auto found = rules->routes.find(asking.route); found != rules->routes.end())
        add(out, found->second, {"route requests", "route tokens"}, person(asking), asking.route);
    return out;
}

Rates::Limits Rates::of_models(const Asking& asking, std::span<const std::string> models) const {
    Limits out;
    add_models(out, *rules(), asking, models);
    return out;
}

void Rates::add_models(Limits& out, const Rules& rules, const Asking& asking,
                       std::span<const std::string> models) const {
    if (!limits_models_) return;
    const auto [tier, of_key] = tier_of(rules, asking);
    for (const auto& model : models) {
        if (tier)
            if (const auto found = tier->models.find(model); found != tier->models.end())
                add(out, found->second, {"tier model requests", "tier model tokens"}, holder(asking, of_key),
                    model);
        if (const auto found = rules.models.find(model); found != rules.models.end())
            add(out, found->second, {"model requests", "model tokens"}, {}, model);
    }
}

Verdict Rates::take(const Asking& asking) {
    return take_all(of(asking), asking.tokens);
}

Verdict Rates::take_models(const Asking& asking, const std::vector<std::string>& models) {
    return take_all(of_models(asking, models), asking.tokens);
}

Verdict Rates::take_all(const Limits& limits, std::uint32_t tokens) {
    Verdict verdict;
    for (std::size_t i = 0; i < limits.size(); ++i) {
        const auto& limit = limits[i];
        const auto weight = limit.tokens ? tokens : 1U;
        const auto decision = gcra_.take(limit.key(), limit.rate, weight);
        tighten(limit.tokens ? verdict.tokens : verdict.requests,
                {limit.rate.burst, decision.remaining, decision.reset_ms});
        if (decision.allowed) continue;
        verdict.allowed = false;
        verdict.by_tokens = limit.tokens;
        verdict.retry_after_ms = decision.retry_after_ms;
        for (std::size_t taken = 0; taken < i; ++taken)
            gcra_.give_back(limits[taken].key(), limits[taken].rate, limits[taken].tokens ? tokens : 1U);
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

void Rates::put_right_all(const Limits& limits, std::uint32_t estimated, std::uint64_t tokens) {
    for (const auto& limit : limits) {
        if (!limit.tokens) continue;
        // More than a burst was taken as one.
        const auto most = static_cast<std::uint64_t>(limit.rate.burst);
        const auto taken = static_cast<std::uint32_t>(std::min<std::uint64_t>(estimated, most));
        const auto used = static_cast<std::uint32_t>(std::min<std::uint64_t>(tokens, 2 * most));
        if (used < taken)
            gcra_.give_back(limit.key(), limit.rate, taken - used);
        else
            gcra_.charge(limit.key(), limit.rate, used - taken);
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
