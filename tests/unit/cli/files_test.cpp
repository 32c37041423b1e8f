// What `cumulet up` writes into its state folder.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <set>

#include "cli/choices.hpp"
#include "cli/client_files.hpp"
#include "cli/cloud_config.hpp"
#include "cli/ports.hpp"
#include "common/runtime/config.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace cumulet::cli;
using Catch::Matchers::Contains;
using cumulet::test::read_file;
using cumulet::test::TemporaryFolder;

namespace {

int mode_of(const fs::path& file) {
    struct stat info {};
    REQUIRE(stat(file.c_str(), &info) == 0);
    return info.st_mode & 0777;
}

CloudPlan plan_in(const TemporaryFolder& folder) {
    const StateFolder state(folder.path() / "cloud");
    state.create();
    cumulet::SeededRandom random(7);
    return {.state = state,
            .choices = {},
            .ports = Ports::with_offset(10'000),
            .secrets = load_or_make_secrets(state, random),
            .programs = "/opt/bin",
            .drivers = "/opt/drivers"};
}

}  // namespace

TEST_CASE("passwords are made once and only their owner reads them") {
    const TemporaryFolder folder;
    const auto plan = plan_in(folder);
    cumulet::SeededRandom other(8);
    const auto again = load_or_make_secrets(plan.state, other);
    REQUIRE(again.admin_password == plan.secrets.admin_password);
    REQUIRE(again.service_passwords == plan.secrets.service_passwords);
    REQUIRE(plan.secrets.admin_password.size() >= 20);
    REQUIRE(plan.secrets.admin_password != plan.secrets.demo_password);
    REQUIRE(read_file(plan.state.admin_password_file()) == plan.secrets.admin_password + "\n");
    for (const auto& file : {plan.state.secrets_file(), plan.state.admin_password_file()})
        REQUIRE(mode_of(file) == 0600);
    REQUIRE(mode_of(plan.state.tls()) == 0700);
}

TEST_CASE("damaged secrets are an error, not new passwords") {
    const TemporaryFolder folder;
    const auto plan = plan_in(folder);
    write_private_file(plan.state.secrets_file(), "{\"admin\": ");
    cumulet::SystemRandom random;
    REQUIRE_THROWS_WITH(load_or_make_secrets(plan.state, random), Contains("damaged"));
}

TEST_CASE("the offset moves every port and must keep them in range") {
    const auto ports = Ports::with_offset(1000);
    REQUIRE(ports.identity == 6000);
    REQUIRE(ports.bus == 5222);
    REQUIRE(ports.agent_admin == Ports{}.agent_admin + 1000);
    REQUIRE_THROWS_WITH(Ports::with_offset(60'000), Contains("65000") || Contains("from 1 to 65535"));
    REQUIRE_THROWS_AS(Ports::with_offset(-5000), std::invalid_argument);
}

TEST_CASE("the configuration file is TOML with each section once, and settings of the operator win") {
    const TemporaryFolder folder;
    auto plan = plan_in(folder);
    plan.choices.settings = {"identity.port=7", "identity.password_memory_s=5", "log.level=debug",
                             "extra.name=a \"b\""};
    write_configuration(plan);
    REQUIRE(mode_of(plan.state.config_file()) == 0600);
    using cumulet::runtime::Key;
    constexpr Key<std::int64_t> kPort{"identity.port", 0, ""}, kMemory{"identity.password_memory_s", 0, ""};
    constexpr Key<std::string_view> kUrl{"identity.public_url", "", ""}, kState{"identity.state_dir", "", ""};
    constexpr Key<std::string_view> kAddress{"identity.address", "", ""}, kBootstrap{"identity.bootstrap_file", "", ""};
    constexpr Key<std::int64_t> kAdmin{"identity.admin_port", 0, ""};
    constexpr Key<std::string_view> kLevel{"log.level", "", ""}, kExtra{"extra.name", "", ""};
    const auto config = cumulet::runtime::Config::load(
        plan.state.config_file(), {}, {},
        {describe(kPort), describe(kMemory), describe(kUrl), describe(kState), describe(kAddress), describe(kBootstrap),
         describe(kAdmin), describe(kLevel), describe(kExtra)},
        {"bus", "objectstore", "compute", "agent"});
    REQUIRE(config.get(kPort) == 7);
    REQUIRE(config.get(kMemory) == 5);
    REQUIRE(config.get(kUrl) == "http://127.0.0.1:15000/v3");
    REQUIRE(config.get(kExtra) == "a \"b\"");
    plan.choices.settings = {"nonsense"};
    REQUIRE_THROWS_WITH(to_toml(plan), Contains("wants section.key=value"));
}

TEST_CASE("the bootstrap file names users, services and the catalog") {
    const TemporaryFolder folder;
    const auto plan = plan_in(folder);
    const auto document = bootstrap_document(plan);
    REQUIRE(document["admin"]["password"] == plan.secrets.admin_password);
    REQUIRE(document["demo"]["project"] == "demo");
    std::map<std::string, std::string> urls;
    for (const auto& entry : document["catalog"]) urls[entry["type"]] = entry["url"];
    REQUIRE(urls["identity"] == "http://127.0.0.1:15000/v3");
    REQUIRE(urls["compute"] == "http://127.0.0.1:18774/v2.1");
    REQUIRE(urls["object-store"] == "http://127.0.0.1:18080/v1/AUTH_%(tenant_id)s");
    REQUIRE(urls["s3"] == "http://127.0.0.1:17480");
    REQUIRE(urls.size() == 7);
    std::set<std::string> users;
    for (const auto& service : document["services"]) users.insert(service["user"]);
    REQUIRE(users.contains("nova"));
    REQUIRE(users.contains("swift"));
}

TEST_CASE("clients find their files, for the owner alone") {
    const TemporaryFolder folder;
    const auto plan = plan_in(folder);
    write_client_files(plan);
    for (const char* name : {"openrc", "openrc-demo", "clouds.yaml"})
        REQUIRE(mode_of(plan.state.path() / name) == 0600);
    REQUIRE_THAT(read_file(plan.state.path() / "openrc"), Contains("export OS_USERNAME=admin\n"));
    REQUIRE_THAT(read_file(plan.state.path() / "clouds.yaml"), Contains("  cumulet-demo:\n"));
}

TEST_CASE("choices of the first time are kept") {
    const TemporaryFolder folder;
    const auto plan = plan_in(folder);
    REQUIRE(load_choices(plan.state).driver == "kvm");
    save_choices(plan.state,
                 {.port_offset = 5, .driver = "sim", .hosts = 3, .listen = "127.0.0.1", .settings = {"a.b=1"}});
    const auto kept = load_choices(plan.state);
    REQUIRE(kept.port_offset == 5);
    REQUIRE(kept.hosts == 3);
    REQUIRE(kept.settings == std::vector<std::string>{"a.b=1"});
}

TEST_CASE("only one holds the lock of a state folder, and it is free when the holder ends") {
    const TemporaryFolder folder;
    const auto plan = plan_in(folder);
    {
        const auto lock = StateLock::try_take(plan.state);
        REQUIRE(lock.has_value());
        REQUIRE_FALSE(StateLock::try_take(plan.state).has_value());
    }
    REQUIRE(StateLock::try_take(plan.state).has_value());
}
