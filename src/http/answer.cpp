#include "http/answer.h"

#include <cmath>
#include <functional>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "http/range.h"
#include "http/route.h"

namespace lares::http {

namespace {

std::string attachment(const std::string& name) {
    // RFC 6266: an ASCII form and the UTF-8 one.
    std::string ascii, encoded;
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           c == '.' || c == '-' || c == '_';
        ascii += plain || c == ' ' ? c : '_';
        if (plain)
            encoded += c;
        else
            encoded += '%' + to_hex(std::string_view(reinterpret_cast<const char*>(&byte), 1));
    }
    return "attachment; filename=\"" + ascii + "\"; filename*=UTF-8''" + encoded;
}

void add_download(Answer& answer, const std::string& name) {
    if (!name.empty()) answer.headers.emplace_back("content-disposition", attachment(name));
}

std::string_view title_of(Code code) {
    switch (code) {
        case Code::bad_request:
            return "Bad request";
        case Code::unauthorized:
            return "Sign in first";
        case Code::forbidden:
            return "Not allowed";
        case Code::not_found:
            return "Not found";
        case Code::conflict:
            return "Conflict";
        case Code::too_large:
            return "Too large";
        case Code::unsupported:
            return "Unsupported media type";
        case Code::unprocessable:
            return "Cannot be done";
        case Code::rate_limited:
            return "Too many requests";
        case Code::internal:
            return "Internal error";
        case Code::upstream:
            return "Another server failed";
        case Code::unavailable:
            return "Not available now";
        case Code::timeout:
            return "Out of time";
        case Code::storage_full:
            return "Storage is full";
        case Code::cancelled:
            return "Cancelled";
    }
    return "Error";
}

// What http itself refuses with a status that has no Code of its own.
unsigned status_of_error(const Error& error) {
    if (error.type == "misdirected-request") return 421;
    if (error.type == "method-not-allowed") return 405;
    if (error.type == "headers-too-large") return 431;
    if (error.type == "upgrade-required") return 426;
    if (error.type == "request-timeout") return 408;
    if (error.type == "range-not-satisfiable") return 416;
    return status_of(error.code);
}

}  // namespace

OpenFile::~OpenFile() {
    if (descriptor >= 0) ::close(descriptor);
}

std::uint64_t Answer::source_size() const {
    if (file) return file->size;
    return constant_body.data() ? constant_body.size() : body.size();
}

unsigned status_of(Code code) {
    switch (code) {
        case Code::bad_request:
            return 400;
        case Code::unauthorized:
            return 401;
        case Code::forbidden:
            return 403;
        case Code::not_found:
            return 404;
        case Code::conflict:
            return 409;
        case Code::too_large:
            return 413;
        case Code::unsupported:
            return 415;
        case Code::unprocessable:
            return 422;
        case Code::rate_limited:
            return 429;
        case Code::internal:
            return 500;
        case Code::upstream:
            return 502;
        case Code::unavailable:
            return 503;
        case Code::timeout:
            return 504;
        case Code::storage_full:
            return 507;
        case Code::cancelled:
            return 499;
    }
    return 500;
}

std::string_view reason_of(unsigned status) {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 206:
            return "Partial Content";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 411:
            return "Length Required";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 416:
            return "Range Not Satisfiable";
        case 421:
            return "Misdirected Request";
        case 422:
            return "Unprocessable Content";
        case 426:
            return "Upgrade Required";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 499:
            return "Client Closed Request";
        case 500:
            return "Internal Server Error";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 507:
            return "Insufficient Storage";
        default:
            return "Status";
    }
}

std::string problem_json(const Error& error) {
    boost::json::object out;
    const bool absent = error.type == "not-found";
    out["type"] = error.type.empty() ? "internal" : error.type;
    out["title"] = title_of(error.code);
    out["status"] = status_of_error(error);
    out["detail"] = absent ? "There is nothing here." : error.message;
    if (!absent && !error.field.empty()) out["field"] = error.field;
    if (const auto& over = error.overflow)
        out["overflow"] =
            boost::json::object{{"part", over->part}, {"tokens", over->tokens}, {"remedy", over->remedy}};
    for (const auto& [name, id] : error.ids) out[name] = id;
    return boost::json::serialize(out);
}

Answer problem(const Error& error) {
    Answer answer{.status = status_of_error(error),
                  .content_type = "application/problem+json",
                  .body = problem_json(error)};
    if (error.retry_after_ms)
        answer.headers.emplace_back(
            "retry-after", std::to_string((std::max<std::int64_t>(*error.retry_after_ms, 0) + 999) / 1000));
    if (answer.status == 401) answer.headers.emplace_back("www-authenticate", "Bearer");
    return answer;
}

Answer json_answer(unsigned status, std::string json) {
    return {.status = status, .content_type = "application/json", .body = std::move(json)};
}

Answer text_answer(unsigned status, std::string text, std::string content_type) {
    return {.status = status, .content_type = std::move(content_type), .body = std::move(text)};
}

bool names_etag(std::string_view list, std::string_view etag) {
    if (trim(list) == "*") return true;
    while (!list.empty()) {
        const auto comma = list.find(',');
        std::string_view tag = trim(list.substr(0, comma));
        list = comma == list.npos ? std::string_view{} : list.substr(comma + 1);
        if (tag.starts_with("W/")) tag.remove_prefix(2);
        if (tag == etag) return true;
    }
    return false;
}

void apply_conditions(const RequestHead& head, Answer& answer) {
    if (answer.status != 200) return;
    if (!answer.etag.empty()) {
        if (const auto match = head.header("if-none-match");
            !match.empty() && names_etag(match, answer.etag)) {
            answer.status = 304;
            answer.content_type = {};
            answer.body.clear();
            answer.constant_body = {};
            answer.file.reset();
            return;
        }
    }
    if (!answer.ranges) return;
    answer.headers.emplace_back("accept-ranges", "bytes");
    const std::string_view range = head.header("range");
    if (range.empty() || head.method != Method::get) return;
    if (const auto condition = head.header("if-range"); !condition.empty() && condition != answer.etag)
        return;
    std::vector<ByteRange> ranges;
    const std::uint64_t size = answer.source_size();
    switch (parse_range(range, size, ranges)) {
        case RangeResult::whole:
            return;
        case RangeResult::unsatisfiable: {
            auto headers = std::move(answer.headers);
            answer = problem(Error{Code::bad_request,
                                   "range-not-satisfiable",
                                   "The range lies outside of the " + std::to_string(size) + " bytes.",
                                   {},
                                   {},
                                   {}});
            answer.headers = std::move(headers);
            answer.headers.emplace_back("content-range", "bytes */" + std::to_string(size));
            return;
        }
        case RangeResult::partial:
            break;
    }
    const auto content_range = [size](const ByteRange& r) {
        return "bytes " + std::to_string(r.first) + '-' + std::to_string(r.last) + '/' + std::to_string(size);
    };
    answer.status = 206;
    if (ranges.size() == 1) {
        answer.headers.emplace_back("content-range", content_range(ranges[0]));
        answer.slices.push_back({{}, ranges[0].first, ranges[0].size()});
        return;
    }
    const std::string boundary = "lares-" + to_hex(answer.etag.substr(0, 12)) + "-part";
    for (const ByteRange& r : ranges)
        answer.slices.push_back({"\r\n--" + boundary +
                                     "\r\ncontent-type: " + std::string(answer.content_type.view()) +
                                     "\r\ncontent-range: " + content_range(r) + "\r\n\r\n",
                                 r.first, r.size()});
    answer.slices.push_back({"\r\n--" + boundary + "--\r\n", 0, 0});
    answer.content_type = MediaType("multipart/byteranges; boundary=" + boundary);
}

namespace detail {

Answer to_answer(Answer answer, unsigned) {
    return answer;
}

Answer to_answer(Bytes bytes, unsigned status) {
    const std::size_t hash = std::hash<std::string>{}(bytes.data);
    Answer answer{
        .status = status, .content_type = std::move(bytes.content_type), .body = std::move(bytes.data)};
    answer.etag = '"' + std::to_string(answer.body.size()) + '-' + std::to_string(hash) + '"';
    answer.cache_control = std::move(bytes.cache_control);
    answer.ranges = true;
    add_download(answer, bytes.download_name);
    return answer;
}

Answer to_answer(File file, unsigned status) {
    auto open = std::make_shared<OpenFile>();
    open->descriptor = ::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat info{};
    if (open->descriptor < 0 || ::fstat(open->descriptor, &info) != 0 || !S_ISREG(info.st_mode))
        return problem(Error{Code::not_found, "not-found", {}, {}, "cannot open " + file.path.string(), {}});
    open->size = static_cast<std::uint64_t>(info.st_size);
    Answer answer{.status = status, .content_type = std::move(file.content_type)};
    answer.etag = '"' + std::to_string(open->size) + '-' + std::to_string(info.st_mtim.tv_sec) + '.' +
                  std::to_string(info.st_mtim.tv_nsec) + '"';
    answer.file = std::move(open);
    answer.cache_control = std::move(file.cache_control);
    answer.ranges = true;
    add_download(answer, file.download_name);
    return answer;
}

Answer to_answer(Nothing, unsigned status) {
    return {.status = status == 200 ? 204 : status};
}

}  // namespace detail

}  // namespace lares::http
