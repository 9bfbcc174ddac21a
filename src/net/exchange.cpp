#include "net/exchange.h"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace lares::net {

namespace {

constexpr std::size_t head_bytes_max = 64 * 1024;
constexpr std::size_t room_first = 8 * 1024, room_max = 64 * 1024;

// Awaited without a coroutine of its own.
auto read_some(boost::asio::ip::tcp::socket& socket, char* into, std::size_t size) {
    return socket.async_read_some(boost::asio::buffer(into, size),
                                  boost::asio::as_tuple(boost::asio::deferred));
}

class HttpExchange final : public Exchange {
public:
    HttpExchange(std::shared_ptr<ConnectionPool> pool, ConnectionPool::Lease lease,
                 std::unique_ptr<Connection> connection, ExchangeLimits limits)
        : pool_(std::move(pool)),
          lease_(std::move(lease)),
          connection_(std::move(connection)),
          limits_(limits) {}

    Task<Result<Head>> run(std::string_view request, bool head_only) override {
        reader_ = AnswerReader({head_bytes_max, limits_.body_max, head_only});
        if (const auto taken = connection_->write_now(request); taken < request.size()) {
            arm();
            auto sent = co_await connection_->write(request.substr(taken));
            connection_->disarm();
            LARES_CO_CHECK(std::move(sent));
        }
        for (;;) {
            LARES_CO_TRY(const std::size_t taken, reader_.take_head(waiting()));
            begin_ += taken;
            if (reader_.head_done()) {
                limits_.expect_by = async::SteadyTime::max();
                co_return std::move(reader_.head());
            }
            arm();
            char* into = room();
            if (auto* socket = connection_->plain()) {
                const auto [error, count] = co_await read_some(*socket, into, space());
                LARES_CO_CHECK(took(connection_->read_result(error, count)));
            } else {
                auto got = co_await connection_->read_some(into, space());
                LARES_CO_CHECK(took(std::move(got)));
            }
        }
    }

    bool answered() const override { return answered_; }
    ConnectionPool::Lease take_lease() override { return std::move(lease_); }
    void expect_by(async::SteadyTime when) override { limits_.expect_by = when; }

    using Piece = Result<std::optional<std::string>>;
    Task<Piece> next() override {
        for (;;) {
            if (auto piece = next_now()) co_return std::move(*piece);
            co_await wait();
        }
    }

    // One coroutine for each piece that is waited for.
    Task<void> wait() override {
        arm();
        char* into = room();
        Result<std::size_t> got;
        if (auto* socket = connection_->plain()) {
            const auto [error, count] = co_await read_some(*socket, into, space());
            got = connection_->read_result(error, count);
        } else {
            got = co_await connection_->read_some(into, space());
        }
        if (auto taken = took(std::move(got)); !taken) {
            // Of a reader that was told to end it is no failure of the other server.
            const auto state = co_await boost::asio::this_coro::cancellation_state;
            if (state.cancelled() != boost::asio::cancellation_type::none)
                throw boost::system::system_error(boost::asio::error::operation_aborted);
            error_ = std::move(taken).error();
        }
    }

    std::optional<Piece> next_now() override {
        while (!reader_.done()) {
            if (error_) return Piece(fail(*error_));
            if (begin_ == end_) return std::nullopt;
            std::string piece;
            const auto taken = reader_.take_body(waiting(), piece);
            if (!taken) return Piece(fail(taken.error()));
            begin_ += *taken;
            if (!piece.empty()) return Piece(std::move(piece));
        }
        finish();
        return Piece(std::nullopt);
    }

private:
    void arm() {
        connection_->arm(std::min(
            {limits_.deadline, limits_.expect_by, std::chrono::steady_clock::now() + limits_.idle_timeout}));
    }

    std::string_view waiting() const {
        return std::string_view(connection_->room).substr(begin_, end_ - begin_);
    }
    // Where to read into, `space()` bytes: more for those who fill it.
    char* room() {
        auto& room = connection_->room;
        if (begin_ == end_) begin_ = end_ = 0;
        if (begin_ > room.size() / 2) {
            std::copy(room.begin() + static_cast<std::ptrdiff_t>(begin_),
                      room.begin() + static_cast<std::ptrdiff_t>(end_), room.begin());
            end_ -= std::exchange(begin_, 0);
        }
        if (end_ > room.size() / 2 || filled_)
            room.resize(std::max(end_ + room_first, std::min(room.size() * 2, room_max)));
        if (room.size() < room_first) room.resize(room_first);
        return room.data() + end_;
    }
    std::size_t space() const { return connection_->room.size() - end_; }

    Result<void> took(Result<std::size_t> got) {
        connection_->disarm();  // a caller that takes its time is not the other server's silence
        LARES_TRY(const std::size_t count, std::move(got));
        filled_ = count == space();
        end_ += count;
        if (count == 0) return reader_.end();
        answered_ = true;
        return {};
    }

    void finish() {
        if (!connection_) return;
        if (reader_.keeps_alive() && begin_ == end_) {
            if (connection_->room.size() > room_first) connection_->room = std::string();
            pool_->keep(lease_.origin(), std::move(connection_));
        }
        connection_.reset();
    }

    std::shared_ptr<ConnectionPool> pool_;
    ConnectionPool::Lease lease_;
    std::unique_ptr<Connection> connection_;
    ExchangeLimits limits_;
    AnswerReader reader_{AnswerReader::Limits{}};
    std::size_t begin_ = 0, end_ = 0;  // of what waits in the connection's room
    bool filled_ = false;              // the last read left no room: there may be much more
    bool answered_ = false;
    std::optional<Error> error_;  // of the last read
};

}  // namespace

std::unique_ptr<Exchange> Exchange::start(std::shared_ptr<ConnectionPool> pool, ConnectionPool::Lease lease,
                                          std::unique_ptr<Connection> connection, ExchangeLimits limits) {
    return std::make_unique<HttpExchange>(std::move(pool), std::move(lease), std::move(connection), limits);
}

}  // namespace lares::net
