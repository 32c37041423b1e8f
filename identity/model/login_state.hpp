// What a user's log-ins left behind. Apart from the user, so that a log-in does not touch what tokens are made of.
#pragma once

#include <optional>
#include <string>

#include "common/store/record.hpp"

namespace cumulet::identity {

// For names that no user has there are rows of their own ("?…"), so that a wrong guess writes as much for them.
struct LoginState {
    std::string user_id;
    std::int64_t failures = 0;  // wrong passwords in a row
    std::optional<Timestamp> failed_at;
    std::int64_t refused = 0;            // attempts while locked out
    std::optional<Timestamp> active_at;  // some time of the last day with a log-in
};

}  // namespace cumulet::identity

namespace cumulet::store {

template <>
struct Describe<identity::LoginState> {
    using R = identity::LoginState;
    static constexpr std::string_view collection = "login_state";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::user_id};
    static constexpr auto fields =
        List{field("user_id", &R::user_id), field("failures", &R::failures), field("failed_at", &R::failed_at),
             field("refused", &R::refused), field("active_at", &R::active_at)};
    static constexpr auto indexes = List{};
};

}  // namespace cumulet::store
