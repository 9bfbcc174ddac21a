// bench_floor: the least that a spoken answer takes with these engines: no server, no pipeline, one loop. The
// prefix of the prompt lies in the cache; the new tokens are computed, tokens are chosen greedily until the
// first clause ends, and that clause is synthesised; generation stands still meanwhile. Its phonemes are
// looked up beforehand.
//     bench_floor MODEL.gguf THREADS BATCH_THREADS CHUNK
// In: the system prompt as one line, then one line for each message, every one the first of a fresh chat.
// Out: for each message "FIRST_AUDIO_MS FIRST_TOKEN_MS CLAUSE_MS PROMPT_TOKENS NEW_TOKENS WORDS_OF_CLAUSE".
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <future>
#include <iostream>
#include <string>
#include <vector>

#include "engine/llm/context.h"
#include "engine/llm/model.h"
#include "engine/tts/voice.h"
#include "voice/clauses.h"
#include "voice/local/reading.h"
#include "voice/speech_text.h"
#include "voice/utf.h"

namespace {

using namespace lares;
using Clock = std::chrono::steady_clock;
constexpr int tokens_max = 80;

double ms_since(Clock::time_point began) {
    return std::chrono::duration<double, std::milli>(Clock::now() - began).count();
}

[[noreturn]] void give_up(const std::string& why) {
    std::cerr << "bench_floor: " << why << '\n';
    std::exit(2);
}

template <class T>
T need(Result<T> result) {
    if (!result) give_up(result.error().message);
    return std::move(*result);
}

// The first block of sound ends the measurement; the rest is made as well, as a server would.
struct FirstBlock final : engine::tts::Sink {
    bool timing(engine::tts::Timing) override { return true; }
    bool samples(std::span<const std::int16_t>) override {
        if (at_ms == 0) at_ms = ms_since(began);
        return true;
    }
    Clock::time_point began;
    double at_ms = 0;
};

class Floor {
public:
    Floor(const std::string& file, int threads, int batch_threads, int chunk) {
        model_ = need(engine::llm::Model::load(file, [](float) { return true; }));
        engine::llm::Options options;
        options.threads = static_cast<std::uint32_t>(threads);
        options.batch_threads = static_cast<std::uint32_t>(batch_threads);
        options.chunk = static_cast<std::uint32_t>(chunk);
        context_ = need(engine::llm::Context::make(model_, engine::llm::make_plan(options, *model_)));
        chunk_ = static_cast<std::size_t>(chunk);
        const auto folder = need(engine::tts::find_voice("hibari", engine::tts::bundled_voice_folders()));
        voice_ = need(engine::tts::Voice::open(folder));
        phonemizer_ = need(voice::open_reading(folder));
    }

    void answer(const std::string& system, const std::string& message, bool report) {
        const auto prompt = need(model_->prompt(
            {{engine::llm::Role::system, system, {}}, {engine::llm::Role::user, message, {}}}, 1));
        const auto began = Clock::now();
        std::size_t kept = 0;
        while (kept < cached_.size() && kept + 1 < prompt.tokens.size() &&
               cached_[kept] == prompt.tokens[kept])
            ++kept;
        if (!context_->truncate(0, kept)) kept = 0;
        cached_ = prompt.tokens;
        for (std::size_t at = kept; at < cached_.size();) {
            const std::size_t end = std::min(cached_.size(), at + chunk_);
            for (; at < end; ++at) context_->add(cached_[at], at, 0, at + 1 == cached_.size());
            decode();
        }

        voice::ClauseSplitter splitter;
        double token_ms = 0;
        std::optional<voice::Clause> clause;
        for (int count = 0; !clause && count < tokens_max; ++count) {
            auto token = greedy();
            if (count == 0) token_ms = ms_since(began);
            if (model_->ends_turn(token)) break;
            splitter.feed(model_->piece(token));
            clause = splitter.next();
            if (clause) break;
            context_->add(token, cached_.size(), 0, true);
            cached_.push_back(token);
            decode();
        }
        if (!clause) {
            splitter.finish();
            clause = splitter.next();
        }
        const double clause_ms = ms_since(began);
        const auto text =
            voice::to_utf8(voice::speech_text(clause && !clause->code ? clause->text : U"").text);
        engine::tts::Request request;
        const auto looked_up = Clock::now();
        for (const auto& phoneme : phonemizer_->speak(text).phonemes) request.phonemes += phoneme.symbol;
        FirstBlock sink;
        sink.began = began + (Clock::now() - looked_up);
        // On a thread of its own: both engines keep processor state (AMX tiles) between calls of one thread.
        const auto spoken =
            std::async(std::launch::async, [&] { return voice_->speak(request, sink); }).get();
        if (!spoken) give_up(spoken.error().message);
        if (report)
            std::printf("%.3f %.3f %.3f %zu %zu %s\n", sink.at_ms, token_ms, clause_ms, prompt.tokens.size(),
                        prompt.tokens.size() - kept, text.c_str());
        std::fflush(stdout);
    }

private:
    void decode() {
        batch_ = context_->batch_size();
        if (!context_->decode()) give_up("nothing was computed");
    }
    engine::llm::Token greedy() const {
        const float* const logits = context_->logits(batch_ - 1);
        return static_cast<engine::llm::Token>(std::max_element(logits, logits + model_->vocabulary()) -
                                               logits);
    }

    std::shared_ptr<const engine::llm::Model> model_;
    std::unique_ptr<engine::llm::Context> context_;
    std::size_t chunk_ = 0, batch_ = 0;
    std::shared_ptr<const engine::tts::Voice> voice_;
    std::shared_ptr<const voice::english::Phonemizer> phonemizer_;
    std::vector<engine::llm::Token> cached_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) give_up("MODEL.gguf THREADS BATCH_THREADS CHUNK");
    Floor floor(argv[1], std::stoi(argv[2]), std::stoi(argv[3]), std::stoi(argv[4]));
    std::string system;
    std::getline(std::cin, system);
    floor.answer(system, "Hi.", false);
    for (std::string line; std::getline(std::cin, line);) floor.answer(system, line, true);
}
