#include "objectstore/swift/versioning.hpp"

#include "common/api/fault.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/model/listing.hpp"
#include "objectstore/model/locked.hpp"
#include "objectstore/swift/access.hpp"
#include "objectstore/swift/metadata.hpp"
#include "objectstore/swift/service.hpp"
#include "objectstore/swift/temp_url.hpp"
#include "objectstore/swift/upload.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;

void set_archive(const SwiftCall& call, std::string_view header, Container& container) {
    const auto location = text::percent_decode(call.header(header).value_or(""));
    if (!location || location->empty() || location->find('/') != std::string::npos)
        throw Fault(Errc::precondition_failed, "Container name in {} must not contain a slash", header);
    if (container.versioning == Versioning::enabled)
        throw Fault(Errc::bad_request, "Cannot use {} on a container with object versioning enabled.", header);
    container.archive = *location;
    container.archive_deletes = text::iequals(header, "X-History-Location");
}

void apply_archive(const SwiftCall& call, Container& container) {
    const auto stack = call.header("X-Versions-Location"), history = call.header("X-History-Location");
    if (stack && history && !stack->empty() && !history->empty())
        throw Fault(Errc::bad_request, "Only one of X-Versions-Location or X-History-Location may be specified");
    if (history && !history->empty()) return set_archive(call, "X-History-Location", container);
    if (stack && !stack->empty()) return set_archive(call, "X-Versions-Location", container);
    const auto says = [&](std::string_view name) { return !call.header(name).value_or("").empty(); };
    if (stack || history || says("X-Remove-Versions-Location") || says("X-Remove-History-Location")) {
        container.archive.clear();
        container.archive_deletes = false;
    }
}

std::string archive_prefix(const std::string& name) { return fmt::format("{:03x}{}/", name.size(), name); }

Container archive_of(store::Transaction& txn, const Container& container) {
    auto found = txn.get<Container>(container.account, container.archive);
    if (!found)
        throw Fault(Errc::precondition_failed, "The container for versions, {}, is missing.", container.archive);
    return std::move(*found);
}

bool is_marker(const Object& object) { return object.content_type == kDeleteMarkerType; }

Object empty_marker(const Container& archive, const std::string& name, Timestamp now) {
    Object marker;
    marker.account = archive.account;
    marker.container = archive.name;
    marker.name = archive_prefix(name) + unix_time(now);
    marker.modified_at = now;
    marker.content_type = kDeleteMarkerType;
    marker.etag = md5_of("");
    return marker;
}

Removed remove_into_history(store::Transaction& txn, ObjectEngine& engine, const Container& container,
                            const std::string& name, Timestamp now) {
    const auto archived = archive_of(txn, container);
    const auto old = txn.get<Object>(container.account, container.name, name);
    if (old) archive(txn, engine, container, *old);
    if (old && now <= old->modified_at) now = old->modified_at + Duration(10);
    auto marker = empty_marker(archived, name, now);
    put_object(txn, engine, archived, marker);
    return {.found = old.has_value(), .gone = {}, .version = {}, .current = {}};
}

// The last archived version comes back in the place of what is deleted.
Removed remove_and_restore(store::Transaction& txn, ObjectEngine& engine, const Container& container,
                           const std::string& name) {
    Removed removed;
    const auto old = txn.get<Object>(container.account, container.name, name);
    const auto archived = txn.get<Container>(container.account, container.archive);
    std::vector<ObjectEntry> last;
    if (archived) last = list_objects(txn, *archived, {.prefix = archive_prefix(name), .limit = 2, .reverse = true});
    const auto object_at = [&](std::size_t i) { return std::get_if<Object>(&last[i]); };
    if (!old && !last.empty() && is_marker(*object_at(0))) {
        // A delete marker is what stands there: it goes, and what it hid comes back.
        erase_object(txn, engine, *object_at(0), "deleted");
        if (last.size() > 1 && !is_marker(*object_at(1))) move_object(txn, engine, *object_at(1), container, name);
        removed.found = true;
        return removed;
    }
    if (old) {
        removed.found = true;
        removed.gone = old->blob;
        erase_object(txn, engine, *old, "deleted");
    }
    if (!last.empty() && !is_marker(*object_at(0))) {
        removed.found = true;
        move_object(txn, engine, *object_at(0), container, name);
    }
    return removed;
}

Removed remove_version(store::Transaction& txn, ObjectEngine& engine, const Container& container,
                       const std::string& name, const std::string& id) {
    if (id == "null" && container.versioning != Versioning::off) {
        const auto object = txn.get<Object>(container.account, container.name, name);
        if (!object) return {};
        if (object->versioned) {
            retire_current(txn, *object);
            return {.found = true, .gone = {}, .version = {}, .current = {}};
        }
        require_unlocked(*object, txn.now());
        erase_object(txn, engine, *object, "deleted");
        return {.found = true, .gone = object->blob, .version = {}, .current = {}};
    }
    const auto time = time_of_version_id(id);
    const auto found = find_version(txn, container, name, *time);
    Removed removed{.found = found.has_value(), .gone = {}, .version = id, .current = "null"};
    if (!found) return removed;
    require_unlocked(found->object, txn.now());
    removed.gone = erase_version(txn, engine, *found, After::nothing, "deleted");
    if (const auto current = txn.get<Object>(container.account, container.name, name); current)
        removed.current = version_id_of(*current);
    return removed;
}

void check_version_id(const Container& container, const std::string& id) {
    if (id == "null") return;
    if (container.versioning == Versioning::off)
        throw Fault(Errc::bad_request, "version-aware operations require that the container is versioned");
    if (!time_of_version_id(id)) throw Fault(Errc::bad_request, "Invalid version parameter");
}

}  // namespace

void require_unlocked(const Object& object, Timestamp now) {
    if (is_locked(object, now)) throw Fault(Errc::forbidden, "This is locked by S3's object lock.");
}

void apply_versioning(const SwiftCall& call, Container& container) {
    apply_archive(call, container);
    const auto wanted = call.header("X-Versions-Enabled");
    if (!wanted) return;
    if (!container.archive.empty())
        throw Fault(Errc::bad_request,
                    "Cannot enable object versioning on a container that is already using the legacy versioned writes "
                    "feature.");
    if (!container.sync_to.empty())
        throw Fault(Errc::bad_request,
                    "Cannot enable object versioning on a container configured as source of container syncing.");
    if (!says_true(*wanted) && locks_objects(container))
        throw Fault(Errc::conflict, "Versioning stays on where S3's object lock is.");
    if (says_true(*wanted))
        container.versioning = Versioning::enabled;
    else if (container.versioning == Versioning::enabled)
        container.versioning = Versioning::suspended;
}

void show_versioning(const Container& container, http::Headers& headers) {
    if (container.versioning != Versioning::off)
        headers.set("X-Versions-Enabled", container.versioning == Versioning::enabled ? "True" : "False");
    if (!container.archive.empty())
        headers.set(container.archive_deletes ? "X-History-Location" : "X-Versions-Location",
                    text::percent_encode(container.archive));
}

std::optional<std::string> asked_version(const SwiftCall& call) {
    auto id = call.query("version-id");
    if (id && id->empty()) id.reset();
    return id;
}

FoundVersion require_version(store::Transaction& txn, const Container& container, const std::string& name,
                             const std::string& id) {
    check_version_id(container, id);
    std::optional<FoundVersion> found;
    if (id == "null") {
        found = find_version(txn, container, name, id);
        if (found && !found->is_current) found.reset();
    } else {
        found = find_version(txn, container, name, *time_of_version_id(id));
    }
    if (found && found->delete_marker)
        throw OtherAnswer{api::Reply::text(404, "", std::string(kDeleteMarkerType)).header("X-Object-Version-Id", id)};
    if (!found) throw object_missing();
    return std::move(*found);
}

void show_version(const Container& container, const Object& object, http::Headers& headers) {
    if (container.versioning == Versioning::off) return;
    headers.set("X-Object-Version-Id", version_id_of(object));
    if (object.versioned)
        headers.set(
            "Content-Location",
            text::percent_encode(fmt::format("/v1/{}/{}/{}", object.account, object.container, object.name), "/") +
                "?version-id=" + version_id_of(object));
}

void archive(store::Transaction& txn, ObjectEngine& engine, const Container& container, const Object& old) {
    const auto to = archive_of(txn, container);
    move_object(txn, engine, old, to, archive_prefix(old.name) + unix_time(old.modified_at));
}

Removed remove_object(const SwiftCall& call, store::Transaction& txn, const Container& container,
                      const std::string& name, const std::optional<std::string>& version) {
    auto& engine = call.module<Swift>().engine;
    if (version && !is_temp_url(call)) {
        if (!owns(call, container.account)) deny(call);
        check_version_id(container, *version);
        if (*version != "null") return remove_version(txn, engine, container, name, *version);
        if (container.versioning != Versioning::off) return remove_version(txn, engine, container, name, *version);
    }
    const auto now = shown_precision(call.module<Swift>().clock.now());
    if (!container.archive.empty())
        return container.archive_deletes ? remove_into_history(txn, engine, container, name, now)
                                         : remove_and_restore(txn, engine, container, name);
    if (container.versioning == Versioning::suspended) {
        // Swift's own suspended containers keep what has an id, and write no markers.
        return remove_version(txn, engine, container, name, "null");
    }
    auto done = delete_object(txn, engine, container, name, now, "deleted");
    Removed removed{.found = done.object.has_value(), .gone = done.gone, .version = {}, .current = {}};
    if (done.marker) removed.version = version_id_of(*done.marker);
    return removed;
}

}  // namespace cumulet::objectstore::swift
