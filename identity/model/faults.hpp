// What Keystone says when something is not there, or there already: clients match on these words.
#pragma once

#include <string_view>

#include "common/api/fault.hpp"

namespace cumulet::identity {

// "Could not find user: X."
inline api::Fault not_found(std::string_view what, std::string_view id) {
    return api::Fault(api::Errc::not_found, "Could not find {}: {}.", what, id);
}

inline api::Fault name_taken(std::string_view what, std::string_view name, std::string_view domain_id) {
    return api::Fault(api::Errc::conflict,
                      "Conflict occurred attempting to store {} - Duplicate entry found with name {} at domain ID {}.",
                      what, name, domain_id);
}

inline api::Fault conflict(std::string_view what, std::string_view details) {
    return api::Fault(api::Errc::conflict, "Conflict occurred attempting to store {} - {}.", what, details);
}

// The one answer to every failed log-in and every bad token: it tells nothing.
inline api::Fault unauthorized(std::string_view why) {
    return api::Fault(api::Errc::unauthorized, "The request you have made requires authentication.")
        .detail(std::string(why));
}

inline api::Fault immutable(std::string_view what, std::string_view verb, std::string_view id) {
    return api::Fault(api::Errc::forbidden,
                      "Unable to {} immutable {} resource: `{}. Set resource option \"immutable\" to false first.",
                      verb, what, id);
}

}  // namespace cumulet::identity
