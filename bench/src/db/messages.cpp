// Acknowledged messages a second from 64 writers, each waiting for its answer before it sends the next, on a
// real file with synchronous=FULL. One message is what chat stores: an event, the projected message, the
// conversation's counter. Beside it, in the same run: one fsync of the same disk, and the same work with one
// commit a message.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "async/scope.h"
#include "bench_db.h"
#include "db/database.h"

namespace lares::bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr db::Migration migrations[] = {
    {1, "conversations",
     "CREATE TABLE conversations (id TEXT PRIMARY KEY, owner TEXT NOT NULL, seq INTEGER NOT NULL, updated_at "
     "INTEGER NOT "
     "NULL) STRICT, WITHOUT ROWID;"
     "CREATE TABLE events (conversation TEXT NOT NULL REFERENCES conversations (id), seq INTEGER NOT NULL, "
     "kind TEXT NOT "
     "NULL, at INTEGER NOT NULL, payload TEXT NOT NULL, PRIMARY KEY (conversation, seq)) STRICT, WITHOUT "
     "ROWID;"
     "CREATE TABLE messages (id TEXT PRIMARY KEY, owner TEXT NOT NULL, conversation TEXT NOT NULL REFERENCES "
     "conversations (id), parent TEXT, seq INTEGER NOT NULL, role TEXT NOT NULL, text TEXT NOT NULL, "
     "client_id TEXT, at "
     "INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
     "CREATE UNIQUE INDEX messages_by_seq ON messages (conversation, seq);"
     "CREATE UNIQUE INDEX messages_by_client_id ON messages (conversation, client_id);"}};

struct Sender {
    Uuid conversation;
    UserId owner;
};

struct Tally {
    Clock::time_point end;
    std::vector<double> latency_ms;
    long failed = 0;
};

IdSource& ids() {
    static IdSource source(1);
    return source;
}

Result<std::int64_t> store(db::Tx& tx, const Sender& sender, Uuid id, const std::string& text,
                           std::int64_t at) {
    LARES_TRY(auto seq, tx.one<std::int64_t>(
                            "UPDATE conversations SET seq = seq + 1, updated_at = ?2 WHERE id = ?1 AND "
                            "owner = ?3 RETURNING seq",
                            sender.conversation, at, sender.owner));
    LARES_CHECK(tx.run("INSERT INTO events VALUES (?1, ?2, 'message_accepted', ?3, ?4)", sender.conversation,
                       *seq, at, text));
    LARES_CHECK(tx.run("INSERT INTO messages VALUES (?1, ?2, ?3, NULL, ?4, 'user', ?5, ?6, ?7)", id,
                       sender.owner, sender.conversation, *seq, text, id.text(), at));
    return *seq;
}

Task<void> send(db::Database& database, Sender sender, Tally& tally) {
    const std::string text =
        "A message as people write them, of some two hundred letters. " + std::string(140, 'x');
    while (Clock::now() < tally.end) {
        const auto start = Clock::now();
        const Uuid id = ids().next(1'700'000'000'000);
        auto done = co_await database.write(
            [=](db::Tx& tx) { return store(tx, sender, id, text, 1'700'000'000'000); });
        if (!done)
            ++tally.failed;
        else
            tally.latency_ms.push_back(
                std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
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
    options.migrations = {{"chat", migrations}};
    auto opened = db::Database::open(std::move(options));
    if (!opened) {
        std::fprintf(stderr, "bench/db: %s\n", opened.error().message.c_str());
        std::exit(1);
    }
    db::Database& database = **opened;
    std::vector<Sender> senders;
    for (int i = 0; i < writers; ++i)
        senders.push_back({ids().next(1'700'000'000'000), ids().make<UserId>(1)});
    auto made = database.write_blocking([&](db::Tx& tx) -> Result<int> {
        for (const Sender& sender : senders)
            LARES_CHECK(
                tx.run("INSERT INTO conversations VALUES (?1, ?2, 0, 0)", sender.conversation, sender.owner));
        return 0;
    });
    if (!made) std::exit(1);

    boost::asio::io_context loop(1);
    async::TaskScope scope(loop.get_executor());
    const auto start = Clock::now();
    Tally tally{
        start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds)), {}, 0};
    for (const Sender& sender : senders) scope.spawn(send(database, sender, tally));
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
        return reader.one<long>("SELECT count(*) FROM messages JOIN events USING (conversation, seq)");
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
    std::printf("one message = event + projected message + counter; synchronous=FULL; folder %s\n",
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
