#include "identity/tokens/key_repository.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <map>
#include <system_error>

namespace cumulet::identity::tokens {
namespace {

namespace fs = std::filesystem;

std::map<int, fs::path> key_files(const fs::path& folder) {
    std::map<int, fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const auto name = entry.path().filename().string();
        int number = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
        if (error == std::errc() && end == name.data() + name.size() && number >= 0) files[number] = entry.path();
    }
    return files;
}

FernetKey read_key(const fs::path& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) throw KeyError(fmt::format("cannot read key file {}", file.string()));
    if ((status.st_mode & 077) != 0)
        throw KeyError(fmt::format("key file {} can be read by others than its owner: chmod 600 it", file.string()));
    std::ifstream in(file);
    std::string text((std::istreambuf_iterator<char>(in)), {});
    auto key = parse_fernet_key(text);
    if (!key) throw KeyError(fmt::format("{} holds no Fernet key", file.string()));
    return *key;
}

// Whole or not at all, whatever happens half-way.
void write_key(const fs::path& folder, int number, const std::string& text) {
    const auto target = folder / std::to_string(number);
    const auto temporary = folder / (std::to_string(number) + ".new");
    const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) throw KeyError(fmt::format("cannot write {}", temporary.string()));
    const bool written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
    ::close(file);
    std::error_code error;
    if (written) fs::rename(temporary, target, error);
    if (!written || error) throw KeyError(fmt::format("cannot write {}", target.string()));
}

KeyRing read_ring(const fs::path& folder) {
    const auto files = key_files(folder);
    auto ring = std::make_shared<std::vector<FernetKey>>();
    for (auto file = files.rbegin(); file != files.rend(); ++file) ring->push_back(read_key(file->second));
    if (ring->empty()) throw KeyError(fmt::format("no keys in {}", folder.string()));
    return ring;
}

}  // namespace

KeyRepository::KeyRepository(fs::path folder, Random& random) : folder_(std::move(folder)), random_(random) {
    std::error_code error;
    if (fs::create_directories(folder_, error)) fs::permissions(folder_, fs::perms::owner_all, error);
    if (error) throw KeyError(fmt::format("cannot make the key folder {}: {}", folder_.string(), error.message()));
    if (key_files(folder_).empty()) {
        write_key(folder_, 1, new_fernet_key(random_));
        write_key(folder_, 0, new_fernet_key(random_));
    }
    keys_ = read_ring(folder_);
}

KeyRing KeyRepository::keys() const {
    std::lock_guard lock(mutex_);
    return keys_;
}

void KeyRepository::reload() {
    auto ring = read_ring(folder_);
    std::lock_guard lock(mutex_);
    keys_ = std::move(ring);
}

void KeyRepository::rotate(std::size_t keep) {
    {
        std::lock_guard lock(mutex_);
        auto files = key_files(folder_);
        const int next = files.empty() ? 1 : files.rbegin()->first + 1;
        if (auto staged = files.find(0); staged != files.end()) {
            read_key(staged->second);  // a broken staged key must not become the primary
            fs::rename(staged->second, folder_ / std::to_string(next));
        } else {
            write_key(folder_, next, new_fernet_key(random_));
        }
        write_key(folder_, 0, new_fernet_key(random_));
        files = key_files(folder_);
        for (auto oldest = files.upper_bound(0);
             files.size() > std::max<std::size_t>(keep, 2) && oldest->first != next;) {
            fs::remove(oldest->second);
            oldest = files.erase(oldest);
        }
    }
    reload();
}

}  // namespace cumulet::identity::tokens
