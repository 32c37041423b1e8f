#include "swift_under_test.hpp"

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "common/runtime/log.hpp"
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

auth::Context in_other_domain(auth::Context who) {
    who.user_domain_id = who.project_domain_id = "other";
    return who;
}

std::string text_of(http::Response& response) {
    if (auto* text = std::get_if<std::string>(&response.body)) return *text;
    std::string whole;
    boost::asio::io_context context(1);
    std::exception_ptr failure;
    boost::asio::co_spawn(context, swift::read_whole(std::move(response.body)),
                          [&](std::exception_ptr error, std::string text) {
                              failure = error;
                              whole = std::move(text);
                          });
    context.run();
    if (failure) std::rethrow_exception(failure);
    return whole;
}

}  // namespace

SwiftUnderTest::SwiftUnderTest(std::uint64_t upload_memory_bytes)
    : store(store::make_memory_engine()),
      engine(make_local_engine(
          *store, {.folder = folder.path() / "data", .threads = 1, .upload_memory_bytes = upload_memory_bytes})),
      swift{.settings = settings, .engine = *engine, .store = *store, .clock = clock},
      workers({.name = "test", .threads = 1}),
      validator(auth::make_fixed_validator({{"alice", user("alice", "p1", {"member"})},
                                            {"bob", user("bob", "p2", {"member"})},
                                            {"guest", user("guest", "p1", {"reader"})},
                                            {"dora", in_other_domain(user("dora", "p3", {"member"}))},
                                            {"root", user("root", "p9", {"ResellerAdmin"})}})) {
    log::set_level(log::Level::warning);
    api::Modules modules;
    modules.add(swift);
    service = std::make_unique<api::Service>(swift::description(), api::ServiceParts{.engine = *store,
                                                                                     .clock = clock,
                                                                                     .random = random,
                                                                                     .workers = workers,
                                                                                     .validator = validator.get(),
                                                                                     .modules = modules});
}

Answer SwiftUnderTest::call(std::string_view method, std::string target, const std::string& token, Sent headers,
                            std::string body) {
    clock.advance(std::chrono::milliseconds(10));
    http::Request request;
    request.method = http::parse_method(method);
    request.target = target.starts_with('/') ? target : "/v1/AUTH_" + target;
    if (!token.empty()) request.headers.set("X-Auth-Token", token);
    for (auto& [name, value] : headers) request.headers.add(name, value);
    request.remote_address = remote_address;
    const bool chunked = request.headers.has("Transfer-Encoding");
    if (method == "PUT" && !chunked && !request.headers.has("X-Test-No-Length")) request.content_length = body.size();
    auto response = service->call(std::move(request), std::move(body));
    Answer answer{response.status, response.headers, text_of(response)};
    return answer;
}

}  // namespace cumulet::objectstore::testing
