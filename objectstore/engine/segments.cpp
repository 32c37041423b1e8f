#include "objectstore/engine/segments.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "objectstore/engine/hash.hpp"

namespace cumulet::objectstore {

namespace {

constexpr std::size_t kMaxOpen = 256;
constexpr std::size_t kMaxGroupBytes = 16u << 20;

}  // namespace

Segments::Segments(std::filesystem::path root, Numbers& numbers, SegmentOptions options)
    : root_(std::move(root)), numbers_(numbers), first_new_(numbers.next()), options_(std::move(options)) {
    make_folder(root_);
    thread_ = std::thread([this] { run(); });
}

Segments::~Segments() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    woken_.notify_one();
    thread_.join();
}

void Segments::append(std::string bytes, std::function<void(Finished)> done) {
    {
        std::unique_lock lock(mutex_);
        if (waiting_.size() >= options_.max_waiting) {
            lock.unlock();
            const EngineError busy(EngineError::Kind::busy, "too many small objects wait for the disk");
            return done({std::make_exception_ptr(busy), {}});
        }
        waiting_.push_back({std::move(bytes), std::move(done)});
    }
    woken_.notify_one();
}

void Segments::run() {
    for (;;) {
        std::vector<Request> taken;
        {
            std::unique_lock lock(mutex_);
            woken_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
            if (waiting_.empty()) return;
            taken.swap(waiting_);
        }
        std::vector<Request> group;
        std::size_t size = 0;
        for (auto& request : taken) {
            size += request.bytes.size();
            group.push_back(std::move(request));
            if (size < kMaxGroupBytes) continue;
            append_group(group);
            group.clear();
            size = 0;
        }
        if (!group.empty()) append_group(group);
    }
}

void Segments::append_group(std::vector<Request>& group) {
    std::vector<Finished> finished;
    try {
        if (!current_ || end_ >= options_.segment_bytes) begin_segment();
        std::string bytes;
        for (auto& request : group) {
            const Blob blob{.file = current_number_,
                            .shared = true,
                            .offset = end_ + bytes.size(),
                            .length = request.bytes.size(),
                            .checksum = hash_of(request.bytes),
                            .disk = options_.disk};
            finished.push_back({nullptr, blob});
            bytes += request.bytes;
        }
        write_at(current_, bytes, end_);
        sync_data(current_);
        end_ += bytes.size();
        std::lock_guard lock(mutex_);
        unsettled_[current_number_] += group.size();
    } catch (const EngineError& error) {
        // What a failed sync left behind is not known: go on in a new file.
        current_.reset();
        finished.assign(group.size(), {std::current_exception(), {}});
        options_.on_error(error);
    }
    for (std::size_t i = 0; i < group.size(); ++i) group[i].done(std::move(finished[i]));
}

// Always a new one after a start: what a crash left at the end of the last one does not matter then.
void Segments::begin_segment() {
    const auto number = numbers_.next();
    current_ = open_file(root_ / name_of(number), O_RDWR | O_CREAT | O_EXCL);
    current_number_ = number;
    end_ = 0;
    sync_folder(root_);
}

File Segments::open(std::uint64_t number) {
    std::lock_guard lock(open_mutex_);
    if (auto known = open_.find(number); known != open_.end()) return known->second;
    File file = open_file(root_ / name_of(number), O_RDONLY);
    if (open_.size() >= kMaxOpen) open_.erase(open_.begin());
    open_.emplace(number, file);
    return file;
}

void Segments::settle(std::uint64_t number) {
    std::lock_guard lock(mutex_);
    const auto found = unsettled_.find(number);
    if (found != unsettled_.end() && --found->second == 0) unsettled_.erase(found);
}

bool Segments::is_finished(std::uint64_t number) const {
    std::lock_guard lock(mutex_);
    return (number < first_new_ || number < current_number_) && !unsettled_.contains(number);
}

void Segments::remove(std::uint64_t number) {
    // Under the lock, so that nobody opens it in between and keeps it open.
    std::lock_guard lock(open_mutex_);
    ::unlink((root_ / name_of(number)).c_str());
    open_.erase(number);
}

std::uint64_t Segments::bytes_in(std::uint64_t number) const {
    std::error_code error;
    const auto size = std::filesystem::file_size(root_ / name_of(number), error);
    return error ? 0 : size;
}

std::vector<std::uint64_t> Segments::all() const {
    std::vector<std::uint64_t> numbers;
    for (const auto& entry : std::filesystem::directory_iterator(root_))
        if (auto number = number_of(entry.path().filename().string())) numbers.push_back(*number);
    return numbers;
}

}  // namespace cumulet::objectstore
