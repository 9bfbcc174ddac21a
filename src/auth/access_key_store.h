#pragma once
// The SQL of access keys.
#include <optional>
#include <string>
#include <vector>

#include "auth/access_keys.h"
#include "auth/store.h"

namespace lares::auth {

struct AccessKeyRow {
    AccessKeyId id;
    UserId owner;
    std::string name;
    std::string prefix;
    db::Blob mac;
    std::optional<db::Blob> previous_mac;
    std::optional<std::int64_t> previous_until_ms;
    std::int64_t scopes;
    std::string models;  // a JSON list
    std::string tier;
    std::optional<std::int64_t> budget_micros;
    std::int64_t created_ms;
    std::int64_t rotated_ms;
    std::optional<std::int64_t> expires_ms;
    std::optional<std::int64_t> last_used_ms;

    AccessKey key(std::int64_t now_ms) const;
};

struct PresentedKeyRow {
    AccessKeyId id;
    UserId owner;
    std::int64_t scopes;
    std::string models;
    std::string tier;
    std::optional<std::int64_t> budget_micros;
    std::optional<std::int64_t> expires_ms;
    std::optional<std::int64_t> last_used_ms;
    std::int64_t is_previous;
    std::optional<std::int64_t> previous_until_ms;
    Role role;
    AccountState state;
};

Result<void> insert_access_key(db::Tx& tx, const AccessKeyRow& row);
Result<std::optional<AccessKeyRow>> find_access_key(db::Reader& reader, UserId owner, AccessKeyId id);
Result<std::vector<AccessKeyRow>> access_keys_of(db::Reader& reader, UserId owner);
Result<void> update_access_key(db::Tx& tx, const AccessKeyRow& row);
Result<bool> delete_access_key(db::Tx& tx, UserId owner, AccessKeyId id);
Result<void> note_access_key_use(db::Tx& tx, AccessKeyId id, std::int64_t now_ms);
// By what a caller presents, which is what says whose it is: the one query here without an owner.
Result<std::optional<PresentedKeyRow>> find_presented_key(db::Reader& reader, const db::Blob& mac);

std::string models_to_text(const std::vector<std::string>& models);
std::vector<std::string> models_of_text(const std::string& text);

}  // namespace lares::auth
