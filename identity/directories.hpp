// The domains whose users an LDAP directory keeps: which they are, when they are mirrored, and whose password it is.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "common/runtime/clock.hpp"
#include "common/runtime/periodic.hpp"
#include "common/store/transaction.hpp"
#include "identity/vault.hpp"

namespace cumulet::identity {

struct DirectoriesOptions {
    std::chrono::seconds mirror_every{300};
    int most_logins = 1;                         // at a time: each holds a worker while it waits
    std::chrono::milliseconds look_every{2000};  // for domains whose configuration changed
};

// What a log-in says about a user of a directory.
struct DirectoryLogin {
    std::string domain_id;
    std::string name;     // empty when the user is named by id
    std::string user_id;  // of the row we have, empty: none yet
    std::string password;
};

// All members: any thread that may wait.
class Directories {
public:
    Directories(store::Engine& engine, const Clock& clock, const Vault& vault, DirectoriesOptions options);
    ~Directories();

    // The user, brought up to date with their groups; nullopt when no directory keeps them. Fault 401 for a wrong name
    // or password, 503 while the directory does not answer or too many wait for it.
    std::optional<std::string> log_in(store::Transaction& txn, const DirectoryLogin& login);
    // Looks for changed configurations and mirrors what is due; a thread of its own does so all the time.
    void look();

private:
    struct Served;
    std::shared_ptr<Served> served(const std::string& domain_id);
    void read_configurations();
    void mirror(const std::string& domain_id, Served& served);
    std::string checked_user(store::Transaction& txn, Served& served, const DirectoryLogin& login);

    store::Engine& engine_;
    const Clock& clock_;
    const Vault& vault_;
    const DirectoriesOptions options_;
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Served>> served_;  // by domain
    std::atomic<int> logins_{0};
    std::optional<runtime::Periodic> rounds_;
};

}  // namespace cumulet::identity
