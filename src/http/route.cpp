#include "http/route.h"

namespace lares::http {

Route socket(Row row, std::function<std::unique_ptr<SocketHandler>(Socket&)> factory,
             std::vector<Message> messages, std::vector<Event> events) {
    Route made{std::move(row), {}, {}, {}, {}, {}, {}, {}, {}};
    made.gives = Gives::socket;
    made.messages = std::move(messages);
    made.events = std::move(events);
    made.open_socket = std::move(factory);
    return made;
}

}  // namespace lares::http
