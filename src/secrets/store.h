#pragma once
// The SQL of secrets.
#include <optional>
#include <string>
#include <vector>

#include "db/tx.h"
#include "secrets/model.h"

namespace lares::secrets {

struct ProviderKeyRow {
    ProviderKeyId id;
    OwnerId owner;
    std::string provider;
    std::string name;
    std::string mask;
    std::string token;
    std::string endpoint;
    std::string audience;
    std::int64_t weight;
    std::int64_t enabled;
    std::int64_t created_ms;
    std::int64_t rotated_ms;
    std::optional<std::int64_t> last_used_ms;
    std::int64_t calls;
    std::int64_t errors;
    std::int64_t tokens;
    std::int64_t cost_micros;

    ProviderKey key() const;
};

// What calls added to a key since it was last written down.
struct KeyUse {
    std::int64_t calls = 0, errors = 0, tokens = 0, cost_micros = 0, last_used_ms = 0;
};

struct SealedRow {
    ProviderKeyId id;
    OwnerId owner;
    std::string token;
};

Result<void> insert_key(db::Tx& tx, const ProviderKeyRow& row);
Result<std::optional<ProviderKeyRow>> find_key(db::Reader& reader, OwnerId owner, ProviderKeyId id);
Result<std::vector<ProviderKeyRow>> keys_of(db::Reader& reader, OwnerId owner);
Result<std::vector<ProviderKeyRow>> keys_for(db::Reader& reader, OwnerId owner, const std::string& provider);
Result<void> update_key(db::Tx& tx, const ProviderKeyRow& row);  // all but the counts
Result<bool> delete_key(db::Tx& tx, OwnerId owner, ProviderKeyId id);
Result<void> add_use(db::Tx& tx, ProviderKeyId id, const KeyUse& use);

// For the rotation of the vault's own keys: everybody's, in the order of ids, behind `after`.
Result<std::vector<SealedRow>> sealed_after(db::Reader& reader, const std::optional<ProviderKeyId>& after,
                                            std::int64_t limit);
Result<void> reseal(db::Tx& tx, const SealedRow& row, const std::string& token);  // unless it changed since

}  // namespace lares::secrets
