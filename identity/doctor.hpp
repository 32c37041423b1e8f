// `cumulet identity doctor`: what is unsafe about this identity service, and what to do about it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "common/runtime/clock.hpp"
#include "common/runtime/config.hpp"
#include "common/store/engine.hpp"
#include "identity/vault.hpp"

namespace cumulet::identity {

struct Finding {
    enum class Grade { good, remark, trouble } grade;
    std::string what;
};

// Reads users, roles, catalog, keys and settings; changes nothing. Throws StoreError.
std::vector<Finding> examine(store::Engine& engine, const Vault& vault, const runtime::Config& config, Timestamp now);

// The key folders alone: owners, ages, numbers.
std::vector<Finding> examine_keys(const runtime::Config& config);

// [{"grade": "trouble", "what": …}]
nlohmann::json findings_json(const std::vector<Finding>& findings);

}  // namespace cumulet::identity
