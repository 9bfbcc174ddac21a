#pragma once
// The lorebook within the card of a character of one's own: read, changed entry by entry, and as a file.
#include "api/lorebook/model.h"
#include "character/service.h"
#include "http/route.h"

namespace lares::api {

class OwnBookRoutes {
public:
    // It outlives them.
    explicit OwnBookRoutes(character::Service& characters) : characters_(characters) {}
    void add_to(http::Routes& routes);

    Task<Result<OwnBookItem>> get(http::Call& call, OwnBookPath path);
    Task<Result<OwnBookItem>> change(http::Call& call, OwnBookChange change);
    Task<Result<void>> remove(http::Call& call, OwnBookPath path);

    Task<Result<EntryList>> entries(http::Call& call, OwnEntriesQuery query);
    Task<Result<EntryStored>> add_entry(http::Call& call, OwnEntryPost body);
    Task<Result<EntryStored>> put_entry(http::Call& call, OwnEntryPut body);
    Task<Result<void>> remove_entry(http::Call& call, OwnEntryPath path);
    Task<Result<EntryStored>> restore_entry(http::Call& call, OwnEntryPath path);

    Task<Result<http::Bytes>> export_book(http::Call& call, OwnBookExportQuery query);

private:
    character::Service& characters_;
};

}  // namespace lares::api
