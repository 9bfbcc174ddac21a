// Streams that break off, or do not begin: what of them the caller is given.
#include "wired.h"

namespace lares::gateway {
namespace {

class Streams : public Wired {
protected:
    // What comes before the error, too.
    Task<Result<void>> collect(ChatRequest asked, std::string* out) {
        LARES_CO_TRY(auto stream, co_await gateway.chat(std::move(asked)));
        for (;;) {
            LARES_CO_TRY(auto delta, co_await stream->next());
            if (!delta) co_return Result<void>();
            *out += delta->text + delta->raw;
        }
    }
    const std::string error_ = R"(data: {"error":{"message":"operators via db.internal.corp:5432"}})"
                               "\n\n";
};

TEST_F(Streams, AnErrorUnderWayShowsNeitherKeyNorAddress) {
    add("openai", "compatible");
    own.say = [this](const net::Request&) { return Said{.pieces = {chunk(R"("content":"hi")"), error_}}; };
    for (const bool passes : {true, false}) {
        std::string text;
        const auto went = loop.wait(collect(passes ? passing(true) : request(true), &text));
        ASSERT_FALSE(went);
        EXPECT_EQ(went.error().message, "The model's provider broke off: [key] via […]") << passes;
        EXPECT_EQ(text.find("operators"), text.npos) << text;
    }
}

TEST_F(Streams, WhatStandsBeforeAnErrorInOnePieceIsPassedOn) {
    add("openai", "compatible");
    const auto hi = chunk(R"("content":"hi")"), there = chunk(R"("content":" there")");
    for (const auto& pieces :
         {std::vector{hi + there + error_},
          {hi, there + error_},
          {hi + there.substr(0, 20), there.substr(20) + error_.substr(0, 30), error_.substr(30)},
          {hi + there + "data: no json\n\n" + there}}) {
        own.say = [&](const net::Request&) { return Said{.pieces = pieces}; };
        std::string text;
        EXPECT_FALSE(loop.wait(collect(passing(true), &text)));
        EXPECT_EQ(text, hi + there);
        EXPECT_EQ(settled.back().outcome, Outcome::cut);
    }
}

TEST_F(Streams, WhatAProviderRefusesInAStreamRestsNoKeyAndNoProvider) {
    add("openai", "compatible");
    keep_key(secrets::pool_owner, "pooled", "https://pool.example/v1");
    std::string error;
    guarded.say = own.say = [&](const net::Request& request) {
        if (request.body.find("\"dear\"") != request.body.npos)
            return Said{.pieces = {"data: {\"error\":" + error + "}\n\n"}};
        return Said{.type = json, .pieces = {whole(R"({"prompt_tokens":1})")}};
    };
    for (const auto& [what, code] :
         {std::pair(R"({"message":"no such model","code":"model_not_found"})", Code::forbidden),
          std::pair(R"({"message":"flagged","code":403})", Code::forbidden),
          std::pair(R"({"message":"no","type":"invalid_request_error"})", Code::bad_request),
          std::pair(R"({"message":"no","type":"BadRequestError","code":400})", Code::bad_request)})
        for (int i = 0; i < 6; ++i) {
            error = what;
            auto asked = passing(true);
            asked.model = "openai/dear";
            EXPECT_EQ(loop.wait(read(std::move(asked))).error().code, code) << what;
        }
    const auto before = guarded.requests.size();
    EXPECT_TRUE(loop.wait(read(request(false))));
    EXPECT_EQ(guarded.requests.size(), before + 1) << "the pool's key does not rest";
    error = R"({"message":"no","type":"invalid_request_error","code":"invalid_api_key"})";
    auto asked = passing(true);
    asked.model = "openai/dear";
    EXPECT_EQ(loop.wait(read(std::move(asked))).error().code, Code::upstream);
    EXPECT_TRUE(loop.wait(read(request(false))));
    EXPECT_EQ(guarded.requests.size(), before + 2) << "now it does, and the operator's own answered";
}

TEST_F(Streams, SignsOfLifeAreNoBeginningOfAnAnswer) {
    add("slow", "compatible");
    add("openai", "compatible");
    add("claude", "anthropic");
    gateway.set_catalog(*parse_catalog(
        R"({"models":{},"aliases":{"a":{"targets":[{"model":"slow/s"}],"fallback":["openai/m"]}}})"));
    const std::string alive = ": PROCESSING\n\n";
    std::string before;
    own.say = [&](const net::Request& request) {
        if (request.body.find("\"s\"") != request.body.npos)
            return Said{.pieces = {alive, alive}, .then = Said::Then::silence};
        return Said{
            .pieces = {before, chunk(R"("content":"hi")"), chunk("", R"("stop")"), "data: [DONE]\n\n"}};
    };
    for (const bool comments : {false, true}) {
        before = comments ? alive : "";
        auto asked = passing(true);
        asked.model = "a";
        const auto text = loop.wait(read(std::move(asked)));
        ASSERT_TRUE(text) << text.error().message;
        EXPECT_TRUE(text->starts_with(before + "data: {")) << *text;
        EXPECT_EQ(own.requests.size(), comments ? 4u : 2u);
        EXPECT_EQ(settled.back().provider, "openai");
    }
    own.say = [&](const net::Request&) {
        return Said{.pieces = {"event: ping\ndata: {\"type\":\"ping\"}\n\n"}, .then = Said::Then::silence};
    };
    auto asked = passing(true);
    asked.model = "claude/m";
    asked.wire = Wire::anthropic;
    EXPECT_EQ(loop.wait(read(std::move(asked))).error().code, Code::timeout);
}

}  // namespace
}  // namespace lares::gateway
