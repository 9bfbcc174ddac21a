#include "secrets/store.h"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "json/json.h"

namespace lares::secrets {
namespace {

constexpr std::int64_t rows_shown_max = 1000;  // ProviderKeys keeps an owner far below

template <class T, class Parse>
std::vector<T> list_of(const boost::json::object& object, std::string_view name, Parse parse) {
    std::vector<T> out;
    const auto* value = object.if_contains(name);
    if (!value || !value->is_array()) return out;
    for (const auto& item : value->get_array()) {
        if (!item.is_string()) continue;
        if (auto one = parse(std::string_view(item.get_string().data(), item.get_string().size())))
            out.push_back(std::move(*one));
    }
    return out;
}

template <class T>
bool limits(const std::vector<T>& list, const T& one) {
    return !list.empty() && std::ranges::find(list, one) == list.end();
}

}  // namespace

bool KeyAudience::admits(const Asker& asker) const {
    if (limits(roles, asker.role) || limits(tiers, asker.tier) || limits(people, asker.user)) return false;
    return spaces.empty() || (asker.space && !limits(spaces, *asker.space));
}

std::string KeyAudience::text() const {
    boost::json::object out;
    if (!roles.empty()) out["roles"] = json::to_value(roles);
    if (!tiers.empty()) out["tiers"] = json::to_value(tiers);
    if (!people.empty()) out["people"] = json::to_value(people);
    if (!spaces.empty()) out["spaces"] = json::to_value(spaces);
    return json::write(boost::json::value(std::move(out)));
}

KeyAudience KeyAudience::parse(const std::string& text) {
    const auto value = json::parse_value(text);
    KeyAudience out;
    if (!value || !value->is_object()) return out;
    const auto& object = value->get_object();
    const auto as_text = [](std::string_view one) { return std::optional(std::string(one)); };
    out.roles = list_of<std::string>(object, "roles", as_text);
    out.tiers = list_of<std::string>(object, "tiers", as_text);
    out.people = list_of<UserId>(object, "people", [](std::string_view one) { return UserId::parse(one); });
    out.spaces = list_of<Uuid>(object, "spaces", [](std::string_view one) { return Uuid::parse(one); });
    return out;
}

ProviderKey ProviderKeyRow::key() const {
    return {.id = id,
            .tier = owner == pool_owner ? KeyTier::pool : KeyTier::user,
            .provider = provider,
            .name = name,
            .mask = mask,
            .endpoint = endpoint,
            .audience = KeyAudience::parse(audience),
            .weight = weight,
            .enabled = enabled != 0,
            .created_ms = created_ms,
            .rotated_ms = rotated_ms,
            .last_used_ms = last_used_ms,
            .benched_ms = 0,
            .calls = calls,
            .errors = errors,
            .tokens = tokens,
            .cost_micros = cost_micros};
}

Result<void> insert_key(db::Tx& tx, const ProviderKeyRow& row) {
    LARES_CHECK(tx.run(
        "INSERT INTO provider_keys (id, owner, provider, name, mask, token, endpoint, audience, weight, "
        "enabled, created, rotated, last_used, calls, errors, tokens, cost) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, NULL, 0, 0, 0, 0)",
        row.id, row.owner, row.provider, row.name, row.mask, row.token, row.endpoint, row.audience,
        row.weight, row.enabled, row.created_ms, row.rotated_ms));
    return {};
}

Result<std::optional<ProviderKeyRow>> find_key(db::Reader& reader, OwnerId owner, ProviderKeyId id) {
    return reader.one<ProviderKeyRow>(
        "SELECT id, owner, provider, name, mask, token, endpoint, audience, weight, enabled, created, "
        "rotated, "
        "last_used, calls, errors, tokens, cost FROM provider_keys WHERE owner = ?1 AND id = ?2",
        owner, id);
}

Result<std::vector<ProviderKeyRow>> keys_of(db::Reader& reader, OwnerId owner) {
    return reader.rows<ProviderKeyRow>(
        "SELECT id, owner, provider, name, mask, token, endpoint, audience, weight, enabled, created, "
        "rotated, "
        "last_used, calls, errors, tokens, cost FROM provider_keys WHERE owner = ?1 ORDER BY id DESC LIMIT "
        "?2",
        owner, rows_shown_max);
}

Result<std::vector<ProviderKeyRow>> keys_for(db::Reader& reader, OwnerId owner, const std::string& provider) {
    return reader.rows<ProviderKeyRow>(
        "SELECT id, owner, provider, name, mask, token, endpoint, audience, weight, enabled, created, "
        "rotated, "
        "last_used, calls, errors, tokens, cost FROM provider_keys "
        "WHERE owner = ?1 AND provider = ?2 AND enabled = 1 ORDER BY id DESC LIMIT ?3",
        owner, provider, rows_shown_max);
}

Result<void> update_key(db::Tx& tx, const ProviderKeyRow& row) {
    LARES_CHECK(
        tx.run("UPDATE provider_keys SET name = ?3, mask = ?4, token = ?5, audience = ?6, weight = ?7, "
               "enabled = ?8, rotated = ?9, endpoint = ?10 WHERE owner = ?1 AND id = ?2",
               row.owner, row.id, row.name, row.mask, row.token, row.audience, row.weight, row.enabled,
               row.rotated_ms, row.endpoint));
    return {};
}

Result<bool> delete_key(db::Tx& tx, OwnerId owner, ProviderKeyId id) {
    LARES_TRY(const auto changed,
              tx.run("DELETE FROM provider_keys WHERE owner = ?1 AND id = ?2", owner, id));
    return changed > 0;
}

Result<void> add_use(db::Tx& tx, ProviderKeyId id, const KeyUse& use) {
    LARES_CHECK(
        tx.run("UPDATE provider_keys SET calls = calls + ?2, errors = errors + ?3, tokens = tokens + ?4, "
               "cost = cost + "
               "?5, last_used = max(coalesce(last_used, 0), ?6) WHERE id = ?1",
               id, use.calls, use.errors, use.tokens, use.cost_micros, use.last_used_ms));
    return {};
}

Result<std::vector<SealedRow>> sealed_after(db::Reader& reader, const std::optional<ProviderKeyId>& after,
                                            std::int64_t limit) {
    return reader.rows<SealedRow>(
        "SELECT id, owner, token FROM provider_keys WHERE ?1 IS NULL OR id > ?1 "
        "ORDER BY id LIMIT ?2",
        after, limit);
}

Result<void> reseal(db::Tx& tx, const SealedRow& row, const std::string& token) {
    LARES_CHECK(
        tx.run("UPDATE provider_keys SET token = ?3 WHERE id = ?1 AND token = ?2", row.id, row.token, token));
    return {};
}

}  // namespace lares::secrets
