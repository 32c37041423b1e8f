#include "objectstore/swift/quotas.hpp"

#include <algorithm>
#include <charconv>

#include "common/api/fault.hpp"
#include "objectstore/swift/access.hpp"
#include "objectstore/swift/service.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;
using Metadata = std::map<std::string, std::string>;

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    const auto end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value);
    if (result.ec != std::errc{} || result.ptr != end || value < 0) return std::nullopt;
    return value;
}

std::optional<std::int64_t> quota_in(const Metadata& metadata, const char* name) {
    const auto found = metadata.find(name);
    return found == metadata.end() ? std::nullopt : number(found->second);
}

void check_header(const SwiftCall& call, std::string_view name, std::string_view what) {
    const auto value = call.header(name);
    if (value && !value->empty() && !number(*value)) throw Fault(Errc::bad_request, "Invalid {} quota.", what);
}

Fault exceeded() { return Fault(Errc::too_large, "Upload exceeds quota."); }

}  // namespace

void check_quota_headers(const SwiftCall& call) {
    check_header(call, "X-Container-Meta-Quota-Bytes", "bytes");
    check_header(call, "X-Container-Meta-Quota-Count", "count");
    const bool sets = call.header("X-Account-Meta-Quota-Bytes") || call.header("X-Remove-Account-Meta-Quota-Bytes");
    if (!sets) return;
    require_reseller(call);
    check_header(call, "X-Account-Meta-Quota-Bytes", "bytes");
}

Bounds quota_bounds(store::Transaction& txn, const Container& container) {
    Bounds bounds{.container_bytes = quota_in(container.metadata, "Quota-Bytes"),
                  .container_objects = quota_in(container.metadata, "Quota-Count"),
                  .account_bytes = {}};
    if (const auto account = txn.peek<Account>(container.account))
        bounds.account_bytes = quota_in(account->metadata, "Quota-Bytes");
    return bounds;
}

void check_quota(store::Transaction& txn, const Container& container, std::uint64_t bytes) {
    const auto bounds = quota_bounds(txn, container);
    const auto wanted = static_cast<std::int64_t>(bytes);
    if (bounds.container_bytes && usage_of(txn, container).bytes + wanted > *bounds.container_bytes) throw exceeded();
    if (bounds.container_objects && usage_of(txn, container).objects + 1 > *bounds.container_objects) throw exceeded();
    if (bounds.account_bytes && usage_of(txn, container.account).bytes + wanted > *bounds.account_bytes)
        throw exceeded();
}

void check_bounds(store::Transaction& txn, const Container& container, const Bounds& bounds, const Object& object,
                  const std::optional<Object>& old) {
    // What stays as a version, or in the archive, still counts.
    const bool kept = container.versioning == Versioning::enabled;
    const auto more =
        static_cast<std::int64_t>(object.blob.length) - static_cast<std::int64_t>(old && !kept ? old->blob.length : 0);
    if (bounds.container_bytes || bounds.container_objects) {
        const auto usage = usage_of(txn, container);
        if (more > 0 && bounds.container_bytes && usage.bytes + more > *bounds.container_bytes) throw exceeded();
        if (!old && bounds.container_objects && usage.objects + 1 > *bounds.container_objects) throw exceeded();
    }
    if (more > 0 && bounds.account_bytes && usage_of(txn, container.account).bytes + more > *bounds.account_bytes)
        throw exceeded();
}

}  // namespace cumulet::objectstore::swift
