#include "common/api/fault.hpp"

#include <array>
#include <utility>

namespace cumulet::api {

namespace {

constexpr std::array<std::pair<Errc, ErrcInfo>, 21> kTable{{
    {Errc::bad_request,
     {400, "Bad Request", "badRequest", false,
      "The server could not comply with the request since it is either malformed or otherwise incorrect."}},
    {Errc::unauthorized,
     {401, "Unauthorized", "unauthorized", false,
      "This server could not verify that you are authorized to access the document you requested."}},
    {Errc::forbidden, {403, "Forbidden", "forbidden", false, "Access was denied to this resource."}},
    {Errc::over_limit, {403, "Forbidden", "forbidden", false, "Access was denied to this resource."}},
    {Errc::not_found, {404, "Not Found", "itemNotFound", false, "The resource could not be found."}},
    {Errc::method_not_allowed,
     {405, "Method Not Allowed", "badMethod", false, "The method is not allowed for this resource."}},
    {Errc::not_acceptable,
     {406, "Not Acceptable", "computeFault", false,
      "The resource is not available in a format acceptable to your browser."}},
    {Errc::request_timeout,
     {408, "Request Timeout", "computeFault", true,
      "The server has waited too long for the request to be sent by the client."}},
    {Errc::conflict,
     {409, "Conflict", "conflictingRequest", false, "There was a conflict when trying to complete your request."}},
    {Errc::gone, {410, "Gone", "computeFault", false, "This resource is no longer available."}},
    {Errc::length_required, {411, "Length Required", "computeFault", false, "Content-Length header required."}},
    {Errc::precondition_failed,
     {412, "Precondition Failed", "computeFault", false, "A precondition for this request was not met."}},
    {Errc::too_large,
     {413, "Request Entity Too Large", "overLimit", false, "The body of your request was too large for this server."}},
    {Errc::unsupported_media,
     {415, "Unsupported Media Type", "badMediaType", false, "The request media type is not supported by this server."}},
    {Errc::range_not_satisfiable,
     {416, "Requested Range Not Satisfiable", "computeFault", false, "The Range requested is not available."}},
    {Errc::unprocessable,
     {422, "Unprocessable Entity", "computeFault", false, "Unable to process the contained instructions"}},
    {Errc::too_many_requests, {429, "Too Many Requests", "overLimit", true, "There were too many requests."}},
    {Errc::internal,
     {500, "Internal Server Error", "computeFault", false,
      "The server has either erred or is incapable of performing the requested operation."}},
    {Errc::not_implemented,
     {501, "Not Implemented", "notImplemented", false, "The requested method is not implemented by this server."}},
    {Errc::unavailable,
     {503, "Service Unavailable", "serviceUnavailable", true,
      "The server is currently unavailable. Please try again at a later time."}},
    {Errc::insufficient_storage,
     {507, "Insufficient Storage", "computeFault", false, "There was not enough space to save the resource."}},
}};

}  // namespace

const ErrcInfo& info(Errc code) {
    for (const auto& [candidate, entry] : kTable)
        if (candidate == code) return entry;
    throw std::logic_error("an Errc is missing from the table of faults");
}

Fault Fault::general(Errc code) {
    Fault fault(code, "{}", info(code).explanation);
    fault.general_ = true;
    return fault;
}

Errc errc_of_status(int status) {
    for (const auto& [code, entry] : kTable)
        if (entry.status == status) return code;
    return status >= 500 ? Errc::internal : Errc::bad_request;
}

}  // namespace cumulet::api
