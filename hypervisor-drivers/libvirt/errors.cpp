#include "hypervisor-drivers/libvirt/errors.hpp"

#include <fmt/format.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include <string_view>

namespace cumulet::hypervisor {
namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

DriverErrc code_of(int error, std::string_view message) {
    if (contains(message, "No space left") || contains(message, "Cannot allocate memory") ||
        contains(message, "cannot set up guest memory")) {
        return DriverErrc::no_space;
    }
    if (contains(message, "socket is closed") || contains(message, "keepalive") || contains(message, "end of file")) {
        return DriverErrc::busy;
    }
    switch (error) {
        case VIR_ERR_NO_DOMAIN:
            return DriverErrc::not_found;
        case VIR_ERR_XML_ERROR:
        case VIR_ERR_XML_DETAIL:
        case VIR_ERR_INVALID_ARG:
            return DriverErrc::invalid;
        case VIR_ERR_NO_SUPPORT:
        case VIR_ERR_CONFIG_UNSUPPORTED:
        case VIR_ERR_OPERATION_UNSUPPORTED:
            return DriverErrc::unsupported;
        case VIR_ERR_NO_CONNECT:
        case VIR_ERR_RPC:
        case VIR_ERR_OPERATION_TIMEOUT:
        case VIR_ERR_AGENT_UNRESPONSIVE:
            return DriverErrc::busy;
        default:
            return DriverErrc::failed;
    }
}

}  // namespace

DriverError last_libvirt_error(const std::string& doing) {
    const virErrorPtr error = ::virGetLastError();
    const std::string message = error == nullptr || error->message == nullptr ? "unknown error" : error->message;
    return DriverError(code_of(error == nullptr ? VIR_ERR_OK : error->code, message),
                       fmt::format("{}: {}", doing, message));
}

void throw_libvirt_error(const std::string& doing) { throw last_libvirt_error(doing); }

bool last_error_is_not_found() {
    switch (::virGetLastErrorCode()) {
        case VIR_ERR_NO_DOMAIN:
        case VIR_ERR_NO_DOMAIN_METADATA:
        case VIR_ERR_DEVICE_MISSING:
            return true;
        default:
            return false;
    }
}

void silence_libvirt() {
    ::virSetErrorFunc(nullptr, [](void*, virErrorPtr) {});
}

}  // namespace cumulet::hypervisor
