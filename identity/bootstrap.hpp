// The first users, projects, roles and the catalog of a cloud, from a file, applied at every start: what is there stays
// as it is, what is missing is made, URLs that changed are taken over.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "common/runtime/clock.hpp"
#include "common/runtime/ids.hpp"
#include "common/store/engine.hpp"
#include "identity/passwords/checker.hpp"

namespace cumulet::identity {

// {"region": "RegionOne",
//  "admin": {"user": "admin", "project": "admin", "password": "…", "generated": true},
//  "demo": {"user": "demo", "project": "demo", "password": "…"},
//  "services": [{"user": "nova", "password": "…"}],
//  "catalog": [{"type": "compute", "name": "nova", "url": "http://…"}]}
// `generated` passwords were made by a random generator and get a cheap hash; those of services always are. Every
// member may be missing. Throws std::runtime_error when the document is not of this form, api::Fault when a rule
// forbids it.
void apply_bootstrap(store::Engine& engine, const Clock& clock, Random& random, passwords::Checker& passwords,
                     const nlohmann::json& document);
// The same from a file.
void apply_bootstrap_file(store::Engine& engine, const Clock& clock, Random& random, passwords::Checker& passwords,
                          const std::string& file);

}  // namespace cumulet::identity
