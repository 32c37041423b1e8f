#include "common/runtime/log.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace cumulet;
using Catch::Matchers::Contains;

namespace {

class LogFile {
public:
    LogFile() {
        std::string pattern = (std::filesystem::temp_directory_path() / "cumulet-log-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        folder_ = pattern;
    }
    ~LogFile() {
        log::configure("test", {});
        std::filesystem::remove_all(folder_);
    }
    std::string path() const { return folder_ / "log"; }
    std::string text() const {
        std::ostringstream out;
        out << std::ifstream(path()).rdbuf();
        return out.str();
    }

private:
    std::filesystem::path folder_;
};

}  // namespace

TEST_CASE("a line carries the request id while its scope lives") {
    LogFile file;
    log::configure("cumulet-test", {.file = file.path()});
    {
        const log::RequestScope outer("req-1");
        {
            const log::RequestScope inner("req-2");
            log::info("two");
        }
        log::info("one");
    }
    log::info("none");
    REQUIRE_THAT(file.text(), Contains("[req-2] two\n"));
    REQUIRE_THAT(file.text(), Contains("[req-1] one\n"));
    REQUIRE_THAT(file.text(), Contains("] none\n") && !Contains("] [req-1] none"));
}

TEST_CASE("text from outside cannot forge a second line") {
    LogFile file;
    log::configure("cumulet-test", {.file = file.path()});
    log::warning("name is '{}'", "a\n2026-01-01 forged");
    const auto text = file.text();
    REQUIRE(std::count(text.begin(), text.end(), '\n') == 1);
}

TEST_CASE("JSON lines are JSON, broken UTF-8 included") {
    LogFile file;
    log::configure("cumulet-test", {.level = log::Level::debug, .json = true, .file = file.path()});
    log::debug("quote \" and {}", "\xff");
    const auto line = nlohmann::json::parse(file.text());
    REQUIRE(line["process"] == "cumulet-test");
    REQUIRE(line["level"] == "debug");
    REQUIRE_THAT(line["message"].get<std::string>(), Contains("quote \""));
}

TEST_CASE("lines below the level are not written") {
    LogFile file;
    log::configure("cumulet-test", {.level = log::Level::warning, .file = file.path()});
    log::info("quiet");
    REQUIRE_FALSE(log::enabled(log::Level::info));
    REQUIRE(file.text().empty());
    log::set_level(log::Level::info);
    log::info("loud");
    REQUIRE_THAT(file.text(), Contains("loud"));
}

TEST_CASE("after reopen lines go to a new file of the same name") {
    LogFile file;
    log::configure("cumulet-test", {.file = file.path()});
    log::info("before");
    std::filesystem::rename(file.path(), file.path() + ".1");
    log::reopen();
    log::info("after");
    REQUIRE_THAT(file.text(), Contains("after") && !Contains("before"));
}

TEST_CASE("a log file that cannot be opened is an error at configuration") {
    REQUIRE_THROWS_WITH(log::configure("test", {.file = "/nonexistent/log"}), Contains("/nonexistent/log"));
    REQUIRE_FALSE(log::parse_level("loud").has_value());
}
