// Network namespaces by name, kept in /run/netns as iproute2 keeps them.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cumulet::compute::agent::network {

// Owns a file descriptor.
class Descriptor {
public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor() { reset(); }
    int get() const { return fd_; }
    int release();
    void reset();

private:
    int fd_;
};

std::vector<std::string> namespaces(std::string_view prefix);
// Made with its loopback up when missing. Throws std::system_error.
void ensure_namespace(const std::string& name);
// Absent already is fine. Processes in it keep it alive: end them first.
void remove_namespace(const std::string& name);
Descriptor open_namespace(const std::string& name);
// Runs `work` on a thread of its own inside the namespace and waits; what it throws comes out here. Sockets made there
// stay of that namespace wherever they are used.
void run_in_namespace(const std::string& name, const std::function<void()>& work);

}  // namespace cumulet::compute::agent::network
