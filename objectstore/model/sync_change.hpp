// What the other side of a container that syncs (Container::sync_to) is still to be told.
#pragma once

#include <string>

#include "common/store/record.hpp"
#include "common/store/transaction.hpp"
#include "objectstore/model/container.hpp"
#include "objectstore/model/object.hpp"

namespace cumulet::objectstore {

// One row a name, however often it changes: what is to be told is what is there when it is told.
struct SyncChange {
    std::string account, container;
    std::string name;        // empty: all objects, because syncing has just begun
    Timestamp at{};          // of the change: when nothing is there, of the deletion
    std::int64_t count = 0;  // of changes since the other side was told last
    std::string after;       // of a nameless one: the names up to here have rows of their own
};

// The counter of rows.
constexpr std::string_view kSyncCounter = "sync/changes";

// Part of the transaction that changes an object; nothing happens in containers that do not sync.
void note_change(store::Transaction& txn, const Container& container, const std::string& name, Timestamp at);
// The same where the container is not at hand.
void note_change(store::Transaction& txn, const Object& object, Timestamp at);
// All of its objects are to be told: syncing begins, or goes elsewhere.
void note_all(store::Transaction& txn, const Container& container, Timestamp at);
// The other side knows, unless the row has changed since it was read.
void forget_change(store::Transaction& txn, const SyncChange& told);

}  // namespace cumulet::objectstore

template <>
struct cumulet::store::Describe<cumulet::objectstore::SyncChange> {
    using R = cumulet::objectstore::SyncChange;
    static constexpr std::string_view collection = "sync_change";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::account, &R::container, &R::name};
    static constexpr auto fields =
        List{field("account", &R::account), field("container", &R::container), field("name", &R::name),
             field("at", &R::at),           field("count", &R::count),         field("after", &R::after)};
    static constexpr auto indexes = List{};
};
