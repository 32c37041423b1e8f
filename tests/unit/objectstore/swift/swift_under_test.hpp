// The Swift service without sockets, with users whose tokens are their names.
#pragma once

#include <memory>

#include "common/api/service.hpp"
#include "common/auth/validator.hpp"
#include "common/runtime/worker_pool.hpp"
#include "objectstore/engine/local_engine.hpp"
#include "objectstore/swift/service.hpp"
#include "tests/support/temporary_folder.hpp"

namespace cumulet::objectstore::testing {

using Sent = std::vector<std::pair<std::string, std::string>>;

struct Answer {
    int status = 0;
    http::Headers headers;
    std::string body;
    std::string header(std::string_view name) const { return headers.value_or(name, "(none)"); }
};

// Users: "alice" (member of project "p1"), "bob" (member of "p2"), "guest" (reader in "p1"), "root" (ResellerAdmin of
// "p9"), "dora" (member of "p3", both of another domain than the default one).
class SwiftUnderTest {
public:
    explicit SwiftUnderTest(std::uint64_t upload_memory_bytes = 64u << 20);
    // `target` begins behind "/v1/AUTH_"; with a leading slash it is taken as it is.
    Answer call(std::string_view method, std::string target, const std::string& token = "alice", Sent headers = {},
                std::string body = "");

    // A signature or a host stands for the token: none is sent.
    Answer anonymous(std::string_view method, std::string target, Sent headers = {}, std::string body = "") {
        return call(method, std::move(target), "", std::move(headers), std::move(body));
    }

    swift::Settings settings;
    std::string remote_address = "127.0.0.1";
    ManualClock clock;
    SeededRandom random{7};
    cumulet::test::TemporaryFolder folder;
    std::unique_ptr<store::Engine> store;
    std::unique_ptr<ObjectEngine> engine;
    swift::Swift swift;
    runtime::WorkerPool workers;
    std::unique_ptr<auth::Validator> validator;
    std::unique_ptr<api::Service> service;
};

}  // namespace cumulet::objectstore::testing
