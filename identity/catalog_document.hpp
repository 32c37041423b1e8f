// The service catalog as tokens carry it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/store/transaction.hpp"

namespace cumulet::identity {

// A JSON array of enabled services with their enabled endpoints, as text. Endpoints whose URL needs a project are left
// out when there is none.
std::string catalog_document(store::Transaction& txn, const std::string& user_id, const std::string& project_id);

// $(project_id)s, %(project_id)s and the like replaced; nullopt when the URL names something that is not there.
std::optional<std::string> expand_url(std::string_view url, const std::string& user_id, const std::string& project_id);

// Whether every substitution in it is a known one and well-formed.
bool is_valid_url_template(std::string_view url);

}  // namespace cumulet::identity
