// From a path to the endpoints that may answer it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/api/endpoint.hpp"

namespace cumulet::api {

using PathParameters = std::vector<std::pair<std::string_view, std::string>>;

class Router {
public:
    Router();
    ~Router();
    // Throws std::logic_error when an endpoint already answers the same calls, or the path is malformed. The endpoint
    // outlives the router.
    void add(const Endpoint& endpoint);

    struct Match {
        // All that answer this path, method and version: one, or several actions. Empty: none.
        std::vector<const Endpoint*> endpoints;
        PathParameters parameters;
        std::vector<const Endpoint*> other_versions;  // as `endpoints`, but not in this version
        std::string
            allowed_methods;  // without endpoints: what this path takes instead ("GET, HEAD, POST"); empty: nothing
    };
    // `path` as sent, without its query, still percent-encoded. `head` is answered by GET where nothing answers HEAD
    // itself. Throws Fault 400 for a parameter with broken escapes or broken UTF-8. Any thread.
    Match find(http::Method method, std::string_view path, Version version) const;

private:
    struct Node;
    std::unique_ptr<Node> root_;
};

}  // namespace cumulet::api
