#include "character/charx.h"

#include <cstring>
#include <memory>
#include <optional>

#include <boost/json.hpp>
#include <zip.h>

#include "character/model.h"
#include "character/png.h"
#include "character/stored_json.h"
#include "media/image.h"

namespace lares::character {

namespace {

constexpr std::string_view card_name = "card.json";
constexpr std::string_view icon_name = "assets/icon/main.png";
constexpr std::string_view embedded = "embeded://";  // spelled so by the specification

tl::unexpected<Error> broken(std::string field, std::string rule) {
    return fail(Code::bad_request, "invalid-card", "The CHARX archive is not valid: " + field + ": " + rule,
                "charx." + field);
}

tl::unexpected<Error> too_large(std::string_view what) {
    return fail(Code::too_large, "card-too-large",
                "The CHARX archive is too large: " + std::string(what) + ".", "charx");
}

struct Discard {
    void operator()(zip_t* archive) const { zip_discard(archive); }
    void operator()(zip_file_t* file) const { zip_fclose(file); }
    void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using Archive = std::unique_ptr<zip_t, Discard>;
using Source = std::unique_ptr<zip_source_t, Discard>;

// The bytes must outlive the archive.
Result<Archive> open(std::string_view bytes) {
    zip_error_t error;
    zip_error_init(&error);
    zip_t* archive = nullptr;
    zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
    if (source) {
        archive = zip_open_from_source(source, ZIP_RDONLY, &error);
        if (!archive) zip_source_free(source);
    }
    const std::string why = zip_error_strerror(&error);
    zip_error_fini(&error);
    if (!archive) return broken("zip", "it cannot be read: " + why);
    return Archive(archive);
}

Result<void> check_size(zip_t* archive) {
    const auto entries = zip_get_num_entries(archive, 0);
    if (entries < 0 || static_cast<std::size_t>(entries) > limits::charx_entries)
        return too_large("at most " + std::to_string(limits::charx_entries) + " files");
    std::uint64_t inflated = 0;
    for (zip_int64_t i = 0; i < entries; ++i) {
        zip_stat_t stat;
        if (zip_stat_index(archive, static_cast<zip_uint64_t>(i), 0, &stat) != 0 ||
            !(stat.valid & ZIP_STAT_SIZE))
            return broken("zip", "an entry cannot be read");
        if (stat.size > limits::charx_bytes) return too_large("its files may have 64 MB together");
        inflated += stat.size;
        if (inflated > limits::charx_bytes) return too_large("its files may have 64 MB together");
    }
    return {};
}

// The file's bytes, whatever size the archive claims; checks the CRC.
Result<std::string> read_entry(zip_t* archive, std::uint64_t index, const std::string& name,
                               std::size_t most) {
    const std::unique_ptr<zip_file_t, Discard> file(zip_fopen_index(archive, index, 0));
    if (!file) return broken(name, std::string("it cannot be read: ") + zip_strerror(archive));
    std::string out;
    char block[64 * 1024];
    for (;;) {
        const auto count = zip_fread(file.get(), block, sizeof block);
        if (count < 0) return broken(name, std::string("it is damaged: ") + zip_file_strerror(file.get()));
        if (count == 0) {
            zip_stat_t stat;
            if (zip_stat_index(archive, index, 0, &stat) != 0 || stat.size != out.size())
                return broken(name, "its size is not the one that the archive tells");
            return out;
        }
        out.append(block, static_cast<std::size_t>(count));
        if (out.size() > most) return too_large(name + " may have " + std::to_string(most >> 20) + " MB");
    }
}

Result<std::optional<std::string>> read_named(zip_t* archive, const std::string& name, std::size_t most) {
    const auto index = zip_name_locate(archive, name.c_str(), 0);
    if (index < 0) return std::optional<std::string>();
    LARES_TRY(auto bytes, read_entry(archive, static_cast<std::uint64_t>(index), name, most));
    return std::optional(std::move(bytes));
}

std::string text_of(const boost::json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

// Where the archive has the card's picture: its icon called main, else its first icon.
std::optional<std::string> icon_path(std::string_view card_json) {
    const auto card = read_stored(card_json);
    const auto* object = card ? &*card : nullptr;
    const auto* data = object ? object->if_contains("data") : nullptr;
    const auto* fields = data ? data->if_object() : nullptr;
    const auto* assets = fields ? fields->if_contains("assets") : nullptr;
    const auto* list = assets ? assets->if_array() : nullptr;
    std::optional<std::string> found;
    if (!list) return found;
    for (const auto& each : *list) {
        const auto* asset = each.if_object();
        if (!asset || text_of(*asset, "type") != "icon") continue;
        const std::string uri = text_of(*asset, "uri");
        if (!uri.starts_with(embedded)) continue;
        const bool is_main = text_of(*asset, "name") == "main";
        if (is_main || !found) found = uri.substr(embedded.size());
        if (is_main) return found;
    }
    return found;
}

// The card with the picture among its assets: readers find it by that alone. In the place of one that stands
// for "the reader's usual picture", else at the end.
std::string with_icon(std::string_view card_json) {
    auto card = read_stored(card_json);
    auto* data = card ? card->if_contains("data") : nullptr;
    if (!data || !data->is_object()) return std::string(card_json);
    auto& assets = data->get_object()["assets"];
    if (!assets.is_array()) assets.emplace_array();
    const boost::json::object icon{{"type", "icon"},
                                   {"uri", std::string(embedded) + std::string(icon_name)},
                                   {"name", "main"},
                                   {"ext", "png"}};
    for (auto& each : assets.get_array()) {
        const auto* asset = each.if_object();
        if (!asset || text_of(*asset, "type") != "icon" || text_of(*asset, "uri") != "ccdefault:") continue;
        each = icon;
        return boost::json::serialize(*card);
    }
    assets.get_array().push_back(icon);
    return boost::json::serialize(*card);
}

// A picture of another kind becomes a PNG; what is no picture stays in the archive and is not shown.
std::string as_png(std::string picture) {
    if (is_png(picture)) return read_png_texts(picture) ? std::move(picture) : std::string();
    const auto pixels = media::decode(picture, limits::avatar_side);
    if (!pixels) return {};
    return media::encode_png(*pixels).value_or(std::string());
}

bool holds(std::string_view archive, const std::string& name) {
    const auto opened = open(archive);
    return opened && zip_name_locate(opened->get(), name.c_str(), 0) >= 0;
}

// The archive gets its own copy of the bytes.
Result<void> put(zip_t* archive, std::string_view name, std::string_view bytes) {
    // libzip frees the copy; of nothing it must not be given any.
    void* copy = bytes.empty() ? nullptr : std::malloc(bytes.size());
    if (!bytes.empty() && !copy) throw std::bad_alloc();
    if (copy) std::memcpy(copy, bytes.data(), bytes.size());
    zip_source_t* source = zip_source_buffer(archive, copy, bytes.size(), copy ? 1 : 0);
    if (!source) {
        std::free(copy);
        return fail(Code::internal, "internal", "The archive could not be written.");
    }
    const auto index =
        zip_file_add(archive, std::string(name).c_str(), source, ZIP_FL_OVERWRITE | ZIP_FL_ENC_UTF_8);
    if (index < 0) {
        zip_source_free(source);
        return fail(Code::internal, "internal", "The archive could not be written.");
    }
    // Of the same card always the same bytes: no time of day.
    zip_file_set_dostime(archive, static_cast<zip_uint64_t>(index), 0, 1 << 5 | 1, 0);
    return {};
}

// Reads what was written, and frees nothing.
Result<std::string> content_of(zip_source_t* source) {
    const auto failed = [] { return fail(Code::internal, "internal", "The archive could not be written."); };
    zip_stat_t stat;
    if (zip_source_stat(source, &stat) != 0 || !(stat.valid & ZIP_STAT_SIZE) || zip_source_open(source) != 0)
        return failed();
    std::string out(stat.size, '\0');
    const auto count = zip_source_read(source, out.data(), out.size());
    zip_source_close(source);
    if (count != static_cast<zip_int64_t>(out.size())) return failed();
    return out;
}

// Copies the base archive's other files. Their number and size were checked when it came in.
Result<void> copy_others(zip_t* target, std::string_view base, std::string_view replaced_icon) {
    LARES_TRY(const Archive from, open(base));
    LARES_CHECK(check_size(from.get()));
    const auto entries = zip_get_num_entries(from.get(), 0);
    for (zip_int64_t i = 0; i < entries; ++i) {
        const char* raw = zip_get_name(from.get(), static_cast<zip_uint64_t>(i), 0);
        const std::string name = raw ? raw : "";
        if (name.empty() || name.ends_with('/') || name == card_name || name == replaced_icon) continue;
        LARES_TRY(const auto bytes,
                  read_entry(from.get(), static_cast<std::uint64_t>(i), name, limits::charx_bytes));
        LARES_CHECK(put(target, name, bytes));
    }
    return {};
}

}  // namespace

bool is_zip(std::string_view bytes) {
    return bytes.starts_with(std::string_view("PK\x03\x04", 4)) ||
           bytes.starts_with(std::string_view("PK\x05\x06", 4));
}

Result<std::string> read_charx_card(std::string_view bytes) {
    LARES_TRY(const Archive archive, open(bytes));
    LARES_CHECK(check_size(archive.get()));
    LARES_TRY(auto card, read_named(archive.get(), std::string(card_name), limits::card_bytes));
    if (!card) return broken(std::string(card_name), "the archive has none");
    return std::move(*card);
}

Result<std::string> read_charx_picture(std::string_view bytes, std::string_view card_json) {
    LARES_TRY(const Archive archive, open(bytes));
    // Some archives hold their icon where it usually is, and do not say so.
    const auto path = icon_path(card_json).value_or(std::string(icon_name));
    LARES_TRY(auto picture, read_named(archive.get(), path, limits::file_bytes));
    return picture ? as_png(std::move(*picture)) : std::string();
}

Result<std::string> write_charx(std::string_view card_json, std::string_view picture, std::string_view base) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* buffer = zip_source_buffer_create(nullptr, 0, 0, &error);
    zip_t* archive = buffer ? zip_open_from_source(buffer, ZIP_TRUNCATE, &error) : nullptr;
    zip_error_fini(&error);
    if (!archive) {
        if (buffer) zip_source_free(buffer);
        return fail(Code::internal, "internal", "The archive could not be written.");
    }
    Archive target(archive);
    zip_source_keep(buffer);  // read after the archive is closed
    const Source kept(buffer);
    const auto listed = icon_path(card_json);
    const std::string icon = listed.value_or(std::string(icon_name));
    // What came in an archive goes out as it came: a picture may be of another kind there. One that was put
    // in its place since goes out instead.
    const bool has_it = !base.empty() && holds(base, icon) &&
                        read_charx_picture(base, card_json).value_or(std::string()) == picture;
    const bool brings = !picture.empty() && !has_it;
    LARES_CHECK(
        put(archive, card_name, listed || picture.empty() ? std::string(card_json) : with_icon(card_json)));
    if (brings) LARES_CHECK(put(archive, icon, picture));
    if (!base.empty()) LARES_CHECK(copy_others(archive, base, brings ? icon : std::string_view()));
    if (zip_close(archive) != 0) return fail(Code::internal, "internal", "The archive could not be written.");
    (void)target.release();  // closed
    return content_of(buffer);
}

}  // namespace lares::character
