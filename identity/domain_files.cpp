#include "identity/domain_files.hpp"

#include <boost/property_tree/ini_parser.hpp>
#include <boost/property_tree/ptree.hpp>

#include "common/api/fault.hpp"
#include "common/runtime/log.hpp"
#include "identity/domain_config.hpp"
#include "identity/model/resource_rules.hpp"

namespace cumulet::identity {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view kBefore = "keystone.", kBehind = ".conf";

// Empty for files of another name.
std::string domain_name_of(const fs::path& file) {
    const auto name = file.filename().string();
    if (!name.starts_with(kBefore) || !name.ends_with(kBehind) || name.size() <= kBefore.size() + kBehind.size())
        return "";
    return name.substr(kBefore.size(), name.size() - kBefore.size() - kBehind.size());
}

// {group: {option: value}}.
json groups_in(const fs::path& file) {
    boost::property_tree::ptree sections;
    boost::property_tree::read_ini(file.string(), sections);
    json groups = json::object();
    for (const auto& [group, options] : sections)
        for (const auto& [option, value] : options) {
            check_domain_option(group, option);
            groups[group][option] = value.data();
        }
    return groups;
}

bool take(store::Engine& engine, const Vault& vault, const Clock& clock, const std::string& name, const json& groups) {
    const store::Cause cause{.time = clock.now(), .operation = "domain files"};
    return store::transact(engine, cause, [&](store::Transaction& txn) {
        const auto domain = find_domain_by_name(txn, name);
        if (!domain) throw std::runtime_error("there is no domain of that name");
        DomainOptions options;
        set_domain_options(options, groups);
        const auto before = domain_options(txn, vault, domain->id);
        if (before.shown == options.shown && before.secret == options.secret) return false;
        put_domain_options(txn, vault, domain->id, options, "read from a file");
        return true;
    });
}

}  // namespace

std::size_t take_domain_files(store::Engine& engine, const Vault& vault, const Clock& clock, const fs::path& folder) {
    if (!fs::is_directory(folder)) throw std::runtime_error(folder.string() + " is no folder");
    std::size_t changed = 0;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const auto name = domain_name_of(entry.path());
        if (name.empty()) continue;
        try {
            changed += take(engine, vault, clock, name, groups_in(entry.path())) ? 1 : 0;
        } catch (const std::exception& error) {
            log::error("{}: {}", entry.path().string(), error.what());
        }
    }
    return changed;
}

}  // namespace cumulet::identity
