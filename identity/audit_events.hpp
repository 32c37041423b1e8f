// What happened, as CADF events (DMTF DSP0262) in the envelope of Keystone's notifications: from the change log, and
// from log-ins, which leave nothing there.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "common/store/transaction.hpp"

namespace cumulet::identity {

// Holds no password, no token, and no name that is not a user's: people type passwords into the wrong field.
struct LoginAttempt {
    Timestamp time{};
    int status = 201;     // of the answer
    std::string reason;   // why not; empty when it worked
    std::string user_id;  // empty: nobody we know
    std::string project_id;
    std::vector<std::string> methods;
    std::string address, agent, request_id;
};

// One event.
nlohmann::json audit_event(const LoginAttempt& attempt, const std::string& id);
// One event a changed record that an operator knows of; ids are the same each time an entry is read.
std::vector<nlohmann::json> audit_events(const store::ChangeEntry& entry);

}  // namespace cumulet::identity
