#include "api/character/routes.h"

#include "api/access.h"
#include "api/caller.h"
#include "api/lorebook/test.h"
#include "api/voice/pronunciations.h"
#include "async/task.h"
#include "character/card.h"
#include "character/depth_prompt.h"
#include "prompt/prompt.h"

namespace lares::api {
namespace {

constexpr async::Milliseconds fetch_timeout{45'000};

// The hash in the address makes it a new one when the picture changes.
std::optional<std::string> avatar_url(character::CharacterId id, const std::string& sha256) {
    if (sha256.empty()) return std::nullopt;
    return "/api/v1/characters/" + id.text() + "/avatar?v=" + sha256.substr(0, 12);
}

CharacterItem to_wire(const character::Summary& summary, UserId user) {
    return {summary.id,
            summary.name,
            summary.tagline,
            summary.tags,
            summary.creator,
            std::string(character::to_text(summary.visibility)),
            !summary.owner,
            summary.owner == user,
            summary.active,
            summary.favourite,
            avatar_url(summary.id, summary.avatar_sha256),
            summary.created_ms};
}

std::vector<PronunciationEntry> to_wire(const std::vector<character::Pronunciation>& entries) {
    std::vector<PronunciationEntry> out;
    for (const auto& each : entries) out.push_back({each.word, each.respelling, each.phonemes});
    return out;
}

DepthPromptEntry to_wire(character::DepthPrompt prompt) {
    return {std::move(prompt.text), prompt.depth, prompt.role};
}

CharacterDetail to_wire(const character::Character& found, UserId user, const prompt::Persona& reader) {
    const auto& card = found.card;
    return {.id = found.id,
            .name = card.name,
            .description = card.description,
            .personality = card.personality,
            .scenario = card.scenario,
            .greeting = prompt::greeting(card, reader).text,
            .alternate_greetings = card.alternate_greetings,
            .example_messages = card.mes_example,
            .system_prompt = card.system_prompt,
            .post_history_instructions = card.post_history_instructions,
            .creator_notes = card.creator_notes,
            .creator = card.creator,
            .character_version = card.character_version,
            .tags = card.tags,
            .pronunciations = to_wire(character::pronunciations_of(card)),
            .depth_prompt = to_wire(character::depth_prompt_of(card)),
            .spec = static_cast<std::int64_t>(card.spec),
            .visibility = std::string(character::to_text(found.visibility)),
            .bundled = !found.owner,
            .mine = found.owner == user,
            .active = found.active,
            .avatar_url = avatar_url(found.id, found.avatar_sha256),
            .created = found.created_ms,
            .updated = found.updated_ms,
            .version = found.version,
            .warnings = {}};
}

character::CardChange to_change(CharacterChange change) {
    std::optional<std::vector<character::Pronunciation>> pronunciations;
    if (change.pronunciations) {
        auto& entries = pronunciations.emplace();
        for (auto& each : *change.pronunciations)
            entries.push_back({std::move(each.word), std::move(each.phonemes), std::move(each.respelling)});
    }
    std::optional<character::DepthPrompt> depth_prompt;
    if (auto& note = change.depth_prompt)
        depth_prompt.emplace(std::move(note->prompt), note->depth, note->role);
    return {.name = std::move(change.name),
            .description = std::move(change.description),
            .personality = std::move(change.personality),
            .scenario = std::move(change.scenario),
            .first_mes = std::move(change.greeting),
            .mes_example = std::move(change.example_messages),
            .creator_notes = std::move(change.creator_notes),
            .system_prompt = std::move(change.system_prompt),
            .post_history_instructions = std::move(change.post_history_instructions),
            .creator = std::move(change.creator),
            .character_version = std::move(change.character_version),
            .alternate_greetings = std::move(change.alternate_greetings),
            .tags = std::move(change.tags),
            .pronunciations = std::move(pronunciations),
            .depth_prompt = std::move(depth_prompt)};
}

// The card as it is wherever a file may carry it: the form's one file, whatever the field is called.
const http::Part* card_part(const http::Multipart& form) {
    if (const auto* named = form.find("file")) return named;
    for (const auto& part : form.parts)
        if (!part.filename.empty()) return &part;
    return nullptr;
}

}  // namespace

void CharacterRoutes::add_to(http::Routes& routes) {
    using http::route;
    using M = http::Method;
    const auto row = [](M method, std::string_view path, std::string_view summary) {
        return http::Row{.method = method,
                         .path = path,
                         .access = person(auth::Scope::characters),
                         .summary = summary,
                         .tag = "characters"};
    };
    const auto on_one = [&row](M method, std::string_view path, std::string_view summary, Relation relation,
                               unsigned success = 200) {
        auto made = row(method, path, summary);
        made.touches = {touch<character::CharacterId>(relation)};
        made.success = success;
        if (relation == Relation::owner) made.errors = {Code::forbidden};
        return made;
    };
    const auto import = [&row](std::string_view path, std::string_view summary) {
        auto made = row(M::post, path, summary);
        made.weight = 5;
        made.body_cap = character::limits::file_bytes + 64 * 1024;
        made.success = 201;
        made.errors = {Code::conflict, Code::too_large, Code::unsupported, Code::storage_full};
        return made;
    };
    routes.push_back(route<&CharacterRoutes::list>(
        row(M::get, "/api/v1/characters", "Your companions and the public ones, newest first."), *this));
    routes.push_back(route<&CharacterRoutes::create>(
        import("/api/v1/characters", "Import a card: the JSON of a V1, V2 or V3 card as body."), *this));
    routes.push_back(route<&CharacterRoutes::upload>(
        import("/api/v1/characters/upload", "Import a card file (PNG, CHARX or JSON) from a form."), *this));
    auto fetched = import("/api/v1/characters/import-url", "Import a card file that lies at an address.");
    fetched.body_cap = 16 * 1024;
    fetched.deadline_ms = 60'000;
    fetched.errors.insert(fetched.errors.end(), {Code::upstream, Code::timeout, Code::unavailable});
    routes.push_back(route<&CharacterRoutes::fetch>(fetched, *this));
    routes.push_back(route<&CharacterRoutes::get>(
        on_one(M::get, "/api/v1/characters/{character_id}", "One companion.", Relation::viewer), *this));
    routes.push_back(route<&CharacterRoutes::remove>(
        on_one(M::remove, "/api/v1/characters/{character_id}",
               "Delete a companion of yours. It can be restored for 30 days.", Relation::owner, 204),
        *this));
    auto back = on_one(M::post, "/api/v1/characters/{character_id}/restore",
                       "Bring a deleted companion back.", Relation::restorer);
    back.errors = {Code::forbidden, Code::conflict, Code::storage_full};
    routes.push_back(route<&CharacterRoutes::restore>(back, *this));
    auto erase =
        on_one(M::post, "/api/v1/characters/{character_id}/erase",
               "Erase a deleted companion now: it cannot be restored any more.", Relation::restorer, 204);
    erase.errors = {Code::forbidden, Code::conflict, Code::storage_full};
    routes.push_back(route<&CharacterRoutes::erase>(erase, *this));
    routes.push_back(route<&CharacterRoutes::activate>(
        on_one(M::post, "/api/v1/characters/{character_id}/activate", "Make it the companion you talk with.",
               Relation::viewer, 204),
        *this));
    const auto edit = [&on_one](M method, std::string_view path, std::string_view summary) {
        auto made = on_one(method, path, summary, Relation::owner);
        made.weight = 5;
        made.body_cap = character::limits::card_bytes + 64 * 1024;
        made.errors = {Code::forbidden, Code::too_large, Code::storage_full};
        return made;
    };
    routes.push_back(
        route<&CharacterRoutes::replace>(edit(M::put, "/api/v1/characters/{character_id}",
                                              "Put another card in its place: the card's JSON as body."),
                                         *this));
    routes.push_back(
        route<&CharacterRoutes::change>(edit(M::patch, "/api/v1/characters/{character_id}",
                                             "Change some of its fields; the card before is kept."),
                                        *this));
    auto copy = on_one(M::post, "/api/v1/characters/{character_id}/duplicate", "A copy of your own.",
                       Relation::viewer, 201);
    copy.weight = 5;
    copy.errors = {Code::conflict, Code::storage_full};
    routes.push_back(route<&CharacterRoutes::duplicate>(copy, *this));
    auto file = on_one(M::get, "/api/v1/characters/{character_id}/export",
                       "Its card as a file: PNG, CHARX or JSON.", Relation::viewer);
    file.weight = 5;
    routes.push_back(route<&CharacterRoutes::export_file>(file, *this));
    routes.push_back(
        route<&CharacterRoutes::versions>(on_one(M::get, "/api/v1/characters/{character_id}/versions",
                                                 "What it was before, newest first.", Relation::owner),
                                          *this));
    routes.push_back(route<&CharacterRoutes::version_card>(
        on_one(M::get, "/api/v1/characters/{character_id}/versions/{version}", "The card of that version.",
               Relation::owner),
        *this));
    routes.push_back(route<&CharacterRoutes::restore_version>(
        edit(M::post, "/api/v1/characters/{character_id}/versions/{version}/restore",
             "Go back to an earlier version; it becomes the newest."),
        *this));
    routes.push_back(route<&CharacterRoutes::avatar>(
        on_one(M::get, "/api/v1/characters/{character_id}/avatar", "Its picture.", Relation::viewer), *this));
    auto picture = edit(M::put, "/api/v1/characters/{character_id}/avatar",
                        "Its picture: a PNG, JPEG or WebP as body. The one before is kept.");
    picture.body_cap = character::limits::picture_bytes;
    picture.errors.push_back(Code::unsupported);
    routes.push_back(route<&CharacterRoutes::set_avatar>(picture, *this));
    routes.push_back(
        route<&CharacterRoutes::remove_avatar>(edit(M::remove, "/api/v1/characters/{character_id}/avatar",
                                                    "Take its picture away. The one before is kept."),
                                               *this));
    auto earlier = on_one(M::get, "/api/v1/characters/{character_id}/avatars",
                          "The pictures that it had before.", Relation::owner);
    earlier.errors = {Code::forbidden};
    routes.push_back(route<&CharacterRoutes::earlier_avatars>(earlier, *this));
    earlier.path = "/api/v1/characters/{character_id}/avatars/{number}";
    earlier.summary = "One of them.";
    routes.push_back(route<&CharacterRoutes::earlier_avatar>(earlier, *this));
    routes.push_back(route<&CharacterRoutes::restore_avatar>(
        edit(M::post, "/api/v1/characters/{character_id}/avatars/{number}/restore",
             "Make it its picture again; the present one is kept."),
        *this));
    auto like = on_one(M::put, "/api/v1/characters/{character_id}/favourite",
                       "One of your favourites from now on.", Relation::viewer);
    like.success = 204;
    like.errors = {Code::conflict, Code::storage_full};
    routes.push_back(route<&CharacterRoutes::favour>(like, *this));
    auto leave = on_one(M::remove, "/api/v1/characters/{character_id}/favourite", "No favourite any more.",
                        Relation::viewer);
    leave.success = 204;
    leave.errors = {Code::storage_full};
    routes.push_back(route<&CharacterRoutes::unfavour>(leave, *this));
}

Task<Result<CharacterList>> CharacterRoutes::list(http::Call& call, CharactersQuery query) {
    const auto user = user_of(call);
    LARES_CO_TRY(const auto found,
                 co_await characters_.list(user, {std::move(query.after).value_or(""),
                                                  static_cast<std::size_t>(query.limit.value_or(50))}));
    CharacterList list{{}, found.next};
    for (const auto& summary : found.items) list.items.push_back(to_wire(summary, user));
    co_return list;
}

// Its first words are addressed to the one who reads.
Task<Result<CharacterDetail>> CharacterRoutes::tell(character::Character found, UserId user) {
    LARES_CO_TRY(auto reader, co_await persona_(user));
    co_return co_await compute_.run(
        [found = std::move(found), user, reader = std::move(reader)]() -> Result<CharacterDetail> {
            return to_wire(found, user, reader);
        });
}

Task<Result<CharacterDetail>> CharacterRoutes::get(http::Call& call, CharacterPath path) {
    const auto user = user_of(call);
    LARES_CO_TRY(auto found, co_await characters_.get(user, path.character_id));
    co_return co_await tell(std::move(found), user);
}

Task<Result<CharacterDetail>> CharacterRoutes::import_card(UserId user, std::string file) {
    LARES_CO_TRY(auto made, co_await characters_.import_card(user, std::move(file)));
    auto warnings =
        co_await compute_.run([book = made.card.character_book]() -> Result<std::vector<std::string>> {
            if (book.empty()) return std::vector<std::string>();
            LARES_TRY(auto parsed, character::parse_lorebook_text(book));
            return key_warnings(std::move(parsed));
        });
    LARES_CO_TRY(auto told, co_await tell(std::move(made), user));
    if (warnings && !warnings->empty()) told.warnings = std::move(*warnings);
    co_return told;
}

Task<Result<CharacterDetail>> CharacterRoutes::create(http::Call& call, http::Body body) {
    co_return co_await import_card(user_of(call), std::move(body.data));
}

Task<Result<CharacterDetail>> CharacterRoutes::fetch(http::Call& call, CardAddress address) {
    const auto user = user_of(call);
    if (!outside_)
        co_return fail(Code::unavailable, "no-way-out", "This server fetches nothing from elsewhere.");
    net::Request request;
    request.url = std::move(address.url);
    request.redirects_max = 3;
    request.body_max = character::limits::file_bytes;
    request.timeout = fetch_timeout;
    auto response = co_await outside_->fetch(std::move(request));
    if (!response) {
        auto error = std::move(response).error();
        if (error.code == Code::bad_request && error.field.empty()) error.field = "url";
        co_return fail(std::move(error));
    }
    if (response->status != 200)
        co_return fail(Code::upstream, "card-not-fetched",
                       "That address answered " + std::to_string(response->status) + " and no card.", "url");
    LARES_CO_TRY(auto file, co_await net::read_all(std::move(response->body)));
    co_return co_await import_card(user, std::move(file));
}

Task<Result<CharacterDetail>> CharacterRoutes::upload(http::Call& call, http::Multipart form) {
    const auto* part = card_part(form);
    if (!part) co_return invalid_field("file", "add the card as a file");
    co_return co_await import_card(user_of(call), part->data);
}

Task<Result<void>> CharacterRoutes::remove(http::Call& call, CharacterPath path) {
    co_return co_await characters_.remove(user_of(call), path.character_id);
}

Task<Result<void>> CharacterRoutes::activate(http::Call& call, CharacterPath path) {
    co_return co_await characters_.activate(user_of(call), path.character_id);
}

Task<Result<CharacterDetail>> CharacterRoutes::replace(http::Call& call, CharacterPath path,
                                                       http::Body body) {
    const auto user = user_of(call);
    LARES_CO_TRY(auto stored, co_await characters_.replace(user, path.character_id, std::move(body.data)));
    co_return co_await tell(std::move(stored), user);
}

Task<Result<CharacterDetail>> CharacterRoutes::change(http::Call& call, CharacterChange change) {
    const auto user = user_of(call);
    std::optional<character::Visibility> visibility;
    if (change.visibility)
        visibility = *change.visibility == CardVisibility::public_ ? character::Visibility::everyone
                                                                   : character::Visibility::only_owner;
    if (change.pronunciations) LARES_CO_CHECK(readable(*change.pronunciations));
    const auto id = change.character_id;
    LARES_CO_TRY(auto stored,
                 co_await characters_.change(user, id, to_change(std::move(change)), visibility));
    co_return co_await tell(std::move(stored), user);
}

Task<Result<CharacterDetail>> CharacterRoutes::duplicate(http::Call& call, CharacterPath path) {
    const auto user = user_of(call);
    LARES_CO_TRY(auto made, co_await characters_.duplicate(user, path.character_id));
    co_return co_await tell(std::move(made), user);
}

Task<Result<http::Bytes>> CharacterRoutes::export_file(http::Call& call, ExportQuery query) {
    const auto format = static_cast<character::Format>(query.format.value_or(ExportFormat::png));
    std::optional<character::Spec> spec;
    if (query.spec) spec = static_cast<character::Spec>(static_cast<int>(*query.spec) + 1);
    LARES_CO_TRY(auto file,
                 co_await characters_.export_file(user_of(call), query.character_id, format, spec));
    co_return http::Bytes{std::move(file.bytes), std::move(file.media_type), std::move(file.name)};
}

Task<Result<CharacterVersions>> CharacterRoutes::versions(http::Call& call, CharacterPath path) {
    LARES_CO_TRY(auto found, co_await characters_.versions(user_of(call), path.character_id));
    CharacterVersions out;
    for (auto& each : found) out.items.push_back({each.version, std::move(each.name), each.created_ms});
    co_return out;
}

Task<Result<http::Bytes>> CharacterRoutes::version_card(http::Call& call, VersionPath path) {
    LARES_CO_TRY(auto json,
                 co_await characters_.version_card(user_of(call), path.character_id, path.version));
    co_return http::Bytes{std::move(json), "application/json"};
}

Task<Result<CharacterDetail>> CharacterRoutes::restore(http::Call& call, CharacterPath path) {
    const auto user = user_of(call);
    LARES_CO_TRY(auto stored, co_await characters_.restore(user, path.character_id));
    co_return co_await tell(std::move(stored), user);
}

Task<Result<void>> CharacterRoutes::erase(http::Call& call, CharacterPath path) {
    co_return co_await async::unbroken(characters_.erase_removed(user_of(call), path.character_id));
}

Task<Result<CharacterDetail>> CharacterRoutes::restore_version(http::Call& call, VersionPath path) {
    const auto user = user_of(call);
    LARES_CO_TRY(auto stored, co_await characters_.restore_version(user, path.character_id, path.version));
    co_return co_await tell(std::move(stored), user);
}

Task<Result<void>> CharacterRoutes::favour(http::Call& call, CharacterPath path) {
    co_return co_await characters_.set_favourite(user_of(call), path.character_id, true);
}

Task<Result<void>> CharacterRoutes::unfavour(http::Call& call, CharacterPath path) {
    co_return co_await characters_.set_favourite(user_of(call), path.character_id, false);
}

Task<Result<http::Bytes>> CharacterRoutes::avatar(http::Call& call, CharacterPath path) {
    LARES_CO_TRY(auto avatar, co_await characters_.avatar(user_of(call), path.character_id));
    co_return http::Bytes{std::move(avatar.bytes), std::move(avatar.media_type), "",
                          "private, max-age=86400"};
}

Task<Result<CharacterDetail>> CharacterRoutes::set_avatar(http::Call& call, CharacterPath path,
                                                          http::Body body) {
    const auto user = user_of(call);
    LARES_CO_TRY(auto stored, co_await characters_.set_avatar(user, path.character_id, std::move(body.data)));
    co_return co_await tell(std::move(stored), user);
}

Task<Result<CharacterDetail>> CharacterRoutes::remove_avatar(http::Call& call, CharacterPath path) {
    const auto user = user_of(call);
    LARES_CO_TRY(auto stored, co_await characters_.remove_avatar(user, path.character_id));
    co_return co_await tell(std::move(stored), user);
}

Task<Result<EarlierAvatars>> CharacterRoutes::earlier_avatars(http::Call& call, CharacterPath path) {
    LARES_CO_TRY(const auto found, co_await characters_.earlier_avatars(user_of(call), path.character_id));
    EarlierAvatars out;
    for (const auto& one : found)
        out.items.push_back({one.number, one.replaced_ms,
                             "/api/v1/characters/" + path.character_id.text() + "/avatars/" +
                                 std::to_string(one.number) + "?v=" + one.sha256.substr(0, 12)});
    co_return out;
}

Task<Result<http::Bytes>> CharacterRoutes::earlier_avatar(http::Call& call, AvatarPath path) {
    LARES_CO_TRY(auto avatar,
                 co_await characters_.earlier_avatar(user_of(call), path.character_id, path.number));
    co_return http::Bytes{std::move(avatar.bytes), std::move(avatar.media_type), "",
                          "private, max-age=86400"};
}

Task<Result<CharacterDetail>> CharacterRoutes::restore_avatar(http::Call& call, AvatarPath path) {
    const auto user = user_of(call);
    LARES_CO_TRY(auto stored, co_await characters_.restore_avatar(user, path.character_id, path.number));
    co_return co_await tell(std::move(stored), user);
}

}  // namespace lares::api
