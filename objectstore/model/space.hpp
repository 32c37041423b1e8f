// What may be done to accounts, containers and objects, inside a transaction. All counts are kept by store counters, so
// that writers of different objects of a container do not conflict.
#pragma once

#include <cstdint>
#include <optional>

#include "common/store/transaction.hpp"
#include "objectstore/engine/engine.hpp"
#include "objectstore/model/account.hpp"
#include "objectstore/model/container.hpp"
#include "objectstore/model/object.hpp"

namespace cumulet::objectstore {

struct Usage {
    std::int64_t containers = 0;  // of an account
    std::int64_t objects = 0;
    std::int64_t bytes = 0;
};
// Objects are the current ones; bytes are those of all versions.
Usage usage_of(store::Transaction& txn, const std::string& account);
Usage usage_of(store::Transaction& txn, const Container& container);

// Times have the precision that Swift shows: ten microseconds.
Timestamp shown_precision(Timestamp time);

// The account, made when it is not there yet.
Account ensure_account(store::Transaction& txn, const std::string& name, Timestamp now);
// Creates or replaces. True when it is new.
bool put_container(store::Transaction& txn, const Container& container, std::string_view reason);
// False when there is something in it, be it versions; nothing happens then. An object put meanwhile makes the commit
// fail.
bool erase_container(store::Transaction& txn, const Container& container);

// Where the counters of a put must not pass, however many puts race.
struct Bounds {
    std::optional<std::int64_t> container_bytes, container_objects, account_bytes;
};

// Creates or replaces; `container` must have been read with get() in this transaction. Sets the object's made_at (its
// modified_at, later than every version of the name) and whether it is versioned. While versioning is enabled the one
// before becomes a version; while it is suspended only the null version is replaced. What comes back: a blob that
// nothing owns any more; discard() it after the commit.
std::optional<Blob> put_object(store::Transaction& txn, ObjectEngine& engine, const Container& container,
                               Object& object, const Bounds& bounds = {});
// The same for an object whose blob stays what it is, and which stays the version that it is.
void change_object(store::Transaction& txn, const Object& object);
// The object, in a container without versioning, moves to another place of its account; what stands there is replaced.
// What comes back is to be discarded after the commit.
std::optional<Blob> move_object(store::Transaction& txn, ObjectEngine& engine, const Object& object,
                                const Container& to, const std::string& name);
// The current version goes without a trace, and none takes its place: discard() its blob after the commit.
void erase_object(store::Transaction& txn, ObjectEngine& engine, const Object& object, std::string_view reason);

}  // namespace cumulet::objectstore
