// Requests that an OAuth consumer signed: who made them.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/api/call.hpp"
#include "common/store/transaction.hpp"
#include "identity/model/oauth1.hpp"

namespace cumulet::identity {

using OauthParameters = std::map<std::string, std::string>;

// The parameters of the call's Authorization header. Fault 400 without one.
OauthParameters oauth_parameters(const api::Call& call);
// A parameter that has to be there. Fault 400.
const std::string& oauth_parameter(const OauthParameters& parameters, const char* name);
// Fault 401 unless the call was signed, just now, with these secrets.
void check_oauth_signature(const api::Call& call, const OauthParameters& parameters, const OauthConsumer& consumer,
                           std::string_view sealed_token_secret);
// The access token that the call was signed with. Fault 400, 401, 404.
OauthAccess oauth_login(const api::Call& call, store::Transaction& txn);

}  // namespace cumulet::identity
