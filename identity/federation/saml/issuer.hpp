// Assertions about our users for other clouds.
#pragma once

#include <string>
#include <vector>

#include "common/runtime/clock.hpp"
#include "common/runtime/ids.hpp"
#include "identity/federation/saml/settings.hpp"

namespace cumulet::identity::federation::saml {

struct Statement {
    std::string recipient;            // where it will be shown
    std::string audience;             // empty: none is named
    std::string in_response_to = {};  // the request that it answers; empty: nobody asked
    std::string user, user_domain, project, project_domain;
    std::vector<std::string> roles;
    std::vector<std::string> groups;  // JSON:{"name": …, "domain": {"name": …}}
};

// A signed Response in Keystone's attributes. Throws std::runtime_error when the key does not work. Any thread.
std::string make_response(const OwnIssuer& own, const Statement& statement, Timestamp now, Random& random);
// The same in the envelope that an enhanced client carries to the other cloud.
std::string make_ecp(const OwnIssuer& own, const Statement& statement, const std::string& relay_state, Timestamp now,
                     Random& random);
// What other clouds need to know of us.
std::string make_metadata(const OwnIssuer& own, const std::string& sign_on_url);

}  // namespace cumulet::identity::federation::saml
