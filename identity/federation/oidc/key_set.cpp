#include "identity/federation/oidc/key_set.hpp"

#include <nlohmann/json.hpp>

#include "common/api/fault.hpp"
#include "common/runtime/log.hpp"

namespace cumulet::identity::federation::oidc {
namespace {

constexpr auto kFresh = std::chrono::minutes(10);
constexpr auto kStale = std::chrono::hours(24);
constexpr auto kPause = std::chrono::seconds(30);
constexpr std::size_t kMostKeys = 100;

}  // namespace

std::vector<std::string> KeySet::known(const std::string& key_id) const {
    std::vector<std::string> found;
    for (const auto& key : keys_)
        if (key_id.empty() || key.id == key_id) found.push_back(key.text);
    return found;
}

void KeySet::refresh(const std::string& uri) {
    tried_at_ = clock_.now();
    const auto answer = fetch_({.method = http::Method::get, .url = uri, .headers = {}, .body = ""});
    if (answer.status != 200) throw http::ClientError(fmt::format("{} answered {}", uri, answer.status));
    const auto document = nlohmann::json::parse(answer.body, nullptr, false);
    if (!document.is_object() || !document.contains("keys") || !document["keys"].is_array())
        throw http::ClientError(uri + " is no key set");
    std::vector<Key> keys;
    for (const auto& key : document["keys"]) {
        if (!key.is_object() || keys.size() == kMostKeys) continue;
        const auto id = key.find("kid");
        keys.push_back({.id = id != key.end() && id->is_string() ? id->get<std::string>() : "", .text = key.dump()});
    }
    keys_ = std::move(keys);
    fetched_at_ = clock_.now();
}

std::vector<std::string> KeySet::find(const std::string& uri, const std::string& key_id) {
    std::lock_guard lock(mutex_);
    auto found = known(key_id);
    const auto now = clock_.now();
    const bool fresh = now - fetched_at_ < kFresh;
    const bool just_tried = now - tried_at_ < kPause;
    if ((found.empty() || !fresh) && !just_tried) {
        try {
            refresh(uri);
        } catch (const http::ClientError& error) {
            log::warning("the keys of an identity provider cannot be fetched: {}", error.what());
        }
        found = known(key_id);
    }
    if (fetched_at_ == Timestamp{} || now - fetched_at_ >= kStale)
        throw api::Fault(api::Errc::unavailable, "The identity provider does not answer.");
    return found;
}

}  // namespace cumulet::identity::federation::oidc
