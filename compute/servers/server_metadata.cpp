// A server's metadata: free keys and values of its user.
#include "compute/model/quota.hpp"
#include "compute/servers/api.hpp"
#include "compute/servers/lookup.hpp"
#include "compute/servers/metadata_schemas.hpp"
#include "compute/servers/rules.hpp"

namespace cumulet::compute::servers {
namespace {

using api::Call;
using api::Errc;
using api::Fault;
using api::Reply;
using store::Transaction;

void store_metadata(Call& call, Transaction& txn, Server& server) {
    const auto limit = quota_limit(txn, server.project_id, "metadata_items");
    if (limit >= 0 && server.metadata.size() > static_cast<std::size_t>(limit))
        throw Fault(Errc::over_limit, "Maximum number of metadata items exceeds {}", limit).kind("OverQuota");
    server.updated_at = call.now();
    ++server.generation;
    txn.put(server, "metadata_set");
}

Reply list_metadata(Call& call, Transaction& txn) {
    return Reply::ok({{"metadata", find_visible(txn, call, call.path("server_id")).metadata}});
}

Reply add_metadata(Call& call, Transaction& txn) {
    auto server = find_changeable(txn, call, call.path("server_id"));
    for (const auto& [key, value] : call.body()["metadata"].items()) server.metadata[key] = value;
    store_metadata(call, txn, server);
    return Reply::ok({{"metadata", server.metadata}});
}

Reply replace_metadata(Call& call, Transaction& txn) {
    auto server = find_changeable(txn, call, call.path("server_id"));
    server.metadata = call.body()["metadata"].get<std::map<std::string, std::string>>();
    store_metadata(call, txn, server);
    return Reply::ok({{"metadata", server.metadata}});
}

const std::string& item_of(const Server& server, const std::string& key) {
    auto found = server.metadata.find(key);
    if (found == server.metadata.end()) throw Fault(Errc::not_found, "Metadata item was not found");
    return found->second;
}

Reply show_item(Call& call, Transaction& txn) {
    const auto server = find_visible(txn, call, call.path("server_id"));
    const auto& key = call.path("key");
    return Reply::ok({{"meta", {{key, item_of(server, key)}}}});
}

Reply put_item(Call& call, Transaction& txn) {
    auto server = find_changeable(txn, call, call.path("server_id"));
    const auto& key = call.path("key");
    const auto& meta = call.body()["meta"];
    if (!meta.contains(key)) throw Fault(Errc::bad_request, "Request body and URI mismatch");
    server.metadata[key] = meta[key];
    store_metadata(call, txn, server);
    return Reply::ok({{"meta", meta}});
}

Reply delete_item(Call& call, Transaction& txn) {
    auto server = find_changeable(txn, call, call.path("server_id"));
    item_of(server, call.path("key"));
    server.metadata.erase(call.path("key"));
    store_metadata(call, txn, server);
    return Reply::no_content();
}

constexpr std::string_view kAll = "/v2.1/servers/{server_id}/metadata";
constexpr std::string_view kItem = "/v2.1/servers/{server_id}/metadata/{key}";

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::get,
     .path = kAll,
     .policy = {"os_compute_api:server-metadata:index", kReader},
     .summary = "List a server's metadata.",
     .handle = list_metadata},
    {.method = http::Method::post,
     .path = kAll,
     .policy = {"os_compute_api:server-metadata:create", kMember},
     .body = kMetadata,
     .summary = "Add or change metadata.",
     .handle = add_metadata},
    {.method = http::Method::put,
     .path = kAll,
     .policy = {"os_compute_api:server-metadata:update_all", kMember},
     .body = kMetadata,
     .summary = "Replace all metadata.",
     .handle = replace_metadata},
    {.method = http::Method::get,
     .path = kItem,
     .policy = {"os_compute_api:server-metadata:show", kReader},
     .summary = "Show one metadata item.",
     .handle = show_item},
    {.method = http::Method::put,
     .path = kItem,
     .policy = {"os_compute_api:server-metadata:update", kMember},
     .body = kMetadataItem,
     .summary = "Set one metadata item.",
     .handle = put_item},
    {.method = http::Method::del,
     .path = kItem,
     .policy = {"os_compute_api:server-metadata:delete", kMember},
     .success = 204,
     .summary = "Remove one metadata item.",
     .handle = delete_item},
};

}  // namespace

api::EndpointTable server_metadata_endpoints() { return kTable; }

}  // namespace cumulet::compute::servers
