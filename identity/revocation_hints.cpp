#include "identity/revocation_hints.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "identity/model/credentials.hpp"
#include "identity/model/revocation.hpp"

namespace cumulet::identity {

std::vector<std::string> revocation_hints(const store::ChangeEntry& entry) {
    using nlohmann::json;
    std::set<std::string> hints;
    for (const auto& change : entry.changes) {
        if (change.collection != store::Describe<RevocationEvent>::collection || change.after.empty()) continue;
        const auto event = store::decode_row<RevocationEvent>(change.after);
        if (!event.audit_id.empty())
            hints.insert(json{{"audit_id", event.audit_id}}.dump());
        else if (!event.user_id.empty())
            hints.insert(json{{"user_id", event.user_id}}.dump());
        else
            return {json{{"all", true}}.dump()};
    }
    return {hints.begin(), hints.end()};
}

std::vector<std::string> key_hints(const store::ChangeEntry& entry) {
    std::vector<std::string> hints;
    for (const auto& change : entry.changes)
        if (change.collection == store::Describe<Credential>::collection && !change.before.empty())
            hints.push_back(nlohmann::json{{"id", store::decode_row<Credential>(change.before).id}}.dump());
    return hints;
}

ChangeReader make_hint_publisher(bus::Bus& bus) {
    return {.on_change =
                [&bus](const store::ChangeEntry& entry) {
                    for (const auto& hint : revocation_hints(entry)) bus.publish(kRevokedSubject, hint);
                    for (const auto& hint : key_hints(entry)) bus.publish(kKeySubject, hint);
                },
            .on_gap =
                [&bus] {
                    bus.publish(kRevokedSubject, R"({"all":true})");
                    bus.publish(kKeySubject, R"({"all":true})");
                }};
}

}  // namespace cumulet::identity
