// Policy files: whatever the bytes are, the engine refuses them with PolicyError or answers.
#include <cstdint>

#include "common/auth/policy.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cumulet::auth;
    static PolicyEngine engine({{"test", "rule:project_member", {}}});
    Context who;
    who.user_id = who.project_id = "p";
    who.roles = {"member"};
    who.token = {{"roles", {{{"name", "member"}}}}};
    const std::string text(reinterpret_cast<const char*>(data), size);
    try {
        engine.load_yaml(text);
        for (const auto& [name, check] : engine.rules()) engine.allows(name, who, {{"project_id", "p"}});
    } catch (const PolicyError&) {
    }
    try {
        PolicyEngine single({{"x", text, {}}});
        single.allows("x", who, {{"project_id", "p"}, {"a", {{"b", nullptr}}}});
    } catch (const PolicyError&) {
    }
    return 0;
}
