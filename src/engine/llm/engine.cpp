#include "engine/llm/engine.h"

#include "engine/llm/executor.h"

namespace lares::engine::llm {

Generation::Generation(std::shared_ptr<Outbox> outbox) : outbox_(std::move(outbox)) {}

Generation::~Generation() {
    outbox_->cancel();
}

Output Generation::take() {
    return outbox_->take();
}

void Generation::rest(bool on) {
    outbox_->rest(on);
}

Engine::Engine(Options options) : executor_(std::make_unique<Executor>(std::move(options))) {}
Engine::~Engine() = default;

void Engine::load(std::string file, std::function<void()> settled) {
    executor_->load(std::move(file), std::move(settled));
}
void Engine::fail_with(std::string reason, std::string remedy) {
    executor_->fail_with(std::move(reason), std::move(remedy));
}
void Engine::when_settled(std::function<void()> settled) {
    executor_->when_settled(std::move(settled));
}
std::shared_ptr<const Model> Engine::model() const {
    return executor_->model();
}
Status Engine::status() const {
    return executor_->status();
}

Result<std::unique_ptr<Generation>> Engine::submit(Request request, std::function<void()> wake) {
    LARES_TRY(auto outbox, executor_->submit(std::move(request), std::move(wake)));
    return std::make_unique<Generation>(std::move(outbox));
}

void Engine::forget(std::string cache_key) {
    executor_->forget(std::move(cache_key));
}

}  // namespace lares::engine::llm
