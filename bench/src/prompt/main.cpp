// bench_prompt [--quick]: one prompt of about 16,000 tokens with 200 messages, a lorebook of 200 entries and
// an author's note, rendered again with one message more each time, as a chat goes. Tokens of what was
// counted before are remembered, as TokenCounter does.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "prompt/render.h"

namespace {

using namespace lares;
using Clock = std::chrono::steady_clock;

std::string words(std::size_t count, std::size_t salt) {
    static constexpr std::string_view common[] = {"river", "light", "walked", "under", "the",  "grey",
                                                  "tower", "and",   "quiet",  "wind",  "tall", "grass"};
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        text += common[(i * 7 + salt * 5) % std::size(common)];
        text += i % 11 == 10 ? ". " : " ";
    }
    return text;
}

}  // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 && std::string_view(argv[1]) == "--quick" ? 50 : 400;
    constexpr double limit_ms = 2;
    character::Card card;
    card.name = "Mira";
    card.description = words(300, 1) + "{{char}} knows {{user}}.";
    card.mes_example = "<START>\n{{user}}: hi\n{{char}}: ho";
    auto book = std::make_shared<character::Lorebook>();
    for (int i = 0; i < 200; ++i) {
        character::LoreEntry entry;
        entry.uid = i;
        entry.keys = {"key" + std::to_string(i)};
        entry.content = "Lore of {{char}} number " + std::to_string(i);
        book->entries.push_back(std::move(entry));
    }
    const auto books = prompt::lore::BookSet::compile({{prompt::lore::Scope::character, "b", book}}, {});
    prompt::RenderInput input;
    input.card = &card;
    input.persona = {"Robin", "A sailor.", prompt::PersonaPosition::in_prompt, 2, 0};
    input.settings.context_size = 32'768;
    input.settings.note.text = "Keep to the sea.";
    input.books = books.get();
    for (std::size_t i = 0; i < 200; ++i) {
        input.chat.push_back({i % 2 ? gateway::Role::assistant : gateway::Role::user,
                              words(60, i) + (i > 197 ? "key" + std::to_string(i) : ""), "", false});
    }
    std::unordered_map<std::string, std::size_t> counted;
    input.count = [&counted](const gateway::ChatMessage& message) -> Result<std::size_t> {
        const auto [found, is_new] = counted.try_emplace(message.content, 0);
        if (is_new) found->second = 4 + message.content.size() * 10 / 45;
        return found->second;
    };
    std::vector<double> times;
    std::size_t tokens = 0, messages = 0;
    for (int round = 0; round < rounds; ++round) {
        input.chat.erase(input.chat.begin());
        input.chat.push_back({round % 2 ? gateway::Role::assistant : gateway::Role::user,
                              words(60, static_cast<std::size_t>(round)) + std::to_string(round), "", false});
        const auto start = Clock::now();
        const auto rendered = prompt::render(input);
        const double ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
        if (!rendered) {
            std::printf("prompt: %s\n", rendered.error().message.c_str());
            return 1;
        }
        if (round > 2) times.push_back(ms);
        tokens = rendered->tokens;
        messages = rendered->messages.size();
    }
    std::ranges::sort(times);
    const double p50 = times[times.size() / 2], p99 = times[times.size() * 99 / 100];
    std::printf("%zu tokens in %zu messages, %d renderings: p50 %.3f ms, p99 %.3f ms\n", tokens, messages,
                rounds, p50, p99);
    std::printf("prompt figure: rendering %.3f ms (goal <= %.0f ms) %s\n", p50, limit_ms,
                p50 <= limit_ms ? "holds" : "falls short");
    return p50 <= limit_ms ? 0 : 1;
}
