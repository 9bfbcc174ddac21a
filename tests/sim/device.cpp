// Longer than most files: what a device hears is judged where it is heard, and all judgements stand on its
// few fields.
#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "connection.h"

namespace lares::sim {

namespace {

using chat::Accepted;
using turn::FramePtr;
using turn::FrameStream;

constexpr std::int64_t frame_gap_ms_max = 25'000;  // a voice may wait for others' to end

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
        if (frame && *frame) frame = spoilt(*frame);
        if (frame) last_ = *frame;
        co_return frame;
    }

private:
    // The same frame, wrong in what it says of the voice.
    FramePtr spoilt(const FramePtr& frame) {
        auto copy = *frame;
        if (auto* audio = std::get_if<turn::Audio>(&copy.body)) {
            if (!world_.planted(Fault::wrong_clause, 0.05)) return frame;
            ++audio->clause;
        } else if (auto* visemes = std::get_if<turn::Visemes>(&copy.body)) {
            if (world_.planted(Fault::lost_visemes, 0.1))
                copy.body = turn::Status{"queued", 1};
            else if (world_.planted(Fault::wrong_length, 0.1))
                visemes->for_ms += 1;
            else
                return frame;
        } else if (auto* clause = std::get_if<turn::Clause>(&copy.body)) {
            if (!world_.planted(Fault::wrong_place, 0.1)) return frame;
            ++clause->end;
        } else if (std::holds_alternative<turn::VoiceNotice>(copy.body)) {
            if (!world_.planted(Fault::lost_notice, 1)) return frame;
            copy.body = turn::Status{"queued", 1};
        } else {
            return frame;
        }
        return std::make_shared<const turn::Frame>(std::move(copy));
    }

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

Task<Result<bool>> cancel(World* world, ProcessPtr process, OwnerId owner, chat::TurnId turn,
                          std::optional<std::int64_t> characters, std::string device) {
    if (world->planted(Fault::late_cancel, 0.5)) {
        world->scope.spawn(cancel_later(world, process, owner, turn));
        co_return true;
    }
    auto& told = world->told[turn];
    if (characters) told.characters = std::max(told.characters, *characters);
    LARES_CO_CHECK(co_await process->turns.cancel(owner, turn, characters, std::move(device)));
    if (characters) told.cut = true;
    co_return true;
}

Task<Result<bool>> heard(World* world, ProcessPtr process, OwnerId owner, chat::TurnId turn,
                         std::int64_t characters, std::string device) {
    auto& told = world->told[turn].characters;
    told = std::max(told, characters);
    LARES_CO_CHECK(co_await process->turns.heard(owner, turn, characters, std::move(device)));
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

Task<void> Device::talk() {
    co_await world_.pause(0, 100);
    for (auto left = world_.random.between(1, 4); left > 0 && !world_.over(); --left) {
        turn::Request request;
        request.client_id = name_ + "-" + std::to_string(++sent_);
        request.message = "message " + *request.client_id;
        request.voice = world_.random.chance(0.6);
        if (!home_ && !copies_.empty() && world_.random.chance(0.6)) home_ = copies_.begin()->first;
        if (home_ && world_.random.chance(0.8))
            request.conversation_id = home_;
        else
            request.character_id = character_;
        co_await say(std::move(request));
        if (world_.random.chance(0.4)) co_await tend();
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
            if (type == "answer-complete" || type == "conversation-changed" || type == "message-not-found" ||
                type == "nothing-to-answer") {
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
        co_return co_await follow(accepted, std::make_unique<Wire>(world_, std::move(started->frames)),
                                  request.voice);
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
        // What was cut ends where it was heard.
        const bool is_it = done->state == chat::State::cut ? followed.text.starts_with(done->text)
                                                           : followed.text == done->text;
        if (followed.whole && !is_it) world_.fail("the tokens are not the answer");
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
    see_voice(followed, frame);
    if (shown.text.empty()) shown.generation = world_.generation;
    if (!last && followed.whole) shown.text.emplace_back(world_.loop.clock.steady(), followed.text);
}

// The sound of an answer: in order, as long as its visemes, of the text that was shown.
void Device::see_voice(Followed& followed, const turn::Frame& frame) {
    const auto whole = [](const Followed& all) {
        return all.visemes &&
               all.samples == std::llround(all.visemes->for_ms * test::ScriptedVoices::sample_rate / 1000);
    };
    const auto* clause = std::get_if<turn::Clause>(&frame.body);
    if (followed.silenced && !clause) return;
    if (clause) {
        if (!followed.voice) return world_.fail("a clause of a silent turn");
        if (clause->index != followed.clauses++) return world_.fail("clauses are out of order");
        if (clause->start < followed.clause_end) return world_.fail("clauses overlap");
        followed.clause_end = clause->end;
        const auto from = utf8_offset(followed.text, static_cast<std::size_t>(clause->start));
        const auto to = utf8_offset(followed.text, static_cast<std::size_t>(clause->end));
        if (followed.text.substr(from, to - from) != clause->text)
            world_.fail("a clause is not the shown text");
        if (clause->index > followed.complete + 2 && !followed.silenced)
            world_.fail("too many clauses are made ahead");
    } else if (const auto* visemes = std::get_if<turn::Visemes>(&frame.body)) {
        if (visemes->clause != followed.complete || (followed.visemes && !whole(followed)))
            return world_.fail("a clause has less sound than it should");
        followed.visemes = *visemes;
        followed.samples = followed.chunk = 0;
    } else if (const auto* audio = std::get_if<turn::Audio>(&frame.body)) {
        if (!followed.visemes || followed.visemes->clause != audio->clause ||
            audio->chunk != followed.chunk++)
            return world_.fail("a sound without its mouth, or out of order");
        if (audio->samples.empty()) {  // who reads behind a stop hears nothing any more
            followed.silenced = true;
            if (!world_.cancelled.contains(frame.turn_id)) world_.fail("sound is lost");
            return;
        }
        followed.samples += static_cast<std::int64_t>(audio->samples.size() / 2);
        if (!whole(followed)) return;
        ++followed.complete;
        followed.words.insert(followed.words.end(), followed.visemes->words.begin(),
                              followed.visemes->words.end());
    } else if (std::holds_alternative<turn::VoiceNotice>(frame.body)) {
        followed.noticed = true;
    } else if (const auto* done = std::get_if<turn::TurnDone>(&frame.body)) {
        const bool spoken = followed.clauses > 0 && followed.complete == followed.clauses;
        const bool something = followed.text.find('w') != std::string::npos;
        if (followed.whole && followed.voice && something && done->state == chat::State::done && !spoken &&
            !followed.noticed && !followed.cancelled && !world_.stopping &&
            followed.generation == world_.generation)
            world_.fail("an answer is not spoken, and nobody says why");
    }
}

Task<void> Device::tell_heard(Followed* followed, chat::TurnId turn) {
    auto process = server();
    const auto& words = followed->words;
    if (!process || words.empty()) co_return;
    const auto& word = words[static_cast<std::size_t>(
        world_.random.between(0, static_cast<std::int64_t>(words.size()) - 1))];
    followed->heard = std::max(followed->heard, word.end);
    (void)co_await request(heard(&world_, process, owner_, turn, followed->heard, name_), false);
}

Task<void> Device::follow(Accepted accepted, std::unique_ptr<FrameStream> stream, bool voice) {
    Followed followed;
    followed.voice = voice;
    followed.generation = world_.generation;
    const bool cancels = world_.random.chance(0.2);
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
        if (voice && std::holds_alternative<turn::Audio>((*frame)->body) && world_.random.chance(0.2))
            co_await tell_heard(&followed, accepted.turn_id);
        if (cancels && !followed.ended && --until_cancel == 0) co_await maybe_cancel(&followed, accepted);
    }
    // The sound goes on after the last frame, and may be cut there, too.
    if (voice && followed.whole && !followed.cancelled && !followed.words.empty() &&
        world_.random.chance(0.3) && !world_.over())
        co_await maybe_cancel(&followed, accepted);
    if (!followed.interrupted || !world_.random.chance(0.5) || world_.over()) co_return;
    turn::Request more;
    more.client_id = name_ + "-" + std::to_string(++sent_);
    more.conversation_id = accepted.conversation_id;
    (world_.random.chance(0.6) ? more.carry_on : more.again) = followed.interrupted;
    co_await say(std::move(more));
}

Task<void> Device::maybe_cancel(Followed* followed, Accepted accepted) {
    auto process = server();
    if (!process) co_return;
    std::optional<std::int64_t> characters;
    if (!followed->words.empty() && world_.random.chance(0.8)) {
        const auto& words = followed->words;
        const auto& word = words[static_cast<std::size_t>(
            world_.random.between(0, static_cast<std::int64_t>(words.size()) - 1))];
        // Somewhere in the word: it is kept to its end.
        characters = std::max(followed->heard, world_.random.between(word.start + 1, word.end));
    }
    followed->cancelled = true;
    world_.cancelled.insert(accepted.turn_id);
    const auto cut =
        co_await request(cancel(&world_, process, owner_, accepted.turn_id, characters, name_), false);
    if (!cut) co_return;
    const auto record = co_await process->service.find_turn(owner_, accepted.turn_id);
    if (record && *record && (*record)->state == chat::TurnState::running && server() == process)
        world_.fail("a cancelled turn goes on");
    if (characters && record && *record && server() == process)
        co_await check_cut(followed, accepted, *characters, process);
}

// The store keeps the words that were heard, and what was not heard aside.
Task<void> Device::check_cut(Followed* followed, Accepted accepted, std::int64_t characters,
                             ProcessPtr process) {
    const auto page =
        co_await process->service.history(owner_, {accepted.conversation_id, {}, {}, chat::Limits::page_max});
    if (!page || page->items.empty() || server() != process) co_return;
    const auto& answer = page->items.back();
    if (answer.turn_id != accepted.turn_id || answer.role != chat::Role::assistant) co_return;  // it went on
    const auto whole = answer.text + answer.unheard.value_or("");
    if (!whole.starts_with(followed->text)) {
        const bool crashed =
            followed->generation != world_.generation || world_.shown[accepted.turn_id].store_failed;
        if (!crashed) world_.fail("what was not heard is lost");
        co_return;
    }
    const auto kept = utf8_offset(whole, static_cast<std::size_t>(turn::word_end(whole, characters)));
    if (answer.text != whole.substr(0, kept)) {
        // Somebody who speaks at the same moment has cut it by the clock; their message is there soon.
        const bool further = answer.text.starts_with(std::string_view(whole).substr(0, kept));
        co_await world_.pause(200, 200);
        const auto later = co_await process->service.history(
            owner_, {accepted.conversation_id, {}, {}, chat::Limits::page_max});
        if (further && (server() != process || !later || later->items.empty() ||
                        later->items.back().turn_id != accepted.turn_id))
            co_return;
        co_return world_.fail("the answer does not end at the word that was heard");
    }
    if (kept < whole.size()) world_.unheard[whole] = answer.text;
}

// Listening

void Device::apply(const chat::Event& event) {
    if (const auto owner = world_.owner_of.find(event.conversation_id);
        owner != world_.owner_of.end() && owner->second != owner_)
        return world_.fail("an event of somebody else's conversation");
    auto& copy = copies_[event.conversation_id];
    if (event.seq != copy.seq + 1) return world_.fail("events of a conversation have a gap");
    copy.seq = event.seq;
    const auto& data = event.data;
    if (data.message) {
        // Of a branch that was not shown when this was read: only the history tells what stands above it.
        copy.torn = copy.torn || (data.message->parent && !copy.messages.contains(*data.message->parent));
        copy.messages[data.message->id] = *data.message;
    }
    if (event.kind == chat::EventKind::message_edited && data.following.value_or(false) && data.edit_of)
        for (auto& [id, message] : copy.messages)
            if (message.parent == data.edit_of) message.parent = data.message->id;
    copy.torn = copy.torn || event.kind == chat::EventKind::path_selected ||
                event.kind == chat::EventKind::message_removed ||
                event.kind == chat::EventKind::message_restored;
    const auto marked = data.message_id ? copy.messages.find(*data.message_id) : copy.messages.end();
    if (marked == copy.messages.end()) return;
    if (data.hidden) marked->second.hidden = *data.hidden;
    if (data.pinned) marked->second.pinned = *data.pinned;
    if (data.hidden || data.pinned) marked->second.seq = event.seq;
}

Task<bool> Device::catch_up(ProcessPtr process, chat::ConversationId conversation) {
    auto& copy = copies_[conversation];
    const bool afresh = copy.seq == 0 && world_.random.chance(0.5);
    if (!afresh) {
        auto events = co_await request(process->service.events_after(owner_, conversation, copy.seq), false);
        if (!events) co_return false;
        for (const auto& event : *events)
            if (event.seq > copy.seq) apply(event);
        if (!copy.torn) co_return true;
    }
    chat::HistoryQuery query;
    query.conversation_id = conversation;
    query.limit = static_cast<std::int64_t>(chat::Limits::page_max);
    auto page = co_await request(process->service.history(owner_, query), false);
    if (!page) co_return false;
    if (page->seq < copy.seq) co_return true;  // what came meanwhile is newer
    copy.seq = page->seq;
    copy.torn = false;
    for (auto& message : page->items) copy.messages[message.id] = std::move(message);
    co_return true;
}

Task<bool> Device::resync(ProcessPtr process) {
    auto list = co_await request(process->service.list(owner_, {}), false);
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
            if (event.seq == copy.seq + 1) apply(event);
            const bool behind = event.seq > copy.seq || copy.torn;
            if (behind && !co_await catch_up(process, event.conversation_id)) break;
        }
    }
}

void Device::check_converged() {
    auto process = server();
    const auto list = world_.loop.wait(process->service.list(owner_, {}));
    for (const auto& conversation : list->items) {
        chat::HistoryQuery query;
        query.conversation_id = conversation.id;
        query.limit = static_cast<std::int64_t>(chat::Limits::page_max);
        auto page = world_.loop.wait(process->service.history(owner_, query));
        const auto copy = copies_.find(conversation.id);
        if (copy == copies_.end() || copy->second.seq != page->seq)
            return world_.fail("device " + name_ + " is not up to date");
        for (auto& message : page->items) {
            const auto mine = copy->second.messages.find(message.id);
            if (mine == copy->second.messages.end())
                return world_.fail("device " + name_ + " lacks a message of the history");
            // What stands beside a message is told by the history only.
            mine->second.siblings.reset();
            message.siblings.reset();
            if (!(mine->second == message)) return world_.fail("device " + name_ + " has another history");
        }
    }
}

}  // namespace lares::sim
