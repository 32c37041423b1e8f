#include "common/daemon/keys.hpp"

namespace cumulet::daemon {

using runtime::describe;

SectionKeys::SectionKeys(const std::string& section)
    : io_threads_name_(section + ".io_threads"),
      admin_address_name_(section + ".admin_address"),
      admin_port_name_(section + ".admin_port"),
      io_threads{io_threads_name_, 2, "Threads that serve connections."},
      admin_address{admin_address_name_, "127.0.0.1", "Where /healthcheck and /metrics are served."},
      admin_port{admin_port_name_, 0, "Port of /healthcheck and /metrics; 0: any free one."} {}

std::vector<runtime::KeyDescription> SectionKeys::describe_all() const {
    return {describe(io_threads), describe(admin_address), describe(admin_port)};
}

std::vector<runtime::KeyDescription> common_keys() {
    return {describe(kLogLevel),    describe(kLogJson),     describe(kLogFile),    describe(kBusUrl),
            describe(kBusUser),     describe(kBusPassword), describe(kBusToken),   describe(kBusCaFile),
            describe(kBusCertFile), describe(kBusKeyFile),  describe(kBusTlsName), describe(kUser),
            describe(kOpenFiles),   describe(kStopTimeout), describe(kKeepLog)};
}

const std::vector<std::string>& all_sections() {
    static const std::vector<std::string> kSections = {"log",      "bus",         "daemon",  "auth", "store",
                                                       "identity", "objectstore", "compute", "agent"};
    return kSections;
}

}  // namespace cumulet::daemon
