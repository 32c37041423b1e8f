#include "nova.hpp"

namespace cumulet::compute::servers::test {
namespace {

auth::Context actor(const std::string& user, const std::string& project, std::vector<std::string> roles,
                    const Clock& clock) {
    auth::Context context;
    context.user_id = user + "-id";
    context.user_name = user;
    context.project_id = project + "-id";
    context.project_name = project;
    context.roles = std::move(roles);
    context.issued_at = clock.now();
    context.expires_at = clock.now() + std::chrono::hours(24 * 3650);  // tests let time pass
    return context;
}

std::vector<auth::RuleDefault> all_rules() {
    auto rules = api::policy_rules(nova_tables());
    for (auto& rule : handler_rules()) rules.push_back(std::move(rule));
    return rules;
}

}  // namespace

Nova::Nova()
    : validator_(auth::make_fixed_validator(
          {{"demo", actor("demo", "demo", {"member", "reader"}, clock)},
           {"demo2", actor("demo2", "demo", {"member", "reader"}, clock)},
           {"reader", actor("reader", "demo", {"reader"}, clock)},
           {"other", actor("other", "other", {"member", "reader"}, clock)},
           {"admin", actor("admin", "admin", {"admin", "manager", "member", "reader"}, clock)}})),
      policy_(all_rules()) {
    api::ServiceParts parts{.engine = *engine,
                            .clock = clock,
                            .random = random,
                            .workers = workers_,
                            .validator = validator_.get(),
                            .policy = &policy_};
    parts.modules.add(settings);
    parts.modules.add(meter);
    parts.modules.add(history);
    service_ = std::make_unique<api::Service>(nova_service(), std::move(parts));
}

Answer Nova::call(http::Method method, const std::string& path, const nlohmann::json& body, const std::string& token,
                  const std::string& version) {
    http::Request request;
    request.method = method;
    request.method_text = std::string(http::to_string(method));
    request.target = path;
    request.path = path.substr(0, path.find('?'));
    if (auto mark = path.find('?'); mark != std::string::npos) request.query = path.substr(mark + 1);
    request.headers.set("Host", "cloud:8774");
    if (!token.empty()) request.headers.set("X-Auth-Token", token);
    request.headers.set("X-OpenStack-Nova-API-Version", version);
    if (!body.is_null()) request.headers.set("Content-Type", "application/json");
    auto response = service_->call(std::move(request), body.is_null() ? "" : body.dump());
    Answer answer{.status = response.status, .body = nullptr, .headers = response.headers};
    const auto& text = std::get<std::string>(response.body);
    if (!text.empty()) answer.body = nlohmann::json::parse(text);
    return answer;
}

}  // namespace cumulet::compute::servers::test
