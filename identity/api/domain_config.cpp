// Options that a domain has instead of the cloud's.
#include "identity/domain_config.hpp"
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/model/resource_rules.hpp"

namespace cumulet::identity {
namespace {

constexpr std::string_view kCompliance = "security_compliance";

Fault invalid(std::string_view reason) {
    return Fault(Errc::forbidden, "Invalid domain specific configuration: {}.", reason);
}

// The path's {group} and {option}, empty where it has none.
struct Place {
    std::string group, option;
};

Place place_of(const Call& call) {
    const auto path = call.endpoint().path;
    Place place;
    if (path.find("{group}") != std::string_view::npos) place.group = call.path("group");
    if (path.find("{option}") != std::string_view::npos) place.option = call.path("option");
    return place;
}

Fault not_set(const std::string& domain_id, const Place& place) {
    const auto what = !place.option.empty()  ? fmt::format("option {} in group {}", place.option, place.group)
                      : !place.group.empty() ? fmt::format("group {}", place.group)
                                             : "any options";
    return Fault(Errc::not_found, "Could not find {} in domain configuration for domain {}.", what, domain_id);
}

// What of `options` is at the place: {group: {option: value}}, or {option: value}.
json part_of(const json& options, const Place& place) {
    if (place.group.empty()) return options;
    auto group = options.find(place.group);
    if (group == options.end()) return json::object();
    if (place.option.empty()) return {{place.group, *group}};
    auto option = group->find(place.option);
    return option == group->end() ? json::object() : json{{place.option, *option}};
}

Reply reply_with(int status, const json& config) { return Reply::json(status, {{"config", config}}); }

Reply show_default(Call& call, Transaction&) {
    const auto place = place_of(call);
    check_domain_option(place.group, place.option);
    if (is_sensitive_option(place.group, place.option))
        throw invalid(
            fmt::format("Reading the default for option {} in group {} is not supported", place.option, place.group));
    return reply_with(200, part_of(domain_config_defaults(), place));
}

DomainOptions options_of(Call& call, Transaction& txn) {
    return domain_options(txn, identity_of(call).vault, require_domain(txn, call.path("domain_id")).id);
}

void store(Call& call, Transaction& txn, const DomainOptions& options, std::string_view reason) {
    put_domain_options(txn, identity_of(call).vault, call.path("domain_id"), options, reason);
}

Reply show(Call& call, Transaction& txn) {
    const auto place = place_of(call);
    check_domain_option(place.group, place.option);
    json config = part_of(options_of(call, txn).shown, place);
    if (config.empty()) throw not_set(call.path("domain_id"), place);
    return reply_with(200, config);
}

// Everybody may know what a password has to be like.
Reply show_compliance(Call& call, Transaction& txn) {
    const auto domain = require_domain(txn, call.path("domain_id"));
    if (domain.id != kDefaultDomain)
        throw invalid(
            "Reading security compliance information for any domain other than the default domain is not allowed or "
            "supported");
    const auto& rules = identity_of(call).settings.compliance;
    auto shown = [](const std::string& text) { return text.empty() ? json(nullptr) : json(text); };
    const json options{{"password_regex", shown(rules.password_regex)},
                       {"password_regex_description", shown(rules.password_regex_description)}};
    if (call.endpoint().path.find("{option}") == std::string_view::npos)
        return reply_with(200, {{std::string(kCompliance), options}});
    const auto& option = call.path("option");
    if (!options.contains(option))
        throw invalid(
            "Reading security compliance values other than password_regex and password_regex_description is not "
            "allowed");
    return reply_with(200, {{option, options[option]}});
}

// The body's options in their groups, every one of them known.
json groups_of_body(const Call& call, const Place& place) {
    auto given = call.body().find("config");
    json config = given == call.body().end() ? json::object() : *given;
    if (!config.is_object() || config.empty()) throw invalid("No options specified");
    if (!place.option.empty()) config = {{place.group, config}};
    for (const auto& [group, options] : config.items()) {
        if (!options.is_object() || options.empty())
            throw invalid(
                fmt::format("The value of group {} specified in the config should be a dictionary of options", group));
        for (const auto& [option, value] : options.items()) check_domain_option(group, option);
    }
    return config;
}

Reply create(Call& call, Transaction& txn) {
    const bool replaces = !options_of(call, txn).empty();
    DomainOptions options;
    set_domain_options(options, groups_of_body(call, {}));
    store(call, txn, options, "created");
    return reply_with(replaces ? 200 : 201, options.shown);
}

void check_only(const json& groups, const Place& place) {
    if (place.group.empty()) return;
    if (groups.size() != 1 || (!place.option.empty() && groups.begin()->size() != 1))
        throw invalid(place.option.empty()
                          ? fmt::format("Trying to update group {}, so that, and only that, group must be specified "
                                        "in the config",
                                        place.group)
                          : fmt::format("Trying to update option {} in group {}, so that, and only that, option must "
                                        "be specified in the config",
                                        place.option, place.group));
    if (!groups.contains(place.group))
        throw invalid(fmt::format("request to update group {}, but config provided contains group {} instead",
                                  place.group, groups.begin().key()));
    if (!place.option.empty() && !groups[place.group].contains(place.option))
        throw invalid(
            fmt::format("Trying to update option {} in group {}, but config provided contains option {} "
                        "instead",
                        place.option, place.group, groups[place.group].begin().key()));
}

Reply update(Call& call, Transaction& txn) {
    const auto place = place_of(call);
    check_domain_option(place.group, place.option);
    const json groups = groups_of_body(call, place);
    check_only(groups, place);
    auto options = options_of(call, txn);
    if (!place.group.empty() && !options.has(place.group, place.option)) throw not_set(call.path("domain_id"), place);
    set_domain_options(options, groups);
    store(call, txn, options, "updated");
    return reply_with(200, options.shown);
}

void drop(json& options, const Place& place) {
    auto group = options.find(place.group);
    if (group == options.end()) return;
    if (!place.option.empty()) group->erase(place.option);
    if (place.option.empty() || group->empty()) options.erase(place.group);
}

Reply remove(Call& call, Transaction& txn) {
    const auto place = place_of(call);
    check_domain_option(place.group, place.option);
    auto options = options_of(call, txn);
    if (place.group.empty()) {
        options = {};
    } else {
        if (!options.has(place.group, place.option)) throw not_set(call.path("domain_id"), place);
        drop(options.shown, place);
        drop(options.secret, place);
    }
    store(call, txn, options, "deleted");
    return Reply::no_content();
}

constexpr Schema kConfig{R"({"type": "object", "properties": {"config": {"type": "object"}}})"};
constexpr std::string_view kSummaryOfShow = "Show the options of a domain.";

constexpr Endpoint show_default_at(std::string_view path) {
    return {.method = Method::get,
            .path = path,
            .policy = reader_policy("identity:get_domain_config_default"),
            .summary = "Show what domains have that set nothing.",
            .handle = show_default};
}
constexpr Endpoint show_at(std::string_view path) {
    return {.method = Method::get,
            .path = path,
            .policy = reader_policy("identity:get_domain_config"),
            .summary = kSummaryOfShow,
            .handle = show};
}
constexpr Endpoint show_compliance_at(std::string_view path) {
    return {.method = Method::get,
            .path = path,
            .policy = Policy("identity:get_security_compliance_domain_config", "", kAnyScope),
            .summary = "Show the rules for passwords.",
            .handle = show_compliance};
}
constexpr Endpoint update_at(std::string_view path) {
    return {.method = Method::patch,
            .path = path,
            .policy = admin_policy("identity:update_domain_config"),
            .body = kConfig,
            .summary = "Change options of a domain.",
            .handle = update};
}
constexpr Endpoint remove_at(std::string_view path) {
    return {.method = Method::del,
            .path = path,
            .policy = admin_policy("identity:delete_domain_config"),
            .success = 204,
            .summary = "Take options of a domain away.",
            .handle = remove};
}

constexpr Endpoint kEndpoints[] = {
    show_default_at("/v3/domains/config/default"),
    show_default_at("/v3/domains/config/{group}/default"),
    show_default_at("/v3/domains/config/{group}/{option}/default"),
    {.method = Method::put,
     .path = "/v3/domains/{domain_id}/config",
     .policy = admin_policy("identity:create_domain_config"),
     .body = kConfig,
     .success = 201,
     .summary = "Set the options of a domain.",
     .handle = create},
    show_at("/v3/domains/{domain_id}/config"),
    show_at("/v3/domains/{domain_id}/config/{group}"),
    show_at("/v3/domains/{domain_id}/config/{group}/{option}"),
    show_compliance_at("/v3/domains/{domain_id}/config/security_compliance"),
    show_compliance_at("/v3/domains/{domain_id}/config/security_compliance/{option}"),
    update_at("/v3/domains/{domain_id}/config"),
    update_at("/v3/domains/{domain_id}/config/{group}"),
    update_at("/v3/domains/{domain_id}/config/{group}/{option}"),
    remove_at("/v3/domains/{domain_id}/config"),
    remove_at("/v3/domains/{domain_id}/config/{group}"),
    remove_at("/v3/domains/{domain_id}/config/{group}/{option}"),
};

}  // namespace

api::EndpointTable domain_config_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity
