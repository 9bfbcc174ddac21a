#include "gateway/dialects/openai/common.h"

#include <boost/json/value.hpp>

#include "gateway/foreign.h"

namespace lares::gateway::openai {

namespace {

constexpr std::size_t stops_max = 16, stop_bytes_max = 256;

}  // namespace

void read_common(Fields& fields, Asked& asked) {
    auto& request = asked.request;
    request.model = fields.needed_text("model");
    asked.stream = fields.flag("stream").value_or(false);
    request.whole = !asked.stream;
    request.usage_asked = false;
    if (const auto* options = fields.object("stream_options")) {
        Fields inner(*options, fields.place("stream_options"), fields.error());
        request.usage_asked = inner.flag("include_usage").value_or(false);
    }
    auto& sampling = request.sampling;
    sampling.temperature = fields.number("temperature", 0, 2);
    sampling.top_p = fields.number("top_p", 0, 1);
    if (const auto top_k = fields.number("top_k", -1, 1000))
        sampling.top_k = static_cast<std::int32_t>(std::max(0.0, *top_k));
    sampling.min_p = fields.number("min_p", 0, 1);
    sampling.repeat_penalty = fields.number("repetition_penalty", 0.5, 2);
    sampling.frequency_penalty = fields.number("frequency_penalty", -2, 2);
    sampling.presence_penalty = fields.number("presence_penalty", -2, 2);
    if (const auto seed = fields.number("seed", -9.3e18, 9.3e18))
        sampling.seed = static_cast<std::uint32_t>(static_cast<std::int64_t>(*seed));
    if (fields.count("n", 1, 128).value_or(1) != 1)
        fields.refuse("n", "must be 1: one answer is made at a time");
    request.user = fields.text("user");
    const auto* stop = fields.find("stop");
    if (stop && stop->is_string()) {
        request.stop.emplace_back(stop->get_string());
    } else if (stop) {
        const auto* list = fields.array("stop");
        for (const auto& one : list ? *list : boost::json::array()) {
            if (one.is_string())
                request.stop.emplace_back(one.get_string());
            else
                fields.refuse("stop", "must be a string or an array of strings");
        }
    }
    if (request.stop.size() > stops_max) fields.refuse("stop", "must hold at most 16 strings");
    for (const auto& one : request.stop)
        if (one.empty() || one.size() > stop_bytes_max)
            fields.refuse("stop", "each must have 1 to 256 bytes");
}

void read_allowed_tools(Fields& fields, const boost::json::object& allowed, ChatRequest& request) {
    const auto mode = text_at(allowed, "mode");
    if (mode != "auto" && mode != "required")
        return fields.refuse("tool_choice", "must have the mode auto or required");
    request.tool_choice = mode == "required" ? ToolChoice::required : ToolChoice::automatic;
    const auto* list = array_at(allowed, "tools");
    const auto is_allowed = [&](const Tool& tool) {
        const auto own = value_of(tool.extras);
        const auto type = tool.hosted && own.is_object() ? text_at(own.get_object(), "type") : "function";
        for (const auto& one : list ? *list : boost::json::array()) {
            const auto* entry = one.if_object();
            if (!entry || text_at(*entry, "type") != type) continue;
            const auto* function = object_at(*entry, "function");
            if (tool.hosted || text_at(function ? *function : *entry, "name") == tool.name) return true;
        }
        return false;
    };
    std::erase_if(request.tools, [&](const Tool& tool) { return !is_allowed(tool); });
    if (request.tools.empty()) fields.refuse("tool_choice", "must allow at least one of the tools");
}

void read_functions(Fields& fields, Asked& asked) {
    const auto* functions = fields.array("functions");
    if (!functions) return;
    auto& request = asked.request;
    if (!request.tools.empty()) return fields.refuse("functions", "must not stand beside tools");
    asked.options = as_functions;
    request.parallel_tools = false;  // an answer has room for one call
    for (std::size_t i = 0; i < functions->size() && !fields.failed(); ++i) {
        const auto* object = (*functions)[i].if_object();
        if (!object) return fields.refuse("functions", "must hold objects");
        Fields one(*object, fields.place("functions", i), fields.error());
        Tool tool;
        tool.name = one.needed_text("name");
        tool.description = one.text("description");
        (void)one.object("parameters");
        tool.schema = one.json("parameters");
        request.tools.push_back(std::move(tool));
    }
    const auto* choice = fields.find("function_call");
    if (!choice) return;
    if (const auto* object = choice->if_object()) {
        request.tool_choice = ToolChoice::named;
        request.tool_name = text_at(*object, "name");
        if (request.tool_name.empty()) fields.refuse("function_call", "must name a function");
    } else if (const auto word = fields.text("function_call"); word == "none") {
        request.tool_choice = ToolChoice::none;
    } else if (word != "auto") {
        fields.refuse("function_call", "must be none, auto or name a function");
    }
}

void read_file(Fields& fields, Part& part) {
    part.name = fields.text("filename");
    if (fields.has("file_data")) {
        set_source(part, fields.text("file_data"));
        if (is_stored(part)) fields.refuse("file_data", "must be a data: URL with base64, or an address");
    } else if (fields.has("file_url")) {
        part.url = fields.text("file_url");
        if (is_stored(part)) fields.refuse("file_url", "must be an address");
    } else {
        part.url = fields.needed_text("file_id");
    }
}

}  // namespace lares::gateway::openai
