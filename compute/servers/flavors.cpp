// Flavors: the sizes that operators offer.
#include "common/runtime/ids.hpp"
#include "compute/model/flavor.hpp"
#include "compute/servers/api.hpp"
#include "compute/servers/flavor_view.hpp"
#include "compute/servers/links.hpp"
#include "compute/servers/rules.hpp"

namespace cumulet::compute::servers {
namespace {

using api::Call;
using api::Errc;
using api::Fault;
using api::Reply;
using nlohmann::json;
using store::Transaction;

constexpr api::Schema kCreate{R"({
  "type": "object", "required": ["flavor"], "additionalProperties": false,
  "properties": {"flavor": {
    "type": "object", "required": ["name", "ram", "vcpus", "disk"], "additionalProperties": false,
    "properties": {
      "name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^\\S(.*\\S)?$"},
      "id": {"type": ["string", "number", "null"], "minLength": 0, "maxLength": 255, "pattern": "^[a-zA-Z0-9. _-]*$"},
      "ram": {"type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": 1, "maximum": 2147483647},
      "vcpus": {"type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": 1, "maximum": 2147483647},
      "disk": {"type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": 0, "maximum": 2147483647},
      "OS-FLV-EXT-DATA:ephemeral": {"type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": 0, "maximum": 2147483647},
      "swap": {"type": ["integer", "string"], "pattern": "^[0-9]*$", "minimum": 0, "maximum": 2147483647},
      "rxtx_factor": {"type": ["number", "string"], "pattern": "^[0-9]+(\\.[0-9]+)?$", "exclusiveMinimum": 0},
      "os-flavor-access:is_public": {"type": ["boolean", "string"], "enum": [true, false, "true", "false", "True", "False", "1", "0"]},
      "description": {"type": ["string", "null"], "minLength": 0, "maxLength": 65535, "x-since": "2.55"}
    }}}
})"};

constexpr api::Schema kUpdate{R"({
  "type": "object", "required": ["flavor"], "additionalProperties": false,
  "properties": {"flavor": {
    "type": "object", "required": ["description"], "additionalProperties": false,
    "properties": {"description": {"type": ["string", "null"], "minLength": 0, "maxLength": 65535}}}}
})"};

std::int64_t integer_of(const json& object, const char* member, std::int64_t fallback) {
    if (!object.contains(member)) return fallback;
    const auto& value = object[member];
    if (!value.is_string()) return value.get<std::int64_t>();
    const auto& text = value.get_ref<const std::string&>();
    if (text.empty()) return fallback;
    if (text.size() > 10)
        throw Fault(Errc::bad_request, "Invalid input for field/attribute {}. Value: {}. It is too large.", member,
                    text);
    return std::stoll(text);
}

bool truth_of(const json& object, const char* member, bool fallback) {
    if (!object.contains(member)) return fallback;
    const auto& value = object[member];
    if (value.is_boolean()) return value.get<bool>();
    const auto text = value.get<std::string>();
    return text == "true" || text == "True" || text == "1";
}

double real_of(const json& object, const char* member, double fallback) {
    if (!object.contains(member)) return fallback;
    const auto& value = object[member];
    return value.is_string() ? std::stod(value.get<std::string>()) : value.get<double>();
}

std::string id_of(const Call& call, const json& asked) {
    if (!asked.contains("id") || asked["id"].is_null()) return call.random().uuid();
    std::string id = asked["id"].is_string() ? asked["id"].get<std::string>() : asked["id"].dump();
    if (id.empty() || id == "auto") return call.random().uuid();
    if (id.front() == ' ' || id.back() == ' ')
        throw Fault(Errc::bad_request,
                    "Invalid input for field/attribute id. Value: {}. It must not begin or end with a space.", id);
    return id;
}

Reply create_flavor(Call& call, Transaction& txn) {
    const auto& asked = call.body()["flavor"];
    Flavor flavor;
    flavor.id = id_of(call, asked);
    flavor.name = asked["name"];
    flavor.memory_mib = integer_of(asked, "ram", 0);
    flavor.vcpus = integer_of(asked, "vcpus", 0);
    flavor.root_gib = integer_of(asked, "disk", 0);
    flavor.ephemeral_gib = integer_of(asked, "OS-FLV-EXT-DATA:ephemeral", 0);
    flavor.swap_mib = integer_of(asked, "swap", 0);
    flavor.rxtx_factor = real_of(asked, "rxtx_factor", 1.0);
    flavor.is_public = truth_of(asked, "os-flavor-access:is_public", true);
    if (asked.contains("description") && asked["description"].is_string()) flavor.description = asked["description"];
    flavor.created_at = call.now();
    if (flavor.vcpus < 1 || flavor.memory_mib < 1)
        throw Fault(Errc::bad_request,
                    "Invalid input for field/attribute {}. Value: 0. 0 is less than the minimum of 1",
                    flavor.vcpus < 1 ? "vcpus" : "ram");
    if (txn.get<Flavor>(flavor.id)) throw Fault(Errc::conflict, "Flavor with ID {} already exists.", flavor.id);
    if (txn.find<Flavor>("name", flavor.name))
        throw Fault(Errc::conflict, "Flavor with name {} already exists.", flavor.name);
    txn.put(flavor, "created");
    return Reply::ok({{"flavor", flavor_json(call, flavor)}});
}

Reply update_flavor(Call& call, Transaction& txn) {
    auto flavor = find_flavor(txn, call, call.path("flavor_id"));
    const auto& description = call.body()["flavor"]["description"];
    flavor.description = description.is_string() ? description.get<std::string>() : "";
    txn.put(flavor, "described");
    return Reply::ok({{"flavor", flavor_json(call, flavor)}});
}

Reply delete_flavor(Call& call, Transaction& txn) {
    txn.erase(find_flavor(txn, call, call.path("flavor_id")), "deleted");
    return Reply::accepted();
}

Reply show_flavor(Call& call, Transaction& txn) {
    return Reply::ok({{"flavor", flavor_json(call, find_flavor(txn, call, call.path("flavor_id")))}});
}

// What the query asks of flavors' size, public or not, and order.
struct FlavorFilter {
    std::int64_t min_memory_mib = 0, min_root_gib = 0;
    std::optional<bool> is_public = true;  // nullopt: both
};

FlavorFilter filter_of(const Call& call) {
    FlavorFilter filter;
    auto number = [&](const char* name, std::int64_t& into) {
        auto value = call.query(name);
        if (!value) return;
        if (value->empty() || value->size() > 10 || value->find_first_not_of("0123456789") != std::string::npos)
            throw Fault(Errc::bad_request, "Invalid {} filter [{}]", name, *value);
        into = std::stoll(*value);
    };
    number("minRam", filter.min_memory_mib);
    number("minDisk", filter.min_root_gib);
    if (!call.actor().is_admin()) return filter;
    if (auto value = call.query("is_public")) {
        if (*value == "None" || *value == "none")
            filter.is_public.reset();
        else
            filter.is_public = call.query_bool("is_public");
    }
    return filter;
}

bool passes(const FlavorFilter& filter, const Flavor& flavor, const auth::Context& actor) {
    if (flavor.disabled || flavor.memory_mib < filter.min_memory_mib || flavor.root_gib < filter.min_root_gib)
        return false;
    if (!actor.is_admin()) return visible_to(flavor, actor);
    return !filter.is_public || *filter.is_public == flavor.is_public;
}

void sort_flavors(const Call& call, std::vector<Flavor>& flavors) {
    const auto key = call.query("sort_key").value_or("flavorid");
    const bool descending = call.query("sort_dir").value_or("asc") == "desc";
    auto by = [&](auto&& value) {
        std::stable_sort(flavors.begin(), flavors.end(), [&](const Flavor& a, const Flavor& b) {
            return descending ? value(b) < value(a) : value(a) < value(b);
        });
    };
    if (key == "flavorid" || key == "id")
        by([](const Flavor& f) { return f.id; });
    else if (key == "name")
        by([](const Flavor& f) { return f.name; });
    else if (key == "memory_mb")
        by([](const Flavor& f) { return f.memory_mib; });
    else if (key == "vcpus")
        by([](const Flavor& f) { return f.vcpus; });
    else if (key == "root_gb")
        by([](const Flavor& f) { return f.root_gib; });
    else if (key == "created_at")
        by([](const Flavor& f) { return f.created_at; });
    else
        throw Fault(Errc::bad_request, "Sort key supplied is invalid: {}", key);
}

Reply list(Call& call, Transaction& txn, bool detail) {
    const auto filter = filter_of(call);
    const auto page = api::page_request(call, call.module<Settings>().max_page);
    std::vector<Flavor> flavors;
    txn.visit<Flavor>({}, [&](Flavor&& flavor) {
        if (passes(filter, flavor, call.actor())) flavors.push_back(std::move(flavor));
        return true;
    });
    sort_flavors(call, flavors);
    auto first = flavors.begin();
    if (page.marker) {
        first = std::find_if(flavors.begin(), flavors.end(), [&](const Flavor& f) { return f.id == *page.marker; });
        if (first == flavors.end()) throw Fault(Errc::bad_request, "marker [{}] not found", *page.marker);
        ++first;
    }
    json items = json::array();
    for (; first != flavors.end() && items.size() < page.limit; ++first)
        items.push_back(detail ? flavor_json(call, *first) : flavor_summary(call, *first));
    json document{{"flavors", std::move(items)}};
    if (first != flavors.end()) add_next_link(document, call, "flavors", std::prev(first)->id);
    return Reply::ok(document);
}

Reply list_flavors(Call& call, Transaction& txn) { return list(call, txn, false); }
Reply list_flavors_detail(Call& call, Transaction& txn) { return list(call, txn, true); }

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::get,
     .path = "/v2.1/flavors",
     .policy = {"os_compute_api:flavors:list", "@"},
     .summary = "List flavors.",
     .handle = list_flavors},
    {.method = http::Method::post,
     .path = "/v2.1/flavors",
     .policy = {"os_compute_api:os-flavor-manage:create", kAdmin},
     .body = kCreate,
     .summary = "Create a flavor.",
     .handle = create_flavor},
    {.method = http::Method::get,
     .path = "/v2.1/flavors/detail",
     .policy = {"os_compute_api:flavors:detail", "@"},
     .summary = "List flavors with details.",
     .handle = list_flavors_detail},
    {.method = http::Method::get,
     .path = "/v2.1/flavors/{flavor_id}",
     .policy = {"os_compute_api:flavors:show", "@"},
     .summary = "Show a flavor.",
     .handle = show_flavor},
    {.method = http::Method::put,
     .path = "/v2.1/flavors/{flavor_id}",
     .since = {2, 55},
     .policy = {"os_compute_api:os-flavor-manage:update", kAdmin},
     .body = kUpdate,
     .summary = "Change a flavor's description.",
     .handle = update_flavor},
    {.method = http::Method::del,
     .path = "/v2.1/flavors/{flavor_id}",
     .policy = {"os_compute_api:os-flavor-manage:delete", kAdmin},
     .success = 202,
     .summary = "Delete a flavor; servers made from it keep their size.",
     .handle = delete_flavor},
};

}  // namespace

api::EndpointTable flavor_endpoints() { return kTable; }

}  // namespace cumulet::compute::servers
