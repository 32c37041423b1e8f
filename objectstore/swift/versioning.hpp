// Swift's two ways of keeping what is replaced: the new one (X-Versions-Enabled: versions beside their object) and the
// old one (X-Versions-Location, X-History-Location: archived into another container).
#pragma once

#include "objectstore/model/versions.hpp"
#include "objectstore/swift/call.hpp"
#include "objectstore/swift/object_place.hpp"

namespace cumulet::objectstore::swift {

inline constexpr std::string_view kDeleteMarkerType = "application/x-deleted;swift_versions_deleted=1";

// What a PUT or POST of a container says about either. Throws Fault 400, 412, and 409 where S3's object lock needs it.
void apply_versioning(const SwiftCall& call, Container& container);
void show_versioning(const Container& container, http::Headers& headers);

// Throws Fault 403 for what S3's object lock holds.
void require_unlocked(const Object& object, Timestamp now);

// The version that ?version-id names; absent without one.
std::optional<std::string> asked_version(const SwiftCall& call);
// The one that a request with such an id means. Throws Fault 400, and 404 where there is none; OtherAnswer 404 for a
// delete marker.
FoundVersion require_version(store::Transaction& txn, const Container& container, const std::string& name,
                             const std::string& id);
// X-Object-Version-Id and Content-Location, where versioning ever was enabled.
void show_version(const Container& container, const Object& object, http::Headers& headers);

// In the old style: moves what is about to be replaced or deleted to the archive. Throws Fault 412 when there is none.
void archive(store::Transaction& txn, ObjectEngine& engine, const Container& container, const Object& old);

struct Removed {
    bool found = false;  // there was an object
    std::optional<Blob> gone;
    std::string version, current;  // X-Object-Version-Id, X-Object-Current-Version-Id; empty: not shown
};
// A DELETE, in whatever style the container has; `version` as asked_version() said. Throws Fault.
Removed remove_object(const SwiftCall& call, store::Transaction& txn, const Container& container,
                      const std::string& name, const std::optional<std::string>& version);

}  // namespace cumulet::objectstore::swift
