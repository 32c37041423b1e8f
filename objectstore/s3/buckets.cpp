#include "common/runtime/text.hpp"
#include "objectstore/model/listing.hpp"
#include "objectstore/s3/bucket_name.hpp"
#include "objectstore/s3/call.hpp"
#include "objectstore/s3/times.hpp"
#include "objectstore/s3/uploads.hpp"

namespace cumulet::objectstore::s3 {

namespace {

using api::Reply;
using http::Method;

bool is_address(std::string_view name) {
    int dots = 0;
    for (const char c : name) {
        if (c == '.')
            ++dots;
        else if (c < '0' || c > '9')
            return false;
    }
    return dots == 3;
}

void check_new_name(std::string_view name) {
    const auto alnum = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    bool fine = name.size() >= 3 && name.size() <= 63 && !is_address(name);
    for (std::size_t i = 0; fine && i < name.size(); ++i) {
        const char c = name[i];
        const bool edge = i == 0 || i + 1 == name.size();
        fine = alnum(c) || (!edge && (c == '-' || (c == '.' && name[i - 1] != '.')));
    }
    if (!fine) throw S3Error("InvalidBucketName").with("BucketName", std::string(name));
}

http::Task<Reply> list_buckets(S3Call& call) {
    auto txn = call.reading();
    XmlOut out("ListAllMyBucketsResult");
    const auto account = call.own_account();
    out.open("Owner").add("ID", call.canonical_id(account)).add("DisplayName", call.display_name(account)).close();
    out.open("Buckets");
    if (call.owns)
        for (const auto& entry : list_containers(txn, account, {.prefix = call.query_or("prefix", "")}))
            if (const auto* listed = std::get_if<ListedContainer>(&entry))
                out.open("Bucket")
                    .add("Name", listed->container.name)
                    .add("CreationDate", iso_millis(listed->container.created_at))
                    .close();
    out.close();
    co_return xml_reply(out);
}

http::Task<void> check_location(S3Call& call) {
    const auto text = co_await text_of(call, call.s3.settings.max_document_bytes);
    if (text.empty()) co_return;
    const auto document = parse_xml(text, "CreateBucketConfiguration");
    const auto* place = document.child("LocationConstraint");
    if (!place || place->text.empty()) co_return;
    const auto& regions = call.s3.settings.regions;
    if (std::find(regions.begin(), regions.end(), place->text) == regions.end())
        throw S3Error("InvalidLocationConstraint").with("LocationConstraint", place->text);
}

http::Task<Reply> create_bucket(S3Call& call) {
    check_new_name(call.bucket);
    if (!call.owns) throw S3Error("AccessDenied");
    co_await check_location(call);
    const auto account = call.own_account();
    const auto id = call.canonical_id(account);
    const auto acl = acl_of_headers(call.http.request().headers, id, id);
    const bool locks = call.header("x-amz-bucket-object-lock-enabled") == "true";
    const auto ownership = call.header("x-amz-object-ownership");
    co_await call.http.transact([&](store::Transaction& txn) {
        if (txn.get<Container>(account, call.bucket))
            throw S3Error("BucketAlreadyOwnedByYou").with("BucketName", call.bucket);
        if (const auto claim = txn.get<BucketName>(call.bucket);
            claim && claim->account != account && txn.get<Container>(claim->account, call.bucket))
            throw S3Error("BucketAlreadyExists").with("BucketName", call.bucket);
        ensure_account(txn, account, txn.now());
        const auto now = shown_precision(txn.now());
        Container container{.account = account, .name = call.bucket, .created_at = now, .changed_at = now};
        if (acl) container.system["acl"] = acl->text();
        if (locks) {
            container.versioning = Versioning::enabled;
            container.system["object-lock"] =
                XmlOut("ObjectLockConfiguration").add("ObjectLockEnabled", "Enabled").take();
        }
        if (ownership)
            container.system["ownershipControls"] =
                XmlOut("OwnershipControls").open("Rule").add("ObjectOwnership", *ownership).take();
        put_container(txn, container, "created");
        txn.put(BucketName{call.bucket, account}, "created");
    });
    Reply reply = Reply::text(200, "", "application/xml");
    reply.response().headers.set("Location", "/" + call.bucket);
    co_return reply;
}

http::Task<Reply> head_bucket(S3Call& call) {
    Reply reply = Reply::text(200, "", "application/xml");
    reply.response().headers.set("x-amz-bucket-region", call.s3.settings.regions.front());
    co_return reply;
}

http::Task<Reply> delete_bucket(S3Call& call) {
    co_await call.http.skip_body();
    auto& engine = call.swift().engine;
    std::vector<Blob> gone;
    co_await call.http.transact([&](store::Transaction& txn) {
        gone.clear();
        const auto container = call.guarded_container(txn);
        if (!erase_container(txn, container)) throw S3Error("BucketNotEmpty").with("BucketName", call.bucket);
        if (const auto claim = txn.get<BucketName>(call.bucket); claim && claim->account == container.account)
            txn.erase(*claim, "deleted");
        for (const auto& upload : txn.scan<MultipartUpload>({}, container.account, container.name))
            for (auto& blob : erase_upload(txn, engine, upload)) gone.push_back(std::move(blob));
    });
    for (const auto& blob : gone) engine.discard(blob);
    co_return no_content();
}

http::Task<Reply> show_location(S3Call& call) {
    const auto& region = call.s3.settings.regions.front();
    XmlOut out("LocationConstraint");
    if (region != "us-east-1") out.raw(xml_escaped(region));
    co_return xml_reply(out);
}

constexpr Operation kOperations[] = {
    {Method::get, Level::service, "", "s3:ListAllMyBuckets", Grant::anyone, false, list_buckets},
    {Method::head, Level::service, "", "s3:ListAllMyBuckets", Grant::anyone, false, list_buckets},
    {Method::put, Level::bucket, "", "s3:CreateBucket", Grant::anyone, false, create_bucket},
    {Method::head, Level::bucket, "", "s3:ListBucket", Grant::read, false, head_bucket},
    {Method::del, Level::bucket, "", "s3:DeleteBucket", Grant::none, false, delete_bucket},
    {Method::get, Level::bucket, "location", "s3:GetBucketLocation", Grant::read, false, show_location},
};

}  // namespace

Operations bucket_operations() { return kOperations; }

}  // namespace cumulet::objectstore::s3
