#include "objectstore/model/locked.hpp"

namespace cumulet::objectstore {

bool is_locked(const Object& object, Timestamp now) {
    const auto& system = object.system;
    if (const auto hold = system.find("legal-hold"); hold != system.end() && hold->second == "ON") return true;
    const auto retention = system.find("retention");
    if (retention == system.end()) return false;
    // "GOVERNANCE 2026-11-22T02:48:12Z". What cannot be read is no reason to erase.
    const auto until = parse_iso(retention->second.substr(retention->second.find(' ') + 1));
    return !until || *until > now;
}

}  // namespace cumulet::objectstore
