#include "common/api/schema.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <boost/regex.hpp>
#include <stdexcept>
#include <unordered_map>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/adapters/std_string_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "common/api/microversion.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/ids.hpp"
#include "common/runtime/text.hpp"

namespace cumulet::api {

namespace {

// libstdc++'s expressions recurse once a character and run out of stack on long input; Boost's do not, and give up with
// an exception where matching would take too long. Patterns come from our own schemas, so the cache stays small.
bool matches(const std::string& text, const std::string& pattern) {
    thread_local std::unordered_map<std::string, boost::regex> cache;
    auto found = cache.find(pattern);
    if (found == cache.end()) found = cache.emplace(pattern, boost::regex(pattern)).first;
    try {
        return boost::regex_search(text, found->second);
    } catch (const std::runtime_error&) {
        return false;
    }
}

// Expressions are compiled once here, so that a wrong one stops the start and not a request.
void check_patterns(const nlohmann::json& node) {
    if (node.is_object()) {
        if (auto pattern = node.find("pattern"); pattern != node.end() && pattern->is_string())
            boost::regex compiled(pattern->get<std::string>());
        if (auto patterns = node.find("patternProperties"); patterns != node.end() && patterns->is_object())
            for (const auto& [pattern, child] : patterns->items()) boost::regex compiled(pattern);
    }
    if (node.is_structured())
        for (const auto& child : node) check_patterns(child);
}

bool is_address(int family, const std::string& text) {
    unsigned char bytes[sizeof(in6_addr)];
    return inet_pton(family, text.c_str(), bytes) == 1;
}

bool has_format(const std::string& text, const std::string& format) {
    if (format == "uuid") return is_uuid(text);
    if (format == "date-time") return parse_iso(text).has_value();
    if (format == "ipv4") return is_address(AF_INET, text);
    if (format == "ipv6") return is_address(AF_INET6, text);
    if (format == "base64") return text::from_base64(text).has_value();
    if (format == "uri") return text.find("://") != std::string::npos && text.find(' ') == std::string::npos;
    return true;
}

}  // namespace
}  // namespace cumulet::api

namespace valijson {

// The validator's own answers to "pattern" and "format" are replaced by ours, for documents and for names of members.
template <>
bool ValidationVisitor<adapters::NlohmannJsonAdapter>::visit(const constraints::PatternConstraint& constraint) {
    const auto pattern = constraint.getPattern<std::allocator<char>>();
    if (!m_target.isString() || cumulet::api::matches(m_target.asString(), pattern)) return true;
    if (m_results) m_results->pushError(m_context, "does not match '" + pattern + "'");
    return false;
}

template <>
bool ValidationVisitor<adapters::StdStringAdapter>::visit(const constraints::PatternConstraint& constraint) {
    return cumulet::api::matches(m_target.asString(), constraint.getPattern<std::allocator<char>>());
}

template <>
bool ValidationVisitor<adapters::NlohmannJsonAdapter>::visit(const constraints::FormatConstraint& constraint) {
    if (!m_target.isString() || cumulet::api::has_format(m_target.asString(), constraint.getFormat())) return true;
    if (m_results) m_results->pushError(m_context, "is not a '" + constraint.getFormat() + "'");
    return false;
}

template <>
bool ValidationVisitor<adapters::NlohmannJsonAdapter>::visit(const constraints::PropertyNamesConstraint& constraint) {
    if (!m_target.isObject()) return true;
    for (const adapters::NlohmannJsonObjectMember member : m_target.asObject()) {
        adapters::StdStringAdapter name(member.first);
        ValidationVisitor<adapters::StdStringAdapter> visitor(name, m_context, m_strictTypes, nullptr, m_regexesCache);
        if (visitor.validateSchema(*constraint.getSubschema())) continue;
        if (m_results) m_results->pushError(m_context, "unexpected name '" + member.first + "'");
        return false;
    }
    return true;
}

}  // namespace valijson

namespace cumulet::api {

using nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

struct RequestSchema::Compiled {
    json text;
    valijson::Schema schema;
};

std::string SchemaProblem::dotted() const {
    std::string out;
    for (const auto& part : path) out += (out.empty() ? "" : ".") + part;
    return out;
}

RequestSchema::RequestSchema(std::string_view text) {
    try {
        const json schema = json::parse(text);
        boundaries_ = schema_boundaries(schema);
        check_patterns(schema);
        for (std::size_t i = 0; i <= boundaries_.size(); ++i) {
            auto compiled = std::make_unique<Compiled>();
            compiled->text = schema_at(schema, i == 0 ? Version{0, 0} : boundaries_[i - 1]);
            valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
            parser.populateSchema(Adapter(compiled->text), compiled->schema);
            compiled_.push_back(std::move(compiled));
        }
    } catch (const std::logic_error&) {
        throw;
    } catch (const std::exception& error) {
        throw std::logic_error(std::string("not a JSON Schema: ") + error.what());
    }
}

RequestSchema::~RequestSchema() = default;
RequestSchema::RequestSchema(RequestSchema&&) noexcept = default;
RequestSchema& RequestSchema::operator=(RequestSchema&&) noexcept = default;

std::size_t RequestSchema::bucket(Version version) const {
    return static_cast<std::size_t>(std::upper_bound(boundaries_.begin(), boundaries_.end(), version) -
                                    boundaries_.begin());
}

const json& RequestSchema::at(Version version) const { return compiled_[bucket(version)]->text; }

std::optional<SchemaProblem> RequestSchema::check(const json& document, Version version) const {
    const Compiled& compiled = *compiled_[bucket(version)];
    valijson::Validator validator;
    if (validator.validate(compiled.schema, Adapter(document), nullptr)) return std::nullopt;
    valijson::ValidationResults results;
    validator.validate(compiled.schema, Adapter(document), &results);
    std::vector<RawError> errors;
    for (const auto& error : results) {
        RawError raw{{}, error.description};
        for (std::size_t i = 1; i < error.context.size(); ++i)  // the first is "<root>", the others stand in brackets
            raw.path.push_back(error.context[i].substr(1, error.context[i].size() - 2));
        errors.push_back(std::move(raw));
    }
    return explain(compiled.text, document, errors);
}

}  // namespace cumulet::api
