#pragma once
// Lorebooks: list, read, make, change, entries, versions, files, and the box that tells which entries a text
// would wake.
#include "api/lorebook/model.h"
#include "async/pool.h"
#include "character/service.h"
#include "chat/service.h"
#include "gateway/provider.h"
#include "http/route.h"
#include "prompt/counter.h"

namespace lares::api {

class LorebookRoutes {
public:
    struct Tools {
        character::Lorebooks& lorebooks;
        character::Service& characters;
        chat::Service& chats;
        gateway::Provider& provider;
        async::Pool& compute;
    };
    explicit LorebookRoutes(Tools tools) : tools_(tools), books_(tools.lorebooks), counter_(tools.provider) {}
    void add_to(http::Routes& routes);

    Task<Result<LorebookList>> list(http::Call& call, LorebooksQuery query);
    Task<Result<LorebookDetail>> get(http::Call& call, LorebookPath path);
    Task<Result<LorebookItem>> create(http::Call& call, LorebookBody body);
    Task<Result<LorebookItem>> replace(http::Call& call, LorebookPut body);
    Task<Result<LorebookItem>> change(http::Call& call, LorebookChange change);
    Task<Result<void>> remove(http::Call& call, LorebookPath path);
    Task<Result<LorebookItem>> restore(http::Call& call, LorebookPath path);
    Task<Result<void>> erase(http::Call& call, LorebookPath path);

    Task<Result<EntryList>> entries(http::Call& call, EntriesQuery query);
    Task<Result<EntryItem>> entry(http::Call& call, EntryPath path);
    Task<Result<EntryStored>> add_entry(http::Call& call, EntryPost body);
    Task<Result<EntryStored>> put_entry(http::Call& call, EntryPut body);
    Task<Result<void>> remove_entry(http::Call& call, EntryPath path);
    Task<Result<EntryStored>> restore_entry(http::Call& call, EntryPath path);

    Task<Result<BookVersionList>> versions(http::Call& call, LorebookPath path);
    Task<Result<LorebookItem>> restore_version(http::Call& call, BookVersionPath path);
    Task<Result<http::Bytes>> export_book(http::Call& call, BookExportQuery query);
    Task<Result<BookImported>> import_book(http::Call& call, BookImportQuery query, http::Body body);

    Task<Result<LoreTestAnswer>> test(http::Call& call, LoreTestBody body);

private:
    Tools tools_;
    character::Lorebooks& books_;
    prompt::TokenCounter counter_;
};

}  // namespace lares::api
