#include "compute/networks/api_list.hpp"

#include <algorithm>

#include "common/runtime/text.hpp"

namespace cumulet::compute::networks {

using api::Errc;
using api::Fault;

namespace {

constexpr std::size_t kMaxPage = 1'000'000;

const std::set<std::string_view> kNotFilters{"fields", "limit", "marker", "page_reverse", "sort_key", "sort_dir"};
const std::set<std::string_view> kTagFilters{"tags", "tags-any", "not-tags", "not-tags-any"};

bool text_equals(const json& value, const std::string& wanted) {
    switch (value.type()) {
        case json::value_t::boolean: {
            const auto word = text::to_lower(wanted);
            return value.get<bool>() == (word == "true" || word == "1" || word == "t" || word == "yes");
        }
        case json::value_t::null:
            return wanted.empty() || wanted == "None";
        case json::value_t::string:
            return value.get_ref<const std::string&>() == wanted;
        case json::value_t::array:
            return std::ranges::any_of(value, [&](const json& item) { return text_equals(item, wanted); });
        default:
            return value.dump() == wanted;
    }
}

bool fixed_ip_matches(const json& document, const std::string& wanted) {
    const auto equals = wanted.find('=');
    if (equals == std::string::npos) return false;
    const auto name = wanted.substr(0, equals), value = wanted.substr(equals + 1);
    return std::ranges::any_of(document.at("fixed_ips"), [&](const json& fixed) {
        if (name == "ip_address_substr")
            return fixed.at("ip_address").get<std::string>().find(value) != std::string::npos;
        return fixed.contains(name) && fixed.at(name) == value;
    });
}

bool tags_match(const json& document, const std::string& name, const std::string& wanted) {
    const auto& tags = document.at("tags");
    const auto names = text::split(wanted, ',');
    auto present = [&](std::string_view tag) {
        return std::any_of(tags.begin(), tags.end(),
                           [&](const json& each) { return each.get_ref<const std::string&>() == tag; });
    };
    const bool all = std::all_of(names.begin(), names.end(), present),
               any = std::any_of(names.begin(), names.end(), present);
    if (name == "tags") return all;
    if (name == "tags-any") return any;
    return name == "not-tags" ? !all : !any;
}

}  // namespace

ListQuery::ListQuery(const Call& call, std::string_view collection, const json& sample)
    : call_(call), collection_(collection) {
    for (const auto& [name, value] : call.query_items()) {
        if (kNotFilters.contains(name)) continue;
        if (!sample.contains(name) && !(kTagFilters.contains(name) && sample.contains("tags")))
            throw invalid_input(fmt::format("['{}'] is invalid attribute for filtering {}", name, collection));
        auto known = std::ranges::find(filters_, name, [](const auto& filter) { return filter.first; });
        if (known == filters_.end())
            filters_.push_back({name, {value}});
        else
            known->second.push_back(value);
    }
    const auto keys = call.query_all("sort_key"), directions = call.query_all("sort_dir");
    if (directions.size() > keys.size() || (!directions.empty() && directions.size() != keys.size()))
        throw Fault(Errc::bad_request, "The number of sort_keys and sort_dirs must be same");
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const bool known = sample.contains(keys[i]) && !sample.at(keys[i]).is_structured();
        if (!known) throw Fault(Errc::bad_request, "['{}'] is invalid attribute for sort_keys", keys[i]);
        const std::string direction = i < directions.size() ? directions[i] : "asc";
        if (direction != "asc" && direction != "desc")
            throw Fault(Errc::bad_request, "['{}'] is invalid value for sort_dirs, valid value is 'asc' and 'desc'",
                        direction);
        sort_keys_.emplace_back(keys[i], direction == "desc");
    }
    const auto page = api::page_request(call, kMaxPage);
    marker_ = page.marker;
    reverse_ = page.reverse;
    if (page.limited_by_client && page.limit > 0) limit_ = page.limit;
}

bool ListQuery::matches_one(const json& document, const std::string& name,
                            const std::vector<std::string>& wanted) const {
    auto any = [&](auto&& test) { return std::ranges::any_of(wanted, test); };
    if (name == "fixed_ips") return any([&](const std::string& value) { return fixed_ip_matches(document, value); });
    if (kTagFilters.contains(name))
        return any([&](const std::string& value) { return tags_match(document, name, value); });
    auto member = document.find(name);
    return member != document.end() && any([&](const std::string& value) { return text_equals(*member, value); });
}

bool ListQuery::matches(const json& document) const {
    return std::ranges::all_of(filters_,
                               [&](const auto& filter) { return matches_one(document, filter.first, filter.second); });
}

std::optional<std::string> ListQuery::only(std::string_view name) const {
    for (const auto& [filter, values] : filters_)
        if (filter == name && values.size() == 1 && !values.front().empty()) return values.front();
    return std::nullopt;
}

void ListQuery::sort(std::vector<json>& documents) const {
    std::ranges::sort(documents, [&](const json& a, const json& b) {
        for (const auto& [key, descending] : sort_keys_) {
            const auto &left = a.at(key), &right = b.at(key);
            if (left != right) return descending ? right < left : left < right;
        }
        return a.at("id") < b.at("id");
    });
    if (reverse_) std::ranges::reverse(documents);
}

void ListQuery::cut(std::vector<json>& documents, bool& more) const {
    if (marker_ && !in_id_order()) {
        auto found =
            std::ranges::find_if(documents, [&](const json& document) { return document.at("id") == *marker_; });
        documents.erase(documents.begin(), found == documents.end() ? found : found + 1);
    } else if (marker_) {
        std::erase_if(documents, [&](const json& document) {
            return document.at("id").get_ref<const std::string&>() <= *marker_;
        });
    }
    more = limit_ && documents.size() > *limit_;
    if (more) documents.resize(*limit_);
}

Reply ListQuery::reply(std::vector<json> documents) const {
    bool more = false;
    sort(documents);
    cut(documents, more);
    if (reverse_) std::ranges::reverse(documents);
    json body;
    if (limit_ && !documents.empty()) {
        json links = json::array();
        const bool next = reverse_ ? marker_.has_value() : more, previous = reverse_ ? more : marker_.has_value();
        auto plain = [&](const json& document) { return document.at("id").get<std::string>(); };
        auto link = [&](std::string_view rel, std::string href) {
            links.push_back({{"rel", rel}, {"href", std::move(href)}});
        };
        // The way back is the same query with page_reverse turned round.
        auto turned = [&](std::string href, bool back) {
            const std::string flag = "page_reverse=";
            auto at = href.find(flag);
            if (at != std::string::npos) {
                auto end = href.find('&', at);
                href.replace(at, (end == std::string::npos ? href.size() : end) - at, flag + (back ? "True" : "False"));
            } else if (back) {
                href += "&" + flag + "True";
            }
            return href;
        };
        if (next) link("next", turned(api::next_link(call_, plain(documents.back())), false));
        if (previous) link("previous", turned(api::next_link(call_, plain(documents.front())), true));
        if (!links.empty()) body[collection_ + "_links"] = std::move(links);
    }
    for (auto& document : documents) document = with_fields(call_, std::move(document));
    body[collection_] = std::move(documents);
    return Reply::ok(body);
}

}  // namespace cumulet::compute::networks
