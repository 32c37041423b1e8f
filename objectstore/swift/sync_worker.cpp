#include "objectstore/swift/sync_worker.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "common/http/url.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/model/listing.hpp"
#include "objectstore/model/sync_change.hpp"
#include "objectstore/swift/body_chain.hpp"
#include "objectstore/swift/container_sync.hpp"
#include "objectstore/swift/links.hpp"
#include "objectstore/swift/metadata.hpp"
#include "objectstore/swift/sync_realms.hpp"

namespace cumulet::objectstore::swift {

namespace {

constexpr std::size_t kAtOnce = 200;

// The other side cannot be reached, or takes nothing for this container: the rest waits.
struct GiveUp : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// A body read piece by piece on a thread that may wait.
class BlockingReader {
public:
    explicit BlockingReader(BlobBody body) : source_(make_source(std::move(body))) {}
    std::size_t read(char* buffer, std::size_t size) {
        std::size_t count = 0;
        std::exception_ptr failure;
        bool done = false;
        context_.restart();
        auto work = boost::asio::make_work_guard(context_);
        boost::asio::co_spawn(context_, source_->read(std::span(buffer, size)),
                              [&](std::exception_ptr error, std::size_t got) {
                                  failure = error;
                                  count = got;
                                  done = true;
                              });
        while (!done) context_.run_one();
        if (failure) std::rethrow_exception(failure);
        return count;
    }

private:
    boost::asio::io_context context_{1};
    std::shared_ptr<http::BodySource> source_;
};

http::Headers headers_of(const Object& object) {
    http::Headers headers;
    headers.set("Content-Type", object.content_type);
    for (const auto& [name, value] : object.headers) headers.set(name, value);
    show_metadata(headers, "X-Object-Meta-", object.metadata);
    if (object.delete_at)
        headers.set("X-Delete-At", fmt::format("{}", object.delete_at->time_since_epoch().count() / 1'000'000));
    if (object.is_static_large()) headers.set("X-Static-Large-Object", "True");
    if (object.is_dynamic_large() && !headers.has("X-Object-Manifest"))
        headers.set("X-Object-Manifest", text::percent_encode(object.dynamic_prefix, "/"));
    show_link(object, headers);
    if (object.etag.size() == 32) headers.set("Etag", object.etag);
    return headers;
}

// One container's changes and the place where they go.
class Pusher {
public:
    Pusher(const Swift& swift, http::Client& client, Container container, SyncRound& round)
        : swift_(swift),
          client_(client),
          container_(std::move(container)),
          target_(sync_target(container_.sync_to, swift.realms, swift.settings.sync_hosts)),
          round_(round) {}

    // Throws GiveUp, and http::ClientError.
    void tell(const SyncChange& change) {
        std::optional<Object> object;
        {
            store::Transaction txn(swift_.store, {});
            object = txn.peek<Object>(change.account, change.container, change.name);
        }
        // What a client's key sealed is bytes to nobody else: the other cluster does not have it.
        if (object && !object->system.contains("ssec") ? put(*object) : erase(change))
            store::transact(swift_.store, cause(), [&](store::Transaction& txn) { forget_change(txn, change); });
    }

private:
    store::Cause cause() const { return {.time = swift_.clock.now(), .operation = "container sync"}; }

    http::ClientRequest request(http::Method method, const std::string& name, Timestamp at,
                                http::Headers headers) const {
        http::ClientRequest request{.method = method, .url = target_.url + "/" + text::percent_encode(name, "/")};
        request.headers = std::move(headers);
        const auto time = unix_time(at);
        request.headers.set("X-Timestamp", time);
        if (target_.realm.empty()) {
            request.headers.set("X-Container-Sync-Key", container_.sync_key);
        } else {
            const auto nonce = fmt::format("{:x}{:x}", at.time_since_epoch().count(), ++nonces_);
            const auto path = http::parse_url(request.url).value().target;
            request.headers.set("X-Container-Sync-Auth",
                                fmt::format("{} {} {}", target_.realm, nonce,
                                            sync_signature(http::to_string(method), path, time, nonce,
                                                           target_.realm_key, container_.sync_key)));
        }
        return request;
    }

    bool put(const Object& object) {
        // What another cluster made of the same object would come back for ever.
        auto look = request(http::Method::head, object.name, object.modified_at, {});
        look.url += "?symlink=get";
        const auto there = client_.fetch(std::move(look));
        if (there.status / 100 == 2) {
            const auto time = parse_sync_time(there.headers.value_or("X-Timestamp", ""));
            if (time && *time >= object.modified_at) {
                ++round_.current;
                return true;
            }
        } else if (there.status != 404) {
            refused(there.status, object.name);
        }
        auto sent = request(http::Method::put, object.name, object.modified_at, headers_of(object));
        const auto answer = send(std::move(sent), object.blob);
        if (answer.status / 100 != 2) return refused(answer.status, object.name);
        ++round_.puts;
        return true;
    }

    http::ClientResponse send(http::ClientRequest request, const Blob& blob) {
        if (blob.length == 0) {
            request.headers.set("Content-Length", "0");
            return client_.fetch(std::move(request));
        }
        BlockingReader reader(swift_.engine.open(blob, 0, blob.length));
        return client_.upload(std::move(request), blob.length,
                              [&](char* buffer, std::size_t size) { return reader.read(buffer, size); });
    }

    bool erase(const SyncChange& change) {
        const auto answer = client_.fetch(request(http::Method::del, change.name, change.at, {}));
        // 404: gone already; 409: there is something newer.
        if (answer.status / 100 != 2 && answer.status != 404 && answer.status != 409)
            return refused(answer.status, change.name);
        ++round_.deletes;
        return true;
    }

    // Always false; or GiveUp where the other objects would fare no better.
    bool refused(int status, const std::string& name) {
        if (status == 401 || status == 403 || status == 404 || status >= 500)
            throw GiveUp(fmt::format("{} answers {}", target_.url, status));
        ++round_.failures;
        log::warning("container sync: {} does not take {}/{}: {}", target_.url, container_.name, name, status);
        return false;
    }

    const Swift& swift_;
    http::Client& client_;
    const Container container_;
    const SyncTarget target_;
    SyncRound& round_;
    mutable std::uint64_t nonces_ = 0;
};

// All objects of a container get rows of their own, a page a transaction.
void spread(const Swift& swift, const SyncChange& all) {
    for (SyncChange at = all;;) {
        bool more = false;
        store::transact(swift.store, {.time = swift.clock.now(), .operation = "container sync"},
                        [&](store::Transaction& txn) {
                            more = false;
                            const auto container = txn.get<Container>(all.account, all.container);
                            const auto row = txn.get<SyncChange>(all.account, all.container, std::string());
                            if (!row || row->count != at.count) return;
                            if (!container || container->sync_to.empty()) return forget_change(txn, *row);
                            const auto page = list_objects(txn, *container, {.marker = row->after, .limit = kAtOnce});
                            for (const auto& entry : page)
                                if (const auto* object = std::get_if<Object>(&entry))
                                    note_change(txn, *container, object->name, object->modified_at);
                            if (page.size() < kAtOnce) return forget_change(txn, *row);
                            auto next = *row;
                            next.after = std::get<Object>(page.back()).name;
                            txn.put(next, "spread");
                            txn.without_log();
                            more = true;
                        });
        if (!more) return;
    }
}

// Rows of containers that sync no more.
void forget_all(const Swift& swift, const std::vector<SyncChange>& changes) {
    store::transact(swift.store, {.time = swift.clock.now(), .operation = "container sync"},
                    [&](store::Transaction& txn) {
                        for (const auto& change : changes) forget_change(txn, change);
                    });
}

std::vector<SyncChange> next_changes(const Swift& swift, const std::optional<SyncChange>& behind) {
    store::Transaction txn(swift.store, {});
    store::Scan scan{.limit = kAtOnce};
    if (behind) scan.after = store::Transaction::cursor_of<SyncChange>("", *behind);
    return txn.scan<SyncChange>(scan);
}

// All of one container, in order.
void push_group(const Swift& swift, http::Client& client, const std::vector<SyncChange>& group, SyncRound& round) {
    std::optional<Container> container;
    {
        store::Transaction txn(swift.store, {});
        container = txn.peek<Container>(group.front().account, group.front().container);
    }
    if (!container || container->sync_to.empty()) return forget_all(swift, group);
    const std::string name = container->account + "/" + container->name;
    try {
        Pusher pusher(swift, client, std::move(*container), round);
        for (const auto& change : group) {
            if (change.name.empty())
                spread(swift, change);
            else
                pusher.tell(change);
        }
    } catch (const std::exception& error) {
        ++round.failures;
        log::warning("container sync of {}: {}", name, error.what());
    }
}

}  // namespace

SyncRound sync_containers(const Swift& swift, http::Client& client) {
    SyncRound round;
    std::optional<SyncChange> behind;
    for (;;) {
        const auto page = next_changes(swift, behind);
        for (std::size_t from = 0; from < page.size();) {
            auto until = from + 1;
            while (until < page.size() && page[until].account == page[from].account &&
                   page[until].container == page[from].container)
                ++until;
            push_group(
                swift, client,
                {page.begin() + static_cast<std::ptrdiff_t>(from), page.begin() + static_cast<std::ptrdiff_t>(until)},
                round);
            from = until;
        }
        if (page.size() < kAtOnce) return round;
        behind = page.back();
    }
}

SyncWorker::SyncWorker(const Swift& swift, http::Client& client, std::chrono::milliseconds pause)
    : rounds_("container sync", pause, [&swift, &client] {
          const auto round = sync_containers(swift, client);
          if (round.puts + round.deletes + round.failures > 0)
              log::info("container sync: {} put, {} deleted, {} there already, {} failed", round.puts, round.deletes,
                        round.current, round.failures);
      }) {}

}  // namespace cumulet::objectstore::swift
