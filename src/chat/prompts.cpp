#include "chat/prompts.h"

#include <boost/json/serialize.hpp>
#include <zlib.h>

#include "crypto/hash.h"
#include "json/json.h"

namespace lares::chat {

namespace {

constexpr std::size_t digest_bytes = 16;
constexpr std::size_t body_bytes_max = std::size_t{64} << 20;  // of a record, inflated

// Where a part's text stands: in its message, or as a text of its own.
struct PackedPart {
    std::string source, title, id, position, trust;
    bool in = true;
    std::string reason;
    std::optional<std::int64_t> message;
    std::int64_t tokens = 0;
    std::optional<std::int64_t> at, length;  // bytes of the message
    std::optional<std::int64_t> text;        // its place in `texts`
    std::optional<std::string> code, about;  // of the reason; absent in records of older programs
};
BOOST_DESCRIBE_STRUCT(PackedPart, (),
                      (source, title, id, position, trust, in, reason, message, tokens, at, length, text,
                       code, about))
constexpr bool json_omits_empty(const PackedPart*) {
    return true;
}

struct PackedMessage {
    std::string role, name;
    std::int64_t text = 0;
};
BOOST_DESCRIBE_STRUCT(PackedMessage, (), (role, name, text))

struct Packed {
    std::string model;
    std::string layout;
    std::string kind;
    std::int64_t context_tokens = 0, reply_tokens = 0, tokens = 0;
    std::vector<PackedMessage> messages;
    std::vector<PackedPart> parts;
    std::vector<std::string> warnings;
};
BOOST_DESCRIBE_STRUCT(Packed, (),
                      (model, layout, kind, context_tokens, reply_tokens, tokens, messages, parts, warnings))

// Each text once; named by the first half of its SHA-256.
struct Texts {
    std::vector<std::string> digests, texts;
    std::unordered_map<std::string, std::int64_t> places;
    std::int64_t add(const std::string& text) {
        std::string digest = crypto::sha256(text).substr(0, digest_bytes);
        const auto [found, fresh] = places.try_emplace(digest, static_cast<std::int64_t>(texts.size()));
        if (fresh) {
            digests.push_back(std::move(digest));
            texts.push_back(text);
        }
        return found->second;
    }
};

Packed pack(const SentPrompt& sent, Texts& texts) {
    Packed out{sent.model,  sent.layout, sent.kind, sent.context_tokens, sent.reply_tokens,
               sent.tokens, {},          {},        sent.warnings};
    for (const auto& message : sent.messages)
        out.messages.push_back({message.role, message.name, texts.add(message.content)});
    for (const auto& part : sent.parts) {
        PackedPart packed{part.source, part.title,  part.id,      part.position, part.trust,
                          part.in,     part.reason, part.message, part.tokens,   {},
                          {},          {},          part.code,    part.about};
        if (!part.text.empty()) {
            std::size_t at = std::string::npos;
            if (part.message && static_cast<std::size_t>(*part.message) < sent.messages.size())
                at = sent.messages[static_cast<std::size_t>(*part.message)].content.find(part.text);
            if (at != std::string::npos) {
                packed.at = static_cast<std::int64_t>(at);
                packed.length = static_cast<std::int64_t>(part.text.size());
            } else {
                packed.text = texts.add(part.text);
            }
        }
        out.parts.push_back(std::move(packed));
    }
    return out;
}

Result<SentPrompt> unpack(Packed packed, const std::vector<std::string>& texts) {
    const auto text = [&texts](std::int64_t place) {
        return place >= 0 && static_cast<std::size_t>(place) < texts.size()
                   ? texts[static_cast<std::size_t>(place)]
                   : std::string();
    };
    SentPrompt out{std::move(packed.model),
                   packed.layout,
                   std::move(packed.kind),
                   packed.context_tokens,
                   packed.reply_tokens,
                   packed.tokens,
                   {},
                   {},
                   std::move(packed.warnings)};
    for (auto& message : packed.messages)
        out.messages.push_back({std::move(message.role), std::move(message.name), text(message.text)});
    for (auto& part : packed.parts) {
        SentPart made{std::move(part.source),
                      std::move(part.title),
                      std::move(part.id),
                      std::move(part.position),
                      std::move(part.trust),
                      part.in,
                      std::move(part.reason),
                      part.message,
                      part.tokens,
                      {},
                      std::move(part.code).value_or(""),
                      std::move(part.about).value_or("")};
        if (part.text) made.text = text(*part.text);
        if (part.at && part.length && part.message &&
            static_cast<std::size_t>(*part.message) < out.messages.size()) {
            const auto& content = out.messages[static_cast<std::size_t>(*part.message)].content;
            const auto at = static_cast<std::size_t>(*part.at);
            if (at <= content.size()) made.text = content.substr(at, static_cast<std::size_t>(*part.length));
        }
        out.parts.push_back(std::move(made));
    }
    return out;
}

// The length of what is deflated (8 bytes), the number of digests (8 bytes), the digests, the rest deflated.
std::string number(std::uint64_t value) {
    std::string out;
    for (int i = 0; i < 8; ++i) out += static_cast<char>((value >> (8 * i)) & 0xff);
    return out;
}

std::uint64_t number_at(std::string_view bytes, std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i)
        value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
    return value;
}

std::string body_of(const Packed& packed, const std::vector<std::string>& digests) {
    std::string json;
    json::append(json, packed);
    std::string deflated(compressBound(static_cast<uLong>(json.size())), '\0');
    auto size = static_cast<uLongf>(deflated.size());
    compress2(reinterpret_cast<Bytef*>(deflated.data()), &size, reinterpret_cast<const Bytef*>(json.data()),
              static_cast<uLong>(json.size()), 1);
    deflated.resize(size);
    std::string out = number(json.size()) + number(digests.size());
    for (const auto& digest : digests) out += digest;
    return out + deflated;
}

tl::unexpected<Error> damaged() {
    return fail(Code::internal, "prompt-damaged", "What was sent for this answer can no longer be read.");
}

Result<Packed> read_body(std::string_view bytes, std::vector<std::string>& digests) {
    if (bytes.size() < 16) return damaged();
    const auto length = number_at(bytes, 0);
    const auto count = number_at(bytes, 8);
    bytes.remove_prefix(16);
    if (length > body_bytes_max || count > bytes.size() / digest_bytes) return damaged();
    for (std::uint64_t i = 0; i < count; ++i)
        digests.emplace_back(bytes.substr(static_cast<std::size_t>(i) * digest_bytes, digest_bytes));
    bytes.remove_prefix(static_cast<std::size_t>(count) * digest_bytes);
    std::string json(static_cast<std::size_t>(length), '\0');
    auto size = static_cast<uLongf>(json.size());
    if (uncompress(reinterpret_cast<Bytef*>(json.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                   static_cast<uLong>(bytes.size())) != Z_OK ||
        size != json.size())
        return damaged();
    json::Limits limits;
    limits.bytes = body_bytes_max;
    return json::parse<Packed>(json, limits);
}

Result<void> keep_globals(db::Tx& tx, OwnerId owner, const std::string& globals) {
    LARES_CHECK(
        tx.run("INSERT INTO prompt_globals (owner, variables) VALUES (?1, ?2) "
               "ON CONFLICT (owner) DO UPDATE SET variables = excluded.variables",
               owner, globals));
    return {};
}

struct RecordRow {
    MessageId answer;
    ConversationId conversation;
    std::int64_t created = 0;
    std::string state;
    db::Blob body;
};

// An answer that was edited has none of its own: then of what it was written in place of, and so on; a file
// may have named those in a circle.
Result<std::optional<RecordRow>> record_of(db::Reader& reader, OwnerId owner, MessageId answer) {
    return reader.one<RecordRow>(
        "WITH RECURSIVE origins (id, depth) AS (SELECT ?1, 0 UNION ALL SELECT m.edit_of, depth + 1 FROM "
        "origins JOIN messages m ON m.id = origins.id WHERE m.edit_of IS NOT NULL AND depth < 64) "
        "SELECT r.answer_id, r.conversation_id, r.created, r.state, r.body FROM origins "
        "JOIN prompt_records r ON r.answer_id = origins.id WHERE r.owner = ?2 ORDER BY depth LIMIT 1",
        answer, owner);
}

}  // namespace

// Those that this process has not seen stored.
std::vector<std::string> Prompts::unknown(ConversationId conversation,
                                          const std::vector<std::string>& digests) {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(conversation);
    if (found == known_.end()) return digests;
    std::vector<std::string> out;
    for (const auto& digest : digests) {
        if (!found->second.first.contains(digest)) out.push_back(digest);
    }
    return out;
}

void Prompts::know(ConversationId conversation, const std::vector<std::string>& digests) {
    const std::lock_guard lock(mutex_);
    auto found = known_.find(conversation);
    if (found == known_.end()) {
        uses_.push_front(conversation);
        found =
            known_.emplace(conversation, std::pair(std::unordered_set<std::string>(), uses_.begin())).first;
    } else {
        uses_.splice(uses_.begin(), uses_, found->second.second);
    }
    // What the last prompt held is what the next one is likely to hold.
    found->second.first = {digests.begin(), digests.end()};
    while (known_.size() > remembered_max) {
        known_.erase(uses_.back());
        uses_.pop_back();
    }
}

Task<Result<void>> Prompts::keep(OwnerId owner, PromptRecord record) {
    Texts texts;
    const Packed packed = pack(record.sent, texts);
    std::unordered_set<std::string> fresh;
    for (auto& digest : unknown(record.conversation_id, texts.digests)) fresh.insert(std::move(digest));
    std::vector<std::pair<db::Blob, std::string>> added;
    for (std::size_t i = 0; i < texts.digests.size(); ++i) {
        if (fresh.contains(texts.digests[i]))
            added.emplace_back(db::Blob{texts.digests[i]}, std::move(texts.texts[i]));
    }
    auto write = [owner, answer = record.answer_id, conversation = record.conversation_id,
                  state = std::move(record.state), globals = std::move(record.globals),
                  body = db::Blob{body_of(packed, texts.digests)}, added = std::move(added),
                  now = clock_.unix_ms()](db::Tx& tx) -> Result<void> {
        for (const auto& [digest, text] : added) {
            LARES_CHECK(
                tx.run("INSERT INTO prompt_texts (conversation_id, digest, text) VALUES (?1, ?2, ?3) "
                       "ON CONFLICT DO NOTHING",
                       conversation, digest, text));
        }
        LARES_CHECK(
            tx.run("INSERT INTO prompt_records (answer_id, conversation_id, owner, created, state, "
                   "body) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (answer_id) DO UPDATE SET "
                   "created = excluded.created, state = excluded.state, body = excluded.body",
                   answer, conversation, owner, now, state, body));
        if (globals) LARES_CHECK(keep_globals(tx, owner, *globals));
        return {};
    };
    LARES_CO_CHECK(co_await database_.write(std::move(write)));
    know(record.conversation_id, texts.digests);
    co_return Result<void>();
}

Task<Result<std::optional<Prompts::Sent>>> Prompts::find(OwnerId owner, ConversationId conversation,
                                                         MessageId answer) {
    auto read = [owner, conversation, answer](db::Reader& reader) -> Result<std::optional<Sent>> {
        LARES_TRY(const auto record, record_of(reader, owner, answer));
        // Of a message, and of what came with a file, only the state is known.
        if (!record || record->conversation != conversation || record->body.bytes.empty())
            return std::optional<Sent>();
        std::vector<std::string> digests, texts;
        LARES_TRY(auto packed, read_body(record->body.bytes, digests));
        for (const auto& digest : digests) {
            LARES_TRY(auto text, reader.one<std::string>("SELECT text FROM prompt_texts WHERE "
                                                         "conversation_id = ?1 AND digest = ?2",
                                                         conversation, db::Blob{digest}));
            if (!text) return damaged();
            texts.push_back(std::move(*text));
        }
        Sent sent;
        LARES_TRY(sent.prompt, unpack(std::move(packed), texts));
        using Counted = std::tuple<std::int64_t, std::int64_t, std::int64_t>;
        LARES_TRY(const auto counted,
                  reader.one<Counted>("SELECT usage_prompt, usage_reused, usage_completion FROM messages "
                                      "WHERE id = ?1 AND conversation_id = ?2 AND usage_prompt IS NOT NULL",
                                      record->answer, conversation));
        if (counted) sent.usage = Usage{std::get<0>(*counted), std::get<1>(*counted), std::get<2>(*counted)};
        return std::optional(std::move(sent));
    };
    co_return co_await database_.read(std::move(read));
}

Task<Result<Prompts::State>> Prompts::state(OwnerId owner, std::vector<MessageId> answers) {
    auto read = [owner, answers = std::move(answers)](db::Reader& reader) -> Result<State> {
        State out;
        std::size_t looked = 0;
        for (const auto& answer : answers) {
            if (++looked > path_max) break;
            LARES_TRY(auto record, record_of(reader, owner, answer));
            if (!record) continue;
            out.chat = std::move(record->state);
            break;
        }
        LARES_TRY(out.globals, reader.one<std::string>("SELECT variables FROM prompt_globals WHERE owner = "
                                                       "?1",
                                                       owner));
        return out;
    };
    co_return co_await database_.read(std::move(read));
}

Task<Result<std::string>> Prompts::settings(OwnerId owner) {
    auto read = [owner](db::Reader& reader) {
        return reader.one<std::string>("SELECT settings FROM prompt_settings WHERE owner = ?1", owner);
    };
    LARES_CO_TRY(auto found, co_await database_.read(std::move(read)));
    co_return std::move(found).value_or("");
}

Task<Result<void>> Prompts::set_settings(OwnerId owner, std::string json) {
    auto write = [owner, json = std::move(json)](db::Tx& tx) -> Result<void> {
        LARES_CHECK(
            tx.run("INSERT INTO prompt_settings (owner, settings) VALUES (?1, ?2) "
                   "ON CONFLICT (owner) DO UPDATE SET settings = excluded.settings",
                   owner, json));
        return {};
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<std::string>> Prompts::model(OwnerId owner) {
    auto read = [owner](db::Reader& reader) {
        return reader.one<std::string>("SELECT model FROM chat_models WHERE owner = ?1", owner);
    };
    LARES_CO_TRY(auto found, co_await database_.read(std::move(read)));
    co_return std::move(found).value_or("");
}

Task<Result<void>> Prompts::set_model(OwnerId owner, std::string model) {
    auto write = [owner, model = std::move(model)](db::Tx& tx) -> Result<void> {
        LARES_CHECK(
            tx.run("INSERT INTO chat_models (owner, model) VALUES (?1, ?2) "
                   "ON CONFLICT (owner) DO UPDATE SET model = excluded.model",
                   owner, model));
        return {};
    };
    co_return co_await database_.write(std::move(write));
}

Result<void> keep_state(db::Tx& tx, OwnerId owner, ConversationId conversation, MessageId message,
                        const LeftState& left, std::int64_t now_ms) {
    LARES_CHECK(tx.run(
        "INSERT INTO prompt_records (answer_id, conversation_id, owner, created, state, body) "
        "VALUES (?1, ?2, ?3, ?4, ?5, x'') ON CONFLICT (answer_id) DO UPDATE SET state = excluded.state",
        message, conversation, owner, now_ms, left.chat));
    if (!left.globals) return {};
    return keep_globals(tx, owner, *left.globals);
}

Result<void> erase_prompts(db::Tx& tx, ConversationId conversation) {
    LARES_CHECK(tx.run("DELETE FROM prompt_records WHERE conversation_id = ?1", conversation));
    LARES_CHECK(tx.run("DELETE FROM prompt_texts WHERE conversation_id = ?1", conversation));
    return {};
}

Result<void> copy_prompts(db::Tx& tx, OwnerId owner, ConversationId to,
                          const std::vector<CopiedPrompt>& messages) {
    std::unordered_set<std::string> copied;  // one prompt holds most of what the one before it held
    for (const auto& each : messages) {
        LARES_TRY(auto record, record_of(tx, owner, each.from));
        if (!record) continue;
        std::vector<std::string> digests;
        if (!record->body.bytes.empty()) LARES_CHECK(read_body(record->body.bytes, digests));
        for (auto& digest : digests) {
            if (!copied.insert(digest).second) continue;
            LARES_CHECK(tx.run(
                "INSERT INTO prompt_texts (conversation_id, digest, text) SELECT ?1, digest, text FROM "
                "prompt_texts WHERE conversation_id = ?2 AND digest = ?3 ON CONFLICT DO NOTHING",
                to, record->conversation, db::Blob{std::move(digest)}));
        }
        LARES_CHECK(
            tx.run("INSERT INTO prompt_records (answer_id, conversation_id, owner, created, state, body) "
                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                   each.to, to, owner, record->created, record->state, record->body));
    }
    return {};
}

Result<std::map<MessageId, std::string>> prompt_states(db::Reader& reader, OwnerId owner,
                                                       ConversationId conversation) {
    using Row = std::tuple<MessageId, std::string>;
    LARES_TRY(auto rows, reader.rows<Row>("SELECT answer_id, state FROM prompt_records WHERE "
                                          "conversation_id = ?1 AND owner = ?2",
                                          conversation, owner));
    std::map<MessageId, std::string> out;
    for (auto& [answer, state] : rows) out.emplace(answer, std::move(state));
    return out;
}

}  // namespace lares::chat
