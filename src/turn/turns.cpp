#include "turn/turns.h"

#include <algorithm>
#include <cassert>
#include <deque>
#include <limits>
#include <map>
#include <mutex>
#include <unordered_map>

#include "base/text.h"
#include "chat/service.h"
#include "turn/ring.h"
#include "turn/turn.h"

namespace lares::turn {

namespace {

using TurnPtr = std::shared_ptr<Turn>;

Error busy(std::string type, std::string message, Code code) {
    return Error{code, std::move(type), std::move(message), {}, {}, 2000};
}

tl::unexpected<Error> no_turn() {
    return fail(Code::not_found, "turn-not-found", "There is no such turn.");
}

tl::unexpected<Error> turn_running(chat::TurnId turn) {
    auto error = Error{Code::conflict,
                       "turn-running",
                       "The companion is still answering. Stop it or wait.",
                       "conversation_id",
                       {},
                       {}};
    error.ids = {{"turn_id", turn.text()}};
    return fail(std::move(error));
}

Result<void> check(const Request& request, const Limits& limits) {
    const bool says = !request.carry_on && !request.again && !request.action;
    const bool only_files = !request.attachments.empty() && trim(request.message).empty();
    if (says && !only_files) LARES_CHECK(chat::check_message(request.message));
    if (!says && !request.attachments.empty()) return invalid_field("attachments", "belong to a new message");
    if (request.carry_on && request.again)
        return invalid_field("retry_message_id", "cannot be joined with continue_message_id");
    if (request.action && (request.carry_on || request.again))
        return invalid_field("action", "cannot be joined with continue_message_id or retry_message_id");
    if (request.action_on && !request.action) return invalid_field("message_id", "belongs to an action");
    if (request.action == Action::impersonate && request.action_on)
        return invalid_field("message_id", "must be absent: the person speaks last");
    if (!says && !request.message.empty())
        return invalid_field("message", "must be absent when an answer is asked for again");
    if (!says && !request.conversation_id)
        return invalid_field("conversation_id", "is required to go on with an answer");
    if (!request.conversation_id && !request.character_id)
        return invalid_field("character_id", "is required without conversation_id");
    if (request.greeting && request.conversation_id)
        return invalid_field("greeting", "belongs to a new conversation");
    LARES_CHECK(chat::check_client_id(request.client_id));
    if (request.max_tokens && (*request.max_tokens < 1 || *request.max_tokens > limits.max_tokens_max))
        return invalid_field("max_tokens", "must be 1 to " + std::to_string(limits.max_tokens_max));
    if (request.temperature && !(*request.temperature >= 0 && *request.temperature <= 2))
        return invalid_field("temperature", "must be 0 to 2");
    if (request.stop.size() > limits.stop_max)
        return invalid_field("stop", "must have at most " + std::to_string(limits.stop_max) + " items");
    for (std::size_t i = 0; i < request.stop.size(); ++i)
        if (request.stop[i].empty() || request.stop[i].size() > limits.stop_bytes_max)
            return invalid_field("stop[" + std::to_string(i) + "]",
                                 "must have 1 to " + std::to_string(limits.stop_bytes_max) + " bytes");
    return {};
}

Result<void> check_device(std::optional<std::int64_t> characters, const std::string& device) {
    if (characters && *characters < 0) return invalid_field("characters", "must be at least 0");
    if (device.size() > chat::Limits::device_max || !is_utf8(device) ||
        device.find('\0') != std::string::npos)
        return invalid_field(
            "device", "must be text of at most " + std::to_string(chat::Limits::device_max) + " bytes");
    return {};
}

// What is left of a turn whose ring is gone: the same beginning, the text at once, the end under its own
// number.
std::vector<FramePtr> frames_of(const chat::TurnRecord& record, std::int64_t after) {
    std::vector<FramePtr> frames;
    const auto add = [&](std::int64_t number, FrameBody body) {
        if (number > after)
            frames.push_back(std::make_shared<const Frame>(Frame{record.turn_id, number, std::move(body)}));
    };
    const auto last = record.frames > 0 ? record.frames : std::max<std::int64_t>(4, after + 1);
    const auto& answer = *record.answer;
    add(1, AcceptedFrame{record.conversation_id, record.message_id, record.seq});
    add(2, TurnStarted{record.turn_id, record.conversation_id, record.answer_id, {}});
    // Who has seen the beginning of an answer that was carried on has some of the text: the end holds all of
    // it.
    const bool goes_on = record.begin == chat::Begin::carry_on || record.begin == chat::Begin::extend;
    const bool has_some = goes_on && after >= 2;
    if (!answer.text.empty() && last > 3 && !has_some) add(3, Token{answer.text});
    if (answer.state == chat::State::interrupted) {
        Error error{Code::unavailable,
                    "turn-interrupted",
                    "The answer was interrupted. What there is of it is kept, and can be continued.",
                    {},
                    {},
                    {}};
        add(last,
            Failed{of_stored(std::move(error), record.conversation_id, record.message_id, record.turn_id),
                   answer.id, answer.text});
    } else {
        add(last, TurnDone{answer.id, answer.text, answer.state, answer.usage,
                           answer.trace.value_or(chat::Trace{})});
    }
    return frames;
}

}  // namespace

struct Turns::State : std::enable_shared_from_this<State> {
    explicit State(Tools with) : tools(with) {}

    Tools tools;  // as it is before the first turn
    const std::shared_ptr<RingBytes> ring_bytes = std::make_shared<RingBytes>(0);
    mutable std::mutex mutex;
    std::unordered_map<chat::TurnId, TurnPtr> turns;  // running, and ended ones that are kept
    std::unordered_map<chat::ConversationId, chat::TurnId> talking;
    std::map<std::pair<OwnerId, std::string>, TurnPtr> by_client_id;  // running
    std::unordered_map<OwnerId, std::size_t> per_user;                // running
    struct Kept {
        chat::TurnId id;
        async::SteadyTime ended;
    };
    std::deque<Kept> kept;
    std::unordered_map<chat::ConversationId, chat::TurnId> last_spoken;  // of kept turns
    std::size_t running = 0;
    bool stopping = false;
    Answered answered;

    Result<TurnPtr> enter(OwnerId owner, Request& request, const Executor& executor);
    void released(const Turn& turn);
    void left(const Turn& turn);
    void sweep();
    TurnPtr find(OwnerId owner, chat::TurnId turn);
    TurnPtr spoken_in(OwnerId owner, chat::ConversationId conversation);
    void drop(const Kept& which);
};

// A turn takes its place in the register, or the reason why not is told. A message that is on its way already
// is answered with its turn.
Result<TurnPtr> Turns::State::enter(OwnerId owner, Request& request, const Executor& executor) {
    std::lock_guard lock(mutex);
    sweep();
    if (request.client_id)
        if (const auto same = by_client_id.find({owner, *request.client_id}); same != by_client_id.end())
            return same->second;
    if (stopping)
        return fail(busy("stopping", "The server is stopping. Try again in a moment.", Code::unavailable));
    if (running >= tools.limits.running_max)
        return fail(busy("server-busy", "Too many companions are answering. Try again in a moment.",
                         Code::unavailable));
    if (const auto mine = per_user.find(owner);
        mine != per_user.end() && mine->second >= tools.limits.running_per_user)
        return fail(busy("too-many-turns", "Too many of your companions are answering at once. Wait for one.",
                         Code::rate_limited));
    if (request.conversation_id)
        if (const auto other = talking.find(*request.conversation_id); other != talking.end())
            // Somebody else's conversation does not exist for this person: that is told later, by the store.
            if (turns.at(other->second)->owner() == owner) return turn_running(other->second);
    const auto conversation = request.conversation_id
                                  ? *request.conversation_id
                                  : tools.ids.make<chat::ConversationId>(tools.clock.unix_ms());
    auto turn = std::make_shared<Turn>(tools, owner, std::move(request), conversation, executor, ring_bytes);
    turns.emplace(turn->id(), turn);
    talking.emplace(conversation, turn->id());
    if (turn->client_id()) by_client_id.emplace(std::pair(owner, *turn->client_id()), turn);
    ++per_user[owner];
    ++running;
    return turn;
}

void Turns::State::released(const Turn& turn) {
    std::lock_guard lock(mutex);
    const auto mine = talking.find(turn.conversation());
    if (mine != talking.end() && mine->second == turn.id()) talking.erase(mine);
}

void Turns::State::left(const Turn& turn) {
    std::lock_guard lock(mutex);
    if (turn.client_id()) by_client_id.erase({turn.owner(), *turn.client_id()});
    if (const auto mine = per_user.find(turn.owner()); --mine->second == 0) per_user.erase(mine);
    --running;
    if (turn.ring()->ended()) {
        kept.push_back({turn.id(), tools.clock.steady()});
        if (turn.spoken()) last_spoken[turn.conversation()] = turn.id();
    } else {
        turns.erase(turn.id());
    }
    sweep();
}

void Turns::State::sweep() {
    const auto old = tools.clock.steady() - async::Milliseconds(tools.limits.keep_ms);
    while (!kept.empty() && (kept.front().ended < old || *ring_bytes > tools.limits.rings_bytes)) {
        drop(kept.front());
        kept.pop_front();
    }
}

void Turns::State::drop(const Kept& which) {
    const auto turn = turns.find(which.id);
    if (turn == turns.end()) return;
    const auto spoken = last_spoken.find(turn->second->conversation());
    if (spoken != last_spoken.end() && spoken->second == which.id) last_spoken.erase(spoken);
    turns.erase(turn);
}

TurnPtr Turns::State::spoken_in(OwnerId owner, chat::ConversationId conversation) {
    std::lock_guard lock(mutex);
    const auto spoken = last_spoken.find(conversation);
    if (spoken == last_spoken.end()) return nullptr;
    const auto turn = turns.at(spoken->second);
    return turn->owner() == owner ? turn : nullptr;
}

TurnPtr Turns::State::find(OwnerId owner, chat::TurnId turn) {
    std::lock_guard lock(mutex);
    sweep();
    const auto found = turns.find(turn);
    return found != turns.end() && found->second->owner() == owner ? found->second : nullptr;
}

Turns::Turns(chat::Journal& journal, Companions& companions, gateway::Provider& provider, async::Clock& clock,
             IdSource& ids, Limits limits, voice::Voices* voices)
    : state_(std::make_shared<State>(Tools{journal, companions, provider, clock, ids, limits, voices})) {}

void Turns::on_answered(Answered answered) {
    state_->answered = std::move(answered);
}

void Turns::on_ask(Admit admit) {
    state_->tools.admit = std::move(admit);
}

Turns::~Turns() {
    assert(state_->running == 0 && "stop() comes before the end of Turns");
}

Task<Result<Started>> Turns::start(OwnerId owner, Request request) {
    auto state = state_;
    LARES_CO_CHECK(check(request, state->tools.limits));
    if (request.action == Action::impersonate) request.voice = false;  // the person's words are not spoken
    // Who speaks while the answer before still sounds has not heard the rest of it.
    if (request.conversation_id && request.action != Action::impersonate) {
        const auto before = state->spoken_in(owner, *request.conversation_id);
        // A message that is sent again is the one that the answer is for: nobody speaks.
        const bool sent_again = before && request.client_id && before->client_id() == request.client_id;
        if (auto part = before && !sent_again ? before->heard_part() : std::nullopt)
            LARES_CO_CHECK(co_await state->tools.journal.heard(owner, before->id(), std::move(*part)));
    }
    const auto executor = co_await boost::asio::this_coro::executor;
    auto entered = state->enter(owner, request, executor);
    chat::Accepted accepted;
    if (entered) {
        auto turn = *entered;
        if (!turn->begun.exchange(true))
            turn->begin({.released = [state, raw = turn.get()] { state->released(*raw); },
                         .left = [state, raw = turn.get()] { state->left(*raw); },
                         .answered =
                             [state, raw = turn.get(), executor] {
                                 if (state->answered)
                                     state->answered(raw->owner(), raw->conversation(), executor);
                             }});
        LARES_CO_TRY(accepted, co_await turn->accepted.wait());
    } else {
        // A busy conversation still answers a message that it has.
        if (!request.client_id || entered.error().type == "stopping") co_return fail(entered.error());
        LARES_CO_TRY(const auto known,
                     co_await state->tools.journal.find_client_id(owner, *request.client_id));
        if (!known) co_return fail(entered.error());
        accepted = {known->conversation_id, known->message_id, known->seq, known->turn_id, true};
    }
    LARES_CO_TRY(auto stream, co_await frames(owner, accepted.turn_id, 0));
    co_return Started{accepted, std::move(stream)};
}

Task<Result<std::unique_ptr<FrameStream>>> Turns::frames(OwnerId owner, chat::TurnId id, std::int64_t after) {
    auto state = state_;
    after = std::clamp<std::int64_t>(after, 0, std::numeric_limits<std::int64_t>::max() - 1);
    const auto executor = co_await boost::asio::this_coro::executor;
    if (auto turn = state->find(owner, id)) {
        auto ring = turn->ring();
        if (after + 1 >= ring->first_number() || !ring->ended()) co_return ring->read(after, executor);
    }
    LARES_CO_TRY(const auto record, co_await state->tools.journal.find_turn(owner, id));
    if (!record) co_return no_turn();
    // It ended between the two looks, or its end could not be stored and it is not known here.
    if (!record->answer) {
        if (auto turn = state->find(owner, id)) co_return turn->ring()->read(after, executor);
        co_return fail(Code::unavailable, "turn-not-here",
                       "The turn runs elsewhere. Load the history again.");
    }
    co_return replay(frames_of(*record, after));
}

Task<Result<void>> Turns::cancel(OwnerId owner, chat::TurnId id, std::optional<std::int64_t> characters,
                                 std::string device) {
    auto state = state_;
    LARES_CO_CHECK(check_device(characters, device));
    if (auto turn = state->find(owner, id)) {
        turn->cut(characters, device);
        LARES_CO_CHECK(co_await turn->ended.wait());
        if (auto part = turn->heard_part())
            LARES_CO_CHECK(co_await state->tools.journal.heard(owner, id, std::move(*part)));
        co_return Result<void>();
    }
    LARES_CO_TRY(const auto record, co_await state->tools.journal.find_turn(owner, id));
    if (!record) co_return no_turn();
    // Where an answer that went on began to, nobody knows any more: what was heard before is not taken back.
    const bool goes_on = record->begin == chat::Begin::carry_on || record->begin == chat::Begin::extend;
    if (characters && record->answer && !goes_on) {
        const auto whole = record->answer->text + record->answer->unheard.value_or("");
        chat::Heard part{word_end(whole, *characters), std::move(device), {}};
        LARES_CO_CHECK(co_await state->tools.journal.heard(owner, id, std::move(part)));
    }
    co_return Result<void>();
}

Task<Result<void>> Turns::heard(OwnerId owner, chat::TurnId id, std::int64_t characters, std::string device) {
    auto state = state_;
    LARES_CO_CHECK(check_device(characters, device));
    if (auto turn = state->find(owner, id)) {
        turn->heard(device, characters);
        co_return Result<void>();
    }
    LARES_CO_TRY(const auto record, co_await state->tools.journal.find_turn(owner, id));
    if (!record) co_return no_turn();
    co_return Result<void>();
}

Task<Result<void>> Turns::hold(OwnerId owner, chat::TurnId id) {
    return set_held(owner, id, true);
}

Task<Result<void>> Turns::go_on(OwnerId owner, chat::TurnId id) {
    return set_held(owner, id, false);
}

Task<Result<void>> Turns::set_held(OwnerId owner, chat::TurnId id, bool held) {
    auto state = state_;
    if (auto turn = state->find(owner, id)) {
        co_return turn->hold(held);
    }
    LARES_CO_TRY(const auto record, co_await state->tools.journal.find_turn(owner, id));
    if (!record) co_return no_turn();
    co_return Result<void>();
}

Task<Result<bool>> Turns::owns(OwnerId owner, chat::TurnId id) {
    auto state = state_;
    if (state->find(owner, id)) co_return true;
    LARES_CO_TRY(const auto record, co_await state->tools.journal.find_turn(owner, id));
    co_return record.has_value();
}

void Turns::forget(chat::ConversationId conversation) {
    state_->tools.provider.forget(conversation.text());
}

Task<void> Turns::stop() {
    auto state = state_;
    std::vector<TurnPtr> all;
    {
        std::lock_guard lock(state->mutex);
        state->stopping = true;
        for (const auto& [id, turn] : state->turns) all.push_back(turn);
    }
    for (const auto& turn : all) turn->stop(Stop::shutdown);
    for (const auto& turn : all) co_await turn->gone.wait();
    all.clear();
    // Ended turns that are still kept go now: they let go of their loops, which do not outlive this.
    decltype(state->turns) ended;
    std::lock_guard lock(state->mutex);
    ended.swap(state->turns);
    state->kept.clear();
    state->last_spoken.clear();
}

Stats Turns::stats() {
    std::lock_guard lock(state_->mutex);
    state_->sweep();
    return {state_->running, state_->kept.size(), *state_->ring_bytes};
}

}  // namespace lares::turn
