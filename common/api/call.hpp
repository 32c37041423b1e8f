// One API call as a handler sees it: parameters, body, actor, version, and the modules it works with.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <typeindex>
#include <utility>
#include <vector>

#include "common/api/endpoint.hpp"
#include "common/api/fault.hpp"
#include "common/api/reply.hpp"
#include "common/auth/context.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/ids.hpp"

namespace cumulet::api {

// What the handlers of a service share, by type: set up once before the service starts, then only read.
class Modules {
public:
    template <class T>
    void add(T& module) {
        items_.emplace_back(std::type_index(typeid(T)), &module);
    }
    template <class T>
    T& get() const {
        for (const auto& [type, item] : items_)
            if (type == std::type_index(typeid(T))) return *static_cast<T*>(item);
        throw std::logic_error("a module that handlers need was not registered");
    }

private:
    std::vector<std::pair<std::type_index, void*>> items_;
};

class Call {
public:
    struct Parts;  // what the dispatcher fills in
    explicit Call(Parts& parts) : parts_(parts) {}

    const Endpoint& endpoint() const;
    const http::Request& request() const;
    // A path parameter, percent-decoded. Asking for one that the path does not have is a logic_error.
    const std::string& path(std::string_view name) const;
    // A query parameter (the first of that name), decoded.
    std::optional<std::string> query(std::string_view name) const;
    std::vector<std::string> query_all(std::string_view name) const;
    const std::vector<std::pair<std::string, std::string>>& query_items() const;
    // true/false/1/0/yes/no/t/f, any case; Fault 400 for anything else.
    std::optional<bool> query_bool(std::string_view name) const;
    std::optional<std::string_view> header(std::string_view name) const;

    // The whole JSON body ({"server": {…}}, {"lock": {…}}), validated; null without one.
    const nlohmann::json& body() const;
    // Of an action endpoint: the value of the member that names the action (may be null).
    const nlohmann::json& action_body() const;
    Version version() const;  // negotiated microversion
    bool at_least(Version version) const { return this->version() >= version; }

    // Fault 401 when the endpoint is open and the call had no token.
    const auth::Context& actor() const;
    bool has_actor() const;
    const std::string& request_id() const;
    Timestamp now() const;
    Random& random() const;

    // Throws Fault 403 unless policy lets the actor do `rule` on `target`.
    void enforce(std::string_view rule, const nlohmann::json& target) const;
    bool allowed(std::string_view rule, const nlohmann::json& target) const;
    // The 403 that enforce() throws.
    Fault denied(std::string_view rule) const;

    // Scheme, host and port as the client used them (X-Forwarded-Proto/Host aware), for links: "http://10.0.0.1:8774".
    std::string base_url() const;

    template <class T>
    T& module() const {
        return modules().get<T>();
    }
    const Modules& modules() const;

protected:
    Parts& parts_;
};

// limit/marker paging. `limit` is the smaller of what was asked and `maximum`; Fault 400 for broken values.
struct PageRequest {
    std::size_t limit = 0;
    std::optional<std::string> marker;
    bool reverse = false;
    bool limited_by_client = false;  // a limit was given: only then some services link to the next page
};
PageRequest page_request(const Call& call, std::size_t maximum);
// The current URL with `marker` replaced, for "next" links.
std::string next_link(const Call& call, std::string_view marker);

}  // namespace cumulet::api
