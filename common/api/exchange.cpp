#include "common/api/exchange.hpp"

#include <algorithm>

#include "common/api/json_body.hpp"
#include "common/api/microversion.hpp"
#include "common/api/request_metrics.hpp"
#include "common/api/schema_faults.hpp"
#include "common/auth/access_rules.hpp"
#include "common/http/body.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/text.hpp"

namespace cumulet::api {

namespace {

constexpr std::size_t kMaxTokenBytes = 8192;

bool may_carry_body(http::Method method) {
    return method == http::Method::post || method == http::Method::put || method == http::Method::patch;
}

bool ignores_body(const Endpoint& endpoint) { return endpoint.body.text == kNoBody.text; }

// The name of a service in the catalog, by the name of its program in OpenStack: access rules name the former.
std::string_view service_type_of(std::string_view name) {
    constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
        {"keystone", "identity"}, {"nova", "compute"},    {"placement", "placement"}, {"glance", "image"},
        {"neutron", "network"},   {"cinder", "volumev3"}, {"swift", "object-store"}};
    for (const auto& [program, type] : kTypes)
        if (program == name) return type;
    return {};
}

// "req-" and a UUID: anything else in X-OpenStack-Request-ID could forge log lines.
bool is_request_id(std::string_view text) { return text.starts_with("req-") && is_uuid(text.substr(4)); }

// "/v2/images/", but neither "/" nor "/v2/".
bool has_idle_slash(std::string_view path) {
    if (path.size() < 2 || path.back() != '/') return false;
    return path.substr(0, path.size() - 1).find('/', 1) != std::string_view::npos;
}

nlohmann::json default_target(const Call::Parts& parts) {
    nlohmann::json target = nlohmann::json::object();
    if (parts.actor) {
        target["project_id"] = parts.actor->project_id;
        target["tenant_id"] = parts.actor->project_id;
        target["user_id"] = parts.actor->user_id;
        target["domain_id"] = parts.actor->domain_id;
    }
    for (const auto& [name, value] : parts.path) target[std::string(name)] = value;
    return target;
}

Fault as_fault(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const Fault& fault) {
        return fault;
    } catch (const store::UniqueViolation& violation) {
        return Fault(Errc::conflict, "Conflict: such a {} exists already ({}).", violation.collection, violation.index);
    } catch (const http::BodyError& body) {
        return Fault(errc_of_status(body.status), "{}", body.what());
    } catch (const store::StoreError& store) {
        return Fault(Errc::unavailable, "The service cannot reach its data just now. Please try again.")
            .detail(store.what());
    } catch (const std::exception& other) {
        return Fault(Errc::internal, "").detail(other.what());
    } catch (...) {
        return Fault(Errc::internal, "").detail("something that is no std::exception was thrown");
    }
}

}  // namespace

Exchange::Exchange(ServiceState& service, http::Request& request) : service_(service), request_(request) {
    parts_.request = &request;
    parts_.random = &service.parts.random;
    parts_.policy = service.parts.policy;
    parts_.modules = &service.parts.modules;
    parts_.engine = &service.parts.engine;
    parts_.now = service.parts.clock.now();
    parts_.request_id = service.description.make_request_id
                            ? service.description.make_request_id(*parts_.random, parts_.now)
                            : "req-" + service.parts.random.uuid();
    if (auto global = request.headers.get("X-OpenStack-Request-ID"); global && is_request_id(*global))
        parts_.global_request_id = *global;
}

runtime::WorkerPool* Exchange::prepares_on() const {
    const auto choose = service_.description.prepare_on;
    return choose ? choose(request_, *parts_.modules) : nullptr;
}

void Exchange::prepare() {
    if (service_.description.prepare) service_.description.prepare(request_, *parts_.modules);
}

void Exchange::route() {
    auto negotiated = negotiate(service_.description.microversions, request_);
    parts_.version = negotiated.version;
    version_shown_ = std::move(negotiated.shown);
    if (negotiated.fault) {
        versioned_ = true;
        throw std::move(*negotiated.fault);
    }
    if (!service_.description.trailing_slash && has_idle_slash(request_.path)) throw Fault::general(Errc::not_found);
    try {
        match_ = service_.router.find(request_.method, request_.path, parts_.version);
    } catch (const Fault& fault) {
        if (service_.description.broken_path == Errc::precondition_failed)  // Swift's words
            throw Fault(Errc::precondition_failed, "Invalid UTF8 or contains NULL");
        throw Fault(service_.description.broken_path, "{}", fault.what());
    }
    if (match_.endpoints.empty()) {
        versioned_ = true;
        if (match_.allowed_methods.empty()) throw Fault::general(Errc::not_found);
        throw Fault(Errc::method_not_allowed, "The method {} is not allowed for this resource.", request_.method_text);
    }
    parts_.endpoint = match_.endpoints.front();
    parts_.path = std::move(match_.parameters);
}

Fault Exchange::unauthorized() const {
    return Fault(Errc::unauthorized, "The request you have made requires authentication.");
}

std::optional<std::string> Exchange::token() const {
    const auto& check = parts_.endpoint->policy.check;
    if (check == "peer" && parts_.endpoint->policy.rule.empty()) return std::nullopt;
    const bool open = (check == "open" || check == "resource") && parts_.endpoint->policy.rule.empty();
    auto token = request_.headers.get("X-Auth-Token");
    if (!token || token->empty()) token = request_.headers.get("X-Storage-Token");
    if (!token || token->empty() || !service_.parts.validator) {
        if (open) return std::nullopt;
        throw unauthorized();
    }
    if (token->size() > kMaxTokenBytes) throw unauthorized();
    return std::string(*token);
}

void Exchange::authenticate(const auth::Validation& validation) {
    const Policy& policy = parts_.endpoint->policy;
    const bool by_resource = policy.check == "resource" && policy.rule.empty();
    const bool open = policy.check == "open" && policy.rule.empty();
    if (validation.verdict == auth::Verdict::valid && validation.context &&
        validation.context->expires_at > parts_.now) {
        parts_.actor = validation.context;
        versioned_ = true;
        // Also for open endpoints: the token says what it is good for.
        if (!auth::permits(*parts_.actor, service_type_of(service_.description.name), request_.method_text,
                           request_.path)) {
            parts_.actor = nullptr;
            if (!open) throw unauthorized();
        }
        return;
    }
    if (open) return;
    if (validation.verdict == auth::Verdict::unavailable)
        throw Fault(Errc::unavailable, "The identity service cannot be reached to check the token. Please try again.");
    if (by_resource) return;
    throw unauthorized();
}

bool Exchange::wants_body() const {
    if (streams_body()) return false;
    return std::any_of(match_.endpoints.begin(), match_.endpoints.end(), [&](const Endpoint* endpoint) {
        return !ignores_body(*endpoint) && (endpoint->body.set() || may_carry_body(endpoint->method));
    });
}

bool Exchange::skips_body() const {
    const auto method = request_.method;
    const bool reads = method == http::Method::get || method == http::Method::head || method == http::Method::options;
    return !reads && !wants_body() && !streams_body();
}

void Exchange::choose_action() {
    const auto& body = parts_.body;
    const bool has_actions = std::any_of(match_.endpoints.begin(), match_.endpoints.end(),
                                         [](const Endpoint* endpoint) { return !endpoint->action.empty(); });
    if (!has_actions) return;
    if (!body.is_object() || body.size() != 1)
        throw Fault(Errc::bad_request, "Malformed request body").kind("malformed");
    const std::string& action = body.begin().key();
    const Endpoint* other = nullptr;
    for (const Endpoint* endpoint : match_.endpoints) {
        if (endpoint->action == action) {
            parts_.endpoint = endpoint;
            return;
        }
        if (endpoint->action.empty()) other = endpoint;
    }
    if (!other) {
        for (const Endpoint* endpoint : match_.other_versions)
            if (endpoint->action == action) throw Fault::general(Errc::not_found);
        throw Fault(Errc::bad_request, "There is no such action: {}", action);
    }
    parts_.endpoint = other;
}

void Exchange::take_body(const std::string& body) {
    if (!body.empty()) {
        const auto type = request_.headers.value_or("Content-Type", "");
        if (parts_.endpoint->form)
            parts_.body = parse_form_body(type, body);
        else if (is_json_type(type))
            parts_.body = parse_json_body(body);
        else
            throw Fault(Errc::unsupported_media, "Unsupported Content-Type: expected application/json.");
    }
    choose_action();
    if (!service_.description.policy_before_schema || stream()) check_schema();
}

void Exchange::check_schema() {
    if (std::exchange(schema_checked_, true) || !wants_body()) return;
    auto schema = service_.bodies.find(parts_.endpoint);
    if (schema == service_.bodies.end()) return;
    if (auto problem = schema->second.check(parts_.body, parts_.version))
        throw service_.description.schema_fault(*problem);
}

void Exchange::admit() {
    const Endpoint& endpoint = *parts_.endpoint;
    if (auto schema = service_.queries.find(&endpoint); schema != service_.queries.end()) {
        nlohmann::json query = nlohmann::json::object();
        for (const auto& [name, value] : Call(parts_).query_items()) query[name] = value;
        if (auto problem = schema->second.check(query, parts_.version))
            throw service_.description.schema_fault(*problem);
    }
    const Policy& policy = endpoint.policy;
    if (policy.rule.empty()) {
        if (policy.check == "peer" && request_.peer_name.empty())
            throw Fault(Errc::forbidden, "This interface asks for a client certificate.");
        return;
    }
    if (endpoint.target || endpoint.rule) return;  // read in the transaction, by attempt()
    const nlohmann::json target = default_target(parts_);
    if (parts_.policy) {
        const auto keys = parts_.policy->target_keys(policy.rule);
        const bool later =
            std::any_of(keys.begin(), keys.end(), [&](const auto& key) { return !target.contains(key); });
        if (later) return;  // the handler knows the target; check_promises() sees to it that it asked
    }
    Call(parts_).enforce(policy.rule, target);
}

bool Exchange::heavy() const { return parts_.endpoint->heavy; }
const StreamHandle* Exchange::stream() const { return parts_.endpoint->stream; }

bool Exchange::streams_body() const {
    return stream() && parts_.endpoint->action.empty() && !parts_.endpoint->body.set();
}

store::Cause Exchange::cause() const {
    store::Cause cause{.time = parts_.now, .request_id = parts_.request_id, .address = request_.remote_address};
    if (parts_.actor) {
        cause.user_id = parts_.actor->user_id;
        cause.project_id = parts_.actor->project_id;
    }
    cause.operation = fmt::format("{} {}", http::to_string(parts_.endpoint->method), parts_.endpoint->path);
    if (!parts_.endpoint->action.empty()) cause.operation += fmt::format(" {}", parts_.endpoint->action);
    return cause;
}

Reply Exchange::attempt(store::Transaction& txn) {
    log::RequestScope scope(parts_.request_id);
    Call call(parts_);
    const Endpoint& endpoint = *parts_.endpoint;
    if (endpoint.target || endpoint.rule) {
        nlohmann::json target = default_target(parts_);
        if (endpoint.target) target.update(endpoint.target(call, txn));
        call.enforce(endpoint.rule ? endpoint.rule(call, txn) : endpoint.policy.rule, target);
        parts_.rule_consulted = true;
    }
    check_schema();
    Reply reply = parts_.endpoint->handle(call, txn);
    check_promises(reply);
    return reply;
}

void Exchange::check_promises(const Reply& reply) const {
    if (parts_.rule_consulted || parts_.endpoint->policy.rule.empty() || reply.status() >= 400) return;
    throw Fault(Errc::internal, "")
        .detail(fmt::format("{} {}: its rule {} was never put to the policy engine",
                            http::to_string(parts_.endpoint->method), parts_.endpoint->path,
                            parts_.endpoint->policy.rule));
}

http::Response Exchange::finish(Reply reply) {
    versioned_ = true;
    return dressed(std::move(reply).take());
}

http::Response Exchange::fail(std::exception_ptr error) {
    Fault fault = as_fault(error);
    if (fault.code() == Errc::internal) {
        log::RequestScope scope(parts_.request_id);
        log::error("{} {}: {} {}", request_.method_text, request_.path, fault.what(), fault.detail());
        fault = Fault(Errc::internal,
                      "Unexpected error. Please report it to the operator of this cloud with the request id {}.",
                      parts_.request_id);
    } else if (!fault.detail().empty()) {
        log::RequestScope scope(parts_.request_id);
        log::warning("{} {}: {} ({})", request_.method_text, request_.path, fault.what(), fault.detail());
    }
    http::Response response = service_.description.fault(fault, parts_.request_id);
    if (fault.status() == 405) response.headers.set("Allow", match_.allowed_methods);
    if (fault.status() == 401 && service_.parts.validator)
        response.headers.set("WWW-Authenticate",
                             fmt::format("Keystone uri=\"{}\"", service_.parts.validator->authenticate_uri()));
    if (fault.status() == 503) response.headers.set("Retry-After", "1");
    return dressed(std::move(response));
}

http::Response Exchange::dressed(http::Response response) {
    const auto& description = service_.description;
    for (const auto& [name, value] : description.fixed_headers) response.headers.add(name, value);
    for (const auto& name : description.request_id_headers) response.headers.set(name, parts_.request_id);
    if (versioned_) show_version(description.microversions, version_shown_, response.headers);
    if (request_.method == http::Method::head) {
        if (!response.announced_length) {
            if (auto* text = std::get_if<std::string>(&response.body)) response.announced_length = text->size();
            if (auto* file = std::get_if<http::FileBody>(&response.body)) response.announced_length = file->length;
            if (auto* source = std::get_if<std::shared_ptr<http::BodySource>>(&response.body))
                response.announced_length = (*source)->length();
        }
        response.body = std::string();
    }
    measure(response);
    log_answer(response);
    return response;
}

void Exchange::measure(const http::Response& response) const {
    if (!service_.metrics) return;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began_;
    service_.metrics->count(parts_.endpoint, response.status, took.count());
}

void Exchange::log_answer(const http::Response& response) const {
    const bool notable = request_.method != http::Method::get && request_.method != http::Method::head;
    const auto level = notable ? log::Level::info : log::Level::debug;
    if (!log::enabled(level)) return;
    log::RequestScope scope(parts_.request_id);
    const std::string global = parts_.global_request_id.empty() ? "" : " global " + parts_.global_request_id;
    const std::string who =
        parts_.actor ? " user " + parts_.actor->user_id + " project " + parts_.actor->project_id : "";
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began_);
    log::write(level, fmt::format("{} \"{} {}\" {} in {} us{}{}", service_.description.name, request_.method_text,
                                  request_.path, response.status, took.count(), who, global));
}

}  // namespace cumulet::api
