#include "objectstore/swift/form_post.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "common/http/form_data.hpp"
#include "common/runtime/markup.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/swift/content_types.hpp"
#include "objectstore/swift/metadata.hpp"
#include "objectstore/swift/object_place.hpp"
#include "objectstore/swift/object_put.hpp"
#include "objectstore/swift/service.hpp"
#include "objectstore/swift/signature.hpp"
#include "objectstore/swift/summary.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;
using api::Reply;

constexpr std::size_t kMaxFieldBytes = 4096;
constexpr std::size_t kMaxFields = 100;

OtherAnswer invalid(std::string_view why) { return {Reply::text(400, fmt::format("FormPost: {}", why), "text/plain")}; }

Fault unauthorized(std::string_view why) { return Fault(Errc::unauthorized, "FormPost: {}", why); }

// The fields that came so far: those of a file are what stands before it.
class Fields {
public:
    void set(const std::string& name, std::string value) {
        if (values_.size() == kMaxFields) throw invalid("too many fields");
        values_[text::to_lower(name)] = std::move(value);
    }
    bool has(const char* name) const { return values_.contains(name); }
    std::string get(const char* name) const {
        const auto found = values_.find(name);
        return found == values_.end() ? "" : found->second;
    }
    // 0 without one.
    std::int64_t number(const char* name, std::string_view complaint) const {
        const auto written = get(name);
        const auto digits = text::trim(written);
        if (digits.empty()) return 0;
        std::int64_t value = 0;
        const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (result.ec != std::errc{} || result.ptr != digits.data() + digits.size()) throw invalid(complaint);
        return value;
    }

private:
    std::map<std::string, std::string> values_;
};

// The bytes of one file, no more than the form allows.
class FileBody final : public http::BodyReader {
public:
    FileBody(http::FormReader& form, std::uint64_t limit) : form_(form), left_(limit) {}
    http::Task<std::size_t> read(std::span<char> buffer) override {
        const auto count = co_await form_.read(buffer);
        if (count > left_) throw invalid("max_file_size exceeded");
        left_ -= count;
        co_return count;
    }

private:
    http::FormReader& form_;
    std::uint64_t left_;
};

class FormPost {
public:
    FormPost(SwiftCall& call, ObjectPlace place) : call_(call), place_(std::move(place)) {}

    http::Task<Reply> run(std::string boundary) {
        http::FormReader form(call_.body_stream(), boundary);
        int files = 0;
        while (auto part = co_await form.next()) {
            if (!part->filename || part->filename->empty()) {
                fields_.set(part->name, co_await form.read_text(kMaxFieldBytes));
                continue;
            }
            if (++files > fields_.number("max_file_count", "max_file_count not an integer")) {
                status_ = "400 Bad Request";
                message_ = "Max File Count Exceeded";
                break;
            }
            co_await put_file(form, *part);
            if (!status_.starts_with('2')) break;
        }
        if (status_.empty()) {
            status_ = "400 Bad Request";
            message_ = "No Files To Process";
        }
        co_return answer();
    }

private:
    http::Task<void> put_file(http::FormReader& form, const http::FormPart& part) {
        check_signature();
        Object object = object_of(part);
        const auto limit = std::max<std::int64_t>(0, fields_.number("max_file_size", "max_file_size not an integer"));
        FileBody body(form, static_cast<std::uint64_t>(limit));
        const auto& swift = call_.module<Swift>();
        call_.warrant(place_.account, place_.container);
        try {
            check_object_name(swift.settings, object.name);
            Uploaded uploaded =
                co_await upload_body(swift.engine, body, std::nullopt, swift.settings.max_file_size, object.account);
            co_await commit_object(call_, object, std::move(uploaded));
            status_ = "201 Created";
        } catch (const Fault& fault) {
            if (fault.code() == Errc::internal) throw;
            status_ = status_line(fault);
        }
    }

    void check_signature() const {
        if (time_of_second(fields_.number("expires", "expired not an integer")) < call_.now())
            throw unauthorized("Form Expired");
        const auto signature = parse_signature(fields_.get("signature"));
        const auto path = text::percent_decode(call_.request().path);
        if (!signature || !path) throw unauthorized("Invalid Signature");
        const auto or_zero = [&](const char* name) {
            auto value = fields_.get(name);
            return value.empty() ? std::string("0") : value;
        };
        if (has_controls(fields_.get("redirect"))) throw invalid("invalid redirect");
        const auto signed_text = fmt::format("{}\n{}\n{}\n{}\n{}", *path, fields_.get("redirect"),
                                             or_zero("max_file_size"), or_zero("max_file_count"), or_zero("expires"));
        store::Transaction txn(call_.module<Swift>().store, {});
        bool valid = false;
        for (const auto& [key, reach] : signing_keys(txn, place_.account, place_.container))
            valid = signs(*signature, key, signed_text) || valid;
        if (!valid) throw unauthorized("Invalid Signature");
    }

    Object object_of(const http::FormPart& part) const {
        Object object{.account = place_.account, .container = place_.container, .name = place_.name + *part.filename};
        if (!text::is_utf8(object.name) || object.name.find('\0') != std::string::npos)
            throw invalid("invalid filename");
        object.content_type = fields_.get("content-type");
        if (!fields_.has("content-type")) {
            object.content_type = part.content_type.empty() ? guess_type(object.name) : part.content_type;
        }
        if (object.content_type.empty()) object.content_type = "application/octet-stream";
        if (!text::is_utf8(object.content_type) || has_controls(object.content_type))
            throw invalid("invalid content-type");
        auto encoding = fields_.get("content-encoding");
        if (!fields_.has("content-encoding")) encoding = part.content_encoding;
        if (has_controls(encoding)) throw invalid("invalid content-encoding");
        if (!encoding.empty()) object.headers["Content-Encoding"] = encoding;
        object.delete_at = delete_at();
        return object;
    }

    std::optional<Timestamp> delete_at() const {
        const auto at = fields_.number("x_delete_at", "x_delete_at not an integer: Unix timestamp required.");
        const auto after =
            fields_.number("x_delete_after", "x_delete_after not an integer: Number of seconds required.");
        if (after != 0) return delete_after(after, call_.now());
        if (!fields_.has("x_delete_at")) return std::nullopt;
        return delete_at_second(at, call_.now());
    }

    Reply answer() const {
        auto redirect = fields_.get("redirect");
        if (redirect.empty()) {
            auto body = status_;
            if (!message_.empty()) body += "\r\nFormPost: " + message_;
            return Reply::text(std::stoi(status_), std::move(body), "text/plain");
        }
        if (has_controls(redirect)) throw invalid("invalid redirect");  // no file came, nothing was signed
        redirect += redirect.find('?') == std::string::npos ? '?' : '&';
        redirect += fmt::format("status={}&message={}", status_.substr(0, 3), text::percent_encode(message_));
        return Reply::text(303,
                           fmt::format("<html><body><p><a href=\"{}\">Click to continue...</a></p></body></html>",
                                       text::escape_attribute(redirect)),
                           "text/html; charset=UTF-8")
            .header("Location", redirect);
    }

    SwiftCall& call_;
    const ObjectPlace place_;  // its name: what those of all files begin with
    Fields fields_;
    std::string status_, message_;
};

}  // namespace

bool is_form_post(const SwiftCall& call) {
    return http::form_boundary(call.header("Content-Type").value_or("")).has_value();
}

http::Task<Reply> post_form(SwiftCall& call, std::string account, std::string container, std::string prefix) {
    const auto boundary = http::form_boundary(call.header("Content-Type").value_or(""));
    FormPost form(call, {std::move(account), std::move(container), std::move(prefix)});
    try {
        co_return co_await form.run(boundary.value_or(""));
    } catch (const http::BodyError& error) {
        if (error.status != 400) throw;
        throw invalid(error.what());
    }
}

}  // namespace cumulet::objectstore::swift
