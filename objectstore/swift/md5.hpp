// MD5, which Swift's ETags are.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace cumulet::objectstore::swift {

class Md5 {
public:
    Md5();
    ~Md5();
    Md5(Md5&&) noexcept;
    void add(std::string_view bytes);
    // Once, at the end.
    std::string hex();

private:
    struct State;
    std::unique_ptr<State> state_;
};

// In hex.
std::string md5_of(std::string_view text);

}  // namespace cumulet::objectstore::swift
