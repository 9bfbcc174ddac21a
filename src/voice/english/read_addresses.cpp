// Addresses of the web, names of files, @names and #topics.
#include <algorithm>

#include "voice/english/letters.h"
#include "voice/english/numbers.h"
#include "voice/english/reader.h"

namespace lares::voice::english {
namespace {

using View = std::u32string_view;

constexpr std::size_t max_spoken_address = 80;  // characters; what is beyond is left out

bool is_top_level(View lower) {
    return one_of(lower, {U"com", U"org",  U"net",  U"edu",  U"gov",    U"mil",   U"io",   U"co",   U"uk",
                          U"de",  U"fr",   U"info", U"biz",  U"us",     U"ca",    U"au",   U"tv",   U"me",
                          U"ly",  U"ai",   U"app",  U"dev",  U"eu",     U"jp",    U"cn",   U"ru",   U"nl",
                          U"se",  U"ch",   U"it",   U"es",   U"in",     U"br",    U"xyz",  U"gg",   U"fm",
                          U"to",  U"shop", U"blog", U"site", U"online", U"cloud", U"tech", U"local"});
}
bool is_file_ending(View lower) {
    return one_of(lower,
                  {U"txt",  U"pdf",  U"doc", U"docx", U"xls", U"xlsx", U"ppt",  U"pptx", U"csv", U"json",
                   U"xml",  U"html", U"htm", U"css",  U"js",  U"ts",   U"py",   U"cpp",  U"hpp", U"h",
                   U"c",    U"java", U"rs",  U"go",   U"rb",  U"php",  U"sh",   U"md",   U"png", U"jpg",
                   U"jpeg", U"gif",  U"svg", U"webp", U"mp3", U"mp4",  U"wav",  U"zip",  U"tar", U"gz",
                   U"exe",  U"dll",  U"so",  U"iso",  U"log", U"toml", U"yaml", U"yml",  U"ini", U"cfg",
                   U"db",   U"sql",  U"bak", U"tmp",  U"apk", U"mov",  U"avi",  U"mkv",  U"net"});
}
// Endings that are said as a word; others letter by letter.
bool is_said_ending(View lower) {
    return one_of(lower, {U"com",  U"org",  U"net",  U"gov",    U"mil",   U"info", U"biz",   U"app",
                          U"dev",  U"doc",  U"zip",  U"tar",    U"wav",   U"log",  U"java",  U"go",
                          U"shop", U"blog", U"site", U"online", U"cloud", U"tech", U"local", U"toml",
                          U"tmp",  U"edu",  U"co",   U"me",     U"to",    U"bin",  U"json"});
}

bool is_address_character(char32_t c) {
    return (c < 0x80 && (is_latin(c) || is_digit(c))) ||
           View(U"-._~:/?#[]@!$&'()*+,;=%").find(c) != View::npos;
}

std::string_view sign_name(char32_t c) {
    switch (c) {
        case '.':
            return "dot";
        case '/':
            return "slash";
        case '\\':
            return "backslash";
        case '-':
            return "dash";
        case '_':
            return "underscore";
        case '@':
            return "at";
        case '?':
            return "question mark";
        case '=':
            return "equals";
        case '&':
            return "and";
        case '#':
            return "hash";
        case '+':
            return "plus";
        case '%':
            return "percent";
        case ':':
            return "colon";
        case '~':
            return "tilde";
        default:
            return {};
    }
}

// Letters without a vowel, and a few that look like words, are spelled.
bool is_spelled(View lower) {
    if (one_of(lower, {U"www", U"io", U"uk", U"ai", U"tv", U"us", U"eu", U"id", U"ui", U"url", U"api", U"faq",
                       U"ip", U"usr"}))
        return lower != U"faq";
    return lower.size() <= 4 && lower.find_first_of(U"aeiouy") == View::npos;
}

void spell(Reader& reader, std::size_t from, std::size_t end) {
    for (std::size_t i = from; i < end; ++i) {
        const char32_t c = to_upper(reader.at(i));
        if (c == 'A') {
            reader.letters(i, i + 1);
        } else if (c < 0x80) {
            const char letter = static_cast<char>(c);
            reader.say({&letter, 1}, i, i + 1);
        }
    }
}

void say_address(Reader& reader, std::size_t from, std::size_t end) {
    const std::size_t spoken = std::min(end, from + max_spoken_address);
    for (std::size_t i = from; i < spoken;) {
        if (is_digit(reader.at(i))) {
            const auto stop = std::min(reader.digits_end(i), spoken);
            const auto digits = reader.digits(i, stop);
            reader.say(digits.size() > 4 || digits[0] == '0' ? by_digit(digits)
                       : digits.size() >= 3                  ? in_pairs(digits)
                                                             : cardinal(digits),
                       i, stop);
            i = stop;
        } else if (is_latin(reader.at(i))) {
            auto stop = std::min(reader.letters_end(i), spoken);
            // camelCase in parts
            for (std::size_t j = i + 1; j < stop; ++j) {
                if (is_upper(reader.at(j)) && is_lower(reader.at(j - 1))) stop = j;
            }
            const auto lower = to_lower(reader.look(i, stop - i));
            const bool ending =
                i > from && reader.before(i) == '.' && (is_top_level(lower) || is_file_ending(lower));
            if ((ending && !is_said_ending(lower)) || is_spelled(lower))
                spell(reader, i, stop);
            else
                reader.letters(i, stop);
            i = stop;
        } else {
            const auto name = sign_name(reader.at(i));
            if (!name.empty()) reader.say(name, i, i + 1);
            ++i;
        }
    }
    reader.go(spoken);
    if (spoken < end) reader.skip(end, "the rest of a long address");
}

// Punctuation at the end belongs to the sentence.
std::size_t trimmed(const Reader& reader, std::size_t from, std::size_t end) {
    while (end > from && View(U".,;:!?)]'\"*").find(reader.before(end)) != View::npos) --end;
    return end;
}

std::size_t address_end(const Reader& reader, std::size_t from) {
    std::size_t end = from;
    while (end - from < 2048 && is_address_character(reader.at(end))) ++end;
    return end;
}

bool read_url(Reader& reader) {
    const std::size_t begin = reader.cursor();
    std::size_t host = begin;
    for (const View scheme : {View(U"https://"), View(U"http://"), View(U"ftp://"), View(U"mailto:")}) {
        if (reader.starts_any_case(begin, scheme)) host = begin + scheme.size();
    }
    const bool www = reader.starts_any_case(host, U"www.");
    if (host == begin && !www) return false;
    const std::size_t end = trimmed(reader, host, address_end(reader, host));
    if (end == host) return false;
    std::size_t last = end;
    if (reader.before(last) == '/') --last;
    reader.go(host);
    say_address(reader, host, last);
    if (reader.cursor() < end) reader.go(end);
    return true;
}

bool read_email_or_domain(Reader& reader) {
    const std::size_t begin = reader.cursor();
    const auto part = [&](char32_t c) {
        return (c < 0x80 && (is_latin(c) || is_digit(c))) || c == '-' || c == '_' || c == '+' || c == '.';
    };
    std::size_t at = begin;
    while (at - begin < Reader::max_look && part(reader.at(at))) ++at;
    if (reader.at(at) == '@' && at > begin && part(reader.at(at + 1)) && reader.at(at + 1) != '.') {
        std::size_t end = at + 1;
        while (end - at < Reader::max_look && part(reader.at(end))) ++end;
        end = trimmed(reader, at + 1, end);
        if (reader.look(at, end - at).find(U'.') == View::npos) return false;
        say_address(reader, begin, end);
        return true;
    }
    std::size_t end = trimmed(reader, begin, at);
    const auto name = reader.look(begin, end - begin);
    const auto dot = name.rfind(U'.');
    if (dot == View::npos || dot == 0 || name.find(U"..") != View::npos) return false;
    const auto last = to_lower(name.substr(dot + 1));
    const bool domain = is_top_level(last) && name.find_first_of(U"+_") == View::npos;
    const bool file = is_file_ending(last);
    if (!domain && !file) return false;
    // "done.In the end" and "the a.me" are sentences without a space; a name in front is at least two long.
    if (name.find_first_not_of(U"0123456789.") == View::npos || is_upper(name[dot + 1])) return false;
    if (domain && !file && (dot < 2 || one_of(last, {U"in", U"to", U"me", U"it", U"us", U"es", U"so"})) &&
        reader.at(end) != '/')
        return false;
    if (reader.at(end) == '/' && domain) end = trimmed(reader, begin, address_end(reader, end));
    if (reader.before(end) == '/') {
        say_address(reader, begin, end - 1);
        reader.go(end);
    } else {
        say_address(reader, begin, end);
    }
    return true;
}

bool read_path(Reader& reader) {
    const std::size_t begin = reader.cursor();
    const char32_t c = reader.at(begin), next = reader.at(begin + 1);
    const bool windows = is_latin(c) && c < 0x80 && next == ':' && reader.at(begin + 2) == '\\';
    const bool unix_like =
        (c == '/' && is_lower(next) && !is_letter(reader.before(begin)) && !is_digit(reader.before(begin))) ||
        (c == '~' && next == '/');
    if (!windows && !unix_like) return false;
    std::size_t end = begin;
    const auto belongs = [](char32_t p) {
        return (p < 0x80 && (is_latin(p) || is_digit(p))) || View(U"/\\-_.~:").find(p) != View::npos;
    };
    while (end - begin < Reader::max_look && belongs(reader.at(end))) ++end;
    end = trimmed(reader, begin, end);
    if (unix_like && c == '/' && reader.look(begin + 1, end - begin - 1).find(U'/') == View::npos)
        return false;
    const std::size_t spoken = std::min(end, begin + max_spoken_address);
    for (std::size_t i = begin; i < spoken;) {
        if (reader.at(i) == '\\') {
            reader.say("backslash", i, i + 1);
            ++i;
        } else {
            std::size_t stop = i;
            while (stop < spoken && reader.at(stop) != '\\') ++stop;
            say_address(reader, i, stop);
            i = stop;
        }
    }
    reader.go(spoken);
    if (spoken < end) reader.skip(end, "the rest of a long address");
    return true;
}

bool read_handle(Reader& reader) {
    const std::size_t begin = reader.cursor();
    const char32_t c = reader.at(begin);
    if ((c != '@' && c != '#') || is_letter(reader.before(begin)) || is_digit(reader.before(begin)) ||
        !is_latin(reader.at(begin + 1)))
        return false;
    std::size_t end = begin + 1;
    while (end - begin < 64 &&
           (is_latin(reader.at(end)) || is_digit(reader.at(end)) || reader.at(end) == '_'))
        ++end;
    reader.say(c == '@' ? "at" : "hashtag", begin, begin + 1);
    for (std::size_t i = begin + 1; i < end;) {
        if (reader.at(i) == '_') {
            if (c == '@') reader.say("underscore", i, i + 1);
            ++i;
            continue;
        }
        std::size_t stop = i;
        while (stop < end && reader.at(stop) != '_') ++stop;
        say_address(reader, i, stop);
        i = stop;
    }
    reader.go(end);
    return true;
}

}  // namespace

bool read_address(Reader& reader) {
    const std::size_t begin = reader.cursor();
    if (reader.at(begin) == '.' && is_latin(reader.at(begin + 1)) &&
        (begin == 0 || reader.before(begin) == ' ' || reader.before(begin) == '(')) {
        const auto end = reader.letters_end(begin + 1);
        const auto name = to_lower(reader.look(begin + 1, end - begin - 1));
        if (is_top_level(name) || is_file_ending(name)) {
            say_address(reader, begin, end);
            return true;
        }
    }
    return read_url(reader) || read_email_or_domain(reader) || read_path(reader) || read_handle(reader);
}

}  // namespace lares::voice::english
