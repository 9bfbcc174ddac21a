#pragma once
// The real model, loaded once per engine, and answers taken to their end.
#include <filesystem>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "engine/llm/engine.h"
#include "engine/llm/model.h"
#include "engine/llm/models.h"
#include "support/doorbell.h"

namespace lares::engine::llm::test {

inline std::string weights() {
    for (const auto& folder : bundled_model_folders())
        for (std::error_code none; const auto& entry : std::filesystem::directory_iterator(folder, none))
            if (entry.path().extension() == ".gguf") return entry.path().string();
    return {};
}

using lares::test::Doorbell;

struct Answer {
    std::string text;
    std::vector<Token> tokens;
    std::vector<std::size_t> places;
    End end;
    std::optional<Error> error;
};

// A generation whose output is collected on the caller's thread.
class Reader {
public:
    static Result<std::unique_ptr<Reader>> start(Engine& engine, Request request) {
        auto bell = std::make_shared<Doorbell>();
        LARES_TRY(auto generation, engine.submit(std::move(request), [bell] { bell->ring(); }));
        return std::unique_ptr<Reader>(new Reader(std::move(generation), bell));
    }
    // What is there now.
    void look() {
        const auto out = generation_->take();
        answer.text += out.text;
        answer.tokens.insert(answer.tokens.end(), out.tokens.begin(), out.tokens.end());
        if (out.place > 0) answer.places.push_back(out.place);
        if (out.end) answer.end = *out.end, done_ = true;
        if (out.error) answer.error = out.error, done_ = true;
        idle_ = out.empty();
    }
    // Until at least this many tokens are there, or the end.
    bool read(std::size_t tokens = ~std::size_t{0}) {
        while (!done_ && answer.tokens.size() < tokens) {
            look();
            if (idle_) bell_->wait();
        }
        return !answer.error;
    }
    bool done() const { return done_; }
    void rest(bool on) { generation_->rest(on); }
    Answer answer;

private:
    Reader(std::unique_ptr<Generation> generation, std::shared_ptr<Doorbell> bell)
        : generation_(std::move(generation)), bell_(std::move(bell)) {}
    std::unique_ptr<Generation> generation_;
    std::shared_ptr<Doorbell> bell_;
    bool done_ = false, idle_ = false;
};

class Fixture {
public:
    explicit Fixture(Options options = {}, const std::string& file = weights()) : engine(std::move(options)) {
        Doorbell loaded;
        engine.load(file, [&loaded] { loaded.ring(); });
        loaded.wait();
        model = engine.model();
    }

    Request request(const std::vector<Message>& messages, std::uint32_t max_tokens,
                    std::size_t shared = 0) const {
        Request out;
        out.model = model;
        out.prompt = model->prompt(messages, shared).value();
        out.max_tokens = max_tokens;
        out.sampling.temperature = 0;
        return out;
    }
    Answer ask(Request request) {
        auto reader = Reader::start(engine, std::move(request));
        if (!reader) return {{}, {}, {}, {}, reader.error()};
        (*reader)->read();
        return (*reader)->answer;
    }
    // Until nobody is in the context any more and saving is over.
    Status settled() {
        for (int i = 0; i < 2000; ++i) {
            const auto now = engine.status();
            if (now.live == 0 && now.saved_bytes == last_saved_ && ++calm_ > 20) break;
            if (now.live != 0 || now.saved_bytes != last_saved_) calm_ = 0;
            last_saved_ = now.saved_bytes;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        calm_ = 0;
        return engine.status();
    }

    Engine engine;
    std::shared_ptr<const Model> model;

private:
    std::uint64_t last_saved_ = 0;
    int calm_ = 0;
};

// About this many tokens of ordinary words, different for each seed.
inline std::string words(std::size_t tokens, unsigned seed = 1) {
    static const char* const list[] = {"river",  "stone",   "quiet", "morning", "window", "garden",
                                       "letter", "music",   "rain",  "harbor",  "cat",    "clock",
                                       "bread",  "evening", "story", "light"};
    std::string text;
    for (std::size_t i = 0; i < tokens; ++i) {
        seed = seed * 1664525u + 1013904223u;
        text += list[(seed >> 20) % 16];
        text += ' ';
    }
    return text;
}

inline std::vector<Message> chat(std::string user,
                                 std::string system = "You are Mira, who keeps a lighthouse.") {
    return {{Role::system, std::move(system), {}}, {Role::user, std::move(user), {}}};
}

}  // namespace lares::engine::llm::test
