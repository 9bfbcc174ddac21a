#include "http/request_parser.h"

#include <cstring>
#include <optional>

#include <boost/beast/http/basic_parser.hpp>

#include "base/text.h"

namespace lares::http {

namespace beast_http = boost::beast::http;
using boost::system::error_code;
using BeastText = boost::beast::string_view;

namespace {

tl::unexpected<Error> refuse(std::string why) {
    return fail(Code::bad_request, "invalid-request", "This is not a valid HTTP request: " + why + ".");
}

class Parser final : public beast_http::basic_parser<true> {
public:
    ParsedHead* head = nullptr;
    std::string_view bytes;
    std::size_t max_fields = 0;
    std::string* body = nullptr;
    const char* refusal = nullptr;
    bool too_many_fields = false;
    bool in_body = false;

private:
    bool inside(std::string_view text) const {
        return text.empty() ||
               (text.data() >= bytes.data() && text.data() + text.size() <= bytes.data() + bytes.size());
    }

    void stop(const char* why, error_code& ec) {
        refusal = why;
        ec = beast_http::error::bad_field;
    }

    void on_request_impl(beast_http::verb, BeastText method, BeastText target, int version,
                         error_code&) override {
        head->method = {method.data(), method.size()};
        head->target = {target.data(), target.size()};
        head->http_1_1 = version == 11;
    }
    void on_response_impl(int, BeastText, int, error_code&) override {}

    void on_field_impl(beast_http::field field, BeastText raw_name, BeastText raw_value,
                       error_code& ec) override {
        const std::string_view name(raw_name.data(), raw_name.size()),
            value(raw_value.data(), raw_value.size());
        if (in_body) return;  // trailers: nothing of ours reads them
        if (head->fields.size() == max_fields) {
            too_many_fields = true;
            ec = beast_http::error::header_limit;
            return;
        }
        // Beast copies a folded value: folding is how two readers come to see different fields.
        if (!inside(value)) return stop("a header line is folded", ec);
        if (value.find('\0') != value.npos) return stop("a header holds a NUL", ec);
        switch (field) {
            case beast_http::field::host:
                if (seen_host_) return stop("more than one Host", ec);
                seen_host_ = true;
                head->host = value;
                break;
            case beast_http::field::transfer_encoding:
                if (!equal_ignoring_case(value, "chunked"))
                    return stop("a transfer coding other than chunked", ec);
                if (!head->http_1_1) return stop("a transfer coding in HTTP/1.0", ec);
                break;
            case beast_http::field::content_length:
                if (seen_length_) return stop("more than one Content-Length", ec);
                seen_length_ = true;
                if (value.find(',') != value.npos) return stop("more than one Content-Length", ec);
                break;
            case beast_http::field::expect:
                head->expects_continue = equal_ignoring_case(value, "100-continue");
                break;
            default:
                break;
        }
        head->fields.push_back({name, value});
    }
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(BeastText data, error_code&) override { return data.size(); }
    void on_chunk_header_impl(std::uint64_t, BeastText, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, BeastText data, error_code&) override {
        if (body) body->append(data.data(), data.size());
        return data.size();
    }
    void on_finish_impl(error_code&) override {}

    bool seen_host_ = false;
    bool seen_length_ = false;
};

}  // namespace

// Looks for the blank line in any spelling: one with a bare line feed ends the head too, and is then refused
// by the parser at once instead of being waited for.
std::size_t find_head_end(std::string_view bytes, std::size_t& scanned) {
    const char* const begin = bytes.data();
    const char* const end = begin + bytes.size();
    const char* at = begin + scanned;
    while (at < end) {
        const auto* line_feed =
            static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
        if (!line_feed) {
            scanned = bytes.size();
            return 0;
        }
        if (line_feed + 1 < end && line_feed[1] == '\n')
            return static_cast<std::size_t>(line_feed + 2 - begin);
        if (line_feed + 2 < end && line_feed[1] == '\r' && line_feed[2] == '\n')
            return static_cast<std::size_t>(line_feed + 3 - begin);
        if (line_feed + 2 >= end) {
            scanned = static_cast<std::size_t>(line_feed - begin);
            return 0;
        }
        at = line_feed + 1;
    }
    scanned = bytes.size();
    return 0;
}

class RequestParser::Impl {
public:
    std::optional<Parser> parser;
};

RequestParser::RequestParser() : impl_(std::make_unique<Impl>()) {}
RequestParser::~RequestParser() = default;

Result<void> RequestParser::head(std::string_view bytes, std::size_t max_fields, ParsedHead& out) {
    auto fields = std::move(out.fields);  // with its capacity
    fields.clear();
    out = ParsedHead{};
    out.fields = std::move(fields);
    Parser& parser = impl_->parser.emplace();
    parser.head = &out;
    parser.bytes = bytes;
    parser.max_fields = max_fields;
    parser.header_limit(static_cast<std::uint32_t>(bytes.size() + 1));
    parser.body_limit(boost::none);
    error_code ec;
    const std::size_t used = parser.put({bytes.data(), bytes.size()}, ec);
    if (parser.too_many_fields)
        return fail(Code::too_large, "headers-too-large",
                    "More than " + std::to_string(max_fields) + " header fields.");
    if (parser.refusal) return refuse(parser.refusal);
    if (ec) return refuse(ec.message());
    if (!parser.is_header_done() || used != bytes.size())
        return refuse("the header does not end where it should");
    out.keep_alive = parser.keep_alive();
    out.upgrade = parser.upgrade();
    out.chunked = parser.chunked();
    out.content_length = parser.content_length().value_or(0);
    return {};
}

Result<bool> RequestParser::chunks(std::string_view bytes, std::size_t cap, std::string& body,
                                   std::size_t& used) {
    Parser& parser = *impl_->parser;
    parser.in_body = true;
    parser.body = &body;
    used = 0;
    while (!parser.is_done() && used < bytes.size()) {
        error_code ec;
        used += parser.put({bytes.data() + used, bytes.size() - used}, ec);
        if (body.size() > cap)
            return fail(Code::too_large, "body-too-large",
                        "The body is larger than the " + std::to_string(cap) + " bytes that this takes.");
        if (ec == beast_http::error::need_more) break;
        if (ec) return refuse("a broken chunk");
    }
    return parser.is_done();
}

}  // namespace lares::http
