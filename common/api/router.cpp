#include "common/api/router.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "common/api/fault.hpp"
#include "common/runtime/text.hpp"

namespace cumulet::api {

namespace {

struct Entry {
    const Endpoint* endpoint;
    std::vector<std::string_view> names;  // of the parameters, in path order
};

bool overlap(const Endpoint& a, const Endpoint& b) {
    if (a.method != b.method || a.action != b.action) return false;
    const bool a_ends_before = a.until.set() && b.since.set() && a.until < b.since;
    const bool b_ends_before = b.until.set() && a.since.set() && b.until < a.since;
    return !a_ends_before && !b_ends_before;
}

bool in_version(const Endpoint& endpoint, Version version) {
    if (endpoint.since.set() && version < endpoint.since) return false;
    return !endpoint.until.set() || version <= endpoint.until;
}

// The path without leading slashes and without one trailing slash.
std::string_view inner(std::string_view path) {
    while (!path.empty() && path.front() == '/') path.remove_prefix(1);
    return path;
}

std::pair<std::string_view, std::string_view> first_segment(std::string_view path) {
    const auto slash = path.find('/');
    if (slash == std::string_view::npos) return {path, {}};
    return {path.substr(0, slash), path.substr(slash + 1)};
}

std::string decode(std::string_view name, std::string_view raw) {
    auto value = text::percent_decode(raw);
    if (!value || !text::is_utf8(*value) || value->find('\0') != std::string::npos)
        throw Fault(Errc::bad_request, "The {} in the URL is not valid percent-encoded UTF-8.", name);
    return std::move(*value);
}

void add_methods(const std::vector<Entry>& entries, Version version, std::vector<std::string_view>& methods) {
    auto add = [&](std::string_view method) {
        if (std::find(methods.begin(), methods.end(), method) == methods.end()) methods.push_back(method);
    };
    for (const auto& entry : entries) {
        if (!in_version(*entry.endpoint, version)) continue;
        add(to_string(entry.endpoint->method));
        if (entry.endpoint->method == http::Method::get) add("HEAD");
    }
}

}  // namespace

struct Router::Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> parameter;
    std::vector<Entry> here;
    std::vector<Entry> tail;  // of endpoints that take the rest of the path
};

namespace {

struct Search {
    http::Method method;
    Version version;
    Router::Match& match;
    std::vector<std::string_view> values;
    std::vector<std::string_view> methods;

    bool take(const std::vector<Entry>& entries, http::Method wanted) {
        for (const auto& entry : entries) {
            if (entry.endpoint->method != wanted) continue;
            if (!in_version(*entry.endpoint, version)) {
                match.other_versions.push_back(entry.endpoint);
                continue;
            }
            if (match.endpoints.empty())
                for (std::size_t i = 0; i < entry.names.size(); ++i)
                    match.parameters.emplace_back(entry.names[i], decode(entry.names[i], values[i]));
            match.endpoints.push_back(entry.endpoint);
        }
        return !match.endpoints.empty();
    }

    bool settle(const std::vector<Entry>& entries) {
        if (take(entries, method)) return true;
        if (method == http::Method::head && take(entries, http::Method::get)) return true;
        add_methods(entries, version, methods);
        return false;
    }

    // Literal segments outweigh parameters, parameters outweigh tails; what does not answer the method is backed out
    // of.
    template <class Node>
    bool walk(const Node& node, std::string_view rest) {
        if (rest.empty()) return settle(node.here);
        const auto [segment, after] = first_segment(rest);
        if (auto found = node.literals.find(segment); found != node.literals.end())
            if (walk(*found->second, after)) return true;
        if (node.parameter && !segment.empty()) {
            values.push_back(segment);
            if (walk(*node.parameter, after)) return true;
            values.pop_back();
        }
        if (node.tail.empty()) return false;
        values.push_back(rest);
        if (settle(node.tail)) return true;
        values.pop_back();
        return false;
    }
};

}  // namespace

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;

void Router::add(const Endpoint& endpoint) {
    Entry entry{&endpoint, {}};
    Node* node = root_.get();
    std::vector<Entry>* entries = nullptr;
    for (std::string_view rest = inner(endpoint.path); !rest.empty();) {
        const auto [segment, after] = first_segment(rest);
        rest = after;
        if (segment.size() > 2 && segment.front() == '{' && segment.back() == '}') {
            auto name = segment.substr(1, segment.size() - 2);
            const bool takes_rest = name.back() == '*';
            if (takes_rest) name.remove_suffix(1);
            entry.names.push_back(name);
            if (takes_rest) {
                if (!rest.empty())
                    throw std::logic_error(fmt::format("{}: nothing may follow {}", endpoint.path, segment));
                entries = &node->tail;
                break;
            }
            if (!node->parameter) node->parameter = std::make_unique<Node>();
            node = node->parameter.get();
        } else {
            auto& child = node->literals[std::string(segment)];
            if (!child) child = std::make_unique<Node>();
            node = child.get();
        }
    }
    if (!entries) entries = &node->here;
    for (const auto& other : *entries)
        if (overlap(*other.endpoint, endpoint))
            throw std::logic_error(fmt::format("{} {} {} answers the same calls as {}", to_string(endpoint.method),
                                               endpoint.path, endpoint.action, other.endpoint->path));
    entries->push_back(std::move(entry));
}

Router::Match Router::find(http::Method method, std::string_view path, Version version) const {
    Match match;
    Search search{method, version, match, {}, {}};
    if (search.walk(*root_, inner(path))) return match;
    std::sort(search.methods.begin(), search.methods.end());
    for (const auto& allowed : search.methods)
        match.allowed_methods += (match.allowed_methods.empty() ? "" : ", ") + std::string(allowed);
    return match;
}

}  // namespace cumulet::api
