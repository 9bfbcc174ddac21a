#include "app/download.h"

#include <charconv>

#include "app/blocking.h"
#include "async/clock.h"
#include "net/client.h"

namespace lares::app {
namespace {

using engine::llm::Transfer;

constexpr async::Milliseconds whole_download{24 * 3600 * 1000};
constexpr std::size_t largest_model = std::size_t{1} << 40;

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

// "bytes 100-999/1000" (RFC 9110): the part behind the slash.
std::optional<std::uint64_t> total_of(const net::Response& response) {
    const auto range = response.header("content-range");
    if (const auto slash = range.rfind('/'); slash != range.npos) return number(range.substr(slash + 1));
    return number(response.header("content-length"));
}

tl::unexpected<Error> refused(const net::Response& response) {
    return fail(
        Code::upstream, "download-failed",
        response.url + " answered " + std::to_string(response.status) + ". Check the address and try again.");
}

constexpr std::size_t version_max = 256;

// What tells this file from another one at the same address; "" when the server says nothing that If-Range
// takes.
std::string version_of(const net::Response& response) {
    const std::string_view etag = response.header("etag");
    const std::string_view version =
        etag.empty() || etag.starts_with("W/") ? response.header("last-modified") : etag;
    return std::string(version.size() <= version_max ? version : std::string_view());
}

// Parameters by pointer: they live in the caller's frame, which blocks until this is done.
Task<Result<void>> transfer(net::Client* client, std::string url, const Transfer* transfer) {
    net::Request request;
    request.url = std::move(url);
    request.redirects_max = 5;
    request.body_max = largest_model;
    request.timeout = whole_download;
    if (transfer->have > 0) {
        request.headers.push_back({"range", "bytes=" + std::to_string(transfer->have) + "-"});
        if (!transfer->version.empty()) request.headers.push_back({"if-range", transfer->version});
    }
    LARES_CO_TRY(auto response, co_await client->fetch(std::move(request)));
    const auto total = total_of(response);
    if (response.status == 416 && total == transfer->have)
        co_return Result<void>();  // it is all here already
    if (response.status != 200 && response.status != 206) co_return refused(response);
    std::uint64_t at = response.status == 206 ? transfer->have : 0;
    const auto asked = "bytes " + std::to_string(at) + "-";
    if (response.status == 206 && !response.header("content-range").starts_with(asked))
        co_return refused(response);
    // A server that ignores If-Range may still say that it is another file now.
    const auto version = version_of(response);
    if (response.status == 206 && !transfer->version.empty() && !version.empty() &&
        version != transfer->version) {
        LARES_CO_CHECK(transfer->is_version(""));
        co_return fail(
            Code::upstream, "transfer-broken",
            response.url + " changed since the transfer began. Run the command again to begin anew.");
    }
    LARES_CO_CHECK(transfer->is_version(version));
    for (;;) {
        LARES_CO_TRY(const auto piece, co_await response.body->next());
        if (!piece) co_return Result<void>();
        LARES_CO_CHECK(transfer->take(at, total, *piece));
        at += piece->size();
    }
}

}  // namespace

engine::llm::Downloader make_downloader(std::vector<std::string> allow) {
    return [allow = std::move(allow)](const std::string& url, const Transfer& what) -> Result<void> {
        async::SystemClock clock;
        net::SystemResolver resolver(clock);
        net::ClientOptions options;
        LARES_TRY(options.policy, net::Policy::parse(allow));
        LARES_TRY(const auto client, net::Client::make(std::move(options), resolver));
        return run_blocking(transfer(client.get(), url, &what));
    };
}

}  // namespace lares::app
