// bench_chats [--quick]: a conversation of 50,000 messages, with versions and branches, in a database file;
// the times are those of the service, as a route asks it.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <future>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "async/clock.h"
#include "chat/migrations.h"
#include "chat/service.h"

namespace {

using namespace lares;
using Clock = std::chrono::steady_clock;

constexpr std::size_t messages = 50'000;
constexpr std::size_t versions_every = 10;  // an answer with three versions

// Runs one task to its end, as an event loop does.
template <class T>
T wait(Task<T> task) {
    boost::asio::io_context loop(1);
    auto result = boost::asio::co_spawn(loop, std::move(task), boost::asio::use_future);
    loop.run();
    return result.get();
}

std::string words(std::size_t salt) {
    static constexpr std::string_view common[] = {"river", "light", "walked", "under", "the",  "grey",
                                                  "tower", "and",   "quiet",  "wind",  "tall", "grass"};
    std::string text;
    for (std::size_t i = 0; i < 40; ++i) {
        text += common[(i * 7 + salt * 5 + salt / 7) % std::size(common)];
        text += i % 11 == 10 ? ". " : " ";
    }
    return text + "number" + std::to_string(salt);
}

chat::Copied conversation(chat::CharacterId character) {
    chat::Copied out;
    out.created.character_id = character;
    out.created.title = "Long";
    std::optional<std::size_t> above;
    for (std::size_t i = 0; out.messages.size() < messages; ++i) {
        const bool user = i % 2 == 0;
        const std::size_t versions = !user && i % versions_every == 1 ? 3 : 1;
        const auto parent = above;
        for (std::size_t version = 0; version < versions; ++version) {
            chat::CopiedMessage message;
            message.parent = parent;
            message.payload.role = user ? chat::Role::user : chat::Role::assistant;
            message.payload.text = words(out.messages.size());
            message.payload.created = static_cast<std::int64_t>(1'700'000'000'000 + i * 60'000);
            if (version + 1 == versions) above = out.messages.size();
            out.messages.push_back(std::move(message));
        }
        if (parent) out.messages[*parent].chosen = above;
    }
    out.leaf = above;
    return out;
}

struct Measured {
    double p50 = 0, p99 = 0, worst = 0;
};

template <class Call>
Measured measure(int rounds, Call call) {
    std::vector<double> times;
    for (int round = 0; round < rounds; ++round) {
        const auto start = Clock::now();
        call(round);
        times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    std::ranges::sort(times);
    const auto at = [&times](double part) {
        return times[std::min(times.size() - 1,
                              static_cast<std::size_t>(part * static_cast<double>(times.size())))];
    };
    return {at(0.5), at(0.99), times.back()};
}

bool show(const char* what, const Measured& measured, double goal_ms) {
    std::printf("chats %s: p50 %.2f ms, p99 %.2f ms, worst %.2f ms\n", what, measured.p50, measured.p99,
                measured.worst);
    if (goal_ms <= 0) return true;
    const bool holds = measured.p99 <= goal_ms;
    std::printf("chats figure: %s, p99: %.2f ms (goal <= %.0f ms) %s\n", what, measured.p99, goal_ms,
                holds ? "holds" : "falls short");
    return holds;
}

}  // namespace

int main(int argc, char** argv) {
    const bool quick = argc > 1 && std::string_view(argv[1]) == "--quick";
    const int rounds = quick ? 1'000 : 10'000;
    std::string folder = (std::filesystem::temp_directory_path() / "lares-bench-chats-XXXXXX").string();
    if (!mkdtemp(folder.data())) return 2;
    struct Remove {
        std::filesystem::path folder;
        ~Remove() { std::filesystem::remove_all(folder); }
    } remove{folder};
    db::Options options;
    options.file = std::filesystem::path(folder) / "lares.db";
    options.migrations = {{"chat", chat::migrations}};
    auto database = db::Database::open(std::move(options));
    if (!database) {
        std::printf("chats: %s\n", database.error().message.c_str());
        return 2;
    }
    async::SystemClock clock;
    IdSource ids;
    chat::Hub hub;
    chat::Service service(**database, hub, clock, ids);
    const auto owner = ids.make<OwnerId>(0);
    const auto character = ids.make<chat::CharacterId>(0);
    const auto began = Clock::now();
    const auto made = wait(service.import(owner, conversation(character), {}));
    if (!made) {
        std::printf("chats: %s\n", made.error().message.c_str());
        return 1;
    }
    std::printf("chats import of %zu messages: %.1f s\n", messages,
                std::chrono::duration<double>(Clock::now() - began).count());
    const auto id = made->id;
    chat::HistoryQuery first;
    first.conversation_id = id;
    std::vector<chat::MessageId> shown;
    chat::HistoryQuery all = first;
    all.limit = static_cast<std::int64_t>(chat::Limits::page_max);
    for (;;) {
        const auto page = wait(service.history(owner, all)).value();
        for (auto item = page.items.rbegin(); item != page.items.rend(); ++item) shown.push_back(item->id);
        if (!page.next) break;
        all.before = page.next;
    }
    bool good = show("first page",
                     measure(rounds, [&](int) { (void)wait(service.history(owner, first)).value(); }), 3);
    good &= show("page in the middle",
                 measure(rounds,
                         [&](int round) {
                             auto query = first;
                             query.before = shown[(static_cast<std::size_t>(round) * 7919) % shown.size()];
                             (void)wait(service.history(owner, query)).value();
                         }),
                 3);
    show("list of conversations", measure(rounds, [&](int) { (void)wait(service.list(owner, {})).value(); }),
         0);
    show("search",
         measure(rounds / 10,
                 [&](int round) {
                     chat::SearchQuery query;
                     query.text = "tower number" + std::to_string(round * 31);
                     (void)wait(service.search(owner, query)).value();
                 }),
         0);
    show("search of a word that is everywhere",
         measure(rounds / 10,
                 [&](int) {
                     chat::SearchQuery query;
                     query.text = "river";
                     (void)wait(service.search(owner, query)).value();
                 }),
         0);
    show("search of a character without a word",
         measure(rounds / 10,
                 [&](int) {
                     chat::SearchQuery query;
                     query.character = character;
                     (void)wait(service.search(owner, query)).value();
                 }),
         0);
    show("search of a time without a word",
         measure(rounds / 10,
                 [&](int) {
                     chat::SearchQuery query;
                     query.to = 1'700'000'000'000 + 20'000 * 60'000LL;  // about the middle
                     (void)wait(service.search(owner, query)).value();
                 }),
         0);
    show("edit near the end",
         measure(20,
                 [&](int round) {
                     (void)wait(service.edit(owner, id,
                                             {shown[static_cast<std::size_t>(round) + 2], "anew", true, {}}))
                         .value();
                 }),
         0);
    show("selecting in the middle",
         measure(20,
                 [&](int round) {
                     (void)wait(service.select(owner, id,
                                               shown[shown.size() / 2 + static_cast<std::size_t>(round)]));
                 }),
         0);
    return good ? 0 : 1;
}
