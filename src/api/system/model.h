#pragma once
// What the server says about itself.
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>

namespace lares::api {

struct StatusOk {
    std::string status = "ok";
};
BOOST_DESCRIBE_STRUCT(StatusOk, (), (status))

// One engine of this process. progress: 0..1 while it loads; reason and remedy: why it failed and what to do.
struct EngineStatus {
    std::string kind;   // "llm", "voice"
    std::string name;   // "local", "voice"
    std::string state;  // "loading", "ready", "failed"
    double progress = 0;
    std::string model;
    std::optional<std::string> reason;
    std::optional<std::string> remedy;
    std::int64_t threads = 0;        // for one token at a time
    std::int64_t batch_threads = 0;  // for prompts and several chats at once
    std::int64_t batch_tokens = 0;   // the largest chunk of a prompt
    std::int64_t context_tokens = 0;
    std::int64_t live = 0;     // answers being made
    std::int64_t waiting = 0;  // requests that wait for room
    std::int64_t cells = 0, cells_used = 0;
    std::int64_t saved_bytes = 0, spilled_bytes = 0;  // idle chats kept in RAM and on disk
};
BOOST_DESCRIBE_STRUCT(EngineStatus, (),
                      (kind, name, state, progress, model, reason, remedy, threads, batch_threads,
                       batch_tokens, context_tokens, live, waiting, cells, cells_used, saved_bytes,
                       spilled_bytes))

struct ServerStatus {
    std::string version;
    std::int64_t uptime_s = 0;
    std::vector<EngineStatus> engines;
};
BOOST_DESCRIBE_STRUCT(ServerStatus, (), (version, uptime_s, engines))

struct Readiness {
    std::string status;  // "ready" or "unready"
    std::optional<std::string> reason;
    std::vector<EngineStatus> engines;
};
BOOST_DESCRIBE_STRUCT(Readiness, (), (status, reason, engines))

struct ReadyQuery {
    std::optional<std::string> engines;  // "1": unready until every engine is
};
BOOST_DESCRIBE_STRUCT(ReadyQuery, (), (engines))

struct Model {
    std::string id;
    std::string name;
    std::string provider;
    std::string state;  // "available", "loading", "ready", "failed"
    bool is_default = false;
    std::int64_t size_bytes = 0;
    std::int64_t context_tokens = 0;
    std::optional<std::string> architecture, quantization, licence;
    std::optional<std::string> problem;  // why it cannot be used, with the remedy
};
BOOST_DESCRIBE_STRUCT(Model, (),
                      (id, name, provider, state, is_default, size_bytes, context_tokens, architecture,
                       quantization, licence, problem))

struct ModelList {
    std::vector<Model> items;
};
BOOST_DESCRIBE_STRUCT(ModelList, (), (items))

}  // namespace lares::api
