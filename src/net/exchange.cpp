#include "net/exchange.h"

#include <algorithm>

namespace lares::net {

namespace {

constexpr std::size_t head_bytes_max = 64 * 1024;
constexpr std::size_t room_first = 8 * 1024, room_max = 64 * 1024;

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
        arm();
        auto sent = co_await connection_->write(request);
        connection_->disarm();
        LARES_CO_CHECK(std::move(sent));
        for (;;) {
            LARES_CO_TRY(const std::size_t taken, reader_.take_head(waiting()));
            begin_ += taken;
            if (reader_.head_done()) {
                limits_.expect_by = async::SteadyTime::max();
                co_return std::move(reader_.head());
            }
            arm();
            char* into = room();
            auto got = co_await connection_->read_some(into, space());
            LARES_CO_CHECK(took(std::move(got)));
        }
    }

    bool answered() const override { return answered_; }
    ConnectionPool::Lease take_lease() override { return std::move(lease_); }
    void expect_by(async::SteadyTime when) override { limits_.expect_by = when; }

    Task<Result<std::optional<std::string>>> next() override {
        while (!reader_.done()) {
            if (begin_ < end_) {
                std::string piece;
                LARES_CO_TRY(const std::size_t taken, reader_.take_body(waiting(), piece));
                begin_ += taken;
                if (!piece.empty()) co_return piece;
                if (reader_.done()) break;
            }
            arm();
            char* into = room();
            auto got = co_await connection_->read_some(into, space());
            LARES_CO_CHECK(took(std::move(got)));
        }
        finish();
        co_return std::optional<std::string>();
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
};

}  // namespace

std::unique_ptr<Exchange> Exchange::start(std::shared_ptr<ConnectionPool> pool, ConnectionPool::Lease lease,
                                          std::unique_ptr<Connection> connection, ExchangeLimits limits) {
    return std::make_unique<HttpExchange>(std::move(pool), std::move(lease), std::move(connection), limits);
}

}  // namespace lares::net
