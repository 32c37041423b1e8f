#include "objectstore/swift/sync_realms.hpp"

#include <openssl/hmac.h>

#include <algorithm>
#include <boost/property_tree/ini_parser.hpp>
#include <boost/property_tree/ptree.hpp>
#include <fstream>

#include "common/api/fault.hpp"
#include "common/http/url.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/text.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;

constexpr std::chrono::seconds kLookEvery(300);

std::string upper(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::toupper(c); });
    return out;
}

SyncRealm realm_of(const boost::property_tree::ptree& section) {
    SyncRealm realm;
    for (const auto& [name, value] : section) {
        const auto option = text::to_lower(name);
        const auto written = value.data();
        if (option == "key") realm.key = written;
        if (option == "key2") realm.key2 = written;
        if (option.starts_with("cluster_")) realm.clusters[upper(option.substr(8))] = written;
    }
    return realm;
}

}  // namespace

SyncRealms::SyncRealms(std::filesystem::path file, std::string_view current) : file_(std::move(file)) {
    while (current.starts_with('/')) current.remove_prefix(1);
    const auto slash = current.find('/');
    if (slash == std::string_view::npos) return;
    realm_ = upper(current.substr(0, slash));
    cluster_ = upper(current.substr(slash + 1));
    while (cluster_.ends_with('/')) cluster_.pop_back();
}

// The lock is held.
void SyncRealms::reload() const {
    const auto now = std::chrono::steady_clock::now();
    if (file_.empty() || now < next_look_) return;
    next_look_ = now + kLookEvery;
    std::error_code error;
    const auto changed = std::filesystem::last_write_time(file_, error);
    if (error || changed == changed_) return;
    changed_ = changed;
    try {
        std::ifstream in(file_);
        boost::property_tree::ptree tree;
        boost::property_tree::read_ini(in, tree);
        std::map<std::string, SyncRealm> realms;
        for (const auto& [name, section] : tree) {
            if (name == "DEFAULT") {
                if (const auto every = section.get_optional<double>("mtime_check_interval"); every && *every > 0)
                    next_look_ = now + std::chrono::milliseconds(static_cast<std::int64_t>(*every * 1000));
            } else if (!section.empty()) {
                realms[upper(name)] = realm_of(section);
            }
        }
        realms_ = std::move(realms);
    } catch (const boost::property_tree::ini_parser_error& broken) {
        log::error("realms of container sync: {}", broken.what());
    }
}

std::optional<SyncRealm> SyncRealms::find(std::string_view realm) const {
    std::lock_guard lock(mutex_);
    reload();
    const auto found = realms_.find(upper(realm));
    return found == realms_.end() ? std::nullopt : std::optional(found->second);
}

std::map<std::string, SyncRealm> SyncRealms::all() const {
    std::lock_guard lock(mutex_);
    next_look_ = {};
    reload();
    return realms_;
}

bool SyncRealms::is_current(std::string_view realm, std::string_view cluster) const {
    return !realm_.empty() && upper(realm) == realm_ && upper(cluster) == cluster_;
}

namespace {

// Behind a host: "/account/container" with anything before them.
void check_path(std::string_view path) {
    if (path.find_first_of("?#;") != std::string_view::npos)
        throw Fault(Errc::bad_request, "Params, queries, and fragments not allowed in X-Container-Sync-To");
    if (path.empty() || path == "/") throw Fault(Errc::bad_request, "Path required in X-Container-Sync-To");
    for (const char c : path)
        if (static_cast<unsigned char>(c) <= 0x20)
            throw Fault(Errc::bad_request, "X-Container-Sync-To must be percent-encoded");
}

SyncTarget target_in_realm(std::string_view sync_to, const SyncRealms* realms) {
    auto parts = text::split(sync_to.substr(2), '/');
    if (parts.size() != 4 || std::any_of(parts.begin(), parts.end(), [](auto part) { return part.empty(); }))
        throw Fault(Errc::bad_request, "Invalid X-Container-Sync-To format '{}'", sync_to);
    check_path(sync_to);
    const auto realm = realms ? realms->find(parts[0]) : std::nullopt;
    if (!realm || realm->key.empty()) throw Fault(Errc::bad_request, "No realm key for '{}'", upper(parts[0]));
    const auto cluster = realm->clusters.find(upper(parts[1]));
    if (cluster == realm->clusters.end() || cluster->second.empty())
        throw Fault(Errc::bad_request, "No cluster endpoint for '{}' '{}'", upper(parts[0]), upper(parts[1]));
    std::string url = cluster->second;
    while (url.ends_with('/')) url.pop_back();
    return {fmt::format("{}/{}/{}", url, parts[2], parts[3]), upper(parts[0]), realm->key};
}

}  // namespace

SyncTarget sync_target(std::string_view sync_to, const SyncRealms* realms, const std::vector<std::string>& hosts) {
    while (sync_to.size() > 2 && sync_to.ends_with('/')) sync_to.remove_suffix(1);
    if (sync_to.starts_with("//")) return target_in_realm(sync_to, realms);
    if (!sync_to.starts_with("http://") && !sync_to.starts_with("https://"))
        throw Fault(Errc::bad_request,
                    "Invalid scheme in X-Container-Sync-To, must be \"//\", \"http\", or \"https\".");
    const auto url = http::parse_url(sync_to);
    if (!url || std::find(hosts.begin(), hosts.end(), url->host) == hosts.end())
        throw Fault(Errc::bad_request, "Invalid host in X-Container-Sync-To");
    check_path(sync_to.substr(std::min(sync_to.find('/', 8), sync_to.size())));
    return {std::string(sync_to), "", ""};
}

std::string sync_signature(std::string_view method, std::string_view path, std::string_view timestamp,
                           std::string_view nonce, std::string_view realm_key, std::string_view user_key) {
    const auto signed_text = fmt::format("{}\n{}\n{}\n{}\n{}", method, path, timestamp, nonce, user_key);
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(EVP_sha1(), realm_key.data(), static_cast<int>(realm_key.size()),
         reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size(), out, &size);
    return text::to_hex({reinterpret_cast<const char*>(out), size});
}

}  // namespace cumulet::objectstore::swift
