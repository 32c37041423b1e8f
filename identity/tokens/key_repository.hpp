// The Fernet keys of a cluster, as Keystone keeps them: a folder of files named by numbers, readable by the owner
// alone. File 0 is staged (it reads, and becomes the primary at the next rotation), the highest number is primary (it
// writes), those between are old ones that still read. The same folder can be copied from and to a real Keystone.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "common/runtime/clock.hpp"
#include "common/runtime/ids.hpp"
#include "identity/tokens/fernet.hpp"

namespace cumulet::identity::tokens {

class KeyError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

using KeyRing = std::shared_ptr<const std::vector<FernetKey>>;  // the primary first

// The keys of a folder of Keystone's, the primary first, whoever may read its files. Throws KeyError.
std::vector<FernetKey> read_key_folder(const std::filesystem::path& folder);

struct RotationRule {
    std::size_t keep = 3;  // at least 2
    // A key that stopped being the primary less than this ago stays whatever `keep` says: what it made may still live.
    Duration still_needed{};
};

// All members: any thread.
class KeyRepository {
public:
    // Makes the folder with a primary and a staged key when it is missing or empty. Throws KeyError when a file is no
    // key, or others than the owner can read it.
    KeyRepository(std::filesystem::path folder, Random& random);
    KeyRing keys() const;
    // Reads the folder again: another process may have rotated it. Throws KeyError; the keys in force stay.
    void reload();
    // reload() if the folder is not as it was read; a few system calls otherwise. True when the keys were read anew.
    bool refresh();
    // The staged key becomes primary, a new one is staged, and the oldest are removed until `keep` are left. Processes
    // that rotate one folder at the same time wait for each other. Throws KeyError.
    void rotate(const RotationRule& rule);
    // Takes the keys of another folder over: its primary becomes ours, its staged key ours, its old ones and all of
    // ours go on reading. False when that is so already. Throws KeyError.
    bool adopt(const std::filesystem::path& other);

private:
    std::filesystem::path folder_;
    Random& random_;
    mutable std::mutex mutex_;
    KeyRing keys_;
    std::string seen_;  // what the folder looked like when it was read
};

}  // namespace cumulet::identity::tokens
