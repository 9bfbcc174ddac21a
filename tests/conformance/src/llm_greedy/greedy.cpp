// Answers the cases of a file greedily, one at a time, each cold, with the engine that the server uses, and
// prints the token ids as JSON: {"prompt": [...], "tokens": [...]} per line. llm_greedy compares them with
// llama.cpp's server.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include <boost/json.hpp>

#include "engine/llm/engine.h"
#include "engine/llm/model.h"
#include "support/doorbell.h"

namespace json = boost::json;
namespace llm = lares::engine::llm;

namespace {

llm::Role role_of(std::string_view name) {
    return name == "system"      ? llm::Role::system
           : name == "assistant" ? llm::Role::assistant
                                 : llm::Role::user;
}

int stop_with(const lares::Error& error) {
    std::cerr << error.message << ' ' << error.detail << '\n';
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 7) {
        std::cerr << "greedy MODEL.gguf CASES.json THREADS BATCH_THREADS CHUNK TOKENS\n";
        return 2;
    }
    std::ifstream file(argv[2]);
    std::stringstream text;
    text << file.rdbuf();
    const json::value cases = json::parse(text.str());

    llm::Options options;
    options.threads = static_cast<std::uint32_t>(std::atoi(argv[3]));
    options.batch_threads = static_cast<std::uint32_t>(std::atoi(argv[4]));
    options.chunk = static_cast<std::uint32_t>(std::atoi(argv[5]));
    llm::Engine engine(options);
    lares::test::Doorbell bell;
    engine.load(argv[1], [&bell] { bell.ring(); });
    bell.wait();
    const auto model = engine.model();
    if (!model) {
        std::cerr << engine.status().reason << '\n';
        return 1;
    }
    for (const auto& entry : cases.as_array()) {
        std::vector<llm::Message> messages;
        for (const auto& message : entry.at("messages").as_array())
            messages.push_back({role_of(message.at("role").as_string()),
                                std::string(message.at("content").as_string()),
                                {}});
        auto prompt = model->prompt(messages, 0);
        if (!prompt) return stop_with(prompt.error());
        llm::Request request;
        request.model = model;
        request.prompt = *prompt;
        request.max_tokens = static_cast<std::uint32_t>(std::atoi(argv[6]));
        request.sampling.temperature = 0;
        auto generation = engine.submit(std::move(request), [&bell] { bell.ring(); });
        if (!generation) return stop_with(generation.error());
        json::array tokens;
        for (bool done = false; !done;) {
            const auto out = (*generation)->take();
            if (out.error) return stop_with(*out.error);
            for (const auto token : out.tokens) tokens.push_back(token);
            done = out.end.has_value();
            if (!done && out.empty()) bell.wait();
        }
        std::cout << json::serialize(
                         json::object{{"prompt", json::array(prompt->tokens.begin(), prompt->tokens.end())},
                                      {"tokens", tokens}})
                  << '\n';
    }
    return 0;
}
