// Certificates made on the spot, in a folder of their own that goes away.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace cumulet::test {

class Certificates {
public:
    Certificates();
    ~Certificates();
    Certificates(const Certificates&) = delete;
    Certificates& operator=(const Certificates&) = delete;

    // NAME.pem and NAME.key in the folder, signed by the authority, good for "localhost" and 127.0.0.1.
    void issue(const std::string& name, const std::string& common_name);
    std::string file(const std::string& name) const { return (folder_ / name).string(); }

private:
    struct Authority;
    std::filesystem::path folder_;
    std::unique_ptr<Authority> authority_;  // its certificate: ca.pem
};

}  // namespace cumulet::test
