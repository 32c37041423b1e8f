#include "objectstore/s3/site.hpp"

#include "common/http/message.hpp"
#include "common/runtime/markup.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/s3/caller.hpp"
#include "objectstore/s3/object_read.hpp"
#include "objectstore/s3/rules/website.hpp"

namespace cumulet::objectstore::s3 {

namespace {

using api::Reply;

Reply redirect(int status, std::string to) {
    Reply reply = Reply::empty(status);
    reply.response().headers.set("Location", std::move(to));
    return reply;
}

Reply redirect(const S3Call& call, const Redirect& to, const std::string& prefix, const std::string& key) {
    const auto& request = call.http.request();
    return redirect(to.status,
                    location_of(to, prefix, key, std::string(call.http.header("Host").value_or("")), request.secure));
}

Website site_of(S3Call& call) {
    find_container(call);
    const auto found = call.container.system.find("website");
    if (found == call.container.system.end())
        throw S3Error("NoSuchWebsiteConfiguration").with("BucketName", call.bucket);
    return parse_website(parse_xml(found->second, "WebsiteConfiguration"));
}

http::Task<Reply> page(S3Call& call, const std::string& key) {
    call.object = key;
    Reply reply = co_await get_object(call);
    if (const auto to = reply.response().headers.get("x-amz-website-redirect-location"))
        co_return redirect(301, std::string(*to));
    co_return reply;
}

// The same as `page` where errors are answers.
struct Outcome {
    std::optional<Reply> reply;
    std::optional<S3Error> error;
};
http::Task<Outcome> try_page(S3Call& call, const std::string& key) {
    Outcome outcome;
    try {
        outcome.reply = co_await page(call, key);
    } catch (const S3Error& error) {
        outcome.error = error;
    }
    co_return outcome;
}

bool is_public_object(S3Call& call, const std::string& key) {
    call.object = key;
    try {
        authorized_object(call, "s3:GetObject", Grant::read, "");
        return true;
    } catch (const S3Error&) {
        return false;
    }
}

Reply own_page(const S3Call& call, const S3Error& error) {
    const auto title = std::to_string(error.status()) + " " + std::string(http::standard_reason(error.status()));
    std::string html = "<html>\n<head><title>" + title + "</title></head>\n<body>\n<h1>" + title + "</h1>\n<ul>\n";
    const auto item = [&](std::string_view name, std::string_view value) {
        html += "<li>" + text::escape_attribute(name) + ": " + text::escape_attribute(value) + "</li>\n";
    };
    item("Code", error.code());
    item("Message", error.what());
    for (const auto& [name, value] : error.elements()) item(name, value);
    item("RequestId", call.http.request_id());
    Reply reply = Reply::text(error.status(), html + "</ul>\n</body>\n</html>\n", "text/html; charset=utf-8");
    for (const auto& [name, value] : error.headers()) reply.response().headers.set(name, value);
    return reply;
}

http::Task<Reply> error_page(S3Call& call, const Website& site, const S3Error& error) {
    if (site.error.empty()) co_return own_page(call, error);
    // Conditions and ranges were about the page that was asked for.
    call.other_headers.emplace();
    auto shown = co_await try_page(call, site.error);
    if (!shown.reply) co_return own_page(call, error);
    auto& response = shown.reply->response();
    if (response.status == 200) response.status = error.status();
    co_return std::move(*shown.reply);
}

http::Task<Reply> answer(S3Call& call, const std::string& key) {
    const auto site = site_of(call);
    if (site.all) co_return redirect(call, *site.all, "", key);
    if (const auto* rule = routing_rule_for(site, key, 0)) co_return redirect(call, rule->to, rule->prefix, key);
    const bool folder = key.empty() || key.ends_with('/');
    auto shown = co_await try_page(call, folder ? key + site.index : key);
    if (shown.reply) co_return std::move(*shown.reply);
    const auto& error = *shown.error;
    if (error.status() == 304) throw error;
    if (const auto* rule = routing_rule_for(site, key, error.status()))
        co_return redirect(call, rule->to, rule->prefix, key);
    if (!folder && is_public_object(call, key + "/" + site.index))
        co_return redirect(302, "/" + text::percent_encode(key, "/") + "/");
    co_return co_await error_page(call, site, error);
}

}  // namespace

http::Task<Reply> show_site(S3Call& call, const std::string& key) {
    std::optional<S3Error> wrong;
    try {
        const auto method = call.http.request().method;
        if (method != http::Method::get && method != http::Method::head) throw S3Error("MethodNotAllowed");
        co_return co_await answer(call, key);
    } catch (const S3Error& error) {
        if (error.status() == 304) throw;
        wrong = error;
    }
    co_return own_page(call, *wrong);
}

}  // namespace cumulet::objectstore::s3
