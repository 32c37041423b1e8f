#include "objectstore/engine/file_upload.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <tuple>
#include <utility>

namespace cumulet::objectstore {

namespace {
// Written bytes are handed to the disk in steps of this size, so that the sync at the end finds little left to do.
constexpr std::uint64_t kFlushBytes = 8u << 20;
}  // namespace

FileUpload::~FileUpload() {
    if (file_ && !kept_) disk_.files().remove(number_);
}

void FileUpload::append(std::string_view bytes) {
    if (!file_) {
        std::tie(file_, number_) = disk_.files().create(parts_.numbers);
        sums_.emplace(number_);
    }
    if (expected_ && length_ + bytes.size() > *expected_) forget_expectation();
    write_at(file_, bytes, length_);
    sums_->add(bytes);
    length_ += bytes.size();
    if (length_ - flushed_ >= kFlushBytes) flush();
}

// Where the length is known the checksums have their place already and need not be gathered in memory.
void FileUpload::flush() {
    if (expected_) {
        const auto at = *expected_ + sums_->taken();
        write_at(file_, sums_->take_complete(), at);
    }
    ::sync_file_range(*file_, static_cast<off_t>(flushed_), static_cast<off_t>(length_ - flushed_),
                      SYNC_FILE_RANGE_WRITE);
    flushed_ = length_;
}

void FileUpload::forget_expectation() {
    early_sums_.resize(static_cast<std::size_t>(sums_->taken()));
    read_exactly(file_, early_sums_.data(), early_sums_.size(), *expected_);
    if (::ftruncate(*file_, static_cast<off_t>(length_)) != 0)
        throw EngineError(EngineError::Kind::failed, "a file cannot be cut");
    expected_.reset();
}

Blob FileUpload::make_durable() {
    if (!file_) return {};
    if (expected_ && *expected_ != length_) forget_expectation();
    const auto at = length_ + (expected_ ? sums_->taken() : 0);
    write_at(file_, std::exchange(early_sums_, {}) + sums_->take_rest(), at);
    disk_.files().make_durable(file_, number_);
    return {.file = number_, .length = length_, .checksum = sums_->value(), .disk = disk_.number()};
}

}  // namespace cumulet::objectstore
