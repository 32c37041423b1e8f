#include "common/runtime/markup.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/model/listing.hpp"
#include "objectstore/s3/bucket_name.hpp"
#include "objectstore/s3/call.hpp"
#include "objectstore/s3/paging.hpp"
#include "objectstore/s3/times.hpp"
#include "objectstore/s3/uploads.hpp"

namespace cumulet::objectstore::s3 {

namespace {

using api::Reply;
using http::Method;

http::Task<Reply> list_buckets(S3Call& call) {
    constexpr std::size_t kMostInPage = 10'000;
    ListRequest request{.prefix = call.query_or("prefix", "")};
    const auto most = number_in_query(call, "max-buckets", kMostInPage, kMostInPage);
    if (most == 0)
        throw S3Error("InvalidArgument", "max-buckets must be between 1 and 10000").with("ArgumentName", "max-buckets");
    request.limit = most + 1;
    if (const auto token = call.query("continuation-token")) request.marker = name_in_token(*token);
    auto txn = call.reading();
    std::vector<ContainerEntry> entries;
    const auto account = call.own_account();
    const auto region = call.query("bucket-region");
    if (call.owns && (!region || *region == call.s3.settings.regions.front()))
        entries = list_containers(txn, account, request);
    const bool truncated = entries.size() > most;
    if (truncated) entries.pop_back();
    XmlOut out("ListAllMyBucketsResult");
    const auto id = call.own_id();
    out.open("Owner").add("ID", id).add("DisplayName", id).close();
    out.open("Buckets");
    std::string last;
    for (const auto& entry : entries)
        if (const auto* listed = std::get_if<ListedContainer>(&entry)) {
            last = listed->container.name;
            out.open("Bucket").add("Name", last).add("CreationDate", iso_millis(listed->container.created_at)).close();
        }
    out.close();
    if (truncated) out.add("ContinuationToken", text::to_base64(last));
    if (!request.prefix.empty()) out.add("Prefix", request.prefix);
    co_return xml_reply(out);
}

http::Task<void> check_location(S3Call& call) {
    const auto text = co_await text_of(call, call.s3.settings.max_document_bytes);
    if (text.empty()) co_return;
    const auto document = parse_xml(text, "CreateBucketConfiguration");
    const auto* place = document.child("LocationConstraint");
    if (!place) co_return;
    const auto& regions = call.s3.settings.regions;
    if (std::find(regions.begin(), regions.end(), place->text) == regions.end())
        throw S3Error("InvalidLocationConstraint").with("LocationConstraint", place->text);
}

// Made once more by its owner it stays as it is, unless that asks for another bucket than it is: as in us-east-1 and
// Ceph. Swift, like AWS elsewhere, refuses.
void require_same(const S3Call& call, const Container& own, const std::optional<AclList>& acl, bool locks) {
    const auto id = call.owner_id(own);
    if (id != call.own_id()) throw S3Error("BucketAlreadyExists").with("BucketName", call.bucket);
    const auto kept = own.system.find("acl");
    const auto is = kept == own.system.end() ? private_acl(id).text() : kept->second;
    if (is != acl.value_or(private_acl(id)).text() || locks != own.system.contains("object-lock"))
        throw S3Error("BucketAlreadyExists").with("BucketName", call.bucket);
    if (call.s3.settings.as_swift) throw S3Error("BucketAlreadyOwnedByYou").with("BucketName", call.bucket);
}

http::Task<Reply> create_bucket(S3Call& call) {
    if (!is_bucket_name(call.bucket)) throw S3Error("InvalidBucketName").with("BucketName", call.bucket);
    if (!call.owns) throw S3Error("AccessDenied");
    co_await check_location(call);
    const auto account = call.own_account();
    const auto id = call.own_id();
    const auto acl = acl_of_headers(call.headers(), id, id);
    const bool locks = call.header_is_true("x-amz-bucket-object-lock-enabled");
    const auto ownership = call.header("x-amz-object-ownership");
    if (ownership) {
        const auto how = ownership_named(*ownership);
        if (!how)
            throw S3Error("InvalidArgument", "Invalid x-amz-object-ownership")
                .with("ArgumentName", "x-amz-object-ownership");
        if (*how == Ownership::enforced && acl && !acl->is_private())
            throw S3Error("InvalidBucketAclWithObjectOwnership");
    }
    co_await call.http.transact([&](store::Transaction& txn) {
        const auto own = txn.get<Container>(account, call.bucket);
        const auto claim = txn.get<BucketName>(call.bucket);
        const bool taken = claim && claim->account != account && txn.get<Container>(claim->account, call.bucket);
        // A container that Swift made becomes a bucket when its name is free for that.
        const bool is_bucket = claim && claim->account == account;
        if (own && (is_bucket || taken))
            require_same(call, *own, acl, locks);
        else if (taken)
            throw S3Error("BucketAlreadyExists").with("BucketName", call.bucket);
        if (!taken) txn.put(BucketName{call.bucket, account}, "created");
        if (own) return;
        ensure_account(txn, account, txn.now());
        const auto now = shown_precision(txn.now());
        Container container{.account = account, .name = call.bucket, .created_at = now, .changed_at = now};
        if (acl) container.system["acl"] = acl->text();
        if (call.s3.settings.as_swift) container.system["owner"] = id;
        if (locks) {
            container.versioning = Versioning::enabled;
            container.system["object-lock"] =
                XmlOut("ObjectLockConfiguration").add("ObjectLockEnabled", "Enabled").take();
        }
        if (ownership)
            container.system["ownershipControls"] =
                XmlOut("OwnershipControls").open("Rule").add("ObjectOwnership", *ownership).take();
        put_container(txn, container, "created");
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
    if (region != "us-east-1") out.raw(text::escape_xml(region));
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
