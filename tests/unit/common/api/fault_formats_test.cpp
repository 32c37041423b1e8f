// The shapes and sentences are those that OpenStack Zed answered with.
#include <catch2/catch.hpp>

#include "toy_service.hpp"

using namespace cumulet;
using namespace cumulet::api;
using cumulet::api::test::json_of;
using cumulet::api::test::text_of;
using nlohmann::json;

namespace {

const std::string kId = "req-1";

}  // namespace

TEST_CASE("Nova's faults") {
    const auto answer = nova_fault(Fault(Errc::not_found, "Instance nope could not be found."), kId);
    REQUIRE(answer.status == 404);
    REQUIRE(answer.headers.value_or("Content-Type", "") == "application/json; charset=UTF-8");
    REQUIRE(text_of(answer) == R"({"itemNotFound":{"code":404,"message":"Instance nope could not be found."}})");
    REQUIRE(json_of(nova_fault(Fault(Errc::conflict, "x"), kId)).contains("conflictingRequest"));
    REQUIRE(json_of(nova_fault(Fault(Errc::forbidden, "x"), kId)).contains("forbidden"));
    REQUIRE(json_of(nova_fault(Fault(Errc::internal, "x"), kId)).contains("computeFault"));
}

TEST_CASE("Keystone's faults") {
    const auto wrong =
        keystone_fault(Fault(Errc::bad_request, "Expecting to find auth in request body.").kind("malformed"), kId);
    REQUIRE(json_of(wrong)["error"] == json{{"code", 400},
                                            {"message",
                                             "Expecting to find auth in request body. The server could not comply with "
                                             "the request since it is either malformed or otherwise incorrect. The "
                                             "client is assumed to be in error."},
                                            {"title", "Bad Request"}});
    const auto denied =
        keystone_fault(Fault(Errc::unauthorized, "The request you have made requires authentication."), kId);
    REQUIRE(denied.status == 401);
    REQUIRE(json_of(denied) ==
            json::parse(R"({"error":{"code":401,"message":"The request you have made requires authentication.",
        "title":"Unauthorized"}})"));
    REQUIRE(keystone_fault(Fault(Errc::unsupported_media, "x"), kId).status == 400);
}

TEST_CASE("Neutron's faults carry a type") {
    const auto plain = json_of(neutron_fault(Fault(Errc::not_found, "gone"), kId));
    REQUIRE(plain == json::parse(R"({"NeutronError": {"type": "HTTPNotFound", "message": "gone", "detail": ""}})"));
    const auto named =
        json_of(neutron_fault(Fault(Errc::not_found, "Network n could not be found.").kind("NetworkNotFound"), kId));
    REQUIRE(named["NeutronError"]["type"] == "NetworkNotFound");
}

TEST_CASE("Placement's faults carry a code and the request id") {
    const auto fault =
        json_of(placement_fault(Fault(Errc::conflict, "x").kind("placement.concurrent_update"), kId))["errors"][0];
    REQUIRE(fault ==
            json::parse(R"({"status": 409, "title": "Conflict", "detail": "x", "code": "placement.concurrent_update",
        "request_id": "req-1"})"));
}

TEST_CASE("Glance and Swift answer HTML, with nothing of the client's in it unescaped") {
    const auto glance = glance_fault(Fault(Errc::not_found, "No image found with ID <script>"), kId);
    REQUIRE(glance.headers.value_or("Content-Type", "") == "text/html; charset=UTF-8");
    REQUIRE(text_of(glance).find("<h1>404 Not Found</h1>") != std::string::npos);
    REQUIRE(text_of(glance).find("<script>") == std::string::npos);
    const auto general = swift_fault(Fault::general(Errc::not_found), kId);
    REQUIRE(text_of(general) == "<html><h1>Not Found</h1><p>The resource could not be found.</p></html>");
    const auto same_words = swift_fault(Fault(Errc::not_found, "The resource could not be found."), kId);
    REQUIRE(text_of(same_words) == "The resource could not be found.");
    const auto particular = swift_fault(Fault(Errc::bad_request, "No <b> here"), kId);
    REQUIRE(text_of(particular) == "No <b> here");
    REQUIRE(particular.headers.value_or("Content-Type", "") == "text/plain; charset=UTF-8");
}

TEST_CASE("a 401 of a service behind Keystone's middleware has the middleware's shape") {
    const Fault fault(Errc::unauthorized, "x");
    const auto expected = json::parse(
        R"({"error": {"code": 401, "title": "Unauthorized", "message": "The request you have made requires authentication."}})");
    for (auto format : {nova_fault, neutron_fault, glance_fault, placement_fault})
        REQUIRE(json_of(format(fault, kId)) == expected);
}

TEST_CASE("every code has its entry") {
    for (int code = 0; code <= static_cast<int>(Errc::insufficient_storage); ++code) {
        REQUIRE(info(static_cast<Errc>(code)).status >= 400);
        REQUIRE(Fault::general(static_cast<Errc>(code)).is_general());
        REQUIRE_FALSE(std::string_view(Fault::general(static_cast<Errc>(code)).what()).empty());
    }
    REQUIRE(errc_of_status(413) == Errc::too_large);
    REQUIRE(errc_of_status(418) == Errc::bad_request);
}
