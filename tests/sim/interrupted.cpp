// 10,000 turns that end in every way but the good one: afterwards memory, descriptors and the model's streams
// are back where they were. sim_interrupted [TURNS]
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <sanitizer/allocator_interface.h>
#include <unistd.h>

#include "chat/migrations.h"
#include "chat/prompts.h"
#include "observe/log.h"
#include "world.h"

namespace {

using namespace lares;

constexpr std::int64_t growth_max = 4 * 1024 * 1024;

// A sanitizer keeps what is freed for a while; there it says itself what is in use.
std::int64_t resident_bytes() {
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return static_cast<std::int64_t>(__sanitizer_get_current_allocated_bytes());
#else
    std::ifstream statm("/proc/self/statm");
    std::int64_t size = 0, resident = 0;
    statm >> size >> resident;
    return resident * sysconf(_SC_PAGESIZE);
#endif
}

std::ptrdiff_t descriptors() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

// The database is a file, so that it does not count; in memory if there is such a folder, for speed.
struct Folder {
    Folder() {
        std::string name =
            std::filesystem::exists("/dev/shm") ? "/dev/shm/lares-XXXXXX" : "/tmp/lares-XXXXXX";
        if (!mkdtemp(name.data())) std::abort();
        path = name;
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::filesystem::path path;
};

struct Stage {
    Stage() {
        db::Options options;
        options.file = folder.path / "turns.db";
        options.inline_mode = true;
        options.migrations = {{"chat", chat::migrations}, {"prompts", chat::prompt_migrations}};
        database = std::move(db::Database::open(std::move(options)).value());
        service.emplace(*database, hub, loop.clock, ids);
        provider.requests_max = 0;
        turn::Limits limits;
        limits.token_gap_ms = 500;
        turns.emplace(*service, companions, provider, loop.clock, ids, limits);
    }

    test::Script script() {
        std::vector<std::string> words;
        for (auto left = random.between(1, 12); left > 0; --left) words.push_back("word ");
        auto script = test::Script::say(words, random.between(0, 30));
        if (random.chance(0.3))
            script.error = Error{Code::upstream, "engine-failed", "It failed.", {}, {}, {}};
        if (random.chance(0.1)) script.steps.push_back({1'000'000, "never", {}, 0});
        if (random.chance(0.1)) script.open_error = script.error;
        return script;
    }

    // What its client does: reads a little, goes away, comes back, cancels.
    Task<void> talk() {
        turn::Request request;
        request.character_id = character;
        if (last && random.chance(0.9)) request.conversation_id = last;
        request.message = "Hello";
        auto started = co_await turns->start(owner, std::move(request));
        if (!started) co_return;
        last = started->accepted.conversation_id;
        const auto turn = started->accepted.turn_id;
        for (auto left = random.between(0, 6); left > 0; --left) {
            const auto frame = co_await started->frames->next();
            if (!frame || !*frame) break;
        }
        started->frames.reset();
        if (random.chance(0.2)) (void)co_await turns->frames(owner, turn, 2);
        if (random.chance(0.7)) (void)co_await turns->cancel(owner, turn);
    }

    void run(int count) {
        for (int i = 0; i < count; ++i) {
            loop.wait(talk());
            if (!loop.run_until([&] { return turns->stats().running == 0; })) std::abort();
        }
        loop.run_for(turn::Limits().keep_ms + 1);
        turns->stats();
        loop.settle();
    }

    Folder folder;
    test::VirtualLoop loop;
    sim::Random random{42};
    IdSource ids{42};
    chat::Hub hub;
    std::unique_ptr<db::Database> database;
    std::optional<chat::Service> service;
    test::ScriptedCompanions companions;
    test::ScriptedProvider provider{loop.clock, [this](const auto&) { return script(); }};
    std::optional<turn::Turns> turns;
    OwnerId owner = ids.make<OwnerId>(1);
    chat::CharacterId character = ids.make<chat::CharacterId>(1);
    std::optional<chat::ConversationId> last;
};

int failures = 0;

void expect(bool good, const char* what, long long before, long long after) {
    std::printf("%s: %s %lld before, %lld after\n", good ? "ok" : "FAILED", what, before, after);
    failures += good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    const int count = argc > 1 ? std::atoi(argv[1]) : 10'000;
    log::start({.level = log::Level::error, .json = false, .sink = [](std::string_view) {}});
    {
        Stage stage;
        stage.run(500);  // allocators and caches have what they keep
        const auto memory = resident_bytes();
        const auto files = descriptors();
        stage.run(count);
        const auto memory_after = resident_bytes();
        expect(memory_after - memory <= growth_max, "bytes in use", memory, memory_after);
        expect(descriptors() == files, "descriptors", files, descriptors());
        expect(stage.provider.streams == 0, "streams of the model", 0, stage.provider.streams);
        const auto stats = stage.turns->stats();
        expect(stats.running + stats.kept + stats.ring_bytes == 0, "turns and frames kept", 0,
               static_cast<long long>(stats.running + stats.kept + stats.ring_bytes));
        expect(stage.loop.clock.sleepers() == 0, "sleepers", 0,
               static_cast<long long>(stage.loop.clock.sleepers()));
        stage.loop.wait(stage.turns->stop());
        stage.loop.settle();
    }
    log::stop();
    std::printf("%d turns\n%d passed, %d failed, 0 skipped\n", count, 5 - failures, failures);
    return failures == 0 ? 0 : 1;
}
