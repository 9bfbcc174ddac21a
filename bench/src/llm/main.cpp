// Measures the engine as the server uses it. Reads commands from its input, one a line, and answers each with
// one line of JSON; bench/llm drives it and llama.cpp's own bench in turns.
//   length PROMPT         how many tokens a prompt of about so many really has
//   speed CHATS greedy|default PROMPT GENERATED
//                         tokens/s of so many chats while all of them speak
//   gap PROMPT            gaps between the tokens of one chat, alone and while another prefills
//   idle CHATS TOKENS     so many chats that say nothing more; what is kept of them
//   turns TOKENS COUNT    time to first token, cold and of later turns
//   first                 from the start of this program to the first token
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "engine/llm/engine.h"
#include "engine/llm/model.h"
#include "support/doorbell.h"

namespace {

namespace llm = lares::engine::llm;
using Clock = std::chrono::steady_clock;

double ms_between(Clock::time_point from, Clock::time_point to) {
    return std::chrono::duration<double, std::milli>(to - from).count();
}

double percentile(std::vector<double> values, double part) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    return values[std::min(values.size() - 1,
                           static_cast<std::size_t>(part * static_cast<double>(values.size())))];
}

struct Listener {
    std::unique_ptr<llm::Generation> generation;
    std::vector<llm::Token> tokens;
    std::string text;
    std::vector<Clock::time_point> arrivals;  // one per token
    llm::End end;
    bool done = false;
};

std::string words(std::size_t count, unsigned seed) {
    static const char* const list[] = {"river",  "stone",   "quiet", "morning", "window", "garden",
                                       "letter", "music",   "rain",  "harbor",  "cat",    "clock",
                                       "bread",  "evening", "story", "light"};
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        seed = seed * 1664525u + 1013904223u;
        text += list[(seed >> 20) % 16];
        text += ' ';
    }
    return text;
}

class Bench {
public:
    explicit Bench(llm::Options options, const std::string& file) : engine_(std::move(options)) {
        lares::test::Doorbell loaded;
        engine_.load(file, [&loaded] { loaded.ring(); });
        loaded.wait();
        model_ = engine_.model();
        if (!model_) throw std::runtime_error(engine_.status().reason);
    }

    // A prompt of about this many tokens that asks for a long answer.
    std::vector<llm::Message> opening(std::size_t tokens, unsigned seed) const {
        const std::string ask =
            "Tell me a very long story about number " + std::to_string(seed) + " and these: ";
        const std::size_t around = model_->prompt({{llm::Role::user, ask, {}}}, 0).value().tokens.size();
        return {{llm::Role::user, ask + words(tokens > around ? tokens - around : 0, seed), {}}};
    }
    llm::Request request(const std::vector<llm::Message>& messages, std::uint32_t most) const {
        llm::Request out;
        out.model = model_;
        out.prompt = model_->prompt(messages, 0).value();
        out.max_tokens = most;
        out.sampling.temperature = 0;
        return out;
    }
    Listener& start(llm::Request request) {
        auto& listener = *listeners_.emplace_back(std::make_unique<Listener>());
        listener.generation = engine_.submit(std::move(request), [this] { bell_.ring(); }).value();
        return listener;
    }
    void poll() {
        bool news = false;
        for (auto& listener : listeners_) {
            if (listener->done) continue;
            const auto out = listener->generation->take();
            if (out.error) throw std::runtime_error(out.error->message);
            listener->text += out.text;
            for (const auto token : out.tokens) {
                listener->tokens.push_back(token);
                listener->arrivals.push_back(Clock::now());
            }
            if (out.end) listener->end = *out.end, listener->done = true;
            news = news || !out.empty();
        }
        if (!news) bell_.wait();
    }
    template <class F>
    void until(F reached) {
        while (!reached()) poll();
    }
    void settle() {
        for (int calm = 0; calm < 10;) {
            const auto before = engine_.status();
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
            const auto now = engine_.status();
            calm = now.live == 0 && now.saved_bytes == before.saved_bytes ? calm + 1 : 0;
        }
    }
    std::size_t length(std::size_t prompt) const {
        return request(opening(prompt, 1), 1).prompt.tokens.size();
    }
    void done() {
        listeners_.clear();
        settle();
    }

    // Tokens a second while all speak: from when the last one began until so many were made, or one ended;
    // and how many tokens a chat had by then, since those who began first have spoken meanwhile.
    struct Speed {
        double tokens_per_s, context;
    };
    Speed speed(std::size_t chats, bool greedy, std::size_t prompt, std::uint32_t generated) {
        for (std::size_t i = 0; i < chats; ++i) {
            auto each = request(opening(prompt, static_cast<unsigned>(i + 1)), generated * 8);
            if (!greedy) each.sampling = {}, each.sampling.seed = static_cast<std::uint32_t>(i + 1);
            start(std::move(each));
        }
        until([this] {
            return std::ranges::all_of(
                listeners_, [](const auto& each) { return each->tokens.size() > 1 || each->done; });
        });
        const auto begun = Clock::now();
        const std::size_t before = total();
        const double context =
            static_cast<double>(length(prompt)) + static_cast<double>(before) / static_cast<double>(chats);
        until([&] {
            return total() - before >= chats * generated ||
                   std::ranges::any_of(listeners_, [](const auto& each) { return each->done; });
        });
        const double rate = static_cast<double>(total() - before) * 1000 / ms_between(begun, Clock::now());
        done();
        return {rate, context};
    }

    std::vector<double> gaps(const Listener& listener, std::size_t from) const {
        std::vector<double> out;
        for (std::size_t i = std::max<std::size_t>(from, 1); i < listener.arrivals.size(); ++i)
            out.push_back(ms_between(listener.arrivals[i - 1], listener.arrivals[i]));
        return out;
    }

    void gap(std::size_t prompt) {
        std::vector<double> alone, beside;
        double prefill_ms = 0;
        for (unsigned round = 0; beside.size() < 100 && round < 8; ++round) {
            auto& speaker = start(request(opening(64, 50 + round), 1500));
            until([&] { return speaker.tokens.size() >= 100 || speaker.done; });
            const auto before = gaps(speaker, 4);
            alone.insert(alone.end(), before.begin(), before.end());
            if (!speaker.done) {
                const std::size_t from = speaker.arrivals.size();
                auto& other = start(request(opening(prompt, 90 + round), 1));
                until([&] { return other.done || speaker.done; });
                if (!speaker.done) prefill_ms = other.end.prefill_ms;
                const auto during = gaps(speaker, from);
                beside.insert(beside.end(), during.begin(), during.end());
            }
            done();
        }
        std::printf(
            "{\"alone_p50_ms\": %.2f, \"alone_p99_ms\": %.2f, \"beside_p50_ms\": %.2f, \"beside_p99_ms\": "
            "%.2f, "
            "\"gaps\": %zu, \"prefill_ms\": %.0f}\n",
            percentile(alone, 0.5), percentile(alone, 0.99), percentile(beside, 0.5),
            percentile(beside, 0.99), beside.size(), prefill_ms);
    }

    void idle(std::size_t chats, std::size_t tokens) {
        for (std::size_t i = 0; i < chats; ++i) {
            auto each = request(opening(tokens, static_cast<unsigned>(200 + i)), 2);
            each.cache_key = "idle-" + std::to_string(i);
            auto& listener = start(std::move(each));
            until([&] { return listener.done; });
            done();
        }
        const auto status = engine_.status();
        std::printf("{\"saved_mb\": %.0f, \"spilled_mb\": %.0f}\n",
                    static_cast<double>(status.saved_bytes) / 1e6,
                    static_cast<double>(status.spilled_bytes) / 1e6);
    }

    // Every other later turn comes after somebody else was in the context: the chat is restored then.
    void turns(std::size_t tokens, int count) {
        std::vector<double> stayed, restored;
        std::vector<double> extra;
        double cold = 0;
        auto messages = opening(tokens, 300);
        for (int turn = 0; turn <= count; ++turn) {
            auto each = request(messages, 24);
            each.cache_key = "turns";
            const auto asked = Clock::now();
            auto& listener = start(std::move(each));
            until([&] { return !listener.tokens.empty() || listener.done; });
            const double first = ms_between(asked, Clock::now());
            until([&] { return listener.done; });
            if (turn == 0) {
                cold = first;
            } else {
                (turn % 2 == 0 ? restored : stayed).push_back(first);
                const auto fresh = model_->tokenize(messages.back().content).size();
                extra.push_back(static_cast<double>(listener.end.computed) - static_cast<double>(fresh));
            }
            messages.push_back({llm::Role::assistant, listener.text, listener.tokens});
            messages.push_back(
                {llm::Role::user, "Please go on, what happened then? " + std::to_string(turn), {}});
            done();
            if (turn % 2 == 1) {
                auto other = request(opening(200, 400 + static_cast<unsigned>(turn)), 4);
                other.cache_key = "other";
                auto& between = start(std::move(other));
                until([&] { return between.done; });
                done();
            }
        }
        std::printf(
            "{\"cold_ms\": %.1f, \"stayed_p50_ms\": %.1f, \"restored_p50_ms\": %.1f, \"extra_tokens_max\": "
            "%.0f}\n",
            cold, percentile(stayed, 0.5), percentile(restored, 0.5), percentile(extra, 1));
    }

    void first(Clock::time_point program) {
        auto& listener = start(request(
            {{llm::Role::system, words(250, 5), {}}, {llm::Role::user, "Hello! Who are you?", {}}}, 4));
        until([&] { return !listener.tokens.empty() || listener.done; });
        const auto now = Clock::now();
        std::printf(
            "{\"load_ms\": %.0f, \"first_token_ms\": %.0f, \"prompt\": %zu}\n", engine_.status().load_ms,
            ms_between(program, now),
            request({{llm::Role::system, words(250, 5), {}}, {llm::Role::user, "Hello! Who are you?", {}}}, 4)
                .prompt.tokens.size());
        until([&] { return listener.done; });
        done();
    }

private:
    std::size_t total() const {
        std::size_t sum = 0;
        for (const auto& each : listeners_) sum += each->tokens.size();
        return sum;
    }
    llm::Engine engine_;
    std::shared_ptr<const llm::Model> model_;
    lares::test::Doorbell bell_;
    std::vector<std::unique_ptr<Listener>> listeners_;
};

}  // namespace

int main(int argc, char** argv) {
    const auto program = Clock::now();
    if (argc != 5) {
        std::fprintf(stderr, "bench_llm MODEL.gguf THREADS BATCH_THREADS CHUNK\n");
        return 2;
    }
    llm::Options options;
    options.threads = static_cast<std::uint32_t>(std::atoi(argv[2]));
    options.batch_threads = static_cast<std::uint32_t>(std::atoi(argv[3]));
    options.chunk = static_cast<std::uint32_t>(std::atoi(argv[4]));
    try {
        Bench bench(options, argv[1]);
        for (std::string line; std::getline(std::cin, line);) {
            std::istringstream input(line);
            std::string command, kind;
            std::size_t a = 0, b = 0;
            input >> command;
            if (command == "speed") {
                std::uint32_t generated = 0;
                input >> a >> kind >> b >> generated;
                const auto speed = bench.speed(a, kind == "greedy", b, generated);
                std::printf("{\"tokens_per_s\": %.2f, \"context\": %.0f}\n", speed.tokens_per_s,
                            speed.context);
            } else if (command == "gap") {
                input >> a;
                bench.gap(a);
            } else if (command == "idle") {
                input >> a >> b;
                bench.idle(a, b);
            } else if (command == "turns") {
                int count = 0;
                input >> a >> count;
                bench.turns(a, count);
            } else if (command == "first") {
                bench.first(program);
            } else {
                return 2;
            }
            std::fflush(stdout);
        }
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "bench_llm: %s\n", problem.what());
        return 1;
    }
    return 0;
}
