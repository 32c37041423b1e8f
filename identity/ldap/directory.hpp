// A directory's users and groups, as this service means them.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "identity/ldap/connection.hpp"
#include "identity/ldap/options.hpp"

namespace cumulet::identity::ldap {

struct DirectoryUser {
    std::string local_id, dn, name, description, email;
    bool enabled = true;
};

struct DirectoryGroup {
    std::string local_id, dn, name, description;
    std::vector<std::string> members;  // DNs, or ids of users where so configured
};

// All members: any thread that may wait. They throw DirectoryError when the directory does not answer.
class Directory {
public:
    explicit Directory(Options options);
    ~Directory();
    const Options& options() const { return options_; }

    std::vector<DirectoryUser> users();
    std::vector<DirectoryGroup> groups();
    std::optional<DirectoryUser> user_by_name(const std::string& name);
    std::optional<DirectoryUser> user_by_id(const std::string& local_id);
    std::vector<DirectoryGroup> groups_of(const DirectoryUser& user);
    // Whether that is the password; `dn` may be one that is not there.
    bool is_password(const std::string& dn, const std::string& password);
    // What a group calls this user.
    std::string member_name(const DirectoryUser& user) const;

private:
    struct Pooled;
    std::vector<Entry> search(const EntryKind& kind, const std::string& condition,
                              const std::vector<std::string>& attributes);
    std::vector<DirectoryUser> users_where(const std::string& condition);
    std::vector<DirectoryGroup> groups_where(const std::string& condition);
    DirectoryUser user_of(const Entry& entry) const;
    bool is_enabled(const Entry& entry) const;

    const Options options_;
    std::mutex mutex_;
    std::vector<Pooled> idle_;
};

}  // namespace cumulet::identity::ldap
