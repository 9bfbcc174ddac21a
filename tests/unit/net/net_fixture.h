#pragma once
// A client with a resolver that answers as a test says, and a way to wait for a task.
#include <future>
#include <map>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "net/client.h"

namespace lares::net::testing {

// Each lookup of a name takes the next of its answers; the last one stays.
class ScriptedResolver final : public Resolver {
public:
    using Answers = std::vector<std::vector<std::string>>;
    void script(const std::string& host, Answers answers) { scripts_[host] = std::move(answers); }
    void answer_all(std::vector<std::string> addresses) { all_ = std::move(addresses); }

    Task<Result<std::vector<Address>>> resolve(std::string host, async::SteadyTime) override {
        ++lookups;
        const auto found = scripts_.find(host);
        std::vector<std::string> answer = all_;
        if (found != scripts_.end()) {
            answer = found->second.front();
            if (found->second.size() > 1) found->second.erase(found->second.begin());
        }
        std::vector<Address> out;
        for (const auto& text : answer) out.push_back(Address::parse(text).value());
        if (out.empty()) co_return fail(Code::upstream, "name-not-resolved", "No such name.");
        co_return out;
    }
    int lookups = 0;

private:
    std::map<std::string, Answers> scripts_;
    std::vector<std::string> all_;
};

class NetTest : public ::testing::Test {
protected:
    void make_client(std::vector<std::string> allow, ClientOptions options = {}) {
        options.policy = Policy::parse(allow).value();
        client_ = Client::make(std::move(options), resolver_).value();
    }

    template <class T>
    T run(Task<T> task) {
        auto done = boost::asio::co_spawn(loop_, std::move(task), boost::asio::use_future);
        loop_.restart();
        // A connection's time limit may still stand behind an answer that is held.
        while (done.wait_for(std::chrono::seconds(0)) != std::future_status::ready) loop_.run_one();
        return done.get();
    }

    Result<Response> fetch(Request request) { return run(client_->fetch(std::move(request))); }
    Result<Response> get(const std::string& url, unsigned redirects = 0) {
        Request request;
        request.url = url;
        request.redirects_max = redirects;
        return fetch(std::move(request));
    }
    std::string text(const std::string& url, unsigned redirects = 0) {
        auto response = get(url, redirects);
        if (!response) return response.error().type;
        auto body = run(read_all(std::move(response->body)));
        return body ? *body : body.error().type;
    }

    boost::asio::io_context loop_;
    ScriptedResolver resolver_;
    std::unique_ptr<Client> client_;
};

}  // namespace lares::net::testing
