#pragma once
// Tools for a model that was taught none: they are described in words, the grammar makes it answer with one
// call or with a reply, and the JSON that comes of it is read back. One call at a time.
#include <memory>
#include <string>
#include <vector>

#include "gateway/provider.h"

namespace lares::gateway {

class OfferedTools {
public:
    // Turns calls and results of the history into words; where tools are offered, describes them in front and
    // sets json_schema. A request without any of these stays as it is.
    explicit OfferedTools(ChatRequest& request);
    bool any() const { return any_; }
    std::unique_ptr<ChatStream> read(std::unique_ptr<ChatStream> answer) const;

private:
    bool any_ = false;
};

// What the model answered under that grammar, as events; text that is no such JSON is a reply as it stands.
std::vector<Event> read_offered_answer(const std::string& text, const std::string& call_id);

}  // namespace lares::gateway
