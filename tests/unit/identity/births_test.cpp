#include <catch2/catch.hpp>

#include "cloud.hpp"
#include "identity/model/assignment_rules.hpp"
#include "identity/model/credential_rules.hpp"
#include "identity/model/federation_rules.hpp"
#include "identity/model/resource_rules.hpp"
#include "identity/model/role_rules.hpp"
#include "identity/model/user_rules.hpp"

using namespace cumulet;
using namespace cumulet::identity;
using namespace cumulet::identity::test;
using store::Transaction;

namespace {

struct Racing : Cloud {
    const std::string domain = make("domains", "domain", {{"name", "ours"}, {"enabled", false}});
    const std::string user = make("users", "user", {{"name", "u"}, {"domain_id", domain}});
    const std::string role = id_of("roles", "member");

    Transaction begin() { return Transaction(*engine, {.time = clock.now()}); }
    bool commits(Transaction& txn) { return store::went_through(txn.commit_and_wait()); }
};

}  // namespace

TEST_CASE("a domain does not go while something is made in it, nor is something made in one that goes") {
    Racing cloud;
    const std::string project = cloud.id_of("projects", "demo");
    auto removing = cloud.begin();
    delete_domain(removing, require_domain(removing, cloud.domain));
    auto making = cloud.begin();
    const std::string kind = GENERATE("user", "group", "role", "assignment", "credential", "provider");
    const bool made_first = GENERATE(true, false);
    CAPTURE(kind, made_first);
    if (kind == "user") create_user(making, {.id = "new", .name = "new", .domain_id = cloud.domain});
    if (kind == "group") create_group(making, {.id = "new", .name = "new", .domain_id = cloud.domain});
    if (kind == "role") create_role(making, {.id = "new", .name = "new", .domain_id = cloud.domain});
    if (kind == "assignment") {
        require_user(making, cloud.user);
        grant(making, {.actor_id = cloud.user, .target_id = project, .role_id = cloud.role});
    }
    if (kind == "credential")
        create_credential(making, {.id = "new", .user_id = cloud.user, .project_id = project, .type = "totp"});
    if (kind == "provider") {
        IdentityProvider provider{.id = "new", .domain_id = cloud.domain};
        create_idp(making, provider, "");
    }
    auto& first = made_first ? making : removing;
    auto& second = made_first ? removing : making;
    CHECK(cloud.commits(first));
    CHECK_FALSE(cloud.commits(second));
    if (made_first) {
        auto again = cloud.begin();
        delete_domain(again, require_domain(again, cloud.domain));
        CHECK(cloud.commits(again));
    }
}

TEST_CASE("a federated user does not log in anew through a provider or a protocol that goes") {
    Racing cloud;
    IdentityProvider provider{.id = "idp", .domain_id = cloud.domain};
    const FederationProtocol protocol{.idp_id = "idp", .id = "saml2", .mapping_id = "m"};
    auto before = cloud.begin();
    create_idp(before, provider, "");
    before.put(Mapping{.id = "m"}, "created");
    create_protocol(before, protocol);
    REQUIRE(cloud.commits(before));
    auto removing = cloud.begin(), making = cloud.begin();
    if (GENERATE(true, false))
        delete_idp(removing, require_idp(removing, "idp"));
    else
        delete_protocol(removing, require_protocol(removing, "idp", "saml2"));
    require_protocol(making, "idp", "saml2");  // as a log-in does
    shadow_federated_user(
        making, require_idp(making, "idp"),
        {.idp_id = "idp", .protocol_id = "saml2", .unique_id = "x", .user_id = "x", .display_name = "x"}, std::nullopt);
    const bool made_first = GENERATE(true, false);
    CHECK(cloud.commits(made_first ? making : removing));
    CHECK_FALSE(cloud.commits(made_first ? removing : making));
}

TEST_CASE("makers do not disturb each other") {
    Racing cloud;
    auto one = cloud.begin(), other = cloud.begin();
    create_user(one, {.id = "one", .name = "one", .domain_id = cloud.domain});
    create_user(other, {.id = "other", .name = "other", .domain_id = cloud.domain});
    CHECK(cloud.commits(one));
    CHECK(cloud.commits(other));
}
