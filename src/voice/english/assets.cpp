#include "voice/english/assets.h"

#include <memory>

#include <boost/json/basic_parser_impl.hpp>
#include <zlib.h>

#include "base/memory.h"

namespace lares::voice::english {
namespace {

constexpr std::size_t max_unpacked = 64 << 20;

// What Boost.JSON's parser calls; keeps the path of object keys. Strings may come in parts.
struct Handler {
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = 4096;
    static constexpr std::size_t max_string_size = 1 << 20;
    using Error = boost::system::error_code;

    const std::function<void(const Leaf&)>* each = nullptr;
    std::vector<std::string> path;
    std::string part, key;

    void leaf(std::string_view text, double number, bool null = false) {
        (*each)(Leaf{path, text, number, null});
    }

    bool on_document_begin(Error&) { return true; }
    bool on_document_end(Error&) { return true; }
    bool on_object_begin(Error&) {
        path.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t, Error&) {
        path.pop_back();
        return true;
    }
    bool on_array_begin(Error&) { return true; }
    bool on_array_end(std::size_t, Error&) { return true; }
    bool on_key_part(boost::json::string_view text, std::size_t, Error&) {
        key.append(text.data(), text.size());
        return true;
    }
    bool on_key(boost::json::string_view text, std::size_t, Error&) {
        key.append(text.data(), text.size());
        path.back() = key;
        key.clear();
        return true;
    }
    bool on_string_part(boost::json::string_view text, std::size_t, Error&) {
        part.append(text.data(), text.size());
        return true;
    }
    bool on_string(boost::json::string_view text, std::size_t, Error&) {
        if (part.empty()) {
            leaf({text.data(), text.size()}, 0);
        } else {
            part.append(text.data(), text.size());
            leaf(part, 0);
            part.clear();
        }
        return true;
    }
    bool on_number_part(boost::json::string_view, Error&) { return true; }
    bool on_int64(std::int64_t number, boost::json::string_view, Error&) {
        leaf({}, static_cast<double>(number));
        return true;
    }
    bool on_uint64(std::uint64_t number, boost::json::string_view, Error&) {
        leaf({}, static_cast<double>(number));
        return true;
    }
    bool on_double(double number, boost::json::string_view, Error&) {
        leaf({}, number);
        return true;
    }
    bool on_bool(bool, Error&) { return true; }
    bool on_null(Error&) {
        leaf({}, 0, true);
        return true;
    }
    bool on_comment_part(boost::json::string_view, Error&) { return true; }
    bool on_comment(boost::json::string_view, Error&) { return true; }
};

struct Close {
    void operator()(gzFile file) const { gzclose(file); }
};

tl::unexpected<Error> missing(const std::filesystem::path& file, const char* why) {
    return fail(Error{Code::unavailable,
                      "voice-missing",
                      "The tables of English pronunciation cannot be read.",
                      {},
                      file.string() + ": " + why,
                      {}});
}

}  // namespace

Result<void> read_json(const std::filesystem::path& file, const std::function<void(const Leaf&)>& each) {
    // gzread also reads what is not compressed.
    const std::unique_ptr<gzFile_s, Close> input(gzopen(file.c_str(), "rb"));
    if (!input) return missing(file, "cannot be opened");
    gzbuffer(input.get(), 1 << 17);
    std::string text;
    for (;;) {
        constexpr std::size_t block = 1 << 20;
        const std::size_t size = text.size();
        text.resize(size + block);
        const int got = gzread(input.get(), text.data() + size, block);
        if (got < 0) return missing(file, "is damaged");
        text.resize(size + static_cast<std::size_t>(got));
        if (text.size() > max_unpacked) return missing(file, "is too large");
        if (got == 0) break;
    }
    boost::json::basic_parser<Handler> parser{boost::json::parse_options{}};
    parser.handler().each = &each;
    boost::system::error_code error;
    const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
    if (error || read != text.size() || !parser.done())
        return missing(file, "is no JSON of the kind expected");
    text = std::string();
    release_unused_memory();
    return {};
}

}  // namespace lares::voice::english
