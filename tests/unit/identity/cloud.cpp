#include "cloud.hpp"

#include <catch2/catch.hpp>

#include "common/runtime/log.hpp"
#include "identity/api/tables.hpp"
#include "identity/bootstrap.hpp"
#include "identity/federation/gate/gate.hpp"
#include "identity/local_validator.hpp"
#include "identity/revocation_hints.hpp"

namespace cumulet::identity::test {

using nlohmann::json;

struct Cloud::Parts {
    Parts(Cloud& cloud, bool enforce_scope)
        : token_keys(cloud.folder.path() / "fernet", cloud.random),
          credential_keys(cloud.folder.path() / "credential", cloud.random),
          vault(credential_keys, cloud.clock, cloud.random),
          passwords(cloud.clock, cloud.random, {.rounds = 4}),
          tokens(*cloud.engine, cloud.clock, cloud.random, token_keys, settings),
          follower(*cloud.engine, {tokens.change_reader(), make_hint_publisher(*cloud.bus)}),
          validator(make_local_validator(tokens, "http://identity/v3")),
          policy(all_rules(), enforce_scope),
          federation(
              {.trusted_proxies = {"127.0.0.1"}, .assertion_prefix = "", .file = cloud.federation_file},
              [&cloud](const std::string&) { return cloud.fetch; }, cloud.clock),
          identity{.engine = *cloud.engine,
                   .settings = settings,
                   .clock = cloud.clock,
                   .random = cloud.random,
                   .tokens = tokens,
                   .passwords = passwords,
                   .vault = vault,
                   .federation = &federation} {
        tokens.follow(follower);
        settings.methods = {"external", "password", "token", "oauth1", "mapped", "application_credential", "totp"};
        modules.add(identity);
        service.emplace(service_description(), api::ServiceParts{.engine = *cloud.engine,
                                                                 .clock = cloud.clock,
                                                                 .random = cloud.random,
                                                                 .workers = cloud.workers,
                                                                 .validator = validator.get(),
                                                                 .policy = &policy,
                                                                 .modules = modules});
    }
    Settings settings;
    tokens::KeyRepository token_keys, credential_keys;
    Vault vault;
    passwords::Checker passwords;
    TokenService tokens;
    ChangeFollower follower;
    std::unique_ptr<auth::Validator> validator;
    auth::PolicyEngine policy;
    federation::Gate federation;
    Identity identity;
    api::Modules modules;
    std::optional<api::Service> service;
};

std::string Answer::message() const {
    return body.is_object() && body.contains("error") ? body["error"]["message"].get<std::string>() : "";
}

Cloud::Cloud(bool enforce_scope, federation::FederationFile file) : federation_file(std::move(file)) {
    log::set_level(log::Level::error);  // refusals are what many tests are about
    parts = std::make_unique<Parts>(*this, enforce_scope);
    apply_bootstrap(*engine, clock, random, parts->passwords,
                    {{"region", "RegionOne"},
                     {"admin", {{"user", "admin"}, {"project", "admin"}, {"password", "admin"}}},
                     {"demo", {{"user", "demo"}, {"project", "demo"}, {"password", "demo"}}},
                     {"services", {{{"user", "nova"}, {"password", "nova"}}}},
                     {"catalog",
                      {{{"type", "compute"}, {"name", "nova"}, {"url", "http://c/v2.1"}},
                       {{"type", "object-store"}, {"name", "swift"}, {"url", "http://o/v1/AUTH_%(tenant_id)s"}}}}});
}

Cloud::~Cloud() = default;

Answer Cloud::call(http::Method method, const std::string& target, const json& body, const std::string& token,
                   const Headers& headers) {
    Headers all = headers;
    if (!token.empty()) all.emplace_back("X-Auth-Token", token);
    if (!body.is_null()) all.emplace_back("Content-Type", "application/json");
    return call_raw(method, target, body.is_null() ? "" : body.dump(), all);
}

Answer Cloud::call_raw(http::Method method, const std::string& target, const std::string& body,
                       const Headers& headers) {
    http::Request request;
    request.method = method;
    request.method_text = std::string(http::to_string(method));
    request.target = target;
    request.path = target.substr(0, target.find('?'));
    if (auto mark = target.find('?'); mark != std::string::npos) request.query = target.substr(mark + 1);
    request.remote_address = remote_address;
    request.headers.set("Host", "identity:5000");
    for (const auto& [name, value] : headers) request.headers.set(name, value);
    auto response = parts->service->call(std::move(request), body);
    Answer answer{.status = response.status,
                  .body = nullptr,
                  .text = "",
                  .token = response.headers.value_or("X-Subject-Token", ""),
                  .receipt = response.headers.value_or("Openstack-Auth-Receipt", ""),
                  .headers = response.headers};
    if (const auto* bytes = std::get_if<std::string>(&response.body)) answer.text = *bytes;
    if (response.headers.value_or("Content-Type", "").find("json") != std::string::npos && !answer.text.empty())
        answer.body = json::parse(answer.text);
    return answer;
}

Answer Cloud::login(const std::string& user, const std::string& password, const json& scope) {
    json auth{{"identity",
               {{"methods", {"password"}},
                {"password", {{"user", {{"name", user}, {"domain", {{"id", "default"}}}, {"password", password}}}}}}}};
    if (!scope.is_null()) auth["scope"] = scope;
    return call(http::Method::post, "/v3/auth/tokens", {{"auth", auth}});
}

std::string Cloud::token_for(const std::string& user, const json& scope) {
    auto answer = login(user, user, scope);
    INFO(answer.body.dump());
    REQUIRE(answer.status == 201);
    return answer.token;
}

const std::string& Cloud::admin_token() {
    if (admin_token_.empty() || !parts->tokens.validate(admin_token_))
        admin_token_ = token_for("admin", project_scope("admin"));
    return admin_token_;
}

Answer Cloud::validate(const std::string& subject, const std::string& token) {
    return call(http::Method::get, "/v3/auth/tokens", nullptr, token.empty() ? admin_token() : token,
                {{"X-Subject-Token", subject}});
}

std::string Cloud::make(const std::string& collection, const std::string& member, json body) {
    auto answer = post("/v3/" + collection, {{member, std::move(body)}});
    INFO(answer.body.dump());
    REQUIRE(answer.status == 201);
    return answer.body[member]["id"].get<std::string>();
}

std::string Cloud::id_of(const std::string& collection, const std::string& name) {
    auto answer = get("/v3/" + collection + "?name=" + name);
    INFO(answer.body.dump());
    REQUIRE(answer.status == 200);
    REQUIRE(answer.body[collection].size() == 1);
    return answer.body[collection][0]["id"].get<std::string>();
}

const Vault& Cloud::vault() const { return parts->vault; }
void Cloud::override_policy(const std::string& yaml) { parts->policy.load_yaml(yaml); }
Settings& Cloud::settings() { return parts->settings; }
std::uint64_t Cloud::password_computations() const { return parts->passwords.full_price_computations(); }
std::uint64_t Cloud::descriptions() const { return parts->tokens.descriptions(); }

json project_scope(const std::string& name) { return {{"project", {{"name", name}, {"domain", {{"id", "default"}}}}}}; }

}  // namespace cumulet::identity::test
