#include "api/chat/turn_events.h"

#include "http/answer.h"
#include "json/json.h"

namespace lares::api {
namespace {

std::string json_of(const turn::Failed& failed) {
    return http::problem_json(failed.error);
}
template <class Body>
std::string json_of(const Body& body) {
    return json::write(body);
}

}  // namespace

WireEvent to_wire(const turn::Frame& frame) {
    return {turn::name_of(frame.body), std::visit([](const auto& body) { return json_of(body); }, frame.body),
            turn::frame_id(frame)};
}

}  // namespace lares::api
