#include "compute/networks/api_common.hpp"

#include <algorithm>

namespace cumulet::compute::networks {

using api::Errc;
using api::Fault;

bool is_admin(const Call& call) { return call.allowed("context_is_admin", json::object()); }

json own_target(Call& call, store::Transaction&) {
    const auto& project = call.actor().project_id;
    return {{"project_id", project}, {"tenant_id", project}, {"network:tenant_id", project}};
}

json target_of(const Resource& row) {
    return {{"id", row.id},
            {"project_id", row.project_id},
            {"tenant_id", row.project_id},
            {"network:tenant_id", row.project_id}};
}

std::string owner_for(const Call& call, const json& item) {
    const auto& own = call.actor().project_id;
    auto asked = text_of(item, "project_id", text_of(item, "tenant_id"));
    if (asked.empty() || asked == own) return own;
    if (!is_admin(call))
        throw Fault(
            Errc::bad_request,
            "Specifying 'project_id' or 'tenant_id' other than the authenticated project in request requires admin "
            "privileges");
    return asked;
}

void fill_new(Call& call, store::Transaction& txn, Resource& row, const json& item) {
    row.id = call.random().uuid();
    row.project_id = owner_for(call, item);
    row.name = text_of(item, "name");
    row.description = text_of(item, "description");
    row.created_at = row.updated_at = txn.now();
    row.revision_number = 1;
}

void fill_changed(store::Transaction& txn, Resource& row, const json& item) {
    if (item.contains("name")) row.name = text_of(item, "name");
    if (item.contains("description")) row.description = text_of(item, "description");
    row.updated_at = txn.now();
    ++row.revision_number;
}

bool has(const json& item, std::string_view name) {
    auto found = item.find(name);
    return found != item.end() && !found->is_null();
}
std::string text_of(const json& item, std::string_view name, std::string fallback) {
    auto found = item.find(name);
    return found == item.end() || found->is_null() ? std::move(fallback) : found->get<std::string>();
}
bool flag_of(const json& item, std::string_view name, bool fallback) {
    auto found = item.find(name);
    if (found == item.end() || found->is_null()) return fallback;
    if (found->is_string()) {
        const auto& word = found->get_ref<const std::string&>();
        return word == "true" || word == "True" || word == "1";
    }
    return found->is_number() ? found->get<double>() != 0 : found->get<bool>();
}
std::int64_t number_of(const json& item, std::string_view name, std::int64_t fallback) {
    auto found = item.find(name);
    if (found == item.end() || found->is_null()) return fallback;
    if (!found->is_string()) return found->get<std::int64_t>();
    const auto& digits = found->get_ref<const std::string&>();
    return digits.empty() ? fallback : std::stoll(digits);
}
json null_or(const std::string& text) { return text.empty() ? json(nullptr) : json(text); }

void enforce_attributes(const Call& call, std::string_view action, const json& item, const json& target,
                        const std::vector<GuardedAttribute>& attributes) {
    for (const auto& attribute : attributes) {
        auto found = item.find(attribute.name);
        if (found == item.end() || found->is_null() || *found == attribute.usual) continue;
        call.enforce(fmt::format("{}:{}", action, attribute.name), target);
    }
}

void refuse_read_only(const json& item, const std::vector<std::string_view>& names) {
    for (auto name : names)
        if (item.contains(name)) throw Fault(Errc::bad_request, "Cannot update read-only attribute {}", name);
}

std::vector<json> items_of(const Call& call, std::string_view singular, std::string_view plural) {
    const auto& body = call.body();
    if (auto one = body.find(singular); one != body.end()) return {*one};
    return body.at(std::string(plural)).get<std::vector<json>>();
}

Reply created(const Call& call, std::string_view singular, std::string_view plural, std::vector<json> documents) {
    if (call.body().contains(singular)) return Reply::created({{std::string(singular), std::move(documents.front())}});
    return Reply::created({{std::string(plural), std::move(documents)}});
}

json base_document(const Resource& row) {
    return {{"id", row.id},
            {"name", row.name},
            {"tenant_id", row.project_id},
            {"project_id", row.project_id},
            {"description", row.description},
            {"tags", row.tags},
            {"created_at", to_iso_seconds(row.created_at)},
            {"updated_at", to_iso_seconds(row.updated_at)},
            {"revision_number", row.revision_number}};
}

json with_fields(const Call& call, json document) {
    const auto fields = call.query_all("fields");
    if (std::ranges::all_of(fields, [](const auto& field) { return field.empty(); })) return document;
    json out = json::object();
    for (const auto& field : fields)
        if (auto member = document.find(field); member != document.end()) out[field] = std::move(*member);
    return out;
}

}  // namespace cumulet::compute::networks
