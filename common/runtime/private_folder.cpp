#include "common/runtime/private_folder.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <system_error>

namespace cumulet::runtime {

bool make_private_folder(const std::filesystem::path& folder) {
    if (folder.has_parent_path()) std::filesystem::create_directories(folder.parent_path());
    if (::mkdir(folder.c_str(), S_IRWXU) == 0) return true;
    if (errno == EEXIST && std::filesystem::is_directory(folder)) return false;
    throw std::filesystem::filesystem_error("cannot make the folder", folder,
                                            std::error_code(errno, std::generic_category()));
}

}  // namespace cumulet::runtime
