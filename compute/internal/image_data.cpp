// Image data for agents: a stream.
#include "common/api/stream.hpp"
#include "compute/converge/host_control.hpp"
#include "compute/images/images.hpp"
#include "compute/images/snapshots.hpp"
#include "compute/images/transfer.hpp"
#include "compute/internal/tables.hpp"
#include "compute/model/server.hpp"

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

// The host of a server sends what a snapshot of it holds, and nothing else.
http::Task<api::Reply> take_image(api::StreamCall& call) {
    auto find = [&call](store::Transaction& txn) {
        auto image = images::find_image(txn, call.path("image_id"));
        if (!image) throw api::Fault(api::Errc::not_found, "Image {} is not there any more.", call.path("image_id"));
        auto server = txn.peek<Server>(call.query("server").value_or(""));
        if (!server || !images::is_snapshot_of(*image, server->id) ||
            !converge::HostControl::may_speak_for(txn, call.request().peer_name, server->host))
            throw api::Fault(api::Errc::forbidden, "Image {} is not made of a server of this host.", image->id);
        return *std::move(image);
    };
    images::FindForUpload finder = find;
    co_await images::take_data(call, std::move(finder), images::Status::saving, images::Status::active);
    co_return api::Reply::no_content();
}

constexpr api::StreamHandle kSendImage{send_image};
constexpr api::StreamHandle kTakeImage{take_image};

constexpr api::Endpoint kEndpoints[] = {
    {.method = http::Method::get,
     .path = "/v1/images/{image_id}/data",
     .policy = api::Policy::trusted_peer(),
     .summary = "The bytes of an image.",
     .stream = &kSendImage},
    {.method = http::Method::put,
     .path = "/v1/images/{image_id}/data",
     .policy = api::Policy::trusted_peer(),
     .success = 204,
     .summary = "Takes the bytes of an image that the host made of a server.",
     .stream = &kTakeImage},
};

}  // namespace

api::EndpointTable image_endpoints() { return kEndpoints; }

}  // namespace cumulet::compute::internal
