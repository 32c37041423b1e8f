#include "objectstore/s3/lifecycle_worker.hpp"

#include "common/runtime/log.hpp"
#include "objectstore/model/versions.hpp"
#include "objectstore/s3/rules/lifecycle.hpp"
#include "objectstore/s3/rules/lock.hpp"
#include "objectstore/s3/uploads.hpp"
#include "objectstore/s3/wire/error.hpp"

namespace cumulet::objectstore::s3 {

namespace {

constexpr std::size_t kAtOnce = 500;

bool is_locked(const Object& object, Timestamp now) {
    const auto hold = object.system.find("legal-hold");
    if (hold != object.system.end() && hold->second == "ON") return true;
    const auto found = object.system.find("retention");
    const auto retention = found == object.system.end() ? std::nullopt : Retention::from_text(found->second);
    return retention && retention->until > now;
}

Tags tags_of(const Object& object) {
    const auto found = object.system.find("tags");
    return found == object.system.end() ? Tags{} : tags_of_query(found->second, kMaxObjectTags);
}

// One bucket's round. Each removal is a transaction of its own, which looks again whether it is still due.
class Round {
public:
    Round(const S3& s3, Container container, std::vector<LifecycleRule> rules, Timestamp now)
        : s3_(s3), container_(std::move(container)), rules_(std::move(rules)), now_(now) {
        std::erase_if(rules_, [](const LifecycleRule& rule) { return !rule.enabled; });
    }

    std::size_t run() {
        VersionsRequest request{.names = {.limit = kAtOnce}};
        for (bool more = !rules_.empty(); more;) {
            std::vector<VersionEntry> page;
            {
                store::Transaction txn(s3_.swift.store, {});
                page = list_versions(txn, container_, request);
            }
            for (const auto& entry : page) look_at(std::get<ListedVersion>(entry));
            more = page.size() == kAtOnce;
            if (!page.empty()) {
                const auto& last = std::get<ListedVersion>(page.back()).object;
                request.names.marker = last.name;
                request.version_marker = last.made_at == Timestamp{} ? last.modified_at : last.made_at;
            }
        }
        finish_name();
        abort_uploads();
        return gone_;
    }

private:
    // Versions come name by name, newest first.
    void look_at(const ListedVersion& version) {
        const auto& object = version.object;
        if (object.name != name_) {
            finish_name();
            name_ = object.name;
            noncurrent_ = 0;
            versions_ = 0;
        }
        ++versions_;
        last_ = version;
        if (version.is_latest) {
            if (!version.delete_marker) expire(object);
        } else {
            ++noncurrent_;
            expire_noncurrent(version);
        }
        newer_at_ = object.made_at == Timestamp{} ? object.modified_at : object.made_at;
    }

    bool is_due(const Object& object) const {
        for (const auto& rule : rules_) {
            if (!rule.concerns(object.name, tags_of(object), object.length)) continue;
            if (rule.expire_days && due_after(object.modified_at, *rule.expire_days) <= now_) return true;
            if (rule.expire_at && *rule.expire_at <= now_) return true;
        }
        return false;
    }

    void expire(const Object& object) {
        if (!is_due(object)) return;
        transact([&](store::Transaction& txn, const Container& container) -> std::optional<Blob> {
            const auto current = txn.get<Object>(object.account, object.container, object.name);
            if (!current || current->modified_at != object.modified_at) return std::nullopt;
            if (container.versioning == Versioning::off && is_locked(*current, now_)) return std::nullopt;
            ++gone_;
            return objectstore::delete_object(txn, s3_.swift.engine, container, object.name, shown_precision(now_),
                                              "lifecycle")
                .gone;
        });
    }

    void expire_noncurrent(const ListedVersion& version) {
        const auto& object = version.object;
        bool due = false;
        for (const auto& rule : rules_)
            due = due || (rule.noncurrent_days && noncurrent_ > rule.keep_noncurrent &&
                          rule.concerns(object.name, tags_of(object), object.length) &&
                          due_after(newer_at_, *rule.noncurrent_days) <= now_);
        if (due) erase(version);
    }

    // A delete marker that hides nothing any more.
    void finish_name() {
        if (name_.empty() || versions_ != 1 || !last_.delete_marker) return;
        for (const auto& rule : rules_)
            if (rule.expire_lone_markers && name_.starts_with(rule.prefix)) return erase(last_);
    }

    void erase(const ListedVersion& version) {
        transact([&](store::Transaction& txn, const Container& container) -> std::optional<Blob> {
            const auto found = find_version(txn, container, version.object.name, version_id_of(version.object));
            if (!found || is_locked(found->object, now_)) return std::nullopt;
            ++gone_;
            return erase_version(txn, s3_.swift.engine, *found, After::previous, "lifecycle");
        });
    }

    void abort_uploads() {
        std::vector<MultipartUpload> due;
        {
            store::Transaction txn(s3_.swift.store, {});
            for (auto& upload : txn.scan<MultipartUpload>({}, container_.account, container_.name))
                for (const auto& rule : rules_)
                    if (rule.abort_days && upload.object.name.starts_with(rule.prefix) &&
                        due_after(upload.began_at, *rule.abort_days) <= now_) {
                        due.push_back(std::move(upload));
                        break;
                    }
        }
        for (const auto& upload : due) {
            std::vector<Blob> gone;
            store::transact(s3_.swift.store, cause(), [&](store::Transaction& txn) {
                gone.clear();
                if (txn.get<MultipartUpload>(upload.object.account, upload.object.container, upload.object.name,
                                             upload.id))
                    gone = erase_upload(txn, s3_.swift.engine, upload);
            });
            for (const auto& blob : gone) s3_.swift.engine.discard(blob);
            ++gone_;
        }
    }

    store::Cause cause() const { return {.time = now_, .operation = "lifecycle"}; }

    template <class Body>
    void transact(const Body& body) {
        std::optional<Blob> gone;
        const auto before = gone_;
        store::transact(s3_.swift.store, cause(), [&](store::Transaction& txn) {
            gone_ = before;
            gone.reset();
            if (const auto container = txn.get<Container>(container_.account, container_.name))
                gone = body(txn, *container);
        });
        if (gone) s3_.swift.engine.discard(*gone);
    }

    const S3& s3_;
    const Container container_;
    std::vector<LifecycleRule> rules_;
    const Timestamp now_;
    std::size_t gone_ = 0;
    std::string name_;
    int noncurrent_ = 0;
    std::size_t versions_ = 0;
    ListedVersion last_;
    Timestamp newer_at_{};
};

}  // namespace

std::size_t apply_lifecycles(const S3& s3, Timestamp now) {
    std::vector<Container> with_rules;
    {
        store::Transaction txn(s3.swift.store, {});
        txn.visit<Container>({}, [&](Container&& container) {
            if (container.system.contains("lifecycle")) with_rules.push_back(std::move(container));
            return true;
        });
    }
    std::size_t gone = 0;
    for (auto& container : with_rules) {
        const std::string name = container.account + "/" + container.name;
        try {
            auto rules = parse_lifecycle(parse_xml(container.system.at("lifecycle"), "LifecycleConfiguration"));
            gone += Round(s3, std::move(container), std::move(rules), now).run();
        } catch (const std::exception& error) {
            log::error("lifecycle of {}: {}", name, error.what());
        }
    }
    return gone;
}

LifecycleWorker::LifecycleWorker(const S3& s3, std::chrono::milliseconds pause)
    : s3_(s3), pause_(pause), thread_([this] { run(); }) {}

LifecycleWorker::~LifecycleWorker() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    woken_.notify_one();
    thread_.join();
}

void LifecycleWorker::run() {
    std::unique_lock lock(mutex_);
    while (!woken_.wait_for(lock, pause_, [this] { return stopping_; })) {
        lock.unlock();
        try {
            if (const auto gone = apply_lifecycles(s3_, s3_.swift.clock.now()); gone > 0)
                log::info("lifecycle rules: {} removed", gone);
        } catch (const std::exception& error) {
            log::error("lifecycle: {}", error.what());
        }
        lock.lock();
    }
}

}  // namespace cumulet::objectstore::s3
