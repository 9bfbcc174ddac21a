#include "character/card.h"

#include <new>

#include <boost/json.hpp>

#include "base/text.h"
#include "character/charx.h"
#include "character/png.h"
#include "json/parse.h"

namespace lares::character {

namespace bj = boost::json;

namespace {

tl::unexpected<Error> invalid(std::string field, std::string rule) {
    return fail(Code::bad_request, "invalid-card", "The card is not valid: " + field + ": " + rule, field);
}

tl::unexpected<Error> too_large(std::string field) {
    return fail(Code::too_large, "card-too-large", "The card is too large: its JSON may have at most 8 MB.",
                std::move(field));
}

// Memory with a lid: JSON of many tiny values takes many times its own size.
class BoundedResource final : public bj::memory_resource {
public:
    explicit BoundedResource(std::size_t bytes) : left_(bytes) {}

private:
    // The alignment is never over the default, and not the same here and there: it is left to the default.
    void* do_allocate(std::size_t bytes, std::size_t) override {
        if (bytes > left_) throw std::bad_alloc();
        void* memory = ::operator new(bytes);
        left_ -= bytes;
        return memory;
    }
    void do_deallocate(void* memory, std::size_t bytes, std::size_t) override {
        ::operator delete(memory);
        left_ += bytes;
    }
    bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
    std::size_t left_;
};

// The value lives in `memory`.
Result<bj::value> read_json(std::string_view text, BoundedResource& memory) {
    bj::parse_options options;
    options.max_depth = limits::card_depth;
    try {
        bj::parser parser(&memory, options);
        parser.reset(&memory);
        boost::system::error_code error;
        parser.write(text, error);
        if (error == bj::error::too_deep) return invalid("json", "it is nested more than 128 deep");
        if (error) return invalid("json", "it cannot be read: " + error.message());
        return parser.release();
    } catch (const std::bad_alloc&) {
        return fail(Code::too_large, "card-too-large", "The card is too large: it holds too many values.",
                    "json");
    }
}

// Reads members of one object by name; null counts as absent.
struct Reader {
    const bj::object& object;
    std::string path;  // "data.", or "" at the top

    const bj::value* find(std::string_view key) const {
        const auto* value = object.if_contains(key);
        return value && !value->is_null() ? value : nullptr;
    }
    std::string at(std::string_view key) const { return path + std::string(key); }

    Result<void> text(std::string_view key, std::string& out) const {
        const auto* value = find(key);
        if (!value) return {};
        if (!value->is_string()) return invalid(at(key), "must be a string");
        out = std::string(value->get_string());
        return {};
    }
    Result<void> texts(std::string_view key, std::vector<std::string>& out) const {
        const auto* value = find(key);
        if (!value) return {};
        if (!value->is_array()) return invalid(at(key), "must be a list of strings");
        if (value->get_array().size() > limits::list_items)
            return invalid(at(key), "has more than 10000 items");
        for (const auto& item : value->get_array()) {
            if (!item.is_string()) return invalid(at(key), "must be a list of strings");
            out.emplace_back(item.get_string());
        }
        return {};
    }
    Result<void> raw_object(std::string_view key, std::string& out) const {
        const auto* value = find(key);
        if (!value) return {};
        if (!value->is_object()) return invalid(at(key), "must be an object");
        out = bj::serialize(*value);
        return {};
    }
    Result<void> number(std::string_view key) const {
        const auto* value = find(key);
        if (value && !value->is_number()) return invalid(at(key), "must be a number");
        return {};
    }
    Result<void> flag(std::string_view key) const {
        const auto* value = find(key);
        if (value && !value->is_bool()) return invalid(at(key), "must be true or false");
        return {};
    }
};

Result<void> check_entry(const bj::value& value, std::string path) {
    if (!value.is_object()) return invalid(path, "must be an object");
    const Reader entry{value.get_object(), path + "."};
    std::vector<std::string> keys;
    std::string text;
    if (!entry.find("keys")) return invalid(entry.at("keys"), "is missing");
    LARES_CHECK(entry.texts("keys", keys));
    LARES_CHECK(entry.texts("secondary_keys", keys));
    if (!entry.find("content")) return invalid(entry.at("content"), "is missing");
    LARES_CHECK(entry.text("content", text));
    LARES_CHECK(entry.text("name", text));
    LARES_CHECK(entry.text("comment", text));
    LARES_CHECK(entry.raw_object("extensions", text));
    for (const auto* key : {"insertion_order", "priority"}) LARES_CHECK(entry.number(key));
    for (const auto* key : {"enabled", "constant", "selective", "case_sensitive", "use_regex"}) {
        LARES_CHECK(entry.flag(key));
    }
    return {};
}

// A lorebook is stored as it came; that its types are right is checked here, once.
Result<void> check_book(const bj::object& data, const std::string& path) {
    const auto* value = data.if_contains("character_book");
    if (!value || value->is_null()) return {};
    if (!value->is_object()) return invalid(path, "must be an object");
    const Reader book{value->get_object(), path + "."};
    std::string text;
    for (const auto* key : {"name", "description"}) LARES_CHECK(book.text(key, text));
    for (const auto* key : {"scan_depth", "token_budget"}) LARES_CHECK(book.number(key));
    LARES_CHECK(book.flag("recursive_scanning"));
    LARES_CHECK(book.raw_object("extensions", text));
    const auto* entries = book.find("entries");
    if (!entries || !entries->is_array()) return invalid(book.at("entries"), "must be a list");
    if (entries->get_array().size() > limits::list_items) {
        return invalid(book.at("entries"), "has more than 10000 items");
    }
    std::size_t index = 0;
    for (const auto& entry : entries->get_array()) {
        LARES_CHECK(check_entry(entry, book.at("entries") + "[" + std::to_string(index++) + "]"));
    }
    return {};
}

// C0, DEL and C1 (U+0080 to U+009F, in UTF-8 C2 80 to C2 9F).
bool has_control_characters(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20 || byte == 0x7f) return true;
        if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0)
            return true;
    }
    return false;
}

Result<std::string> check_name(std::string_view raw, const std::string& field) {
    const std::string_view name = trim(raw);
    if (name.empty()) return invalid(field, "must not be empty");
    if (has_control_characters(name)) return invalid(field, "must not hold control characters");
    if (count_code_points(name) > limits::name_code_points)
        return invalid(field, "has more than 200 characters");
    return std::string(name);
}

Result<void> read_fields(const bj::object& object, const std::string& path, Card& card) {
    const Reader data{object, path};
    std::string name;
    if (!data.find("name")) return invalid(data.at("name"), "is missing");
    LARES_CHECK(data.text("name", name));
    LARES_TRY(card.name, check_name(name, data.at("name")));
    LARES_CHECK(data.text("description", card.description));
    LARES_CHECK(data.text("personality", card.personality));
    LARES_CHECK(data.text("scenario", card.scenario));
    LARES_CHECK(data.text("first_mes", card.first_mes));
    LARES_CHECK(data.text("mes_example", card.mes_example));
    if (card.spec == Spec::v1) return {};
    LARES_CHECK(data.text("creator_notes", card.creator_notes));
    LARES_CHECK(data.text("system_prompt", card.system_prompt));
    LARES_CHECK(data.text("post_history_instructions", card.post_history_instructions));
    LARES_CHECK(data.texts("alternate_greetings", card.alternate_greetings));
    LARES_CHECK(data.texts("tags", card.tags));
    LARES_CHECK(data.text("creator", card.creator));
    LARES_CHECK(data.text("character_version", card.character_version));
    LARES_CHECK(data.raw_object("extensions", card.extensions));
    LARES_CHECK(data.raw_object("character_book", card.character_book));
    return check_book(object, data.at("character_book"));
}

// A V1 card is nothing but its fields, so one of them beside the name must be there: {"name": …} alone is any
// JSON.
Result<void> check_v1(const bj::object& root) {
    for (const auto* key : {"description", "personality", "scenario", "first_mes", "mes_example"}) {
        if (root.contains(key)) return {};
    }
    return invalid("description", "is missing: this JSON is not a character card");
}

Result<Spec> read_spec(const bj::object& root) {
    const Reader top{root, ""};
    std::string spec;
    LARES_CHECK(top.text("spec", spec));
    if (spec.empty()) return top.find("data") ? Spec::v2 : Spec::v1;
    if (spec == "chara_card_v2") return Spec::v2;
    if (spec == "chara_card_v3") return Spec::v3;
    return invalid("spec", "must be chara_card_v2 or chara_card_v3");
}

// Base64 as tools write it: line breaks, the URL alphabet and missing padding are read too.
std::optional<std::string> decode_base64(std::string_view text) {
    std::string plain;
    plain.reserve(text.size() + 3);
    for (char c : text) {
        if (c == '\r' || c == '\n' || c == ' ' || c == '\t' || c == '=') continue;
        plain.push_back(c == '-' ? '+' : c == '_' ? '/' : c);
    }
    while (plain.size() % 4 != 0) plain.push_back('=');
    return from_base64(plain);
}

const PngText* first_of(const std::vector<PngText>& texts, std::string_view keyword) {
    for (const auto& text : texts) {
        if (equal_ignoring_case(text.keyword, keyword)) return &text;
    }
    return nullptr;
}

}  // namespace

std::string_view to_text(Visibility visibility) {
    return visibility == Visibility::everyone ? "public" : "private";
}

Result<Card> parse_card_json(std::string_view json) {
    if (json.starts_with("\xef\xbb\xbf")) json.remove_prefix(3);
    if (json.size() > limits::card_bytes) return too_large("json");
    if (const auto mended = json::without_lone_surrogates(json); !mended.empty())
        return parse_card_json(mended);
    BoundedResource memory(limits::card_memory_bytes);
    LARES_TRY(const bj::value value, read_json(json, memory));
    if (!value.is_object()) return invalid("json", "must be an object");
    const bj::object& root = value.get_object();
    Card card;
    LARES_TRY(card.spec, read_spec(root));
    if (card.spec == Spec::v1) {
        LARES_CHECK(check_v1(root));
        LARES_CHECK(read_fields(root, "", card));
    } else {
        const auto* data = root.if_contains("data");
        if (!data || !data->is_object()) return invalid("data", "must be an object");
        LARES_CHECK(read_fields(data->get_object(), "data.", card));
    }
    card.original = std::string(json);
    return card;
}

Result<Card> parse_card_png(std::string_view png) {
    LARES_TRY(const auto texts, read_png_texts(png));
    const PngText* text = first_of(texts, "ccv3");
    if (!text) text = first_of(texts, "chara");
    if (!text) {
        return invalid("png.tEXt", "the image holds no character card (no chara or ccv3 text)");
    }
    constexpr std::size_t encoded_max = limits::card_bytes / 3 * 4 + limits::card_bytes / 16;
    LARES_TRY(std::string encoded, png_text_value(*text, encoded_max));
    const auto json = decode_base64(encoded);
    if (!json || json->empty())
        return invalid("png." + std::string(text->keyword), "must be base64 of the card's JSON");
    encoded = {};  // a large card need not be in memory twice while its JSON is read
    return parse_card_json(*json);
}

Result<ImportedCard> parse_card_file(std::string file) {
    if (file.empty()) return invalid("file", "is empty");
    if (file.size() > limits::file_bytes) {
        return fail(Code::too_large, "card-too-large", "The file is too large: at most 20 MB.", "file");
    }
    if (is_png(file)) {
        LARES_TRY(auto card, parse_card_png(file));
        return ImportedCard{std::move(card), std::move(file), {}};
    }
    if (is_zip(file)) {
        LARES_TRY(auto json, read_charx_card(file));
        LARES_TRY(auto card, parse_card_json(json));
        json = {};  // the card holds it
        LARES_TRY(auto picture, read_charx_picture(file, card.original));
        return ImportedCard{std::move(card), std::move(picture), std::move(file)};
    }
    std::string_view start(file);
    if (start.starts_with("\xef\xbb\xbf")) start.remove_prefix(3);
    start = trim(start.substr(0, 1024));
    if (start.empty() || (start[0] != '{' && start[0] != '[')) {
        return fail(
            Code::unsupported, "card-format-unsupported",
            "This is no character card: send a PNG image with a card in it, a CHARX archive, or its JSON.",
            "file");
    }
    LARES_TRY(auto card, parse_card_json(file));
    return ImportedCard{std::move(card), {}, {}};
}

}  // namespace lares::character
