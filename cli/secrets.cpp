#include "cli/secrets.hpp"

#include <nlohmann/json.hpp>

namespace cumulet::cli {
namespace {

constexpr std::size_t kPasswordBytes = 18;

nlohmann::json read_json(const fs::path& file) {
    const auto text = read_file_if_any(file);
    if (!text) return nlohmann::json::object();
    auto json = nlohmann::json::parse(*text, nullptr, false);
    if (!json.is_object())
        throw CommandError(file.string() + ": is damaged; restore it from a backup of the state folder");
    return json;
}

}  // namespace

Secrets load_or_make_secrets(const StateFolder& state, Random& random) {
    const nlohmann::json before = read_json(state.secrets_file());
    nlohmann::json kept = before;
    const auto one = [&](const std::string& name) {
        if (!kept.contains(name)) kept[name] = random.token(kPasswordBytes);
        return kept[name].get<std::string>();
    };
    Secrets secrets;
    secrets.admin_password = one("admin");
    secrets.demo_password = one("demo");
    for (const char* user : kServiceUsers) secrets.service_passwords[user] = one(std::string("service_") + user);
    secrets.metadata_secret = one("metadata");
    if (kept != before) write_private_file(state.secrets_file(), kept.dump(2) + "\n");
    if (!fs::exists(state.admin_password_file()))
        write_private_file(state.admin_password_file(), secrets.admin_password + "\n", Durability::volatile_file);
    return secrets;
}

}  // namespace cumulet::cli
