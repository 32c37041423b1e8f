// File descriptors and the few calls on them that the engine needs, with errors as EngineError.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

namespace cumulet::objectstore {

// Closes when the last holder goes; the form that http::FileBody wants.
using File = std::shared_ptr<int>;

// `flags` as open(2), O_CLOEXEC is added. Throws EngineError.
File open_file(const std::filesystem::path& path, int flags);
void write_at(const File& file, std::string_view bytes, std::uint64_t offset);
// Fewer bytes only at the end of the file.
std::size_t read_at(const File& file, char* to, std::size_t count, std::uint64_t offset);
void sync_data(const File& file);
void sync_folder(const std::filesystem::path& folder);
std::uint64_t size_of(const File& file);
// XXH3 of a range. Throws EngineError when the file is shorter.
std::uint64_t checksum_of(const File& file, std::uint64_t offset, std::uint64_t length);

}  // namespace cumulet::objectstore
