#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/llm/gguf.h"
#include "engine/llm/models.h"
#include "tests/unit/engine_llm/support.h"

namespace lares::engine::llm {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Folder {
public:
    Folder()
        : path_(fs::temp_directory_path() /
                ("models-" + std::to_string(::getpid()) + "-" + std::to_string(++count_))) {
        fs::create_directories(path_);
    }
    ~Folder() { fs::remove_all(path_); }
    std::string file(const std::string& name) const { return (path_ / name).string(); }
    std::string path() const { return path_.string(); }

private:
    static inline int count_ = 0;
    fs::path path_;
};

std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}
void write(const std::string& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}
Result<GgufInfo> parse(std::string_view bytes) {
    return parse_gguf(
        [bytes](std::uint64_t offset, char* to, std::size_t n) {
            if (offset + n > bytes.size()) return false;
            std::memcpy(to, bytes.data() + offset, n);
            return true;
        },
        bytes.size());
}

TEST(Gguf, FactsOfTheBundledWeights) {
    const auto info = read_gguf(test::weights()).value();
    EXPECT_EQ(info.architecture, "llama");
    EXPECT_EQ(info.quantization, "Q4_1");
    EXPECT_EQ(info.context, 8192u);
    EXPECT_EQ(info.layers, 30u);
    EXPECT_EQ(info.vocabulary, 49152u);
    EXPECT_THAT(info.licence, HasSubstr("apache"));
    EXPECT_TRUE(info.chat_template);
}

TEST(Gguf, OneLineNamesTheFileAndTheRemedy) {
    Folder folder;
    write(folder.file("page.gguf"), "<html>404</html> and a little more text than a head has");
    const auto page = read_gguf(folder.file("page.gguf"));
    ASSERT_FALSE(page);
    EXPECT_THAT(page.error().message, HasSubstr(folder.file("page.gguf") + " is not a GGUF file. Use"));
    EXPECT_EQ(page.error().message.find('\n'), std::string::npos);
    EXPECT_EQ(read_gguf(folder.file("none.gguf")).error().type, "model-missing");
    EXPECT_EQ(read_gguf(folder.path()).error().type, "model-missing");
    write(folder.file("empty.gguf"), "");
    EXPECT_EQ(read_gguf(folder.file("empty.gguf")).error().type, "not-gguf");
}

TEST(Gguf, EveryShorterFileIsRefused) {
    const std::string whole = read(test::weights());
    for (const std::size_t size :
         {4ul, 23ul, 24ul, 100ul, 5000ul, 1'000'000ul, 2'500'000ul, whole.size() - 1})
        EXPECT_FALSE(parse(std::string_view(whole).substr(0, size))) << size;
    EXPECT_TRUE(parse(whole));
}

TEST(Gguf, HostileCountsAreRefusedQuickly) {
    std::string head = "GGUF";
    const auto number = [](auto value) {
        return std::string(reinterpret_cast<const char*>(&value), sizeof value);
    };
    head += number(std::uint32_t{3});
    EXPECT_FALSE(parse(head + number(~std::uint64_t{0}) + number(std::uint64_t{1}) + std::string(64, '\0')));
    EXPECT_FALSE(parse(head + number(std::uint64_t{1}) + number(~std::uint64_t{0}) + std::string(64, '\0')));
    const std::string one = head + number(std::uint64_t{1}) + number(std::uint64_t{1});
    EXPECT_FALSE(parse(one + number(~std::uint64_t{0}) + "key"));  // length of a key
    const std::string key = one + number(std::uint64_t{1}) + "k";
    EXPECT_FALSE(parse(key + number(std::uint32_t{8}) + number(~std::uint64_t{7})));  // length of a text
    EXPECT_FALSE(
        parse(key + number(std::uint32_t{9}) + number(std::uint32_t{10}) + number(~std::uint64_t{0})));
    EXPECT_FALSE(parse(key + number(std::uint32_t{9}) + number(std::uint32_t{9}) + number(std::uint64_t{1})));
    EXPECT_FALSE(parse(key + number(std::uint32_t{77})));
    std::string keys = head + number(std::uint64_t{1}) + number(std::uint64_t{65536});
    for (std::uint64_t i = 0; i < 100; ++i)
        keys += number(std::uint64_t{65535}) + number(i) + std::string(65535 - sizeof i, 'k') +
                number(std::uint32_t{0}) + "x";
    const auto long_keys = parse(keys);
    ASSERT_FALSE(long_keys);
    EXPECT_THAT(long_keys.error().message, HasSubstr("keys of impossible length"));
}

TEST(Models, ListsBundledAndOwnFilesAndHidesNone) {
    Folder own;
    write(own.file("broken.gguf"), "GGUFgarbage that is no model at all");
    write(own.file("readme.txt"), "not listed");
    Models models(own.path(), {fs::path(test::weights()).parent_path().string()});
    const auto files = models.list();
    ASSERT_EQ(files.size(), 2u);
    const auto broken = models.find("broken");
    ASSERT_TRUE(broken);
    EXPECT_THAT(broken->problem, HasSubstr("broken.gguf"));
    EXPECT_EQ(models.choose("").value().id, "SmolLM2-135M-Instruct.Q4_1");  // whole before broken
    EXPECT_EQ(models.choose("broken").error().type, "model-broken");
    const auto missing = models.choose("nothing").error();
    EXPECT_EQ(missing.type, "model-missing");
    EXPECT_THAT(missing.message, HasSubstr("lares models add"));
}

TEST(Models, AddsAFileWholeOrNotAtAll) {
    Folder own, elsewhere;
    Models models(own.path() + "/new", {});
    std::uint64_t last = 0;
    const auto progress = [&last](std::uint64_t done, std::optional<std::uint64_t>) { last = done; };
    const auto added = models.add_file(
        test::weights(), "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53", progress);
    ASSERT_TRUE(added) << added.error().message;
    EXPECT_EQ(last, added->bytes);
    EXPECT_EQ(models.list().size(), 1u);
    EXPECT_EQ(models.add_file(test::weights(), "", progress).error().type, "model-exists");
    fs::remove(added->path);
    EXPECT_EQ(models.add_file(test::weights(), std::string(64, '0'), progress).error().type,
              "checksum-mismatch");
    write(elsewhere.file("page.gguf"), "<html> this is no model, whatever it is called");
    EXPECT_EQ(models.add_file(elsewhere.file("page.gguf"), "", progress).error().type, "not-gguf");
    EXPECT_TRUE(fs::is_empty(own.path() + "/new"));
}

TEST(Models, AnInterruptedTransferGoesOn) {
    Folder own;
    Models models(own.path(), {});
    const std::string bytes = read(test::weights());
    std::vector<std::uint64_t> starts;
    bool cut = true;
    const Downloader downloader = [&](const std::string&, const Transfer& transfer) -> Result<void> {
        starts.push_back(transfer.have);
        LARES_CHECK(transfer.is_version("\"one\""));
        for (std::uint64_t at = transfer.have; at < bytes.size(); at += 1u << 20) {
            if (cut && at > bytes.size() / 2)
                return fail(Code::upstream, "connection-lost", "The connection was lost.");
            LARES_CHECK(transfer.take(at, bytes.size(), std::string_view(bytes).substr(at, 1u << 20)));
        }
        return {};
    };
    const auto progress = [](std::uint64_t, std::optional<std::uint64_t>) {};
    const std::string url = "https://example.org/models/small%20one.gguf?download=true";
    EXPECT_EQ(models.add_url(url, "", downloader, progress).error().type, "connection-lost");
    EXPECT_TRUE(models.list().empty());
    cut = false;
    const auto added = models.add_url(url, "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
                                      downloader, progress);
    ASSERT_TRUE(added) << added.error().message;
    EXPECT_EQ(added->id, "small one");
    ASSERT_EQ(starts.size(), 2u);
    EXPECT_EQ(starts[0], 0u);
    EXPECT_GT(starts[1], bytes.size() / 3);
}

// What was fetched from elsewhere, or before the file there changed, is no beginning of this.
TEST(Models, ATransferGoesOnOnlyWithTheSameFile) {
    Folder own;
    Models models(own.path(), {});
    const std::string bytes = read(test::weights());
    struct Asked {
        std::uint64_t have;
        std::string version;
    };
    std::vector<Asked> asked;
    std::string version = "\"one\"";
    const Downloader downloader = [&](const std::string&, const Transfer& transfer) -> Result<void> {
        asked.push_back({transfer.have, transfer.version});
        // As a server that knows If-Range: from where it was asked only when it is still the same file.
        const std::uint64_t from = transfer.version == version ? transfer.have : 0;
        LARES_CHECK(transfer.is_version(version));
        LARES_CHECK(transfer.take(from, bytes.size(), std::string_view(bytes).substr(from, 1u << 20)));
        return fail(Code::upstream, "connection-lost", "The connection was lost.");
    };
    const auto progress = [](std::uint64_t, std::optional<std::uint64_t>) {};
    const auto fetch = [&](const std::string& url) {
        EXPECT_FALSE(models.add_url(url, "", downloader, progress));
    };
    fetch("https://a.example/x.gguf");
    fetch("https://a.example/x.gguf");
    fetch("https://b.example/x.gguf");
    version = "\"two\"";
    fetch("https://a.example/x.gguf");
    fetch("https://a.example/x.gguf");
    version = "";  // the server does not say what it is
    fetch("https://a.example/x.gguf");
    fetch("https://a.example/x.gguf");
    ASSERT_EQ(asked.size(), 7u);
    const std::uint64_t piece = 1u << 20;
    EXPECT_EQ(asked[1].have, piece);
    EXPECT_EQ(asked[1].version, "\"one\"");
    EXPECT_EQ(asked[2].have, 0u) << "another address";
    EXPECT_EQ(asked[3].have, 2 * piece);
    EXPECT_EQ(asked[4].have, piece) << "begun anew";
    EXPECT_EQ(asked[4].version, "\"two\"");
    EXPECT_EQ(asked[6].have, 0u) << "nothing tells whether it is the same";
}

TEST(Models, UrlsThatNameNoModelAndPagesAreRefused) {
    Folder own;
    Models models(own.path(), {});
    const auto progress = [](std::uint64_t, std::optional<std::uint64_t>) {};
    const Downloader page = [](const std::string&, const Transfer& transfer) {
        return transfer.take(0, std::nullopt, "<html>Sign in to go on</html>");
    };
    EXPECT_EQ(models.add_url("https://example.org/x.gguf", "", page, progress).error().type, "not-gguf");
    for (const char* bad : {"https://example.org/", "https://example.org/..%2f..%2fetc%2fx.gguf",
                            "https://example.org/.gguf", "https://example.org/x.bin"})
        EXPECT_EQ(models.add_url(bad, "", page, progress).error().code, Code::bad_request) << bad;
    EXPECT_TRUE(fs::is_empty(own.path()));
    const Downloader refused = [](const std::string&, const Transfer&) -> Result<void> {
        return fail(Code::bad_request, "invalid-field", "url: must be public");
    };
    EXPECT_EQ(models.add_url("https://127.0.0.1/x.gguf", "", refused, progress).error().type,
              "invalid-field");
    EXPECT_TRUE(fs::is_empty(own.path())) << "nothing came of it, nothing stays of it";
}

}  // namespace
}  // namespace lares::engine::llm
