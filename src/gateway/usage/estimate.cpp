#include "gateway/usage/estimate.h"

#include <cmath>

#include <boost/json/value.hpp>

#include "gateway/foreign.h"
#include "media/bytes.h"

namespace lares::gateway {
namespace {

constexpr std::size_t message_tokens = 16;   // the template around it
constexpr std::size_t tools_tokens = 1'000;  // what a provider tells the model of tools in general
constexpr std::size_t tool_tokens = 64;      // around each
constexpr std::size_t image_tokens = 5'000;  // of the largest picture, where a model's own rule is not known
constexpr std::size_t context_tokens = 200'000;  // where it is not known
constexpr std::size_t answer_tokens = 4'096;     // where nobody said how long it may be
constexpr std::size_t count_max = 1u << 30;

std::uint32_t counted(std::size_t tokens) {
    return static_cast<std::uint32_t>(std::min(tokens, count_max));
}

// How often the provider may search: what the tool says; it need not, and then this is much.
std::uint32_t searches_of(const Tool& tool) {
    constexpr std::uint32_t most = 20, most_said = 100'000;
    const auto value = value_of(tool.extras);
    const auto* object = value.if_object();
    if (!object || !text_at(*object, "type").starts_with("web_search")) return 0;
    return has_count(*object, "max_uses") ? std::min(count_at(*object, "max_uses"), most_said) : most;
}

// The fewest bytes that a second of it is in use with, by content type or name.
std::size_t bytes_a_second(std::string_view type) {
    struct Form {
        std::string_view in;
        std::size_t bytes;
    };
    constexpr Form forms[] = {{"wav", 48'000},  {"pcm", 48'000}, {"L16", 48'000},
                              {"flac", 16'000}, {"mpeg", 8'000}, {"mp3", 8'000},
                              {"aac", 8'000},   {"mp4", 8'000},  {"m4a", 8'000}};
    constexpr std::size_t opus = 4'000;
    for (const auto& form : forms)
        if (type.find(form.in) != type.npos) return form.bytes;
    return opus;
}

// Of RIFF/WAVE whose samples are not pressed: what its "fmt " chunk says. Nothing of what no ear and no
// device has: a false head would make an hour a second.
std::optional<double> wav_bytes_a_second(std::string_view sound) {
    const auto number = [&](std::size_t at, std::size_t bytes) { return media::little(sound, at, bytes); };
    if (!sound.starts_with("RIFF") || sound.size() < 12 || sound.substr(8, 4) != "WAVE") return std::nullopt;
    for (std::size_t at = 12; sound.size() >= 24 && at <= sound.size() - 24;) {
        const std::size_t length = number(at + 4, 4);
        if (sound.substr(at, 4) == "fmt ") {
            constexpr std::uint32_t integers = 1, floats = 3, extensible = 0xFFFE;
            constexpr std::uint32_t channels_max = 8, rate_max = 192'000, bits_max = 64;
            auto form = number(at + 8, 2);
            if (form == extensible)  // its subformat says what it is
                form = length >= 40 && sound.size() - at >= 34 ? number(at + 32, 2) : 0;
            if (form != integers && form != floats) return std::nullopt;
            const auto channels = number(at + 10, 2), rate = number(at + 12, 4), bits = number(at + 22, 2);
            if (channels == 0 || channels > channels_max || rate == 0 || rate > rate_max || bits == 0 ||
                bits > bits_max)
                return std::nullopt;
            return static_cast<double>(channels) * rate * ((bits + 7) / 8);
        }
        if (length > sound.size()) return std::nullopt;
        at += 8 + length + length % 2;
    }
    return std::nullopt;
}

}  // namespace

std::uint32_t sound_tokens(std::size_t bytes, std::string_view type) {
    constexpr std::size_t tokens_a_second = 20;
    const std::size_t rate = bytes_a_second(type);
    return counted((bytes * tokens_a_second + rate - 1) / rate);
}

std::uint32_t heard_tokens(double seconds) {
    constexpr double tokens_a_second = 10;
    if (!(seconds > 0)) return 0;
    return static_cast<std::uint32_t>(std::min<double>(std::ceil(seconds * tokens_a_second), count_max));
}

Heard heard_sound(std::string_view sound, std::string_view type) {
    constexpr double fewest_a_second = 1'000;  // of any form that is still understood
    if (const auto rate = wav_bytes_a_second(sound)) {
        const auto tokens = heard_tokens(static_cast<double>(sound.size()) / *rate);
        return {tokens, tokens};
    }
    const auto size = static_cast<double>(sound.size());
    return {heard_tokens(size / static_cast<double>(bytes_a_second(type))),
            heard_tokens(size / fewest_a_second)};
}

// Anthropic: width * height / 750, after what is longer than 1568 was made smaller to it; some 1,600 at most.
// OpenAI: 85, and 170 for each square of 512, after it was made to fit 2048 and its shorter side 768.
std::uint32_t picture_tokens(PictureRule rule, std::uint32_t width, std::uint32_t height) {
    const bool known = width > 0 && height > 0;
    double w = width, h = height;
    const auto shrink = [&](double side, double to) {
        const double by = std::min(1.0, to / side);
        w *= by;
        h *= by;
    };
    if (rule == PictureRule::anthropic) {
        constexpr double longest = 1'568, pixels = 750, most = 1'600;
        if (!known) return counted(static_cast<std::size_t>(most));
        shrink(std::max(w, h), longest);
        return counted(static_cast<std::size_t>(std::min(most, std::ceil(w * h / pixels))));
    }
    constexpr double base = 85, tile = 170, most_tiles = 8;
    if (!known) return counted(static_cast<std::size_t>(base + tile * most_tiles));
    shrink(std::max(w, h), 2'048);
    shrink(std::min(w, h), 768);
    return counted(static_cast<std::size_t>(base + tile * std::ceil(w / 512) * std::ceil(h / 512)));
}

void PromptSize::add(const std::vector<Part>& parts) {
    for (const auto& part : parts) {
        words += part.text.size() + part.name.size();
        aside += part.signature.size();
        add(part.parts);
        if (part.kind == PartKind::image) {
            ++pictures;
            continue;
        }
        data += part.data.size();
        aside += part.url.size();
        if (part.kind == PartKind::file && part.text.empty()) bounded = false;
    }
}

PromptSize size_of_prompt(const ChatRequest& request) {
    PromptSize size;
    size.words = request.json_schema.size();
    size.aside = request.extras.size();
    size.messages = request.messages.size();
    for (const auto& message : request.messages) {
        size.aside += message.name.size();
        if (message.parts.empty())
            size.words += message.content.size();
        else
            size.add(message.parts);
    }
    size.tools = request.tools.size();
    for (const auto& tool : request.tools) {
        size.words += tool.name.size() + tool.description.size() + tool.schema.size() + tool.extras.size();
        if (tool.hosted) size.bounded = false;  // the provider puts what it finds into the prompt
        if (tool.hosted) size.searches += searches_of(tool);
    }
    return size;
}

std::size_t PromptSize::likely_bytes() const {
    constexpr std::size_t picture_bytes = 4'000, bytes_a_byte = 8;  // most of a PDF is how it looks
    return words + pictures * picture_bytes + data / bytes_a_byte;
}

std::uint32_t PromptSize::most_tokens(const ModelFacts* facts) const {
    const std::size_t image =
        facts && facts->image_tokens ? static_cast<std::size_t>(*facts->image_tokens) : image_tokens;
    std::size_t sum = words + aside + data + pictures * image + messages * message_tokens +
                      tools * tool_tokens + (tools > 0 ? tools_tokens : 0);
    if (!bounded) {
        const auto context = facts ? facts->context_tokens : std::nullopt;
        sum = std::max(sum, context ? static_cast<std::size_t>(*context) : context_tokens);
    }
    return counted(sum);
}

std::uint32_t most_answer_tokens(const ChatRequest& request, std::optional<std::int64_t> own_most) {
    const std::size_t own = own_most && *own_most > 0 ? static_cast<std::size_t>(*own_most) : 0;
    std::size_t most = request.max_tokens ? *request.max_tokens : own > 0 ? own : answer_tokens;
    if (request.thinking && request.thinking->on) most += request.thinking->budget();
    if (own > 0) most = std::min(most, own);
    return counted(most);
}

}  // namespace lares::gateway
