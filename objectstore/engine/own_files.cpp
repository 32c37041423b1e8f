#include "objectstore/engine/own_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "objectstore/engine/engine_error.hpp"

namespace cumulet::objectstore {

namespace {
// Folders stay small enough to be listed and synced quickly; each is made when it is first needed.
constexpr unsigned kFolders = 256;
}  // namespace

OwnFiles::OwnFiles(std::filesystem::path root) : root_(std::move(root)) { make_folder(root_); }

std::filesystem::path OwnFiles::folder_of(std::uint64_t number) const {
    return root_ / fmt::format("{:02x}", number % kFolders);
}

std::pair<File, std::uint64_t> OwnFiles::create(Numbers& numbers) const {
    for (;;) {
        const auto number = numbers.next();
        const auto folder = folder_of(number);
        if (!std::filesystem::exists(folder)) make_folder(folder);
        // Only where the clock was set back a number can be taken already.
        if (std::filesystem::exists(folder / name_of(number))) continue;
        return {open_file(folder / name_of(number), O_RDWR | O_CREAT | O_EXCL), number};
    }
}

void OwnFiles::make_durable(const File& file, std::uint64_t number) const {
    sync_data(file);
    sync_folder(folder_of(number));
}

File OwnFiles::open(std::uint64_t number) const { return open_file(folder_of(number) / name_of(number), O_RDONLY); }

void OwnFiles::remove(std::uint64_t number) const { ::unlink((folder_of(number) / name_of(number)).c_str()); }

std::vector<std::uint64_t> OwnFiles::all() const {
    std::vector<std::uint64_t> numbers;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root_))
        if (auto number = number_of(entry.path().filename().string())) numbers.push_back(*number);
    return numbers;
}

}  // namespace cumulet::objectstore
