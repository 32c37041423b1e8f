#include "objectstore/model/sync_change.hpp"

namespace cumulet::objectstore {

namespace {

void put_row(store::Transaction& txn, SyncChange row) {
    if (const auto before = txn.get<SyncChange>(row.account, row.container, row.name))
        row.count = before->count + 1;
    else
        txn.add(kSyncCounter, 1);
    txn.put(row, "to sync");
}

}  // namespace

void note_change(store::Transaction& txn, const Container& container, const std::string& name, Timestamp at) {
    if (container.sync_to.empty()) return;
    put_row(txn, {.account = container.account, .container = container.name, .name = name, .at = at});
}

void note_change(store::Transaction& txn, const Object& object, Timestamp at) {
    if (const auto container = txn.peek<Container>(object.account, object.container))
        note_change(txn, *container, object.name, at);
}

void note_all(store::Transaction& txn, const Container& container, Timestamp at) {
    put_row(txn, {.account = container.account, .container = container.name, .name = {}, .at = at});
}

void forget_change(store::Transaction& txn, const SyncChange& told) {
    const auto now = txn.get<SyncChange>(told.account, told.container, told.name);
    if (!now || now->count != told.count || now->at != told.at) return;
    txn.erase(*now, "synced");
    txn.add(kSyncCounter, -1);
    txn.without_log();
}

}  // namespace cumulet::objectstore
