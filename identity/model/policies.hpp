// Policy documents that services may keep here: opaque to us.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "common/store/record.hpp"

namespace cumulet::identity {

struct PolicyDocument {
    std::string id, type, blob;
    nlohmann::json extra = nlohmann::json::object();
};

}  // namespace cumulet::identity

namespace cumulet::store {

template <>
struct Describe<identity::PolicyDocument> {
    using R = identity::PolicyDocument;
    static constexpr std::string_view collection = "policy_document";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::id};
    static constexpr auto fields =
        List{field("id", &R::id), field("type", &R::type), field("blob", &R::blob), field("extra", &R::extra)};
    static constexpr auto indexes = List{};
};

}  // namespace cumulet::store
