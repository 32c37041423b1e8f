#include "common/runtime/config.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

using namespace cumulet::runtime;
using Catch::Matchers::Contains;

namespace {

constexpr Key<std::int64_t> kPort{"identity.port", 5000, "TCP port."};
constexpr Key<std::string_view> kAddress{"identity.address", "127.0.0.1", "Where to listen."};
constexpr Key<bool> kDebug{"log.debug", false, "Whether to talk much."};
constexpr Key<double> kRatio{"compute.cpu_ratio", 16.0, "Over-commitment."};
const Key<std::vector<std::string>> kDrivers{"compute.drivers", {"kvm"}, "Drivers."};

std::vector<KeyDescription> known() {
    return {describe(kPort), describe(kAddress), describe(kDebug), describe(kRatio), describe(kDrivers)};
}

class ConfigFile {
public:
    explicit ConfigFile(const std::string& content) {
        std::string pattern = (std::filesystem::temp_directory_path() / "cumulet-config-XXXXXX").string();
        const int descriptor = mkstemp(pattern.data());
        REQUIRE(descriptor >= 0);
        close(descriptor);
        path = pattern;
        std::ofstream(path) << content;
    }
    ~ConfigFile() { std::filesystem::remove(path); }
    std::string path;
};

std::string refusal(const std::string& content, const std::map<std::string, std::string>& environment = {},
                    const std::vector<std::string>& flags = {}) {
    const ConfigFile file(content);
    try {
        Config::load(file.path, environment, flags, known(), {"objectstore"});
    } catch (const ConfigError& error) {
        std::string what = error.what();
        if (what.starts_with(file.path)) what.replace(0, file.path.size(), "FILE");
        return what;
    }
    return "accepted";
}

}  // namespace

TEST_CASE("a key that nothing sets has its default") {
    const auto config = Config::load("", {}, {}, known());
    REQUIRE(config.get(kPort) == 5000);
    REQUIRE(config.get(kAddress) == "127.0.0.1");
    REQUIRE(config.get(kDrivers) == std::vector<std::string>{"kvm"});
}

TEST_CASE("flags outweigh the environment, which outweighs the file") {
    const ConfigFile file("[identity]\nport = 1\naddress = 'file'\n[compute]\ncpu_ratio = 2\ndrivers = ['a', 'b']\n");
    const std::map<std::string, std::string> environment = {{"CUMULET_IDENTITY_PORT", "2"},
                                                            {"CUMULET_IDENTITY_ADDRESS", "environment"},
                                                            {"CUMULET_LOG_DEBUG", "yes"},
                                                            {"PATH", "/bin"}};
    const auto config = Config::load(file.path, environment, {"identity.port=3"}, known());
    REQUIRE(config.get(kPort) == 3);
    REQUIRE(config.get(kAddress) == "environment");
    REQUIRE(config.get(kDebug));
    REQUIRE(config.get(kRatio) == 2.0);
    REQUIRE(config.get(kDrivers) == std::vector<std::string>{"a", "b"});
}

TEST_CASE("an unknown key is refused with its place and the nearest known one") {
    REQUIRE(refusal("[identity]\n\nprot = 1\n") ==
            "FILE:3:1: unknown key 'identity.prot' (did you mean 'identity.port'?)");
    REQUIRE(refusal("[identty]\nport = 1\n") == "FILE:1:2: unknown section 'identty' (did you mean 'identity'?)");
    REQUIRE(refusal("zzzzzzzzzzzzzzzzzzzzzzzzz = 1\n") == "FILE:1:1: unknown key 'zzzzzzzzzzzzzzzzzzzzzzzzz'");
    REQUIRE_THAT(refusal("", {{"CUMULET_IDENTITY_PROT", "1"}}), Contains("did you mean 'CUMULET_IDENTITY_PORT'"));
    REQUIRE_THAT(refusal("", {}, {"identity.prot=1"}), Contains("did you mean 'identity.port'"));
}

TEST_CASE("a value of the wrong type is refused with what was wanted") {
    REQUIRE(refusal("[identity]\nport = '5000'\n") == "FILE:2:8: 'identity.port' wants an integer, not a string");
    REQUIRE(refusal("identity = 3\n") == "FILE:1:1: 'identity' wants a section, not an integer");
    REQUIRE_THAT(refusal("[compute]\ndrivers = [1]\n"), Contains("wants a list of strings, not a list"));
    REQUIRE_THAT(refusal("", {{"CUMULET_LOG_DEBUG", "perhaps"}}), Contains("'log.debug' wants true or false"));
    REQUIRE_THAT(refusal("", {}, {"identity.port=80x"}), Contains("'identity.port' wants an integer"));
    REQUIRE_THAT(refusal("", {}, {"identity.port"}), Contains("wants section.key=value"));
}

TEST_CASE("a file that is no TOML is refused with the place") {
    REQUIRE_THAT(refusal("[identity\nport = 1\n"), Contains("FILE:1:"));
    REQUIRE_THROWS_WITH(Config::load("/nonexistent/cumulet.toml", {}, {}, known()),
                        Contains("/nonexistent/cumulet.toml: cannot be read"));
}

TEST_CASE("the sections of other daemons and the variables of the supervisor are left alone") {
    REQUIRE(refusal("[objectstore]\nwhatever = 1\n",
                    {{"CUMULET_OBJECTSTORE_PORT", "1"}, {"CUMULET_READY_FILE", "x"}}) == "accepted");
}

TEST_CASE("printed keys are read back to the same values") {
    const std::string printed = to_toml(known());
    REQUIRE_THAT(printed, Contains("[identity]\n# TCP port.\nport = 5000\n"));
    const ConfigFile file(printed);
    const auto config = Config::load(file.path, {}, {}, known());
    REQUIRE(config.get(kPort) == 5000);
    REQUIRE(config.get(kRatio) == 16.0);
    REQUIRE(config.get(kDrivers) == std::vector<std::string>{"kvm"});
}
