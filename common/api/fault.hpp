// Faults: thrown where something is found wrong, turned once, by the dispatcher, into the fault document of the
// service.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace cumulet::api {

enum class Errc {
    bad_request,            // 400
    unauthorized,           // 401
    forbidden,              // 403
    over_limit,             // 403: a quota
    not_found,              // 404
    method_not_allowed,     // 405
    not_acceptable,         // 406: microversion
    request_timeout,        // 408
    conflict,               // 409
    gone,                   // 410
    length_required,        // 411
    precondition_failed,    // 412
    too_large,              // 413
    unsupported_media,      // 415
    range_not_satisfiable,  // 416
    unprocessable,          // 422
    too_many_requests,      // 429
    internal,               // 500
    not_implemented,        // 501
    unavailable,            // 503
    insufficient_storage    // 507
};

struct ErrcInfo {
    int status;
    std::string_view title;      // "Bad Request"
    std::string_view nova_name;  // the member of Nova's fault document: "badRequest"
    bool retryable;
    std::string_view explanation;  // what the status says by itself
};
const ErrcInfo& info(Errc code);
// The code whose status this is; for statuses of none the nearest of its class (400 or 500).
Errc errc_of_status(int status);

class Fault : public std::runtime_error {
public:
    template <class... Args>
    Fault(Errc code, fmt::format_string<Args...> format, Args&&... args)
        : std::runtime_error(fmt::format(format, std::forward<Args>(args)...)), code_(code) {}

    // Says no more than its status does: services that have a page of their own for such faults show that.
    static Fault general(Errc code);
    bool is_general() const { return general_; }

    Errc code() const { return code_; }
    int status() const { return info(code_).status; }
    // What only operators may see: goes to the log.
    Fault&& detail(std::string text) && {
        detail_ = std::move(text);
        return std::move(*this);
    }
    const std::string& detail() const { return detail_; }
    // The machine-readable kind that some services show ("NetworkNotFound", "placement.concurrent_update").
    Fault&& kind(std::string text) && {
        kind_ = std::move(text);
        return std::move(*this);
    }
    const std::string& kind() const { return kind_; }

private:
    Errc code_;
    std::string detail_, kind_;
    bool general_ = false;
};

}  // namespace cumulet::api
