#include "auth/access_keys.h"

#include <algorithm>
#include <tuple>

#include "auth/access_key_store.h"
#include "auth/access_key_text.h"
#include "base/text.h"

namespace lares::auth {
namespace {

constexpr std::size_t name_max = 100;
constexpr std::size_t models_max = 100;
constexpr std::size_t model_name_max = 200;
constexpr std::size_t tier_max = 64;
constexpr std::int64_t never_ms = INT64_MAX;
constexpr int read_tries_max = 5;  // keys are changed meanwhile

tl::unexpected<Error> key_invalid() {
    return fail(Code::unauthorized, "key-invalid", "This access key is not valid. It may have been revoked.");
}

tl::unexpected<Error> key_expired() {
    return fail(Code::unauthorized, "key-expired", "This access key has expired.");
}

tl::unexpected<Error> no_key() {
    return fail(Code::not_found, "not-found", "There is no such access key.");
}

Result<void> check(const AccessKeyRow& row, const std::vector<std::string>& models, std::int64_t now_ms) {
    if (row.name.empty() || count_code_points(row.name) > name_max)
        return invalid_field("name", "must be 1 to 100 characters");
    if (row.scopes == 0) return invalid_field("scopes", "must name at least one");
    if (models.size() > models_max) return invalid_field("models", "must be at most 100");
    for (const auto& model : models)
        if (model.empty() || model.size() > model_name_max)
            return invalid_field("models", "must be names of 1 to 200 bytes");
    if (row.tier.size() > tier_max) return invalid_field("tier", "must be at most 64 bytes");
    if (row.budget_micros && *row.budget_micros < 0)
        return invalid_field("budget_micros", "must not be negative");
    if (row.expires_ms && *row.expires_ms <= now_ms) return invalid_field("expires", "must be in the future");
    return {};
}

AuditEntry audit(IdSource& ids, std::int64_t now_ms, std::string_view kind, UserId owner, AccessKeyId id,
                 std::string address) {
    return {ids.next(now_ms), now_ms, owner, kind, id.value, std::move(address), ""};
}

Identity identity_of(const PresentedKeyRow& row, std::string mac) {
    Identity out;
    out.user_id = row.owner;
    out.role = row.role;
    out.expires_ms = row.expires_ms.value_or(never_ms);
    if (row.is_previous != 0) out.expires_ms = std::min(out.expires_ms, *row.previous_until_ms);
    out.key = std::make_shared<const KeyGrant>(KeyGrant{row.id, static_cast<Scopes>(row.scopes),
                                                        models_of_text(row.models), row.tier,
                                                        row.budget_micros, std::move(mac)});
    return out;
}

}  // namespace

AccessKeys::AccessKeys(db::Database& database, async::Clock& clock, IdSource& ids,
                       const SecretText& server_secret)
    : database_(database), clock_(clock), ids_(ids), mac_key_(access_key_mac_key(server_secret)) {}

Task<Result<ShownAccessKey>> AccessKeys::create(UserId owner, NewAccessKey wanted, std::string address) {
    const std::int64_t now_ms = clock_.unix_ms();
    SecretText text = make_access_key();
    AccessKeyRow row{ids_.make<AccessKeyId>(now_ms),
                     owner,
                     std::move(wanted.name),
                     text.reveal().substr(0, access_key_shown),
                     {access_key_mac(mac_key_, text.reveal())},
                     {},
                     {},
                     wanted.scopes,
                     models_to_text(wanted.models),
                     std::move(wanted.tier),
                     wanted.budget_micros,
                     now_ms,
                     now_ms,
                     wanted.expires_ms,
                     {}};
    LARES_CO_CHECK(check(row, wanted.models, now_ms));
    const AuditEntry entry = audit(ids_, now_ms, "access-key-created", owner, row.id, std::move(address));
    LARES_CO_CHECK(co_await database_.write([row, entry](db::Tx& tx) -> Result<void> {
        LARES_TRY(const auto others, access_keys_of(tx, row.owner));
        if (others.size() >= keys_of_account_max)
            return fail(Code::conflict, "too-many-keys",
                        "This account has 100 access keys already. Delete one first.");
        LARES_CHECK(insert_access_key(tx, row));
        return append_audit(tx, entry);
    }));
    co_return ShownAccessKey{row.key(now_ms), std::move(text)};
}

Task<Result<std::vector<AccessKey>>> AccessKeys::list(UserId owner) {
    LARES_CO_TRY(const auto rows, co_await database_.read(
                                      [owner](db::Reader& reader) { return access_keys_of(reader, owner); }));
    std::vector<AccessKey> out;
    for (const auto& row : rows) out.push_back(row.key(clock_.unix_ms()));
    co_return out;
}

Task<Result<AccessKey>> AccessKeys::get(UserId owner, AccessKeyId id) {
    LARES_CO_TRY(const auto row, co_await database_.read([owner, id](db::Reader& reader) {
        return find_access_key(reader, owner, id);
    }));
    if (!row) co_return no_key();
    co_return row->key(clock_.unix_ms());
}

Task<Result<AccessKey>> AccessKeys::change(UserId owner, AccessKeyId id, AccessKeyChange wanted,
                                           std::string address, std::optional<UserId> by) {
    const std::int64_t now_ms = clock_.unix_ms();
    const AuditEntry entry =
        audit(ids_, now_ms, "access-key-changed", by.value_or(owner), id, std::move(address));
    struct Outcome {
        AccessKeyRow row;
        bool only_named = false;
    };
    auto done = co_await database_.write([owner, id, wanted, entry, now_ms](db::Tx& tx) -> Result<Outcome> {
        LARES_TRY(auto found, find_access_key(tx, owner, id));
        if (!found) return no_key();
        const AccessKeyRow before = *found;
        if (wanted.name) found->name = *wanted.name;
        if (wanted.scopes) found->scopes = *wanted.scopes;
        if (wanted.models) found->models = models_to_text(*wanted.models);
        if (wanted.tier) found->tier = *wanted.tier;
        if (wanted.budget_micros) found->budget_micros = wanted.budget_micros;
        if (wanted.no_budget) found->budget_micros.reset();
        const auto expired = found->expires_ms;
        if (wanted.expires_ms) found->expires_ms = wanted.expires_ms;
        if (found->expires_ms == 0) found->expires_ms.reset();
        AccessKeyRow judged = *found;  // one that has expired may still be renamed
        if (judged.expires_ms == expired) judged.expires_ms = {};
        LARES_CHECK(check(judged, wanted.models.value_or(std::vector<std::string>()), now_ms));
        LARES_CHECK(update_access_key(tx, *found));
        LARES_CHECK(append_audit(tx, entry));
        const auto granted = [](const AccessKeyRow& row) {
            return std::tie(row.scopes, row.models, row.tier, row.budget_micros, row.expires_ms);
        };
        return Outcome{*found, granted(*found) == granted(before)};
    });
    if (!done) co_return fail(std::move(done).error());
    if (!done->only_named) forget(id);
    co_return done->row.key(now_ms);
}

Task<Result<void>> AccessKeys::remove(UserId owner, AccessKeyId id, std::string address) {
    const AuditEntry entry =
        audit(ids_, clock_.unix_ms(), "access-key-revoked", owner, id, std::move(address));
    LARES_CO_CHECK(co_await database_.write([owner, id, entry](db::Tx& tx) -> Result<void> {
        LARES_TRY(const bool was_there, delete_access_key(tx, owner, id));
        if (!was_there) return no_key();
        return append_audit(tx, entry);
    }));
    forget(id);
    co_return Result<void>();
}

Task<Result<ShownAccessKey>> AccessKeys::rotate(UserId owner, AccessKeyId id, std::int64_t grace_ms,
                                                std::string address) {
    if (grace_ms < 0 || grace_ms > grace_max_ms)
        co_return invalid_field("grace_s", "must be 0 to 2592000 (30 days)");
    const std::int64_t now_ms = clock_.unix_ms();
    SecretText text = make_access_key();
    const db::Blob mac{access_key_mac(mac_key_, text.reveal())};
    const AuditEntry entry = audit(ids_, now_ms, "access-key-rotated", owner, id, std::move(address));
    auto row = co_await database_.write(
        [owner, id, mac, entry, now_ms, grace_ms,
         prefix = text.reveal().substr(0, access_key_shown)](db::Tx& tx) -> Result<AccessKeyRow> {
            LARES_TRY(auto found, find_access_key(tx, owner, id));
            if (!found) return no_key();
            if (grace_ms > 0) {
                found->previous_mac = found->mac;
                found->previous_until_ms = now_ms + grace_ms;
            } else {
                found->previous_mac = std::nullopt;
                found->previous_until_ms = std::nullopt;
            }
            found->mac = mac;
            found->prefix = prefix;
            found->rotated_ms = now_ms;
            LARES_CHECK(update_access_key(tx, *found));
            LARES_CHECK(append_audit(tx, entry));
            return *found;
        });
    if (!row) co_return fail(std::move(row).error());
    forget(id, row->previous_mac ? Grace{row->previous_mac->bytes, *row->previous_until_ms} : Grace{});
    co_return ShownAccessKey{row->key(now_ms), std::move(text)};
}

// Asked anew at the next presentation; what is open with these texts ends.
void AccessKeys::forget(AccessKeyId id, const Grace& grace) {
    std::lock_guard lock(mutex_);
    ++changes_;
    if (const auto goes_on = by_mac_.find(grace.mac); goes_on != by_mac_.end()) {
        auto& expires_ms = goes_on->second.identity.expires_ms;
        expires_ms = std::min(expires_ms, grace.until_ms);
    }
    std::erase_if(by_mac_, [&](const auto& each) {
        return each.second.identity.key->id == id && each.first != grace.mac;
    });
}

// False: keys were changed since `before`, so what was read may be old.
bool AccessKeys::remember(Identity& identity, std::uint64_t before) {
    std::lock_guard lock(mutex_);
    if (changes_ != before) return false;
    const std::string mac = identity.key->mac;  // of its own: that key may be let go of below
    if (const auto known = by_mac_.find(mac); known != by_mac_.end()) {
        // What grants the same is the same object: by that still_valid tells.
        if (*known->second.identity.key == *identity.key) identity.key = known->second.identity.key;
    } else if (by_mac_.size() >= remembered_max) {
        by_mac_.erase(by_mac_.begin());
    }
    by_mac_[mac] = {identity, clock_.steady()};
    return true;
}

Result<Identity> AccessKeys::judged(const Identity& identity) const {
    if (identity.expires_ms <= clock_.unix_ms()) return key_expired();
    return identity;
}

std::optional<Result<Identity>> AccessKeys::verify_now(std::string_view text) {
    if (text.size() != access_key_size) return Result<Identity>(key_invalid());
    const std::string mac = access_key_mac(mac_key_, text);
    {
        std::lock_guard lock(mutex_);
        const auto known = by_mac_.find(mac);
        if (known != by_mac_.end() && clock_.steady() - known->second.loaded < async::Milliseconds(fresh_ms))
            return judged(known->second.identity);
    }
    // Its check digits spare the database a question; of a key that is known they were right.
    if (!is_access_key(text)) return Result<Identity>(key_invalid());
    return std::nullopt;
}

Task<Result<Identity>> AccessKeys::verify(std::string text) {
    if (auto known = verify_now(text)) co_return std::move(*known);
    const db::Blob mac{access_key_mac(mac_key_, text)};
    wipe(text);
    const auto changes_now = [this] {
        std::lock_guard lock(mutex_);
        return changes_;
    };
    for (int tries = 1; tries <= read_tries_max; ++tries) {
        const std::uint64_t before = changes_now();
        LARES_CO_TRY(const auto row, co_await database_.read([mac](db::Reader& reader) {
            return find_presented_key(reader, mac);
        }));
        const std::int64_t now_ms = clock_.unix_ms();
        if (!row || row->state != AccountState::active) co_return key_invalid();
        if (row->is_previous != 0 && row->previous_until_ms.value_or(0) <= now_ms) co_return key_invalid();
        Identity identity = identity_of(*row, mac.bytes);
        LARES_CO_CHECK(judged(identity));
        if (!remember(identity, before)) continue;
        if (now_ms - row->last_used_ms.value_or(0) >= used_every_ms)
            // Of no use to the caller when it fails: a disk that is full does not turn a reader away.
            (void)co_await database_.write(
                [id = row->id, now_ms](db::Tx& tx) { return note_access_key_use(tx, id, now_ms); });
        co_return identity;
    }
    co_return fail(
        {Code::unavailable, "busy", "Access keys are being changed. Try again in a moment.", {}, {}, 1000});
}

bool AccessKeys::still_valid(const Identity& identity) const {
    if (!identity.key) return false;
    std::lock_guard lock(mutex_);
    const auto known = by_mac_.find(identity.key->mac);
    return known != by_mac_.end() && known->second.identity.key == identity.key &&
           known->second.identity.expires_ms > clock_.unix_ms();
}

}  // namespace lares::auth
