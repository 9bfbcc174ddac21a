#include "net/exchange.h"

#include <algorithm>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>

#include "base/text.h"

namespace lares::net {

namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr std::size_t head_bytes_max = 64 * 1024;
constexpr std::size_t piece_bytes = 64 * 1024;
constexpr int interim_max = 8;  // 1xx answers before the real one

class HttpExchange final : public Exchange {
public:
    HttpExchange(std::shared_ptr<ConnectionPool> pool, ConnectionPool::Lease lease,
                 std::unique_ptr<Connection> connection, ExchangeLimits limits)
        : pool_(std::move(pool)),
          lease_(std::move(lease)),
          connection_(std::move(connection)),
          limits_(limits) {
        renew_parser();
    }

    Task<Result<Head>> run(std::string request, bool head_only) override {
        arm();
        auto sent = co_await connection_->write(request);
        connection_->disarm();
        LARES_CO_CHECK(std::move(sent));
        for (int interim = 0; interim < interim_max; ++interim) {
            parser_->skip(head_only);
            LARES_CO_CHECK(co_await read_head());
            const unsigned status = parser_->get().result_int();
            if (status >= 200) co_return take_head(status);
            if (status == 101) co_return broken("switching protocols");
            renew_parser();
        }
        co_return broken("too many interim answers");
    }

    bool answered() const override { return answered_; }
    ConnectionPool::Lease take_lease() override { return std::move(lease_); }

    Task<Result<std::optional<std::string>>> next() override {
        while (!parser_->is_done()) {
            // No more comes out of the buffer than is in it.
            std::string piece(std::min<std::size_t>(piece_bytes, buffer_.size()), '\0');
            if (!piece.empty()) {
                LARES_CO_TRY(const std::size_t count, parse_body(piece));
                if (count > 0) {
                    piece.resize(count);
                    co_return piece;
                }
                if (parser_->is_done()) break;
            }
            LARES_CO_CHECK(co_await read_more());
        }
        finish();
        co_return std::optional<std::string>();
    }

private:
    void renew_parser() {
        parser_.emplace();
        parser_->header_limit(head_bytes_max);
        parser_->body_limit(limits_.body_max);
    }

    void arm() {
        connection_->arm(std::min(limits_.deadline, std::chrono::steady_clock::now() + limits_.idle_timeout));
    }

    static tl::unexpected<Error> broken(std::string detail) {
        return fail(Error{Code::upstream,
                          "upstream-failed",
                          "The other server's answer could not be read.",
                          {},
                          std::move(detail),
                          {}});
    }
    static tl::unexpected<Error> broken(const error_code& error) {
        if (error == http::error::body_limit) {
            return fail(Code::upstream, "answer-too-large", "The other server's answer is too large.");
        }
        return broken(error.message());
    }

    // Something more in the buffer, or the end of the stream told to the parser.
    Task<Result<void>> read_more() {
        arm();
        const auto space = buffer_.prepare(piece_bytes);
        auto read = co_await connection_->read_some(static_cast<char*>(space.data()), space.size());
        connection_->disarm();  // a caller that takes its time is not the other server's silence
        LARES_CO_TRY(const std::size_t count, std::move(read));
        buffer_.commit(count);
        if (count > 0) {
            answered_ = true;
            co_return Result<void>();
        }
        error_code error;
        if (parser_->got_some()) parser_->put_eof(error);  // asserts that a byte was seen
        if (error || !parser_->is_done()) co_return broken("the answer ended too early");
        co_return Result<void>();
    }

    Task<Result<void>> read_head() {
        while (!parser_->is_header_done()) {
            error_code error;
            if (buffer_.size() > 0) buffer_.consume(parser_->put(buffer_.data(), error));
            if (error && error != http::error::need_more) co_return broken(error);
            if (!parser_->is_header_done()) LARES_CO_CHECK(co_await read_more());
        }
        parser_->eager(true);
        co_return Result<void>();
    }

    // Bytes of the body that came out of what is in the buffer; 0: more is needed, or it is done.
    Result<std::size_t> parse_body(std::string& piece) {
        auto& body = parser_->get().body();
        body.data = piece.data();
        body.size = piece.size();
        body.more = true;
        error_code error;
        if (buffer_.size() > 0) buffer_.consume(parser_->put(buffer_.data(), error));
        if (error && error != http::error::need_more && error != http::error::need_buffer)
            return broken(error);
        return piece.size() - body.size;
    }

    Head take_head(unsigned status) const {
        Head head{status, {}};
        for (const auto& field : parser_->get()) {
            head.headers.push_back({to_lower_ascii(field.name_string()), std::string(field.value())});
        }
        return head;
    }

    void finish() {
        if (!connection_) return;
        if (parser_->keep_alive() && buffer_.size() == 0) {
            pool_->keep(lease_.origin(), std::move(connection_));
        }
        connection_.reset();
    }

    std::shared_ptr<ConnectionPool> pool_;
    ConnectionPool::Lease lease_;
    std::unique_ptr<Connection> connection_;
    ExchangeLimits limits_;
    std::optional<http::response_parser<http::buffer_body>> parser_;
    boost::beast::flat_buffer buffer_{head_bytes_max + piece_bytes};
    bool answered_ = false;
};

}  // namespace

std::unique_ptr<Exchange> Exchange::start(std::shared_ptr<ConnectionPool> pool, ConnectionPool::Lease lease,
                                          std::unique_ptr<Connection> connection, ExchangeLimits limits) {
    return std::make_unique<HttpExchange>(std::move(pool), std::move(lease), std::move(connection), limits);
}

}  // namespace lares::net
