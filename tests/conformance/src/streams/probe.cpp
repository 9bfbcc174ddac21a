// stream_probe MANIFEST: replays recorded upstream answers against the decoders and the encoders of every
// dialect, and prints one line of JSON for each case: {"id", "ok", "why"?}. See README.md beside this file.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "base/text.h"
#include "gateway/dialects/anthropic/anthropic.h"
#include "gateway/dialects/ollama/ollama.h"
#include "gateway/dialects/openai/openai.h"
#include "gateway/foreign.h"
#include "gateway/providers/codec.h"
#include "json/write.h"
#include "net/sse.h"

namespace {

using namespace lares;
using namespace lares::gateway;
namespace bj = boost::json;

constexpr std::size_t whole_cuts_max = 6000;  // bytes; longer recordings are cut at every 7th
constexpr std::size_t step_max = 64;

struct Reading {
    std::vector<Event> events;
    ChatEnd end;
    std::string error;  // type; empty: none
    Error whole_error;

    bool same(const Reading& other) const {
        return events == other.events && error == other.error && end.finish == other.end.finish &&
               end.usage.prompt == other.end.usage.prompt &&
               end.usage.completion == other.end.usage.completion &&
               end.usage.reused == other.end.usage.reused &&
               end.usage.reasoning == other.end.usage.reasoning &&
               end.stop_sequence == other.end.stop_sequence;
    }
};

const Codec& codec_of(std::string_view wire) {
    if (wire == "anthropic") return anthropic_codec();
    return wire == "ollama" ? ollama_codec() : openai_codec();
}

Reading read(std::string_view wire, bool whole, const std::vector<std::string_view>& pieces) {
    Reading out;
    auto decoder = codec_of(wire).decoder(whole);
    const auto failed = [&](const Error& error) {
        out.error = error.type;
        out.whole_error = error;
    };
    for (const auto piece : pieces) {
        if (piece.empty()) continue;
        if (auto fed = decoder->feed(piece, out.events); !fed) {
            failed(fed.error());
            return out;
        }
    }
    if (auto finished = decoder->finish(out.events); !finished) failed(finished.error());
    out.end = decoder->end();
    return out;
}

std::vector<std::string_view> in_steps(std::string_view bytes, std::size_t step) {
    std::vector<std::string_view> out;
    for (std::size_t at = 0; at < bytes.size(); at += step) out.push_back(bytes.substr(at, step));
    return out;
}

std::string show(const Answer& answer) {
    std::string text, thinking, refusal;
    bj::array calls;
    for (const auto& part : answer.parts) {
        if (part.kind == PartKind::text) text += part.text;
        if (part.kind == PartKind::thinking) thinking += part.text;
        if (part.kind == PartKind::refusal) refusal += part.text;
        if (part.kind == PartKind::tool_call)
            calls.push_back(bj::object{{"name", part.name},
                                       {"arguments", value_of(part.text.empty() ? "{}" : part.text)}});
    }
    bj::object out{{"text", text}, {"thinking", thinking}, {"tool_calls", calls}};
    if (!refusal.empty()) out["refusal"] = refusal;
    return json::write(bj::value(out));
}

Answer collected(const Reading& reading) {
    Collector collector;
    for (const auto& event : reading.events) collector.add(event);
    return collector.take(reading.end);
}

std::string text_of(const std::vector<Event>& events) {
    std::string out;
    for (const auto& event : events)
        if (event.kind == Event::Kind::text) out += event.text;
    return out;
}

// --- the dialects ----------------------------------------------------------------------------------------

std::string encode(const Endpoint& endpoint, const Reading& reading) {
    Asked asked;
    const Stamp stamp{"0123456789", "the-model", 1'700'000'000'000};
    auto encoder = endpoint.stream(asked, stamp);
    std::string out;
    for (const auto& event : reading.events) out += encoder->event(event);
    out += reading.error.empty() ? encoder->close(reading.end) : encoder->failed(reading.whole_error);
    return out;
}

std::vector<net::SseEvent> events_in(const std::string& bytes) {
    net::SseParser parser;
    auto events = parser.feed(bytes);
    return events ? std::move(*events) : std::vector<net::SseEvent>();
}

// Blocks of an Anthropic stream open, fill and close one behind the other, in order.
std::string check_anthropic(const std::string& bytes, bool failed) {
    const auto events = events_in(bytes);
    std::int64_t open = -1, blocks = 0;
    std::string last, kind;
    for (const auto& event : events) {
        const auto value = parse_foreign(event.data);
        if (!value || !value->is_object()) return "an event is no JSON";
        const auto& object = value->get_object();
        last = text_at(object, "type");
        if (event.event != last) return "the event's name is not its type";
        if (last == "content_block_start") {
            if (open >= 0) return "a block begins inside another";
            open = count_at(object, "index");
            if (open != blocks++) return "blocks are not counted in order";
            kind = text_at(*object_at(object, "content_block"), "type");
        } else if (last == "content_block_delta") {
            if (open != count_at(object, "index")) return "a delta of a block that is not open";
            const auto type = text_at(*object_at(object, "delta"), "type");
            const bool fits = (kind == "text" && type == "text_delta") ||
                              (kind == "tool_use" && type == "input_json_delta") ||
                              (kind == "thinking" && (type == "thinking_delta" || type == "signature_delta"));
            if (!fits) return "a " + std::string(type) + " in a block of " + kind;
        } else if (last == "content_block_stop") {
            if (open != count_at(object, "index")) return "a block ends that is not open";
            open = -1;
        }
    }
    if (!failed && open >= 0) return "a block stays open";
    if (events.empty() || last != (failed ? "error" : "message_stop")) return "it ends with '" + last + "'";
    return {};
}

std::string check_openai(const std::string& bytes, bool failed) {
    const auto events = events_in(bytes);
    if (events.empty()) return "it is empty";
    for (const auto& event : events)
        if (event.event != "message") return "an event has a name";
    if (!failed) return events.back().data == "[DONE]" ? "" : "it ends without [DONE]";
    const auto value = parse_foreign(events.back().data);
    return value && value->is_object() && object_at(value->get_object(), "error")
               ? ""
               : "its last event is no error";
}

std::string check_responses(const std::string& bytes, bool failed) {
    const auto events = events_in(bytes);
    std::uint32_t number = 0;
    std::string last;
    for (const auto& event : events) {
        const auto value = parse_foreign(event.data);
        if (!value || !value->is_object()) return "an event is no JSON";
        last = text_at(value->get_object(), "type");
        if (last != event.event) return "the event's name is not its type";
        if (count_at(value->get_object(), "sequence_number") != number++)
            return "the events are not numbered";
    }
    const bool good =
        failed ? last == "response.failed" : last == "response.completed" || last == "response.incomplete";
    return good ? "" : "it ends with '" + last + "'";
}

std::string check_ollama(const std::string& bytes, bool failed) {
    if (!bytes.ends_with('\n')) return "its last line does not end";
    const auto begin = bytes.rfind('\n', bytes.size() - 2);
    const auto value = parse_foreign(std::string_view(bytes).substr(begin == bytes.npos ? 0 : begin + 1));
    if (!value || !value->is_object()) return "its last line is no JSON";
    if (failed) return text_at(value->get_object(), "error").empty() ? "its last line is no error" : "";
    const auto* done = value->get_object().if_contains("done");
    return done && done->is_bool() && done->get_bool() ? "" : "its last line is not done";
}

struct Dialect {
    std::string_view name;
    const Endpoint& endpoint;
    std::string (*check)(const std::string&, bool);
    std::string_view wire;  // whose decoder reads it back; empty: none does
};

const std::vector<Dialect>& dialects() {
    static const std::vector<Dialect> all = {
        {"openai", openai::chat_completions(), &check_openai, "openai"},
        {"completions", openai::completions(), &check_openai, ""},
        {"responses", openai::responses(), &check_responses, ""},
        {"anthropic", anthropic::messages(), &check_anthropic, "anthropic"},
        {"ollama", ollama::chat(), &check_ollama, "ollama"},
    };
    return all;
}

// What comes out in a dialect, read back with our own decoder of it, says the same as what went in.
std::string check_dialect(const Dialect& dialect, const Reading& reading) {
    const std::string bytes = encode(dialect.endpoint, reading);
    if (!is_utf8(bytes)) return "not UTF-8";
    if (auto why = dialect.check(bytes, !reading.error.empty()); !why.empty()) return why;
    if (dialect.wire.empty()) return {};
    const Reading back = read(dialect.wire, false, {bytes});
    if (back.error.empty() != reading.error.empty()) return "read back: error '" + back.error + "'";
    if (!reading.error.empty())
        return text_of(back.events) == text_of(reading.events) ? "" : "text before the error is lost";
    Answer there = collected(reading), here = collected(back);
    // What a dialect has no word for is said as text.
    if (dialect.name != "openai")
        for (auto& part : there.parts)
            if (part.kind == PartKind::refusal) part.kind = PartKind::text;
    if (show(there) != show(here)) return "read back: " + show(here) + " instead of " + show(there);
    if (reading.end.usage_known && (back.end.usage.prompt != reading.end.usage.prompt ||
                                    back.end.usage.completion != reading.end.usage.completion))
        return "usage read back differs";
    return {};
}

// --- a case ----------------------------------------------------------------------------------------------

std::string_view finish_word(FinishReason finish) {
    switch (finish) {
        case FinishReason::length:
            return "length";
        case FinishReason::tool_calls:
            return "tool_calls";
        case FinishReason::content_filter:
            return "content_filter";
        case FinishReason::paused:
            return "paused";
        case FinishReason::stop:
            break;
    }
    return "stop";
}

std::string check_expected(const bj::object& one, const Reading& reading) {
    const auto wanted_error = text_at(one, "error");
    if (reading.error != wanted_error) {
        return "error '" + reading.error + "' (" + reading.whole_error.message + ") instead of '" +
               std::string(wanted_error) + "'";
    }
    Answer answer = collected(reading);
    const auto said = parse_foreign(show(answer))->get_object();
    for (const std::string_view name : {"text", "thinking", "refusal", "tool_calls"})
        if (const auto* wanted = one.if_contains(name)) {
            const auto* got = said.if_contains(name);
            if (!got || *got != *wanted)
                return std::string(name) + ": " + (got ? json::write(*got) : "nothing") + " instead of " +
                       json::write(*wanted);
        }
    if (const auto finish = text_at(one, "finish");
        !finish.empty() && finish != finish_word(reading.end.finish))
        return "finish: " + std::string(finish_word(reading.end.finish));
    if (const auto* usage = object_at(one, "usage")) {
        const auto& got = reading.end.usage;
        const std::pair<std::string_view, std::uint32_t> all[] = {{"prompt", got.prompt},
                                                                  {"reused", got.reused},
                                                                  {"completion", got.completion},
                                                                  {"cache_write", got.cache_write},
                                                                  {"reasoning", got.reasoning}};
        for (const auto& [name, value] : all)
            if (usage->contains(name) && count_at(*usage, name) != value)
                return "usage " + std::string(name) + ": " + std::to_string(value);
    }
    return {};
}

std::string check(const bj::object& one, const std::string& bytes) {
    const auto wire = text_at(one, "wire");
    const auto* flag = one.if_contains("whole");
    const bool whole = flag && flag->is_bool() && flag->get_bool();
    const std::string_view all(bytes);
    const Reading reading = read(wire, whole, {all});
    if (auto why = check_expected(one, reading); !why.empty()) return why;
    for (const auto& event : reading.events)
        if (!is_utf8(event.text)) return "an event's text is not UTF-8";
    const std::size_t stride = all.size() <= whole_cuts_max ? 1 : 7;
    for (std::size_t cut = 1; cut < all.size(); cut += stride)
        if (!read(wire, whole, {all.substr(0, cut), all.substr(cut)}).same(reading))
            return "cut at byte " + std::to_string(cut) + " it reads differently";
    for (std::size_t step = 1; step <= std::min(step_max, all.size()); ++step)
        if (!read(wire, whole, in_steps(all, step)).same(reading))
            return "in pieces of " + std::to_string(step) + " bytes it reads differently";
    for (const auto& dialect : dialects())
        if (auto why = check_dialect(dialect, reading); !why.empty())
            return std::string(dialect.name) + ": " + why;
    return {};
}

std::optional<std::string> file_text(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "stream_probe MANIFEST\n";
        return 2;
    }
    const std::filesystem::path manifest(argv[1]);
    const auto text = file_text(manifest);
    const auto cases = text ? parse_foreign(*text) : std::nullopt;
    if (!cases || !cases->is_array()) {
        std::cerr << "the manifest is no JSON list\n";
        return 2;
    }
    for (const auto& one : cases->get_array()) {
        const auto& object = one.as_object();
        std::optional<std::string> bytes;
        if (object.contains("stream"))
            bytes = std::string(text_at(object, "stream"));
        else if (object.contains("base64"))
            bytes = from_base64(text_at(object, "base64"));
        else
            bytes = file_text(manifest.parent_path() / std::string(text_at(object, "file")));
        const std::string why = bytes ? check(object, *bytes) : "its recording cannot be read";
        bj::object line{{"id", text_at(object, "id").empty() ? "?" : std::string(text_at(object, "id"))},
                        {"ok", why.empty()}};
        if (!why.empty()) line["why"] = json::text_value(why);
        std::cout << json::write(bj::value(line)) << std::endl;
    }
}
