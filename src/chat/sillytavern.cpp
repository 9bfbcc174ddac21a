// SillyTavern's form of a chat file.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/text.h"
#include "chat/transcript_lines.h"
#include "json/json.h"

namespace lares::chat {

namespace {

using boost::json::object;
using boost::json::value;
using transcript::bad_line;

std::string text_in(const object& from, std::string_view name) {
    const auto* found = from.if_contains(name);
    return found && found->is_string() ? std::string(found->as_string()) : std::string();
}

bool flag_in(const object& from, std::string_view name) {
    const auto* found = from.if_contains(name);
    return found && found->is_bool() && found->as_bool();
}

std::optional<std::int64_t> integer_in(const object& from, std::string_view name) {
    const auto* found = from.if_contains(name);
    if (!found) return std::nullopt;
    if (found->is_int64()) return found->as_int64();
    if (found->is_uint64())
        return static_cast<std::int64_t>(std::min<std::uint64_t>(found->as_uint64(), INT64_MAX));
    if (found->is_double() && found->as_double() >= 0 && found->as_double() < 9e15)
        return static_cast<std::int64_t>(found->as_double());
    return std::nullopt;
}

std::optional<std::int64_t> date_in(const object& from) {
    if (const auto number = integer_in(from, "send_date")) return parse_send_date(std::to_string(*number));
    return parse_send_date(text_in(from, "send_date"));
}

// The author's note of chat_metadata.
std::optional<AuthorNote> note_in(const object& header) {
    const auto* found = header.if_contains("chat_metadata");
    if (!found || !found->is_object()) return std::nullopt;
    const auto& metadata = found->as_object();
    AuthorNote note;
    note.text = text_in(metadata, "note_prompt");
    if (note.text.empty() || note.text.find('\0') != std::string::npos ||
        count_code_points(note.text) > 20'000)
        return std::nullopt;
    note.depth = std::clamp<std::int64_t>(integer_in(metadata, "note_depth").value_or(4), 0, 10'000);
    note.interval = std::clamp<std::int64_t>(integer_in(metadata, "note_interval").value_or(1), 0, 10'000);
    const auto role = integer_in(metadata, "note_role").value_or(0);
    note.role = role == 1 ? NoteRole::user : role == 2 ? NoteRole::assistant : NoteRole::system;
    const auto position = integer_in(metadata, "note_position").value_or(1);
    note.position = position == 0   ? NotePosition::after_scenario
                    : position == 2 ? NotePosition::before_scenario
                                    : NotePosition::in_chat;
    return note;
}

// Those that the chat's macros set: texts, or numbers of other programs.
std::map<std::string, std::string> variables_in(const object& header) {
    constexpr std::size_t count_max = 1'000, bytes_max = 256 * 1024;  // as macros bound them
    std::map<std::string, std::string> out;
    const auto* metadata = header.if_contains("chat_metadata");
    const auto* all =
        metadata && metadata->is_object() ? metadata->get_object().if_contains("variables") : nullptr;
    if (!all || !all->is_object()) return out;
    std::size_t bytes = 0;
    for (const auto& [name, member] : all->get_object()) {
        if (!member.is_string() && !member.is_number() && !member.is_bool()) continue;
        std::string text = member.is_string() ? std::string(member.get_string()) : json::write(member);
        bytes += name.size() + text.size();
        if (out.size() == count_max || bytes > bytes_max) break;
        out.emplace(name, std::move(text));
    }
    return out;
}

void put_note(object& header, const AuthorNote& note) {
    auto& metadata = header["chat_metadata"];
    if (!metadata.is_object()) metadata = object();
    auto& into = metadata.as_object();
    into["note_prompt"] = note.text;
    into["note_depth"] = note.depth;
    into["note_interval"] = note.interval;
    into["note_role"] = static_cast<int>(note.role);
    into["note_position"] = note.position == NotePosition::in_chat          ? 1
                            : note.position == NotePosition::after_scenario ? 0
                                                                            : 2;
}

// Of one version's swipe_info, what our exports write from the line itself.
constexpr std::array<std::string_view, 4> of_version{"send_date", "gen_started", "gen_finished", "extra"};

// What a line has besides what we keep in words of our own. Of a line with swipes also what swipe_info says
// of the one that is shown and the line does not: with that, a line of one swipe is known.
std::string rest_of(const object& line, const object* info) {
    object rest;
    for (const auto& [name, member] : line)
        if (name != "mes" && name != "is_user" && name != "swipes" && name != "swipe_id" &&
            name != "swipe_info")
            rest.emplace(name, member);
    if (const auto* swipes = line.if_contains("swipes"); swipes && swipes->is_array()) {
        object own;
        if (info)
            for (const auto& [name, member] : *info)
                if (const auto* same = line.if_contains(name); !same || *same != member)
                    own.emplace(name, member);
        rest["swipe_info"] = std::move(own);
    }
    return json::write(value(std::move(rest)));
}

// Of another swipe: what its line would have, were it shown.
std::string rest_of_swipe(const object& line, const object* info) {
    object rest, own;
    for (const auto& [name, member] : line)
        if (name == "name" || name == "is_system" || name == "force_avatar" || name == "original_avatar")
            rest.emplace(name, member);
    if (info)
        for (const auto& [name, member] : *info) {
            const bool known = std::ranges::find(of_version, std::string_view(name)) != of_version.end();
            (known ? rest : own).insert_or_assign(name, member);
        }
    rest["swipe_info"] = std::move(own);
    return json::write(value(std::move(rest)));
}

class Reader {
public:
    Reader(bool flatten, std::int64_t now_ms) : flatten_(flatten), now_(now_ms) {}

    void header(const object& line) {
        auto& created = out_.conversation.created;
        created.metadata = json::write(value(line));
        out_.variables = variables_in(line);
        if (auto note = note_in(line)) {
            created.settings.emplace();
            created.settings->author_note = std::move(note);
        }
        if (const auto at = parse_send_date(text_in(line, "create_date"))) created.created = at;
        group_header_ = text_in(line, "user_name") == "unused" && text_in(line, "character_name") == "unused";
    }

    Result<void> message(const object& line, std::int64_t number) {
        const auto* mes = line.if_contains("mes");
        if (!mes) {
            out_.skipped.push_back({number, "it has no message (mes)"});
            return {};
        }
        if (!mes->is_string()) return bad_line(number, "mes must be text");
        if (const auto* swipes = line.if_contains("swipes");
            swipes && !swipes->is_array() && !swipes->is_null())
            return bad_line(number, "swipes must be a list");
        const bool user = flag_in(line, "is_user");
        const auto speaker = text_in(line, "name");
        if (!user && !flag_in(line, "is_system")) {
            const auto avatar = text_in(line, "original_avatar");
            if (!avatar.empty()) speakers_.insert(avatar);
            if (group_header_) speakers_.insert(speaker);
        }
        const auto at = date_in(line).value_or(last_at_ ? *last_at_ + 1 : now_);
        last_at_ = at;
        LARES_TRY(const auto texts, versions(line, number));
        const auto& [all, shown] = texts;
        if (out_.conversation.messages.size() + all.size() > Limits::messages_max)
            return transcript::too_many();
        const auto parent = shown_;
        for (std::size_t i = 0; i < all.size(); ++i) {
            CopiedMessage made;
            made.parent = parent;
            auto& payload = made.payload;
            payload.role = user ? Role::user : Role::assistant;
            payload.text = all[i];
            if (flatten_ && !user && !speaker.empty()) payload.text = speaker + ": " + all[i];
            LARES_CHECK(transcript::good_text(*payload.text, number));
            payload.created = at;
            if (flag_in(line, "is_system")) payload.hidden = true;
            const auto* info = info_of(line, i);
            payload.extra = i == shown ? rest_of(line, info) : rest_of_swipe(line, info);
            if (info && i != shown)
                if (const auto told = date_in(*info)) payload.created = told;
            if (i == shown) shown_ = out_.conversation.messages.size();
            out_.conversation.messages.push_back(std::move(made));
        }
        if (parent) out_.conversation.messages[*parent].chosen = shown_;
        return {};
    }

    Result<ReadTranscript> finish() {
        if ((speakers_.size() > 1 || group_header_) && !flatten_)
            return fail(
                Code::unprocessable, "group-chat",
                "This is a chat with several characters. Ask for it to be flattened: each message then "
                "begins with its speaker's name.");
        out_.conversation.leaf = shown_;
        return std::move(out_);
    }

private:
    static const object* info_of(const object& line, std::size_t at) {
        const auto* infos = line.if_contains("swipe_info");
        if (!infos || !infos->is_array() || at >= infos->as_array().size()) return nullptr;
        return infos->as_array()[at].if_object();
    }

    // All texts of the message, and which one is shown: `mes` is, whatever the list says.
    static Result<std::pair<std::vector<std::string>, std::size_t>> versions(const object& line,
                                                                             std::int64_t number) {
        const std::string mes(line.at("mes").as_string());
        std::vector<std::string> all;
        if (const auto* swipes = line.if_contains("swipes"); swipes && swipes->is_array())
            for (const auto& swipe : swipes->as_array()) {
                if (!swipe.is_string()) return bad_line(number, "swipes must be texts");
                all.emplace_back(swipe.as_string());
            }
        if (all.empty()) return std::pair(std::vector{mes}, std::size_t{0});
        const auto id = integer_in(line, "swipe_id").value_or(0);
        if (id >= 0 && id < static_cast<std::int64_t>(all.size())) {
            all[static_cast<std::size_t>(id)] = mes;
            return std::pair(std::move(all), static_cast<std::size_t>(id));
        }
        const auto found = std::ranges::find(all, mes);
        const auto shown = static_cast<std::size_t>(found - all.begin());
        if (found == all.end()) all.push_back(mes);
        return std::pair(std::move(all), shown);
    }

    const bool flatten_;
    const std::int64_t now_;
    ReadTranscript out_;
    std::optional<std::size_t> shown_;
    std::optional<std::int64_t> last_at_;
    std::set<std::string> speakers_;
    bool group_header_ = false;
};

object object_of(const std::optional<std::string>& text) {
    if (!text) return {};
    auto read = json::parse_value(*text);
    if (!read || !read->is_object()) return {};
    return std::move(read->as_object());
}

// As it stood in the file it came from, while it says the same.
value date_of(const object& rest, std::int64_t created) {
    const auto at = date_in(rest);
    if (rest.contains("send_date") && (!at || at == created)) return rest.at("send_date");
    return value(format_iso(created));
}

object info_for(const MessageRow& version) {
    const auto kept = object_of(version.extra);
    const auto* own = kept.if_contains("swipe_info");
    object info = own && own->is_object() ? own->get_object() : object();
    if (!info.contains("send_date")) info["send_date"] = date_of(kept, version.created);
    for (const auto name : of_version)
        if (const auto* member = kept.if_contains(name)) info.emplace(name, *member);
    if (!info.contains("extra")) info["extra"] = object();
    return info;
}

object line_of(const MessageRow& row, const std::vector<const MessageRow*>& versions, const Names& names) {
    auto rest = object_of(row.extra);
    object line;
    line["name"] = rest.contains("name") ? rest.at("name")
                                         : value(row.role == Role::user ? names.user : names.character);
    line["is_user"] = row.role == Role::user;
    line["is_system"] = row.hidden;
    line["send_date"] = date_of(rest, row.created);
    line["mes"] = row.text;
    for (auto& [name, member] : rest)
        if (!line.contains(name) && name != "swipe_info") line.emplace(name, member);
    if (!line.contains("extra")) line["extra"] = object();
    const bool swiped = versions.size() > 1 && row.role == Role::assistant;
    if (!swiped && !rest.contains("swipe_info")) return line;
    const std::vector<const MessageRow*> alone{&row};
    boost::json::array swipes, infos;
    std::size_t shown = 0;
    for (const auto* version : swiped ? versions : alone) {
        if (version->id == row.id) shown = swipes.size();
        swipes.emplace_back(version->text);
        infos.push_back(info_for(*version));
    }
    line["swipe_id"] = shown;
    line["swipes"] = std::move(swipes);
    line["swipe_info"] = std::move(infos);
    return line;
}

}  // namespace

namespace transcript {

Result<ReadTranscript> read_sillytavern(Lines lines, object first, bool flatten, std::int64_t now_ms) {
    Reader reader(flatten, now_ms);
    const bool has_header =
        first.contains("user_name") || first.contains("character_name") || first.contains("chat_metadata");
    if (has_header) {
        reader.header(first);
    } else if (first.contains("mes") && (first.contains("is_user") || first.contains("name"))) {
        LARES_CHECK(reader.message(first, lines.number()));
    } else {
        return bad_line(lines.number(),
                        "is no header of a chat (user_name, character_name or chat_metadata)");
    }
    while (lines.next()) {
        LARES_TRY(const auto line, lines.object());
        LARES_CHECK(reader.message(line, lines.number()));
    }
    return reader.finish();
}

}  // namespace transcript

Speaker speaker_of(std::string_view extra, std::string_view text) {
    const auto line = json::parse_value(extra);
    if (!line || !line->is_object()) return {};
    Speaker out{text_in(line->get_object(), "name")};
    const auto* more = line->get_object().if_contains("extra");
    out.narrator = more && more->is_object() && text_in(more->get_object(), "type") == "narrator";
    if (text.starts_with(out.name + ": ")) out.name.clear();
    return out;
}

std::string write_sillytavern(const Whole& conversation, const Names& names) {
    const auto& head = conversation.head;
    const auto& rows = conversation.messages;
    std::map<MessageId, const MessageRow*> by_id;
    std::map<std::optional<MessageId>, std::vector<const MessageRow*>> by_parent;
    for (const auto& row : rows) {
        by_id.emplace(row.id, &row);
        if (!row.removed_by) by_parent[row.parent].push_back(&row);
    }
    std::vector<const MessageRow*> path;
    for (auto at = head.leaf; at && path.size() <= rows.size();) {
        const auto found = by_id.find(*at);
        if (found == by_id.end()) break;
        path.push_back(found->second);
        at = found->second->parent;
    }
    auto header = object_of(head.metadata);
    if (!header.contains("user_name")) header["user_name"] = names.user;
    if (!header.contains("character_name")) header["character_name"] = names.character;
    if (!header.contains("create_date")) header["create_date"] = format_iso(head.created);
    if (!header.contains("chat_metadata")) header["chat_metadata"] = object();
    if (const auto note = settings_of(head).author_note; note && note != note_in(header))
        put_note(header, *note);
    std::string out = json::write(value(std::move(header))) + "\n";
    for (auto row = path.rbegin(); row != path.rend(); ++row)
        out += json::write(value(line_of(**row, by_parent[(*row)->parent], names))) + "\n";
    return out;
}

}  // namespace lares::chat
