#include "common/api/fault.hpp"

#include <array>
#include <utility>

namespace cumulet::api {

namespace {

constexpr std::array<std::pair<Errc, ErrcInfo>, 21> kTable{{
    {Errc::bad_request, {400, "Bad Request", "badRequest", false}},
    {Errc::unauthorized, {401, "Unauthorized", "unauthorized", false}},
    {Errc::forbidden, {403, "Forbidden", "forbidden", false}},
    {Errc::over_limit, {403, "Forbidden", "forbidden", false}},
    {Errc::not_found, {404, "Not Found", "itemNotFound", false}},
    {Errc::method_not_allowed, {405, "Method Not Allowed", "badMethod", false}},
    {Errc::not_acceptable, {406, "Not Acceptable", "computeFault", false}},
    {Errc::request_timeout, {408, "Request Timeout", "computeFault", true}},
    {Errc::conflict, {409, "Conflict", "conflictingRequest", false}},
    {Errc::gone, {410, "Gone", "computeFault", false}},
    {Errc::length_required, {411, "Length Required", "computeFault", false}},
    {Errc::precondition_failed, {412, "Precondition Failed", "computeFault", false}},
    {Errc::too_large, {413, "Request Entity Too Large", "overLimit", false}},
    {Errc::unsupported_media, {415, "Unsupported Media Type", "badMediaType", false}},
    {Errc::range_not_satisfiable, {416, "Requested Range Not Satisfiable", "computeFault", false}},
    {Errc::unprocessable, {422, "Unprocessable Entity", "computeFault", false}},
    {Errc::too_many_requests, {429, "Too Many Requests", "overLimit", true}},
    {Errc::internal, {500, "Internal Server Error", "computeFault", false}},
    {Errc::not_implemented, {501, "Not Implemented", "notImplemented", false}},
    {Errc::unavailable, {503, "Service Unavailable", "serviceUnavailable", true}},
    {Errc::insufficient_storage, {507, "Insufficient Storage", "computeFault", false}},
}};

}  // namespace

const ErrcInfo& info(Errc code) {
    for (const auto& [candidate, entry] : kTable)
        if (candidate == code) return entry;
    throw std::logic_error("an Errc is missing from the table of faults");
}

Errc errc_of_status(int status) {
    for (const auto& [code, entry] : kTable)
        if (entry.status == status) return code;
    return status >= 500 ? Errc::internal : Errc::bad_request;
}

}  // namespace cumulet::api
