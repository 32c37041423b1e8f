// What the files of this folder share about rows and counters.
#pragma once

#include "objectstore/model/space.hpp"
#include "objectstore/model/version.hpp"

namespace cumulet::objectstore::parts {

// The counter of a container's rows of history.
std::string versions_name(const std::string& account, const std::string& container);
// Moves the counters of an object's container and account.
void count(store::Transaction& txn, const Object& object, int objects, std::int64_t bytes, const Bounds& bounds);
std::int64_t bytes_of(const Object& object);
std::string owner_name(const Object& object);

// Objects written before versions were known bear no such time.
Timestamp made_at(const Object& object);
Version as_version(Object object);

void put_version(store::Transaction& txn, const Version& version, std::string_view reason);
// Takes it out of the history without touching its bytes.
void take_version(store::Transaction& txn, const Version& version, std::string_view reason);
// What comes back is to be discarded after the commit.
std::optional<Blob> erase_from_history(store::Transaction& txn, ObjectEngine& engine, const Version& version,
                                       std::string_view reason);
std::optional<Version> null_in_history(store::Transaction& txn, const Object& object);
std::optional<Version> newest_in_history(store::Transaction& txn, const Object& object);
// Makes modified_at later than everything that the name ever held.
void make_newest(store::Transaction& txn, Object& object, const std::optional<Object>& old);

}  // namespace cumulet::objectstore::parts
