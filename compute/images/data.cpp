// Data of images: upload, staging, import, download.
#include "common/api/stream.hpp"
#include "common/http/range.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/text.hpp"
#include "compute/images/access.hpp"
#include "compute/images/api.hpp"
#include "compute/images/image_store.hpp"
#include "compute/images/images.hpp"
#include "compute/images/policies.hpp"
#include "compute/images/transfer.hpp"
#include "compute/images/upload.hpp"

namespace cumulet::compute::images {
namespace {

using api::Errc;
using api::Fault;
using nlohmann::json;

// Marks the image as receiving and returns it; from here on only the upload with this id may end that state.
Image begin_upload(Image image, store::Transaction& txn, Status receiving, const std::string& upload_id) {
    if (image.status != Status::queued)
        throw Fault(Errc::conflict, "Image status transition from {} to {} is not allowed",
                    store::enum_name(image.status), store::enum_name(receiving));
    if (image.disk_format.empty() || image.container_format.empty())
        throw Fault(Errc::bad_request, "Properties disk_format, container_format must be set prior to saving data.");
    image.status = receiving;
    image.upload_id = upload_id;
    image.updated_at = txn.now();
    txn.put(image, "receiving");
    return image;
}

std::optional<Image> receiving_image(store::Transaction& txn, const std::string& id, const std::string& upload_id) {
    auto image = txn.get<Image>(id);
    if (!image || image->upload_id != upload_id) return std::nullopt;
    image->upload_id.clear();
    image->updated_at = txn.now();
    return image;
}

void complete_upload(store::Transaction& txn, const std::string& id, const std::string& upload_id, Status reached,
                     const Received& received) {
    auto image = receiving_image(txn, id, upload_id);
    if (!image)
        throw Fault(Errc::gone, "Image {} could not be found after upload. It may have been deleted during the upload.",
                    id);
    image->status = reached;
    image->size = received.size;
    image->virtual_size = received.virtual_size;
    image->md5 = received.md5;
    image->sha512 = received.sha512;
    image->data_key = upload_id;
    txn.put(*image, "received");
}

// A failed upload leaves the image as it was, so that the user can try again.
void restore(store::Transaction& txn, const std::string& id, const std::string& upload_id) {
    if (auto image = receiving_image(txn, id, upload_id)) {
        image->status = Status::queued;
        txn.put(*image, "upload failed");
    }
}

}  // namespace

http::Task<void> take_data(api::StreamCall& call, FindForUpload find, Status receiving, Status reached) {
    if (!text::to_lower(call.header("Content-Type").value_or("")).starts_with("application/octet-stream"))
        throw Fault(Errc::unsupported_media, "Image data is sent as application/octet-stream.");
    const std::string upload_id = call.random().uuid();
    Image image;
    auto begin = [&](store::Transaction& txn) { image = begin_upload(find(txn), txn, receiving, upload_id); };
    co_await call.transact(begin);
    std::exception_ptr failure;
    bool stored = false;
    try {
        const Received received = co_await receive(call, upload_id, image.disk_format);
        stored = true;
        auto complete = [&](store::Transaction& txn) { complete_upload(txn, image.id, upload_id, reached, received); };
        co_await call.transact(complete);
    } catch (...) {
        failure = std::current_exception();
    }
    if (!failure) co_return;
    if (stored) {
        auto remove = [&] { call.module<ImageStore>().remove(upload_id); };
        co_await call.offload(remove);
    }
    auto give_back = [&](store::Transaction& txn) { restore(txn, image.id, upload_id); };
    co_await call.transact(give_back);
    std::rethrow_exception(failure);
}

namespace {

FindForUpload asked_for(api::StreamCall& call) {
    return [&call](store::Transaction& txn) { return image_for(call, txn, "upload_image"); };
}

http::Task<api::Reply> upload(api::StreamCall& call) {
    auto find = asked_for(call);
    co_await take_data(call, std::move(find), Status::saving, Status::active);
    co_return api::Reply::no_content();
}

http::Task<api::Reply> stage(api::StreamCall& call) {
    auto find = asked_for(call);
    co_await take_data(call, std::move(find), Status::uploading, Status::uploading);
    co_return api::Reply::no_content();
}

api::Reply import_image(api::Call& call, store::Transaction& txn) {
    Image image = image_for(call, txn, "modify_image");
    const std::string method = call.body()["method"]["name"];
    if (method != "glance-direct")
        throw Fault(Errc::bad_request, "Import method {} is not offered; glance-direct is.", method);
    if (image.status != Status::uploading || image.data_key.empty())
        throw Fault(Errc::conflict, "Only images with staged data can be imported: the status of {} is {}.", image.id,
                    store::enum_name(image.status));
    image.status = Status::active;
    image.updated_at = txn.now();
    txn.put(image, "imported");
    txn.put(ImageImport{.image_id = image.id,
                        .id = call.random().uuid(),
                        .method = method,
                        .request_id = call.request_id(),
                        .user_id = call.actor().user_id,
                        .project_id = call.actor().project_id,
                        .at = txn.now()},
            "imported");
    return api::Reply::accepted();
}

Image downloadable(const api::Call& call, store::Transaction& txn) {
    const Image image = visible_image(call, txn);
    const std::string member = image.owner == call.actor().project_id ? "" : call.actor().project_id;
    require(call, "download_image", target_of(image, member));
    if (image.status == Status::deactivated && !call.actor().is_admin())
        throw Fault(Errc::forbidden, "The requested image has been deactivated. Image data download is forbidden.");
    return image;
}

http::Task<api::Reply> download(api::StreamCall& call) {
    Image image;
    auto find = [&](store::Transaction& txn) { image = downloadable(call, txn); };
    co_await call.transact(find);
    if (image.data_key.empty() || image.status == Status::uploading) co_return api::Reply::no_content();
    const auto size = static_cast<std::uint64_t>(image.size.value_or(0));
    const auto asked = http::parse_range(call.header("Range").value_or(""), size, 1);
    http::Response response;
    http::ByteRange range{0, size - 1};
    if (asked.kind == http::RangeKind::unsatisfiable) {
        co_return api::Reply::empty(416).header("Content-Range", http::content_range_unsatisfied(size));
    } else if (asked.kind == http::RangeKind::partial && asked.ranges.size() == 1) {
        range = asked.ranges.front();
        response.status = 206;
        response.headers.set("Content-Range", http::content_range(range, size));
    }
    auto body = open_data(call.module<ImageStore>(), image, range.first, size == 0 ? 0 : range.length());
    if (!body) {
        log::error("the data of image {} is missing from the image store ({})", image.id, image.data_key);
        throw Fault(Errc::not_found, "The data of image {} could not be found.", image.id);
    }
    response.body = std::move(*body);
    response.headers.set("Content-Type", "application/octet-stream");
    response.headers.set("Accept-Ranges", "bytes");
    if (response.status == 200) response.headers.set("Content-MD5", image.md5);
    co_return api::Reply::of(std::move(response));
}

constexpr api::StreamHandle kUpload{upload};
constexpr api::StreamHandle kStage{stage};
constexpr api::StreamHandle kDownload{download};

constexpr api::Schema kImportBody{R"({"type": "object", "required": ["method"], "properties": {
    "method": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}}})"};

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::put,
     .path = "/v2/images/{image_id}/file",
     .policy = kUploadImage,
     .success = 204,
     .summary = "Upload an image's data.",
     .stream = &kUpload},
    {.method = http::Method::get,
     .path = "/v2/images/{image_id}/file",
     .policy = kDownloadImage,
     .summary = "Download an image's data, or a range of it.",
     .stream = &kDownload},
    {.method = http::Method::put,
     .path = "/v2/images/{image_id}/stage",
     .policy = kUploadImage,
     .success = 204,
     .summary = "Upload data that an import will take.",
     .stream = &kStage},
    {.method = http::Method::post,
     .path = "/v2/images/{image_id}/import",
     .policy = kModifyImage,
     .body = kImportBody,
     .success = 202,
     .summary = "Make an image of staged data.",
     .handle = import_image},
};

}  // namespace

api::EndpointTable data_endpoints() { return kTable; }

}  // namespace cumulet::compute::images
