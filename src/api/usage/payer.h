#pragma once
// Whom a program's call of a model is booked on.
#include <string>

#include "api/caller.h"
#include "gateway/model.h"

namespace lares::api {

inline gateway::Payer payer_of(const Caller& caller, std::string route) {
    gateway::Payer payer;
    payer.person = caller.user_id.text();
    payer.route = std::move(route);
    payer.role = auth::to_text(caller.role);
    if (caller.key) {
        payer.key = caller.key->id.text();
        payer.key_budget_micros = caller.key->budget_micros;
        payer.tier = caller.key->tier;
        payer.models = {caller.key, &caller.key->models};
    }
    return payer;
}

}  // namespace lares::api
