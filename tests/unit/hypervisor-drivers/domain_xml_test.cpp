#include "hypervisor-drivers/libvirt/domain_xml.hpp"

#include <catch2/catch.hpp>

namespace {

using namespace cumulet::hypervisor;

GuestSpec small() {
    GuestSpec spec;
    spec.id = "6f0a4f6e-0d0b-4b5e-9d1c-0c0ffee0cafe";
    spec.name = "first";
    spec.guest_folder = "/var/guests/first";
    spec.disks.push_back({.id = "root", .path = "/var/guests/first/root.qcow2"});
    spec.nics.push_back({.port_id = "p", .mac = "fa:16:3e:00:00:01", .tap = "tap123", .bridge = "br1", .mtu = 1450});
    return spec;
}

const Machine kTcg{.domain_type = "qemu", .machine = "pc", .cpu_mode = ""};

TEST_CASE("a definition says what was asked for, and reads back") {
    const std::string xml = domain_xml(small(), kTcg);
    CHECK_THAT(xml, Catch::Contains("<domain type=\"qemu\">") && Catch::Contains("<source bridge=\"br1\"") &&
                        Catch::Contains("<target dev=\"tap123\"") && Catch::Contains("<mtu size=\"1450\""));
    const DomainFacts facts = read_domain(xml);
    CHECK(facts.macs == std::vector<std::string>{"fa:16:3e:00:00:01"});
    CHECK(facts.console_log == "/var/guests/first/console.log");
    CHECK(facts.digest.size() == 16);
    CHECK_FALSE(facts.vnc_port);
    CHECK_THAT(interface_xml(xml, "fa:16:3e:00:00:01"), Catch::StartsWith("<interface"));
    CHECK(interface_xml(xml, "fa:16:3e:00:00:02").empty());
}

TEST_CASE("the digest changes with what matters and with nothing else") {
    const auto digest = [](const GuestSpec& spec) { return read_domain(domain_xml(spec, kTcg)).digest; };
    GuestSpec spec = small();
    const std::string first = digest(spec);
    spec.generation = 77;
    CHECK(digest(spec) == first);
    spec.memory_mib += 1;
    CHECK(digest(spec) != first);
    spec = small();
    spec.disks[0].size_gib = 5;
    CHECK(digest(spec) != first);
    spec = small();
    spec.config_drive_path = "/var/guests/first/config.iso";
    CHECK(digest(spec) != first);
}

TEST_CASE("names cannot break out of a definition") {
    GuestSpec spec = small();
    spec.name = "a</cumulet:name><devices>\"'&\x01";
    spec.metadata["k\"><evil/>"] = "]]><evil/>";
    const std::string xml = domain_xml(spec, kTcg);
    CHECK(xml.find("<evil/>") == std::string::npos);
    CHECK(xml.find('\x01') == std::string::npos);
    CHECK(read_domain(xml).macs.size() == 1);
    CHECK(is_uuid(spec.id));
    CHECK_FALSE(is_uuid("6f0a4f6e-0d0b-4b5e-9d1c-0c0ffee0cafe'/>"));
    CHECK_FALSE(is_uuid(""));
}

TEST_CASE("disks boot in the order asked for, the first one when none is") {
    GuestSpec spec = small();
    spec.disks.push_back({.id = "0c0ffee0-0d0b-4b5e-9d1c-0c0ffee0cafe", .path = "/dev/null-volume", .format = "raw"});
    CHECK_THAT(domain_xml(spec, kTcg), Catch::Contains("dev=\"vdb\"") && Catch::Contains("<serial>0c0ffee0"));
    spec.disks[1].boot_index = 0;
    const std::string xml = domain_xml(spec, kTcg);
    CHECK(xml.find("<boot order=\"1\"") > xml.find("dev=\"vdb\""));
    CHECK(xml.find("<boot order=\"1\"") == xml.rfind("<boot order="));
}

}  // namespace
