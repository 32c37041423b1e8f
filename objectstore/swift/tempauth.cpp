#include "objectstore/swift/tempauth.hpp"

#include <algorithm>
#include <stdexcept>

#include "common/runtime/text.hpp"

namespace cumulet::objectstore::swift {

namespace {

constexpr auto kTokenLife = std::chrono::hours(24);
constexpr std::string_view kMethod = "tempauth";

std::string full_name(const TempUser& user) { return user.account + ":" + user.user; }

}  // namespace

TempUser parse_temp_user(std::string_view text) {
    TempUser user;
    std::vector<std::string_view> words;
    for (const auto word : text::split(text, ' '))
        if (!word.empty()) words.push_back(word);
    const auto first = words.empty() ? std::string_view() : words.front();
    const auto colon = first.find(':');
    const auto second = colon == std::string_view::npos ? colon : first.find(':', colon + 1);
    if (second == std::string_view::npos || colon == 0 || second == colon + 1 || second + 1 == first.size())
        throw std::invalid_argument("a user is written as \"account:user:key group group\"");
    user.account = first.substr(0, colon);
    user.user = first.substr(colon + 1, second - colon - 1);
    user.key = first.substr(second + 1);
    user.groups.assign(words.begin() + 1, words.end());
    return user;
}

bool is_tempauth(const auth::Context& who) { return who.methods.size() == 1 && who.methods.front() == kMethod; }

TempAuth::TempAuth(std::vector<TempUser> users, std::vector<std::string> prefixes, auth::Validator* next,
                   const Clock& clock, Random& random)
    : prefixes_(std::move(prefixes)), next_(next), clock_(clock), random_(random) {
    for (auto& user : users) {
        auto name = full_name(user);
        users_.insert_or_assign(std::move(name), std::move(user));
    }
}

std::optional<TempAuth::Login> TempAuth::log_in(const std::string& who, std::string_view key) {
    const auto user = users_.find(who);
    if (user == users_.end() || !text::equal_in_constant_time(user->second.key, key)) return std::nullopt;
    const auto now = clock_.now();
    std::lock_guard lock(mutex_);
    forget_old(now);
    auto& token = token_of_[who];
    auto& context = tokens_[token];
    if (token.empty() || !context) {
        tokens_.erase(token);
        token = prefixes_.front() + "tk" + random_.hex_uuid() + random_.hex_uuid();
        tokens_[token] = context_of(user->second, now);
    }
    return Login{
        .token = token, .account = prefixes_.front() + user->second.account, .left = tokens_[token]->expires_at - now};
}

std::optional<TempAuth::Secret> TempAuth::secret_of(const std::string& who) const {
    const auto user = users_.find(who);
    if (user == users_.end()) return std::nullopt;
    return Secret{user->second.key, context_of(user->second, clock_.now())};
}

auth::ContextPtr TempAuth::context_of(const TempUser& user, Timestamp now) const {
    auto context = std::make_shared<auth::Context>();
    context->user_id = context->user_name = full_name(user);
    context->project_id = context->project_name = user.account;
    context->methods = {std::string(kMethod)};
    context->roles = {user.account, full_name(user)};
    for (const auto& group : user.groups) {
        if (group != ".admin") context->roles.push_back(group);
        // Whoever administers the account is in groups with its full names.
        if (group == ".admin")
            for (const auto& prefix : prefixes_) context->roles.push_back(prefix + user.account);
    }
    context->issued_at = now;
    context->expires_at = now + kTokenLife;
    return context;
}

void TempAuth::forget_old(Timestamp now) {
    std::erase_if(tokens_, [&](const auto& each) { return !each.second || each.second->expires_at <= now; });
}

void TempAuth::validate(const std::string& token, std::function<void(auth::Validation)> done) {
    if (has_users() && token.starts_with(prefixes_.front() + "tk")) {
        auth::Validation found;
        {
            std::lock_guard lock(mutex_);
            if (const auto known = tokens_.find(token); known != tokens_.end() && known->second)
                found = {.verdict = auth::Verdict::valid, .context = known->second};
        }
        return done(std::move(found));
    }
    if (next_) return next_->validate(token, std::move(done));
    done({.verdict = auth::Verdict::invalid, .context = nullptr});
}

std::string TempAuth::authenticate_uri() const { return next_ ? next_->authenticate_uri() : ""; }

}  // namespace cumulet::objectstore::swift
