#include "world.h"

#include <cstdio>
#include <cstdlib>

#include "base/text.h"
#include "chat/migrations.h"
#include "chat/prompts.h"
#include "device.h"
#include "turn/hearing.h"

namespace lares::sim {

namespace {

constexpr std::int64_t append_ms = 400;
constexpr std::int64_t commit_ms_max = 20;
constexpr std::int64_t history_ms_max = 3'600'000;

}  // namespace

turn::Limits World::limits() const {
    turn::Limits limits;
    limits.speech.alone_ms = 1'000;
    limits.speech.hold_ms = 1'500;
    if (fault_ == Fault::far_ahead) limits.speech.ahead = 6;
    limits.append_ms = append_ms;
    limits.first_token_ms = 4'000;
    limits.token_gap_ms = 3'000;
    limits.turn_ms = 120'000;
    limits.keep_ms = 5'000;
    limits.ring_frames = 512;
    return limits;
}

namespace {

tl::unexpected<Error> storage_error() {
    return ::lares::fail(Code::storage_full, "storage-full", "The disk is full.");
}

}  // namespace

// Journal

Task<Result<void>> SimJournal::before_write() {
    co_await world_.pause(0, commit_ms_max / 2);
    if (dead || (!world_.settling && world_.random.chance(0.02))) co_return storage_error();
    co_return Result<void>();
}

// The commit is done; whether anybody learns of it is another question.
Task<Result<void>> SimJournal::after_write() {
    co_await world_.pause(0, commit_ms_max / 2);
    if (dead) co_return storage_error();
    co_return Result<void>();
}

Task<void> SimJournal::commit_later(SimJournal* self, OwnerId owner, chat::Accept what) {
    co_await self->world_.pause(20, 80);
    if (self->dead || self->world_.random.chance(0.05)) co_return;
    (void)co_await self->service_.accept(owner, std::move(what));
}

Task<Result<chat::Accepted>> SimJournal::accept_early(OwnerId owner, chat::Accept what) {
    chat::Accepted accepted{what.conversation_id, what.message_id, 3, what.turn_id, false};
    if (!what.create) {
        auto context = co_await service_.context(owner, what.conversation_id, {});
        if (!context) co_return ::lares::fail(context.error());
        accepted.seq = context->conversation.seq + 1;
    }
    world_.scope.spawn(commit_later(this, owner, std::move(what)));
    co_return accepted;
}

Task<Result<chat::Accepted>> SimJournal::accept(OwnerId owner, chat::Accept what) {
    LARES_CO_CHECK(co_await before_write());
    world_.owner_of.emplace(what.conversation_id, owner);
    if (world_.planted(Fault::early_accept, 0.3)) co_return co_await accept_early(owner, std::move(what));
    if (world_.planted(Fault::doubled_message, 1)) what.client_id.reset();
    const bool wrong_seq = world_.planted(Fault::wrong_seq, 0.2);
    LARES_CO_TRY(auto accepted, co_await service_.accept(owner, std::move(what)));
    LARES_CO_CHECK(co_await after_write());
    if (wrong_seq) ++accepted.seq;
    co_return accepted;
}

Task<Result<void>> SimJournal::append(chat::TurnId turn, std::int64_t part, std::string text) {
    auto ready = co_await before_write();
    if (!ready) {
        world_.shown[turn].store_failed = true;
        co_return ready;
    }
    if (world_.planted(Fault::lost_progress, 0.5)) co_return Result<void>();
    LARES_CO_CHECK(co_await service_.append(turn, part, std::move(text)));
    co_return co_await after_write();
}

Task<Result<chat::Message>> SimJournal::end(OwnerId owner, chat::AnswerEnd what) {
    if (auto ready = co_await before_write(); !ready) {
        world_.shown[what.turn_id].store_failed = true;
        co_return ::lares::fail(ready.error());
    }
    if (world_.planted(Fault::lost_answer, 0.2)) {
        const auto turn = co_await service_.find_turn(owner, what.turn_id);
        chat::Message message;
        message.id = (*turn)->answer_id;
        message.text = what.text;
        co_return message;
    }
    if (what.heard && world_.planted(Fault::half_word, 1)) --what.heard->characters;
    if (world_.planted(Fault::lost_heard, 1)) what.heard.reset();
    if (what.heard && world_.planted(Fault::lost_tail, 1)) {
        what.text.resize(utf8_offset(what.text, static_cast<std::size_t>(what.heard->characters)));
        what.heard.reset();
    }
    if (world_.process && world_.planted(Fault::stuck_seat, 0.3)) ++world_.process->voices.taken;
    LARES_CO_TRY(auto message, co_await service_.end(owner, std::move(what)));
    if (world_.planted(Fault::stale_projection, 0.2)) {
        const auto id = message.id;
        (void)co_await world_.database->write(
            [id](db::Tx& tx) { return tx.run("UPDATE messages SET text = text || '?' WHERE id = ?1", id); });
    }
    LARES_CO_CHECK(co_await after_write());
    co_return message;
}

// Once a device has told where it cut an answer, only what devices tell can add to it: the sound has stopped.
Task<void> SimJournal::check_heard(OwnerId owner, chat::TurnId turn, std::int64_t characters) {
    const auto told = world_.told[turn];
    if (!told.cut || characters <= told.characters) co_return;
    const auto record = co_await service_.find_turn(owner, turn);
    if (!record || !*record || !(*record)->answer) co_return;
    const auto whole = (*record)->answer->text + (*record)->answer->unheard.value_or("");
    if (characters > turn::word_end(whole, told.characters))
        world_.fail("an answer grows beyond where a device has cut it");
}

Task<Result<chat::Message>> SimJournal::heard(OwnerId owner, chat::TurnId turn, chat::Heard what) {
    co_await check_heard(owner, turn, what.characters);
    LARES_CO_CHECK(co_await before_write());
    if (world_.planted(Fault::half_word, 1)) --what.characters;
    if (world_.planted(Fault::lost_heard, 1)) what.characters = -1;
    LARES_CO_TRY(auto message, co_await service_.heard(owner, turn, std::move(what)));
    LARES_CO_CHECK(co_await after_write());
    co_return message;
}

Task<Result<chat::Context>> SimJournal::context(OwnerId owner, chat::ConversationId conversation,
                                                std::optional<chat::MessageId> until) {
    co_await world_.pause(0, 3);
    if (dead) co_return storage_error();
    LARES_CO_TRY(auto context, co_await service_.context(owner, conversation, until));
    if (world_.planted(Fault::stale_prompt, 1)) {
        const auto page = co_await service_.history(owner, {conversation, {}, {}, chat::Limits::page_max});
        for (const auto& message : page->items)
            for (auto& said : context.said)
                if (said.id == message.id && message.unheard) said.text += *message.unheard;
    }
    co_return context;
}

Task<Result<std::optional<chat::TurnRecord>>> SimJournal::find_turn(OwnerId owner, chat::TurnId turn) {
    co_await world_.pause(0, 3);
    if (dead) co_return storage_error();
    co_return co_await service_.find_turn(owner, turn);
}

Task<Result<std::optional<chat::TurnRecord>>> SimJournal::find_client_id(OwnerId owner,
                                                                         std::string client_id) {
    co_await world_.pause(0, 3);
    if (dead) co_return storage_error();
    if (world_.planted(Fault::doubled_message, 1)) co_return std::nullopt;
    co_return co_await service_.find_client_id(owner, std::move(client_id));
}

// Processes

Process::Process(World& world)
    : service(*world.database, hub, world.loop.clock, world.ids),
      journal(world, service),
      provider(world.loop.clock, [&world](const auto& request) { return world.write_script(request); }),
      voices(world.loop.clock),
      turns(journal, companions, provider, world.loop.clock, world.ids, world.limits(), &voices) {
    provider.requests_max = 0;
    world.script_voices(voices);
}

World::World(std::uint64_t seed, Fault fault)
    : random(seed),
      ids(seed + 1),
      scope(loop.io.get_executor()),
      graves(loop.io.get_executor()),
      fault_(fault),
      began_(loop.clock.steady()) {
    db::Options options;
    options.file = ":memory:";
    options.inline_mode = true;
    options.migrations = {{"chat", chat::migrations}, {"prompts", chat::prompt_migrations}};
    auto opened = db::Database::open(std::move(options));
    if (!opened) throw std::runtime_error(opened.error().message + " " + opened.error().detail);
    database = std::move(*opened);
}

World::~World() = default;

void World::fail(std::string problem) {
    if (problem_) return;
    const auto at = std::chrono::duration_cast<async::Milliseconds>(loop.clock.steady() - began_).count();
    problem_ = std::move(problem) + " (at " + std::to_string(at) + " ms)";
}

Task<void> World::pause(std::int64_t low_ms, std::int64_t high_ms) {
    const auto ms = random.between(low_ms, high_ms);
    if (ms == 0)
        co_await async::yield();
    else
        co_await loop.clock.sleep_for(async::Milliseconds(ms));
}

// What was cut and not heard is in no prompt any more.
test::Script World::write_script(const gateway::ChatRequest& request) {
    for (const auto& message : request.messages)
        if (const auto cut = unheard.find(message.content); cut != unheard.end())
            fail("a prompt holds what was not heard: " + cut->second);
    test::Script script;
    script.open_delay_ms = random.between(0, 10);
    const Error broken{Code::upstream, "engine-failed", "The model failed.", {}, {}, {}};
    if (random.chance(0.04)) script.open_error = broken;
    if (random.chance(0.1))
        for (auto place = random.between(1, 3); place > 0; --place)
            script.steps.push_back({random.between(0, 30), {}, {}, static_cast<std::size_t>(place)});
    const bool slow = random.chance(0.3);
    for (auto left = random.between(0, 24); left > 0; --left) {
        const auto delay = slow && random.chance(0.2) ? random.between(100, 1500) : random.between(0, 40);
        const auto word =
            "w" + std::to_string(++word_) + (random.chance(0.3) ? random.chance(0.5) ? ", " : ". " : " ");
        if (random.chance(0.1)) {  // a code point in two pieces
            script.steps.push_back({delay, "Zo\xc3", {1}, 0});
            script.steps.push_back({random.between(0, 5), "\xab" + word, {2}, 0});
        } else {
            script.steps.push_back({delay, word, {3}, 0});
        }
    }
    if (random.chance(0.03)) script.steps.push_back({history_ms_max, "never", {}, 0});
    if (random.chance(0.08)) script.error = broken;
    script.end.usage.completion = static_cast<std::uint32_t>(script.steps.size());
    return script;
}

void World::script_voices(test::ScriptedVoices& voices) {
    voices.seats = static_cast<std::size_t>(random.between(1, 4));
    if (random.chance(0.05))
        voices.missing = Error{Code::unavailable, "voice-missing", "There is no voice.", {}, {}, {}};
    voices.timing_ms = [this] {
        return random.chance(0.05) ? random.between(100, 800) : random.between(0, 40);
    };
    voices.chunk_ms = [this] { return random.between(0, 15); };
    voices.fails = [this](const std::string&) -> std::optional<Error> {
        if (settling || !random.chance(0.01)) return std::nullopt;
        return Error{Code::internal, "voice-failed", "The voice failed.", {}, {}, {}};
    };
    voices.lost_samples = [this] { return planted(Fault::lost_samples, 0.1) ? std::int64_t{7} : 0; };
}

void World::start_process() {
    ++generation;
    process = std::make_shared<Process>(*this);
}

// From one step to the next nothing of the process has any effect; what still runs of it unwinds unheard.
void World::die() {
    auto dying = std::exchange(process, nullptr);
    dying->journal.dead = true;
    for (const auto& cut : std::exchange(dying->connections, {})) cut();
    dying->hub.close_all();
    graves.spawn(bury(std::move(dying)));
}

Task<void> World::bury(ProcessPtr process) {
    co_await process->turns.stop();
}

// A clean stop stores all that was shown; a crash may cost the last half second.
void World::remember_what_must_be_kept(bool clean) {
    const auto horizon = loop.clock.steady() - async::Milliseconds(clean ? 0 : append_ms + 2 * commit_ms_max);
    for (auto& [id, turn] : shown) {
        if (turn.final_text || turn.store_failed || turn.generation != generation) continue;
        for (const auto& [when, text] : turn.text)
            if (when <= horizon && text.size() > turn.must_keep.size()) turn.must_keep = text;
    }
}

Task<void> World::disasters(World* world) {
    for (auto left = world->random.between(0, 3); left > 0 && world->writers > 0; --left) {
        co_await world->pause(5, 1500);
        if (world->random.chance(0.3)) {  // a restart in good order
            auto stopping = world->process;
            world->stopping = true;
            co_await stopping->turns.stop();
            world->remember_what_must_be_kept(true);
        } else {
            world->remember_what_must_be_kept(false);
        }
        world->die();
        co_await world->pause(0, 200);
        world->start_process();
        world->stopping = false;
        const auto recovered = co_await world->process->service.recover();
        if (!recovered) world->fail("recover: " + recovered.error().detail);
    }
}

std::optional<std::string> World::run() {
    start_process();
    const auto people = random.between(1, 2);
    for (std::int64_t i = 0; i < people; ++i) {
        owners_.push_back(ids.make<OwnerId>(loop.clock.unix_ms()));
        const auto character = ids.make<chat::CharacterId>(loop.clock.unix_ms());
        for (auto n = random.between(1, 3); n > 0; --n)
            devices_.push_back(std::make_unique<Device>(
                *this, owners_.back(), std::to_string(i) + "/" + std::to_string(n), character));
    }
    for (auto& device : devices_) device->begin();
    scope.spawn(disasters(this));
    const auto late = [&] { return loop.clock.steady() - began_ > async::Milliseconds(history_ms_max); };
    if (!loop.run_until([&] { return failed() || late() || writers == 0; }) || (writers > 0 && !failed()))
        fail("a client waits for something that never comes");
    if (!failed()) {
        settling = true;
        loop.run_for(2'500);
        loop.run_until([&] { return process != nullptr; });
        loop.run_for(500);
        check_end();
    }
    // The end of the world: nothing may hang, whatever was found.
    settling = over_ = true;
    if (process) die();
    scope.cancel();
    const auto end = loop.clock.steady() + async::Milliseconds(history_ms_max);
    const auto ended = [&] { return scope.size() + graves.size() == 0; };
    loop.run_until([&] { return ended() || loop.clock.steady() > end; });
    if (!ended()) {
        fail("a task does not end");
        std::fprintf(stderr, "%s\n", problem_->c_str());
        std::abort();  // its frames still use this world
    }
    loop.settle();
    return problem_;
}

void World::check_promises(const std::vector<chat::Event>& events, std::map<std::string, int>& said) {
    for (const auto& event : events) {
        const auto& message = event.data.message;
        if (event.kind == chat::EventKind::message_accepted) ++said[message->text];
        // An answer that was cut where it was heard may be carried on from there.
        if (event.kind != chat::EventKind::answer_heard) continue;
        const auto cut = shown.find(*event.data.turn_id);
        if (cut == shown.end()) continue;
        cut->second.final_text = message->text;
        if (cut->second.must_keep.size() > message->text.size()) cut->second.must_keep = message->text;
    }
}

void World::check_end() {
    if (const auto stats = process->turns.stats(); stats.running > 0) fail("a turn does not end");
    if (process->provider.streams > 0) fail("a stream of the model outlives its turn");
    if (process->voices.taken > 0 || process->voices.waiting > 0) fail("a seat is not given back");
    if (process->voices.speaking > 0) fail("a clause outlives its turn");
    const auto report = loop.wait(process->service.check_projection());
    if (!report) return fail("check: " + report.error().detail);
    if (!report->problems.empty()) return fail("projection: " + report->problems.front());

    std::map<std::string, int> said;
    for (const auto& [conversation, owner] : owner_of) {
        const auto events = loop.wait(process->service.events_after(owner, conversation, 0));
        if (events) check_promises(*events, said);
    }
    for (const auto& [client_id, promise] : promises) {
        const auto times = promise.text.empty() ? 1 : said[promise.text];
        if (times > 1) fail("message " + client_id + " is there twice");
        if (!promise.accepted) continue;
        if (times == 0) fail("message " + client_id + " was accepted and is lost");
        const auto turn = loop.wait(process->service.find_client_id(promise.owner, client_id));
        if (!turn || !*turn) {
            fail("message " + client_id + " was accepted and its turn is lost");
        } else if ((*turn)->seq != promise.accepted->seq) {
            fail("message " + client_id + " was accepted with another seq");
        } else if ((*turn)->state == chat::TurnState::running) {
            fail("the turn of " + client_id + " is for ever running");
        }
    }
    for (const auto& [id, turn] : shown) {
        if (turn.text.empty() && !turn.final_text) continue;
        const auto record = loop.wait(process->service.find_turn(turn.owner, id));
        if (!record || !*record || !(*record)->answer) {
            fail("a turn that was shown is not stored");
            continue;
        }
        // A later turn may have carried the answer on: what was there is its beginning.
        const auto& stored = (*record)->answer->text;
        // What was told as the end may have been cut since, where it was heard: the rest is kept aside.
        const auto whole = stored + (*record)->answer->unheard.value_or("");
        if (turn.final_text && !whole.starts_with(*turn.final_text))
            fail("the stored answer is not the one that was told");
        if (!whole.starts_with(turn.must_keep)) fail("text that was shown long before a crash is lost");
    }
    check_garden();
    for (auto& device : devices_) device->check_converged();
}

}  // namespace lares::sim
