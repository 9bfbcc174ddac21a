#pragma once
// A gateway wired down to a client that says what a script tells it, under virtual time.
#include <array>
#include <chrono>
#include <functional>
#include <future>
#include <thread>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

#include "async/one_shot.h"
#include "async/pool.h"
#include "crypto/fernet.h"
#include "gateway/gateway.h"
#include "gateway/providers/upstream.h"
#include "gateway/signing.h"
#include "secrets/migrations.h"
#include "support/virtual_loop.h"

namespace lares::gateway {

inline constexpr std::string_view sse = "text/event-stream", json = "application/json";

struct Said {
    unsigned status = 200;
    std::string_view type = sse;
    std::vector<std::string> pieces = {};
    enum class Then : std::uint8_t { ends, breaks, silence } then = Then::ends;
    bool answers = true;  // false: nothing ever comes
    std::optional<async::OneShot<bool>> after = {};
};

inline Task<void> forever() {
    co_await async::OneShot<bool>(co_await boost::asio::this_coro::executor).take();
}

class SaidBody final : public net::Body {
public:
    explicit SaidBody(Said said) : said_(std::move(said)) {}
    Task<Result<std::optional<std::string>>> next() override {
        for (;;) {
            if (auto now = next_now()) co_return std::move(*now);
            co_await forever();
        }
    }
    std::optional<Result<std::optional<std::string>>> next_now() override {
        using Piece = Result<std::optional<std::string>>;
        if (at_ < said_.pieces.size()) return Piece(said_.pieces[at_++]);
        if (said_.then == Said::Then::ends) return Piece(std::optional<std::string>());
        if (said_.then == Said::Then::breaks) return Piece(fail(Code::upstream, "upstream-failed", ""));
        // A silent server is waited for until the time that was set runs out.
        if (by_ == async::SteadyTime::max()) return std::nullopt;
        return Piece(fail(Code::timeout, "upstream-timeout", ""));
    }
    Task<void> wait() override { return forever(); }
    void expect_by(async::SteadyTime when) override { by_ = when; }

private:
    Said said_;
    std::size_t at_ = 0;
    async::SteadyTime by_ = async::SteadyTime::max();
};

class Client final : public net::Client {
public:
    std::function<Said(const net::Request&)> say = [](const net::Request&) { return Said{}; };
    std::vector<net::Request> requests;

    Task<Result<net::Response>> fetch(net::Request request) override {
        Said said = say(request);
        requests.push_back(std::move(request));
        if (!said.answers) co_await forever();
        if (said.after) co_await said.after->take();
        net::Response out;
        out.status = said.status;
        out.headers = {{"content-type", std::string(said.type)}};
        out.body = std::make_unique<SaidBody>(std::move(said));
        co_return out;
    }
    Result<std::shared_ptr<const net::Prepared>> prepare(net::Request request) override {
        return std::make_shared<const Kept>(std::move(request));
    }
    Task<Result<net::Response>> send(const net::Prepared& prepared, std::string body) override {
        net::Request request = dynamic_cast<const Kept&>(prepared).request;
        request.body = std::move(body);
        return fetch(std::move(request));
    }
    Stats stats() const override { return {}; }

private:
    struct Kept final : net::Prepared {
        explicit Kept(net::Request one) : request(std::move(one)) {}
        net::Request request;
    };
};

inline std::string chunk(std::string_view delta, std::string_view finish = "null") {
    return R"(data: {"id":"c","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{)" +
           std::string(delta) + R"(},"finish_reason":)" + std::string(finish) + "}]}\n\n";
}

inline std::string whole(std::string_view usage, std::string_view content = "hi") {
    return R"({"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":")" +
           std::string(content) + R"("},"finish_reason":"stop"}],"usage":)" + std::string(usage) + "}";
}

class Wired : public testing::Test {
protected:
    Wired() {
        database = std::move(*db::Database::open({.file = ":memory:",
                                                  .migrations = {{"secrets", secrets::migrations}},
                                                  .inline_mode = true,
                                                  .vfs = {}}));
        auto vault = secrets::Vault::open({SecretText(crypto::Fernet::generate_key())});
        keys = std::make_unique<secrets::ProviderKeys>(*database, std::move(*vault), loop.clock, ids,
                                                       secrets::ProviderKeys::Options());
        gateway.set_clock(loop.clock);
        gateway.set_catalog(*parse_catalog(
            R"({"models":{"m":{"price":{"input":1000,"output":1000}}},"cache":{"megabytes":0}})"));
        gateway.sign_with(std::make_shared<Signing>(*keys, guarded, Signing::RoleOf()));
        gateway.on_reserve([this](Planned one) -> Task<Result<Granted>> {
            planned.push_back(std::move(one));
            co_return Granted{};
        });
        gateway.on_settled([this](const Settled& one) { settled.push_back(one); });
    }

    std::shared_ptr<Upstream> add(std::string name, std::string kind, bool has_own = true,
                                  std::size_t at_once = 32) {
        Upstream::Options options;
        options.name = std::move(name);
        options.kind = std::move(kind);
        options.base_url = has_own ? "https://own.example/v1" : "";
        options.key = SecretText("operators");
        options.at_once = at_once;
        options.has_own = has_own;
        options.from_vault = true;
        options.reading = &reading;
        auto made = Upstream::make(std::move(options), own, loop.clock);
        gateway.add(*made);
        return *made;
    }
    void keep_key(OwnerId owner, const std::string& text, const std::string& endpoint) {
        const auto kept = loop.wait(keys->add(owner, {.provider = "openai",
                                                      .name = text,
                                                      .key = SecretText(text),
                                                      .endpoint = endpoint,
                                                      .audience = {}}));
        ASSERT_TRUE(kept) << kept.error().message;
    }

    ChatRequest request(bool streams, std::string words = "hello") {
        ChatRequest out;
        out.model = "openai/m";
        out.whole = !streams;
        out.payer.person = ann.text();
        out.payer.role = "user";
        out.messages.emplace_back();
        out.messages.back().content = std::move(words);
        return out;
    }
    ChatRequest passing(bool streams) {
        auto out = request(streams);
        out.wire = Wire::openai;
        out.raw = std::make_shared<const std::string>(R"({"model":"openai/m"})");
        out.raw_model = out.model;
        return out;
    }
    Task<Result<std::string>> read(ChatRequest asked) {
        LARES_CO_TRY(auto stream, co_await gateway.chat(std::move(asked)));
        std::string out;
        for (;;) {
            LARES_CO_TRY(auto delta, co_await stream->next());
            if (!delta) co_return out;
            out += delta->text + delta->raw;
        }
    }
    template <class T>
    static Task<void> store(Task<T> task, std::optional<T>* out) {
        out->emplace(co_await std::move(task));
    }
    // Takes so many pieces and goes away.
    Task<void> leave_after(ChatRequest asked, int pieces) {
        auto stream = co_await gateway.chat(std::move(asked));
        for (int i = 0; stream && i < pieces; ++i) co_await (*stream)->next();
    }
    // What the pool does takes time of its own.
    bool comes(const std::function<bool()>& done) {
        for (int i = 0; i < 10'000 && !done(); ++i) {
            loop.settle();
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return done();
    }
    Settled only() {
        EXPECT_EQ(settled.size(), 1u);
        return settled.empty() ? Settled() : settled.back();
    }

    test::VirtualLoop loop;
    async::Pool reading{{.name = "reading"}};  // what it still does may wake somebody of the loop
    IdSource ids{5};
    UserId ann = ids.make<UserId>(1);
    std::unique_ptr<db::Database> database;
    std::unique_ptr<secrets::ProviderKeys> keys;
    Client own, guarded;  // to what the operator wrote down; to what a stored key names
    std::vector<Planned> planned;
    std::vector<Settled> settled;
    Gateway gateway;
};

}  // namespace lares::gateway
