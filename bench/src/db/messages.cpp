// Acknowledged messages a second from 64 writers, each waiting for its answer before it sends the next, on a
// real file with synchronous=FULL: what people say and what is answered, as chat::Service stores it (event,
// projection, words for the search, the state of the turn). Beside it, in the same run: one fsync of the same
// disk, and the same work with one commit a message.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "async/clock.h"
#include "async/scope.h"
#include "bench_db.h"
#include "chat/migrations.h"
#include "chat/prompts.h"
#include "chat/service.h"
#include "db/database.h"

namespace lares::bench {

namespace {

using Clock = std::chrono::steady_clock;

// A person and their conversation: what they say and what is answered take turns.
struct Sender {
    OwnerId owner;
    chat::ConversationId conversation;
    std::optional<chat::MessageId> leaf = {};
};

struct Tally {
    Clock::time_point end;
    std::vector<double> latency_ms;
    long failed = 0;

    void count(bool stored, Clock::time_point asked) {
        if (stored)
            latency_ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - asked).count());
        else
            ++failed;
    }
};

// Two messages: each is an event and its projection, and is searchable.
Task<bool> exchange(chat::Service& chats, IdSource& ids, Sender& sender, Tally& tally) {
    static const std::string text =
        "A message as people write them, of some two hundred letters. " + std::string(140, 'x');
    chat::Accept said;
    said.conversation_id = sender.conversation;
    if (!sender.leaf) said.create = chat::NewConversation{ids.make<chat::CharacterId>(1), "Bench", ""};
    said.turn_id = ids.make<chat::TurnId>(1);
    said.message_id = ids.make<chat::MessageId>(1);
    said.answer_id = ids.make<chat::MessageId>(1);
    said.parent = sender.leaf;
    said.text = text;
    said.client_id = said.message_id.text();
    chat::AnswerEnd answered;
    answered.turn_id = said.turn_id;
    answered.text = text;
    auto asked = Clock::now();
    const auto accepted = co_await chats.accept(sender.owner, std::move(said));
    tally.count(accepted.has_value(), asked);
    if (!accepted) co_return false;
    asked = Clock::now();
    const auto ended = co_await chats.end(sender.owner, std::move(answered));
    tally.count(ended.has_value(), asked);
    if (!ended) co_return false;
    sender.leaf = ended->id;
    co_return true;
}

Task<void> talk(chat::Service& chats, IdSource& ids, Sender sender, Tally& tally) {
    while (Clock::now() < tally.end)
        if (!co_await exchange(chats, ids, sender, tally)) co_return;
}

double flush_ms(const std::filesystem::path& folder) {
    const int file = ::open((folder / "flush").c_str(), O_WRONLY | O_CREAT, 0600);
    std::vector<double> times;
    const std::string page(8192, 'x');
    for (int i = 0; i < 100; ++i) {
        const auto start = Clock::now();
        if (::pwrite(file, page.data(), page.size(), i * 8192) < 0 || ::fdatasync(file) != 0) std::exit(1);
        times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    ::close(file);
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

struct Figures {
    double per_second = 0, p50_ms = 0, p99_ms = 0;
    long stored = 0, acknowledged = 0, failed = 0;
};

Figures run(const std::filesystem::path& file, int writers, std::size_t group_max, double seconds) {
    db::Options options;
    options.file = file;
    options.group_max = group_max;
    options.migrations = {{"chat", chat::migrations}, {"prompts", chat::prompt_migrations}};
    auto opened = db::Database::open(std::move(options));
    if (!opened) {
        std::fprintf(stderr, "bench/db: %s\n", opened.error().message.c_str());
        std::exit(1);
    }
    db::Database& database = **opened;
    IdSource ids(1);
    chat::Hub hub;
    async::SystemClock clock;
    chat::Service chats(database, hub, clock, ids);

    boost::asio::io_context loop(1);
    async::TaskScope scope(loop.get_executor());
    const auto start = Clock::now();
    Tally tally{
        start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds)), {}, 0};
    for (int i = 0; i < writers; ++i)
        scope.spawn(talk(chats, ids, {ids.make<OwnerId>(1), ids.make<chat::ConversationId>(1)}, tally));
    loop.run();
    const double took = std::chrono::duration<double>(Clock::now() - start).count();

    Figures out;
    out.acknowledged = static_cast<long>(tally.latency_ms.size());
    out.failed = tally.failed;
    out.per_second = static_cast<double>(out.acknowledged) / took;
    std::sort(tally.latency_ms.begin(), tally.latency_ms.end());
    if (!tally.latency_ms.empty()) {
        out.p50_ms = tally.latency_ms[tally.latency_ms.size() / 2];
        out.p99_ms = tally.latency_ms[tally.latency_ms.size() * 99 / 100];
    }
    auto stored = database.read_blocking([](db::Reader& reader) {
        return reader.one<long>(
            "SELECT count(*) FROM messages m WHERE EXISTS (SELECT 1 FROM events e WHERE "
            "e.conversation_id = m.conversation_id AND e.seq = m.seq)");
    });
    out.stored = stored && *stored ? **stored : -1;
    return out;
}

void print(const char* name, const Figures& f) {
    std::printf("%-34s %9.0f %8.2f %8.2f\n", name, f.per_second, f.p50_ms, f.p99_ms);
}

}  // namespace

bool bench_messages(bool quick, const std::filesystem::path& folder) {
    const double seconds = quick ? 3 : 10;
    std::printf("one message = event + projection, by chat::Service; synchronous=FULL; folder %s\n",
                folder.c_str());
    std::printf("one 8 KiB write and flush of this disk: %.2f ms (median of 100)\n", flush_ms(folder));
    std::printf("%-34s %9s %8s %8s\n", "", "msgs/s", "p50 ms", "p99 ms");
    const Figures alone = run(folder / "alone.db", 1, 1024, seconds / 2);
    print("1 writer", alone);
    const Figures single = run(folder / "single.db", 64, 1, seconds / 2);
    print("64 writers, one commit a message", single);
    const Figures grouped = run(folder / "grouped.db", 64, 1024, seconds);
    print("64 writers, group commit", grouped);
    const bool all = grouped.stored == grouped.acknowledged && grouped.failed == 0;
    const bool ok = all && grouped.per_second >= 3000;
    std::printf(
        "db acknowledged messages of 64 writers: %.0f messages/s (goal >= 3000; %ld of %ld stored) %s\n",
        grouped.per_second, grouped.stored, grouped.acknowledged, ok ? "holds" : "falls short");
    return ok;
}

}  // namespace lares::bench
