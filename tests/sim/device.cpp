#include "device.h"

#include "async/one_shot.h"
#include "base/text.h"

namespace lares::sim {

namespace {

using chat::Accepted;
using turn::FramePtr;
using turn::FrameStream;

constexpr std::int64_t frame_gap_ms_max = 10'000;

tl::unexpected<Error> lost() {
    return ::lares::fail(Code::cancelled, "connection-lost", "The connection was lost.");
}

template <class T>
Task<void> deliver(Task<Result<T>> call, async::OneShot<Result<T>> reply) {
    reply.set(co_await std::move(call));
}

template <class T>
Task<void> cut_later(World* world, async::OneShot<Result<T>> reply) {
    co_await world->pause(0, 60);
    reply.set(lost());
}

// The stream as it comes over the wire; faults of delivery are planted here.
class Wire final : public FrameStream {
public:
    Wire(World& world, std::unique_ptr<FrameStream> inner) : world_(world), inner_(std::move(inner)) {}
    Task<Result<FramePtr>> next() override {
        if (held_) co_return std::exchange(held_, nullptr);
        if (last_ && world_.planted(Fault::doubled_frame, 0.03)) co_return last_;
        auto frame = co_await inner_->next();
        if (!frame || !*frame) co_return frame;
        if (!turn::is_last((*frame)->body)) {
            if (world_.planted(Fault::dropped_frame, 0.03)) frame = co_await inner_->next();
            if (frame && *frame && world_.planted(Fault::reordered_frames, 0.03)) {
                held_ = *frame;
                frame = co_await inner_->next();
            }
        }
        if (world_.planted(Fault::lost_wakeup, 0.03))
            co_await world_.loop.clock.sleep_for(async::Milliseconds(30'000));
        if (frame) last_ = *frame;
        co_return frame;
    }

private:
    World& world_;
    std::unique_ptr<FrameStream> inner_;
    FramePtr held_, last_;
};

Task<Result<turn::Started>> start(ProcessPtr process, OwnerId owner, turn::Request request) {
    co_return co_await process->turns.start(owner, std::move(request));
}

Task<Result<std::unique_ptr<FrameStream>>> frames(ProcessPtr process, OwnerId owner, chat::TurnId turn,
                                                  std::int64_t after) {
    co_return co_await process->turns.frames(owner, turn, after);
}

Task<void> cancel_later(World* world, ProcessPtr process, OwnerId owner, chat::TurnId turn) {
    co_await world->pause(300, 600);
    (void)co_await process->turns.cancel(owner, turn);
}

Task<Result<bool>> cancel(World* world, ProcessPtr process, OwnerId owner, chat::TurnId turn) {
    if (world->planted(Fault::late_cancel, 0.5)) {
        world->scope.spawn(cancel_later(world, process, owner, turn));
        co_return true;
    }
    LARES_CO_CHECK(co_await process->turns.cancel(owner, turn));
    co_return true;
}

Task<Result<FramePtr>> next_frame(FrameStream* stream) {
    co_return co_await stream->next();
}

Task<Result<chat::Subscription::Item>> next_event(chat::Subscription* subscription) {
    co_return co_await subscription->next();
}

}  // namespace

Device::Device(World& world, OwnerId owner, std::string name, chat::CharacterId character)
    : world_(world), owner_(owner), name_(std::move(name)), character_(character) {}

void Device::begin() {
    ++world_.writers;
    world_.scope.spawn(talk());
    world_.scope.spawn(listen());
}

// The server notices a broken connection at once and drops the handler, as http does.
template <class T>
Task<Result<T>> Device::request(Task<Result<T>> call, bool may_break) {
    auto process = server();
    if (!process) co_return lost();
    co_await async::hold_cancellation();  // also at the end of the world: what is spawned here ends first
    const auto executor = world_.loop.io.get_executor();
    async::TaskScope connection(executor);
    async::OneShot<Result<T>> reply(executor);
    process->connections.push_back([reply] { reply.set(lost()); });
    const auto mine = process->connections.size();
    connection.spawn(deliver(std::move(call), reply));
    if (may_break && !world_.settling) connection.spawn(cut_later(&world_, reply));
    auto answer = co_await reply.take();
    connection.cancel();
    co_await connection.join();
    if (process->connections.size() == mine) process->connections.pop_back();
    co_return answer;
}

Task<void> Device::talk() {
    co_await world_.pause(0, 100);
    for (auto left = world_.random.between(1, 4); left > 0 && !world_.over(); --left) {
        turn::Request request;
        request.client_id = name_ + "-" + std::to_string(++sent_);
        request.message = "message " + *request.client_id;
        if (!home_ && !copies_.empty() && world_.random.chance(0.6)) home_ = copies_.begin()->first;
        if (home_ && world_.random.chance(0.8))
            request.conversation_id = home_;
        else
            request.character_id = character_;
        co_await say(std::move(request));
        co_await world_.pause(0, 200);
    }
    --world_.writers;
}

Task<void> Device::say(turn::Request request) {
    const auto client_id = *request.client_id;
    world_.promises[client_id] = {owner_, request.message, {}};
    for (int tries = 0; !world_.over(); ++tries) {
        if (tries > 2'000) co_return world_.fail("message " + client_id + " is refused for ever");
        auto process = server();
        auto started = co_await request_start(process, request);
        if (!started) {
            const auto& type = started.error().type;
            if (type == "answer-complete" || type == "conversation-changed") {
                world_.promises.erase(client_id);  // somebody else was faster
                co_return;
            }
            if (type == "conversation-not-found")
                co_return world_.fail("the conversation of " + client_id + " is gone");
            co_await world_.pause(5, 60);
            continue;
        }
        auto& promise = world_.promises[client_id];
        const auto accepted = started->accepted;
        if (promise.accepted &&
            (promise.accepted->message_id != accepted.message_id || promise.accepted->seq != accepted.seq ||
             promise.accepted->turn_id != accepted.turn_id))
            co_return world_.fail("message " + client_id + " was accepted twice, differently");
        promise.accepted = accepted;
        home_ = accepted.conversation_id;
        if (world_.random.chance(0.1) && !world_.settling) continue;  // the answer was lost: once more
        co_return co_await follow(accepted, std::make_unique<Wire>(world_, std::move(started->frames)));
    }
}

Task<Result<turn::Started>> Device::request_start(ProcessPtr process, turn::Request request) {
    if (!process) co_return lost();
    co_return co_await this->request(start(process, owner_, std::move(request)), world_.random.chance(0.15));
}

void Device::see(Followed& followed, const Accepted& accepted, const turn::Frame& frame) {
    auto& shown = world_.shown[accepted.turn_id];
    shown.owner = owner_;
    shown.conversation = accepted.conversation_id;
    const bool last = turn::is_last(frame.body);
    if (frame.turn_id != accepted.turn_id) return world_.fail("a frame of another turn");
    if (frame.number <= followed.number) return world_.fail("a frame is repeated or out of order");
    // Only the last frame may stand for what is not kept any more: it holds the whole text.
    if (frame.number != followed.number + 1) {
        if (!last) return world_.fail("a frame is missing");
        followed.whole = false;
    }
    followed.number = frame.number;
    followed.ended = last;
    if (const auto* told = std::get_if<turn::AcceptedFrame>(&frame.body)) {
        if (told->seq != accepted.seq || told->message_id != accepted.message_id)
            world_.fail("the frame accepted differs from the answer");
    } else if (const auto* started = std::get_if<turn::TurnStarted>(&frame.body)) {
        followed.text = started->text;
    } else if (const auto* token = std::get_if<turn::Token>(&frame.body)) {
        followed.text += token->text;
        if (!is_utf8(token->text)) world_.fail("a token that is no text");
    } else if (const auto* done = std::get_if<turn::TurnDone>(&frame.body)) {
        if (followed.whole && followed.text != done->text) world_.fail("the tokens are not the answer");
        shown.final_text = done->text;
    } else if (const auto* failed = std::get_if<turn::Failed>(&frame.body)) {
        // After a crash the end comes from the store: a little behind what was shown, or ahead of what this
        // device has seen.
        const bool agrees =
            failed->error.type == "turn-interrupted"
                ? followed.text.starts_with(failed->text) || failed->text.starts_with(followed.text)
                : followed.text == failed->text;
        if (followed.whole && !agrees) world_.fail("the tokens are not the answer");
        if (failed->message_id) {
            shown.final_text = failed->text;
            followed.interrupted = failed->message_id;
        }
    }
    if (shown.text.empty()) shown.generation = world_.generation;
    if (!last && followed.whole) shown.text.emplace_back(world_.loop.clock.steady(), followed.text);
}

Task<void> Device::follow(Accepted accepted, std::unique_ptr<FrameStream> stream) {
    Followed followed;
    const bool cancels = world_.random.chance(0.15);
    auto until_cancel = world_.random.between(1, 12);
    auto since = world_.loop.clock.steady();
    while (!followed.ended && !world_.over()) {
        if (!stream) {
            co_await world_.pause(0, 80);
            since = world_.loop.clock.steady();
            auto process = server();
            if (!process) continue;
            auto again = co_await request(frames(process, owner_, accepted.turn_id, followed.number), false);
            if (!again) {
                if (again.error().type == "turn-not-found")
                    co_return world_.fail("the turn of an accepted message is gone");
                continue;
            }
            stream = std::make_unique<Wire>(world_, std::move(*again));
        }
        auto frame = co_await request(next_frame(stream.get()), world_.random.chance(0.03));
        if (world_.loop.clock.steady() - since > async::Milliseconds(frame_gap_ms_max))
            co_return world_.fail("a frame did not come in time");
        since = world_.loop.clock.steady();
        if (!frame) {
            stream.reset();
            continue;
        }
        if (!*frame) {
            // A store that has the end under a number that was seen already has nothing to add.
            if (!followed.ended) co_return world_.fail("the stream ends without a last frame");
            break;
        }
        see(followed, accepted, **frame);
        if (cancels && !followed.ended && --until_cancel == 0) co_await maybe_cancel(accepted.turn_id);
    }
    if (!followed.interrupted || !world_.random.chance(0.5) || world_.over()) co_return;
    turn::Request more;
    more.client_id = name_ + "-" + std::to_string(++sent_);
    more.conversation_id = accepted.conversation_id;
    (world_.random.chance(0.6) ? more.carry_on : more.again) = followed.interrupted;
    co_await say(std::move(more));
}

Task<void> Device::maybe_cancel(chat::TurnId turn) {
    auto process = server();
    if (!process) co_return;
    const auto cut = co_await request(cancel(&world_, process, owner_, turn), false);
    if (!cut) co_return;
    const auto record = co_await process->service.find_turn(owner_, turn);
    if (record && *record && (*record)->state == chat::TurnState::running && server() == process)
        world_.fail("a cancelled turn goes on");
}

// Listening

void Device::apply(const chat::Event& event) {
    if (const auto owner = world_.owner_of.find(event.conversation_id);
        owner != world_.owner_of.end() && owner->second != owner_)
        return world_.fail("an event of somebody else's conversation");
    auto& copy = copies_[event.conversation_id];
    if (event.seq != copy.seq + 1) return world_.fail("events of a conversation have a gap");
    copy.seq = event.seq;
    if (event.data.message) copy.messages[event.data.message->id] = *event.data.message;
}

Task<bool> Device::catch_up(ProcessPtr process, chat::ConversationId conversation) {
    auto& copy = copies_[conversation];
    if (copy.seq == 0 && world_.random.chance(0.5)) {
        chat::HistoryQuery query;
        query.conversation_id = conversation;
        query.limit = static_cast<std::int64_t>(chat::Limits::page_max);
        auto page = co_await request(process->service.history(owner_, query), false);
        if (!page) co_return false;
        copy.seq = page->seq;
        for (auto& message : page->items) copy.messages[message.id] = std::move(message);
        co_return true;
    }
    auto events = co_await request(process->service.events_after(owner_, conversation, copy.seq), false);
    if (!events) co_return false;
    for (const auto& event : *events)
        if (event.seq > copy.seq) apply(event);
    co_return true;
}

Task<bool> Device::resync(ProcessPtr process) {
    auto list = co_await request(process->service.list(owner_, {}, {}, {}), false);
    if (!list) co_return false;
    for (const auto& conversation : list->items)
        if (!co_await catch_up(process, conversation.id)) co_return false;
    co_return true;
}

Task<void> Device::listen() {
    while (!world_.over()) {
        co_await world_.pause(0, 100);
        auto process = server();
        if (!process) continue;
        auto subscription = process->hub.subscribe(owner_, world_.loop.io.get_executor());
        if (!subscription || !co_await resync(process)) continue;
        std::map<chat::ConversationId, std::int64_t> delivered;
        for (;;) {
            auto item = co_await request(next_event(subscription->get()), world_.random.chance(0.05));
            if (!item || item->closed) break;
            if (!item->event) {
                delivered.clear();
                if (!co_await resync(process)) break;
                continue;
            }
            const auto& event = *item->event;
            if (world_.planted(Fault::lost_event, 0.05)) continue;
            auto& before = delivered[event.conversation_id];
            if (before > 0 && event.seq != before + 1) world_.fail("live events have a gap or a repeat");
            before = event.seq;
            auto& copy = copies_[event.conversation_id];
            if (event.seq == copy.seq + 1)
                apply(event);
            else if (event.seq > copy.seq && !co_await catch_up(process, event.conversation_id))
                break;
        }
    }
}

void Device::check_converged() {
    auto process = server();
    const auto list = world_.loop.wait(process->service.list(owner_, {}, {}, {}));
    for (const auto& conversation : list->items) {
        chat::HistoryQuery query;
        query.conversation_id = conversation.id;
        query.limit = static_cast<std::int64_t>(chat::Limits::page_max);
        const auto page = world_.loop.wait(process->service.history(owner_, query));
        const auto copy = copies_.find(conversation.id);
        if (copy == copies_.end() || copy->second.seq != page->seq)
            return world_.fail("device " + name_ + " is not up to date");
        for (const auto& message : page->items) {
            const auto mine = copy->second.messages.find(message.id);
            if (mine == copy->second.messages.end() || !(mine->second == message))
                return world_.fail("device " + name_ + " has another history");
        }
    }
}

}  // namespace lares::sim
