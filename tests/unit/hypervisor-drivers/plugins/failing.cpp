// A driver that cannot work on this host: its exception must outlive its code.
#include "hypervisor-drivers/driver.h"

namespace {

using namespace cumulet::hypervisor;

class OwnError : public DriverError {
public:
    OwnError() : DriverError(DriverErrc::no_space, "this host is full") {}
    ~OwnError() override = default;
};

Hypervisor* create(const std::string&, const Settings&) { throw OwnError(); }

}  // namespace

extern "C" const DriverPlugin cumulet_driver;
const DriverPlugin cumulet_driver{.version = kDriverVersion, .name = "failing", .create = create};
