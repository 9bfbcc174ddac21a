// One turn from its request to its end. Over 500 lines: its stages share one state, and their order is the
// subject.
#include "turn/turn.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <boost/asio/post.hpp>

#include "base/text.h"
#include "chat/service.h"
#include "observe/log.h"
#include "observe/metrics.h"

namespace lares::turn {

namespace {

constexpr async::Milliseconds loading_poll{50};
constexpr async::Milliseconds retry_step{250};
constexpr int retry_steps_max = 40;  // 10 s between two tries to store an end
constexpr std::int64_t retry_busy_ms = 5000;

// The last task of a scope still has to leave it when the turn is destroyed.
void retire(std::shared_ptr<async::TaskScope> scope) {
    const auto executor = scope->executor();
    boost::asio::post(executor, [scope = std::move(scope)]() mutable {
        if (scope->size() > 0) retire(std::move(scope));
    });
}

double rounded(double ms) {
    return std::round(ms * 100) / 100;
}

tl::unexpected<Error> unprocessable(std::string type, std::string message) {
    return fail(Code::unprocessable, std::move(type), std::move(message));
}

// What throws is an error like another: the turn still has to end.
template <class T>
Task<Result<T>> caught(Task<Result<T>> task) {
    Error error{Code::internal, "internal", "The server made a mistake. Try again.", {}, {}, {}};
    try {
        co_return co_await std::move(task);
    } catch (const std::exception& thrown) {
        error.detail = thrown.what();
    }
    log::error("a turn threw", {{"detail", error.detail}});
    co_return fail(std::move(error));
}

bool has_image(const std::vector<chat::SaidFile>& files) {
    return std::ranges::any_of(
        files, [](const chat::SaidFile& file) { return file.about.kind == chat::AttachmentKind::image; });
}

metrics::Counter& turns_total(chat::State state) {
    static metrics::Counter* const counters[] = {
        &metrics::counter("lares_turns_total", {{"state", "done"}}, "Turns that ended, by how"),
        &metrics::counter("lares_turns_total", {{"state", "interrupted"}}),
        &metrics::counter("lares_turns_total", {{"state", "cut"}})};
    return *counters[static_cast<std::size_t>(state)];
}

metrics::Histogram& first_token_seconds() {
    static auto& histogram =
        metrics::histogram("lares_turn_first_token_seconds", {},
                           "From the message to the answer's first token", metrics::turn_seconds);
    return histogram;
}

}  // namespace

Turn::Turn(Tools tools, OwnerId owner, Request request, chat::ConversationId conversation, Executor executor,
           std::shared_ptr<RingBytes> ring_bytes)
    : tools_(tools),
      owner_(owner),
      request_(std::move(request)),
      conversation_(conversation),
      id_(tools_.ids.make<chat::TurnId>(tools_.clock.unix_ms())),
      executor_(executor),
      ring_(std::make_shared<Ring>(
          id_, Ring::Bounds{tools_.limits.ring_frames, tools_.limits.ring_bytes, tools_.limits.rings_bytes},
          std::move(ring_bytes))),
      scope_(std::make_shared<async::TaskScope>(executor)),
      changed_(executor),
      started_(tools_.clock.steady()),
      last_news_(started_) {
    if (!request_.voice) return;
    Speech::Parts parts{tools_.voices,
                        tools_.clock,
                        *ring_,
                        hearing_,
                        tools_.limits.speech,
                        owner_,
                        [this] { return companion_->voice(); },
                        [this] { return since_ms(); },
                        trace_,
                        [changed = changed_] { changed.notify(); },
                        [this](bool on) {
                            if (stream_) stream_->rest(on);
                        }};
    speech_ = std::make_unique<Speech>(std::move(parts), executor_);
}

Turn::~Turn() {
    retire(std::move(scope_));
}

void Turn::begin(Hooks hooks) {
    hooks_ = std::move(hooks);
    scope_->spawn(run(shared_from_this()));
}

void Turn::stop(Stop why) {
    if (why == Stop::shutdown) closing_ = true;
    auto none = Stop::none;
    if (!stop_.compare_exchange_strong(none, why)) return;
    if (speech_) speech_->silence();
    changed_.notify();
}

void Turn::heard(const std::string& device, std::int64_t characters) {
    hearing_.report(device, characters, tools_.clock.steady());
    if (speech_) speech_->wake();
}

void Turn::cut(std::optional<std::int64_t> characters, const std::string& device) {
    if (characters) {
        hearing_.report(device, *characters, tools_.clock.steady());
        cut_exactly_ = true;
    }
    hearing_.stop(tools_.clock.steady());
    stop(Stop::cut);
    ring_->silence();  // who reads slowly is not sent what was made before
}

Result<void> Turn::hold(bool held) {
    if (held && speech_ && !speech_->may_hold())
        return fail(Code::rate_limited, "too-many-holds",
                    "This answer was held too often or for too long: it goes on, or can be stopped.");
    hold_ = held ? Hold::hold : Hold::go_on;
    changed_.notify();
    return {};
}

// The ids of exactly so much of the answer; none when a token reaches over its end.
std::vector<std::int32_t> Turn::tokens_of(std::size_t bytes) const {
    if (!before_.empty() || !filter_.untouched()) return {};
    const auto mark = std::ranges::lower_bound(marks_, bytes, {}, &Mark::bytes);
    if (mark == marks_.end() || mark->bytes != bytes) return {};
    return {tokens_.begin(), tokens_.begin() + static_cast<std::ptrdiff_t>(mark->tokens)};
}

std::optional<chat::Heard> Turn::heard_of(std::string_view text) const {
    const auto far = hearing_.far(tools_.clock.steady(), cut_exactly_);
    if (!far) return std::nullopt;
    const auto characters = word_end(text, far->characters);
    if (characters >= static_cast<std::int64_t>(count_code_points(text))) return std::nullopt;
    return chat::Heard{characters, far->device,
                       tokens_of(utf8_offset(text, static_cast<std::size_t>(characters)))};
}

std::optional<chat::Heard> Turn::heard_part() {
    hearing_.stop(tools_.clock.steady());
    return heard_of(stored_);
}

double Turn::since_ms() const {
    const std::chrono::duration<double, std::milli> elapsed = tools_.clock.steady() - started_;
    return rounded(elapsed.count());
}

// Everything that must be known before the commit and the work can start: reads only.
Task<Result<void>> Turn::prepare() {
    if (request_.client_id) {
        LARES_CO_TRY(const auto known, co_await tools_.journal.find_client_id(owner_, *request_.client_id));
        if (known) {
            known_ =
                chat::Accepted{known->conversation_id, known->message_id, known->seq, known->turn_id, true};
            co_return Result<void>();
        }
    }
    const auto now = tools_.clock.unix_ms();
    accept_.conversation_id = conversation_;
    accept_.turn_id = id_;
    accept_.message_id = tools_.ids.make<chat::MessageId>(now);
    accept_.answer_id = tools_.ids.make<chat::MessageId>(now);
    accept_.client_id = request_.client_id;
    accept_.text = std::move(request_.message);
    accept_.attachments = request_.attachments;
    if (!accept_.attachments.empty()) {
        LARES_CO_TRY(files_, co_await tools_.journal.files(owner_, accept_.attachments));
    }
    auto character = request_.character_id;
    if (request_.conversation_id) {
        const auto until = request_.carry_on ? request_.carry_on
                           : request_.again  ? request_.again
                                             : request_.action_on;
        LARES_CO_TRY(context_, co_await tools_.journal.context(owner_, conversation_, until));
        if (character && *character != context_.conversation.character_id)
            co_return invalid_field("character_id", "is not the character of this conversation");
        character = context_.conversation.character_id;
        branched_from_ = context_.branched_from;
    }
    LARES_CO_TRY(companion_, co_await tools_.companions.find(owner_, *character));
    auto& said = context_.said;
    if (!request_.conversation_id) {
        LARES_CO_TRY(accept_.create,
                     co_await companion_->opening(conversation_, request_.greeting.value_or(0)));
        LARES_CO_TRY(const auto greeting, chat::first_words(*accept_.create));
        if (!greeting.empty()) said.push_back({{}, {}, chat::Role::assistant, greeting, {}, {}, {}});
    }
    LARES_CO_CHECK(co_await read_message());
    LARES_CO_CHECK(begin_with_last());
    // Nothing is stored for a model that cannot answer at all.
    const auto status = tools_.provider.status();
    here_ = companion_->answers_here(context_.conversation);
    if (here_ && status.state == gateway::ModelState::failed) {
        if (auto counted = tools_.provider.count_tokens({}, {}); !counted) co_return fail(counted.error());
        co_return fail(Code::unavailable, "model-failed", status.reason + " " + status.remedy);
    }
    // Nor for one that would not take it now: what is not stored can simply be sent again.
    if (here_ && status.waiting >= tools_.limits.model_queue_max)
        co_return fail(Error{Code::unavailable,
                             "engine-busy",
                             "All places are taken and the queue is full. Try again in a moment.",
                             {},
                             {},
                             retry_busy_ms});
    // A long message may be more than the model can take: it is refused rather than stored without an answer.
    const bool is_long =
        accept_.begin == chat::Begin::message &&
        (accept_.text.size() > tools_.limits.prompt_first_bytes || !accept_.attachments.empty());
    if (is_long && (!here_ || status.state == gateway::ModelState::ready)) co_return co_await build_prompt();
    co_return Result<void>();
}

// What is stored is what the prompt shows, in this turn and in all others.
Task<Result<void>> Turn::read_message() {
    const bool says = !request_.carry_on && !request_.again && !request_.action;
    if (!says || accept_.text.find("{{") == std::string::npos) co_return Result<void>();
    context_.conversation.id = conversation_;
    LARES_CO_TRY(auto spoken,
                 co_await companion_->spoken(context_, accept_.message_id, std::move(accept_.text)));
    if (spoken.left && accept_.attachments.empty()) LARES_CO_CHECK(chat::check_message(spoken.text));
    accept_.text = std::move(spoken.text);
    accept_.left = std::move(spoken.left);
    co_return Result<void>();
}

// What is asked for, and of what it is the answer; `said` becomes what the prompt holds.
Result<void> Turn::begin_with_last() {
    auto& said = context_.said;
    const bool is_answer = !said.empty() && said.back().role == chat::Role::assistant;
    const auto goes_on = [&] {
        accept_.message_id = *said.back().parent;
        before_ = accept_.text = said.back().text;
        before_tokens_ = said.back().tokens;
        before_model_ = said.back().model;
        // A model goes on better after a word than after the space behind it; show() keeps the joint.
        const auto kept = trim(before_);
        if (!kept.empty())
            said.back().text.resize(static_cast<std::size_t>(kept.data() + kept.size() - before_.data()));
        joint_kept_ = said.back().text.size() == before_.size();
    };
    if (request_.carry_on) {
        if (!is_answer || said.back().state == chat::State::done || !said.back().parent)
            return unprocessable("answer-complete", "Only an answer that was cut short can be continued.");
        accept_.begin = chat::Begin::carry_on;
        accept_.answer_id = said.back().id;
        goes_on();
    } else if (request_.action == Action::continue_) {
        if (!is_answer || !said.back().parent || trim(said.back().text).empty())
            return unprocessable("nothing-to-continue", "Only an answer of the companion can go on.");
        accept_.begin = chat::Begin::extend;
        goes_on();
    } else if (request_.again || request_.action == Action::regenerate) {
        if (is_answer) said.pop_back();
        if (said.empty())
            return unprocessable("nothing-to-answer", "There is nothing before this message to answer.");
        accept_.begin = chat::Begin::again;
        accept_.message_id = said.back().id;
    } else if (request_.action == Action::impersonate) {
        if (said.empty()) return unprocessable("nothing-to-answer", "Nothing was said yet.");
        accept_.begin = chat::Begin::impersonate;
        accept_.message_id = said.back().id;
    } else {
        accept_.parent = context_.leaf;
        said.push_back({accept_.message_id, context_.leaf, chat::Role::user, accept_.text, {}, {}, {}});
        said.back().files = std::move(files_);
    }
    return {};
}

Task<Result<void>> Turn::build_prompt() {
    const auto max_tokens = request_.max_tokens.value_or(tools_.limits.max_tokens_default);
    context_.conversation.id = conversation_;
    companion_->answers(accept_.answer_id);
    const bool shows = !context_.said.empty() && has_image(context_.said.back().files);
    LARES_CO_TRY(prompt_, co_await companion_->prompt(std::move(context_), accept_.begin, max_tokens));
    // Only with the message that brings a picture: who has been told need not hear it every time.
    const auto sees = [](const gateway::ChatMessage& message) { return !message.parts.empty(); };
    unseen_ = shows && accept_.begin == chat::Begin::message && std::ranges::none_of(prompt_->messages, sees);
    trace_.prompt_built_ms = since_ms();
    co_return Result<void>();
}

// A message that comes while the model is still being loaded is stored, and answered when it can be.
Task<void> Turn::until_loaded() {
    bool told = false;
    while (here_ && tools_.provider.status().state == gateway::ModelState::loading) {
        if (!std::exchange(told, true)) ring_->push(Status{"loading", 0});
        co_await tools_.clock.sleep_for(loading_poll);
    }
}

void Turn::show(std::string text) {
    if (text_.empty() && !before_.empty() && trim(before_.substr(before_.size() - 1)).empty()) {
        joint_kept_ = false;
        text.erase(0, text.find_first_not_of(" \t\r\n"));
    }
    if (text.empty()) return;
    if (!trace_.first_token_ms) {
        trace_.first_token_ms = since_ms();
        first_token_seconds().observe(*trace_.first_token_ms / 1000);
    }
    text_ += text;
    speak(text);
    ring_->push(Token{std::move(text)});
}

void Turn::speak(std::string_view text) {
    shown_ += static_cast<std::int64_t>(count_code_points(text));
    hearing_.shown(shown_);
    if (speech_) speech_->shown(text);
}

void Turn::feel(std::int64_t shown_before) {
    for (auto& feeling : filter_.take_feelings())
        ring_->push(Emotion{std::move(feeling.emotion), shown_before + feeling.at});
}

Task<Result<void>> Turn::answer() {
    const auto& limits = tools_.limits;
    co_await until_loaded();
    if (!prompt_) LARES_CO_CHECK(co_await build_prompt());
    if (unseen_)
        ring_->push(VoiceNotice{std::string(image_described),
                                "This model cannot see pictures. It was told the name and the size."});
    auto request = *std::exchange(prompt_, std::nullopt);
    trace_.model = request.model;
    request.cache_key = conversation_.text();
    if (branched_from_) request.cache_from = branched_from_->text();
    const auto character = std::move(request.payer.character);
    request.payer = request_.payer;
    request.payer.character = character;
    request.payer.person = owner_.text();
    request.payer.conversation = conversation_.text();
    request.payer.route = "chat";
    request.max_tokens = request_.max_tokens;
    if (request_.temperature) request.sampling.temperature = *request_.temperature;
    request.sampling.seed = request_.seed;
    request.stop.insert(request.stop.end(), request_.stop.begin(), request_.stop.end());
    if (tools_.admit) LARES_CO_CHECK(tools_.admit(request));
    asked_ = true;
    const auto asked_ms = since_ms();
    LARES_CO_TRY(auto stream, co_await tools_.provider.chat(std::move(request)));
    struct Lives {
        gateway::ChatStream*& stream;
        ~Lives() { stream = nullptr; }
    } lives{stream_ = stream.get()};
    const auto shown_before = shown_;
    std::size_t place = 0;
    for (;;) {
        LARES_CO_TRY(auto delta, co_await stream->next());
        last_news_ = tools_.clock.steady();
        if (!delta) break;
        if (delta->place > 0) {
            if (std::exchange(place, delta->place) != delta->place)
                ring_->push(Status{"queued", static_cast<std::int64_t>(delta->place)});
            continue;
        }
        tokens_.insert(tokens_.end(), delta->tokens.begin(), delta->tokens.end());
        if (delta->prompt) take_prompt(*delta->prompt, asked_ms);
        if (usage_) usage_->completion = static_cast<std::int64_t>(tokens_.size());
        show(filter_.feed(delta->text));
        feel(shown_before);
        if (!filter_.holds()) marks_.push_back({text_.size(), tokens_.size()});
        // Nobody waits for what was sent to be written down before they see the first word.
        LARES_CO_CHECK(co_await keep());
        if (filter_.raw_bytes() > limits.answer_bytes) break;
        if (speech_) co_await speech_->until_heard_on();
    }
    show(filter_.finish());
    feel(shown_before);
    if (filter_.raw_bytes() <= limits.answer_bytes) {
        const auto& end = stream->end();
        take_prompt({end.usage.prompt, end.usage.reused, static_cast<std::uint32_t>(end.timings.new_tokens),
                     end.timings.queued_ms, end.timings.prefill_ms},
                    asked_ms);
        usage_->completion = end.usage.completion;
        if (!end.usage_known) {
            usage_.reset();
            trace_.reused.reset();
            trace_.prefill.reset();
        }
    }
    co_return Result<void>();
}

void Turn::take_prompt(const gateway::PromptRead& read, double asked_ms) {
    usage_ = chat::Usage{read.tokens, read.reused, 0};
    trace_.queued_ms = rounded(read.queued_ms);
    trace_.prefill_done_ms = rounded(asked_ms + read.queued_ms + read.prefill_ms);
    trace_.reused = read.reused;
    trace_.prefill = read.computed;
}

// Once: at the first word, or at the end of an answer that was stopped or failed before it had one.
Task<Result<void>> Turn::keep() {
    if (asked_ && !kept_) {
        co_await companion_->keep();
        kept_ = true;
    }
    co_return Result<void>();
}

Task<void> Turn::work() {
    // However this ends, also by an exception, run() must learn it.
    struct Done {
        Turn& turn;
        Result<void> outcome = fail(Code::internal, "internal", "The answer failed. Try again.");
        ~Done() {
            turn.work_ = std::move(outcome);
            turn.changed_.notify();
        }
    } done{*this};
    done.outcome = co_await answer();
    trace_.done_ms = since_ms();
    written_ = true;
    if (speech_) speech_->complete();
}

// The text so far goes to the store, so that a crash costs at most half a second of it.
Task<void> Turn::append() {
    std::size_t stored = 0;
    for (std::int64_t part = 0;;) {
        co_await tools_.clock.sleep_for(async::Milliseconds(tools_.limits.append_ms));
        const auto size = text_.size();
        if (size == stored) continue;
        const auto written = co_await tools_.journal.append(id_, part, text_.substr(stored, size - stored));
        if (written) {
            stored = size;
            ++part;
        } else {
            log::warn(
                "text so far was not stored",
                {{"turn", id_.text()}, {"error", written.error().type}, {"detail", written.error().detail}});
        }
    }
}

Task<void> Turn::watch() {
    const auto& limits = tools_.limits;
    for (;;) {
        const auto patience = trace_.first_token_ms ? limits.token_gap_ms : limits.first_token_ms;
        const auto now = tools_.clock.steady();
        const auto end = started_ + async::Milliseconds(limits.turn_ms);
        // A model that is done, or that a held voice keeps waiting, is not slow.
        const bool waits = written_ || (speech_ && speech_->held());
        if (waits) last_news_ = now;
        const auto deadline = std::min(last_news_ + async::Milliseconds(patience), end);
        if (now >= deadline) break;
        co_await tools_.clock.sleep_until(deadline);
    }
    stop(Stop::too_slow);
}

// From the request to the end of the work, whatever that is. The commit beside the work: the ring shows
// nothing until it is open.
Task<Result<chat::Accepted>> Turn::live(async::TaskScope* scope) {
    LARES_CO_CHECK(co_await prepare());
    if (known_) co_return *known_;
    shown_ = static_cast<std::int64_t>(count_code_points(before_));
    ring_->push(TurnStarted{id_, conversation_, accept_.answer_id, before_, shown_,
                            is_draft() ? chat::Role::user : chat::Role::assistant});
    hearing_.begin(shown_);
    if (speech_) speech_->begin(*scope, static_cast<std::size_t>(shown_));
    scope->spawn(work());
    chat::Accepted done{conversation_, accept_.message_id, context_.conversation.seq, id_, false};
    if (!is_draft()) {
        LARES_CO_TRY(done, co_await tools_.journal.accept(owner_, accept_));
        if (done.repeated) co_return done;
    }
    ours_ = true;
    trace_.accepted_ms = since_ms();
    ring_->open({done.conversation_id, done.message_id, done.seq});
    accepted.set(done);
    if (!is_draft()) scope->spawn(append());
    scope->spawn(watch());
    while (stop_ == Stop::none && !(work_ && (!*work_ || !talks()))) {
        co_await changed_.wait();
        const auto hold = hold_.exchange(Hold::as_it_is);
        if (hold == Hold::hold && talks()) speech_->hold();
        if (hold == Hold::go_on && talks()) speech_->go_on();
    }
    co_return done;
}

Task<void> Turn::run(std::shared_ptr<Turn> self) {
    auto& turn = *self;
    async::TaskScope scope(turn.executor_);
    const auto lived = co_await caught(turn.live(&scope));
    scope.cancel();
    co_await scope.join();
    if (turn.speech_) turn.speech_->release();
    if (turn.ours_) {
        const auto finished = co_await caught(turn.finish());
        if (!finished && !turn.ring_->ended())
            turn.ring_->push(Failed{turn.about(finished.error()), {}, turn.before_ + turn.text_});
    }
    turn.companion_.reset();
    turn.hooks_.released();
    turn.accepted.set(lived);
    turn.ended.set(Result<void>());
    // The register keeps ended turns for a while; they keep nothing of the register.
    std::exchange(turn.hooks_, {}).left();
    turn.gone.set(true);
}

std::optional<Error> Turn::why_not_done() const {
    if (work_ && *work_) return std::nullopt;
    switch (stop_) {
        case Stop::none:
        case Stop::cut:
            break;
        case Stop::shutdown:
            return Error{Code::unavailable,
                         "stopping",
                         "The server is stopping. The answer so far is kept, and can be continued.",
                         {},
                         {},
                         5000};
        case Stop::too_slow:
            return Error{Code::timeout,
                         "answer-too-slow",
                         "The model took too long. The answer so far is kept, and can be continued.",
                         {},
                         {},
                         {}};
    }
    return work_ ? work_->error() : Error{};
}

Error Turn::about(Error error) const {
    return of_stored(std::move(error), conversation_, accept_.message_id, id_);
}

Task<Result<void>> Turn::finish() {
    const auto error = why_not_done();
    const auto state = !error               ? chat::State::done
                       : stop_ == Stop::cut ? chat::State::cut
                                            : chat::State::interrupted;
    if (speech_) speech_->silence();
    if (is_draft()) {
        finish_draft(state, error);
        co_return Result<void>();
    }
    // The answer is stored whether or not what was sent is kept.
    (void)co_await caught(keep());
    chat::AnswerEnd end{id_, state, before_ + text_, {}, usage_, trace_, ring_->next_number(), {}};
    // Ids may run ahead of their text; only of a complete answer do they say exactly what was shown. What the
    // model thought is not said to it again; its tags of feelings are (decision 0088).
    if (state == chat::State::done && before_.empty() && !filter_.thought()) end.tokens = tokens_;
    if (state == chat::State::done && !before_tokens_.empty() && before_model_ == trace_.model &&
        joint_kept_ && filter_.untouched()) {
        end.tokens = before_tokens_;
        end.tokens.insert(end.tokens.end(), tokens_.begin(), tokens_.end());
    }
    if (!end.trace.done_ms) end.trace.done_ms = since_ms();
    if (stop_ == Stop::cut) end.heard = heard_of(end.text);
    if (state == chat::State::interrupted) {
        if (stop_ != Stop::shutdown) {
            const auto most = utf8_offset(error->message, chat::Limits::failure_max);
            end.trace.failure = chat::Failure{error->type, error->message.substr(0, most), error->overflow};
        }
        log::warn("answer interrupted",
                  {{"turn", id_.text()}, {"error", error->type}, {"detail", error->detail}});
    }
    stored_ = end.text;
    const auto stored = co_await store_end(end);
    turns_total(state).add();
    hooks_.released();
    if (stored && state == chat::State::done && hooks_.answered) hooks_.answered();
    if (ring_->ended()) co_return Result<void>();
    if (stored && state != chat::State::interrupted)
        ring_->push(TurnDone{stored->id, stored->text, stored->state, usage_, end.trace});
    else
        ring_->push(Failed{about(stored ? *error : stored.error()),
                           stored ? std::optional(stored->id) : std::nullopt, end.text});
    co_return Result<void>();
}

// Nothing of it is stored.
void Turn::finish_draft(chat::State state, const std::optional<Error>& error) {
    if (!trace_.done_ms) trace_.done_ms = since_ms();
    hooks_.released();
    if (ring_->ended()) return;
    const auto text = std::string(trim(text_));
    if (state == chat::State::interrupted)
        ring_->push(Failed{*error, {}, text});
    else
        ring_->push(TurnDone{accept_.answer_id, text, state, usage_, trace_, chat::Role::user});
}

// An end that cannot be stored (the disk is full) is told at once and tried again until it can: what was said
// is not given up while the process lives, and the next start finds it as interrupted.
Task<Result<chat::Message>> Turn::store_end(chat::AnswerEnd end) {
    for (int wait = 4;; wait = std::min(2 * wait, retry_steps_max)) {
        auto stored = co_await caught(tools_.journal.end(owner_, end));
        if (stored || stored.error().code == Code::not_found) co_return stored;
        log::error("answer was not stored, trying again",
                   {{"turn", id_.text()}, {"error", stored.error().type}, {"detail", stored.error().detail}});
        if (!ring_->ended()) {
            ring_->push(Failed{about(stored.error()), {}, end.text});
            ended.set(fail(stored.error()));
        }
        for (int step = 0; step < wait && !closing_; ++step) co_await tools_.clock.sleep_for(retry_step);
        if (closing_) co_return co_await caught(tools_.journal.end(owner_, end));
    }
}

}  // namespace lares::turn
