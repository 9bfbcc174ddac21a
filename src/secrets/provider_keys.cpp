#include "secrets/provider_keys.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <unordered_map>

#include "base/text.h"
#include "secrets/formats.h"
#include "secrets/store.h"

namespace lares::secrets {
namespace {

constexpr std::size_t name_max = 100;
constexpr std::int64_t weight_max = 100;
constexpr std::size_t audience_max = 1000;
constexpr std::int64_t reseal_at_once = 500;

tl::unexpected<Error> no_key() {
    return fail(Code::not_found, "not-found", "There is no such key.");
}

Result<void> check_row(const ProviderKeyRow& row, const KeyAudience& audience) {
    if (row.name.empty() || count_code_points(row.name) > name_max)
        return invalid_field("name", "must be 1 to 100 characters");
    if (row.weight < 1 || row.weight > weight_max) return invalid_field("weight", "must be 1 to 100");
    for (const std::size_t size :
         {audience.roles.size(), audience.tiers.size(), audience.people.size(), audience.spaces.size()})
        if (size > audience_max) return invalid_field("audience", "must be lists of at most 1000");
    return {};
}

// 403 is of a request that the key may not make: it is good for others.
bool benches(unsigned status) {
    return status == 0 || status == 401 || status == 429 || status >= 500;
}

// Weighted rendezvous hashing (Thaler and Ravishankar): the same key as long as it is there, and each as
// often as it weighs.
double place_of(const std::string& stick, const ProviderKeyId& id, std::int64_t weight) {
    std::uint64_t hash = std::hash<std::string>{}(stick + id.text());
    hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdULL;
    hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53ULL;
    const double uniform = (static_cast<double>((hash ^ (hash >> 33)) >> 11) + 0.5) / 9007199254740992.0;
    return -static_cast<double>(weight) / std::log(uniform);
}

}  // namespace

struct ProviderKeys::State {
    State(db::Database& db, Vault given, async::Clock& time, IdSource& id_source, Options set)
        : database(db), vault(std::move(given)), clock(time), ids(id_source), options(std::move(set)) {}

    struct Usable {
        Credential credential;
        KeyAudience audience;
        std::int64_t weight = 1;
    };
    struct Known {
        std::vector<Usable> keys;
        async::SteadyTime loaded;
    };
    struct Health {
        async::SteadyTime benched_until{};
        int failures = 0;
        double share = 0;  // calls, each divided by the key's weight
        KeyUse unwritten;
    };

    db::Database& database;
    Vault vault;
    async::Clock& clock;
    IdSource& ids;
    Options options;

    std::mutex mutex;
    std::uint64_t changes = 0;                     // made here: what was read before one is not remembered
    std::unordered_map<std::string, Known> known;  // by owner and provider
    std::unordered_map<ProviderKeyId, Health> health;

    static std::string place(OwnerId owner, const std::string& provider) { return owner.text() + provider; }

    void changed(OwnerId owner, const std::string& provider) {
        std::lock_guard lock(mutex);
        ++changes;
        known.erase(place(owner, provider));
    }

    // A key that cannot be read is left out: another may do.
    std::vector<Usable> opened(const std::vector<ProviderKeyRow>& rows) const {
        std::vector<Usable> out;
        for (const auto& row : rows) {
            auto key = vault.unseal(row.owner, row.id.value, row.token);
            if (!key) continue;
            out.push_back({{.tier = row.owner == pool_owner ? KeyTier::pool : KeyTier::user,
                            .id = row.id,
                            .provider = row.provider,
                            .key = std::move(*key),
                            .endpoint = row.endpoint,
                            .label = row.name},
                           KeyAudience::parse(row.audience),
                           row.weight});
        }
        return out;
    }

    Task<Result<std::vector<Usable>>> usable(OwnerId owner, std::string provider) {
        const std::string where = place(owner, provider);
        std::uint64_t before = 0;
        {
            std::lock_guard lock(mutex);
            const auto found = known.find(where);
            if (found != known.end() && clock.steady() - found->second.loaded < async::Milliseconds(fresh_ms))
                co_return found->second.keys;
            before = changes;
        }
        LARES_CO_TRY(const auto rows, co_await database.read([owner, provider](db::Reader& reader) {
            return keys_for(reader, owner, provider);
        }));
        auto keys = opened(rows);
        std::lock_guard lock(mutex);
        if (changes == before) {
            if (known.size() >= remembered_max) known.erase(known.begin());
            known[where] = {keys, clock.steady()};
        }
        co_return keys;
    }

    // Those that do not rest: the one that the conversation had, then the least used for their weight.
    void choose(std::vector<Usable> keys, const Asker& asker, const std::string& stick,
                std::vector<Credential>& out, std::optional<std::int64_t>& wait_ms) {
        std::lock_guard lock(mutex);
        const auto now = clock.steady();
        std::erase_if(keys, [&](const Usable& key) {
            if (key.credential.tier == KeyTier::pool && !key.audience.admits(asker)) return true;
            const auto found = health.find(*key.credential.id);
            if (found == health.end() || found->second.benched_until <= now) return false;
            const std::int64_t rest =
                std::chrono::duration_cast<async::Milliseconds>(found->second.benched_until - now).count() +
                1;
            wait_ms = std::min(wait_ms.value_or(rest), rest);
            return true;
        });
        if (keys.empty()) return;
        const auto share = [this](const Usable& key) {
            const auto found = health.find(*key.credential.id);
            return found == health.end() ? 0.0 : found->second.share;
        };
        std::ranges::sort(keys, {}, share);
        if (!stick.empty()) {
            const auto own = std::ranges::max_element(
                keys, {}, [&](const Usable& key) { return place_of(stick, *key.credential.id, key.weight); });
            std::rotate(keys.begin(), own, own + 1);
        }
        // A key that is new begins where the others are, or it would get every call for a while.
        const double least = share(keys.back()) > 0 ? share(*std::ranges::min_element(keys, {}, share)) : 0;
        Health& first = health[*keys.front().credential.id];
        first.share = std::max(first.share, least) + 1.0 / static_cast<double>(keys.front().weight);
        for (auto& key : keys) out.push_back(std::move(key.credential));
    }

    // What the old text did, or the old server, says nothing of the new one.
    void rested(ProviderKeyId id) {
        std::lock_guard lock(mutex);
        auto& of_key = health[id];
        of_key.failures = 0;
        of_key.benched_until = {};
    }

    // Or whoever has somebody's session for a moment could have the key sent to them.
    Result<void> move_key(ProviderKeyRow& row, const std::string& endpoint,
                          const std::optional<SecretText>& given, std::int64_t now_ms) const {
        SecretText key;
        if (given) {
            key = *given;
        } else {
            LARES_TRY(key, vault.unseal(row.owner, row.id.value, row.token));
            if (!key.reveal().empty() && !same_server(row.provider, row.endpoint, endpoint))
                return invalid_field("key",
                                     "must be given again: a key goes to no server but the one that "
                                     "it was given for");
        }
        LARES_CHECK(check_key(row.provider, key.reveal(), endpoint));
        row.endpoint = endpoint;
        if (!given) return {};
        LARES_TRY(row.token, vault.seal(row.owner, row.id.value, key, now_ms / 1000));
        row.mask = mask_of(key.reveal());
        row.rotated_ms = now_ms;
        return {};
    }

    ProviderKey shown(const ProviderKeyRow& row) {
        ProviderKey key = row.key();
        std::lock_guard lock(mutex);
        const auto found = health.find(row.id);
        if (found == health.end()) return key;
        const auto rest =
            std::chrono::duration_cast<async::Milliseconds>(found->second.benched_until - clock.steady());
        key.benched_ms = std::max<std::int64_t>(0, rest.count());
        key.calls += found->second.unwritten.calls;
        key.errors += found->second.unwritten.errors;
        key.tokens += found->second.unwritten.tokens;
        key.cost_micros += found->second.unwritten.cost_micros;
        if (found->second.unwritten.last_used_ms > 0) key.last_used_ms = found->second.unwritten.last_used_ms;
        return key;
    }
};

ProviderKeys::ProviderKeys(db::Database& database, Vault vault, async::Clock& clock, IdSource& ids,
                           Options options)
    : state_(std::make_unique<State>(database, std::move(vault), clock, ids, std::move(options))) {}

ProviderKeys::~ProviderKeys() = default;

Task<Result<std::vector<Credential>>> ProviderKeys::resolve(Asker asker, std::string provider,
                                                            std::string stick) {
    State& state = *state_;
    std::vector<Credential> out;
    std::optional<std::int64_t> wait_ms;
    LARES_CO_TRY(auto own, co_await state.usable(asker.user, provider));
    // Also while that server rests: the question is not sent elsewhere then.
    const bool alone =
        std::any_of(own.begin(), own.end(), [](const auto& key) { return !key.credential.endpoint.empty(); });
    state.choose(std::move(own), asker, stick, out, wait_ms);
    if (alone) {
        for (auto& credential : out) credential.alone = true;
        if (!out.empty()) co_return out;
    } else {
        LARES_CO_TRY(auto pool, co_await state.usable(pool_owner, provider));
        state.choose(std::move(pool), asker, stick, out, wait_ms);
        const auto standard = state.options.environment.find(provider);
        if (standard != state.options.environment.end())
            out.push_back({.tier = KeyTier::environment,
                           .id = {},
                           .provider = provider,
                           .key = standard->second.key,
                           .endpoint = standard->second.endpoint,
                           .label = "environment"});
    }
    if (!out.empty()) co_return out;
    if (wait_ms) {
        Error error{Code::unavailable,
                    alone ? own_server_rests : "provider-keys-benched",
                    "Every key for " + provider + " rests after failures. Try again in a moment.",
                    {},
                    {},
                    wait_ms};
        co_return fail(std::move(error));
    }
    co_return fail(Code::unprocessable, "no-provider-key",
                   "There is no key for " + provider + ". Add one under Provider keys.", "provider");
}

void ProviderKeys::report(const Credential& used, const CallReport& report) {
    if (!used.id) return;
    State& state = *state_;
    std::lock_guard lock(state.mutex);
    auto& health = state.health[*used.id];
    const bool failed = benches(report.status);
    health.unwritten.calls += 1;
    health.unwritten.errors += failed || report.status >= 400 ? 1 : 0;
    health.unwritten.tokens += report.tokens;
    health.unwritten.cost_micros += report.cost_micros;
    health.unwritten.last_used_ms = state.clock.unix_ms();
    if (!failed) {
        health.failures = 0;
        health.benched_until = {};
        return;
    }
    // Calls that began before it rested may fail while it does: they are the same failure.
    const auto now = state.clock.steady();
    const bool rests = now < health.benched_until;
    if (rests && !report.retry_after_ms) return;
    const int doublings = std::min(rests ? health.failures : health.failures++, 20);
    std::int64_t rest_ms = std::min(bench_max_ms, bench_first_ms << doublings);
    if (report.retry_after_ms) rest_ms = std::clamp<std::int64_t>(*report.retry_after_ms, 1, bench_max_ms);
    health.benched_until = std::max(health.benched_until, now + async::Milliseconds(rest_ms));
}

Task<Result<void>> ProviderKeys::flush() {
    State& state = *state_;
    std::vector<std::pair<ProviderKeyId, KeyUse>> uses;
    {
        std::lock_guard lock(state.mutex);
        for (auto& [id, health] : state.health)
            if (health.unwritten.calls > 0) uses.emplace_back(id, std::exchange(health.unwritten, {}));
    }
    if (uses.empty()) co_return Result<void>();
    auto written = co_await state.database.write([uses](db::Tx& tx) -> Result<void> {
        for (const auto& [id, use] : uses) LARES_CHECK(add_use(tx, id, use));
        return {};
    });
    if (written) co_return written;
    std::lock_guard lock(state.mutex);  // the next flush tries again
    for (const auto& [id, use] : uses) {
        KeyUse& kept = state.health[id].unwritten;
        kept.calls += use.calls;
        kept.errors += use.errors;
        kept.tokens += use.tokens;
        kept.cost_micros += use.cost_micros;
        kept.last_used_ms = std::max(kept.last_used_ms, use.last_used_ms);
    }
    co_return written;
}

Task<Result<ProviderKey>> ProviderKeys::add(OwnerId owner, NewProviderKey wanted) {
    State& state = *state_;
    LARES_CO_CHECK(check_key(wanted.provider, wanted.key.reveal(), wanted.endpoint));
    const std::int64_t now_ms = state.clock.unix_ms();
    ProviderKeyRow row{.id = state.ids.make<ProviderKeyId>(now_ms),
                       .owner = owner,
                       .provider = wanted.provider,
                       .name = std::move(wanted.name),
                       .mask = mask_of(wanted.key.reveal()),
                       .token = {},
                       .endpoint = std::move(wanted.endpoint),
                       .audience = wanted.audience.text(),
                       .weight = wanted.weight,
                       .enabled = 1,
                       .created_ms = now_ms,
                       .rotated_ms = now_ms,
                       .last_used_ms = {},
                       .calls = 0,
                       .errors = 0,
                       .tokens = 0,
                       .cost_micros = 0};
    LARES_CO_CHECK(check_row(row, wanted.audience));
    LARES_CO_TRY(row.token, state.vault.seal(owner, row.id.value, wanted.key, now_ms / 1000));
    LARES_CO_CHECK(co_await state.database.write([row](db::Tx& tx) -> Result<void> {
        LARES_TRY(const auto others, keys_of(tx, row.owner));
        if (others.size() >= keys_of_owner_max)
            return fail(Code::conflict, "too-many-keys", "There are 100 keys already. Delete one first.");
        return insert_key(tx, row);
    }));
    state.changed(owner, row.provider);
    co_return row.key();
}

Task<Result<std::vector<ProviderKey>>> ProviderKeys::list(OwnerId owner) {
    LARES_CO_TRY(const auto rows, co_await state_->database.read(
                                      [owner](db::Reader& reader) { return keys_of(reader, owner); }));
    std::vector<ProviderKey> out;
    for (const auto& row : rows) out.push_back(state_->shown(row));
    co_return out;
}

Task<Result<ProviderKey>> ProviderKeys::get(OwnerId owner, ProviderKeyId id) {
    LARES_CO_TRY(const auto row, co_await state_->database.read([owner, id](db::Reader& reader) {
        return find_key(reader, owner, id);
    }));
    if (!row) co_return no_key();
    co_return state_->shown(*row);
}

Task<Result<ProviderKey>> ProviderKeys::change(OwnerId owner, ProviderKeyId id, ProviderKeyChange wanted) {
    State& state = *state_;
    const std::int64_t now_ms = state.clock.unix_ms();
    if (wanted.key && !wanted.endpoint)
        co_return invalid_field("key", "must stand beside endpoint; alone it is replaced");
    auto row = co_await state.database.write(
        [owner, id, wanted, now_ms, &state](db::Tx& tx) -> Result<ProviderKeyRow> {
            LARES_TRY(auto found, find_key(tx, owner, id));
            if (!found) return no_key();
            if (wanted.name) found->name = *wanted.name;
            if (wanted.endpoint) LARES_CHECK(state.move_key(*found, *wanted.endpoint, wanted.key, now_ms));
            if (wanted.audience) found->audience = wanted.audience->text();
            if (wanted.weight) found->weight = *wanted.weight;
            if (wanted.enabled) found->enabled = *wanted.enabled ? 1 : 0;
            LARES_CHECK(check_row(*found, wanted.audience.value_or(KeyAudience())));
            LARES_CHECK(update_key(tx, *found));
            return *found;
        });
    if (!row) co_return fail(std::move(row).error());
    if (wanted.endpoint) state.rested(id);
    state.changed(owner, row->provider);
    co_return state.shown(*row);
}

Task<Result<void>> ProviderKeys::remove(OwnerId owner, ProviderKeyId id) {
    auto provider = co_await state_->database.write([owner, id](db::Tx& tx) -> Result<std::string> {
        LARES_TRY(const auto found, find_key(tx, owner, id));
        if (!found) return no_key();
        LARES_CHECK(delete_key(tx, owner, id));
        return found->provider;
    });
    if (!provider) co_return fail(std::move(provider).error());
    state_->changed(owner, *provider);
    co_return Result<void>();
}

Task<Result<ProviderKey>> ProviderKeys::replace(OwnerId owner, ProviderKeyId id, SecretText key) {
    State& state = *state_;
    const std::int64_t now_ms = state.clock.unix_ms();
    LARES_CO_TRY(const auto sealed, state.vault.seal(owner, id.value, key, now_ms / 1000));
    auto row =
        co_await state.database.write([owner, id, sealed, key, now_ms](db::Tx& tx) -> Result<ProviderKeyRow> {
            LARES_TRY(auto found, find_key(tx, owner, id));
            if (!found) return no_key();
            LARES_CHECK(check_key(found->provider, key.reveal(), found->endpoint));
            found->token = sealed;
            found->mask = mask_of(key.reveal());
            found->rotated_ms = now_ms;
            LARES_CHECK(update_key(tx, *found));
            return *found;
        });
    if (!row) co_return fail(std::move(row).error());
    state.rested(id);
    state.changed(owner, row->provider);
    co_return state.shown(*row);
}

Result<Rotated> rotate_vault(db::Database& database, const Vault& vault, async::Clock& clock) {
    constexpr std::size_t named_max = 100;
    Rotated out;
    for (std::optional<ProviderKeyId> after;;) {
        LARES_TRY(const auto rows, database.read_blocking([&after](db::Reader& reader) {
            return sealed_after(reader, after, reseal_at_once);
        }));
        if (rows.empty()) return out;
        after = rows.back().id;
        std::vector<std::pair<SealedRow, std::string>> fresh;
        for (const auto& row : rows) {
            if (vault.is_current(row.token)) continue;
            const auto key = vault.unseal(row.owner, row.id.value, row.token);
            if (!key) {
                ++out.unreadable;
                if (out.named.size() < named_max) out.named.emplace_back(row.owner, row.id);
                continue;
            }
            LARES_TRY(auto token, vault.seal(row.owner, row.id.value, *key, clock.unix_ms() / 1000));
            fresh.emplace_back(row, std::move(token));
        }
        if (fresh.empty()) continue;
        LARES_CHECK(database.write_blocking([&fresh](db::Tx& tx) -> Result<void> {
            for (const auto& [row, token] : fresh) LARES_CHECK(reseal(tx, row, token));
            return {};
        }));
        out.done += fresh.size();
    }
}

}  // namespace lares::secrets
