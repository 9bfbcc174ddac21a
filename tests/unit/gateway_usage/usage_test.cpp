// Prices, accounts of budgets, the journal and the ledger. Over 500 lines: what is set aside, booked and
// written down is one road, and each part of it is tested with the next.
#include <filesystem>
#include <fstream>
#include <random>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include "async/clock.h"
#include "gateway/migrations.h"
#include "gateway/usage/accounting.h"
#include "gateway/usage/estimate.h"
#include "gateway/usage/price.h"

namespace lares::gateway {
namespace {

constexpr std::int64_t noon = 1'700'049'600'000;  // 2023-11-15 12:00 UTC

TEST(Prices, AModelIsFoundByItsProviderItsNameAndWithoutItsDate) {
    Prices prices;
    ModelFacts facts;
    facts.price = Price{};
    facts.price->input = 1;
    prices.set_base({{"m", facts}, {"claude-opus-4", facts}});
    auto table = parse_price_table(R"({"models": {"rack/m": {"input": 2}, "gpt-4o": {"input": 3}}})");
    ASSERT_TRUE(table);
    prices.set_table(std::move(*table), 7);
    const auto input = [&](const char* provider, const char* model) {
        const auto found = prices.find(provider, model);
        return found ? found->input.value_or(-1) : -1;
    };
    EXPECT_EQ(input("rack", "m"), 2);
    EXPECT_EQ(input("other", "m"), 1);
    EXPECT_EQ(input("openai", "gpt-4o-2024-08-06"), 3);
    EXPECT_EQ(input("openai", "gpt-4o-mini"), -1);
    EXPECT_EQ(input("anthropic", "claude-opus-4-5"), -1) << "another model, not a date";
    const auto cost = prices.cost("rack", "m", {.prompt = 1'000'000});
    EXPECT_EQ(cost.micros, 2'000'000);
    EXPECT_EQ(cost.version, 7);
}

TEST(Prices, UnknownIsUnknownAndNotFree) {
    Prices prices;
    EXPECT_FALSE(prices.cost("x", "y", {.prompt = 1}).micros);
    EXPECT_EQ(prices.cost("x", "y", {}).micros, 0) << "nothing was taken";
    EXPECT_FALSE(prices.most("x", "y", 1, 1).micros);
}

TEST(Prices, ATableThatCannotBeIsRefusedWithItsField) {
    for (const char* bad :
         {R"({"models": {"m": {"input": -1}}})", R"({"models": {"m": {"input": 1e300}}})",
          R"({"models": {"": {"input": 1}}})", R"({"models": {"m": {"tiers": [{"input": 1}]}}})",
          R"({"models": []})", "[]", "{"})
        EXPECT_FALSE(parse_price_table(bad)) << bad;
    const auto table = parse_price_table(R"({"models": {"m": {"output": "2"}}})");
    ASSERT_FALSE(table);
    EXPECT_EQ(table.error().field, "models.m.output");
}

// What is set aside is never less than what is booked, whatever the provider makes of the prompt.
TEST(Prices, WhatIsSetAsideIsEnough) {
    std::mt19937_64 random(7);
    const auto maybe = [&]() -> std::optional<double> {
        if (random() % 3 == 0) return std::nullopt;
        return static_cast<double>(random() % 100'000'000) / 1e6;
    };
    const auto tiers = [&] {
        std::vector<PriceTier> out;
        for (auto count = random() % 4; count > 0; --count)
            out.push_back({static_cast<std::int64_t>(random() % 1000 + 1), maybe(), maybe(), maybe(), maybe(),
                           maybe()});
        return out;
    };
    const auto service = [&]() -> std::optional<ServicePrice> {
        if (random() % 2 == 0) return std::nullopt;
        return ServicePrice{maybe(), maybe(), maybe(), maybe(), tiers()};
    };
    int priced = 0;
    for (int i = 0; i < 20'000; ++i) {
        Price price{.input = maybe(),
                    .output = maybe(),
                    .cache_read = maybe(),
                    .cache_write = maybe(),
                    .above_tokens = {},
                    .input_above = {},
                    .output_above = {},
                    .reasoning = maybe(),
                    .tiers = tiers(),
                    .cache_write_1h = maybe(),
                    .search = maybe(),
                    .flex = service(),
                    .priority = service()};
        if (random() % 4 == 0) price.above_tokens = static_cast<std::int64_t>(random() % 1000);
        if (price.above_tokens) price.input_above = maybe();
        const auto most_prompt = static_cast<std::uint32_t>(random() % 2000);
        const auto most_answer = static_cast<std::uint32_t>(random() % 2000);
        const auto most_searches = static_cast<std::uint32_t>(random() % 3);
        const auto most = most_micros(price, most_prompt, most_answer, most_searches);
        if (!most) continue;
        Usage usage;
        usage.prompt = static_cast<std::uint32_t>(random() % (most_prompt + 1));
        usage.reused = static_cast<std::uint32_t>(random() % (usage.prompt + 1));
        usage.cache_write = static_cast<std::uint32_t>(random() % (usage.prompt - usage.reused + 1));
        usage.completion = static_cast<std::uint32_t>(random() % (most_answer + 1));
        usage.reasoning = static_cast<std::uint32_t>(random() % (usage.completion + 1));
        usage.cache_write_1h = static_cast<std::uint32_t>(random() % (usage.cache_write + 1));
        usage.searches = static_cast<std::uint32_t>(random() % (most_searches + 1));
        usage.service = static_cast<Service>(random() % 3);
        const auto cost = cost_micros(price, usage);
        ASSERT_TRUE(cost);
        ASSERT_LE(*cost, *most);
        ++priced;
    }
    EXPECT_GT(priced, 1000);
}

TEST(Dates, AreThoseOfTheCalendar) {
    EXPECT_EQ(date_text(day_of(noon)), "2023-11-15");
    EXPECT_EQ(date_text(month_begin(day_of(noon))), "2023-11-01");
    EXPECT_EQ(date_text(month_end(day_of(noon))), "2023-12-01");
    EXPECT_EQ(day_of_text("2024-02-29"), *day_of_text("2024-03-01") - 1);
    for (const char* bad : {"2023-02-29", "2023-13-01", "20231115", "2023-1-15", "x023-11-15", ""})
        EXPECT_FALSE(day_of_text(bad)) << bad;
}

class AccountsTest : public testing::Test {
protected:
    Accounts accounts;
    const Subject ann{BudgetScope::person, "ann"};

    Holdings known(const Subject& whose, std::optional<std::int64_t> key_total = {}) {
        auto budgets = accounts.of({whose}, key_total);
        for (const auto& subject : accounts.unknown(budgets)) {
            accounts.begin_load(subject, day_of(noon));
            accounts.finish_load(subject, day_of(noon), {});
        }
        return budgets;
    }
};

TEST_F(AccountsTest, AHardBudgetIsNeverPassed) {
    accounts.set_budget({ann, Period::day, {}, 100});
    const auto budgets = known(ann);
    EXPECT_TRUE(accounts.reserve(budgets, 60, noon));
    const auto refused = accounts.reserve(budgets, 50, noon);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().type, "budget-exceeded");
    EXPECT_TRUE(accounts.reserve(budgets, 40, noon));
    accounts.release(ann, 60);
    accounts.spend(ann, 10, noon);
    EXPECT_TRUE(accounts.reserve(budgets, 50, noon)) << "10 spent, 40 set aside";
    EXPECT_FALSE(accounts.reserve(budgets, 1, noon));
    EXPECT_TRUE(accounts.reserve(budgets, 0, noon)) << "what costs nothing is always let pass";
}

TEST_F(AccountsTest, ADayAndAMonthBeginAnewAndATotalDoesNot) {
    accounts.set_budget({ann, Period::day, {}, 100});
    accounts.set_budget({ann, Period::total, {}, 150});
    const auto budgets = known(ann);
    accounts.spend(ann, 100, noon);
    const auto refused = accounts.reserve(budgets, 1, noon);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().retry_after_ms, 12 * 3600 * 1000);
    const auto tomorrow = noon + day_ms;
    EXPECT_TRUE(accounts.reserve(budgets, 50, tomorrow));
    accounts.release(ann, 50);
    accounts.spend(ann, 50, tomorrow);
    const auto total = accounts.reserve(budgets, 1, tomorrow);
    ASSERT_FALSE(total);
    EXPECT_FALSE(total.error().retry_after_ms) << "it does not come back by itself";
}

TEST_F(AccountsTest, ACallIsBookedOnTheDayOfItsBeginning) {
    accounts.set_budget({ann, Period::day, {}, 100});
    const auto budgets = known(ann);
    EXPECT_TRUE(accounts.reserve(budgets, 0, noon + day_ms));
    accounts.spend(ann, 100, noon + day_ms);
    accounts.spend(ann, 70, noon);  // began yesterday, ends only now
    EXPECT_EQ(accounts.state(budgets[0], noon + day_ms).spent_micros, 100);
}

TEST_F(AccountsTest, OnesOwnBudgetStandsInPlaceOfEverybodys) {
    accounts.set_budget({{BudgetScope::person, "*"}, Period::month, {}, 10});
    accounts.set_budget({ann, Period::month, {}, 1000});
    EXPECT_EQ(known(ann).at(0).hard_micros, 1000);
    const Subject robert{BudgetScope::person, "bob"}, one_key{BudgetScope::key, "k"};
    const auto bob = known(robert);
    ASSERT_EQ(bob.size(), 1U);
    EXPECT_EQ(bob[0].hard_micros, 10);
    EXPECT_EQ(bob[0].subject.id, "bob");
    const auto key = known(one_key, 5);
    ASSERT_EQ(key.size(), 1U);
    EXPECT_FALSE(accounts.reserve(key, 6, noon));
}

TEST_F(AccountsTest, AnUnknownPriceIsRefusedWhereABudgetMustHold) {
    accounts.set_budget({ann, Period::month, 5, {}});
    EXPECT_TRUE(accounts.reserve(known(ann), std::nullopt, noon)) << "a soft budget refuses nothing";
    accounts.set_budget({ann, Period::month, 5, 10});
    const auto refused = accounts.reserve(known(ann), std::nullopt, noon);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().type, "price-unknown");
}

TEST_F(AccountsTest, WhatIsSpentWhileThePastIsReadIsNotLost) {
    accounts.set_budget({ann, Period::day, {}, 100});
    const auto budgets = accounts.of({ann});
    accounts.begin_load(ann, day_of(noon));
    accounts.spend(ann, 7, noon);
    accounts.finish_load(ann, day_of(noon), {20, 30, 40});
    EXPECT_EQ(accounts.state(budgets[0], noon).spent_micros, 27);
}

// The ledger's own thread wakes who waits for it.
template <class T>
Result<T> wait(Task<Result<T>> task) {
    boost::asio::io_context io;
    auto guard = boost::asio::make_work_guard(io);
    Result<T> out = fail(Code::internal, "no-answer", "");
    boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr, Result<T> result) {
        out = std::move(result);
        guard.reset();
    });
    io.run();
    return out;
}

class LedgerTest : public testing::Test {
protected:
    LedgerTest()
        : folder(std::filesystem::temp_directory_path() / ("lares-ledger-" + std::to_string(::getpid()))) {
        std::filesystem::create_directories(folder);
        table.models["x/m"] = Price{};
        table.models["x/m"].input = table.models["x/m"].output = 1;
        prices.set_table(table, 1);
    }
    ~LedgerTest() override { std::filesystem::remove_all(folder); }

    static std::unique_ptr<db::Database> database() {
        auto opened = db::Database::open(
            {.file = ":memory:", .migrations = {{"gateway", migrations}}, .inline_mode = true, .vfs = {}});
        return std::move(*opened);
    }
    Planned planned(std::uint32_t tokens, std::string person = "ann") {
        Planned out;
        out.began_ms = clock.unix_ms();
        out.id = ids.next(out.began_ms);
        out.payer.person = std::move(person);
        out.provider = "x";
        out.model = "m";
        out.prompt = tokens;
        return out;
    }
    Settled settled(const Planned& call, std::uint32_t tokens, Outcome outcome = Outcome::done) {
        Settled out;
        out.id = call.id;
        out.payer = call.payer;
        out.provider = call.provider;
        out.model = call.model;
        out.outcome = outcome;
        out.usage.prompt = tokens;
        out.cost_micros = tokens;
        out.started_ms = call.began_ms;
        return out;
    }
    static std::vector<UsageRow> rows(db::Database& db) {
        return *db.read_blocking([](db::Reader& reader) { return usage_before(reader, "", "", 1000); });
    }

    std::filesystem::path folder;
    async::SystemClock clock;
    IdSource ids;
    PriceTable table;
    Prices prices;
};

TEST_F(LedgerTest, WhatAKilledProcessLeftIsBookedOnce) {
    const auto file = folder / "usage.journal", copy = folder / "copy.journal";
    auto first = database();
    {
        Accounting accounting(*first, clock, prices,
                              {.journal = file, .gather = async::Milliseconds(600'000)});
        ASSERT_TRUE(accounting.start());
        const auto done = planned(100), open = planned(300);
        ASSERT_TRUE(wait(accounting.reserve(done)));
        ASSERT_TRUE(wait(accounting.reserve(open)));
        accounting.settle(settled(done, 40));
        std::filesystem::copy_file(file, copy);  // as it stands when the process is killed now
        accounting.settle(settled(open, 5, Outcome::aborted));
    }
    auto second = database();
    for (int start = 0; start < 2; ++start) {
        const auto again = folder / "again.journal";
        std::filesystem::copy_file(copy, again, std::filesystem::copy_options::overwrite_existing);
        Accounting accounting(*second, clock, prices, {.journal = again});
        ASSERT_TRUE(accounting.start());
        EXPECT_EQ(std::filesystem::file_size(again), 0U);
        const auto booked = rows(*second);
        ASSERT_EQ(booked.size(), 2U);
        EXPECT_EQ(booked[0].outcome, Outcome::cut);
        EXPECT_TRUE(booked[0].estimated);
        EXPECT_EQ(booked[0].cost_micros, 300) << "all that was set aside: it may have been taken";
        EXPECT_EQ(booked[1].outcome, Outcome::done);
        EXPECT_EQ(booked[1].cost_micros, 40);
        const auto day = day_of(booked[0].started_ms);
        const auto spent = second->read_blocking(
            [day](db::Reader& reader) { return spent_of(reader, {BudgetScope::person, "ann"}, day); });
        EXPECT_EQ(spent->day, 340) << "the sums count each call once";
    }
}

TEST_F(LedgerTest, AJournalGivesBackWhatWasWrittenWhole) {
    const auto file = folder / "some.journal";
    const auto found = [](const std::filesystem::path& at) { return (*Journal::open(at))->take_found(); };
    const std::vector<std::string> many{"one", std::string("t\0w\n", 4), std::string(100'000, 'x'), "four"};
    {
        auto journal = *Journal::open(file);
        for (const auto& record : many) ASSERT_TRUE(journal->append(record));
        EXPECT_EQ(found(file), many) << "as another process sees it while this one is killed";
        ASSERT_TRUE(journal->replace(std::vector<std::string_view>{"kept"}));
        ASSERT_TRUE(journal->append("later"));
    }
    EXPECT_EQ(found(file), (std::vector<std::string>{"kept", "later"}));
    auto journal = *Journal::open(file);
    EXPECT_GT(journal->bytes(), 0U);
    ASSERT_TRUE(journal->clear());
    EXPECT_TRUE(found(file).empty());
    ASSERT_TRUE(journal->append("new"));
    EXPECT_EQ(found(file), (std::vector<std::string>{"new"})) << "nothing of what was there before";
}

TEST_F(LedgerTest, AJournalThatIsCutAnywhereGivesBackWhatStandsBefore) {
    const auto file = folder / "whole.journal", cut = folder / "cut.journal";
    const std::vector<std::string> records{"first record", "second", "the third one"};
    ASSERT_TRUE(
        (*Journal::open(file))->replace(std::vector<std::string_view>(records.begin(), records.end())));
    const auto size = std::filesystem::file_size(file);
    for (std::size_t length = 0; length <= size; ++length) {
        std::filesystem::copy_file(file, cut, std::filesystem::copy_options::overwrite_existing);
        std::filesystem::resize_file(cut, length);
        const auto shorter = (*Journal::open(cut))->take_found();
        std::filesystem::resize_file(cut, size);  // the rest is zeros, as after a power cut
        const auto zeroed = (*Journal::open(cut))->take_found();
        ASSERT_LE(shorter.size(), records.size());
        for (std::size_t i = 0; i < shorter.size(); ++i) EXPECT_EQ(shorter[i], records[i]) << length;
        EXPECT_GE(zeroed.size(), shorter.size());
        for (std::size_t i = 0; i < zeroed.size(); ++i) EXPECT_EQ(zeroed[i], records[i]) << length;
        if (length == size) EXPECT_EQ(shorter.size(), records.size());
    }
}

TEST(UsageRecord, EveryRowComesBackAndNothingElseIsRead) {
    RowView row;
    row.id = "id";
    row.person = "ann";
    row.model = std::string_view("m\0\n", 3);
    row.outcome = Outcome::cut;
    row.cost_micros = -1;
    row.estimated = true;
    row.input = std::int64_t{1} << 40;
    for (const auto mark : {Mark::began, Mark::ended}) {
        std::string record, again;
        append_record(record, mark, row);
        const auto read = from_record(record);
        ASSERT_TRUE(read);
        EXPECT_EQ(read->first, mark);
        append_record(again, mark, read->second);
        EXPECT_EQ(again, record);
        EXPECT_EQ(read->second.model, row.model);
        EXPECT_EQ(read->second.cost_micros, -1);
        EXPECT_FALSE(read->second.first_token_ms);
        for (std::size_t size = 0; size < record.size(); ++size)
            EXPECT_FALSE(from_record(std::string_view(record).substr(0, size))) << size;
        EXPECT_FALSE(from_record(record + "x"));
    }
}

TEST(Records, ComeBackInOrderHoweverTheyAreTaken) {
    const auto all = [](const Records& records) {
        std::vector<std::string> out;
        records.each([&](std::string_view one) { out.emplace_back(one); });
        return out;
    };
    Records records;
    for (const auto* text : {"one", "", "three", "4"})
        EXPECT_EQ(records.add([&](std::string& to) { to += text; }), text);
    auto first = records.take(2);
    EXPECT_EQ(all(first), (std::vector<std::string>{"one", ""}));
    EXPECT_EQ(all(records), (std::vector<std::string>{"three", "4"}));
    records.put_back(std::move(first));
    EXPECT_EQ(records.size(), 4U);
    EXPECT_EQ(all(records.take(9)), (std::vector<std::string>{"one", "", "three", "4"}));
    EXPECT_TRUE(records.empty());
}

TEST_F(LedgerTest, SumsEqualTheRowsToTheLastMicro) {
    auto db = database();
    std::int64_t sum = 0;
    {
        Accounting accounting(*db, clock, prices,
                              {.journal = {}, .batch_max = 7, .gather = async::Milliseconds(1)});
        ASSERT_TRUE(accounting.start());
        for (std::uint32_t i = 0; i < 500; ++i) {
            const auto call = planned(i, i % 2 ? "ann" : "bob");
            ASSERT_TRUE(wait(accounting.reserve(call)));
            accounting.settle(settled(call, i, i % 5 ? Outcome::done : Outcome::failed));
            sum += i;
        }
    }
    EXPECT_EQ(rows(*db).size(), 500U);
    const auto today = day_of(clock.unix_ms());
    const auto sums = db->read_blocking(
        [today](db::Reader& reader) { return usage_sums(reader, {"", today, today}, GroupBy::person, 10); });
    ASSERT_TRUE(sums);
    ASSERT_EQ(sums->size(), 2U);
    EXPECT_EQ((*sums)[0].cost_micros + (*sums)[1].cost_micros, sum);
    EXPECT_EQ((*sums)[0].calls + (*sums)[1].calls, 500);
    EXPECT_EQ((*sums)[0].unanswered + (*sums)[1].unanswered, 100);
}

TEST_F(LedgerTest, ParallelCallsWithRoomForTwenty) {
    auto db = database();
    Accounting accounting(*db, clock, prices, {});
    ASSERT_TRUE(accounting.start());
    ASSERT_TRUE(
        wait(accounting.set_budget({{BudgetScope::person, "ann"}, Period::total, {}, 2000}, "admin")));
    std::vector<Planned> passed;
    for (int i = 0; i < 200; ++i) {
        const auto call = planned(100);
        if (wait(accounting.reserve(call))) passed.push_back(call);
    }
    EXPECT_EQ(passed.size(), 20U);
    for (const auto& call : passed) accounting.settle(settled(call, 0, Outcome::failed));
    EXPECT_EQ(accounting.open(), 0U);
    EXPECT_TRUE(wait(accounting.reserve(planned(2000)))) << "what failed has given back all";
}

TEST_F(LedgerTest, ABudgetKnowsWhatWasSpentBeforeItWasMade) {
    auto db = database();
    {
        Accounting accounting(*db, clock, prices, {});
        ASSERT_TRUE(accounting.start());
        const auto call = planned(90);
        ASSERT_TRUE(wait(accounting.reserve(call)));
        accounting.settle(settled(call, 90));
    }
    Accounting accounting(*db, clock, prices, {});
    ASSERT_TRUE(accounting.start());
    ASSERT_TRUE(wait(accounting.set_budget({{BudgetScope::person, "ann"}, Period::month, {}, 100}, "admin")));
    EXPECT_FALSE(wait(accounting.reserve(planned(11))));
    EXPECT_TRUE(wait(accounting.reserve(planned(10))));
}

TEST(Estimate, IsNeverLessThanWhatATokeniserMakesOfIt) {
    ChatRequest request;
    request.messages.emplace_back();
    request.messages.back().content = std::string(1000, 'x');
    EXPECT_GE(size_of_prompt(request).most_tokens(), 1000U);
    EXPECT_EQ(most_answer_tokens(request, std::nullopt), 4096U);
    EXPECT_EQ(most_answer_tokens(request, 16'384), 16'384U);
    request.max_tokens = 50;
    EXPECT_EQ(most_answer_tokens(request, 16'384), 50U);
    // What a provider is given for thinking stands beside the answer.
    request.thinking = Thinking{.effort = "high"};
    EXPECT_GE(most_answer_tokens(request, std::nullopt), 50U + 16'384U);
    request.thinking = Thinking{.on = false};
    EXPECT_EQ(most_answer_tokens(request, std::nullopt), 50U);
}

TEST(Estimate, WhatIsNoTextMayFillTheContext) {
    ChatRequest request;
    request.messages.emplace_back();
    request.messages.back().parts.push_back({.kind = PartKind::image, .url = "https://x/y.png"});
    ModelFacts facts;
    facts.image_tokens = 48'169;
    facts.context_tokens = 128'000;
    EXPECT_GE(size_of_prompt(request).most_tokens(&facts), 48'169U);
    EXPECT_LT(size_of_prompt(request).most_tokens(&facts), 60'000U);
    auto file = request;
    file.messages.back().parts.push_back({.kind = PartKind::file, .url = "file_1"});
    EXPECT_GE(size_of_prompt(file).most_tokens(&facts), 128'000U);
    EXPECT_GE(size_of_prompt(file).most_tokens(), 200'000U);
    request.tools.push_back({.name = "web_search", .hosted = true});
    EXPECT_GE(size_of_prompt(request).most_tokens(&facts), 128'000U);
}

// 16 bits, one channel, by the head; `form` 1 is plain samples.
std::string wav_of(double seconds, std::uint32_t rate, std::uint16_t form = 1) {
    const auto little = [](std::uint64_t value, int bytes) {
        std::string out;
        for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> 8 * i & 0xFF);
        return out;
    };
    const auto size = static_cast<std::uint32_t>(seconds * rate * 2);
    return "RIFF" + little(size + 36, 4) + "WAVEfmt " + little(16, 4) + little(form, 2) + little(1, 2) +
           little(rate, 4) + little(std::uint64_t{rate} * 2, 4) + little(2, 2) + little(16, 2) + "data" +
           little(size, 4) + std::string(size, 'x');
}

TEST(Estimate, SoundThatIsHeardCountsByItsLength) {
    const auto second = heard_sound(wav_of(60, 16'000), "audio/wav a.wav");
    EXPECT_GE(second.likely, 600U) << "10 tokens a second";
    EXPECT_LE(second.likely, 601U);
    EXPECT_EQ(second.most, second.likely);
    EXPECT_LE(heard_sound(wav_of(60, 48'000), "").likely, 601U) << "its head, not its bytes or name, tells";
    const std::string mp3(16'000 * 60, 'm');  // 128 kbit/s
    const auto pressed = heard_sound(mp3, "application/octet-stream talk.mp3");
    EXPECT_GE(pressed.likely, 600U);
    EXPECT_LE(pressed.likely, 1'200U) << "at four bytes a token it were 240,000";
    EXPECT_GE(pressed.most, 9'600U) << "however much it was pressed";
    EXPECT_NE(heard_sound(wav_of(60, 16'000, 0x11), "audio/wav").most, second.most)
        << "ADPCM: not its samples";
    EXPECT_NE(heard_sound(wav_of(60, 16'000, 0xFFFE), "audio/wav").most, second.most) << "no subformat";
    auto claims = wav_of(60, 16'000);
    claims.replace(24, 4, 4, '\xff');
    EXPECT_GE(heard_sound(claims, "audio/wav").likely, 100U) << "nothing is sampled so often";
    for (const auto* broken : {"", "RIFF", "RIFF....WAVE",
                               "RIFF....WAVEfmt \xff\xff\xff\xff"
                               "000000000000"})
        EXPECT_LE(heard_sound(broken, "audio/wav").likely, 1U) << broken;
    EXPECT_EQ(heard_tokens(12.34), 124U);
    EXPECT_EQ(heard_tokens(-1), 0U);
    EXPECT_EQ(heard_tokens(1e300), 1U << 30);
}

TEST(Estimate, APictureCountsByItsProvidersRule) {
    using enum PictureRule;
    EXPECT_EQ(picture_tokens(anthropic, 1000, 1000), 1'334U) << "width * height / 750";
    EXPECT_EQ(picture_tokens(anthropic, 200, 200), 54U);
    EXPECT_EQ(picture_tokens(anthropic, 8000, 8000), 1'600U) << "it is made smaller";
    EXPECT_EQ(picture_tokens(anthropic, 0, 0), 1'600U);
    EXPECT_EQ(picture_tokens(openai, 1024, 1024), 765U) << "OpenAI's own example: four squares";
    EXPECT_EQ(picture_tokens(openai, 2048, 4096), 1'105U) << "OpenAI's own example: six squares";
    EXPECT_EQ(picture_tokens(openai, 512, 512), 255U);
    EXPECT_EQ(picture_tokens(openai, 0, 0), 1'445U);
}

TEST(Estimate, ASearchThatTheProviderMayMakeIsCounted) {
    ChatRequest request;
    request.tools.push_back({.name = "f", .schema = "{}"});
    EXPECT_EQ(size_of_prompt(request).searches, 0U);
    request.tools.push_back({.extras = R"({"type":"web_search_20250305","max_uses":5})", .hosted = true});
    EXPECT_EQ(size_of_prompt(request).searches, 5U);
    request.tools.back().extras = R"({"type":"web_search_20250305"})";
    EXPECT_EQ(size_of_prompt(request).searches, 20U);
    request.tools.back().extras = R"({"type":"bash_20250124"})";
    EXPECT_EQ(size_of_prompt(request).searches, 0U);
}

}  // namespace
}  // namespace lares::gateway
