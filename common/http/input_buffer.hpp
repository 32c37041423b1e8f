// Bytes read from a connection and not yet used. Internal to common/http.
#pragma once

#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace cumulet::http {

class InputBuffer {
public:
    std::string_view bytes() const { return {storage_.data() + begin_, end_ - begin_}; }
    bool empty() const { return begin_ == end_; }
    void consume(std::size_t count) {
        begin_ += count;
        if (begin_ == end_) begin_ = end_ = 0;
    }
    // Room for more bytes, at least `least`; what was written there is then told to commit().
    std::span<char> prepare(std::size_t least) {
        if (begin_ > 0 && storage_.size() - end_ < least) {
            std::memmove(storage_.data(), storage_.data() + begin_, end_ - begin_);
            end_ -= begin_;
            begin_ = 0;
        }
        if (storage_.size() - end_ < least) storage_.resize(std::max(end_ + least, 2 * storage_.size()));
        return std::span(storage_).subspan(end_);
    }
    void commit(std::size_t count) { end_ += count; }
    // An idle connection does not keep what one large request needed.
    void shrink() {
        constexpr std::size_t kKept = 16 * 1024;
        if (empty() && storage_.size() > kKept) std::string().swap(storage_);
    }

private:
    std::string storage_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace cumulet::http
