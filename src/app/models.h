#pragma once
// Where the gateway's upstreams come from: the environment's keys and the operator's file.
#include <memory>

#include "async/clock.h"
#include "async/pool.h"
#include "config/settings.h"
#include "gateway/gateway.h"
#include "net/client.h"
#include "net/resolver.h"

namespace lares::app {

// What upstreams need of the outside; outlives the gateway.
struct Outside {
    async::SystemClock clock;
    // Long answers of providers are taken apart here; each upstream's own bound on its calls bounds what
    // waits.
    async::Pool reading{{.name = "answers", .threads = 2, .queue_max = 4096}};
    std::unique_ptr<net::Resolver> resolver;
    std::unique_ptr<net::Client> client;   // may call what the operator wrote down
    std::unique_ptr<net::Client> guarded;  // and no private address but those of OUTGOING_ALLOW
};

// Errors: bad_request "invalid-setting" naming OUTGOING_ALLOW, or GATEWAY_FILE and the field in it.
Result<void> add_upstreams(const config::Settings& settings, Outside& outside, gateway::Gateway& gateway);

}  // namespace lares::app
