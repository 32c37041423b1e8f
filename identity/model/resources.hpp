// Domains and projects. A domain is a project that acts as one (`is_domain`): same row, same name rules, as in
// Keystone.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "common/store/record.hpp"

namespace cumulet::identity {

struct Project {
    std::string id, name;
    std::string domain_id;  // empty for a domain
    std::string parent_id;  // the domain for a top-level project; empty for a domain
    std::string description;
    bool enabled = true;
    bool is_domain = false;
    std::set<std::string> tags;
    nlohmann::json options = nlohmann::json::object();
    nlohmann::json extra = nlohmann::json::object();  // attributes of the operator's own
    Timestamp created_at{};
};

}  // namespace cumulet::identity

namespace cumulet::store {

template <>
struct Describe<identity::Project> {
    using R = identity::Project;
    static constexpr std::string_view collection = "project";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::id};
    static constexpr auto fields = List{field("id", &R::id),
                                        field("name", &R::name),
                                        field("domain_id", &R::domain_id),
                                        field("parent_id", &R::parent_id),
                                        field("description", &R::description),
                                        field("enabled", &R::enabled),
                                        field("is_domain", &R::is_domain),
                                        field("tags", &R::tags),
                                        field("options", &R::options),
                                        field("extra", &R::extra),
                                        field("created_at", &R::created_at)};
    static constexpr auto indexes =
        List{unique("name", &R::domain_id, &R::name), index("parent", &R::parent_id, &R::name),
             index("domain", &R::is_domain, &R::domain_id, &R::name), each("tag", &R::tags)};
};

}  // namespace cumulet::store
