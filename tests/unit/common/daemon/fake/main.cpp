// A daemon of two components that write down what happens to them.
#include <fstream>
#include <stdexcept>

#include "common/daemon/daemon.hpp"
#include "common/runtime/log.hpp"

using namespace cumulet;

namespace {

constexpr runtime::Key<std::string_view> kFailing{"fake.failing", "", "The component whose start fails."};
constexpr runtime::Key<std::string_view> kUnwell{"fake.unwell", "", "What the health check complains about."};
constexpr runtime::Key<bool> kGiveUp{"fake.give_up", false, "Whether to give up right after the start."};

class Noted final : public daemon::Component {
public:
    Noted(daemon::Platform& platform, std::string name) : platform_(platform), name_(std::move(name)) {}
    ~Noted() override { log::info("gone {}", name_); }
    void start() override {
        log::info("start {}", name_);
        if (platform_.config().get(kFailing) == name_) throw std::runtime_error(name_ + " cannot start");
        if (name_ == "upper" && platform_.config().get(kGiveUp)) platform_.fail("upper gives up");
    }
    void stop() override { log::info("stop {}", name_); }
    void reload() override { log::info("reload {}", name_); }

private:
    daemon::Platform& platform_;
    std::string name_;
};

daemon::Components build(daemon::Platform& platform) {
    platform.metrics().counter("fake_total", "Nothing.").add();
    platform.add_health_check("fake", [&platform]() -> std::optional<std::string> {
        auto complaint = platform.config().get(kUnwell);
        return complaint.empty() ? std::nullopt : std::optional(complaint);
    });
    platform.add_backup("fake", [](const std::filesystem::path& target) {
        std::filesystem::create_directory(target);
        std::ofstream(target / "kept") << "what was kept";
    });
    daemon::Components components;
    components.push_back(std::make_unique<Noted>(platform, "lower"));
    components.push_back(std::make_unique<Noted>(platform, "upper"));
    return components;
}

void restore(const runtime::Config&, const std::filesystem::path& from) {
    log::info("restored {}", std::filesystem::exists(from / "fake" / "kept"));
}

}  // namespace

int main(int argc, char** argv) {
    return daemon::run({.name = "fake-daemon",
                        .summary = "A daemon for tests.",
                        .section = "agent",
                        .keys = {runtime::describe(kFailing), runtime::describe(kUnwell), runtime::describe(kGiveUp)},
                        .build = build,
                        .restore = restore},
                       argc, argv);
}
