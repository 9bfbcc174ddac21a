#pragma once
// From a member function to a route: what it takes and gives is read from its signature.
//
//   http::route<&Notes::post>(http::Row{.method = Method::post, .path = "/api/v1/notes", .access = person(),
//                             …},
//                             note_routes)
//
// Signatures (Req and Res are described structs; T is Res, Answer, Bytes, File or Nothing):
//   Task<Result<T>>    f(Call&)                    Task<Result<T>>    f(Call&, Req)
//   Task<Result<T>>    f(Call&, Body)              Task<Result<T>>    f(Call&, Req, Body)
//   Task<Result<T>>    f(Call&, Multipart)         Task<Result<T>>    f(Call&, Req, Multipart)
//   Task<Result<void>> f(Call&, EventStream&)      Task<Result<void>> f(Call&, Req, EventStream&)
//   Task<Result<void>> f(Call&, Body, ByteStream&) Task<Result<void>> f(Call&, Req, ByteStream&)
// A handler that waits for nothing gives Result<T> instead of a Task: it costs no coroutine.
// Req is filled from the path, the query (GET, DELETE, and with Body or Multipart) and the JSON body; the
// path wins. Task<Result<void>> without a stream answers 204. A handler is called on the connection's loop.
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "http/answer.h"
#include "http/call.h"
#include "http/multipart.h"
#include "http/row.h"
#include "http/socket.h"
#include "http/stream.h"
#include "json/json.h"

namespace lares::http {

// What the body step hands to a route; consumed by Invocation::parse.
struct Input {
    boost::json::value fields;  // an object: path, query and JSON body merged
    json::Source source = json::Source::text;
    Body body;
    Multipart multipart;
};

// One call of one handler: made, filled, asked for its ids, run.
class Invocation {
public:
    virtual ~Invocation() = default;
    virtual Result<void> parse(Input&& input) = 0;
    virtual void ids(std::vector<json::IdRef>& out) const = 0;
    virtual Task<Result<Answer>> run(Call& call) = 0;
    // A handler that waits for nothing is run at once; false: it is one that waits.
    virtual bool run_now(Call& call, Result<Answer>& outcome) = 0;
    virtual Task<Result<void>> stream(Call& call, ByteStream& events) = 0;
};

enum class Takes : std::uint8_t { nothing, query, json, body, multipart };
enum class Gives : std::uint8_t { json, nothing, bytes, events, socket };

// A described struct as the API's description shows it; null: nothing.
struct Described {
    std::string (*name)() = nullptr;
    boost::json::object (*schema)() = nullptr;
    void (*add)(boost::json::object& components) = nullptr;  // it and all that it refers to
    explicit operator bool() const { return name != nullptr; }
};

struct Message {
    MessageRow row;
    Described request;
    // `handler` is the object that the socket's factory made.
    std::function<std::unique_ptr<Invocation>(SocketHandler& handler)> make;
};

// An event that a socket or an event stream sends, for the description only.
struct Event {
    std::string_view name;
    Described data;
    std::string_view summary{};
};

struct Route {
    Row row;
    Takes takes = Takes::nothing;
    Gives gives = Gives::json;
    Described request;
    Described response;
    std::function<std::unique_ptr<Invocation>()> make;
    std::vector<Message> messages;  // of a socket
    std::vector<Event> events;      // of a socket or an event stream
    std::function<std::unique_ptr<SocketHandler>(Socket&)> open_socket;
};

using Routes = std::vector<Route>;

namespace detail {

template <class T>
struct Outcome;  // the T of Task<Result<T>>
template <class T>
struct Outcome<Task<Result<T>>> {
    using type = T;
    static constexpr bool waits = true;
};
template <class T>
struct Outcome<Result<T>> {
    using type = T;
    static constexpr bool waits = false;
};

template <class F>
struct Signature;
template <class C, class R, class... A>
struct Signature<R (C::*)(Call&, A...)> {
    using object = C;
    using result = typename Outcome<R>::type;
    static constexpr bool waits = Outcome<R>::waits;
    using arguments = std::tuple<A...>;
};

template <class T>
inline constexpr bool is_answer =
    std::is_same_v<T, Answer> || std::is_same_v<T, Bytes> || std::is_same_v<T, File>;

template <class T>
constexpr Gives gives_of() {
    if constexpr (std::is_void_v<T> || std::is_same_v<T, Nothing>)
        return Gives::nothing;
    else if constexpr (is_answer<T>)
        return Gives::bytes;
    else
        return Gives::json;
}

template <class T>
Described describe() {
    if constexpr (std::is_void_v<T> || std::is_same_v<T, Nothing> || is_answer<T>)
        return {};
    else
        return {&json::schema_name<T>, &json::schema<T>, &json::add_schemas<T>};
}

Answer to_answer(Answer answer, unsigned status);
Answer to_answer(Bytes bytes, unsigned status);
Answer to_answer(File file, unsigned status);
Answer to_answer(Nothing nothing, unsigned status);

// First argument a described struct, or one of ours, or absent.
template <class... A>
struct Arguments {
    using request = void;
    using extra = void;
};
template <class T>
inline constexpr bool is_extra = std::is_same_v<T, Body> || std::is_same_v<T, Multipart> ||
                                 std::is_same_v<T, EventStream&> || std::is_same_v<T, ByteStream&>;
template <class A>
struct Arguments<A> {
    using request = std::conditional_t<is_extra<A>, void, A>;
    using extra = std::conditional_t<is_extra<A>, A, void>;
};
template <class A, class B>
struct Arguments<A, B> {
    static_assert(!is_extra<A> && is_extra<B>,
                  "f(Call&, Req, Body | Multipart | EventStream& | ByteStream&)");
    using request = A;
    using extra = B;
};
template <class Tuple>
struct ArgumentsOf;
template <class... A>
struct ArgumentsOf<std::tuple<A...>> : Arguments<A...> {};

template <>
struct Arguments<Body, ByteStream&> {
    using request = void;
    using extra = ByteStream&;
};

struct Absent {};

template <auto F>
class Call_of final : public Invocation {
    using signature = Signature<decltype(F)>;
    using object = typename signature::object;
    using result = typename signature::result;
    using arguments = ArgumentsOf<typename signature::arguments>;
    using request = typename arguments::request;
    using extra = typename arguments::extra;
    static constexpr bool has_request = !std::is_void_v<request>;
    static constexpr bool has_extra = !std::is_void_v<extra>;
    static constexpr bool streams_bytes = std::is_same_v<extra, ByteStream&>;
    static constexpr bool streams = std::is_same_v<extra, EventStream&> || streams_bytes;
    static constexpr bool waits = signature::waits;
    static_assert(waits || !streams, "a stream is a Task");

public:
    Call_of(object& target, unsigned success) : target_(target), success_(success) {}

    static constexpr Takes takes(Method method) {
        if constexpr (std::is_same_v<extra, Body> || (streams_bytes && !has_request))
            return Takes::body;
        else if constexpr (std::is_same_v<extra, Multipart>)
            return Takes::multipart;
        else if constexpr (has_request)
            return method == Method::get || method == Method::remove ? Takes::query : Takes::json;
        else
            return Takes::nothing;
    }
    static constexpr Gives gives() { return streams ? Gives::events : gives_of<result>(); }
    static Described request_type() { return describe<request>(); }
    static Described response_type() { return describe<result>(); }

    Result<void> parse(Input&& input) override {
        if constexpr (has_request) {
            auto parsed = json::from_value<request>(input.fields, {}, input.source);
            if (!parsed) return fail(std::move(parsed).error());
            request_ = std::move(*parsed);
        }
        if constexpr (std::is_same_v<extra, Body> || (streams_bytes && !has_request))
            extra_ = std::move(input.body);
        if constexpr (std::is_same_v<extra, Multipart>) extra_ = std::move(input.multipart);
        return {};
    }
    void ids([[maybe_unused]] std::vector<json::IdRef>& out) const override {
        if constexpr (has_request) out = json::ids(request_);
    }
    Task<Result<Answer>> run([[maybe_unused]] Call& call) override {
        if constexpr (streams) {
            co_return fail(Code::internal, "internal", "This route streams.");
        } else {
            if constexpr (waits)
                co_return answer_of(call, co_await begin(call));
            else
                co_return answer_of(call, begin(call));
        }
    }
    bool run_now([[maybe_unused]] Call& call, [[maybe_unused]] Result<Answer>& outcome) override {
        if constexpr (!waits) outcome = answer_of(call, begin(call));
        return !waits;
    }
    Task<Result<void>> stream([[maybe_unused]] Call& call, [[maybe_unused]] ByteStream& events) override {
        if constexpr (streams) {
            if constexpr (streams_bytes && !has_request)
                return (target_.*F)(call, std::move(extra_), events);
            else if constexpr (has_request)
                return (target_.*F)(call, std::move(request_), events);
            else
                return (target_.*F)(call, events);
        } else {
            return no_stream();
        }
    }

private:
    static Task<Result<void>> no_stream() {
        co_return fail(Code::internal, "internal", "This route does not stream.");
    }

    Result<Answer> answer_of(Call& call, Result<result> outcome) const {
        if (!outcome) return fail(std::move(outcome).error());
        const unsigned status = call.status() != 0 ? call.status() : success_;
        if constexpr (std::is_void_v<result>) {
            return to_answer(Nothing{}, status);
        } else if constexpr (gives_of<result>() == Gives::json) {
            std::string body = call.take_buffer();
            json::append(body, *outcome);
            return json_answer(status, std::move(body));
        } else {
            return to_answer(std::move(*outcome), status);
        }
    }

    auto begin(Call& call) {
        if constexpr (has_request && has_extra)
            return (target_.*F)(call, std::move(request_), std::move(extra_));
        else if constexpr (has_request)
            return (target_.*F)(call, std::move(request_));
        else if constexpr (has_extra)
            return (target_.*F)(call, std::move(extra_));
        else
            return (target_.*F)(call);
    }

    object& target_;
    unsigned success_;
    [[no_unique_address]] std::conditional_t<has_request, request, Absent> request_{};
    [[no_unique_address]] std::conditional_t<
        streams_bytes, Body, std::conditional_t<has_extra && !streams, extra, Nothing>> extra_{};
};

}  // namespace detail

// `target` outlives the server.
template <auto F, class C = typename detail::Signature<decltype(F)>::object>
Route route(Row row, C& target) {
    using Invoked = detail::Call_of<F>;
    Route made{std::move(row), {}, {}, {}, {}, {}, {}, {}, {}};
    made.takes = Invoked::takes(made.row.method);
    made.gives = Invoked::gives();
    made.request = Invoked::request_type();
    made.response = Invoked::response_type();
    made.make = [&target, success = made.row.success]() -> std::unique_ptr<Invocation> {
        return std::make_unique<Invoked>(target, success);
    };
    return made;
}

// A message of a socket: Task<Result<void>> f(Call&, Req) or f(Call&), a member of the socket's handler.
template <auto F>
Message message(MessageRow row) {
    using Invoked = detail::Call_of<F>;
    using Handler = typename detail::Signature<decltype(F)>::object;
    return Message{std::move(row), Invoked::request_type(),
                   [](SocketHandler& handler) -> std::unique_ptr<Invocation> {
                       return std::make_unique<Invoked>(static_cast<Handler&>(handler), 200u);
                   }};
}

template <class T>
Event event(std::string_view name, std::string_view summary = {}) {
    return Event{name, detail::describe<T>(), summary};
}

// A WebSocket route (method get). The factory is called on the socket's loop.
Route socket(Row row, std::function<std::unique_ptr<SocketHandler>(Socket&)> factory,
             std::vector<Message> messages, std::vector<Event> events = {});

}  // namespace lares::http
