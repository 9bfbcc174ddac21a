#include "auth/access_key_store.h"

#include "json/json.h"

namespace lares::auth {
namespace {

constexpr std::int64_t keys_shown_max = 1000;  // AccessKeys keeps an account far below

}  // namespace

std::string models_to_text(const std::vector<std::string>& models) {
    return json::write(models);
}

std::vector<std::string> models_of_text(const std::string& text) {
    std::vector<std::string> out;
    const auto value = json::parse_value(text);
    if (!value || !value->is_array()) return out;
    for (const auto& item : value->get_array())
        if (item.is_string()) out.emplace_back(item.get_string().data(), item.get_string().size());
    return out;
}

AccessKey AccessKeyRow::key(std::int64_t now_ms) const {
    AccessKey out{id,
                  name,
                  prefix,
                  static_cast<Scopes>(scopes),
                  models_of_text(models),
                  tier,
                  budget_micros,
                  created_ms,
                  rotated_ms,
                  expires_ms,
                  last_used_ms,
                  {}};
    if (previous_mac && previous_until_ms && *previous_until_ms > now_ms) out.grace_ms = previous_until_ms;
    return out;
}

Result<void> insert_access_key(db::Tx& tx, const AccessKeyRow& row) {
    LARES_CHECK(
        tx.run("INSERT INTO access_keys (id, owner, name, prefix, mac, previous_mac, previous_until, scopes, "
               "models, tier, budget, created, rotated, expires, last_used) "
               "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
               row.id, row.owner, row.name, row.prefix, row.mac, row.previous_mac, row.previous_until_ms,
               row.scopes, row.models, row.tier, row.budget_micros, row.created_ms, row.rotated_ms,
               row.expires_ms, row.last_used_ms));
    return {};
}

Result<std::optional<AccessKeyRow>> find_access_key(db::Reader& reader, UserId owner, AccessKeyId id) {
    return reader.one<AccessKeyRow>(
        "SELECT id, owner, name, prefix, mac, previous_mac, previous_until, scopes, models, tier, budget, "
        "created, rotated, expires, last_used FROM access_keys WHERE owner = ?1 AND id = ?2",
        owner, id);
}

Result<std::vector<AccessKeyRow>> access_keys_of(db::Reader& reader, UserId owner) {
    return reader.rows<AccessKeyRow>(
        "SELECT id, owner, name, prefix, mac, previous_mac, previous_until, scopes, models, tier, budget, "
        "created, rotated, expires, last_used FROM access_keys WHERE owner = ?1 ORDER BY id DESC LIMIT ?2",
        owner, keys_shown_max);
}

Result<void> update_access_key(db::Tx& tx, const AccessKeyRow& row) {
    LARES_CHECK(tx.run(
        "UPDATE access_keys SET name = ?3, prefix = ?4, mac = ?5, previous_mac = ?6, previous_until = ?7, "
        "scopes = ?8, models = ?9, tier = ?10, budget = ?11, rotated = ?12, expires = ?13 "
        "WHERE owner = ?1 AND id = ?2",
        row.owner, row.id, row.name, row.prefix, row.mac, row.previous_mac, row.previous_until_ms, row.scopes,
        row.models, row.tier, row.budget_micros, row.rotated_ms, row.expires_ms));
    return {};
}

Result<bool> delete_access_key(db::Tx& tx, UserId owner, AccessKeyId id) {
    LARES_TRY(const auto changed, tx.run("DELETE FROM access_keys WHERE owner = ?1 AND id = ?2", owner, id));
    return changed > 0;
}

Result<void> note_access_key_use(db::Tx& tx, AccessKeyId id, std::int64_t now_ms) {
    LARES_CHECK(tx.run("UPDATE access_keys SET last_used = ?2 WHERE id = ?1 AND coalesce(last_used, 0) < ?2",
                       id, now_ms));
    return {};
}

Result<std::optional<PresentedKeyRow>> find_presented_key(db::Reader& reader, const db::Blob& mac) {
    return reader.one<PresentedKeyRow>(
        "SELECT k.id, k.owner, k.scopes, k.models, k.tier, k.budget, k.expires, k.last_used, k.mac <> ?1, "
        "k.previous_until, u.role, u.state FROM access_keys k JOIN users u ON u.id = k.owner "
        "WHERE k.mac = ?1 OR k.previous_mac = ?1",
        mac);
}

}  // namespace lares::auth
