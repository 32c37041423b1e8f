// A server's tags: short words to find it by.
#include "compute/servers/api.hpp"
#include "compute/servers/lookup.hpp"
#include "compute/servers/rules.hpp"

namespace cumulet::compute::servers {
namespace {

using api::Call;
using api::Errc;
using api::Fault;
using api::Reply;
using store::Transaction;

constexpr std::size_t kMostTags = 50;
constexpr std::size_t kLongestTag = 60;

constexpr api::Schema kReplace{R"({"type": "object", "required": ["tags"], "additionalProperties": false,
    "properties": {"tags": {"type": "array", "maxItems": 50,
      "items": {"type": "string", "minLength": 1, "maxLength": 60, "pattern": "^[^,/]*$"}}}})"};

Reply list_tags(Call& call, Transaction& txn) {
    return Reply::ok({{"tags", find_visible(txn, call, call.path("server_id")).tags}});
}

Reply replace_tags(Call& call, Transaction& txn) {
    auto server = find_changeable(txn, call, call.path("server_id"));
    const auto& asked = call.body()["tags"];
    std::set<std::string> tags(asked.begin(), asked.end());
    server.tags.assign(tags.begin(), tags.end());
    txn.put(server, "tagged");
    return Reply::ok({{"tags", server.tags}});
}

Reply clear_tags(Call& call, Transaction& txn) {
    auto server = find_changeable(txn, call, call.path("server_id"));
    server.tags.clear();
    txn.put(server, "tagged");
    return Reply::no_content();
}

auto find_tag(Server& server, const std::string& tag) { return std::find(server.tags.begin(), server.tags.end(), tag); }

Reply has_tag(Call& call, Transaction& txn) {
    auto server = find_visible(txn, call, call.path("server_id"));
    const auto& tag = call.path("tag");
    if (find_tag(server, tag) == server.tags.end())
        throw Fault(Errc::not_found, "Server {} has no tag '{}'", server.id, tag);
    return Reply::no_content();
}

Reply add_tag(Call& call, Transaction& txn) {
    auto server = find_changeable(txn, call, call.path("server_id"));
    const auto& tag = call.path("tag");
    if (tag.empty() || tag.size() > kLongestTag || tag.find_first_of(",/") != std::string::npos)
        throw Fault(Errc::bad_request,
                    "Tag '{}' is invalid. It must be a non-empty string of at most {} characters without ',' and '/'",
                    tag, kLongestTag);
    const auto location = fmt::format("{}/v2.1/servers/{}/tags/{}", call.base_url(), server.id, tag);
    if (find_tag(server, tag) != server.tags.end()) return Reply::no_content().header("Location", location);
    if (server.tags.size() == kMostTags)
        throw Fault(Errc::bad_request, "The number of tags exceeded the per-server limit {}", kMostTags);
    server.tags.insert(std::upper_bound(server.tags.begin(), server.tags.end(), tag), tag);
    txn.put(server, "tagged");
    return Reply::empty(201).header("Location", location);
}

Reply remove_tag(Call& call, Transaction& txn) {
    auto server = find_changeable(txn, call, call.path("server_id"));
    auto found = find_tag(server, call.path("tag"));
    if (found == server.tags.end())
        throw Fault(Errc::not_found, "Server {} has no tag '{}'", server.id, call.path("tag"));
    server.tags.erase(found);
    txn.put(server, "tagged");
    return Reply::no_content();
}

constexpr std::string_view kAll = "/v2.1/servers/{server_id}/tags";
constexpr std::string_view kItem = "/v2.1/servers/{server_id}/tags/{tag}";

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::get,
     .path = kAll,
     .since = {2, 26},
     .policy = {"os_compute_api:os-server-tags:index", kReader},
     .summary = "List a server's tags.",
     .handle = list_tags},
    {.method = http::Method::put,
     .path = kAll,
     .since = {2, 26},
     .policy = {"os_compute_api:os-server-tags:update_all", kMember},
     .body = kReplace,
     .summary = "Replace a server's tags.",
     .handle = replace_tags},
    {.method = http::Method::del,
     .path = kAll,
     .since = {2, 26},
     .policy = {"os_compute_api:os-server-tags:delete_all", kMember},
     .success = 204,
     .summary = "Remove all tags of a server.",
     .handle = clear_tags},
    {.method = http::Method::get,
     .path = kItem,
     .since = {2, 26},
     .policy = {"os_compute_api:os-server-tags:show", kReader},
     .success = 204,
     .summary = "Tell whether a server has a tag.",
     .handle = has_tag},
    {.method = http::Method::put,
     .path = kItem,
     .since = {2, 26},
     .policy = {"os_compute_api:os-server-tags:update", kMember},
     .body = api::kNoBody,
     .success = 201,
     .summary = "Add a tag.",
     .handle = add_tag},
    {.method = http::Method::del,
     .path = kItem,
     .since = {2, 26},
     .policy = {"os_compute_api:os-server-tags:delete", kMember},
     .success = 204,
     .summary = "Remove a tag.",
     .handle = remove_tag},
};

}  // namespace

api::EndpointTable server_tag_endpoints() { return kTable; }

}  // namespace cumulet::compute::servers
