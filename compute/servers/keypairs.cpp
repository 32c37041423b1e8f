// Keypairs: SSH keys of users. The service makes a pair when no public key is given, and keeps only the public half.
#include "compute/model/keypair.hpp"

#include "compute/model/quota.hpp"
#include "compute/servers/api.hpp"
#include "compute/servers/ssh_key.hpp"

namespace cumulet::compute::servers {
namespace {

using api::Call;
using api::Errc;
using api::Fault;
using api::Reply;
using nlohmann::json;
using store::Transaction;

constexpr api::Schema kCreate{R"({
  "type": "object", "required": ["keypair"], "additionalProperties": false,
  "properties": {"keypair": {
    "type": "object", "required": ["name"], "additionalProperties": false,
    "properties": {
      "name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[a-zA-Z0-9._@ -]+$"},
      "public_key": {"type": "string", "x-until": "2.91"},
      "type": {"type": "string", "enum": ["ssh", "x509"], "x-since": "2.2"},
      "user_id": {"type": "string", "minLength": 1, "maxLength": 255, "x-since": "2.10"}
    }}}
})"};

constexpr api::Schema kCreateWithKey{R"({
  "type": "object", "required": ["keypair"], "additionalProperties": false,
  "properties": {"keypair": {
    "type": "object", "required": ["name", "public_key"], "additionalProperties": false,
    "properties": {
      "name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[a-zA-Z0-9._@ -]+$"},
      "public_key": {"type": "string"},
      "type": {"type": "string", "enum": ["ssh", "x509"]},
      "user_id": {"type": "string", "minLength": 1, "maxLength": 255}
    }}}
})"};

json keypair_json(const Call& call, const Keypair& pair) {
    json document{{"name", pair.name}, {"public_key", pair.public_key}, {"fingerprint", pair.fingerprint}};
    if (call.at_least({2, 2})) document["type"] = pair.type;
    return document;
}

// Whose keys a call is about: from 2.10 an administrator may name another user.
std::string user_of(const Call& call) {
    auto other = call.at_least({2, 10}) ? call.query("user_id") : std::nullopt;
    if (!other || *other == call.actor().user_id) return call.actor().user_id;
    if (!call.actor().is_admin())
        throw Fault(Errc::forbidden, "Policy doesn't allow {} to be performed.", call.endpoint().policy.rule);
    return *other;
}

Keypair find_keypair(Transaction& txn, const Call& call) {
    auto pair = txn.get<Keypair>(user_of(call), call.path("name"));
    if (!pair) throw Fault(Errc::not_found, "Keypair {} not found for user {}", call.path("name"), user_of(call));
    return *std::move(pair);
}

Reply create_keypair(Call& call, Transaction& txn) {
    const auto& asked = call.body()["keypair"];
    Keypair pair;
    pair.user_id = call.actor().user_id;
    if (asked.contains("user_id") && asked["user_id"] != pair.user_id) {
        if (!call.actor().is_admin())
            throw Fault(Errc::forbidden, "Policy doesn't allow os_compute_api:os-keypairs:create to be performed.");
        pair.user_id = asked["user_id"];
    }
    pair.name = asked["name"];
    if (pair.name.front() == ' ' || pair.name.back() == ' ')
        throw Fault(Errc::bad_request,
                    "Invalid input for field/attribute name. Value: {}. It must not begin or end with a space.",
                    pair.name);
    pair.type = asked.value("type", "ssh");
    pair.created_at = call.now();
    std::string private_key;
    if (asked.contains("public_key")) {
        pair.public_key = asked["public_key"];
        auto fingerprint = ssh_fingerprint(pair.public_key);
        if (!fingerprint) throw Fault(Errc::bad_request, "Keypair data is invalid: failed to generate fingerprint");
        pair.fingerprint = *fingerprint;
    } else {
        if (pair.type != "ssh")
            throw Fault(
                Errc::bad_request,
                "Keypair data is invalid: only keys of type ssh are generated, give the public_key of an x509 one");
        auto made = generate_ssh_key(pair.name);
        pair.public_key = made.public_key;
        pair.fingerprint = made.fingerprint;
        private_key = made.private_key_pem;
    }
    if (txn.get<Keypair>(pair.user_id, pair.name))
        throw Fault(Errc::conflict, "Key pair '{}' already exists.", pair.name);
    if (const auto limit = quota_limit(txn, call.actor().project_id, "key_pairs"); limit >= 0) {
        const auto used = txn.scan<Keypair>({.limit = static_cast<std::size_t>(limit)}, pair.user_id).size();
        if (used >= static_cast<std::size_t>(limit))
            throw Fault(Errc::over_limit, "Quota exceeded, too many key pairs.").kind("OverQuota");
    }
    pair.id = static_cast<std::int64_t>(call.now().time_since_epoch().count() / 1000);
    txn.put(pair, "created");
    auto document = keypair_json(call, pair);
    document["user_id"] = pair.user_id;
    if (!private_key.empty()) document["private_key"] = private_key;
    return Reply::json(call.at_least({2, 2}) ? 201 : 200, {{"keypair", document}});
}

Reply list_keypairs(Call& call, Transaction& txn) {
    const auto user = user_of(call);
    const bool paged = call.at_least({2, 35});
    const auto page = paged ? api::page_request(call, call.module<Settings>().max_page) : api::PageRequest{};
    auto pairs = txn.scan<Keypair>({}, user);
    auto first = pairs.begin();
    if (page.marker) {
        first =
            std::find_if(pairs.begin(), pairs.end(), [&](const Keypair& pair) { return pair.name == *page.marker; });
        if (first == pairs.end()) throw Fault(Errc::bad_request, "Marker {} not found", *page.marker);
        ++first;
    }
    json items = json::array();
    for (; first != pairs.end() && (!paged || items.size() < page.limit); ++first)
        items.push_back({{"keypair", keypair_json(call, *first)}});
    json document{{"keypairs", std::move(items)}};
    if (first != pairs.end())
        document["keypairs_links"] =
            json::array({{{"rel", "next"}, {"href", api::next_link(call, std::prev(first)->name)}}});
    return Reply::ok(document);
}

Reply show_keypair(Call& call, Transaction& txn) {
    const auto pair = find_keypair(txn, call);
    auto document = keypair_json(call, pair);
    document["user_id"] = pair.user_id;
    document["created_at"] = to_iso_naive(pair.created_at);
    document["deleted"] = false;
    document["deleted_at"] = nullptr;
    document["updated_at"] = nullptr;
    document["id"] = pair.id;
    return Reply::ok({{"keypair", document}});
}

Reply delete_keypair(Call& call, Transaction& txn) {
    txn.erase(find_keypair(txn, call), "deleted");
    return Reply::empty(call.at_least({2, 2}) ? 204 : 202);
}

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::get,
     .path = "/v2.1/os-keypairs",
     .policy = {"os_compute_api:os-keypairs:index", "@"},
     .summary = "List a user's keypairs.",
     .handle = list_keypairs},
    {.method = http::Method::post,
     .path = "/v2.1/os-keypairs",
     .until = {2, 91},
     .policy = {"os_compute_api:os-keypairs:create", "@"},
     .body = kCreate,
     .success = 201,
     .summary = "Import a public key, or make a pair and return its private half once.",
     .handle = create_keypair,
     .heavy = true},
    {.method = http::Method::post,
     .path = "/v2.1/os-keypairs",
     .since = {2, 92},
     .policy = {"os_compute_api:os-keypairs:create", "@"},
     .body = kCreateWithKey,
     .success = 201,
     .summary = "Import a public key.",
     .handle = create_keypair},
    {.method = http::Method::get,
     .path = "/v2.1/os-keypairs/{name}",
     .policy = {"os_compute_api:os-keypairs:show", "@"},
     .summary = "Show a keypair.",
     .handle = show_keypair},
    {.method = http::Method::del,
     .path = "/v2.1/os-keypairs/{name}",
     .policy = {"os_compute_api:os-keypairs:delete", "@"},
     .success = 204,
     .summary = "Delete a keypair; servers keep what they were given.",
     .handle = delete_keypair},
};

}  // namespace

api::EndpointTable keypair_endpoints() { return kTable; }

}  // namespace cumulet::compute::servers
