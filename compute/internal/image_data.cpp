// Image data for agents: a stream.
#include "common/api/stream.hpp"
#include "compute/images/images.hpp"
#include "compute/internal/tables.hpp"

namespace cumulet::compute::internal {

namespace {

http::Task<api::Reply> send_image(api::StreamCall& call) {
    if (call.request().peer_name.empty()) throw api::Fault(api::Errc::forbidden, "Only agents may ask.");
    std::optional<images::Image> image;
    auto find = [&](store::Transaction& txn) { image = images::find_image(txn, call.path("image_id")); };
    co_await call.transact(find);
    std::optional<images::Body> body;
    auto open = [&] {
        if (image && image->size)
            body = images::open_data(call.module<images::ImageStore>(), *image, 0,
                                     static_cast<std::uint64_t>(*image->size));
    };
    co_await call.offload(open);
    if (!body) throw api::Fault(api::Errc::not_found, "Image {} has no data.", call.path("image_id"));
    http::Response response;
    response.headers.set("Content-Type", "application/octet-stream");
    response.body = std::move(*body);
    co_return api::Reply::of(std::move(response));
}

constexpr api::StreamHandle kSendImage{send_image};

constexpr api::Endpoint kEndpoints[] = {
    {.method = http::Method::get,
     .path = "/v1/images/{image_id}/data",
     .policy = api::Policy::trusted_peer(),
     .summary = "The bytes of an image.",
     .stream = &kSendImage},
};

}  // namespace

api::EndpointTable image_endpoints() { return kEndpoints; }

}  // namespace cumulet::compute::internal
