// Deleting one object, or many in a request.
#include "objectstore/s3/object_delete.hpp"

#include "objectstore/s3/object_headers.hpp"

namespace cumulet::objectstore::s3 {

namespace {

using api::Reply;

constexpr std::size_t kMaxDeletes = 1000;

// Deleting what is not there is success.
http::Task<void> erase(S3Call& call, const std::string& name) {
    const auto& swift = call.swift();
    std::optional<Blob> gone;
    co_await call.http.transact([&](store::Transaction& txn) {
        gone.reset();
        const auto container = call.guarded_container(txn);
        const auto object = txn.get<Object>(container.account, container.name, name);
        if (!object) return;
        gone = object->blob;
        erase_object(txn, swift.engine, *object, "deleted");
    });
    if (gone) swift.engine.discard(*gone);
}

}  // namespace

http::Task<Reply> delete_object(S3Call& call) {
    co_await erase(call, call.object);
    co_return no_content();
}

http::Task<Reply> delete_objects(S3Call& call) {
    const auto document = co_await document_of(call, "Delete");
    const bool quiet = document.text_of("Quiet") == "true";
    const auto objects = document.all("Object");
    if (objects.empty() || objects.size() > kMaxDeletes) throw S3Error("MalformedXML");
    XmlOut out("DeleteResult");
    for (const auto* each : objects) {
        const auto& name = each->required("Key");
        std::optional<S3Error> error;
        try {
            authorize(call, "s3:DeleteObject", Grant::write, name);
            co_await erase(call, name);
        } catch (const S3Error& found) {
            error = found;
        }
        if (error)
            out.open("Error").add("Key", name).add("Code", error->code()).add("Message", error->what()).close();
        else if (!quiet)
            out.open("Deleted").add("Key", name).close();
    }
    co_return xml_reply(out);
}

}  // namespace cumulet::objectstore::s3
