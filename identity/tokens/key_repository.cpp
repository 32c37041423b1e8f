#include "identity/tokens/key_repository.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <system_error>

#include "common/runtime/text.hpp"

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

std::string read_text(const fs::path& file) {
    std::ifstream in(file);
    std::string text((std::istreambuf_iterator<char>(in)), {});
    if (!parse_fernet_key(text)) throw KeyError(fmt::format("{} holds no Fernet key", file.string()));
    return std::string(text::trim(text));
}

FernetKey read_key(const fs::path& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) throw KeyError(fmt::format("cannot read key file {}", file.string()));
    if ((status.st_mode & 077) != 0)
        throw KeyError(fmt::format("key file {} can be read by others than its owner: chmod 600 it", file.string()));
    return *parse_fernet_key(read_text(file));
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

// Changes whenever a key is added, replaced, renamed or removed.
std::string look_of(const fs::path& folder) {
    std::string look;
    for (const auto& [number, file] : key_files(folder)) {
        struct stat status {};
        if (::stat(file.c_str(), &status) != 0) continue;
        look += fmt::format("{}:{}:{}.{};", number, status.st_ino, status.st_ctim.tv_sec, status.st_ctim.tv_nsec);
    }
    return look;
}

// The ring together with the look of the folder it was read from: read again while another process moves files.
std::pair<KeyRing, std::string> read_ring(const fs::path& folder) {
    constexpr int kAttempts = 20;
    for (int attempt = 1;; ++attempt) {
        const auto before = look_of(folder);
        try {
            auto ring = std::make_shared<std::vector<FernetKey>>();
            const auto files = key_files(folder);
            for (auto file = files.rbegin(); file != files.rend(); ++file) ring->push_back(read_key(file->second));
            if (ring->empty()) throw KeyError(fmt::format("no keys in {}", folder.string()));
            if (attempt == kAttempts || look_of(folder) == before) return {std::move(ring), before};
        } catch (const KeyError&) {
            if (attempt == kAttempts || look_of(folder) == before) throw;
        }
    }
}

// Held while a process changes the folder.
class FolderLock {
public:
    explicit FolderLock(const fs::path& folder) : folder_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
        if (folder_ < 0) throw KeyError(fmt::format("cannot open {}", folder.string()));
        while (::flock(folder_, LOCK_EX) != 0)
            if (errno != EINTR) {
                ::close(folder_);
                throw KeyError(fmt::format("cannot lock {}", folder.string()));
            }
    }
    ~FolderLock() { ::close(folder_); }
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;
    void sync() const { ::fsync(folder_); }

private:
    int folder_;
};

// Renaming a file, which is how a key becomes the primary, sets its change time; copying only makes it younger.
bool changed_since(const fs::path& file, std::chrono::system_clock::time_point moment) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return true;
    return std::chrono::system_clock::from_time_t(status.st_ctim.tv_sec) >= moment;
}

void remove_oldest(const fs::path& folder, const RotationRule& rule) {
    auto files = key_files(folder);
    const auto needed_since = std::chrono::system_clock::now() - rule.still_needed;
    while (files.size() > std::max<std::size_t>(rule.keep, 2)) {
        const auto oldest = files.upper_bound(0);
        const auto successor = std::next(oldest);
        if (successor == files.end()) return;  // the primary
        if (rule.still_needed > Duration::zero() && changed_since(successor->second, needed_since)) return;
        fs::remove(oldest->second);
        files.erase(oldest);
    }
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
    std::tie(keys_, seen_) = read_ring(folder_);
}

KeyRing KeyRepository::keys() const {
    std::lock_guard lock(mutex_);
    return keys_;
}

void KeyRepository::reload() {
    auto [ring, look] = read_ring(folder_);
    std::lock_guard lock(mutex_);
    keys_ = std::move(ring);
    seen_ = std::move(look);
}

bool KeyRepository::refresh() {
    const auto look = look_of(folder_);
    {
        std::lock_guard lock(mutex_);
        if (look == seen_) return false;
    }
    reload();
    return true;
}

void KeyRepository::rotate(const RotationRule& rule) {
    {
        const FolderLock lock(folder_);
        const auto files = key_files(folder_);
        const int next = files.empty() ? 1 : files.rbegin()->first + 1;
        if (auto staged = files.find(0); staged != files.end()) {
            read_key(staged->second);  // a broken staged key must not become the primary
            std::error_code error;
            fs::rename(staged->second, folder_ / std::to_string(next), error);
            if (error) throw KeyError(fmt::format("cannot write in {}: {}", folder_.string(), error.message()));
        } else {
            write_key(folder_, next, new_fernet_key(random_));
        }
        write_key(folder_, 0, new_fernet_key(random_));
        remove_oldest(folder_, rule);
        lock.sync();
    }
    reload();
}

std::vector<FernetKey> read_key_folder(const fs::path& folder) {
    std::error_code error;
    if (!fs::is_directory(folder, error)) throw KeyError(fmt::format("there is no key folder {}", folder.string()));
    const auto files = key_files(folder);
    std::vector<FernetKey> keys;
    for (auto file = files.rbegin(); file != files.rend(); ++file)
        keys.push_back(*parse_fernet_key(read_text(file->second)));
    if (keys.empty()) throw KeyError(fmt::format("no keys in {}", folder.string()));
    return keys;
}

bool KeyRepository::adopt(const fs::path& other) {
    read_key_folder(other);
    {
        const FolderLock lock(folder_);
        std::map<int, std::string> theirs, mine;
        for (const auto& [number, file] : key_files(other)) theirs[number] = read_text(file);
        for (const auto& [number, file] : key_files(folder_)) mine[number] = read_text(file);
        const auto has = [](const std::map<int, std::string>& keys, const std::string& key) {
            return std::any_of(keys.begin(), keys.end(), [&](const auto& each) { return each.second == key; });
        };
        const bool all =
            std::all_of(theirs.begin(), theirs.end(), [&](const auto& each) { return has(mine, each.second); });
        if (all && mine.rbegin()->second == theirs.rbegin()->second) return false;
        // Numbers above all of ours, so that every step leaves a folder that reads both sides' tokens.
        int next = mine.rbegin()->first + 1;
        if (const auto staged = mine.find(0); staged != mine.end() && theirs.contains(0))
            write_key(folder_, next++, staged->second);
        for (const auto& [number, key] : theirs)
            if (number != 0) write_key(folder_, next++, key);
        if (theirs.contains(0)) write_key(folder_, 0, theirs[0]);
        lock.sync();
    }
    reload();
    return true;
}

}  // namespace cumulet::identity::tokens
