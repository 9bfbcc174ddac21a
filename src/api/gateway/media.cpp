// Sound, pictures and moderations in OpenAI's format: to the provider that has them; speech also by the voice
// of this server.
#include "api/caller.h"
#include "api/gateway/routes.h"
#include "api/gateway/wishes.h"
#include "api/usage/admit.h"
#include "api/usage/payer.h"
#include "api/voice/reading.h"
#include "base/text.h"
#include "crypto/random.h"
#include "gateway/fields.h"
#include "gateway/usage/estimate.h"
#include "http/multipart.h"
#include "json/parse.h"
#include "json/write.h"
#include "voice/wav.h"

namespace lares::api {
namespace {

namespace bj = boost::json;

constexpr std::string_view own_voice = "local";  // the model of this server's own voice
constexpr std::size_t json_bytes_max = 1024 * 1024;

// Where a provider has what this route is named after.
std::string path_behind_v1(const http::Call& call) {
    return std::string(call.head().path.substr(std::string_view("/v1").size()));
}

Result<bj::object> object_of_json(const std::string& body) {
    LARES_TRY(auto value, json::parse_value(body, {.bytes = json_bytes_max}));
    if (!value.is_object()) return fail(Code::bad_request, "invalid-json", "The body must be a JSON object.");
    return std::move(value.get_object());
}

Result<std::string> model_of(const bj::object& object) {
    const auto* model = object.if_contains("model");
    if (!model || model->is_null()) return std::string();
    if (!model->is_string()) return invalid_field("model", "must be a text");
    return std::string(model->get_string());
}

gateway::PassRequest around_model(bj::object object, std::string model) {
    gateway::PassRequest out;
    out.content_type = "application/json";
    out.model = std::move(model);
    if (out.model.empty()) {
        out.before = json::write(bj::value(std::move(object)));
        return out;
    }
    object.erase("model");
    const bool alone = object.empty();
    const std::string rest = json::write(bj::value(std::move(object)));
    out.before = "{\"model\":";
    out.after = alone ? "}" : "," + rest.substr(1);
    out.quoted = true;
    return out;
}

// Within quotes of a part's head, as RFC 7578 and browsers write it.
std::string in_quotes(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '"')
            out += "%22";
        else if (c == '\r')
            out += "%0D";
        else if (c == '\n')
            out += "%0A";
        else
            out += c;
    }
    return out;
}

// The same form again, with a boundary of our own, parted where the model's name stands.
Result<gateway::PassRequest> form_around_model(const http::Body& body) {
    LARES_TRY(const auto form, http::parse_multipart(body.content_type, body.data));
    std::string boundary = "lares-";
    for (const char c : crypto::random_bytes(18))
        boundary += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
    gateway::PassRequest out;
    out.content_type = "multipart/form-data; boundary=" + boundary;
    std::string* text = &out.before;
    for (const auto& part : form.parts) {
        // Two of it could mean one model to us and another to the provider.
        if (part.name == "model" && (!out.model.empty() || !part.filename.empty()))
            return invalid_field("model", "must stand once, and be a text");
        *text += "--" + boundary + "\r\ncontent-disposition: form-data; name=\"" + in_quotes(part.name) + '"';
        if (!part.filename.empty()) *text += "; filename=\"" + in_quotes(part.filename) + '"';
        if (!part.content_type.empty()) *text += "\r\ncontent-type: " + part.content_type;
        *text += "\r\n\r\n";
        if (part.name == "file") {
            const auto heard = gateway::heard_sound(part.data, part.content_type + ' ' + part.filename);
            out.sound_bytes += part.data.size();
            out.sound_likely += heard.likely;
            out.sound_most += heard.most;
        }
        if (part.name == "model") {
            out.model = part.data;
            if (out.model.empty()) return invalid_field("model", "must not be empty");
            text = &out.after;
        } else {
            *text += part.data;
        }
        *text += "\r\n";
    }
    *text += "--" + boundary + "--\r\n";
    return out;
}

}  // namespace

Task<Result<void>> GatewayRoutes::pass_on(http::Call* call, gateway::PassRequest request,
                                          http::ByteStream* out) {
    request.payer = payer_of(caller_of(*call), std::string(call->head().path));
    request.path = path_behind_v1(*call);
    gateway::ChatRequest asker;  // what the limits look at
    asker.model = request.model;
    asker.payer = std::move(request.payer);
    asker.max_tokens = 1;
    LARES_CO_CHECK(admit(services_.rates, *call, asker));
    request.payer = std::move(asker.payer);
    LARES_CO_TRY(const auto passed, co_await services_.gateway.pass(std::move(request)));
    for (;;) {
        LARES_CO_TRY(auto piece, co_await passed->next());
        if (!piece) co_return Result<void>();
        LARES_CO_CHECK(co_await out->write(std::move(*piece), passed->content_type()));
    }
}

Task<Result<void>> GatewayRoutes::pass_json(http::Call& call, http::Body body, http::ByteStream& out) {
    LARES_CO_TRY(auto object, object_of_json(body.data));
    LARES_CO_TRY(auto model, model_of(object));
    co_return co_await pass_on(&call, around_model(std::move(object), std::move(model)), &out);
}

Task<Result<void>> GatewayRoutes::pass_form(http::Call& call, http::Body body, http::ByteStream& out) {
    LARES_CO_TRY(auto request, form_around_model(body));
    body.data = {};
    co_return co_await pass_on(&call, std::move(request), &out);
}

Task<Result<void>> GatewayRoutes::speech(http::Call& call, http::Body body, http::ByteStream& out) {
    LARES_CO_TRY(auto object, object_of_json(body.data));
    LARES_CO_TRY(auto model, model_of(object));
    if (model != own_voice)
        co_return co_await pass_on(&call, around_model(std::move(object), std::move(model)), &out);
    const auto payer = payer_of(caller_of(call), std::string(call.head().path));
    LARES_CO_CHECK(gateway::Gateway::may_name(payer, model));
    std::optional<Error> error;
    gateway::Fields fields(object, {}, error);
    auto text = fields.needed_text("input");
    voice::Choice choice;
    choice.voice = fields.text("voice");
    // As OpenAI has it; the voice itself goes from half to twice its pace.
    choice.speed = fields.number("speed", 0.25, 4).value_or(1);
    const auto format = fields.text("response_format");
    if (!format.empty() && format != "wav" && format != "pcm")
        fields.refuse("response_format", "must be wav or pcm: the voice of this server makes no others");
    const auto voices = services_.voices.voices();
    const bool known =
        std::any_of(voices.begin(), voices.end(), [&](const auto& each) { return each.id == choice.voice; });
    if (!choice.voice.empty() && !known) fields.refuse("voice", "there is no voice of this name");
    if (text.empty()) fields.refuse("input", "must not be empty");
    if (count_code_points(text) > speech_text_max) fields.refuse("input", "must be at most 20000 characters");
    if (error) co_return fail(std::move(*error));
    const bool wav = format != "pcm";
    const std::string_view type = wav ? "audio/wav" : "audio/pcm;rate=24000;channels=1";
    LARES_CO_TRY(const auto reading, co_await Reading::begin(services_.voices, user_of(call),
                                                             std::move(choice), std::move(text)));
    std::string head = wav ? voice::wav_head(24'000, std::nullopt) : std::string();
    for (;;) {
        LARES_CO_TRY(auto clause, co_await reading->next());
        if (!clause) break;
        for (;;) {
            LARES_CO_TRY(auto chunk, co_await clause->sound->next());
            if (!chunk) break;
            LARES_CO_CHECK(co_await out.write(std::exchange(head, {}) + *chunk, type));
        }
    }
    if (!head.empty()) LARES_CO_CHECK(co_await out.write(std::move(head), type));
    co_return Result<void>();
}

}  // namespace lares::api
