#include "objectstore/engine/upkeep.hpp"

#include "common/runtime/log.hpp"
#include "objectstore/engine/upkeep_meters.hpp"

namespace cumulet::objectstore {

namespace {
constexpr std::uint64_t kBlobsAtOnce = 1024;
constexpr std::chrono::milliseconds kLeastPause{5};
}  // namespace

void Pace::spend(std::uint64_t bytes) {
    using Clock = std::chrono::steady_clock;
    std::unique_lock lock(mutex_);
    const auto now = Clock::now();
    if (bytes_per_s_ != 0) {
        const std::chrono::duration<double> time(static_cast<double>(bytes) / static_cast<double>(bytes_per_s_));
        due_ = std::max(due_, now) + std::chrono::duration_cast<Clock::duration>(time);
    }
    const auto until = due_ - now < kLeastPause ? now : due_;
    if (woken_.wait_until(lock, until, [this] { return stopped_; })) throw Stopped{};
}

void Pace::wait(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    if (woken_.wait_for(lock, time, [this] { return stopped_; })) throw Stopped{};
}

void Pace::stop() {
    {
        std::lock_guard lock(mutex_);
        stopped_ = true;
    }
    woken_.notify_all();
}

void Pace::restart() {
    std::lock_guard lock(mutex_);
    stopped_ = false;
}

Upkeep::Upkeep(Parts& parts) : parts_(parts), pace_(parts.options.upkeep_bytes_per_s) {
    if (parts.options.metrics != nullptr) meters_ = std::make_unique<Meters>(*parts.options.metrics);
}

Upkeep::~Upkeep() { stop(); }

void Upkeep::start(std::chrono::seconds pause, std::chrono::seconds scrub_pause) {
    stop();
    pace_.restart();
    thread_ = std::thread([this, pause, scrub_pause] { run(pause, scrub_pause); });
}

void Upkeep::stop() {
    pace_.stop();
    if (thread_.joinable()) thread_.join();
    pace_.restart();
}

void Upkeep::measure() {
    if (!meters_) return;
    for (const auto& disk : parts_.disks.all()) {
        const auto name = std::to_string(disk->number());
        meters_->free_bytes.with({name}).set(static_cast<double>(disk->free_bytes()));
        meters_->disk_state.with({name}).set(disk->state() == DiskState::writing ? 1 : 0);
        meters_->disk_failed.with({name}).set(disk->state() == DiskState::failed ? 1 : 0);
    }
    meters_->rotten.set(static_cast<double>(parts_.store.snapshot()->counter(kRottenCounter)));
}

void Upkeep::run(std::chrono::seconds pause, std::chrono::seconds scrub_pause) {
    using Clock = std::chrono::steady_clock;
    auto next_compaction = Clock::now() + pause;
    auto next_scrub = Clock::now() + std::min(scrub_pause, std::chrono::seconds(60));
    bool in_round = false;
    const auto guarded = [](const char* what, const auto& work) {
        try {
            work();
        } catch (const std::exception& error) {
            log::error("{}: {}", what, error.what());
        }
    };
    try {
        for (;;) {
            pace_.wait(std::chrono::seconds(in_round ? 0 : 1));
            in_round = false;
            guarded("metrics", [&] { measure(); });
            if (Clock::now() >= next_compaction) {
                guarded("compaction", [&] {
                    if (const auto freed = compact(); freed > 0) log::info("compaction gave {} bytes back", freed);
                });
                next_compaction = Clock::now() + pause;
            }
            if (Clock::now() < next_scrub) continue;
            guarded("scrub", [&] {
                in_round = !scrub(kBlobsAtOnce).round_finished;
                if (!in_round) next_scrub = Clock::now() + scrub_pause;
            });
        }
    } catch (const Stopped&) {
        return;
    }
}

}  // namespace cumulet::objectstore
