#include "turn/titles.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <vector>

#include <boost/asio/post.hpp>

#include "async/scope.h"
#include "base/text.h"
#include "observe/log.h"
#include "turn/settled.h"

namespace lares::turn {

namespace {

constexpr async::Milliseconds idle_poll{250};
constexpr int idle_polls = 3;            // in a row, before the model counts as idle
constexpr int tries_max = 3;             // given up so often for somebody else
constexpr std::size_t waiting_max = 64;  // conversations without a title; what is beyond keeps its first one
constexpr std::size_t said_code_points = 600;  // of each message
constexpr std::uint32_t title_tokens = 24;

std::string beginning(const std::string& text) {
    return text.substr(0, utf8_offset(text, said_code_points));
}

gateway::ChatRequest request_for(OwnerId owner, chat::ConversationId conversation,
                                 const std::vector<chat::Message>& said) {
    std::string talk;
    for (const auto& message : said)
        talk += (message.role == chat::Role::user ? "Person: " : "Companion: ") + beginning(message.text) +
                "\n\n";
    gateway::ChatRequest request;
    request.messages = {{gateway::Role::system,
                         "You name conversations. Answer with a title of two to six words in the language of "
                         "the conversation, "
                         "and with nothing else.",
                         {}},
                        {gateway::Role::user, talk + "Title:", {}}};
    request.max_tokens = title_tokens;
    request.stop = {"\n"};
    request.sampling.temperature = 0;
    request.payer.person = owner.text();
    request.payer.conversation = conversation.text();
    request.payer.route = "title";
    return request;
}

}  // namespace

std::string title_from(std::string_view answer) {
    static constexpr std::string_view marks = "\"'`*_#-: \t\r";
    while (!answer.empty()) {
        auto line = answer.substr(0, answer.find('\n'));
        answer.remove_prefix(std::min(line.size() + 1, answer.size()));
        const auto first = line.find_first_not_of(marks);
        if (first == std::string_view::npos) continue;
        line = line.substr(first, line.find_last_not_of(marks) + 1 - first);
        if (line.ends_with('.') && !line.ends_with("..")) {
            line.remove_suffix(1);
            line = line.substr(0, line.find_last_not_of(marks) + 1);
        }
        for (const std::string_view label : {"Title:", "title:"})
            if (line.starts_with(label)) line = trim(line.substr(label.size()));
        for (const std::string_view quote : {"\u201c", "\u201d", "\u300c", "\u300d"}) {
            if (line.starts_with(quote)) line.remove_prefix(quote.size());
            if (line.ends_with(quote)) line.remove_suffix(quote.size());
        }
        // A small model says the same again and again.
        for (auto end = line.find(". "); end != line.npos; end = line.find(". ", end + 1))
            if (line.substr(end + 2).starts_with(line.substr(0, end))) line = line.substr(0, end);
        if (line.empty() || !is_utf8(line) || line.find('\0') != std::string_view::npos) continue;
        return std::string(trim(line.substr(0, utf8_offset(line, chat::Limits::title_max))));
    }
    return {};
}

struct Titles::State {
    State(chat::Service& with_chats, gateway::Provider& with_provider, async::Clock& with_clock)
        : chats(with_chats), provider(with_provider), clock(with_clock) {}

    // One conversation that waits for its title.
    struct Job {
        explicit Job(Executor executor) : scope(std::move(executor)) {}
        async::TaskScope scope;
        Settled<bool> gone;
    };

    chat::Service& chats;
    gateway::Provider& provider;
    async::Clock& clock;
    std::mutex mutex;
    std::set<std::shared_ptr<Job>> jobs;
    std::set<chat::ConversationId> waiting;
    bool stopping = false;
    bool asking = false;  // one title at a time: two would wait for each other

    Task<Result<std::vector<chat::Message>>> beginning_of(OwnerId owner, chat::ConversationId conversation);
    Task<Result<std::string>> ask(gateway::ChatRequest request, bool give_way);
    Task<void> until_idle();
    bool somebody_else() const {
        const auto status = provider.status();
        return status.waiting > 0 || status.live > 1;
    }
    static Task<void> run(std::shared_ptr<State> state, std::shared_ptr<Job> job, OwnerId owner,
                          chat::ConversationId conversation);
    static Task<void> work(std::shared_ptr<State> state, OwnerId owner, chat::ConversationId conversation);
    static void leave(std::shared_ptr<State> state, std::shared_ptr<Job> job,
                      chat::ConversationId conversation);
};

Task<Result<std::vector<chat::Message>>> Titles::State::beginning_of(OwnerId owner,
                                                                     chat::ConversationId conversation) {
    chat::HistoryQuery query;
    query.conversation_id = conversation;
    query.limit = 4;
    LARES_CO_TRY(auto page, co_await chats.history(owner, query));
    const bool answered = std::ranges::any_of(page.items, [](const chat::Message& message) {
        return message.role == chat::Role::assistant && message.parent;
    });
    if (!answered)
        co_return fail(Code::unprocessable, "nothing-said", "There is no answer in this conversation yet.");
    co_return std::move(page.items);
}

Task<Result<std::string>> Titles::State::ask(gateway::ChatRequest request, bool give_way) {
    LARES_CO_TRY(auto stream, co_await provider.chat(std::move(request)));
    std::string text;
    for (;;) {
        LARES_CO_TRY(const auto delta, co_await stream->next());
        if (!delta) break;
        text += delta->text;
        if (give_way && somebody_else()) co_return std::string();
    }
    co_return title_from(text);
}

Task<void> Titles::State::until_idle() {
    for (int idle = 0; idle < idle_polls;) {
        co_await clock.sleep_for(idle_poll);
        const auto status = provider.status();
        idle = status.live == 0 && status.waiting == 0 ? idle + 1 : 0;
        if (idle < idle_polls) continue;
        std::lock_guard lock(mutex);
        if (!std::exchange(asking, true)) co_return;
        idle = 0;
    }
}

Task<void> Titles::State::work(std::shared_ptr<State> state, OwnerId owner,
                               chat::ConversationId conversation) {
    for (int tries = 0; tries < tries_max; ++tries) {
        co_await state->until_idle();
        struct Asking {
            State& state;
            ~Asking() {
                std::lock_guard lock(state.mutex);
                state.asking = false;
            }
        } mine{*state};
        const auto now = co_await state->chats.get(owner, conversation);
        if (!now || now->titled != chat::Titled::opening) co_return;
        const auto said = co_await state->beginning_of(owner, conversation);
        if (!said) co_return;
        auto request = request_for(owner, conversation, *said);
        request.background = true;
        const auto title = co_await state->ask(std::move(request), true);
        if (!title) {
            log::info("a title was not made", {{"error", title.error().type}});
            co_return;
        }
        if (title->empty()) continue;
        (void)co_await state->chats.set_title(owner, conversation, *title);
        co_return;
    }
}

// The scope is joined after its last task has left it, in a step of its own.
void Titles::State::leave(std::shared_ptr<State> state, std::shared_ptr<Job> job,
                          chat::ConversationId conversation) {
    const auto executor = job->scope.executor();
    boost::asio::post(executor, [state = std::move(state), job = std::move(job), conversation]() mutable {
        if (job->scope.size() > 0) return leave(std::move(state), std::move(job), conversation);
        std::lock_guard lock(state->mutex);
        state->waiting.erase(conversation);
        state->jobs.erase(job);
        job->gone.set(true);
    });
}

Task<void> Titles::State::run(std::shared_ptr<State> state, std::shared_ptr<Job> job, OwnerId owner,
                              chat::ConversationId conversation) {
    struct Leave {  // also when it is cancelled
        std::shared_ptr<State> state;
        std::shared_ptr<Job> job;
        chat::ConversationId conversation;
        ~Leave() { leave(std::move(state), std::move(job), conversation); }
    } on_end{state, std::move(job), conversation};
    co_await work(state, owner, conversation);
}

Titles::Titles(chat::Service& chats, gateway::Provider& provider, async::Clock& clock)
    : state_(std::make_shared<State>(chats, provider, clock)) {}

Titles::~Titles() = default;

Task<Result<chat::Conversation>> Titles::make(OwnerId owner, chat::ConversationId conversation) {
    auto state = state_;
    LARES_CO_TRY(const auto now, co_await state->chats.get(owner, conversation));
    if (now.titled == chat::Titled::person)
        co_return fail(Code::conflict, "title-is-yours", "You gave this conversation its title. It stays.");
    LARES_CO_TRY(const auto said, co_await state->beginning_of(owner, conversation));
    LARES_CO_TRY(auto title, co_await state->ask(request_for(owner, conversation, said), false));
    if (title.empty())
        co_return fail(Code::unavailable, "no-title", "The model found no title. Try again, or write one.");
    co_return co_await state->chats.set_title(owner, conversation, std::move(title));
}

void Titles::after_answer(OwnerId owner, chat::ConversationId conversation, Executor executor) {
    auto job = std::make_shared<State::Job>(std::move(executor));
    {
        std::lock_guard lock(state_->mutex);
        if (state_->stopping || state_->waiting.size() >= waiting_max) return;
        if (!state_->waiting.insert(conversation).second) return;
        state_->jobs.insert(job);
    }
    job->scope.spawn(State::run(state_, job, owner, conversation));
}

Task<void> Titles::stop() {
    auto state = state_;
    std::set<std::shared_ptr<State::Job>> jobs;
    {
        std::lock_guard lock(state->mutex);
        state->stopping = true;
        jobs = state->jobs;
    }
    for (const auto& job : jobs) boost::asio::post(job->scope.executor(), [job] { job->scope.cancel(); });
    for (const auto& job : jobs) co_await job->gone.wait();
}

}  // namespace lares::turn
