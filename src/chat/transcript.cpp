// Our own form, and what both forms share.
#include "chat/transcript.h"

#include <array>
#include <map>

#include <boost/json/object.hpp>

#include "base/text.h"
#include "chat/transcript_lines.h"
#include "json/json.h"

namespace lares::chat {

namespace {

constexpr std::int64_t version = 1;

// The header and the messages as they stand in the file; members that are absent are not written.
struct Header {
    std::string lares = "conversation";
    std::int64_t version = 1;
    std::optional<std::string> title;
    std::optional<Titled> titled;
    std::optional<bool> pinned, archived;
    std::optional<std::int64_t> created;
    std::optional<Settings> settings;
    std::optional<boost::json::object> metadata;
    std::optional<ConversationId> from_conversation;
    std::optional<MessageId> from_message;
    std::optional<std::int64_t> leaf;
};
BOOST_DESCRIBE_STRUCT(Header, (),
                      (lares, version, title, titled, pinned, archived, created, settings, metadata,
                       from_conversation, from_message, leaf))
constexpr bool json_omits_empty(const Header*) {
    return true;
}
constexpr auto json_rules(const Header*) {
    return std::array{json::range("created", 0, date_max)};
}

constexpr std::size_t prompt_state_max = std::size_t{1} << 20;

// A file of a message. Only its name and its bytes are believed.
struct FileLine {
    std::string name, media_type;
    std::string data;  // base64
};
BOOST_DESCRIBE_STRUCT(FileLine, (), (name, media_type, data))

struct Line {
    std::int64_t n = 0;
    std::optional<std::int64_t> parent;
    Role role = Role::user;
    std::string text;
    std::optional<State> state;
    std::int64_t created = 0;
    std::optional<bool> hidden, pinned;
    std::optional<std::int64_t> removed_by, edit_of, chosen;
    std::optional<std::string> unheard;
    std::optional<Usage> usage;
    std::optional<Trace> trace;
    std::optional<boost::json::object> extra;
    std::optional<std::vector<FileLine>> attachments;
    std::optional<std::string> prompt_state;  // JSON, opaque
};
BOOST_DESCRIBE_STRUCT(Line, (),
                      (n, parent, role, text, state, created, hidden, pinned, removed_by, edit_of, chosen,
                       unheard, usage, trace, extra, attachments, prompt_state))
constexpr bool json_omits_empty(const Line*) {
    return true;
}
constexpr auto json_rules(const Line*) {
    return std::array{json::range("created", 0, date_max)};
}

std::optional<boost::json::object> object_of(const std::optional<std::string>& text) {
    if (!text) return std::nullopt;
    auto value = json::parse_value(*text);
    if (!value || !value->is_object()) return std::nullopt;
    return std::move(value->as_object());
}

std::optional<bool> only_true(bool value) {
    return value ? std::optional(true) : std::nullopt;
}

// A reference by n to a place in the list.
Result<std::optional<std::size_t>> place_of(const std::optional<std::int64_t>& n, std::size_t count,
                                            std::int64_t line, std::string_view field) {
    if (!n) return std::nullopt;
    if (*n < 1 || *n > static_cast<std::int64_t>(count))
        return transcript::bad_line(line, std::string(field) + " names no message of this file");
    return static_cast<std::size_t>(*n - 1);
}

// Every message must be reached from a first one.
Result<void> check_tree(const std::vector<CopiedMessage>& messages) {
    enum class Mark : std::uint8_t { unseen, on_the_way, rooted };
    std::vector<Mark> marks(messages.size(), Mark::unseen);
    std::vector<std::size_t> way;
    for (std::size_t start = 0; start < messages.size(); ++start) {
        way.clear();
        std::optional<std::size_t> at = start;
        while (at && marks[*at] == Mark::unseen) {
            marks[*at] = Mark::on_the_way;
            way.push_back(*at);
            at = messages[*at].parent;
        }
        if (at && marks[*at] == Mark::on_the_way)
            return transcript::bad_line(static_cast<std::int64_t>(start) + 2, "parent leads back to itself");
        for (const auto each : way) marks[each] = Mark::rooted;
    }
    for (std::size_t i = 0; i < messages.size(); ++i)
        if (const auto chosen = messages[i].chosen; chosen && messages[*chosen].parent != i)
            return transcript::bad_line(static_cast<std::int64_t>(i) + 2,
                                        "chosen names no child of the message");
    return {};
}

Result<Payload> payload_of(const Line& line, std::int64_t at) {
    if (auto good = transcript::good_text(line.text, at); !good) return fail(std::move(good).error());
    Payload out;
    out.role = line.role;
    out.text = line.text;
    out.state = line.state.value_or(State::done);
    out.created = line.created;
    out.hidden = line.hidden;
    out.pinned = line.pinned;
    out.unheard = line.unheard;
    out.usage = line.usage;
    out.trace = line.trace;
    if (line.extra) out.extra = json::write(boost::json::value(*line.extra));
    return out;
}

Result<std::vector<ReadFile>> files_of(const Line& line, std::int64_t at) {
    std::vector<ReadFile> out;
    if (!line.attachments) return out;
    if (line.attachments->size() > AttachmentLimits::per_message)
        return transcript::bad_line(
            at, "has more than " + std::to_string(AttachmentLimits::per_message) + " attachments");
    for (const auto& each : *line.attachments) {
        auto bytes = from_base64(each.data);
        if (!bytes) return transcript::bad_line(at, "attachments.data must be base64");
        auto file = read_attachment(each.name, std::move(*bytes));
        if (!file) return transcript::bad_line(at, "attachments: " + file.error().message);
        out.push_back(std::move(*file));
    }
    return out;
}

}  // namespace

namespace transcript {

tl::unexpected<Error> bad_line(std::int64_t line, std::string_view rule) {
    return fail(
        Code::bad_request, "invalid-chat",
        "Line " + std::to_string(line) + " of the chat: " + std::string(rule) + ". Nothing was imported.");
}

Result<void> good_text(std::string_view text, std::int64_t line) {
    if (text.find('\0') != std::string_view::npos) return bad_line(line, "the text must not contain NUL");
    if (count_code_points(text) > Limits::message_code_points_max)
        return bad_line(line, "the text has more than " + std::to_string(Limits::message_code_points_max) +
                                  " characters");
    return {};
}

bool Lines::next() {
    while (!rest_.empty()) {
        const auto end = std::min(rest_.find('\n'), rest_.size());
        text_ = trim(rest_.substr(0, end));
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        ++number_;
        if (!text_.empty()) return true;
    }
    return false;
}

Result<boost::json::object> Lines::object() const {
    const auto mended = json::without_lone_surrogates(text_);
    auto value = json::parse_value(mended.empty() ? text_ : mended);
    if (!value) return bad_line(number_, "is no JSON (" + value.error().message + ")");
    if (!value->is_object()) return bad_line(number_, "must be a JSON object");
    return std::move(value->as_object());
}

Result<ReadTranscript> read_lossless(Lines lines, boost::json::object first) {
    const auto read_line = [&lines](auto& into, const boost::json::object& object) -> Result<void> {
        auto read = json::from_value<std::remove_cvref_t<decltype(into)>>(boost::json::value(object));
        if (!read) return bad_line(lines.number(), read.error().field + " " + read.error().message);
        into = std::move(*read);
        return {};
    };
    Header header;
    LARES_CHECK(read_line(header, first));
    if (header.version != version)
        return bad_line(lines.number(), "version must be " + std::to_string(version));
    ReadTranscript out;
    auto& made = out.conversation;
    made.created.title = header.title;
    made.created.titled = header.titled;
    made.created.pinned = header.pinned;
    made.created.archived = header.archived;
    made.created.created = header.created;
    made.created.settings = header.settings;
    if (header.metadata) made.created.metadata = json::write(boost::json::value(*header.metadata));
    made.created.from_conversation = header.from_conversation;
    made.created.from_message = header.from_message;
    std::vector<Line> all;
    std::vector<std::int64_t> numbers;
    while (lines.next()) {
        LARES_TRY(const auto object, lines.object());
        if (all.size() >= Limits::messages_max) return too_many();
        Line line;
        LARES_CHECK(read_line(line, object));
        if (line.n != static_cast<std::int64_t>(all.size()) + 1)
            return bad_line(lines.number(), "n must be " + std::to_string(all.size() + 1));
        all.push_back(std::move(line));
        numbers.push_back(lines.number());
    }
    std::size_t file_bytes = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        CopiedMessage message;
        LARES_TRY(message.payload, payload_of(all[i], numbers[i]));
        LARES_TRY(message.files, files_of(all[i], numbers[i]));
        for (const auto& file : message.files) file_bytes += file.bytes.size();
        if (file_bytes > AttachmentLimits::conversation_bytes)
            return bad_line(numbers[i],
                            "attachments: a conversation holds at most " +
                                std::to_string(AttachmentLimits::conversation_bytes / 1024 / 1024) +
                                " MB of them");
        if (all[i].prompt_state && all[i].prompt_state->size() > prompt_state_max)
            return bad_line(numbers[i],
                            "prompt_state has more than " + std::to_string(prompt_state_max) + " bytes");
        message.prompt_state = std::move(all[i].prompt_state);
        LARES_TRY(message.parent, place_of(all[i].parent, all.size(), numbers[i], "parent"));
        LARES_TRY(message.chosen, place_of(all[i].chosen, all.size(), numbers[i], "chosen"));
        LARES_TRY(message.removed_by, place_of(all[i].removed_by, all.size(), numbers[i], "removed_by"));
        LARES_TRY(message.edit_of, place_of(all[i].edit_of, all.size(), numbers[i], "edit_of"));
        made.messages.push_back(std::move(message));
    }
    LARES_TRY(made.leaf, place_of(header.leaf, all.size(), 1, "leaf"));
    LARES_CHECK(check_tree(made.messages));
    return out;
}

tl::unexpected<Error> too_many() {
    return fail(Code::too_large, "too-many-messages",
                "The chat has more than " + std::to_string(Limits::messages_max) + " messages.");
}

}  // namespace transcript

Result<ReadTranscript> read_transcript(std::string_view file, bool flatten, std::int64_t now_ms) {
    if (file.starts_with("\xEF\xBB\xBF")) file.remove_prefix(3);
    transcript::Lines lines(file);
    if (!lines.next()) return transcript::bad_line(1, "the file is empty");
    LARES_TRY(auto first, lines.object());
    const auto* lares = first.if_contains("lares");
    if (lares && lares->is_string() && lares->as_string() == "conversation")
        return transcript::read_lossless(lines, std::move(first));
    return transcript::read_sillytavern(lines, std::move(first), flatten, now_ms);
}

std::string write_lossless(const Whole& conversation) {
    const auto& [head, rows, files, states] = conversation;
    std::map<MessageId, std::int64_t> numbers;
    for (const auto& row : rows) numbers.emplace(row.id, static_cast<std::int64_t>(numbers.size()) + 1);
    const auto number_of = [&numbers](const std::optional<MessageId>& id) -> std::optional<std::int64_t> {
        const auto found = id ? numbers.find(*id) : numbers.end();
        return found == numbers.end() ? std::nullopt : std::optional(found->second);
    };
    Header header;
    header.version = version;
    header.title = head.title;
    header.titled = head.titled;
    header.pinned = only_true(head.pinned);
    header.archived = only_true(head.archived);
    header.created = head.created;
    if (head.settings) header.settings = settings_of(head);
    header.metadata = object_of(head.metadata);
    header.from_conversation = head.from_conversation;
    header.from_message = head.from_message;
    header.leaf = number_of(head.leaf);
    std::string out = json::write(header) + "\n";
    for (const auto& row : rows) {
        auto message = message_of(row);
        Line line;
        line.n = *number_of(row.id);
        line.parent = number_of(row.parent);
        line.role = row.role;
        line.text = row.text;
        if (row.state != State::done) line.state = row.state;
        line.created = row.created;
        line.hidden = only_true(row.hidden);
        line.pinned = only_true(row.pinned);
        line.removed_by = number_of(row.removed_by);
        line.edit_of = number_of(row.edit_of);
        line.chosen = number_of(row.chosen);
        line.unheard = row.unheard;
        line.usage = message.usage;
        line.trace = std::move(message.trace);
        line.extra = object_of(row.extra);
        if (const auto found = states.find(row.id); found != states.end()) line.prompt_state = found->second;
        for (const auto& each : attachments_of(row)) {
            const auto found = files.find(each.id);
            if (found == files.end()) continue;
            if (!line.attachments) line.attachments.emplace();
            line.attachments->push_back({each.name, each.media_type, to_base64(found->second)});
        }
        json::append(out, line);
        out += '\n';
    }
    return out;
}

}  // namespace lares::chat
