#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "common/runtime/log.hpp"
#include "compute/images/image_store.hpp"

namespace cumulet::compute::images {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(int error, const std::string& what) {
    if (error == ENOSPC || error == EDQUOT) throw StoreFull(what);
    throw std::system_error(error, std::generic_category(), what);
}

bool is_key(const std::string& key) {
    return !key.empty() && key.size() <= 100 &&
           std::all_of(key.begin(), key.end(), [](unsigned char c) { return std::isalnum(c) || c == '-'; });
}

void sync_folder(const fs::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) fail(errno, folder.string());
    const int result = ::fsync(descriptor);
    const int error = errno;
    ::close(descriptor);
    if (result != 0) fail(error, folder.string());
}

class FileWriter final : public ImageWriter {
public:
    FileWriter(fs::path partial, fs::path final) : partial_(std::move(partial)), final_(std::move(final)) {
        descriptor_ = ::open(partial_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (descriptor_ < 0) fail(errno, partial_.string());
    }
    ~FileWriter() override {
        if (descriptor_ >= 0) ::close(descriptor_);
        if (!finished_) ::unlink(partial_.c_str());
    }
    void write(std::string_view bytes) override {
        while (!bytes.empty()) {
            const auto written = ::write(descriptor_, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) fail(errno, partial_.string());
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    void finish() override {
        if (::fsync(descriptor_) != 0) fail(errno, partial_.string());
        fs::rename(partial_, final_);
        finished_ = true;
        sync_folder(final_.parent_path());
    }

private:
    fs::path partial_, final_;
    int descriptor_ = -1;
    bool finished_ = false;
};

class FileStore final : public ImageStore {
public:
    explicit FileStore(const fs::path& folder) : data_(folder / "data"), partial_(folder / "partial") {
        fs::create_directories(data_);
        fs::remove_all(partial_);
        fs::create_directories(partial_);
        fs::permissions(folder, fs::perms::owner_all);
    }
    std::unique_ptr<ImageWriter> create(const std::string& key) override {
        return std::make_unique<FileWriter>(path_of(partial_, key), path_of(data_, key));
    }
    std::optional<Body> open(const std::string& key, std::uint64_t offset, std::uint64_t length) override {
        const int descriptor = ::open(path_of(data_, key).c_str(), O_RDONLY | O_CLOEXEC);
        if (descriptor < 0) return std::nullopt;
        std::shared_ptr<int> file(new int(descriptor), [](int* owned) {
            ::close(*owned);
            delete owned;
        });
        return Body(http::FileBody{std::move(file), offset, length});
    }
    void remove(const std::string& key) override {
        std::error_code error;
        fs::remove(path_of(data_, key), error);
        if (error) log::warning("image data {} cannot be removed: {}", key, error.message());
    }
    std::vector<std::string> keys() override {
        std::vector<std::string> keys;
        for (const auto& entry : fs::directory_iterator(data_)) keys.push_back(entry.path().filename());
        return keys;
    }

private:
    static fs::path path_of(const fs::path& folder, const std::string& key) {
        if (!is_key(key)) throw std::invalid_argument("not a key of image data: " + key);
        return folder / key;
    }
    fs::path data_, partial_;
};

}  // namespace

std::unique_ptr<ImageStore> make_file_store(const fs::path& folder) { return std::make_unique<FileStore>(folder); }

}  // namespace cumulet::compute::images
