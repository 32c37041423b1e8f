#include "common/daemon/log_keeper.hpp"

#include "common/daemon/keys.hpp"
#include "common/store/log_age.hpp"

namespace cumulet::daemon {

namespace {
constexpr auto kPause = std::chrono::minutes(10);
}

LogKeeper::LogKeeper(const runtime::Config& config, store::Engine& engine, const Clock& clock,
                     std::function<store::Revision()> still_needed)
    : rounds_(
          "change log", kPause,
          [&engine, &clock, keep = std::chrono::days(config.get(kKeepLog)), needed = std::move(still_needed)] {
              store::trim_log_before(engine, clock.now() - keep, needed ? needed() : static_cast<store::Revision>(-1));
          },
          true) {}

}  // namespace cumulet::daemon
