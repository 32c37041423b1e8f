#include "objectstore/swift/service.hpp"

#include "objectstore/swift/domain_remap.hpp"
#include "objectstore/swift/tables.hpp"

namespace cumulet::objectstore::swift {

namespace {

// "tx", 21 hex digits, a dash, the second in 10 hex digits: the form that Swift's tools read.
std::string transaction_id(Random& random, Timestamp now) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    return fmt::format("tx{}-{:010x}", random.hex_uuid().substr(0, 21), seconds);
}

}  // namespace

std::vector<api::EndpointTable> all_tables() {
    return {info_endpoints(),    login_endpoints(),     recon_endpoints(),
            account_endpoints(), container_endpoints(), object_endpoints()};
}

api::ServiceDescription description() {
    return {.name = "swift",
            .tables = all_tables(),
            .fault = api::swift_fault,
            .request_id_headers = {"X-Trans-Id", "X-Openstack-Request-Id"},
            .make_request_id = transaction_id,
            .broken_path = api::Errc::precondition_failed,
            .prepare = remap_domain,
            .prepare_on = remaps_on};
}

}  // namespace cumulet::objectstore::swift
