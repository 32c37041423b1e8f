#include "glance.hpp"

#include <unistd.h>

#include "common/http/body.hpp"

namespace cumulet::compute::images::test {
namespace {

auth::Context actor(const std::string& project, std::vector<std::string> roles, Timestamp expires) {
    auth::Context who;
    who.user_id = "user-" + project;
    who.project_id = project;
    who.roles = std::move(roles);
    who.expires_at = expires;
    return who;
}

}  // namespace

Glance::Glance(Settings wanted) : settings(wanted), data(make_file_store(folder.path() / "images")) {
    const auto later = clock.now() + std::chrono::hours(1000);
    validator = auth::make_fixed_validator({{"one", actor("p1", {"member", "reader"}, later)},
                                            {"two", actor("p2", {"member", "reader"}, later)},
                                            {"reader", actor("p1", {"reader"}, later)},
                                            {"admin", actor("p0", {"admin", "member", "reader"}, later)}});
    auto rules = api::policy_rules(glance_tables());
    for (auto& rule : attribute_rules()) rules.push_back(std::move(rule));
    policy = std::make_unique<auth::PolicyEngine>(std::move(rules));
    api::Modules modules;
    modules.add(settings);
    modules.add(*data);
    service = std::make_unique<api::Service>(glance_service(), api::ServiceParts{.engine = *engine,
                                                                                 .clock = clock,
                                                                                 .random = random,
                                                                                 .workers = workers,
                                                                                 .validator = validator.get(),
                                                                                 .policy = policy.get(),
                                                                                 .modules = modules});
}

http::Response Glance::request(http::Method method, const std::string& target, const std::string& token,
                               const std::string& body, const HeaderList& headers,
                               std::shared_ptr<http::BodyReader> stream) {
    clock.advance(std::chrono::seconds(1));
    http::Request request;
    request.method = method;
    request.target = target;
    request.headers.set("Host", "cloud:9292");
    if (!token.empty()) request.headers.set("X-Auth-Token", token);
    for (const auto& [name, value] : headers) request.headers.set(name, value);
    request.body = std::move(stream);
    return service->call(std::move(request), body);
}

http::Response Glance::patch(const std::string& id, const nlohmann::json& body, const std::string& token) {
    return request(http::Method::patch, "/v2/images/" + id, token, body.dump(),
                   {{"Content-Type", "application/openstack-images-v2.1-json-patch"}});
}

http::Response Glance::upload(const std::string& id, const std::string& bytes, const std::string& token) {
    return request(http::Method::put, "/v2/images/" + id + "/file", token, bytes,
                   {{"Content-Type", "application/octet-stream"}});
}

std::string Glance::create(nlohmann::json attributes, const std::string& token) {
    nlohmann::json body{{"name", "tiny"}, {"disk_format", "raw"}, {"container_format", "bare"}};
    body.update(attributes.is_null() ? nlohmann::json::object() : attributes);
    const auto made = post("/v2/images", body, token);
    if (made.status != 201) throw std::runtime_error(text_of(made));
    return json_of(made)["id"];
}

std::string Glance::active(const std::string& bytes, nlohmann::json attributes, const std::string& token) {
    const auto id = create(std::move(attributes), token);
    const auto answer = upload(id, bytes, token);
    if (answer.status != 204) throw std::runtime_error(text_of(answer));
    return id;
}

nlohmann::json Glance::show(const std::string& id, const std::string& token) {
    return json_of(get("/v2/images/" + id, token));
}

std::vector<std::string> Glance::names(const std::string& query, const std::string& token) {
    const auto answer = get("/v2/images?sort=name:asc&" + query, token);
    if (answer.status != 200) throw std::runtime_error(text_of(answer));
    const auto body = json_of(answer);
    std::vector<std::string> names;
    for (const auto& image : body["images"]) names.push_back(image["name"].get<std::string>());
    return names;
}

std::string text_of(const http::Response& response) { return std::get<std::string>(response.body); }
nlohmann::json json_of(const http::Response& response) { return nlohmann::json::parse(text_of(response)); }

std::string data_of(const http::Response& response) {
    const auto& file = std::get<http::FileBody>(response.body);
    std::string bytes(file.length, '\0');
    const auto got = ::pread(*file.file, bytes.data(), bytes.size(), static_cast<off_t>(file.offset));
    bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return bytes;
}

}  // namespace cumulet::compute::images::test
