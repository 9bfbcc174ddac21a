// Addresses of the web, abbreviations, Roman numerals.
// Over 500 lines: half of it are tables.
#include <algorithm>
#include <initializer_list>

#include "voice/english/letters.h"
#include "voice/english/numbers.h"
#include "voice/english/reader.h"

namespace lares::voice::english {
namespace {

using View = std::u32string_view;

constexpr std::size_t max_spoken_address = 80;  // characters; what is beyond is left out

bool one_of(View word, std::initializer_list<View> list) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

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

enum class Where : unsigned char { anywhere, before_capital, before_digit, after_capital };

struct Abbreviation {
    View written;  // with its dots, but the last
    std::string_view said;
    Where where = Where::anywhere;
    bool needs_dot = true;       // "no" without its dot is a word
    bool ends_sentence = false;  // what often stands last: its dot then also ends the sentence
};

constexpr Abbreviation abbreviations[] = {
    {U"Mr", "Mister", Where::anywhere, false},
    {U"Mrs", "Missus", Where::anywhere, false},
    {U"Ms", "Miz", Where::before_capital, false},
    {U"Messrs", "Messers", Where::anywhere, false},
    {U"Dr", "Doctor", Where::before_capital, false},
    {U"Dr", "Drive", Where::after_capital, false, true},
    {U"Dr", "Doctor"},
    {U"Prof", "Professor", Where::before_capital, false},
    {U"St", "Saint", Where::before_capital, false},
    {U"St", "Street", Where::after_capital, false, true},
    {U"Ste", "Suite", Where::before_digit},
    {U"Mt", "Mount", Where::before_capital, false},
    {U"Ft", "Fort", Where::before_capital, false},
    {U"Gen", "General", Where::before_capital},
    {U"Gov", "Governor", Where::before_capital},
    {U"Sen", "Senator", Where::before_capital},
    {U"Rep", "Representative", Where::before_capital},
    {U"Capt", "Captain", Where::before_capital, false},
    {U"Lt", "Lieutenant", Where::before_capital, false},
    {U"Col", "Colonel", Where::before_capital},
    {U"Sgt", "Sergeant", Where::before_capital, false},
    {U"Cpl", "Corporal", Where::before_capital, false},
    {U"Cmdr", "Commander", Where::before_capital, false},
    {U"Maj", "Major", Where::before_capital},
    {U"Adm", "Admiral", Where::before_capital},
    {U"Rev", "Reverend", Where::before_capital},
    {U"Hon", "Honorable", Where::before_capital},
    {U"Pres", "President", Where::before_capital},
    {U"Supt", "Superintendent", Where::before_capital},
    {U"Msgr", "Monsignor", Where::before_capital, false},
    {U"Fr", "Father", Where::before_capital},
    {U"Atty", "Attorney", Where::before_capital},
    {U"Jr", "Junior", Where::anywhere, false, true},
    {U"Sr", "Senior", Where::after_capital, false, true},
    {U"Esq", "Esquire", Where::anywhere, true, true},
    {U"Ave", "Avenue", Where::after_capital, false, true},
    {U"Blvd", "Boulevard", Where::anywhere, false, true},
    {U"Rd", "Road", Where::after_capital, false, true},
    {U"Ln", "Lane", Where::after_capital, false, true},
    {U"Hwy", "Highway", Where::anywhere, false},
    {U"Pkwy", "Parkway", Where::anywhere, false, true},
    {U"Apt", "Apartment", Where::anywhere},
    {U"apt", "apartment", Where::before_digit},
    {U"Bldg", "Building", Where::anywhere, false, true},
    {U"Ltd", "Limited", Where::anywhere, false, true},
    {U"Inc", "Incorporated", Where::anywhere, false, true},
    {U"Corp", "Corporation", Where::anywhere, false, true},
    {U"Co", "Company", Where::after_capital, true, true},
    {U"Bros", "Brothers", Where::anywhere, false},
    {U"Dept", "Department", Where::anywhere, false},
    {U"dept", "department", Where::anywhere, false},
    {U"Univ", "University", Where::anywhere},
    {U"Assn", "Association", Where::anywhere},
    {U"Govt", "Government", Where::anywhere, false},
    {U"govt", "government", Where::anywhere, false},
    {U"approx", "approximately", Where::anywhere, false},
    {U"est", "established", Where::before_digit},
    {U"Est", "Established", Where::before_digit},
    {U"vs", "versus", Where::anywhere, false},
    {U"Vs", "Versus", Where::anywhere, false},
    {U"vol", "volume", Where::before_digit},
    {U"Vol", "Volume", Where::before_digit},
    {U"fig", "figure", Where::before_digit},
    {U"Fig", "Figure", Where::before_digit},
    {U"ch", "chapter", Where::before_digit},
    {U"Ch", "Chapter", Where::before_digit},
    {U"sec", "section", Where::before_digit},
    {U"Sec", "Section", Where::before_digit},
    {U"pp", "pages", Where::before_digit, false},
    {U"p", "page", Where::before_digit},
    {U"pg", "page", Where::before_digit},
    {U"no", "number", Where::before_digit},
    {U"No", "Number", Where::before_digit},
    {U"nos", "numbers", Where::before_digit},
    {U"Nos", "Numbers", Where::before_digit},
    {U"ext", "extension", Where::before_digit},
    {U"Ext", "Extension", Where::before_digit},
    {U"tel", "telephone", Where::before_digit},
    {U"Tel", "Telephone", Where::before_digit},
    {U"ca", "circa", Where::before_digit},
    {U"c", "circa", Where::before_digit},
    {U"cf", "compare"},
    {U"et al", "et al"},
    {U"etc", "et cetera", Where::anywhere, false, true},
    {U"e.g", "for example"},
    {U"E.g", "for example"},
    {U"I.e", "that is"},
    {U"ver", "version", Where::before_digit},
    {U"Ver", "Version", Where::before_digit},
    {U"Sat", "Saturday", Where::before_digit},
    {U"Sun", "Sunday", Where::before_digit},
    {U"WWI", "World War One", Where::anywhere, false},
    {U"WW1", "World War One", Where::anywhere, false},
    {U"WWII", "World War Two", Where::anywhere, false},
    {U"WW2", "World War Two", Where::anywhere, false},
    {U"m/s", "meters per second", Where::anywhere, false},
    {U"km/s", "kilometers per second", Where::anywhere, false},
    {U"eg", "for example"},
    {U"i.e", "that is"},
    {U"ie", "that is"},
    {U"viz", "namely"},
    {U"a.k.a", "also known as", Where::anywhere, false},
    {U"aka", "also known as", Where::anywhere, false},
    {U"AKA", "also known as", Where::anywhere, false},
    {U"Ph.D", "P H D", Where::anywhere, false, true},
    {U"PhD", "P H D", Where::anywhere, false, true},
    {U"PhDs", "P H Dees", Where::anywhere, false, true},
    {U"a.m", "A.M", Where::anywhere, false, true},
    {U"p.m", "P.M", Where::anywhere, false, true},
    {U"Jan", "January", Where::anywhere},
    {U"Feb", "February", Where::anywhere},
    {U"Apr", "April", Where::anywhere},
    {U"Aug", "August", Where::anywhere},
    {U"Sept", "September", Where::anywhere, false},
    {U"Oct", "October", Where::anywhere},
    {U"Nov", "November", Where::anywhere},
    {U"Dec", "December", Where::anywhere},
    {U"Mon", "Monday", Where::anywhere},
    {U"Tue", "Tuesday", Where::anywhere},
    {U"Tues", "Tuesday", Where::anywhere, false},
    {U"Wed", "Wednesday", Where::anywhere},
    {U"Thu", "Thursday", Where::anywhere},
    {U"Thur", "Thursday", Where::anywhere, false},
    {U"Thurs", "Thursday", Where::anywhere, false},
    {U"Fri", "Friday", Where::anywhere},
    {U"w/o", "without", Where::anywhere, false},
    {U"w/", "with", Where::anywhere, false},
    {U"b/c", "because", Where::anywhere, false},
    {U"c/o", "care of", Where::anywhere, false},
    {U"n/a", "not applicable", Where::anywhere, false},
    {U"N/A", "not applicable", Where::anywhere, false},
    {U"s/he", "she or he", Where::anywhere, false},
    {U"he/she", "he or she", Where::anywhere, false},
    {U"she/he", "she or he", Where::anywhere, false},
    {U"his/her", "his or her", Where::anywhere, false},
    {U"him/her", "him or her", Where::anywhere, false},
    {U"and/or", "and or", Where::anywhere, false},
    {U"BTW", "by the way", Where::anywhere, false},
    {U"btw", "by the way", Where::anywhere, false},
    {U"IMO", "in my opinion", Where::anywhere, false},
    {U"imo", "in my opinion", Where::anywhere, false},
    {U"IMHO", "in my humble opinion", Where::anywhere, false},
    {U"imho", "in my humble opinion", Where::anywhere, false},
    {U"idk", "I don't know", Where::anywhere, false},
    {U"IDK", "I don't know", Where::anywhere, false},
    {U"tbh", "to be honest", Where::anywhere, false},
    {U"TBH", "to be honest", Where::anywhere, false},
    {U"AFAIK", "as far as I know", Where::anywhere, false},
    {U"afaik", "as far as I know", Where::anywhere, false},
    {U"TBD", "to be determined", Where::anywhere, false},
    {U"pls", "please", Where::anywhere, false},
    {U"plz", "please", Where::anywhere, false},
    {U"thx", "thanks", Where::anywhere, false},
    {U"govt", "government", Where::anywhere, false},
    {U"misc", "miscellaneous"},
    {U"min", "minimum", Where::before_digit},
    {U"max", "maximum", Where::before_digit},
    {U"avg", "average", Where::anywhere, false},
    {U"qty", "quantity", Where::anywhere, false},
    {U"temp", "temperature", Where::before_digit},
    {U"dist", "district"},
    {U"hr", "hour"},
    {U"hrs", "hours"},
    {U"yrs", "years", Where::anywhere, false},
    {U"lbs", "pounds", Where::anywhere, false},
    {U"km/h", "kilometers per hour", Where::anywhere, false},
    {U"mph", "miles per hour", Where::anywhere, false},
    {U"mi/h", "miles per hour", Where::anywhere, false},
};

std::string_view day_or_month(View brief) {
    static constexpr std::pair<View, std::string_view> days[] = {
        {U"Mon", "Monday"}, {U"Tue", "Tuesday"},  {U"Wed", "Wednesday"}, {U"Thu", "Thursday"},
        {U"Fri", "Friday"}, {U"Sat", "Saturday"}, {U"Sun", "Sunday"}};
    for (const auto& [written, said] : days) {
        if (written == brief) return said;
    }
    for (unsigned month = 1; month <= 12; ++month) {
        const auto name = month_name(month);
        if (brief.size() == 3 && std::equal(brief.begin(), brief.end(), name.begin(),
                                            [](char32_t a, char b) { return a == static_cast<char32_t>(b); }))
            return name;
    }
    return {};
}

bool follows_capital(const Reader& reader, std::size_t i) {
    if (reader.before(i) == ',') return true;
    if (reader.before(i) != ' ') return false;
    std::size_t end = i - 1;
    if (reader.before(end) == ',') --end;
    std::size_t begin = end;
    while (begin > 0 && end - begin < 32 &&
           (is_letter(reader.before(begin)) || is_digit(reader.before(begin))))
        --begin;
    return begin < end && (is_upper(reader.at(begin)) || is_digit(reader.at(begin)));
}

bool stands_right(const Reader& reader, const Abbreviation& entry, std::size_t end) {
    const auto next = reader.skip_spaces(end);
    switch (entry.where) {
        case Where::anywhere:
            return true;
        case Where::before_capital:
            return next > end && is_upper(reader.at(next));
        case Where::before_digit:
            return is_digit(reader.at(next)) || (reader.at(next) == '#' && is_digit(reader.at(next + 1)));
        case Where::after_capital:
            return follows_capital(reader, reader.cursor());
    }
    return false;
}

bool names_a_king(View lower) {
    return one_of(
        lower,
        {U"pope",        U"king",       U"queen",     U"henry",     U"louis",     U"edward",    U"george",
         U"william",     U"charles",    U"james",     U"richard",   U"elizabeth", U"napoleon",  U"pius",
         U"benedict",    U"leo",        U"paul",      U"ramses",    U"ramesses",  U"frederick", U"philip",
         U"alexander",   U"nicholas",   U"peter",     U"catherine", U"ivan",      U"umberto",   U"emmanuel",
         U"gustav",      U"christian",  U"ferdinand", U"mary",      U"john",      U"francis",   U"gregory",
         U"clement",     U"innocent",   U"urban",     U"robert",    U"david",     U"darius",    U"xerxes",
         U"ptolemy",     U"cleopatra",  U"thutmose",  U"amenhotep", U"seti",      U"harald",    U"olaf",
         U"haakon",      U"margrethe",  U"wilhelm",   U"franz",     U"joseph",    U"leopold",   U"otto",
         U"constantine", U"theodosius", U"justinian", U"basil",     U"selim",     U"mehmed",    U"suleiman",
         U"murad",       U"afonso",     U"alfonso",   U"pedro",     U"isabella",  U"juan",      U"carlos",
         U"alexandra",   U"victor",     U"albert",    U"rainier",   U"baldwin",   U"stephen",   U"sixtus",
         U"boniface",    U"adrian",     U"eugene",    U"celestine", U"julius",    U"ludwig",    U"maximilian",
         U"rudolf",      U"sigismund",  U"casimir",   U"matthias",  U"bela"});
}

bool is_numbered_thing(View lower) {
    return one_of(
        lower,
        {U"chapter", U"vol",    U"ch",       U"part",     U"act",      U"scene",     U"section",  U"volume",
         U"book",    U"phase",  U"article",  U"war",      U"mark",     U"type",      U"level",    U"stage",
         U"class",   U"grade",  U"bowl",     U"apollo",   U"gemini",   U"fantasy",   U"episode",  U"round",
         U"rocky",   U"title",  U"canto",    U"verse",    U"appendix", U"figure",    U"table",    U"unit",
         U"module",  U"tier",   U"category", U"opus",     U"no",       U"number",    U"symphony", U"season",
         U"series",  U"rank",   U"group",    U"division", U"schedule", U"amendment", U"saturn",   U"mach",
         U"zone",    U"region", U"sequence", U"tome",     U"lesson",   U"step",      U"theorem"});
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

bool read_abbreviation(Reader& reader) {
    const std::size_t begin = reader.cursor();
    const Abbreviation* found = nullptr;
    std::size_t found_end = 0;
    bool found_dot = false;
    for (const Abbreviation& entry : abbreviations) {
        if (reader.at(begin) != entry.written[0] || !reader.starts(begin, entry.written)) continue;
        std::size_t end = begin + entry.written.size();
        const bool slash = entry.written.back() == '/';
        if (!slash && !reader.ends_word(end)) continue;
        const bool dot = reader.at(end) == '.' && !slash;
        if (entry.needs_dot && !dot) continue;
        if (!slash && (reader.at(end) == '\'' || (reader.at(end) == '-' && is_letter(reader.at(end + 1)))))
            continue;
        if (!stands_right(reader, entry, end + (dot ? 1 : 0))) continue;
        if (found != nullptr && found->written.size() >= entry.written.size()) continue;
        found = &entry;
        found_end = end + (dot ? 1 : 0);
        found_dot = dot;
    }
    if (found == nullptr) {
        // "Mon-Fri", "Jan–Mar"
        const std::size_t dash = reader.letters_end(begin), until = dash + 1;
        if (dash - begin == 3 && (reader.at(dash) == '-' || reader.at(dash) == U'–')) {
            const auto first = day_or_month(reader.look(begin, 3)),
                       last = day_or_month(reader.look(until, 3));
            if (!first.empty() && !last.empty() && reader.ends_word(until + 3)) {
                reader.say(first, begin, dash);
                reader.say("to", dash, until);
                reader.say(last, until, until + 3);
                reader.go(until + 3);
                return true;
            }
        }
        // "3 in x 5 in"
        if (reader.at(begin) == 'x' && reader.ends_word(begin + 1) && reader.before(begin) == ' ' &&
            is_digit(reader.at(reader.skip_spaces(begin + 1))) &&
            (unit_name(reader.word_before(begin), false).empty() ? reader.before(begin - 1) == '"' : true)) {
            reader.say("by", begin, begin + 1);
            reader.go(begin + 1);
            return true;
        }
        // Initials: "J. K. Rowling", "U.S. Army". The dots of letters in a row stay: they are spelled.
        if (is_upper(reader.at(begin)) && reader.at(begin + 1) == '.' && reader.at(begin + 2) == ' ' &&
            is_upper(reader.at(begin + 3)) && !is_letter(reader.before(begin)) && reader.at(begin) != 'I') {
            reader.letters(begin, begin + 1);
            reader.go(begin + 2);
            return true;
        }
        return false;
    }
    reader.say(found->said, begin, found_end);
    const auto next = reader.skip_spaces(found_end);
    const char32_t after = reader.at(next);
    if (found_dot && (after == 0 || after == '\n' ||
                      (found->ends_sentence && next > found_end && is_upper(after) &&
                       found->where != Where::before_capital && found->said != "Junior" &&
                       found->said != "Incorporated" && found->said != "Senior")))
        reader.mark(U'.', found_end - 1, found_end);
    reader.go(found_end);
    return true;
}

bool read_roman(Reader& reader) {
    const std::size_t begin = reader.cursor(), end = reader.letters_end(begin);
    std::u32string letters(reader.look(begin, std::min<std::size_t>(end - begin, 16)));
    // "Scene iii"
    if (letters.size() > 1 && letters.find_first_not_of(U"ivxl") == View::npos &&
        is_numbered_thing(reader.word_before(begin)))
        letters = to_upper(letters);
    const unsigned number = roman(letters);
    if (number == 0 || !reader.ends_word(end)) return false;
    if (reader.before(begin) != ' ' && reader.before(begin) != '-') return false;
    if (reader.at(end) == '\'' || reader.at(end) == '&') return false;
    const auto before = reader.word_before(begin);
    std::size_t start = begin - 1;
    while (start > 0 && is_letter(reader.before(start))) --start;
    const bool name = is_upper(reader.at(start));
    const bool king = name && names_a_king(before), thing = is_numbered_thing(before);
    const auto next = reader.word_after(end);
    if (letters.size() > 1 &&
        (before == U"the" || one_of(next, {U"century", U"dynasty", U"Olympic", U"Olympics", U"Congress",
                                           U"Century", U"Dynasty"})) &&
        letters.find_first_of(U"IVX") != View::npos && letters != U"XL" && letters != U"XX" &&
        letters != U"MIX") {
        reader.say(ordinal(number), begin, end);
        reader.go(end);
        return true;
    }
    if (before.empty()) return false;
    if (letters.size() == 1) {
        // A lone I is a person, mostly; behind a king's name that opens the sentence it is a number, unless a
        // verb of the first person follows.
        const auto after = reader.word_after(end);
        const bool verb =
            !after.empty() && is_lower(after[0]) &&
            !one_of(after, {U"of", U"and", U"was", U"is", U"began", U"ended", U"in", U"ruled", U"reigned",
                            U"the", U"to", U"by", U"on", U"when", U"who", U"lost", U"became", U"died"});
        const bool opens = start == 0 || reader.before(start) == '.';
        if (letters[0] == 'I') {
            if (!name || !(king || thing) || verb || (king && after == U"lost" && !opens)) return false;
        } else if (!(king || thing) || (letters[0] != 'V' && letters[0] != 'X')) {
            return false;
        }
    } else if (!king && !thing) {
        // "Terminator II", but no words: "MIX", "CD", "DC", "MD", "CV".
        const bool word =
            one_of(letters, {U"MIX", U"CD", U"DC",  U"MD",  U"CV",  U"MC", U"DI",   U"LI",    U"XL",
                             U"CC",  U"DM", U"MM",  U"DIM", U"MI",  U"CI", U"MIDI", U"CIVIL", U"LCD",
                             U"DVD", U"XX", U"XXX", U"MV",  U"DVI", U"ML", U"DL",   U"CL",    U"XI"});
        if (!name || word || letters.find_first_of(U"IVX") == View::npos) return false;
    }
    reader.say(king ? "the " + ordinal(number) : cardinal(number), begin, end);
    reader.go(end);
    return true;
}

}  // namespace lares::voice::english
