#include "kvm_lab.hpp"

#include <fmt/format.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <sstream>

#include "hypervisor-drivers/kvm/flavour.hpp"
#include "hypervisor-drivers/libvirt/errors.hpp"
#include "test_guest.hpp"

namespace cumulet::hypervisor::conformance {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFolderPrefix = "cumulet-kvm-test-";
constexpr const char* kBridgePrefix = "ctbr";

bool lives(const std::string& pid) { return fs::exists("/proc/" + pid); }

void bridge_request(unsigned long request, const std::string& name) {
    const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ::ioctl(fd, request, name.c_str());
    ::close(fd);
}

// What a killed run left: guests, daemons, folder, bridge.
void sweep() {
    for (const auto& entry : fs::directory_iterator(fs::temp_directory_path())) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with(kFolderPrefix) || lives(name.substr(std::string(kFolderPrefix).size()))) continue;
        PrivateLibvirtd old(kvm::private_libvirtd_folder(entry.path()));
        old.stop_guests();
        old.stop();
        fs::remove_all(entry.path());
    }
    for (const auto& entry : fs::directory_iterator("/sys/class/net")) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with(kBridgePrefix) && !lives(name.substr(std::string(kBridgePrefix).size()))) {
            bridge_request(SIOCBRDELBR, name);
        }
    }
}

std::string read_all(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

std::string new_uuid() {
    static std::random_device random;
    return fmt::format("{:08x}-{:04x}-4000-8000-{:08x}{:04x}", random(), random() & 0xffff, random(),
                       random() & 0xffff);
}

std::shared_ptr<virDomain> lookup(KvmLab& lab, const GuestId& id) {
    const auto connection = lab.connect();
    return std::shared_ptr<virDomain>(::virDomainLookupByUUIDString(connection.get(), id.c_str()),
                                      [connection](virDomainPtr domain) {
                                          if (domain != nullptr) ::virDomainFree(domain);
                                      });
}

}  // namespace

std::string KvmLab::reason_to_skip() {
    if (::geteuid() != 0) return "not root: a libvirtd of our own needs a mount namespace";
    for (const char* program :
         {"/usr/sbin/libvirtd", "/usr/sbin/virtlogd", "/usr/bin/qemu-system-x86_64", "/usr/bin/qemu-img"}) {
        if (::access(program, X_OK) != 0) return fmt::format("{} is not installed", program);
    }
    return {};
}

KvmLab::KvmLab()
    : folder_(fs::temp_directory_path() / fmt::format("{}{}", kFolderPrefix, ::getpid())),
      bridge_(fmt::format("{}{}", kBridgePrefix, ::getpid())),
      libvirtd_(kvm::private_libvirtd_folder(folder_)) {
    sweep();
    fs::create_directories(folder_);
    std::string disk(1 << 20, '\0');
    std::copy(kTestGuestCode.begin(), kTestGuestCode.end(), disk.begin());
    disk[510] = '\x55';
    disk[511] = '\xaa';
    std::ofstream(base_image(), std::ios::binary) << disk;
    bridge_request(SIOCBRADDBR, bridge_);
}

KvmLab::~KvmLab() {
    libvirtd_.stop_guests();
    libvirtd_.stop();
    bridge_request(SIOCBRDELBR, bridge_);
    fs::remove_all(folder_);
}

std::shared_ptr<virConnect> KvmLab::connect() {
    libvirtd_.ensure_running();
    return std::shared_ptr<virConnect>(::virConnectOpen(libvirtd_.uri().c_str()), [](virConnectPtr connection) {
        if (connection != nullptr) ::virConnectClose(connection);
    });
}

KvmSubject::KvmSubject(KvmLab& lab) : lab_(lab) { restart_driver(); }

KvmSubject::~KvmSubject() {
    // A failed case leaves its guests: the next one wants none.
    virDomainPtr* domains = nullptr;
    const auto connection = lab_.connect();
    const int count = ::virConnectListAllDomains(connection.get(), &domains, 0);
    for (int i = 0; i < count; ++i) {
        ::virDomainDestroy(domains[i]);
        ::virDomainUndefineFlags(domains[i], VIR_DOMAIN_UNDEFINE_MANAGED_SAVE);
        ::virDomainFree(domains[i]);
    }
    std::free(domains);
}

void KvmSubject::restart_driver() {
    driver_.reset();
    driver_ = std::make_unique<LibvirtDriver>(
        kvm::make_flavour({.state_dir = lab_.folder(), .uri = "private", .virt_type = "auto", .machine = "pc"}));
}

GuestSpec KvmSubject::new_guest(const std::string& name) {
    GuestSpec spec;
    spec.id = new_uuid();
    spec.name = name + " <&\"'>";
    spec.memory_mib = 32;
    spec.guest_folder = (lab_.folder() / "guests" / spec.id).string();
    spec.metadata = {{"project", "demo"}, {"flavor", "m1.<tiny>"}};
    spec.disks.push_back({.id = "root",
                          .path = spec.guest_folder + "/root.qcow2",
                          .backing_path = lab_.base_image().string(),
                          .backing_format = "raw"});
    return spec;
}

NicSpec KvmSubject::new_nic() {
    NicSpec nic;
    nic.mac = fmt::format("fa:16:3e:00:00:{:02x}", ++made_);
    nic.tap = fmt::format("tapct{}-{}", ::getpid() % 1'000'000, made_);
    nic.bridge = lab_.bridge();
    nic.mtu = 1450;
    taps_.push_back(nic.tap);
    return nic;
}

std::string KvmSubject::boot_marker() const { return kTestGuestMarker; }

GuestId KvmSubject::add_foreign() {
    const GuestId id = new_uuid();
    const std::string xml = fmt::format(
        "<domain type='qemu'><name>foreign-{0}</name><uuid>{0}</uuid><memory unit='MiB'>16</memory><vcpu>1</vcpu>"
        "<os><type arch='x86_64' machine='pc'>hvm</type></os><devices/></domain>",
        id);
    const auto connection = lab_.connect();
    const virDomainPtr domain = ::virDomainCreateXML(connection.get(), xml.c_str(), 0);
    if (domain == nullptr) throw last_libvirt_error("starting a foreign guest");
    ::virDomainFree(domain);
    return id;
}

bool KvmSubject::foreign_is_well(const GuestId& id) {
    const auto domain = lookup(lab_, id);
    return domain && ::virDomainIsActive(domain.get()) == 1;
}

pid_t KvmSubject::qemu_of(const GuestId& id) const {
    pid_t pid = 0;
    std::ifstream(lab_.libvirtd().folder() / "run" / "qemu" / (domain_name(id) + ".pid")) >> pid;
    return pid;
}

void KvmSubject::kill_guest(const GuestId& id) {
    if (const pid_t pid = qemu_of(id); pid > 0) ::kill(pid, SIGKILL);
}

void KvmSubject::leave_half_defined(const GuestSpec& spec) {
    fs::create_directories(spec.guest_folder);
    std::ofstream(spec.disks.at(0).path + ".making") << "half a disk";
}

std::vector<std::string> KvmSubject::leftovers(const GuestSpec& spec) {
    std::vector<std::string> left;
    if (lookup(lab_, spec.id)) left.push_back("domain " + spec.id);
    if (fs::exists(spec.guest_folder)) left.push_back(spec.guest_folder);
    for (const auto& entry : fs::recursive_directory_iterator(lab_.libvirtd().folder())) {
        if (entry.path().string().find(spec.id.substr(0, 8)) != std::string::npos)
            left.push_back(entry.path().string());
    }
    for (const auto& entry : fs::directory_iterator("/proc")) {
        if (read_all(entry.path() / "cmdline").find(spec.id) != std::string::npos)
            left.push_back("process " + entry.path().string());
    }
    for (const std::string& tap : taps_) {
        if (fs::exists("/sys/class/net/" + tap)) left.push_back(tap);
    }
    return left;
}

std::vector<std::string> KvmSubject::macs(const GuestId& id) {
    const auto domain = lookup(lab_, id);
    if (!domain) return {};
    const std::unique_ptr<char, decltype(&std::free)> xml(::virDomainGetXMLDesc(domain.get(), 0), &std::free);
    return read_domain(xml.get()).macs;
}

}  // namespace cumulet::hypervisor::conformance
