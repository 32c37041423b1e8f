// The history of names in containers whose versioning is or was enabled. Both front doors see the same versions.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "objectstore/model/listing.hpp"
#include "objectstore/model/space.hpp"
#include "objectstore/model/version.hpp"

namespace cumulet::objectstore {

// "1700000000.12345", or "null" for what was put while versioning was not enabled.
std::string version_id_of(const Object& object);
// The time that such an id names; absent for "null" and for what is no id.
std::optional<Timestamp> time_of_version_id(std::string_view id);

struct FoundVersion {
    Object object;
    bool delete_marker = false;
    bool is_current = false;  // it is what a reader of the name gets
};

// As of this transaction; guarded until its commit. An id is what version_id_of() said; a time also finds null
// versions.
std::optional<FoundVersion> find_version(store::Transaction& txn, const Container& container, const std::string& name,
                                         std::string_view id);
std::optional<FoundVersion> find_version(store::Transaction& txn, const Container& container, const std::string& name,
                                         Timestamp time);

struct Deletion {
    std::optional<Object> object;  // what was current
    std::optional<Object> marker;  // the delete marker that was written: made_at, versioned
    std::optional<Blob> gone;      // discard() it after the commit
};
// A delete that names no version. Without versioning the object goes; with it a delete marker becomes the newest
// version, also where there was nothing. `container` must have been read with get(). `now` is the time of a marker.
Deletion delete_object(store::Transaction& txn, ObjectEngine& engine, const Container& container,
                       const std::string& name, Timestamp now, std::string_view reason);

// What becomes of the name when its current version is erased: nothing stands there, or the version before, unless that
// is a delete marker.
enum class After { nothing, previous };
// Erases one version or delete marker for good. A marker that was newest and goes also lets the previous one come back,
// where that is wanted. What comes back is to be discarded after the commit.
std::optional<Blob> erase_version(store::Transaction& txn, ObjectEngine& engine, const FoundVersion& version,
                                  After after, std::string_view reason);
// The version, no marker, becomes what readers of its name get.
void make_current(store::Transaction& txn, const FoundVersion& version);
// The current version, one with an id, becomes history; nothing takes its place.
void retire_current(store::Transaction& txn, const Object& object);

struct VersionsRequest {
    ListRequest names;
    std::optional<Timestamp> version_marker;  // with a marker: start behind this version of it, not behind all of them
};
struct ListedVersion {
    Object object;
    bool delete_marker = false;
    bool is_latest = false;
};
using VersionEntry = std::variant<ListedVersion, Directory>;
// By name, newest first.
std::vector<VersionEntry> list_versions(store::Transaction& txn, const Container& container,
                                        const VersionsRequest& request);

}  // namespace cumulet::objectstore
