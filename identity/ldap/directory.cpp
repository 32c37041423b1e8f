#include "identity/ldap/directory.hpp"

#include <algorithm>
#include <chrono>

#include "common/runtime/text.hpp"

namespace cumulet::identity::ldap {

struct Directory::Pooled {
    std::unique_ptr<Connection> connection;
    std::chrono::steady_clock::time_point opened;
};

Directory::Directory(Options options) : options_(std::move(options)) {}
Directory::~Directory() = default;

// A connection that is bound as the service; one that failed does not go back to the pool.
std::vector<Entry> Directory::search(const EntryKind& kind, const std::string& condition,
                                     const std::vector<std::string>& attributes) {
    const auto filter = "(&" + condition + kind.filter + "(objectClass=" + escaped(kind.object_class) + "))";
    for (int attempt = 0;; ++attempt) {
        Pooled pooled;
        {
            std::lock_guard lock(mutex_);
            if (!idle_.empty()) {
                pooled = std::move(idle_.back());
                idle_.pop_back();
            }
        }
        const auto now = std::chrono::steady_clock::now();
        const bool reused = pooled.connection && now - pooled.opened < std::chrono::seconds(options_.pool_lifetime_s);
        if (!reused) {
            pooled = {.connection = std::make_unique<Connection>(options_), .opened = now};
            if (options_.user.empty())
                pooled.connection->bind_anonymously();
            else if (!pooled.connection->bind(options_.user, options_.password))
                throw DirectoryError("the directory does not know us: user or password are wrong");
        }
        try {
            auto found = pooled.connection->search(kind.tree_dn, false, filter, attributes);
            std::lock_guard lock(mutex_);
            if (idle_.size() < static_cast<std::size_t>(options_.pool_size)) idle_.push_back(std::move(pooled));
            return found;
        } catch (const DirectoryError&) {
            // The directory may have closed a connection that lay idle.
            if (!reused || attempt > 0) throw;
        }
    }
}

bool Directory::is_enabled(const Entry& entry) const {
    const auto value = entry.text(options_.enabled_attribute);
    if (options_.enabled_mask != 0) {
        const long number = value.empty() ? options_.enabled_default_number : std::strtol(value.c_str(), nullptr, 10);
        return (number & options_.enabled_mask) != options_.enabled_mask;
    }
    if (value.empty()) return options_.enabled_default;
    const bool yes = text::iequals(value, "true") || value == "1" || text::iequals(value, "yes");
    return yes != options_.enabled_invert;
}

DirectoryUser Directory::user_of(const Entry& entry) const {
    return {.local_id = entry.text(options_.users.id_attribute),
            .dn = entry.dn,
            .name = entry.text(options_.users.name_attribute),
            .description = entry.text(options_.users.description_attribute),
            .email = entry.text(options_.mail_attribute),
            .enabled = is_enabled(entry)};
}

std::vector<DirectoryUser> Directory::users_where(const std::string& condition) {
    const auto& kind = options_.users;
    std::vector<DirectoryUser> users;
    for (const auto& entry : search(kind, condition,
                                    {kind.id_attribute, kind.name_attribute, kind.description_attribute,
                                     options_.mail_attribute, options_.enabled_attribute}))
        if (auto user = user_of(entry); !user.local_id.empty() && !user.name.empty()) users.push_back(std::move(user));
    return users;
}

std::vector<DirectoryGroup> Directory::groups_where(const std::string& condition) {
    const auto& kind = options_.groups;
    std::vector<DirectoryGroup> groups;
    for (const auto& entry :
         search(kind, condition,
                {kind.id_attribute, kind.name_attribute, kind.description_attribute, options_.member_attribute})) {
        DirectoryGroup group{.local_id = entry.text(kind.id_attribute),
                             .dn = entry.dn,
                             .name = entry.text(kind.name_attribute),
                             .description = entry.text(kind.description_attribute),
                             .members = {}};
        if (auto members = entry.attributes.find(text::to_lower(options_.member_attribute));
            members != entry.attributes.end())
            group.members = members->second;
        if (!group.local_id.empty() && !group.name.empty()) groups.push_back(std::move(group));
    }
    return groups;
}

std::vector<DirectoryUser> Directory::users() { return users_where(""); }
std::vector<DirectoryGroup> Directory::groups() { return groups_where(""); }

std::optional<DirectoryUser> Directory::user_by_name(const std::string& name) {
    auto found = users_where("(" + options_.users.name_attribute + "=" + escaped(name) + ")");
    if (found.size() != 1) return std::nullopt;  // two of one name are nobody
    return found.front();
}

std::optional<DirectoryUser> Directory::user_by_id(const std::string& local_id) {
    auto found = users_where("(" + options_.users.id_attribute + "=" + escaped(local_id) + ")");
    if (found.size() != 1) return std::nullopt;
    return found.front();
}

std::string Directory::member_name(const DirectoryUser& user) const {
    return options_.members_are_ids ? user.local_id : user.dn;
}

std::vector<DirectoryGroup> Directory::groups_of(const DirectoryUser& user) {
    return groups_where("(" + options_.member_attribute + "=" + escaped(member_name(user)) + ")");
}

bool Directory::is_password(const std::string& dn, const std::string& password) {
    Connection connection(options_);
    return connection.bind(dn, password);
}

}  // namespace cumulet::identity::ldap
