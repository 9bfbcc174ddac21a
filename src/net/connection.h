#pragma once
// One TCP or TLS connection to another server. Used by one coroutine at a time, on a single-threaded executor
// or a strand. Every operation ends at the time given to arm().
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "async/clock.h"
#include "async/task.h"
#include "base/result.h"
#include "net/address.h"
#include "net/url.h"

namespace lares::net {

// How TLS peers are judged; made once. Hides OpenSSL.
class TlsTrust {
public:
    // The system's authorities, read when the first connection needs them, and those of a PEM text. Error:
    // bad_request "invalid-certificate".
    static Result<std::shared_ptr<TlsTrust>> load(const std::string& extra_authorities_pem);
    virtual ~TlsTrust() = default;
};

class Connection {
public:
    virtual ~Connection() = default;

    // 0: the other side has ended the stream in the way that its protocol asks for.
    virtual Task<Result<std::size_t>> read_some(char* into, std::size_t size) = 0;
    virtual Task<Result<void>> write(std::string_view bytes) = 0;  // all of it; borrowed until it returns
    // What is taken of it without waiting.
    virtual std::size_t write_now(std::string_view bytes) = 0;
    // The socket of a plain connection, for who reads from it without a coroutine between; null: there is
    // none. What a read of it gave is told by read_result().
    virtual boost::asio::ip::tcp::socket* plain() = 0;
    virtual Result<std::size_t> read_result(const boost::system::error_code& error, std::size_t count) = 0;

    virtual void arm(async::SteadyTime when) = 0;  // replaces the time before
    virtual void disarm() = 0;
    virtual void rest() = 0;  // disarmed, and nothing of it keeps an event loop running
    // Nothing came in and the other side has not closed: fit for another request.
    virtual bool is_quiet() = 0;
    virtual Executor executor() const = 0;

    std::string room;  // to read into; kept from one request to the next
};

// Connects to exactly this address, and for TLS proves that it speaks for url.host. Errors carry what
// happened in `detail` only.
Task<Result<std::unique_ptr<Connection>>> connect(Url url, Address address, std::shared_ptr<TlsTrust> trust,
                                                  async::SteadyTime deadline);

}  // namespace lares::net
