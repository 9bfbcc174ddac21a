#pragma once
// Rows of the ledger as CSV (RFC 4180).
#include <string>

#include "gateway/usage/row.h"

namespace lares::api {

std::string usage_csv_head();
std::string usage_csv_line(const gateway::UsageRow& row);

}  // namespace lares::api
