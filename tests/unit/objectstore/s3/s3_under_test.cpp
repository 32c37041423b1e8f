#include "s3_under_test.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "common/runtime/log.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/s3/auth/hmac.hpp"
#include "objectstore/swift/body_chain.hpp"

namespace cumulet::objectstore::testing {

namespace {

auth::Context user(const std::string& name, const std::string& project, std::vector<std::string> roles) {
    auth::Context context;
    context.user_id = name + "-id";
    context.user_name = name;
    context.user_domain_id = context.project_domain_id = "default";
    context.project_id = project;
    context.project_name = project + "-name";
    context.roles = std::move(roles);
    context.expires_at = Timestamp{std::chrono::hours(24 * 365 * 100)};
    return context;
}

std::map<std::string, auth::Context> users() {
    return {{"alice", user("alice", "p1", {"member"})},
            {"ann", user("ann", "p1", {"member"})},
            {"bob", user("bob", "p2", {"member"})},
            {"guest", user("guest", "p1", {"reader"})}};
}

std::unique_ptr<s3::Keys> keys_of_users() {
    std::map<std::string, s3::FixedKey> keys;
    for (const auto& [name, context] : users()) keys[name] = {S3UnderTest::secret_of(name), context};
    return s3::make_fixed_keys(keys);
}

std::string text_of(http::Response& response) {
    if (auto* text = std::get_if<std::string>(&response.body)) return *text;
    BlobBody body;
    if (auto* file = std::get_if<http::FileBody>(&response.body))
        body = *file;
    else
        body = std::get<std::shared_ptr<http::BodySource>>(response.body);
    std::string whole;
    boost::asio::io_context context(1);
    std::exception_ptr failure;
    boost::asio::co_spawn(context, swift::read_whole(std::move(body)), [&](std::exception_ptr error, std::string text) {
        failure = error;
        whole = std::move(text);
    });
    context.run();
    if (failure) std::rethrow_exception(failure);
    return whole;
}

}  // namespace

std::string Answer::code() const {
    if (body.find("<Error>") == std::string::npos) return "";
    return s3::parse_xml(body, "Error").text_of("Code");
}

S3UnderTest::S3UnderTest(bool encrypts)
    : store(store::make_memory_engine()),
      local(make_local_engine(*store, {.folder = folder.path() / "data",
                                       .threads = 1,
                                       .key_file = encrypts ? folder.path() / "secrets" : std::filesystem::path(),
                                       .encrypt = encrypts})),
      engine(make_composing_engine(*store, *local)),
      swift{.settings = swift_settings, .engine = *engine, .store = *store, .clock = clock},
      keys(keys_of_users()),
      s3{.settings = settings, .swift = swift, .composer = *engine, .keys = *keys},
      workers({.name = "test", .threads = 1}),
      validator(auth::make_fixed_validator(users())) {
    log::set_level(log::Level::warning);
    api::Modules modules;
    modules.add(swift);
    modules.add(s3);
    const api::ServiceParts parts{.engine = *store,
                                  .clock = clock,
                                  .random = random,
                                  .workers = workers,
                                  .validator = nullptr,
                                  .modules = modules};
    service = std::make_unique<api::Service>(s3::description(), parts);
    auto swift_parts = parts;
    swift_parts.validator = validator.get();
    swift_service = std::make_unique<api::Service>(swift::description(), swift_parts);
}

http::Request S3UnderTest::request(std::string_view method, const std::string& target) const {
    http::Request request;
    request.method = http::parse_method(method);
    request.method_text = method;
    request.target = target;
    const auto mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != std::string::npos) request.query = target.substr(mark + 1);
    request.headers.set("Host", "s3.test:8080");
    return request;
}

std::string S3UnderTest::amz_date() const {
    auto text = to_iso_seconds(clock.now());
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    return text;
}

void S3UnderTest::sign(http::Request& request, const std::string& user, const std::string& hash) {
    request.headers.set("x-amz-date", amz_date());
    request.headers.set("x-amz-content-sha256", hash);
    s3::Claim claim{.scheme = s3::Scheme::v4_header, .access = user};
    claim.date = amz_date();
    claim.scope_date = claim.date.substr(0, 8);
    claim.region = "us-east-1";
    claim.payload_hash = hash;
    std::set<std::string> names;
    for (const auto& [name, value] : request.headers) names.insert(text::to_lower(name));
    claim.signed_headers.assign(names.begin(), names.end());
    const auto key = s3::v4_signing_key(secret_of(user), claim);
    const auto signature = text::to_hex(s3::hmac(s3::Hash::sha256, key, s3::v4_string_to_sign(request, claim)));
    std::string list;
    for (const auto& name : claim.signed_headers) list += (list.empty() ? "" : ";") + name;
    request.headers.set("Authorization", "AWS4-HMAC-SHA256 Credential=" + user + "/" + claim.scope() +
                                             ", SignedHeaders=" + list + ", Signature=" + signature);
}

Answer S3UnderTest::send(http::Request request, std::string body) {
    clock.advance(std::chrono::milliseconds(10));
    auto response = service->call(std::move(request), std::move(body));
    return {response.status, response.headers, text_of(response)};
}

Answer S3UnderTest::call(std::string_view method, const std::string& target, const std::string& user, Sent headers,
                         std::string body) {
    auto made = request(method, target);
    for (auto& [name, value] : headers) made.headers.add(name, value);
    made.content_length = body.size();
    if (!user.empty()) sign(made, user, text::to_hex(s3::digest_of(s3::Hash::sha256, body)));
    return send(std::move(made), std::move(body));
}

Answer S3UnderTest::swift_call(std::string_view method, const std::string& target, const std::string& token,
                               Sent headers, std::string body) {
    clock.advance(std::chrono::milliseconds(10));
    http::Request request;
    request.method = http::parse_method(method);
    request.target = "/v1/AUTH_" + target;
    request.headers.set("X-Auth-Token", token);
    for (auto& [name, value] : headers) request.headers.add(name, value);
    if (method == "PUT") request.content_length = body.size();
    auto response = swift_service->call(std::move(request), std::move(body));
    return {response.status, response.headers, text_of(response)};
}

}  // namespace cumulet::objectstore::testing
