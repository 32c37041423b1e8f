#include "objectstore/swift/container_sync.hpp"

#include <nlohmann/json.hpp>

#include "common/runtime/log.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/model/sync_change.hpp"
#include "objectstore/model/versions.hpp"
#include "objectstore/swift/manifest.hpp"
#include "objectstore/swift/metadata.hpp"
#include "objectstore/swift/object_place.hpp"
#include "objectstore/swift/service.hpp"
#include "objectstore/swift/sync_realms.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;
using api::Reply;

std::string sync_key_of(const SwiftCall& call) {
    store::Transaction txn(call.module<Swift>().store, {});
    const auto container = txn.peek<Container>(call.path("account"), call.path("container"));
    return container ? container->sync_key : "";
}

bool signs_call(const SwiftCall& call, std::string_view sent, const std::string& user_key) {
    std::vector<std::string_view> words;
    for (const auto word : text::split(sent, ' '))
        if (!word.empty()) words.push_back(word);
    const auto* realms = call.module<Swift>().realms;
    if (words.size() != 3 || !realms || user_key.empty()) return false;
    const auto realm = realms->find(words[0]);
    if (!realm || realm->key.empty()) return false;
    const auto timestamp = call.header("X-Timestamp").value_or("0");
    bool valid = false;
    for (const auto& key : {realm->key, realm->key2}) {
        if (key.empty()) continue;
        const auto expected =
            sync_signature(call.request().method_text, call.request().path, timestamp, words[1], key, user_key);
        valid = text::equal_in_constant_time(text::to_lower(words[2]), expected) || valid;
    }
    return valid;
}

OtherAnswer unauthorized(const SwiftCall& call) {
    Reply reply =
        Reply::text(401, "X-Container-Sync-Auth header not valid; contact cluster operator for support.", "text/plain");
    reply.response().headers.set(
        "WWW-Authenticate", fmt::format("SwiftContainerSync realm=\"{}\"", text::percent_encode(call.path("account"))));
    return {std::move(reply)};
}

}  // namespace

std::optional<Timestamp> parse_sync_time(std::string_view text) {
    return time_of_version_id(text.substr(0, text.find('_')));
}

void admit_sync(SwiftCall& call) {
    if (call.endpoint().path.find("{container}") == std::string_view::npos) return;
    const auto signature = call.header("X-Container-Sync-Auth");
    const auto key = call.header("X-Container-Sync-Key");
    const bool of_object = call.endpoint().path.find("{object") != std::string_view::npos;
    if (!signature && !(key && of_object)) return;
    const auto user_key = sync_key_of(call);
    const auto time = parse_sync_time(call.header("X-Timestamp").value_or(""));
    if (signature) {
        if (!signs_call(call, *signature, user_key)) throw unauthorized(call);
    } else if (!time || user_key.empty() || !text::equal_in_constant_time(*key, user_key)) {
        return;  // whoever sets a container's key has a token
    }
    call.warrant(call.path("account"), call.path("container"));
    call.set_synced(time.value_or(call.now()));
}

void check_synced_put(const SwiftCall& call, store::Transaction& txn, const ObjectPlace& place,
                      const std::optional<Object>& old) {
    if (!call.synced_at()) return;
    bool stale = old && old->modified_at >= *call.synced_at();
    // A deletion that the sender has not heard of yet.
    if (!old) {
        const auto change = txn.peek<SyncChange>(place.account, place.container, place.name);
        stale = change && change->at > *call.synced_at();
    }
    if (stale) throw OtherAnswer{Reply::text(202, "", "text/html; charset=UTF-8")};
}

bool is_synced_manifest(const SwiftCall& call) {
    return call.synced_at() && says_true(call.header("X-Static-Large-Object").value_or(""));
}

void adopt_manifest(std::string_view json, Object& object) {
    std::vector<ManifestEntry> manifest;
    try {
        manifest = parse_manifest(json);
    } catch (const std::exception& broken) {
        throw Fault(Errc::bad_request, "This is no manifest of a large object.").detail(broken.what());
    }
    object.length = 0;
    for (const auto& entry : manifest) {
        if (entry.bytes > 0 && (entry.first > entry.last || entry.last >= entry.bytes))
            throw Fault(Errc::bad_request, "This is no manifest of a large object.");
        object.length += entry.length();
    }
    object.static_etag = etag_of(manifest);
}

}  // namespace cumulet::objectstore::swift
