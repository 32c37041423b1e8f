// What tables of endpoints must hold, and what is derived from them before a service starts.
#include <set>

#include "common/api/exchange.hpp"
#include "common/api/request_metrics.hpp"
#include "common/api/schema_faults.hpp"
#include "common/runtime/text.hpp"

namespace cumulet::api {

namespace {

std::string name_of(const Endpoint& endpoint) {
    return fmt::format("{} {}{}{}", http::to_string(endpoint.method), endpoint.path, endpoint.action.empty() ? "" : " ",
                       endpoint.action);
}

bool takes_body(const Endpoint& endpoint) {
    return endpoint.method == http::Method::post || endpoint.method == http::Method::put ||
           endpoint.method == http::Method::patch;
}

void check_schema(const Endpoint& endpoint, const Schema& schema, std::vector<std::string>& problems) {
    if (!schema.set()) return;
    try {
        RequestSchema compiled(schema.text);
    } catch (const std::exception& error) {
        problems.push_back(name_of(endpoint) + ": " + error.what());
    }
}

void check_endpoint(const Endpoint& endpoint, std::vector<std::string>& problems) {
    auto problem = [&](std::string_view what) { problems.push_back(name_of(endpoint) + ": " + std::string(what)); };
    const bool special = endpoint.policy.check == "open" || endpoint.policy.check == "resource" ||
                         endpoint.policy.check == "token" || endpoint.policy.check == "peer";
    if (endpoint.policy.rule.empty() && !special) problem("no policy rule");
    if (!endpoint.path.starts_with("/")) problem("the path does not begin with a slash");
    if (endpoint.summary.empty()) problem("no summary");
    if (!endpoint.handle && !endpoint.stream) problem("no handler");
    if (endpoint.handle && endpoint.stream) problem("two handlers");
    if (endpoint.stream && endpoint.target) problem("a streaming handler reads the target of its rule itself");
    if (takes_body(endpoint) && !endpoint.stream && !endpoint.body.set())
        problem("no schema for its body (kNoBody if it takes none)");
    if (!endpoint.action.empty() && endpoint.method != http::Method::post) problem("an action that is no POST");
    check_schema(endpoint, endpoint.body, problems);
    check_schema(endpoint, endpoint.query, problems);
}

}  // namespace

std::vector<std::string> table_problems(const std::vector<EndpointTable>& tables,
                                        const std::vector<auth::RuleDefault>& more_rules) {
    std::vector<std::string> problems;
    Router router;
    for (const auto& table : tables)
        for (const auto& endpoint : table) {
            check_endpoint(endpoint, problems);
            try {
                router.add(endpoint);
            } catch (const std::logic_error& error) {
                problems.push_back(error.what());
            }
        }
    try {
        auto rules = policy_rules(tables);
        rules.insert(rules.end(), more_rules.begin(), more_rules.end());
        auth::PolicyEngine policy(std::move(rules));
    } catch (const std::exception& error) {
        problems.push_back(error.what());
    }
    return problems;
}

std::vector<auth::RuleDefault> policy_rules(const std::vector<EndpointTable>& tables) {
    std::vector<auth::RuleDefault> rules;
    std::map<std::string_view, const Endpoint*> seen;
    for (const auto& table : tables)
        for (const auto& endpoint : table) {
            const Policy& policy = endpoint.policy;
            if (policy.rule.empty()) continue;
            auto [known, fresh] = seen.emplace(policy.rule, &endpoint);
            if (!fresh) {
                const Policy& other = known->second->policy;
                if (other.check != policy.check || other.scope != policy.scope)
                    throw std::logic_error(fmt::format("the rule {} has two checks: at {} and at {}", policy.rule,
                                                       name_of(*known->second), name_of(endpoint)));
                continue;
            }
            auth::RuleDefault rule{std::string(policy.rule), std::string(policy.check), {}};
            for (auto scope : text::split(policy.scope, ','))
                if (!text::trim(scope).empty()) rule.scope_types.emplace_back(text::trim(scope));
            rules.push_back(std::move(rule));
        }
    return rules;
}

ServiceState::ServiceState(ServiceDescription what, ServiceParts on)
    : description(std::move(what)), parts(std::move(on)) {
    if (!description.schema_fault) description.schema_fault = default_schema_fault(description.fault);
    for (const auto& table : description.tables)
        for (const auto& endpoint : table) {
            if (!endpoint.handle && !endpoint.stream) throw std::logic_error(name_of(endpoint) + ": no handler");
            router.add(endpoint);
            try {
                if (endpoint.body.set() && endpoint.body.text != kNoBody.text)
                    bodies.emplace(&endpoint, RequestSchema(endpoint.body.text));
                if (endpoint.query.set()) queries.emplace(&endpoint, RequestSchema(endpoint.query.text));
            } catch (const std::logic_error& error) {
                throw std::logic_error(name_of(endpoint) + ": " + error.what());
            }
        }
    if (parts.metrics) metrics = std::make_unique<RequestMetrics>(*parts.metrics, description);
}

ServiceState::~ServiceState() = default;

}  // namespace cumulet::api
