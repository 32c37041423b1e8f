// The checksums of an image, computed while its bytes pass.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace cumulet::compute::images {

class Digests {
public:
    Digests();
    ~Digests();
    void update(std::string_view bytes);
    // In hex; once, at the end.
    std::string md5();
    std::string sha512();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace cumulet::compute::images
