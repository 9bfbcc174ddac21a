#pragma once
// The SQL of characters. A person sees their own and the public ones that are not removed (removed.h); every
// query says so itself.
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "character/model.h"
#include "character/pictures.h"
#include "db/tx.h"

namespace lares::character::store {

struct NewCharacter {
    CharacterId id;
    std::optional<OwnerId> owner;
    Visibility visibility = Visibility::only_owner;
    Card card;
    std::string picture_sha256;  // hex; empty: none
    std::int64_t now_ms = 0;
};

Result<void> insert(db::Tx& tx, const NewCharacter& character);
Result<void> insert_picture(db::Tx& tx, CharacterId id, OwnerId owner, const std::string& sha256,
                            const db::Blob& bytes);
// Writes a bundled character unless it is there as it should be.
Result<void> put_bundled(db::Tx& tx, const NewCharacter& character);
Result<std::int64_t> count_of(db::Reader& reader, OwnerId owner);

Result<std::vector<Summary>> list(db::Reader& reader, UserId user, std::optional<CharacterId> before,
                                  std::size_t limit);
Result<std::optional<Character>> find(db::Reader& reader, UserId user, CharacterId id);
Result<std::optional<Avatar>> find_picture(db::Reader& reader, UserId user, CharacterId id);
// Puts this one in its place and keeps the one before, of which at most limits::pictures_kept are.
Result<void> set_picture(db::Tx& tx, OwnerId owner, CharacterId id, const std::string& sha256,
                         const db::Blob& bytes, std::int64_t now_ms);
// It has none any more; what it had is kept like one that was replaced.
Result<void> remove_picture(db::Tx& tx, OwnerId owner, CharacterId id, std::int64_t now_ms);
Result<std::vector<EarlierPicture>> earlier_pictures(db::Reader& reader, OwnerId owner, CharacterId id);
Result<std::optional<Avatar>> earlier_picture(db::Reader& reader, OwnerId owner, CharacterId id,
                                              std::int64_t number);
// The picture as it is shown, when it was made of these bytes.
Result<std::optional<Avatar>> find_display(db::Reader& reader, CharacterId id, const std::string& sha256);
Result<void> put_display(db::Tx& tx, CharacterId id, const Avatar& display);
Result<Standing> standing(db::Reader& reader, UserId user, CharacterId id);

// With its versions, files and places of lorebooks; also one that is removed.
Result<void> erase(db::Tx& tx, OwnerId owner, CharacterId id);
// False: this person owns no such character.
Result<bool> set_visibility(db::Tx& tx, OwnerId owner, CharacterId id, Visibility visibility,
                            std::int64_t now_ms);

Result<void> insert_archive(db::Tx& tx, CharacterId id, OwnerId owner, const db::Blob& bytes);
Result<std::optional<std::string>> find_archive(db::Reader& reader, UserId user, CharacterId id);
// Gives the copy the picture and the archive of a character that the person may see.
Result<void> copy_files(db::Tx& tx, UserId user, CharacterId from, CharacterId to);

// Keeps the present card as a version and puts this one in its place. nullopt: this person owns no such
// character, or it is no longer the version `seen`; else the number of the new version.
Result<std::optional<std::int64_t>> replace(db::Tx& tx, OwnerId owner, CharacterId id, std::int64_t seen,
                                            const Card& card, std::int64_t now_ms);
Result<std::vector<Version>> versions(db::Reader& reader, OwnerId owner, CharacterId id);  // newest first
Result<std::optional<std::string>> find_version(db::Reader& reader, OwnerId owner, CharacterId id,
                                                std::int64_t version);  // the card's JSON

Result<void> activate(db::Tx& tx, UserId user, CharacterId id);
Result<std::optional<CharacterId>> active(db::Reader& reader, UserId user);
Result<void> set_favourite(db::Tx& tx, UserId user, CharacterId id, bool favourite);
Result<std::int64_t> favourites_of(db::Reader& reader, UserId user);

}  // namespace lares::character::store
