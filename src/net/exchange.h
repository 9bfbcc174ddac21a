#pragma once
// One request and its answer on one connection.
#include <memory>
#include <string>
#include <vector>

#include "net/answer_reader.h"
#include "net/client.h"
#include "net/pool.h"

namespace lares::net {

struct ExchangeLimits {
    async::SteadyTime deadline;
    async::SteadyTime expect_by;  // for the head of the answer
    async::Milliseconds idle_timeout{0};
    std::size_t body_max = 0;
};

class Exchange : public Body {
public:
    static std::unique_ptr<Exchange> start(std::shared_ptr<ConnectionPool> pool, ConnectionPool::Lease lease,
                                           std::unique_ptr<Connection> connection, ExchangeLimits limits);

    // Sends and reads the head of the answer, interim (1xx) ones left out; the text is borrowed until it
    // returns. `answered()` tells after a failure whether any byte had come back.
    virtual Task<Result<Head>> run(std::string_view request, bool head_only) = 0;
    virtual bool answered() const = 0;
    // After a failure, for another try: the room that this one held.
    virtual ConnectionPool::Lease take_lease() = 0;
};

}  // namespace lares::net
