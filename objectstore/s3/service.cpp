// Requests on their way in: virtual hosts, signatures, the bucket, the right to do it. And errors on their way out.
#include "objectstore/s3/service.hpp"

#include "common/api/fault.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/s3/call.hpp"
#include "objectstore/s3/caller.hpp"
#include "objectstore/s3/cors_answers.hpp"
#include "objectstore/s3/site.hpp"
#include "objectstore/s3/virtual_host.hpp"

namespace cumulet::objectstore::s3 {

namespace {

using api::Endpoint;
using api::Policy;
using api::Reply;
using http::Method;

// "bucket.s3.example.com" becomes a path; what was signed stays in the request's target.
void turn_host_into_path(http::Request& request, const api::Modules& modules) {
    const auto hosted = hosted_bucket(request, modules.get<S3>().settings);
    if (!hosted) return;
    request.path = "/" + text::percent_encode(hosted->bucket) + request.path;
    // Queries of a site's pages are for their scripts.
    if (hosted->site) request.query.clear();
}

Level level_of(const api::StreamCall& call) {
    if (call.endpoint().path == "/") return Level::service;
    return call.endpoint().path == "/{bucket}" ? Level::bucket : Level::object;
}

bool makes_bucket(const Operation& operation) { return operation.action == "s3:CreateBucket"; }

http::Task<Reply> answered(S3Call& call, Level level) {
    if (level != Level::service) call.bucket = call.http.path("bucket");
    if (level == Level::object) {
        call.object = call.http.path("object");
        if (call.object.size() > call.s3.settings.max_key_bytes) throw S3Error("KeyTooLongError");
    }
    const auto hosted = hosted_bucket(call.http.request(), call.s3.settings);
    if (call.http.request().method == Method::options) {
        find_container(call);
        co_return Reply::of(answer_preflight(call));
    }
    if (hosted && hosted->site) co_return co_await show_site(call, std::exchange(call.object, ""));
    co_await authenticate(call);
    const auto& request = call.http.request();
    const auto& operation = operation_for(request.method, level, request.query);
    call.operation = &operation;
    if (operation.grant == Grant::anyone && call.anonymous()) throw S3Error("AccessDenied");
    if (operation.grant == Grant::in_body) co_return co_await operation.run(call);
    if (level != Level::service && !makes_bucket(operation)) find_container(call);
    find_rights(call);
    // Where the object's ACL matters, the handler authorizes once it has read the object.
    if (operation.grant != Grant::anyone && !operation.object_acl)
        authorize(call, operation.action, operation.grant, call.object);
    co_return co_await operation.run(call);
}

http::Response error_response(const S3Error& error, bool to_head, const std::string& request_id) {
    http::Response response;
    response.status = error.status();
    if (to_head) response.headers.set("Content-Type", "application/xml");
    if (error.status() != 304 && !to_head) {
        XmlOut out("Error", true);
        out.add("Code", error.code()).add("Message", error.what());
        for (const auto& [name, value] : error.elements()) out.add(name, value);
        out.add("RequestId", request_id).add("HostId", request_id);
        response.headers.set("Content-Type", "application/xml");
        response.body = out.take();
    }
    for (const auto& [name, value] : error.headers()) response.headers.set(name, value);
    if (error.status() == 503) response.headers.set("Retry-After", "1");
    return response;
}

http::Task<Reply> serve(api::StreamCall& http) {
    S3Call call{.http = http, .s3 = http.module<S3>()};
    std::optional<S3Error> error;
    try {
        Reply reply = co_await answered(call, level_of(http));
        show_cors(call, reply.response().headers);
        co_return reply;
    } catch (const S3Error& found) {
        error = found;
    }
    auto response = error_response(*error, http.request().method == Method::head, http.request_id());
    if (call.s3.settings.as_swift && response.status == 304) response.announced_length = 0;
    show_cors(call, response.headers);
    co_return Reply::of(std::move(response));
}

S3Error as_error(const api::Fault& fault) {
    const std::string what = fault.what();
    switch (fault.status()) {
        case 400:
            return S3Error("InvalidRequest", what);
        case 401:
        case 403:
            return S3Error("AccessDenied");
        case 404:
            return S3Error("NoSuchKey");
        case 405:
            return S3Error("MethodNotAllowed");
        case 408:
            return S3Error("IncompleteBody", what);
        case 409:
            return S3Error("OperationAborted", what);
        case 411:
            return S3Error("MissingContentLength");
        case 412:
            return S3Error("PreconditionFailed");
        case 413:
            return what.find("quota") == std::string::npos ? S3Error("EntityTooLarge") : S3Error("QuotaExceeded");
        case 416:
            return S3Error("InvalidRange");
        case 503:
        case 507:
            return S3Error("ServiceUnavailable", what);
        default:
            return S3Error("InternalError", what);
    }
}

http::Response s3_fault(const api::Fault& fault, const std::string& request_id) {
    auto response = error_response(as_error(fault), false, request_id);
    if (fault.status() == 507) response.status = 507;
    return response;
}

// 16 upper-case hex digits, as AWS has them.
std::string request_id(Random& random, Timestamp) {
    auto id = random.hex_uuid().substr(0, 16);
    for (auto& c : id) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return id;
}

constexpr api::StreamHandle kServe{serve};

constexpr Endpoint kTable[] = {
    {.method = Method::get,
     .path = "/",
     .policy = Policy::by_resource(),
     .summary = "List the caller's buckets.",
     .stream = &kServe},
    {.method = Method::get,
     .path = "/{bucket}",
     .policy = Policy::by_resource(),
     .summary = "List a bucket's objects, versions or uploads, or show one of its settings.",
     .stream = &kServe},
    {.method = Method::put,
     .path = "/{bucket}",
     .policy = Policy::by_resource(),
     .summary = "Create a bucket, or change one of its settings.",
     .stream = &kServe},
    {.method = Method::post,
     .path = "/{bucket}",
     .policy = Policy::by_resource(),
     .summary = "Delete many objects, or put one from an HTML form.",
     .stream = &kServe},
    {.method = Method::del,
     .path = "/{bucket}",
     .policy = Policy::by_resource(),
     .summary = "Delete an empty bucket, or one of its settings.",
     .stream = &kServe},
    {.method = Method::options,
     .path = "/{bucket}",
     .policy = Policy::by_resource(),
     .summary = "Ask whether a browser's request would be allowed.",
     .stream = &kServe},
    {.method = Method::get,
     .path = "/{bucket}/{object*}",
     .policy = Policy::by_resource(),
     .summary = "Read an object, a part of it, or one of its settings.",
     .stream = &kServe},
    {.method = Method::put,
     .path = "/{bucket}/{object*}",
     .policy = Policy::by_resource(),
     .summary = "Put or copy an object or a part, or change one of its settings.",
     .stream = &kServe},
    {.method = Method::post,
     .path = "/{bucket}/{object*}",
     .policy = Policy::by_resource(),
     .summary = "Begin or complete a multipart upload.",
     .stream = &kServe},
    {.method = Method::del,
     .path = "/{bucket}/{object*}",
     .policy = Policy::by_resource(),
     .summary = "Delete an object, a version, its tags, or an upload.",
     .stream = &kServe},
    {.method = Method::options,
     .path = "/{bucket}/{object*}",
     .policy = Policy::by_resource(),
     .summary = "Ask whether a browser's request would be allowed.",
     .stream = &kServe},
};

}  // namespace

std::vector<api::EndpointTable> all_tables() { return {kTable}; }

api::ServiceDescription description() {
    return {.name = "s3",
            .tables = all_tables(),
            .fault = s3_fault,
            .request_id_headers = {"x-amz-request-id", "x-amz-id-2"},
            .make_request_id = request_id,
            .prepare = turn_host_into_path};
}

}  // namespace cumulet::objectstore::s3
