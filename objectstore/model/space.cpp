#include "objectstore/model/space.hpp"

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

}  // namespace

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
        txn.add(names_of(container.account).containers, 1);
    }
    txn.put(container, reason);
    return fresh;
}

bool erase_container(store::Transaction& txn, const Container& container) {
    const auto objects = names_of(container.account, container.name).objects;
    if (txn.counter(objects) > 0) return false;
    txn.add(objects, 1, 1);
    txn.add(names_of(container.account).containers, -1);
    txn.erase(container, "deleted");
    return true;
}

std::optional<Object> put_object(store::Transaction& txn, ObjectEngine& engine, const Object& object,
                                 const Bounds& bounds) {
    auto old = txn.get<Object>(object.account, object.container, object.name);
    count(txn, object, old ? 0 : 1, bytes_of(object) - (old ? bytes_of(*old) : 0), bounds);
    if (old) engine.release(txn, old->blob);
    engine.adopt(txn, object.blob, owner_name(object));
    txn.put(object, old ? "replaced" : "created");
    txn.without_log();
    return old;
}

void change_object(store::Transaction& txn, const Object& object) {
    txn.put(object, "changed");
    txn.without_log();
}

void erase_object(store::Transaction& txn, ObjectEngine& engine, const Object& object, std::string_view reason) {
    count(txn, object, -1, -bytes_of(object), {});
    engine.release(txn, object.blob);
    txn.erase(object, reason);
    txn.without_log();
}

}  // namespace cumulet::objectstore
