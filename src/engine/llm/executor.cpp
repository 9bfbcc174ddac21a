// Longer than most files: admission, batching and saving act on the same few lists, and only together do they
// show that a sequence and its cells are given back on every way out.
#include "engine/llm/executor.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <pthread.h>

#include "base/memory.h"

namespace lares::engine::llm {
namespace {

constexpr std::size_t slice_tokens = 256;  // saved or restored between two steps: 2 to 3 ms for a small model
constexpr std::size_t least_shared = 16;   // tokens worth looking for in another chat
constexpr std::chrono::milliseconds quiet_before_reading{100}, quiet_before_release{2'000};
constexpr std::int64_t retry_loading_ms = 1000, retry_busy_ms = 5000;

double ms_between(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
    return std::chrono::duration<double, std::milli>(to - from).count();
}

std::size_t common_prefix(const std::vector<Token>& a, const std::vector<Token>& b, std::size_t most) {
    most = std::min({most, a.size(), b.size()});
    return static_cast<std::size_t>(
        std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(most), b.begin()).first - a.begin());
}

// Cards' prefixes live in the same store as chats; a cache key of a chat never begins with this byte.
std::string prefix_key(const std::string& scope, const std::vector<Token>& tokens, std::size_t length) {
    std::string key = "\x01" + scope + "\x01";
    key.append(reinterpret_cast<const char*>(tokens.data()), length * sizeof(Token));
    return key;
}

Error busy(std::string message, std::int64_t retry_ms, std::string type) {
    Error error{Code::unavailable, std::move(type), std::move(message), {}, {}, {}};
    error.retry_after_ms = retry_ms;
    return error;
}

}  // namespace

Executor::Executor(Options options)
    : options_(std::move(options)), bell_(std::make_shared<Bell>([this] { poke(); })) {
    thread_ = std::thread([this] {
        pthread_setname_np(pthread_self(), "lares-llm");
        run();
    });
}

Executor::~Executor() {
    bell_->silence();
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

// ---- calls from any thread

void Executor::post(Job job) {
    {
        std::lock_guard lock(mutex_);
        jobs_.push_back(std::move(job));
    }
    changed_.notify_one();
}

void Executor::poke() {
    {
        std::lock_guard lock(mutex_);
        poked_ = true;
    }
    changed_.notify_one();
}

// Asked in the middle of a step that whoever comes need not wait for.
bool Executor::somebody_comes() {
    std::lock_guard lock(mutex_);
    return stopping_ || !jobs_.empty();
}

void Executor::load(std::string file, std::function<void()> settled) {
    {
        std::lock_guard lock(mutex_);
        next_file_ = std::move(file);
        load_pending_ = true;
        status_.state = State::loading;
        status_.progress = 0;
        status_.file = next_file_;
        status_.reason.clear(), status_.remedy.clear();
        if (settled) settled_.push_back(std::move(settled));
    }
    changed_.notify_one();
}

void Executor::fail_with(std::string reason, std::string remedy) {
    settle(State::failed, std::move(reason), std::move(remedy));
}

void Executor::when_settled(std::function<void()> settled) {
    {
        std::lock_guard lock(mutex_);
        if (status_.state == State::loading && !stopping_) {
            settled_.push_back(std::move(settled));
            return;
        }
    }
    settled();
}

std::shared_ptr<const Model> Executor::model() const {
    std::lock_guard lock(mutex_);
    return status_.state == State::ready ? published_model_ : nullptr;
}

Status Executor::status() const {
    std::lock_guard lock(mutex_);
    Status copy = status_;
    copy.waiting = static_cast<std::uint32_t>(queued_);
    return copy;
}

Result<std::shared_ptr<Outbox>> Executor::submit(Request request, std::function<void()> wake) {
    std::lock_guard lock(mutex_);
    if (stopping_) return fail(Code::unavailable, "shutting-down", "The server is shutting down.");
    if (status_.state == State::loading)
        return fail(busy("The model is still being loaded.", retry_loading_ms, "model-loading"));
    if (status_.state != State::ready)
        return fail(Code::unavailable, "model-failed",
                    status_.remedy.empty() ? status_.reason : status_.reason + " " + status_.remedy);
    if (request.model != published_model_)
        return fail(Code::conflict, "model-not-loaded", "Another model has been loaded meanwhile.");
    const std::size_t prompt = request.prompt.tokens.size();
    if (prompt == 0 || prompt >= status_.context || request.max_tokens == 0)
        return fail(Code::unprocessable, "context-overflow", "The prompt leaves no room for an answer.");
    if (queued_ >= options_.queue_max)
        return fail(busy("All places are taken and the queue is full.", retry_busy_ms, "engine-busy"));
    auto outbox = std::make_shared<Outbox>(std::move(wake), bell_);
    ++queued_;
    auto chat = std::make_shared<ChatPtr>(std::make_unique<Chat>(std::move(request), outbox));
    jobs_.push_back([this, chat] { waiting_.push_back(std::move(*chat)); });
    changed_.notify_one();
    return outbox;
}

void Executor::forget(std::string cache_key) {
    post([this, key = std::move(cache_key)] {
        for (auto& chat : live_)
            if (chat->request.cache_key == key) chat->request.cache_key.clear();
        for (auto& chat : waiting_)
            if (chat->request.cache_key == key) chat->request.cache_key.clear();
        for (auto it = parked_.begin(); it != parked_.end();) {
            const auto here = it++;
            if (here->key == key) drop(here);
        }
        if (store_) store_->forget(key);
    });
}

// ---- the loop

void Executor::run() {
    bool worked = true, read = false, released = false;
    for (;;) {
        std::deque<Job> jobs;
        std::string file;
        bool load_file = false;
        {
            std::unique_lock lock(mutex_);
            const auto wanted = [this] {
                return stopping_ || poked_ || !jobs_.empty() ||
                       (load_pending_ && live_.empty() && waiting_.empty());
            };
            if (!worked && !read && !changed_.wait_for(lock, quiet_before_reading, wanted)) {
                lock.unlock();
                read_ahead();
                publish();
                read = true;
                lock.lock();
            }
            if (!worked && !released && !changed_.wait_for(lock, quiet_before_release, wanted)) {
                lock.unlock();
                release_unused_memory();
                release_code_of_the_start();
                released = true;
                lock.lock();
            }
            if (!worked) changed_.wait(lock, wanted);
            poked_ = false;
            if (stopping_) break;
            jobs.swap(jobs_);
            if (load_pending_ && live_.empty() && waiting_.empty() && jobs.empty()) {
                file = next_file_;
                load_file = true;
                load_pending_ = false;
            }
        }
        for (auto& job : jobs) job();
        if (load_file) load_now(file);
        drop_cancelled();
        admit();
        worked = restore_step();
        worked = step() || worked;
        worked = save_step() || worked || !jobs.empty();
        read = read && !worked;
        released = released && !worked;
        publish();
    }
    const Error stopped{Code::unavailable, "shutting-down", "The server is shutting down.", {}, {}, {}};
    std::deque<Job> rest;
    std::vector<std::function<void()>> settled;
    {
        std::lock_guard lock(mutex_);
        rest.swap(jobs_);
        settled.swap(settled_);
    }
    for (auto& job : rest) job();
    for (auto& chat : live_) chat->outbox->add([&](Output& out) { out.error = stopped; });
    for (auto& chat : waiting_) chat->outbox->add([&](Output& out) { out.error = stopped; });
    for (auto& call : settled) call();
    live_.clear();
    waiting_.clear();
    parked_.clear();
    store_.reset();
    context_.reset();
    model_.reset();
}

void Executor::settle(State state, std::string reason, std::string remedy) {
    std::vector<std::function<void()>> settled;
    {
        std::lock_guard lock(mutex_);
        if (!load_pending_) {
            status_.state = state;
            status_.reason = std::move(reason);
            status_.remedy = std::move(remedy);
            status_.progress = state == State::ready ? 1 : 0;
            settled.swap(settled_);
        }
    }
    for (auto& call : settled) call();
}

void Executor::load_now(const std::string& file) {
    const auto begun = Clock::now();
    parked_.clear();
    store_.reset();
    context_.reset();
    model_.reset();
    pace_ = {};
    steps_ = 0;
    {
        std::lock_guard lock(mutex_);
        published_model_.reset();
    }
    // The last tenth is the context and the first step.
    auto model = Model::load(file, [this](float part) {
        std::lock_guard lock(mutex_);
        status_.progress = part * 0.9;
        return !stopping_;
    });
    if (!model) return settle(State::failed, model.error().message, "");
    plan_ = make_plan(options_, **model);
    auto context = Context::make(*model, plan_);
    if (!context) return settle(State::failed, context.error().message, "");
    model_ = *model;
    context_ = std::move(*context);
    // The first step pages the weights in and sizes the buffers; a person should not wait for that.
    context_->add(0, 0, 0, true);
    const bool computes = context_->decode();
    context_->clear();
    if (!computes) {
        context_.reset();
        model_.reset();
        return settle(State::failed, "The model file " + file + " cannot be computed.",
                      "Choose another model.");
    }
    const std::uint64_t live_bytes = plan_.cell_bytes * plan_.cells + plan_.scores_bytes;
    store_ = std::make_unique<KvStore>(KvStore::Options{
        .ram_bytes = options_.kv_ram_bytes > live_bytes ? options_.kv_ram_bytes - live_bytes : 0,
        .disk_bytes = options_.kv_disk_bytes,
        .folder = options_.kv_folder,
        .post = [this](Job job) { post(std::move(job)); },
    });
    {
        std::lock_guard lock(mutex_);
        published_model_ = model_;
        status_.threads = plan_.threads;
        status_.batch_threads = plan_.batch_threads;
        status_.chunk = plan_.chunk;
        status_.context = plan_.context;
        status_.cells = plan_.cells;
        status_.load_ms = ms_between(begun, Clock::now());
    }
    settle(State::ready, "", "");
}

void Executor::publish() {
    std::lock_guard lock(mutex_);
    status_.live = static_cast<std::uint32_t>(live_.size());
    status_.cells_used = cells_used();
    status_.steps = steps_;
    status_.saved_bytes = store_ ? store_->ram_bytes() : 0;
    status_.spilled_bytes = store_ ? store_->disk_bytes() : 0;
}

// ---- admission

void Executor::drop_cancelled() {
    for (auto& chat : live_)
        if (chat->outbox->cancelled()) ended_.push_back(chat.get());
    remove_ended();
    const auto before = waiting_.size();
    std::erase_if(waiting_, [](const ChatPtr& chat) { return chat->outbox->cancelled(); });
    if (before == waiting_.size()) return;
    {
        std::lock_guard lock(mutex_);
        queued_ -= before - waiting_.size();
    }
    tell_places();
}

void Executor::admit() {
    bool moved = false;
    while (!waiting_.empty() && context_) {
        Chat& chat = *waiting_.front();
        const std::size_t prompt = chat.request.prompt.tokens.size();
        const std::size_t cells = std::min<std::size_t>(prompt + chat.request.max_tokens, plan_.context);
        if (live_.size() >= options_.live_max || !make_room(cells, chat)) break;
        chat.cells = cells;
        // A token that ends the answer for want of room is never computed: it needs no cell.
        chat.generated_max = static_cast<std::uint32_t>(cells - std::min(cells, prompt));
        ChatPtr taken = std::move(waiting_.front());
        waiting_.pop_front();
        {
            std::lock_guard lock(mutex_);
            --queued_;
        }
        moved = true;
        start(std::move(taken));
    }
    if (moved || (!waiting_.empty() && !waiting_.back()->told)) tell_places();
}

void Executor::tell_places() {
    std::size_t place = 0;
    for (auto& chat : waiting_) {
        chat->told = true;
        chat->outbox->add([at = ++place](Output& out) { out.place = at; });
    }
}

std::size_t Executor::cells_used() const {
    std::size_t used = 0;
    for (const auto& chat : live_) used += chat->cells;
    for (const auto& parked : parked_) used += parked.tokens.size();
    return used;
}

// Chats that have ended leave for those that come; the one that goes on stays, and all do for what is done in
// the background, while there is room.
bool Executor::make_room(std::size_t cells, const Chat& chat) {
    const auto stays = predecessor(chat);
    for (auto it = parked_.begin(); it != parked_.end();) {
        const auto here = it++;
        if (here == stays) continue;
        const bool tight = cells_used() + cells > plan_.cells || free_sequence() < 0;
        if (!tight && (!here->saved || chat.request.background)) continue;
        while (!here->saved)
            if (!save_slice(*here)) break;
        drop(here);
    }
    const std::size_t own = stays == parked_.end() ? 0 : stays->tokens.size();
    return cells_used() - own + cells <= plan_.cells && (own > 0 || free_sequence() >= 0);
}

int Executor::free_sequence() const {
    for (int sequence = 0; sequence < static_cast<int>(plan_.sequences) - 1; ++sequence) {
        const bool taken =
            std::ranges::any_of(live_, [&](const ChatPtr& chat) { return chat->sequence == sequence; }) ||
            std::ranges::any_of(parked_, [&](const Parked& parked) { return parked.sequence == sequence; });
        if (!taken) return sequence;
    }
    return -1;
}

void Executor::start(ChatPtr taken) {
    Chat& chat = *taken;
    chat.admitted = Clock::now();
    chat.tokens = chat.request.prompt.tokens;
    chat.sampler = std::make_unique<Sampler>(model_, chat.request.sampling, chat.request.grammar);
    chat.crowded = in_foreground() || parked_.size() > 1;
    for (auto& other : live_) other->crowded = other->crowded || !chat.request.background;
    if (const auto before = predecessor(chat); before != parked_.end()) {
        go_on(chat, before);
    } else {
        chat.sequence = free_sequence();
        if (live_.empty() && parked_.empty()) context_->clear();
    }
    if (chat.reused == 0) find_reuse(chat);
    live_.push_back(std::move(taken));
}

// The chat that has ended in whose cells this one goes on, so that nothing is copied: itself, else one that
// is saved and that it branched from, else one of the same card. End: none.
std::list<Executor::Parked>::iterator Executor::predecessor(const Chat& chat) {
    const Request& request = chat.request;
    const auto same_key = [&](const std::string& key) {
        return std::ranges::find_if(parked_,
                                    [&](const Parked& parked) { return !key.empty() && parked.key == key; });
    };
    if (const auto itself = same_key(request.cache_key); itself != parked_.end()) return itself;
    if (store_->has(request.cache_key)) return parked_.end();  // of itself it has more
    const auto known = [&](const Parked& parked) { return known_of(parked, request) >= least_shared; };
    if (!request.cache_from.empty()) {
        const auto from = same_key(request.cache_from);
        return from != parked_.end() && from->saved && known(*from) ? from : parked_.end();
    }
    return std::ranges::find_if(parked_, [&](const Parked& parked) {
        return parked.saved && parked.scope == request.prefix_scope && known(parked);
    });
}

// How many tokens of the request this ended chat may give it: of another's chat only the card.
std::size_t Executor::known_of(const Parked& parked, const Request& request) {
    const auto& key = parked.key;
    const bool own = !key.empty() && (key == request.cache_key || key == request.cache_from);
    const std::size_t last = request.prompt.tokens.size() - 1;
    const std::size_t most = own ? last : std::min({last, parked.shared, request.prompt.shared});
    return common_prefix(parked.tokens, request.prompt.tokens, most);
}

void Executor::go_on(Chat& chat, std::list<Parked>::iterator before) {
    const std::size_t same = known_of(*before, chat.request);
    chat.sequence = before->sequence;
    chat.slices = std::move(before->slices);
    parked_.erase(before);
    chat.reused = context_->truncate(chat.sequence, same) ? same : 0;
    chat.past = chat.reused;
    while (!chat.slices.empty() && chat.slices.back()->end > chat.past) chat.slices.pop_back();
}

// Gives the chat what it begins with as another sequence does, of which `most` tokens may be told; false: no
// more than `least` of them are the same.
bool Executor::share(Chat& chat, const std::vector<Token>& tokens, std::size_t most, std::size_t least,
                     int sequence) {
    const std::size_t same = common_prefix(tokens, chat.tokens, most);
    if (same <= std::max(least, least_shared) || !context_->share(sequence, chat.sequence, same))
        return false;
    chat.reused = chat.past = same;
    return true;
}

// A chat that branched off begins as another one did, which is still in the context.
bool Executor::borrow(Chat& chat) {
    const auto& from = chat.request.cache_from;
    if (from.empty()) return false;
    const std::size_t most = chat.tokens.size() - 1;
    for (const auto& parked : parked_)
        if (parked.key == from &&
            share(chat, parked.tokens, std::min(most, parked.tokens.size()), 0, parked.sequence))
            return true;
    for (const auto& other : live_)
        if (other->request.cache_key == from &&
            share(chat, other->tokens, std::min(most, other->past), 0, other->sequence))
            return true;
    return false;
}

// The card's prefix, in the cells of a chat that speaks or has yet to be saved: more than `least` tokens.
bool Executor::borrow_card(Chat& chat, std::size_t least) {
    const auto& scope = chat.request.prefix_scope;
    const std::size_t most = std::min(chat.request.prompt.shared, chat.tokens.size() - 1);
    for (const auto& other : live_)
        if (other->request.prefix_scope == scope &&
            share(chat, other->tokens, std::min({most, other->past, other->request.prompt.shared}), least,
                  other->sequence))
            return true;
    for (const auto& parked : parked_)
        if (parked.scope == scope &&
            share(chat, parked.tokens, std::min(most, parked.shared), least, parked.sequence))
            return true;
    return false;
}

// What was saved of the chat, else of the one it branched from, else the card's prefix, saved or in the
// context.
void Executor::find_reuse(Chat& chat) {
    const std::size_t most = chat.tokens.size() - 1;
    const bool branched = !store_->has(chat.request.cache_key);
    if (branched && borrow(chat)) return;
    const std::string& key = branched ? chat.request.cache_from : chat.request.cache_key;
    const std::size_t shared = std::min(chat.request.prompt.shared, most);
    const auto* own = key.empty() ? nullptr : store_->tokens(key);
    const std::size_t own_length = own ? common_prefix(*own, chat.tokens, most) : 0;
    std::string from = own_length > 0 ? key : std::string();
    std::size_t length = own_length;
    if (shared > length) {
        const std::string prefix =
            prefix_key(chat.request.prefix_scope, chat.tokens, chat.request.prompt.shared);
        if (store_->has(prefix)) {
            from = prefix;
            length = shared;
        } else if (borrow_card(chat, length)) {
            return;
        }
    }
    if (from.empty()) return;
    chat.phase = Phase::fetching;
    // The chat may end while the disk is read; its address may not be used then.
    store_->fetch(from, [this, outbox = chat.outbox, target = length, &chat](Slices slices) {
        if (outbox->cancelled()) return;
        begin_restore(chat, std::move(slices), target);
    });
}

void Executor::begin_restore(Chat& chat, Slices slices, std::size_t target) {
    while (!slices.empty() && slices.back()->begin >= target) slices.pop_back();
    chat.slices = std::move(slices);
    chat.target = target;
    chat.restored = 0;
    chat.phase = chat.slices.empty() ? Phase::prefill : Phase::restoring;
}

// Somebody is answered who waits for it.
bool Executor::in_foreground() const {
    return std::ranges::any_of(live_, [](const ChatPtr& chat) { return !chat->request.background; });
}

bool Executor::restore_step() {
    bool worked = false;
    for (auto& chat : live_) {
        if (chat->phase != Phase::restoring) continue;
        worked = true;
        if (context_->restore(chat->sequence, *chat->slices[chat->restored])) {
            if (++chat->restored == chat->slices.size()) restored(*chat);
        } else {
            chat->slices.clear();
            context_->remove(chat->sequence);
            chat->phase = Phase::prefill;
        }
    }
    return worked;
}

void Executor::restored(Chat& chat) {
    const std::size_t length = std::min<std::size_t>(chat.target, chat.slices.back()->end);
    chat.past = chat.reused = context_->truncate(chat.sequence, length) ? length : 0;
    while (!chat.slices.empty() && chat.slices.back()->end > chat.past) chat.slices.pop_back();
    chat.phase = Phase::prefill;
}

// ---- computing

bool Executor::step() {
    if (live_.empty()) return false;
    std::size_t speakers = 0, waiting_prompts = 0;
    const bool somebody = in_foreground();
    const auto waits = [&](const Chat& chat) { return somebody && chat.request.background; };
    for (auto& chat : live_) {
        chat->in_batch = 0;
        if (waits(*chat)) continue;
        if (chat->phase == Phase::speaking && !chat->outbox->full() && !chat->outbox->rests()) {
            chat->logits_at = context_->batch_size();
            context_->add(chat->tokens.back(), chat->past, chat->sequence, true);
            chat->in_batch = 1;
            ++speakers;
        } else if (chat->phase == Phase::prefill) {
            ++waiting_prompts;
        }
    }
    // Prompts share what the step has room for, so that a short one does not wait behind a long one.
    std::size_t allowance = waiting_prompts > 0 ? pace_.allowance(speakers, plan_.chunk) : 0;
    std::size_t prompt_tokens = 0;
    const std::size_t first = live_.empty() ? 0 : turn_++ % live_.size();
    for (std::size_t i = 0; i < live_.size() && allowance > 0; ++i) {
        Chat& chat = *live_[(first + i) % live_.size()];
        if (chat.phase != Phase::prefill || waits(chat)) continue;
        const std::size_t part = (allowance + waiting_prompts - 1) / waiting_prompts;
        --waiting_prompts;
        const std::size_t count = std::min(part, chat.tokens.size() - chat.past);
        for (std::size_t k = 0; k < count; ++k) {
            const bool last = chat.past + k + 1 == chat.tokens.size();
            if (last) chat.logits_at = context_->batch_size();
            context_->add(chat.tokens[chat.past + k], chat.past + k, chat.sequence, last);
        }
        chat.in_batch = count;
        allowance -= count;
        prompt_tokens += count;
    }
    if (context_->batch_size() == 0) return false;
    const auto begun = Clock::now();
    const bool good = compute();
    ++steps_;
    if (!good) {
        const Error error{
            Code::internal, "engine-failed", "The model could not compute this answer.", {}, {}, {}};
        for (auto& chat : live_)
            if (chat->in_batch > 0) fail_chat(*chat, error);
        remove_ended();
        return true;
    }
    for (auto& chat : live_) {
        if (chat->in_batch == 0) continue;
        chat->past += chat->in_batch;
        if (chat->past < chat->tokens.size()) continue;
        auto token = chat->sampler->sample(context_->logits(chat->logits_at));
        if (token)
            on_token(*chat, *token);
        else
            fail_chat(*chat, token.error());
    }
    // All at once: a reader that runs earlier takes a core from the sampling of the others.
    for (auto& outbox : to_wake_) outbox->wake();
    to_wake_.clear();
    pace_.observe(speakers, prompt_tokens, ms_between(begun, Clock::now()));
    remove_ended();
    return true;
}

// Who has this step to itself, if anybody has.
Executor::Chat* Executor::alone() const {
    Chat* found = nullptr;
    for (const auto& chat : live_) {
        if (chat->in_batch == 0) continue;
        if (found) return nullptr;
        found = chat.get();
    }
    return found;
}

// Who is alone and is to rest, or is left, or is read in the background when somebody comes, does not wait
// for the end of the step: it leaves the batch. False: nothing was computed for who is still in it.
bool Executor::compute() {
    Chat* const chat = alone();
    if (!chat || !model_->keeps_all_positions()) return context_->decode();
    bool left = false;
    const auto unwanted = [&] {
        const bool gives_way = chat->request.background && somebody_comes();
        left = left || gives_way || chat->outbox->rests() || chat->outbox->cancelled();
        return left;
    };
    if (context_->decode(unwanted)) return true;
    if (left && (context_->truncate(chat->sequence, chat->past) || chat->past == 0)) chat->in_batch = 0;
    return false;
}

void Executor::on_token(Chat& chat, Token token) {
    if (chat.phase == Phase::prefill) {
        chat.phase = Phase::speaking;
        chat.first_token = Clock::now();
    }
    if (model_->ends_turn(token)) return finish(chat, Finish::stop);
    ++chat.generated;
    chat.tokens.push_back(token);
    bool stopped = false;
    std::string text;
    std::vector<Token> tokens;
    stopped = chat.filter.push(token, model_->piece(token), text, tokens);
    const bool first = chat.shown == 0;
    chat.shown += tokens.size();
    if (!text.empty() || !tokens.empty()) {
        const bool unseen = chat.outbox->put([&](Output& out) {
            out.place = 0;
            if (first) out.read = read_of(chat);
            out.text += text;
            out.tokens.insert(out.tokens.end(), tokens.begin(), tokens.end());
        });
        if (unseen) to_wake_.push_back(chat.outbox);
    }
    if (stopped) return finish(chat, Finish::stop);
    if (chat.generated >= chat.generated_max) finish(chat, Finish::length);
}

PromptRead Executor::read_of(const Chat& chat) {
    return {static_cast<std::uint32_t>(chat.request.prompt.tokens.size()),
            static_cast<std::uint32_t>(chat.reused), ms_between(chat.arrived, chat.admitted),
            ms_between(chat.admitted, chat.first_token)};
}

void Executor::finish(Chat& chat, Finish reason) {
    const auto read = read_of(chat);
    End end;
    end.finish = reason;
    end.prompt = read.prompt;
    end.reused = read.reused;
    end.computed = end.prompt - end.reused;
    end.completion = chat.generated;
    end.queued_ms = read.queued_ms;
    end.prefill_ms = read.prefill_ms;
    end.generation_ms = ms_between(chat.first_token, Clock::now());
    std::string text;
    std::vector<Token> tokens;
    chat.filter.finish(text, tokens);
    chat.shown += tokens.size();
    chat.whole = true;
    chat.outbox->add([&](Output& out) {
        out.place = 0;
        out.text += text;
        out.tokens.insert(out.tokens.end(), tokens.begin(), tokens.end());
        out.end = end;
    });
    ended_.push_back(&chat);
}

void Executor::fail_chat(Chat& chat, Error error) {
    chat.outbox->add([&](Output& out) { out.error = std::move(error); });
    chat.request.cache_key.clear();  // its cache is not to be trusted
    chat.request.prompt.shared = 0;
    ended_.push_back(&chat);
}

void Executor::remove_ended() {
    for (Chat* chat : ended_) {
        park(*chat);
        std::erase_if(live_, [chat](const ChatPtr& other) { return other.get() == chat; });
    }
    ended_.clear();
}

// ---- what stays of a chat that has ended

void Executor::park(Chat& chat) {
    const bool own = !chat.request.cache_key.empty();
    const std::size_t shared = chat.past >= chat.request.prompt.shared ? chat.request.prompt.shared : 0;
    const bool new_prefix =
        shared >= least_shared && !store_->has(prefix_key(chat.request.prefix_scope, chat.tokens, shared));
    if (chat.past == 0 || (!own && !new_prefix)) return context_->remove(chat.sequence);
    Parked parked;
    parked.key = chat.request.cache_key;
    parked.scope = chat.request.prefix_scope;
    if (chat.whole && model_->keeps_all_positions()) {
        const auto at = [&](std::size_t token) {
            return chat.tokens.begin() + static_cast<std::ptrdiff_t>(token);
        };
        const std::size_t told = chat.request.prompt.tokens.size() + chat.shown;
        parked.said = std::min(told, chat.past);
        parked.ahead.assign(at(parked.said), at(told));
        const auto& behind = model_->behind_an_answer();
        parked.ahead.insert(parked.ahead.end(), behind.begin(), behind.end());
    }
    parked.tokens = std::move(chat.tokens);
    parked.tokens.resize(chat.past);
    parked.shared = shared;
    parked.sequence = chat.sequence;
    parked.slices = std::move(chat.slices);
    parked.crowded = chat.crowded;
    // A last slice that is not full is cut anew with what came after it, so that slices do not become small
    // and many.
    if (!parked.slices.empty()) {
        const auto& last = *parked.slices.back();
        if (last.end - last.begin < slice_tokens && last.end != shared && last.end < chat.past)
            parked.slices.pop_back();
    }
    if (!model_->keeps_all_positions()) parked.slices.clear();
    parked_.push_back(std::move(parked));
}

// The template's own words behind an answer, for a chat that stays in the context while nobody asks for
// anything. Whoever comes meanwhile does not wait for it, and the next turn compares it with what it brings.
void Executor::read_ahead() {
    if (!live_.empty() || !waiting_.empty()) return;
    for (auto it = parked_.begin(); it != parked_.end();) {
        const auto here = it++;
        const auto ahead = std::exchange(here->ahead, {});
        auto& tokens = here->tokens;
        const std::size_t end = here->said + ahead.size();
        const bool fits = ahead.size() <= plan_.chunk && end <= plan_.context &&
                          cells_used() + end <= plan_.cells + tokens.size();
        if (!here->saved || ahead.empty() || !fits) continue;
        // What a stop string ended may have more in its cells than was told.
        const bool kept = here->said == tokens.size() || context_->truncate(here->sequence, here->said);
        tokens.resize(here->said);
        // What was saved of the cells that go is not what stands there from now on.
        auto& slices = here->slices;
        while (!slices.empty() && slices.back()->end > here->said) slices.pop_back();
        for (std::size_t i = 0; kept && i < ahead.size(); ++i)
            context_->add(ahead[i], here->said + i, here->sequence, false);
        if (kept && context_->decode([this] { return somebody_comes(); })) {
            ++steps_;
            tokens.insert(tokens.end(), ahead.begin(), ahead.end());
        } else if (!kept || !context_->truncate(here->sequence, here->said)) {
            drop(here);
        }
    }
}

// One slice of one chat between two steps.
bool Executor::save_step() {
    for (auto it = parked_.begin(); it != parked_.end(); ++it) {
        if (it->saved) continue;
        if (!save_slice(*it)) it->saved = true;
        if (!it->saved) return true;
        // Whoever speaks pays for every cell below the highest one that is taken: only a chat that nobody
        // shared the context with stays, and only the last one.
        const bool stays = !in_foreground() && !it->crowded && !it->key.empty();
        if (!stays) {
            drop(it);
            return true;
        }
        for (auto other = parked_.begin(); other != parked_.end();) {
            const auto here = other++;
            if (here != it && here->saved) drop(here);
        }
        return true;
    }
    return false;
}

// True: more is to be saved. Sets `saved` when all is.
bool Executor::save_slice(Parked& parked) {
    const std::size_t length = parked.tokens.size();
    const std::size_t begin = parked.slices.empty() ? 0 : parked.slices.back()->end;
    if (begin < length) {
        std::size_t end = length;
        if (model_->keeps_all_positions()) {
            end = std::min(begin + slice_tokens, length);
            if (begin < parked.shared) end = std::min(end, parked.shared);
        }
        auto slice = context_->save(parked.sequence, begin, end);
        if (!slice) return false;
        parked.slices.push_back(std::move(slice));
        if (end < length) return true;
    }
    saved(parked);
    return true;
}

void Executor::saved(Parked& parked) {
    parked.saved = true;
    if (parked.shared >= least_shared) {
        const std::string key = prefix_key(parked.scope, parked.tokens, parked.shared);
        if (!store_->has(key)) {
            Saved prefix;
            prefix.tokens.assign(parked.tokens.begin(),
                                 parked.tokens.begin() + static_cast<std::ptrdiff_t>(parked.shared));
            for (const auto& slice : parked.slices)
                if (slice->end <= parked.shared) prefix.slices.push_back(slice);
            if (!model_->keeps_all_positions())
                if (auto slice = context_->save(parked.sequence, 0, parked.shared))
                    prefix.slices = {std::move(slice)};
            if (!prefix.slices.empty() && prefix.slices.back()->end == parked.shared)
                store_->put(key, std::move(prefix));
        }
    }
    if (!parked.key.empty()) store_->put(parked.key, {parked.tokens, parked.slices});
}

void Executor::drop(std::list<Parked>::iterator parked) {
    context_->remove(parked->sequence);
    parked_.erase(parked);
}

}  // namespace lares::engine::llm
