// What kvm.so exports.
#include "hypervisor-drivers/kvm/flavour.hpp"

namespace {

using namespace cumulet::hypervisor;

Hypervisor* create(const std::string&, const Settings& settings) {
    return new LibvirtDriver(kvm::make_flavour(kvm::read_settings(settings)));
}

}  // namespace

extern "C" const DriverPlugin cumulet_driver;
const DriverPlugin cumulet_driver{.version = kDriverVersion, .name = "kvm", .create = create};
