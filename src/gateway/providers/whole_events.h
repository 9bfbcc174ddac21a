#pragma once
// What of an upstream's own bytes goes on to a client that speaks as it does: of a stream whole events only,
// so that one that breaks off under way can be ended as the client expects. Pure.
#include <cstdint>
#include <string>
#include <string_view>

namespace lares::gateway {

class WholeEvents {
public:
    enum class Form : std::uint8_t {
        bytes,  // no stream: as they come
        events,
        lines
    };
    // hides_usage: OpenAI's usage chunk, which the client did not ask for, is taken out.
    explicit WholeEvents(Form form, bool hides_usage = false) : form_(form), hides_usage_(hides_usage) {}

    // What is whole with this piece. Who decodes the same bytes bounds how long one event may be.
    std::string feed(std::string piece);
    // The answer is whole: all that its last event lacks is its end, or it says nothing yet.
    std::string finish();

private:
    std::size_t end_of_event(std::size_t from) const;  // npos: not here yet

    Form form_;
    bool hides_usage_;
    std::string held_;  // no whole event
};

}  // namespace lares::gateway
