#include "objectstore/s3/paging.hpp"

#include <charconv>

#include "common/runtime/text.hpp"

namespace cumulet::objectstore::s3 {

std::string PageOrder::shown(std::string_view name) const {
    return as_url ? text::percent_encode(name, "/") : std::string(name);
}

std::size_t number_in_query(const S3Call& call, std::string_view name, std::size_t fallback, std::size_t maximum) {
    const auto sent = call.query(name);
    if (!sent || sent->empty()) return fallback;
    std::int64_t value = -1;
    const auto read = std::from_chars(sent->data(), sent->data() + sent->size(), value);
    if (read.ec != std::errc{} || read.ptr != sent->data() + sent->size() || value < 0 || value > INT32_MAX)
        throw S3Error("InvalidArgument", "Provided " + std::string(name) + " not an integer or within integer range")
            .with("ArgumentName", std::string(name))
            .with("ArgumentValue", *sent);
    return std::min(static_cast<std::size_t>(value), maximum);
}

PageOrder page_order(const S3Call& call, std::string_view limit) {
    PageOrder order{.prefix = call.query_or("prefix", ""), .delimiter = call.query_or("delimiter", "")};
    const auto maximum = call.s3.settings.max_keys;
    order.max_keys = number_in_query(call, limit, maximum, maximum);
    if (const auto encoding = call.query("encoding-type"); encoding && !encoding->empty()) {
        if (!text::iequals(*encoding, "url"))
            throw S3Error("InvalidArgument", "Invalid Encoding Method specified in Request")
                .with("ArgumentName", "encoding-type");
        order.as_url = true;
    }
    return order;
}

std::string name_in_token(const std::string& token) {
    const auto decoded = text::from_base64(token);
    if (!decoded)
        throw S3Error("InvalidArgument", "The continuation token provided is incorrect")
            .with("ArgumentName", "continuation-token");
    return *decoded;
}

}  // namespace cumulet::objectstore::s3
