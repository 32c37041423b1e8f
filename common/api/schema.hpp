// Request schemas: compiled once per endpoint and per span of microversions in which they do not change.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/api/endpoint.hpp"

namespace cumulet::api {

// The first thing that is wrong with a document, in the words of Python's jsonschema, which users know from OpenStack.
struct SchemaProblem {
    std::vector<std::string> path;  // members and positions from the root to the wrong value
    nlohmann::json value;           // the wrong value
    std::string message;            // "1 is not of type 'string'"
    std::string field() const { return path.empty() ? std::string() : path.back(); }
    std::string dotted() const;
};

class RequestSchema {
public:
    // Throws std::logic_error when the text is no JSON Schema.
    explicit RequestSchema(std::string_view text);
    ~RequestSchema();
    RequestSchema(RequestSchema&&) noexcept;
    RequestSchema& operator=(RequestSchema&&) noexcept;
    // Any thread.
    std::optional<SchemaProblem> check(const nlohmann::json& document, Version version) const;
    // The schema as it stands at `version`: documentation.
    const nlohmann::json& at(Version version) const;

private:
    struct Compiled;
    std::size_t bucket(Version version) const;
    std::vector<Version> boundaries_;                  // where the schema changes, ascending
    std::vector<std::unique_ptr<Compiled>> compiled_;  // one more than boundaries_
};

// `schema` without what does not exist at `version` ("x-since", "x-until" of properties).
nlohmann::json schema_at(const nlohmann::json& schema, Version version);
// Where such a schema changes, ascending. Throws std::logic_error for an unreadable version.
std::vector<Version> schema_boundaries(const nlohmann::json& schema);

// schema_explain.cpp: which error of those that the validator found to show, and in what words. `path` leads to the
// value.
struct RawError {
    std::vector<std::string> path;
    std::string description;
};
SchemaProblem explain(const nlohmann::json& schema, const nlohmann::json& document,
                      const std::vector<RawError>& errors);

}  // namespace cumulet::api
