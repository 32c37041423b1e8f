// What the handlers of this API share: who may see and change what, reading bodies, documents of rows.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/api/call.hpp"
#include "common/store/transaction.hpp"
#include "compute/networks/faults.hpp"
#include "compute/networks/network.hpp"

namespace cumulet::compute::networks {

using api::Call;
using api::Endpoint;
using api::Policy;
using api::Reply;
using nlohmann::json;

bool is_admin(const Call& call);

// The target of rules on calls without a row yet: the actor's own project. Rules on a row are asked again by the
// handlers, once they know that the actor may know of the row at all (404 before 403).
json own_target(Call& call, store::Transaction& txn);
json target_of(const Resource& row);

// The project that a new resource is to belong to: the actor's, or for administrators the one the body names. 400
// otherwise.
std::string owner_for(const Call& call, const json& item);
// Name, description, project and times of a new row.
void fill_new(Call& call, store::Transaction& txn, Resource& row, const json& item);
// Name and description where the body has them; revision and time move.
void fill_changed(store::Transaction& txn, Resource& row, const json& item);

// Members that are absent or null give the fallback.
std::string text_of(const json& item, std::string_view name, std::string fallback = "");
bool flag_of(const json& item, std::string_view name, bool fallback);
std::int64_t number_of(const json& item, std::string_view name, std::int64_t fallback);
bool has(const json& item, std::string_view name);  // present and not null
json null_or(const std::string& text);              // null for ""

// Attributes that need a rule of their own ("create_network:shared") when the body sets them to something else than
// `usual`.
struct GuardedAttribute {
    std::string_view name;
    json usual;
};
void enforce_attributes(const Call& call, std::string_view action, const json& item, const json& target,
                        const std::vector<GuardedAttribute>& attributes);
// 400 when the body of an update names one of these.
void refuse_read_only(const json& item, const std::vector<std::string_view>& names);

// The one item of the body ("network") or the items of a bulk request ("networks").
std::vector<json> items_of(const Call& call, std::string_view singular, std::string_view plural);
// 201 in the form of the request: one document or the list of them.
Reply created(const Call& call, std::string_view singular, std::string_view plural, std::vector<json> documents);
// Runs a creation and says "over quota" in this service's words.
template <class Make>
auto within_quota(std::string_view resource, Make&& make) {
    try {
        return make();
    } catch (const api::Fault& fault) {
        if (is_over_quota(fault)) throw over_quota(resource);
        throw;
    }
}

// What every document has.
json base_document(const Resource& row);
// Only the members named by ?fields=, when there are any.
json with_fields(const Call& call, json document);

}  // namespace cumulet::compute::networks
