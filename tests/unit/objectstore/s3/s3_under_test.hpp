// The S3 service without sockets, with users whose access keys are their names; each request is signed (V4, header)
// unless told otherwise.
#pragma once

#include <memory>

#include "common/api/service.hpp"
#include "common/auth/validator.hpp"
#include "common/runtime/worker_pool.hpp"
#include "objectstore/engine/local_engine.hpp"
#include "objectstore/s3/service.hpp"
#include "objectstore/s3/wire/xml_in.hpp"
#include "tests/support/temporary_folder.hpp"

namespace cumulet::objectstore::testing {

using Sent = std::vector<std::pair<std::string, std::string>>;

struct Answer {
    int status = 0;
    http::Headers headers;
    std::string body;
    std::string header(std::string_view name) const { return headers.value_or(name, "(none)"); }
    // The error's code; empty without one.
    std::string code() const;
    s3::XmlNode xml(std::string_view root) const { return s3::parse_xml(body, root); }
};

// Users: "alice" and "ann" (members of project "p1"), "bob" (member of "p2"), "guest" (reader in "p1"). An empty user
// is nobody. Passwords of the Swift side are the same names.
class S3UnderTest {
public:
    // `encrypts`: what is kept is encrypted at rest.
    explicit S3UnderTest(bool encrypts = false);
    Answer call(std::string_view method, const std::string& target, const std::string& user = "alice",
                Sent headers = {}, std::string body = "");
    // As it stands, not signed.
    Answer send(http::Request request, std::string body = "");
    // With Authorization for what it holds; `hash` is the x-amz-content-sha256.
    void sign(http::Request& request, const std::string& user, const std::string& hash);
    // The Swift API of the same bucket space; `target` begins behind "/v1/AUTH_".
    Answer swift_call(std::string_view method, const std::string& target, const std::string& token = "alice",
                      Sent headers = {}, std::string body = "");
    static std::string secret_of(const std::string& user) { return "secret-of-" + user; }
    http::Request request(std::string_view method, const std::string& target) const;
    std::string amz_date() const;

    swift::Settings swift_settings;
    s3::Settings settings;
    ManualClock clock;
    SeededRandom random{7};
    cumulet::test::TemporaryFolder folder;
    std::unique_ptr<store::Engine> store;
    std::unique_ptr<ObjectEngine> local;
    std::unique_ptr<ComposingEngine> engine;
    swift::Swift swift;
    std::unique_ptr<s3::Keys> keys;
    s3::S3 s3;
    runtime::WorkerPool workers;
    std::unique_ptr<auth::Validator> validator;
    std::unique_ptr<api::Service> service, swift_service;
};

}  // namespace cumulet::objectstore::testing
