// Which microversion a request asks for, and how the answer says which one it got.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/api/endpoint.hpp"
#include "common/api/fault.hpp"
#include "common/api/service.hpp"

namespace cumulet::api {

std::string to_string(Version version);
// "2.53"; nullopt for anything else.
std::optional<Version> parse_version(std::string_view text);

struct Negotiated {
    Version version{};           // what the endpoints are chosen by
    std::string shown;           // what the answer's headers say; empty: no such headers
    std::optional<Fault> fault;  // 400 malformed, 406 out of range
};
Negotiated negotiate(const Microversions& rules, const http::Request& request);
// Adds the version headers and their Vary lines to an answer.
void show_version(const Microversions& rules, const std::string& shown, http::Headers& headers);

}  // namespace cumulet::api
