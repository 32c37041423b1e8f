#include "common/api/schema_faults.hpp"

#include "common/api/python_text.hpp"

namespace cumulet::api {

namespace {

Fault nova_words(const SchemaProblem& problem) {
    if (problem.path.empty()) return Fault(Errc::bad_request, "{}", problem.message);
    return Fault(Errc::bad_request, "Invalid input for field/attribute {}. Value: {}. {}", problem.field(),
                 python_str(problem.value), problem.message);
}

Fault keystone_words(const SchemaProblem& problem) {
    if (problem.path.empty()) return Fault(Errc::bad_request, "{}", problem.message);
    return Fault(Errc::bad_request, "Invalid input for field '{}': {}", problem.dotted(), problem.message);
}

Fault neutron_words(const SchemaProblem& problem) {
    const std::string field = problem.path.empty() ? "the request body" : problem.field();
    return Fault(Errc::bad_request, "Invalid input for {}. Reason: {}.", field, problem.message);
}

Fault glance_words(const SchemaProblem& problem) {
    const std::string where = problem.path.empty() ? "" : " in '" + problem.dotted() + "'";
    return Fault(Errc::bad_request, "Provided object does not match schema{}: {}", where, problem.message);
}

Fault placement_words(const SchemaProblem& problem) {
    const std::string where = problem.path.empty() ? "" : " (in '" + problem.dotted() + "')";
    return Fault(Errc::bad_request, "JSON does not validate: {}{}", problem.message, where);
}

}  // namespace

SchemaFault default_schema_fault(FaultFormat format) {
    if (format == keystone_fault) return keystone_words;
    if (format == neutron_fault) return neutron_words;
    if (format == glance_fault) return glance_words;
    if (format == placement_fault) return placement_words;
    return nova_words;
}

}  // namespace cumulet::api
