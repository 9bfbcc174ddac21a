#include "voice/settings/settings.h"

namespace lares::voice::settings {
namespace {

Result<Settings> read_settings(db::Reader& reader, OwnerId owner) {
    LARES_TRY(auto found, reader.one<Settings>(
                              "SELECT spoken, voice, speed, volume, in_step, captions FROM voice_settings"
                              " WHERE owner = ?1",
                              owner));
    return found.value_or(Settings());
}

Result<CompanionVoice> read_companion(db::Reader& reader, OwnerId owner, Uuid character) {
    LARES_TRY(auto found, reader.one<CompanionVoice>("SELECT voice, speed, volume FROM companion_voices"
                                                     " WHERE owner = ?1 AND character_id = ?2",
                                                     owner, character));
    return found.value_or(CompanionVoice());
}

template <class T>
void take(T& into, const std::optional<T>& from) {
    if (from) into = *from;
}

}  // namespace

Service::Service(db::Database& database, async::Clock& clock) : database_(database), clock_(clock) {}

Task<Result<Settings>> Service::get(OwnerId owner) {
    co_return co_await database_.read([owner](db::Reader& reader) { return read_settings(reader, owner); });
}

Task<Result<Settings>> Service::change(OwnerId owner, Change change) {
    auto write = [owner, change = std::move(change)](db::Tx& tx) -> Result<Settings> {
        LARES_TRY(auto now, read_settings(tx, owner));
        take(now.spoken, change.spoken);
        take(now.voice, change.voice);
        take(now.speed, change.speed);
        take(now.volume, change.volume);
        take(now.in_step, change.in_step);
        take(now.captions, change.captions);
        LARES_CHECK(
            tx.run("INSERT INTO voice_settings (owner, spoken, voice, speed, volume, in_step, captions)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (owner) DO UPDATE SET"
                   " spoken = excluded.spoken, voice = excluded.voice, speed = excluded.speed,"
                   " volume = excluded.volume, in_step = excluded.in_step, captions = excluded.captions",
                   owner, now.spoken, now.voice, now.speed, now.volume, now.in_step, now.captions));
        return now;
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<CompanionVoice>> Service::companion(OwnerId owner, Uuid character) {
    co_return co_await database_.read(
        [owner, character](db::Reader& reader) { return read_companion(reader, owner, character); });
}

Task<Result<void>> Service::set_companion(OwnerId owner, Uuid character, CompanionVoice wanted) {
    auto write = [owner, character, wanted = std::move(wanted),
                  now = clock_.unix_ms()](db::Tx& tx) -> Result<void> {
        if (wanted.empty()) {
            LARES_CHECK(tx.run("DELETE FROM companion_voices WHERE owner = ?1 AND character_id = ?2", owner,
                               character));
            return {};
        }
        LARES_CHECK(
            tx.run("INSERT INTO companion_voices (owner, character_id, voice, speed, volume, changed)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (owner, character_id) DO UPDATE SET"
                   " voice = excluded.voice, speed = excluded.speed, volume = excluded.volume,"
                   " changed = excluded.changed",
                   owner, character, wanted.voice, wanted.speed, wanted.volume, now));
        LARES_CHECK(
            tx.run("DELETE FROM companion_voices WHERE owner = ?1 AND character_id IN"
                   " (SELECT character_id FROM companion_voices WHERE owner = ?1"
                   " ORDER BY changed DESC LIMIT -1 OFFSET ?2)",
                   owner, static_cast<std::int64_t>(companions_max)));
        return {};
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<Choice>> Service::choice(OwnerId owner, Uuid character) {
    co_return co_await database_.read([owner, character](db::Reader& reader) -> Result<Choice> {
        LARES_TRY(auto all, read_settings(reader, owner));
        LARES_TRY(auto one, read_companion(reader, owner, character));
        Choice choice;
        choice.voice = one.voice.value_or(all.voice);
        choice.speed = one.speed.value_or(all.speed);
        choice.volume = one.volume.value_or(1);
        return choice;
    });
}

}  // namespace lares::voice::settings
