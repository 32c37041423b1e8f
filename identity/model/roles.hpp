// Roles, which role implies which, and who has which role where.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "common/store/record.hpp"

namespace cumulet::identity {

struct Role {
    std::string id, name;
    std::string domain_id;  // empty: a global role
    std::string description;
    bool has_description = false;
    nlohmann::json options = nlohmann::json::object();
    nlohmann::json extra = nlohmann::json::object();
};

struct ImpliedRole {
    std::string prior_role_id, implied_role_id;
};

enum class ActorKind { user, group };
enum class TargetKind { project, domain, system };

// The system as a target has one id.
inline constexpr std::string_view kSystemTarget = "system";

struct Assignment {
    ActorKind actor_kind = ActorKind::user;
    std::string actor_id;
    TargetKind target_kind = TargetKind::project;
    std::string target_id;
    std::string role_id;
    bool inherited = false;  // holds for what is below the target, not for the target itself
    Timestamp created_at{};
};

}  // namespace cumulet::identity

namespace cumulet::store {

template <>
struct EnumNames<identity::ActorKind> {
    static constexpr std::array<std::pair<identity::ActorKind, std::string_view>, 2> names{
        {{identity::ActorKind::user, "user"}, {identity::ActorKind::group, "group"}}};
};
template <>
struct EnumNames<identity::TargetKind> {
    static constexpr std::array<std::pair<identity::TargetKind, std::string_view>, 3> names{
        {{identity::TargetKind::project, "project"},
         {identity::TargetKind::domain, "domain"},
         {identity::TargetKind::system, "system"}}};
};

template <>
struct Describe<identity::Role> {
    using R = identity::Role;
    static constexpr std::string_view collection = "role";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::id};
    static constexpr auto fields = List{field("id", &R::id),
                                        field("name", &R::name),
                                        field("domain_id", &R::domain_id),
                                        field("description", &R::description),
                                        field("has_description", &R::has_description),
                                        field("options", &R::options),
                                        field("extra", &R::extra)};
    static constexpr auto indexes =
        List{unique("name", &R::domain_id, &R::name), index("domain", &R::domain_id, &R::name)};
};

template <>
struct Describe<identity::ImpliedRole> {
    using R = identity::ImpliedRole;
    static constexpr std::string_view collection = "implied_role";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::prior_role_id, &R::implied_role_id};
    static constexpr auto fields =
        List{field("prior_role_id", &R::prior_role_id), field("implied_role_id", &R::implied_role_id)};
    static constexpr auto indexes = List{index("implied", &R::implied_role_id)};
};

template <>
struct Describe<identity::Assignment> {
    using R = identity::Assignment;
    static constexpr std::string_view collection = "assignment";
    static constexpr int version = 1;
    static constexpr auto key =
        List{&R::actor_kind, &R::actor_id, &R::target_kind, &R::target_id, &R::role_id, &R::inherited};
    static constexpr auto fields = List{field("actor_kind", &R::actor_kind),   field("actor_id", &R::actor_id),
                                        field("target_kind", &R::target_kind), field("target_id", &R::target_id),
                                        field("role_id", &R::role_id),         field("inherited", &R::inherited),
                                        field("created_at", &R::created_at)};
    static constexpr auto indexes = List{index("target", &R::target_kind, &R::target_id), index("role", &R::role_id)};
};

}  // namespace cumulet::store
