#include "common/store/rocksdb/holder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>

namespace cumulet::store::rocks {

namespace {

// How long open snapshots may take to end before opening anew is put off.
constexpr auto kPatience = std::chrono::milliseconds(500);

// What opening a database writes at least, with room to spare.
constexpr std::size_t kNeededBytes = 2u << 20;

bool takes_data(const std::filesystem::path& folder) {
    const auto file = folder / "probe";
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    const std::string zeros(kNeededBytes, '\0');
    const bool written = ::write(fd, zeros.data(), zeros.size()) == static_cast<ssize_t>(zeros.size());
    const bool synced = ::fsync(fd) == 0;
    ::close(fd);
    ::unlink(file.c_str());
    return written && synced;
}

}  // namespace

// Tells when a database has been closed; outlives the holder if a snapshot does.
struct DatabaseHolder::Life {
    std::mutex mutex;
    std::condition_variable ended;
    bool open = true;
};

DatabaseHolder::DatabaseHolder(const RocksdbOptions& options) : options_(options) { current_ = open(false); }

std::shared_ptr<Database> DatabaseHolder::get() {
    std::unique_lock lock(mutex_);
    opened_.wait(lock, [&] { return !opening_; });
    if (!current_) throw StoreError("the store " + options_.folder.string() + " could not be opened again");
    return current_;
}

void DatabaseHolder::reopen() {
    if (!takes_data(options_.folder)) throw StoreError("the disk of the store takes no data");
    close();
    try {
        set(open(false));
    } catch (const StoreError&) {
        // At least for reading. What opens neither way is refused to readers until a later attempt succeeds.
        try {
            set(open(true));
        } catch (const StoreError&) {
            set(nullptr);
        }
        throw;
    }
}

void DatabaseHolder::close() {
    std::weak_ptr<Database> old;
    {
        std::lock_guard lock(mutex_);
        old = current_;
        opening_ = true;
    }
    // Readers wait and only this thread changes it: dropped without the lock, since closing takes time.
    std::exchange(current_, nullptr).reset();
    {
        std::unique_lock lock(life_->mutex);
        life_->ended.wait_for(lock, kPatience, [&] { return !life_->open; });
        if (!life_->open) return;
    }
    if (auto still_open = old.lock()) {
        set(std::move(still_open));
        throw StoreError("the store waits for open snapshots before it recovers");
    }
    // The last snapshot has just ended and is closing.
    std::unique_lock lock(life_->mutex);
    life_->ended.wait(lock, [&] { return !life_->open; });
}

void DatabaseHolder::set(std::shared_ptr<Database> database) {
    {
        std::lock_guard lock(mutex_);
        current_ = std::move(database);
        opening_ = false;
    }
    opened_.notify_all();
}

std::shared_ptr<Database> DatabaseHolder::open(bool read_only) {
    auto life = std::make_shared<Life>();
    std::shared_ptr<Database> opened(new Database(options_, read_only), [life](Database* database) {
        delete database;
        std::lock_guard lock(life->mutex);
        life->open = false;
        life->ended.notify_all();
    });
    life_ = std::move(life);
    return opened;
}

}  // namespace cumulet::store::rocks
