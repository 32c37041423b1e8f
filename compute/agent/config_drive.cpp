#include "compute/agent/config_drive.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <stdexcept>

namespace cumulet::compute::agent {

namespace {

using Archive = std::unique_ptr<archive, decltype(&archive_write_free)>;
using Entry = std::unique_ptr<archive_entry, decltype(&archive_entry_free)>;

void check(archive* volume, int result) {
    if (result < ARCHIVE_WARN) throw std::runtime_error(std::string("config drive: ") + archive_error_string(volume));
}

void add(archive* volume, const std::string& path, const std::string* content) {
    const Entry entry(archive_entry_new(), &archive_entry_free);
    archive_entry_set_pathname(entry.get(), path.c_str());
    archive_entry_set_filetype(entry.get(), content != nullptr ? AE_IFREG : AE_IFDIR);
    archive_entry_set_perm(entry.get(), content != nullptr ? 0444 : 0555);
    if (content != nullptr) archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content->size()));
    check(volume, archive_write_header(volume, entry.get()));
    if (content != nullptr && !content->empty() &&
        archive_write_data(volume, content->data(), content->size()) != static_cast<la_ssize_t>(content->size()))
        throw std::runtime_error(std::string("config drive: ") + archive_error_string(volume));
}

void add_parents(archive* volume, const std::string& path, std::set<std::string>& made) {
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        const auto folder = path.substr(0, slash);
        if (made.insert(folder).second) add(volume, folder, nullptr);
    }
}

// The library writes the name as the strict standard has it (CONFIG_2), guests look for "config-2": the name in the
// primary volume descriptor is set right. No checksum covers it.
void set_volume_name(const std::string& path) {
    constexpr std::streamoff kDescriptor = 16 * 2048;
    constexpr std::streamoff kName = kDescriptor + 40;
    std::string name("config-2");
    name.resize(32, ' ');
    std::fstream volume(path, std::ios::in | std::ios::out | std::ios::binary);
    char standard[5] = {};
    volume.seekg(kDescriptor + 1);
    volume.read(standard, sizeof standard);
    if (std::string_view(standard, sizeof standard) != "CD001")
        throw std::runtime_error("config drive: is no ISO 9660 volume");
    volume.seekp(kName);
    volume.write(name.data(), static_cast<std::streamsize>(name.size()));
    volume.close();
    if (!volume) throw std::runtime_error("config drive: cannot be written");
}

}  // namespace

void write_config_drive(const std::string& path, const std::map<std::string, std::string>& files) {
    const std::string partial = path + ".part";
    {
        const Archive volume(archive_write_new(), &archive_write_free);
        check(volume.get(), archive_write_set_format_iso9660(volume.get()));
        check(volume.get(), archive_write_set_options(volume.get(), "volume-id=config-2,joliet,rockridge"));
        check(volume.get(), archive_write_open_filename(volume.get(), partial.c_str()));
        std::set<std::string> made;
        for (const auto& [name, content] : files) {
            add_parents(volume.get(), name, made);
            add(volume.get(), name, &content);
        }
        check(volume.get(), archive_write_close(volume.get()));
    }
    set_volume_name(partial);
    std::filesystem::rename(partial, path);
}

}  // namespace cumulet::compute::agent
