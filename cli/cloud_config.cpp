#include "cli/cloud_config.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cumulet::cli {
namespace {

constexpr const char* kRegion = "RegionOne";

// TOML's basic strings escape as JSON's do.
std::string quoted(const std::string& text) { return nlohmann::json(text).dump(); }

class Section {
public:
    Section(std::vector<Setting>& settings, std::string name) : settings_(settings), name_(std::move(name)) {}
    Section& text(const std::string& key, const std::string& value) {
        settings_.push_back({name_, key, quoted(value)});
        return *this;
    }
    Section& path(const std::string& key, const fs::path& value) { return text(key, value.string()); }
    Section& number(const std::string& key, std::int64_t value) {
        settings_.push_back({name_, key, std::to_string(value)});
        return *this;
    }

private:
    std::vector<Setting>& settings_;
    std::string name_;
};

void identity_settings(const CloudPlan& plan, std::vector<Setting>& settings) {
    Section(settings, "identity")
        .text("address", plan.choices.listen)
        .number("port", plan.ports.identity)
        .number("admin_port", plan.ports.identity_admin)
        .text("public_url", plan.url(plan.ports.identity) + "/v3")
        .path("state_dir", plan.state.data("identity"))
        .path("bootstrap_file", plan.state.bootstrap_file());
}

void object_store_settings(const CloudPlan& plan, std::vector<Setting>& settings) {
    Section(settings, "objectstore")
        .text("address", plan.choices.listen)
        .number("port", plan.ports.object_store)
        .number("s3_port", plan.ports.s3)
        .number("admin_port", plan.ports.object_store_admin)
        .text("region", kRegion)
        .path("state_dir", plan.state.data("objectstore"))
        .text("identity_url", plan.url(plan.ports.identity) + "/v3")
        .text("username", "swift")
        .text("password", plan.secrets.service_passwords.at("swift"));
}

void compute_settings(const CloudPlan& plan, std::vector<Setting>& settings) {
    Section(settings, "compute")
        .text("address", plan.choices.listen)
        .number("compute_port", plan.ports.compute)
        .number("placement_port", plan.ports.placement)
        .number("image_port", plan.ports.image)
        .number("network_port", plan.ports.network)
        .number("metadata_port", plan.ports.metadata)
        .text("metadata_secret", plan.secrets.metadata_secret)
        .number("admin_port", plan.ports.compute_admin)
        .path("state_dir", plan.state.data("compute"))
        .text("identity_url", plan.url(plan.ports.identity) + "/v3")
        .text("username", "nova")
        .text("password", plan.secrets.service_passwords.at("nova"))
        // The listener that agents pull from: always loopback on one machine, always with certificates on both sides.
        .text("agent_address", "127.0.0.1")
        .number("agent_port", plan.ports.agents)
        .path("agent_ca_file", plan.state.tls() / "ca.pem")
        .path("agent_cert_file", plan.state.tls() / "compute.pem")
        .path("agent_key_file", plan.state.tls() / "compute.key");
}

void agent_settings(const CloudPlan& plan, std::vector<Setting>& settings) {
    Section(settings, "agent")
        .text("compute_url", fmt::format("https://127.0.0.1:{}", plan.ports.agents))
        .path("ca_file", plan.state.tls() / "ca.pem")
        .path("cert_file", plan.state.tls() / "agent.pem")
        .path("key_file", plan.state.tls() / "agent.key")
        .text("driver", plan.choices.driver)
        .path("driver_dir", plan.drivers)
        .number("hosts", plan.choices.hosts)
        .number("admin_port", plan.ports.agent_admin)
        .path("state_dir", plan.state.data("agent"))
        .text("metadata_url", plan.url(plan.ports.metadata))
        .text("metadata_secret", plan.secrets.metadata_secret);
}

Setting parse_setting(const std::string& text) {
    const auto equals = text.find('=');
    const auto dot = text.rfind('.', equals);
    if (equals == std::string::npos || dot == std::string::npos || dot == 0)
        throw CommandError("--set '" + text + "': wants section.key=value");
    const std::string value = text.substr(equals + 1);
    // A number, a boolean or a list stays what it is; all else is text.
    const auto json = nlohmann::json::parse(value, nullptr, false);
    const bool literal = json.is_number() || json.is_boolean() || json.is_array() || json.is_string();
    return {text.substr(0, dot), text.substr(dot + 1, equals - dot - 1), literal ? value : quoted(value)};
}

}  // namespace

std::string CloudPlan::url(std::uint16_t port) const {
    const bool everywhere = choices.listen == "0.0.0.0" || choices.listen == "::";
    return fmt::format("http://{}:{}", everywhere ? "127.0.0.1" : choices.listen, port);
}

std::vector<Setting> settings_of(const CloudPlan& plan) {
    std::vector<Setting> settings;
    Section(settings, "bus").text("url", fmt::format("nats://127.0.0.1:{}", plan.ports.bus));
    identity_settings(plan, settings);
    if (plan.choices.has("objectstore")) object_store_settings(plan, settings);
    if (plan.choices.has("compute")) compute_settings(plan, settings);
    if (plan.choices.has("agent")) agent_settings(plan, settings);
    for (const auto& text : plan.choices.settings) {
        const Setting wanted = parse_setting(text);
        const auto same = [&](const Setting& s) { return s.section == wanted.section && s.key == wanted.key; };
        std::erase_if(settings, same);
        settings.push_back(wanted);
    }
    return settings;
}

std::string to_toml(const CloudPlan& plan) {
    std::vector<std::pair<std::string, std::string>> sections;
    for (const auto& setting : settings_of(plan)) {
        auto found =
            std::find_if(sections.begin(), sections.end(), [&](const auto& s) { return s.first == setting.section; });
        if (found == sections.end()) found = sections.insert(sections.end(), {setting.section, ""});
        found->second += fmt::format("{} = {}\n", setting.key, setting.value);
    }
    std::string out =
        "# Written by `cumulet up` at each start: give settings of your own as `cumulet up --set section.key=value`.\n";
    for (const auto& [name, lines] : sections) out += fmt::format("\n[{}]\n{}", name, lines);
    return out;
}

nlohmann::ordered_json bootstrap_document(const CloudPlan& plan) {
    nlohmann::ordered_json document;
    document["region"] = kRegion;
    // generated: random and long, so that a cheap hash protects it as well as a dear one.
    document["admin"] = {
        {"user", "admin"}, {"project", "admin"}, {"password", plan.secrets.admin_password}, {"generated", true}};
    document["demo"] = {
        {"user", "demo"}, {"project", "demo"}, {"password", plan.secrets.demo_password}, {"generated", true}};
    document["services"] = nlohmann::ordered_json::array();
    for (const auto& [user, password] : plan.secrets.service_passwords)
        document["services"].push_back({{"user", user}, {"password", password}});
    document["catalog"] = nlohmann::ordered_json::array();
    const auto add = [&](const char* type, const char* name, std::uint16_t port, const std::string& path) {
        document["catalog"].push_back({{"type", type}, {"name", name}, {"url", plan.url(port) + path}});
    };
    add("identity", "keystone", plan.ports.identity, "/v3");
    if (plan.choices.has("compute")) {
        add("compute", "nova", plan.ports.compute, "/v2.1");
        add("network", "neutron", plan.ports.network, "");
        add("image", "glance", plan.ports.image, "");
        add("placement", "placement", plan.ports.placement, "");
    }
    if (plan.choices.has("objectstore")) {
        add("object-store", "swift", plan.ports.object_store, "/v1/AUTH_%(tenant_id)s");
        add("s3", "s3", plan.ports.s3, "");
    }
    return document;
}

void write_configuration(const CloudPlan& plan) {
    write_private_file(plan.state.bootstrap_file(), bootstrap_document(plan).dump(2) + "\n", Durability::volatile_file);
    write_private_file(plan.state.config_file(), to_toml(plan), Durability::volatile_file);
}

}  // namespace cumulet::cli
