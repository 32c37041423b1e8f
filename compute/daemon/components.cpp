#include "compute/daemon/components.hpp"

#include <filesystem>

#include "common/http/server.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/worker_pool.hpp"
#include "compute/daemon/config.hpp"
#include "compute/daemon/services.hpp"

namespace cumulet::compute::daemon {
namespace {

constexpr std::chrono::milliseconds kDrainTime{5'000};

// The whole plane: what it owns ends in the reverse order of its declaration.
class Plane final : public cumulet::daemon::Component {
public:
    explicit Plane(cumulet::daemon::Platform& platform) : platform_(platform) {}

    void start() override {
        services_ = make_services(platform_);
        for (auto& listener : services_->listeners()) {
            listener.server->start();
            platform_.announce_port(listener.name, listener.server->port());
        }
        services_->start_loops();
    }
    void stop() override {
        for (auto& listener : services_->listeners()) listener.server->stop(kDrainTime);
        services_.reset();
    }
    void reload() override { services_->reload(); }

private:
    cumulet::daemon::Platform& platform_;
    std::unique_ptr<Services> services_;
};

}  // namespace

cumulet::daemon::Components build_components(cumulet::daemon::Platform& platform) {
    cumulet::daemon::Components components;
    components.push_back(std::make_unique<Plane>(platform));
    return components;
}

}  // namespace cumulet::compute::daemon
