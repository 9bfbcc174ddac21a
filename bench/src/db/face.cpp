// The same inserts and selects through sqlite3's C API, our face and SOCI, in memory and on one thread, so
// that what differs is only what stands between the caller and SQLite. Rounds are interleaved; the median CPU
// time counts.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <soci/soci.h>
#include <sqlite3.h>

#include "bench_db.h"
#include "db/database.h"

// soci-sqlite3.h cannot be included beside sqlite3.h, which it puts into a namespace.
namespace soci {
extern "C" const backend_factory* factory_sqlite3();
}

namespace lares::bench {

namespace {

constexpr int per_transaction = 100;
#define LARES_TABLE                                                                                       \
    "CREATE TABLE messages (id TEXT PRIMARY KEY, conversation TEXT NOT NULL, seq INTEGER NOT NULL, role " \
    "INTEGER NOT NULL, text TEXT NOT NULL, at INTEGER NOT NULL, parent TEXT) STRICT;"
#define LARES_INDEX "CREATE UNIQUE INDEX by_seq ON messages (conversation, seq);"
constexpr const char* table = LARES_TABLE;
constexpr const char* by_seq = LARES_INDEX;
constexpr const char* schema = LARES_TABLE LARES_INDEX;

struct Message {
    Uuid id;
    Uuid conversation;
    std::int64_t seq = 0;
    int role = 0;
    std::string text;
    std::int64_t at = 0;
    std::optional<Uuid> parent;
};

std::vector<Message> make_messages(int count) {
    IdSource ids(1);
    std::vector<Message> out;
    const Uuid conversation = ids.next(1'700'000'000'000);
    for (int i = 0; i < count; ++i) {
        Message m{ids.next(1'700'000'000'000 + i), conversation, i, i % 2, "", 1'700'000'000'000 + i, {}};
        m.text = "message " + std::to_string(i) + std::string(180, 'x');
        if (i > 0) m.parent = out.back().id;
        out.push_back(std::move(m));
    }
    return out;
}

void must(bool ok, const char* what) {
    if (ok) return;
    std::fprintf(stderr, "bench/db: %s failed\n", what);
    std::exit(1);
}

double cpu_ms() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

// Answers a sum over what was read, so that no work can be left out.
struct Work {
    virtual ~Work() = default;
    virtual void insert(const std::vector<Message>& messages) = 0;
    virtual std::int64_t read_one_by_one(const std::vector<Message>& messages) = 0;
    virtual std::int64_t read_pages(const Message& any, int count) = 0;
};

class Raw final : public Work {
public:
    Raw() {
        must(sqlite3_open(":memory:", &db_) == SQLITE_OK, "open");
        must(sqlite3_exec(db_, schema, nullptr, nullptr, nullptr) == SQLITE_OK, "schema");
        insert_ = prepare("INSERT INTO messages VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        one_ = prepare("SELECT * FROM messages WHERE id = ?1");
        page_ = prepare("SELECT * FROM messages WHERE conversation = ?1 AND seq >= ?2 ORDER BY seq LIMIT 50");
    }
    ~Raw() override {
        for (auto* statement : {insert_, one_, page_}) sqlite3_finalize(statement);
        sqlite3_close(db_);
    }
    void insert(const std::vector<Message>& messages) override {
        for (std::size_t i = 0; i < messages.size(); i += per_transaction) {
            sqlite3_exec(db_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
            for (std::size_t k = i; k < std::min(messages.size(), i + per_transaction); ++k) {
                const Message& m = messages[k];
                bind(insert_, 1, m.id);
                bind(insert_, 2, m.conversation);
                sqlite3_bind_int64(insert_, 3, m.seq);
                sqlite3_bind_int(insert_, 4, m.role);
                sqlite3_bind_text(insert_, 5, m.text.data(), static_cast<int>(m.text.size()), SQLITE_STATIC);
                sqlite3_bind_int64(insert_, 6, m.at);
                if (m.parent)
                    bind(insert_, 7, *m.parent);
                else
                    sqlite3_bind_null(insert_, 7);
                must(sqlite3_step(insert_) == SQLITE_DONE, "insert");
                sqlite3_reset(insert_);
            }
            sqlite3_exec(db_, "COMMIT", nullptr, nullptr, nullptr);
        }
    }
    std::int64_t read_one_by_one(const std::vector<Message>& messages) override {
        std::int64_t sum = 0;
        for (const Message& m : messages) {
            bind(one_, 1, m.id);
            must(sqlite3_step(one_) == SQLITE_ROW, "select");
            sum += add(row(one_));
            sqlite3_reset(one_);
        }
        return sum;
    }
    std::int64_t read_pages(const Message& any, int count) override {
        std::int64_t sum = 0;
        for (int from = 0; from + 50 <= count; from += 50) {
            bind(page_, 1, any.conversation);
            sqlite3_bind_int(page_, 2, from);
            std::vector<Message> page;
            while (sqlite3_step(page_) == SQLITE_ROW) page.push_back(row(page_));
            sqlite3_reset(page_);
            for (const Message& m : page) sum += add(m);
        }
        return sum;
    }
    static std::int64_t add(const Message& m) {
        return m.seq + m.role + m.at + static_cast<std::int64_t>(m.text.size()) + m.id.bytes[15] +
               (m.parent ? 1 : 0);
    }

private:
    sqlite3_stmt* prepare(const char* sql) {
        sqlite3_stmt* out = nullptr;
        must(sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &out, nullptr) == SQLITE_OK,
             "prepare");
        return out;
    }
    static void bind(sqlite3_stmt* statement, int at, const Uuid& id) {
        const std::string text = id.text();
        sqlite3_bind_text(statement, at, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
    }
    static std::string_view text(sqlite3_stmt* statement, int at) {
        const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement, at));
        return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement, at))};
    }
    static Message row(sqlite3_stmt* s) {
        Message m{*Uuid::parse(text(s, 0)),
                  *Uuid::parse(text(s, 1)),
                  sqlite3_column_int64(s, 2),
                  sqlite3_column_int(s, 3),
                  std::string(text(s, 4)),
                  sqlite3_column_int64(s, 5),
                  {}};
        if (sqlite3_column_type(s, 6) != SQLITE_NULL) m.parent = *Uuid::parse(text(s, 6));
        return m;
    }
    sqlite3* db_ = nullptr;
    sqlite3_stmt *insert_ = nullptr, *one_ = nullptr, *page_ = nullptr;
};

class Face final : public Work {
public:
    Face() {
        static constexpr db::Migration migrations[] = {{1, "messages", schema}};
        db::Options options;
        options.file = ":memory:";
        options.inline_mode = true;
        options.migrations = {{"bench", migrations}};
        auto opened = db::Database::open(std::move(options));
        must(opened.has_value(), "open");
        database_ = std::move(*opened);
    }
    void insert(const std::vector<Message>& messages) override {
        for (std::size_t i = 0; i < messages.size(); i += per_transaction) {
            auto done = database_->write_blocking([&](db::Tx& tx) -> Result<int> {
                for (std::size_t k = i; k < std::min(messages.size(), i + per_transaction); ++k) {
                    const Message& m = messages[k];
                    LARES_CHECK(tx.run("INSERT INTO messages VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", m.id,
                                       m.conversation, m.seq, m.role, m.text, m.at, m.parent));
                }
                return 0;
            });
            must(done.has_value(), "insert");
        }
    }
    // One closure a read, as a request does it.
    std::int64_t read_one_by_one(const std::vector<Message>& messages) override {
        std::int64_t sum = 0;
        for (const Message& wanted : messages) {
            auto m = database_->read_blocking([&](db::Reader& reader) {
                return reader.one<Message>("SELECT * FROM messages WHERE id = ?1", wanted.id);
            });
            must(m && *m, "select");
            sum += Raw::add(**m);
        }
        return sum;
    }
    std::int64_t read_pages(const Message& any, int count) override {
        std::int64_t sum = 0;
        for (int from = 0; from + 50 <= count; from += 50) {
            auto page = database_->read_blocking([&](db::Reader& reader) {
                return reader.rows<Message>(
                    "SELECT * FROM messages WHERE conversation = ?1 AND seq >= ?2 ORDER BY seq LIMIT 50",
                    any.conversation, from);
            });
            must(page.has_value(), "page");
            for (const Message& m : *page) sum += Raw::add(m);
        }
        return sum;
    }

private:
    std::unique_ptr<db::Database> database_;
};

// As SOCI is written by hand: `session << "…", use(…), into(…)`, which prepares every time.
class Soci final : public Work {
public:
    Soci() : session_(*soci::factory_sqlite3(), "dbname=:memory:") {
        session_ << table;
        session_ << by_seq;
    }
    void insert(const std::vector<Message>& messages) override {
        for (std::size_t i = 0; i < messages.size(); i += per_transaction) {
            soci::transaction transaction(session_);
            for (std::size_t k = i; k < std::min(messages.size(), i + per_transaction); ++k) {
                const Message& m = messages[k];
                const std::string id = m.id.text(), conversation = m.conversation.text();
                const std::string parent = m.parent ? m.parent->text() : "";
                const long long seq = m.seq, at = m.at;
                soci::indicator has = m.parent ? soci::i_ok : soci::i_null;
                session_ << "INSERT INTO messages VALUES (:a, :b, :c, :d, :e, :f, :g)", soci::use(id),
                    soci::use(conversation), soci::use(seq), soci::use(m.role), soci::use(m.text),
                    soci::use(at), soci::use(parent, has);
            }
            transaction.commit();
        }
    }
    std::int64_t read_one_by_one(const std::vector<Message>& messages) override {
        std::int64_t sum = 0;
        for (const Message& m : messages) {
            const std::string wanted = m.id.text();
            Columns c;
            session_ << "SELECT * FROM messages WHERE id = :id", soci::use(wanted), soci::into(c.id),
                soci::into(c.conversation), soci::into(c.seq), soci::into(c.role), soci::into(c.text),
                soci::into(c.at), soci::into(c.parent, c.has);
            sum += Raw::add(c.message());
        }
        return sum;
    }
    std::int64_t read_pages(const Message& any, int count) override {
        std::int64_t sum = 0;
        const std::string conversation = any.conversation.text();
        for (int from = 0; from + 50 <= count; from += 50) {
            Columns c;
            soci::statement statement =
                (session_.prepare
                     << "SELECT * FROM messages WHERE conversation = :c AND seq >= :s ORDER BY seq LIMIT 50",
                 soci::use(conversation), soci::use(from), soci::into(c.id), soci::into(c.conversation),
                 soci::into(c.seq), soci::into(c.role), soci::into(c.text), soci::into(c.at),
                 soci::into(c.parent, c.has));
            statement.execute();
            std::vector<Message> page;
            while (statement.fetch()) page.push_back(c.message());
            for (const Message& m : page) sum += Raw::add(m);
        }
        return sum;
    }

private:
    struct Columns {
        std::string id, conversation, text, parent;
        long long seq = 0, at = 0;
        int role = 0;
        soci::indicator has = soci::i_ok;
        Message message() const {
            Message m{*Uuid::parse(id), *Uuid::parse(conversation), seq, role, text, at, {}};
            if (has == soci::i_ok) m.parent = *Uuid::parse(parent);
            return m;
        }
    };
    soci::session session_;
};

struct Times {
    double insert_ms = 0, one_ms = 0, page_ms = 0;
    double total() const { return insert_ms + one_ms + page_ms; }
};

Times run(Work& work, const std::vector<Message>& messages, std::int64_t& sum) {
    Times out;
    double start = cpu_ms();
    const auto lap = [&] {
        const double now = cpu_ms();
        return now - std::exchange(start, now);
    };
    work.insert(messages);
    out.insert_ms = lap();
    sum = work.read_one_by_one(messages);
    out.one_ms = lap();
    sum += work.read_pages(messages.front(), static_cast<int>(messages.size()));
    out.page_ms = lap();
    return out;
}

Times median(std::vector<Times> rounds) {
    Times out;
    for (auto member : {&Times::insert_ms, &Times::one_ms, &Times::page_ms}) {
        std::sort(rounds.begin(), rounds.end(), [&](auto& a, auto& b) { return a.*member < b.*member; });
        out.*member = rounds[rounds.size() / 2].*member;
    }
    return out;
}

}  // namespace

bool bench_face(bool quick) {
    const auto messages = make_messages(quick ? 10'000 : 40'000);
    const int rounds = quick ? 3 : 7;
    const std::vector<std::pair<std::string, std::function<std::unique_ptr<Work>()>>> sides = {
        {"raw", [] { return std::make_unique<Raw>(); }},
        {"face", [] { return std::make_unique<Face>(); }},
        {"soci", [] { return std::make_unique<Soci>(); }}};
    std::map<std::string, std::vector<Times>> all;
    std::int64_t expected = 0;
    for (int round = 0; round < rounds; ++round)
        for (const auto& [name, make] : sides) {
            std::int64_t sum = 0;
            all[name].push_back(run(*make(), messages, sum));
            if (expected == 0) expected = sum;
            must(sum == expected, "the same rows on every side");
        }
    const double count = static_cast<double>(messages.size());
    const Times raw = median(all["raw"]);
    std::printf("%zu rows in memory, median of %d rounds, CPU microseconds a row\n", messages.size(), rounds);
    std::printf("%-6s %10s %10s %10s %10s\n", "side", "insert", "select", "page of 50", "of raw");
    for (const auto& [name, make] : sides) {
        const Times t = median(all[name]);
        std::printf("%-6s %10.2f %10.2f %10.2f %9.2fx\n", name.c_str(), t.insert_ms * 1e3 / count,
                    t.one_ms * 1e3 / count, t.page_ms * 1e3 / count, t.total() / raw.total());
    }
    const Times face = median(all["face"]);
    const double worst =
        std::max({face.insert_ms / raw.insert_ms, face.one_ms / raw.one_ms, face.page_ms / raw.page_ms});
    const double ratio = face.total() / raw.total();
    const bool ok = ratio <= 1.3;
    std::printf("db face over the raw C API: %.2f x (goal <= 1.3; worst part %.2f) %s\n", ratio, worst,
                ok ? "holds" : "falls short");
    return ok;
}

}  // namespace lares::bench
