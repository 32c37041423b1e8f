// A folder of a test's own.
#pragma once

#include <filesystem>
#include <string>

namespace cumulet::test {

// Made under the system's folder for temporary files, removed with everything in it at the end. Names are new each
// time, so what a killed test left behind disturbs nobody.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::string file(const std::string& name) const { return path_ / name; }
    // Writes a file into it and returns its path.
    std::string write(const std::string& name, const std::string& content) const;

private:
    std::filesystem::path path_;
};

// The content of a file, empty when there is none.
std::string read_file(const std::filesystem::path& file);

}  // namespace cumulet::test
