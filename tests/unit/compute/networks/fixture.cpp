#include "fixture.hpp"

#include <catch2/catch.hpp>

#include "common/runtime/log.hpp"

#include "compute/networks/service.hpp"

namespace cumulet::compute::networks::test {

namespace {

auth::Context context(const std::string& project, std::vector<std::string> roles) {
    auth::Context who;
    who.user_id = project + "-user";
    who.project_id = project;
    who.roles = std::move(roles);
    who.expires_at = Timestamp{std::chrono::hours{24 * 365 * 100}};
    return who;
}

}  // namespace

Fixture::Fixture() {
    log::set_level(log::Level::warning);
    validator = auth::make_fixed_validator({{"demo", context("p-demo", {"member", "reader"})},
                                            {"other", context("p-other", {"member", "reader"})},
                                            {"reader", context("p-demo", {"reader"})},
                                            {"admin", context("p-admin", {"admin", "member", "reader"})}});
    auto description = service_description();
    auto rules = api::policy_rules(description.tables);
    for (auto& rule : attribute_rules()) rules.push_back(std::move(rule));
    policy = std::make_unique<auth::PolicyEngine>(std::move(rules));
    service = std::make_unique<api::Service>(
        std::move(description), api::ServiceParts{*engine, clock, random, workers, validator.get(), policy.get()});
}

Answer Fixture::call(http::Method method, const std::string& path, const json& body, const std::string& token) {
    http::Request request;
    request.method = method;
    request.method_text = std::string(http::to_string(method));
    request.target = path;
    request.path = path.substr(0, path.find('?'));
    if (auto at = path.find('?'); at != std::string::npos) request.query = path.substr(at + 1);
    request.headers.set("Host", "net:9696");
    if (!token.empty()) request.headers.set("X-Auth-Token", token);
    if (!body.is_null()) request.headers.set("Content-Type", "application/json");
    auto response = service->call(std::move(request), body.is_null() ? "" : body.dump());
    Answer answer{response.status, nullptr};
    const auto& text = std::get<std::string>(response.body);
    if (!text.empty()) answer.body = json::parse(text);
    INFO(path << " " << body.dump() << " -> " << answer.status << " " << text);
    CHECK(answer.status < 500);
    return answer;
}

std::string Fixture::network(const std::string& name, const std::string& token, json more) {
    more["name"] = name;
    auto answer = post("/v2.0/networks", {{"network", more}}, token);
    INFO(answer.body.dump());
    REQUIRE(answer.status == 201);
    return answer.body["network"]["id"];
}

std::string Fixture::subnet(const std::string& network, const std::string& cidr, const std::string& token, json more) {
    more["network_id"] = network;
    more["cidr"] = cidr;
    more["ip_version"] = cidr.find(':') == std::string::npos ? 4 : 6;
    auto answer = post("/v2.0/subnets", {{"subnet", more}}, token);
    INFO(answer.body.dump());
    REQUIRE(answer.status == 201);
    return answer.body["subnet"]["id"];
}

json Fixture::port(const std::string& network, const std::string& token, json more) {
    more["network_id"] = network;
    auto answer = post("/v2.0/ports", {{"port", more}}, token);
    INFO(answer.body.dump());
    REQUIRE(answer.status == 201);
    return answer.body["port"];
}

std::string Fixture::external() {
    auto id = network("public", "admin", {{"router:external", true}});
    subnet(id, "203.0.113.0/24", "admin", {{"enable_dhcp", false}});
    return id;
}

}  // namespace cumulet::compute::networks::test
