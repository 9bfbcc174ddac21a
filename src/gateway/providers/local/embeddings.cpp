// Local::embed and what it needs: which file, loaded once.
#include <algorithm>

#include "async/one_shot.h"
#include "gateway/providers/local/local.h"

namespace lares::gateway {

namespace llm = engine::llm;

std::vector<llm::ModelFile> Local::encoders() {
    auto files = files_.list();
    std::erase_if(files, [](const llm::ModelFile& file) { return !file.info.embeds; });
    for (auto& bundled : bundled_encoders_.list())
        if (std::ranges::find(files, bundled.id, &llm::ModelFile::id) == files.end())
            files.push_back(std::move(bundled));
    return files;
}

Result<llm::ModelFile> Local::choose_encoder(const std::string& model) {
    const auto files = encoders();
    if (model.empty() && files.empty())
        return fail(
            Code::unavailable, "model-missing",
            "This server has no model for embeddings. Run deps/fetch in the source folder, or add one "
            "with `lares models add FILE|URL`.");
    const auto found = model.empty() ? files.begin() : std::ranges::find(files, model, &llm::ModelFile::id);
    if (found == files.end())
        return fail(Code::not_found, "model-not-found", "There is no model named '" + model + "'.", "model");
    if (!found->problem.empty()) return fail(Code::unprocessable, "model-broken", found->problem);
    return *found;
}

llm::Embedder& Local::embedder(const std::string& path) {
    std::lock_guard lock(mutex_);
    auto& one = embedders_[path];
    if (!one) one = std::make_unique<llm::Embedder>(path);
    return *one;
}

llm::State Local::state_of_encoder(const std::string& path) const {
    std::lock_guard lock(mutex_);
    const auto found = embedders_.find(path);
    return found == embedders_.end() ? llm::State::empty : found->second->status().state;
}

bool Local::has(const std::string& model) {
    if (model.find('/') != model.npos) return false;  // ids are names of files: no folder is looked at
    return files_.find(model) || choose_encoder(model);
}

Task<Result<Embedding>> Local::embed(EmbedRequest request) {
    const Executor executor = co_await boost::asio::this_coro::executor;
    auto chosen = choose_encoder(request.model);
    if (!chosen && files_.find(request.model))
        co_return fail(Code::unprocessable, "not-supported",
                       "The model '" + request.model + "' makes answers and no embeddings.", "model");
    LARES_CO_TRY(const auto file, std::move(chosen));
    if (request.dimensions && *request.dimensions != file.info.width)
        co_return invalid_field(
            "dimensions", "must be " + std::to_string(file.info.width) + ": this model makes no others");
    llm::EmbedJob job;
    job.inputs = std::move(request.inputs);
    job.truncate = request.truncate;
    const async::OneShot<Result<llm::Embedded>> made(executor);
    LARES_CO_TRY(const auto ticket,
                 embedder(file.path).submit(
                     std::move(job), [made](Result<llm::Embedded> result) { made.set(std::move(result)); }));
    LARES_CO_TRY(auto out, co_await made.take());
    co_return Embedding{.dimensions = out.dimensions, .values = std::move(out.values), .tokens = out.tokens};
}

}  // namespace lares::gateway
