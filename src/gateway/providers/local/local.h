#pragma once
// The models inside this process: turns requests into prompts off the event loops, hands them to the engine's
// thread and brings its answers back as streams; texts that are to become vectors go to a thread of their
// own.
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "async/pool.h"
#include "engine/llm/embedder.h"
#include "engine/llm/engine.h"
#include "engine/llm/model.h"
#include "engine/llm/models.h"
#include "gateway/provider.h"

namespace lares::gateway {

class Local final : public Provider {
public:
    struct Options {
        engine::llm::Options engine;
        std::string models_folder;  // MODELS_DIR
        std::vector<std::string> bundled_folders = engine::llm::bundled_model_folders();
        std::vector<std::string> embedding_folders = engine::llm::bundled_embedding_folders();
        std::string model;  // preferred id; empty: what Models::choose finds
    };
    explicit Local(Options options);

    // Begins to load the default model; status() tells how far it is. Does not block on the load.
    void start();

    // Makes another file the default: it is loaded when nobody speaks. Errors: as of Models::choose.
    Result<void> use(const std::string& model);

    engine::llm::Models& files() { return files_; }

    // The stream's next() is called on the executor that chat() ran on. While the model is being loaded,
    // chat() waits.
    Task<Result<std::unique_ptr<ChatStream>>> chat(ChatRequest request) override;
    // The model is loaded by the first request and dropped when nobody has asked for a while. An empty name:
    // one that a person added, else the bundled one.
    Task<Result<Embedding>> embed(EmbedRequest request) override;
    std::vector<ModelInfo> models() override;
    bool has(const std::string& model) override;
    Result<std::size_t> count_tokens(const std::string& model,
                                     const std::vector<ChatMessage>& messages) override;
    ProviderStatus status() override;
    void forget(const std::string& cache_key) override;

private:
    // What the last prompt of a chat was tokenised from.
    struct Known {
        std::string cache_key;
        std::weak_ptr<const engine::llm::Model> model;
        engine::llm::Runs runs;
    };
    Result<engine::llm::Request> prepare(const std::shared_ptr<const engine::llm::Model>& model,
                                         std::uint32_t context, ChatRequest request);
    engine::llm::Runs take_runs(const std::string& cache_key,
                                const std::shared_ptr<const engine::llm::Model>& model);
    void keep_runs(const std::string& cache_key, engine::llm::Runs runs);
    Result<std::shared_ptr<const engine::llm::Model>> loaded(const std::string& model);
    std::string current() const;
    ModelInfo info_of(const engine::llm::ModelFile& file) const;
    std::vector<engine::llm::ModelFile> encoders();  // models that only make embeddings
    Result<engine::llm::ModelFile> choose_encoder(const std::string& model);
    engine::llm::Embedder& embedder(const std::string& path);
    engine::llm::State state_of_encoder(const std::string& path) const;

    const Options options_;
    engine::llm::Models files_;
    engine::llm::Models bundled_encoders_;
    mutable std::mutex mutex_;
    std::string current_;     // id of the default model
    std::list<Known> known_;  // the last one first
    std::map<std::string, std::unique_ptr<engine::llm::Embedder>>
        embedders_;  // by path: each file that was used
    engine::llm::Engine engine_;
    async::Pool pool_;  // templates and tokenising: a long prompt takes milliseconds
};

}  // namespace lares::gateway
