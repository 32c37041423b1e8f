#include "compute/agent/image_cache.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <system_error>

#include "common/runtime/text.hpp"

namespace cumulet::compute::agent {

namespace fs = std::filesystem;

namespace {

// In a guest's folder: the name of the image its disk is based on.
constexpr std::string_view kBaseNote = "base";
constexpr std::string_view kPartial = ".part";

class Sha512 {
public:
    Sha512() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
        if (EVP_DigestInit_ex(context_.get(), EVP_sha512(), nullptr) != 1) throw std::runtime_error("no SHA-512");
    }
    void add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
    std::string hex() {
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned size = 0;
        EVP_DigestFinal_ex(context_.get(), digest, &size);
        return text::to_hex({reinterpret_cast<const char*>(digest), size});
    }

private:
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

// A file that vanishes unless it is kept.
class PartialFile {
public:
    explicit PartialFile(fs::path path) : path_(std::move(path)) {
        fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (fd_ < 0) throw std::system_error(errno, std::generic_category(), path_.string());
    }
    ~PartialFile() {
        ::close(fd_);
        std::error_code ignored;
        if (!kept_) fs::remove(path_, ignored);
    }
    void write(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto written = ::write(fd_, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) throw std::system_error(errno, std::generic_category(), path_.string());
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    void keep_as(const fs::path& target) {
        if (::fsync(fd_) != 0) throw std::system_error(errno, std::generic_category(), path_.string());
        fs::rename(path_, target);
        kept_ = true;
    }

private:
    fs::path path_;
    int fd_ = -1;
    bool kept_ = false;
};

bool is_plain_name(const std::string& name) {
    return !name.empty() && std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) || c == '-'; });
}

}  // namespace

ImageCache::ImageCache(fs::path folder, fs::path guests, std::uint64_t max_bytes, Download download)
    : folder_(std::move(folder)), guests_(std::move(guests)), max_bytes_(max_bytes), download_(std::move(download)) {
    fs::create_directories(folder_);
    // What an agent that died was fetching.
    for (const auto& entry : fs::directory_iterator(folder_))
        if (entry.path().extension() == kPartial) fs::remove(entry.path());
}

std::string ImageCache::ensure(const protocol::ImageRef& image, const std::string& guest_folder) {
    const auto name = image.sha512.empty() ? image.id : image.sha512;
    if (!is_plain_name(name)) throw std::runtime_error("an image has no usable checksum");
    fs::create_directories(guest_folder);
    // Before it is looked for, so that nobody drops it in between.
    std::ofstream(fs::path(guest_folder) / kBaseNote, std::ios::trunc) << name;
    const auto target = folder_ / name;
    std::unique_lock lock(mutex_);
    fetched_.wait(lock, [&] { return !fetching_.contains(name); });
    if (!fs::exists(target)) {
        fetching_.insert(name);
        lock.unlock();
        std::exception_ptr failure;
        try {
            fetch(image, target);
        } catch (...) {
            failure = std::current_exception();
        }
        lock.lock();
        fetching_.erase(name);
        fetched_.notify_all();
        if (failure) std::rethrow_exception(failure);
    }
    std::error_code ignored;
    fs::last_write_time(target, fs::file_time_type::clock::now(), ignored);
    return target.string();
}

void ImageCache::fetch(const protocol::ImageRef& image, const fs::path& target) {
    make_room(static_cast<std::uint64_t>(std::max<std::int64_t>(image.size_bytes, 0)));
    PartialFile file(target.string() + std::string(kPartial));
    Sha512 digest;
    std::int64_t size = 0;
    download_(image.id, [&](std::string_view piece) {
        size += static_cast<std::int64_t>(piece.size());
        if (image.size_bytes > 0 && size > image.size_bytes)
            throw std::runtime_error("an image is longer than it says");
        digest.add(piece);
        file.write(piece);
    });
    if (image.size_bytes > 0 && size != image.size_bytes)
        throw std::runtime_error(fmt::format("image {} has {} of {} bytes", image.id, size, image.size_bytes));
    if (!image.sha512.empty() && digest.hex() != image.sha512)
        throw std::runtime_error(fmt::format("the bytes of image {} do not have its checksum", image.id));
    file.keep_as(target);
}

void ImageCache::make_room(std::uint64_t bytes) {
    std::set<std::string> in_use;
    std::error_code ignored;
    for (const auto& guest : fs::directory_iterator(guests_, ignored)) {
        // A guest that is rescued is based on a second one.
        for (const auto& note : {guest.path() / kBaseNote, guest.path() / "rescue" / kBaseNote}) {
            std::string name;
            std::ifstream(note) >> name;
            if (!name.empty()) in_use.insert(name);
        }
    }
    struct Cached {
        fs::file_time_type used;
        std::uint64_t size;
        fs::path path;
    };
    std::vector<Cached> idle;
    std::uint64_t total = bytes;
    for (const auto& entry : fs::directory_iterator(folder_)) {
        if (!entry.is_regular_file()) continue;
        total += entry.file_size();
        if (!in_use.contains(entry.path().filename().string()) && entry.path().extension() != kPartial)
            idle.push_back({entry.last_write_time(), entry.file_size(), entry.path()});
    }
    std::sort(idle.begin(), idle.end(), [](const Cached& a, const Cached& b) { return a.used < b.used; });
    for (const auto& image : idle) {
        if (total <= max_bytes_) return;
        fs::remove(image.path);
        total -= image.size;
    }
}

}  // namespace cumulet::compute::agent
