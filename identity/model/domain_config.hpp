// What a domain has instead of the cloud's configuration: where its users are.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "common/store/record.hpp"

namespace cumulet::identity {

struct DomainConfig {
    std::string domain_id;
    nlohmann::json options = nlohmann::json::object();  // {"ldap": {"url": …}}
    std::string sealed_secrets;                         // the sensitive ones, in the same form, sealed by the vault
};

}  // namespace cumulet::identity

namespace cumulet::store {

template <>
struct Describe<identity::DomainConfig> {
    using R = identity::DomainConfig;
    static constexpr std::string_view collection = "domain_config";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::domain_id};
    static constexpr auto fields = List{field("domain_id", &R::domain_id), field("options", &R::options),
                                        field("sealed_secrets", &R::sealed_secrets)};
    static constexpr auto indexes = List{};
};

}  // namespace cumulet::store
