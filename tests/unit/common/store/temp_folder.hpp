// A folder that lives as long as its object. Folders of test processes that were killed go at the next run.
#pragma once

#include <filesystem>

namespace cumulet::store {

class TempFolder {
public:
    TempFolder();
    ~TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace cumulet::store
