// Realms of container sync: clusters that trust each other, from a file in the form of Swift's
// container-sync-realms.conf.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace cumulet::objectstore::swift {

struct SyncRealm {
    std::string key, key2;                        // shared by its clusters; key2 while keys are changed
    std::map<std::string, std::string> clusters;  // by name in upper case: "http://host:8080/v1/"
};

// Names of realms and clusters compare without case. Any thread.
class SyncRealms {
public:
    // The file is read again when it has changed, looked for every `mtime_check_interval` seconds that it names (300).
    // Without the file there are no realms. `current` is "//realm/cluster" of this one; empty: not said.
    explicit SyncRealms(std::filesystem::path file, std::string_view current = {});

    std::optional<SyncRealm> find(std::string_view realm) const;
    std::map<std::string, SyncRealm> all() const;
    // Whether this is the cluster where the service itself stands.
    bool is_current(std::string_view realm, std::string_view cluster) const;

private:
    void reload() const;

    const std::filesystem::path file_;
    std::string realm_, cluster_;
    mutable std::mutex mutex_;
    mutable std::map<std::string, SyncRealm> realms_;
    mutable std::chrono::steady_clock::time_point next_look_{};
    mutable std::optional<std::filesystem::file_time_type> changed_;
};

// Where a container's objects are sent: X-Container-Sync-To.
struct SyncTarget {
    std::string url;    // of the container over there
    std::string realm;  // empty: the URL was given whole
    std::string realm_key;
};
// "//realm/cluster/account/container", or a URL of one of `hosts`. Throws Fault 400 with what is wrong.
SyncTarget sync_target(std::string_view sync_to, const SyncRealms* realms, const std::vector<std::string>& hosts);

// What stands in X-Container-Sync-Auth behind realm and nonce. `path` is percent-encoded.
std::string sync_signature(std::string_view method, std::string_view path, std::string_view timestamp,
                           std::string_view nonce, std::string_view realm_key, std::string_view user_key);

}  // namespace cumulet::objectstore::swift
