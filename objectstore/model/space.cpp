#include "objectstore/model/space.hpp"

#include "objectstore/model/space_parts.hpp"
#include "objectstore/model/sync_change.hpp"

namespace cumulet::objectstore {

namespace {

struct CounterNames {
    std::string containers, objects, bytes;
};

CounterNames names_of(const std::string& account) {
    return {"account/containers/" + account, "account/objects/" + account, "account/bytes/" + account};
}
CounterNames names_of(const std::string& account, const std::string& container) {
    const std::string place = account + "/" + container;
    return {"", "container/objects/" + place, "container/bytes/" + place};
}

}  // namespace

namespace parts {

std::string versions_name(const std::string& account, const std::string& container) {
    return "container/versions/" + account + "/" + container;
}

void count(store::Transaction& txn, const Object& object, int objects, std::int64_t bytes, const Bounds& bounds) {
    const auto account = names_of(object.account), container = names_of(object.account, object.container);
    if (objects != 0) {
        txn.add(account.objects, objects);
        txn.add(container.objects, objects, bounds.container_objects);
    }
    if (bytes != 0) {
        txn.add(account.bytes, bytes, bounds.account_bytes);
        txn.add(container.bytes, bytes, bounds.container_bytes);
    }
}

std::int64_t bytes_of(const Object& object) { return static_cast<std::int64_t>(object.blob.length); }

std::string owner_name(const Object& object) { return object.account + "/" + object.container + "/" + object.name; }

void put_version(store::Transaction& txn, const Version& version, std::string_view reason) {
    txn.put(version, reason);
    txn.add(versions_name(version.object.account, version.object.container), 1);
    txn.without_log();
}

// Takes it out of the history without touching its bytes.
void take_version(store::Transaction& txn, const Version& version, std::string_view reason) {
    txn.erase(version, reason);
    txn.add(versions_name(version.object.account, version.object.container), -1);
    txn.without_log();
}

std::optional<Blob> erase_from_history(store::Transaction& txn, ObjectEngine& engine, const Version& version,
                                       std::string_view reason) {
    take_version(txn, version, reason);
    if (version.delete_marker) return std::nullopt;
    count(txn, version.object, 0, -bytes_of(version.object), {});
    engine.release(txn, version.object.blob);
    return version.object.blob;
}

std::optional<Version> null_in_history(store::Transaction& txn, const Object& object) {
    return txn.find<Version>("null", null_part(object.account, object.container, object.name));
}

// Objects written before versions were known bear no such time.
Timestamp made_at(const Object& object) { return object.made_at == Timestamp{} ? object.modified_at : object.made_at; }

std::optional<Version> newest_in_history(store::Transaction& txn, const Object& object) {
    auto rows = txn.scan<Version>({.limit = 1}, object.account, object.container, object.name);
    return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

// The order of versions is the order of commits, also where a clock stands still.
void make_newest(store::Transaction& txn, Object& object, const std::optional<Object>& old) {
    auto last = old ? made_at(*old) : Timestamp{};
    if (const auto version = newest_in_history(txn, object)) last = std::max(last, version->object.made_at);
    object.modified_at = std::max(object.modified_at, last + Duration(10));
}

Version as_version(Object object) {
    object.made_at = made_at(object);
    // What has an id ends only by that id: the time to delete was one of the name.
    if (object.versioned) object.delete_at.reset();
    return {.object = std::move(object)};
}

}  // namespace parts

using namespace parts;

Usage usage_of(store::Transaction& txn, const std::string& account) {
    const auto names = names_of(account);
    return {txn.counter(names.containers), txn.counter(names.objects), txn.counter(names.bytes)};
}

Usage usage_of(store::Transaction& txn, const Container& container) {
    const auto names = names_of(container.account, container.name);
    return {0, txn.counter(names.objects), txn.counter(names.bytes)};
}

Timestamp shown_precision(Timestamp time) { return time - Duration(time.time_since_epoch().count() % 10); }

Account ensure_account(store::Transaction& txn, const std::string& name, Timestamp now) {
    if (auto known = txn.get<Account>(name)) return *known;
    const auto time = shown_precision(now);
    const Account account{.name = name, .created_at = time, .changed_at = time, .metadata = {}};
    txn.put(account, "created");
    return account;
}

// A counter cannot be compared at commit, but bounded: removing a container moves its count of objects from 0 to 1 with
// a bound of 1, which fails when an object has come meanwhile. The 1 stays behind until a container of that name is
// made again; nobody counts in between, since every put needs the container's row.
bool put_container(store::Transaction& txn, const Container& container, std::string_view reason) {
    const bool fresh = !txn.get<Container>(container.account, container.name);
    if (fresh) {
        const auto objects = names_of(container.account, container.name).objects;
        if (txn.counter(objects) > 0) txn.add(objects, -1);
        const auto versions = versions_name(container.account, container.name);
        if (txn.counter(versions) > 0) txn.add(versions, -1);
        txn.add(names_of(container.account).containers, 1);
    }
    txn.put(container, reason);
    return fresh;
}

bool erase_container(store::Transaction& txn, const Container& container) {
    const auto objects = names_of(container.account, container.name).objects;
    const auto versions = versions_name(container.account, container.name);
    if (txn.counter(objects) > 0 || txn.counter(versions) > 0) return false;
    txn.add(objects, 1, 1);
    if (container.versioning != Versioning::off) txn.add(versions, 1, 1);
    txn.add(names_of(container.account).containers, -1);
    txn.erase(container, "deleted");
    return true;
}

std::optional<Blob> put_object(store::Transaction& txn, ObjectEngine& engine, const Container& container,
                               Object& object, const Bounds& bounds) {
    auto old = txn.get<Object>(object.account, object.container, object.name);
    const bool had = old.has_value();
    std::optional<Blob> gone;
    if (container.versioning != Versioning::off) {
        make_newest(txn, object, old);
        object.versioned = container.versioning == Versioning::enabled;
        if (old && (object.versioned || old->versioned)) {
            put_version(txn, as_version(std::move(*old)), "kept");
            old.reset();
        }
        // The new null version replaces that of the history, if the current one was not it.
        if (!object.versioned && !old)
            if (const auto null = null_in_history(txn, object)) gone = erase_from_history(txn, engine, *null, "null");
    }
    object.made_at = object.modified_at;
    count(txn, object, had ? 0 : 1, bytes_of(object) - (old ? bytes_of(*old) : 0), bounds);
    if (old) {
        engine.release(txn, old->blob);
        gone = old->blob;
    }
    engine.adopt(txn, object.blob, owner_name(object));
    txn.put(object, old ? "replaced" : "created");
    note_change(txn, container, object.name, object.modified_at);
    txn.without_log();
    return gone;
}

void change_object(store::Transaction& txn, const Object& object) {
    txn.put(object, "changed");
    note_change(txn, object, object.modified_at);
    txn.without_log();
}

void erase_object(store::Transaction& txn, ObjectEngine& engine, const Object& object, std::string_view reason) {
    count(txn, object, -1, -bytes_of(object), {});
    engine.release(txn, object.blob);
    txn.erase(object, reason);
    note_change(txn, object, shown_precision(txn.now()));
    txn.without_log();
}

std::optional<Blob> move_object(store::Transaction& txn, ObjectEngine& engine, const Object& object,
                                const Container& to, const std::string& name) {
    erase_object(txn, engine, object, "moved");
    Object moved = object;
    moved.container = to.name;
    moved.name = name;
    return put_object(txn, engine, to, moved);
}

}  // namespace cumulet::objectstore
