// embed_assets FOLDER OUT: writes OUT.bin (all files of FOLDER, plain and compressed, one after the other)
// and OUT.cpp (the table over them, which includes the binary). Run by the build; see embed.cmake.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <brotli/encode.h>
#include <openssl/sha.h>
#include <zlib.h>

namespace fs = std::filesystem;

namespace {

std::string_view content_type(const std::string& extension) {
    struct Type {
        std::string_view extension, type;
    };
    static constexpr Type types[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
        {".webp", "image/webp"},
        {".ico", "image/x-icon"},
        {".json", "application/json"},
        {".webmanifest", "application/manifest+json"},
        {".woff2", "font/woff2"},
        {".wasm", "application/wasm"},
        {".txt", "text/plain; charset=utf-8"},
        {".map", "application/json"},
    };
    for (const Type& type : types)
        if (type.extension == extension) return type.type;
    return "application/octet-stream";
}

std::string brotli(const std::string& data) {
    std::size_t size = BrotliEncoderMaxCompressedSize(data.size());
    std::string out(size, '\0');
    if (!BrotliEncoderCompress(BROTLI_MAX_QUALITY, BROTLI_MAX_WINDOW_BITS, BROTLI_MODE_GENERIC, data.size(),
                               reinterpret_cast<const std::uint8_t*>(data.data()), &size,
                               reinterpret_cast<std::uint8_t*>(out.data())))
        return {};
    out.resize(size);
    return out;
}

std::string gzip(const std::string& data) {
    z_stream stream{};
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        return {};
    std::string out(deflateBound(&stream, data.size()) + 32, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    stream.avail_in = static_cast<uInt>(data.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const bool done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    out.resize(done ? stream.total_out : 0);
    deflateEnd(&stream);
    return out;
}

std::string etag(const std::string& data) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(data.data()), data.size(), digest);
    std::string out;
    char hex[3];
    for (int i = 0; i < 10; ++i) {
        std::snprintf(hex, sizeof hex, "%02x", digest[i]);
        out += hex;
    }
    return out;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: embed_assets FOLDER OUT\n");
        return 2;
    }
    const fs::path folder = argv[1];
    const std::string out = argv[2];
    std::vector<fs::path> files;
    if (fs::is_directory(folder)) {
        for (auto it = fs::recursive_directory_iterator(folder); it != fs::recursive_directory_iterator();
             ++it) {
            if (it->path().filename().string().starts_with('.'))
                it.disable_recursion_pending();
            else if (it->is_regular_file())
                files.push_back(it->path());
        }
    }
    std::vector<std::pair<std::string, fs::path>> named;
    for (const fs::path& file : files)
        named.emplace_back('/' + fs::relative(file, folder).generic_string(), file);
    std::sort(named.begin(), named.end());

    std::ofstream binary(out + ".bin", std::ios::binary);
    std::ofstream table(out + ".cpp");
    table << "// Made by cmake/embed_assets.cpp.\n#include \"http/assets.h\"\n\n"
             "asm(\".section .rodata\\n.global lares_embedded_assets\\n.balign 16\\nlares_embedded_assets:\\n"
             ".incbin \\\""
          << out
          << ".bin\\\"\\n.byte 0\\n.previous\\n\");\n"
             "extern \"C\" const char lares_embedded_assets[];\n\nnamespace lares::http {\n\nnamespace {\n\n"
             "[[maybe_unused]] std::string_view at(std::size_t offset, std::size_t size) { return "
             "{lares_embedded_assets + "
             "offset, size}; }\n\n"
             "const std::vector<Asset>& files() {\n    static const std::vector<Asset> all{\n";
    std::size_t offset = 0;
    const auto put = [&](const std::string& data) {
        binary << data;
        offset += data.size();
        return "at(" + std::to_string(offset - data.size()) + ", " + std::to_string(data.size()) + ")";
    };
    for (const auto& [path, file] : named) {
        std::ifstream in(file, std::ios::binary);
        const std::string data((std::istreambuf_iterator<char>(in)), {});
        std::string small_brotli = brotli(data), small_gzip = gzip(data);
        if (small_brotli.size() >= data.size() || path == "/index.html") small_brotli.clear();
        if (small_gzip.size() >= data.size() || path == "/index.html") small_gzip.clear();
        const bool immutable = path.starts_with("/assets/");  // Vite puts a hash into each of their names
        table << "        {\"" << path << "\", \"" << content_type(file.extension().string()) << "\", \"\\\""
              << etag(data) << "\\\"\", " << (immutable ? "true" : "false") << ", " << put(data) << ", "
              << put(small_brotli) << ", " << put(small_gzip) << "},\n";
    }
    table << "    };\n    return all;\n}\n\n}  // namespace\n\nstd::span<const Asset> embedded_assets() { "
             "return files(); }\n\n"
             "}  // namespace lares::http\n";
    binary.close();
    table.close();
    return binary && table ? 0 : 1;
}
