#include "identity/api/listing.hpp"

#include <algorithm>

#include "common/runtime/text.hpp"
#include "identity/api/rows.hpp"
#include "identity/api/views.hpp"
#include "identity/json_text.hpp"

namespace cumulet::identity {
namespace {

bool is_no(std::string_view value) { return value == "0" || text::iequals(value, "false"); }

bool fits_value(const json& has, const std::string& wanted) {
    if (has.is_boolean()) return has.get<bool>() != is_no(wanted);
    if (has.is_string()) return has.get_ref<const std::string&>() == wanted;
    if (has.is_null()) return wanted.empty() || text::iequals(wanted, "null") || text::iequals(wanted, "none");
    return has.dump() == wanted;
}

bool fits_comparison(const json& has, std::string_view comparison, std::string wanted) {
    if (!has.is_string()) return false;
    std::string value = has.get<std::string>();
    if (comparison.starts_with('i')) {
        value = text::to_lower(value);
        wanted = text::to_lower(wanted);
        comparison.remove_prefix(1);
    }
    if (comparison == "contains") return value.find(wanted) != std::string::npos;
    if (comparison == "startswith") return value.starts_with(wanted);
    if (comparison == "endswith") return value.ends_with(wanted);
    return value == wanted;
}

bool is_comparison(std::string_view name) {
    if (name.starts_with('i')) name.remove_prefix(1);
    return name == "contains" || name == "startswith" || name == "endswith" || name == "equals";
}

}  // namespace

ListFilter::ListFilter(const Call& call, std::initializer_list<std::string_view> attributes) {
    for (const auto& [key, value] : call.query_items()) {
        const auto split = key.find("__");
        Wish wish{key.substr(0, split), split == std::string::npos ? "" : key.substr(split + 2), value};
        if (std::find(attributes.begin(), attributes.end(), wish.attribute) == attributes.end()) continue;
        if (!wish.comparison.empty() && !is_comparison(wish.comparison)) continue;
        wishes_.push_back(std::move(wish));
    }
}

bool ListFilter::fits(const json& item) const {
    static const json kNothing;
    return std::all_of(wishes_.begin(), wishes_.end(), [&](const Wish& wish) {
        auto found = item.find(wish.attribute);
        const json& has = found == item.end() ? kNothing : *found;
        return wish.comparison.empty() ? fits_value(has, wish.value)
                                       : fits_comparison(has, wish.comparison, wish.value);
    });
}

Listing::Listing(const Call& call, std::string_view plural, std::initializer_list<std::string_view> attributes)
    : base_url_(call.base_url()), filter_(call, attributes) {
    limit_ = api::page_request(call, identity_of(call).settings.list_limit).limit;
    document_ = R"({"links":{"next":null,"previous":null,"self":)";
    append_json(document_, base_url_ + call.request().target);
    document_ += "},\"";
    document_ += plural;
    document_ += "\":[";
}

bool Listing::begin_row() {
    if (count_ == limit_) {
        truncated_ = true;
        return false;
    }
    if (count_++ > 0) document_ += ',';
    return true;
}

bool Listing::add_view(const json& view) {
    if (!filter_.fits(view)) return true;
    if (!begin_row()) return false;
    document_ += view.dump(-1, ' ', false, json::error_handler_t::replace);
    return true;
}

Reply Listing::reply() && {
    document_ += truncated_ ? "],\"truncated\":true}" : "]}";
    return Reply::raw_json(200, std::move(document_));
}

bool show_user(Listing& listing, const Call& call, const User& user) {
    return listing.add([&] { return user_view(call, user); },
                       [&](std::string& out) { append_user(out, listing.base_url(), user); });
}

bool show_project(Listing& listing, const Call& call, const Project& project) {
    return listing.add([&] { return project_view(call, project); },
                       [&](std::string& out) { append_project(out, listing.base_url(), project); });
}

std::vector<std::string> domain_ids(Transaction& txn) {
    std::vector<std::string> ids;
    txn.visit<Project>(
        {.index = "domain"},
        [&](Project&& domain) {
            ids.push_back(std::move(domain.id));
            return true;
        },
        true);
    return ids;
}

}  // namespace cumulet::identity
