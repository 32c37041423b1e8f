#include "objectstore/swift/summary.hpp"

#include <nlohmann/json.hpp>

#include "common/runtime/markup.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/swift/listings.hpp"

namespace cumulet::objectstore::swift {

namespace {

class Unmeasured final : public http::BodySource {
public:
    explicit Unmeasured(std::string text) : text_(std::move(text)) {}
    std::optional<std::uint64_t> length() const override { return std::nullopt; }
    http::Task<std::size_t> read(std::span<char> buffer) override {
        const auto count = std::min(buffer.size(), text_.size() - done_);
        std::copy_n(text_.data() + done_, count, buffer.data());
        done_ += count;
        co_return count;
    }

private:
    const std::string text_;
    std::size_t done_ = 0;
};

std::string shown(const nlohmann::json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

std::string as_xml(const Summary& summary, const SummaryLines& lines) {
    const auto element = [](const std::string& name, const std::string& value) {
        auto tag = text::to_lower(name);
        for (auto& c : tag)
            if (c == ' ') c = '_';
        return fmt::format("<{0}>{1}</{0}>", tag, text::escape_attribute(value));
    };
    std::string out = "<delete>";
    for (const auto& [name, value] : lines) out += element(name, shown(value));
    out += "<errors>";
    for (const auto& [path, status] : summary.errors)
        out += "<object><name>" + text::escape_attribute(path) + "</name><status>" + text::escape_attribute(status) +
               "</status></object>";
    return out + "</errors></delete>";
}

}  // namespace

std::string status_line(const api::Fault& fault) {
    return fmt::format("{} {}", fault.status(), api::info(fault.code()).title);
}

std::string summary_type(const SwiftCall& call) {
    if (call.query("format") == "json") return "application/json";
    for (const auto each : text::split(call.header("Accept").value_or(""), ',')) {
        const auto type = text::trim(each.substr(0, each.find(';')));
        if (type == "application/json" || type == "application/xml" || type == "text/xml") return std::string(type);
        if (type == "text/plain" || type == "*/*") break;
    }
    return "text/plain";
}

std::string as_text(const SwiftCall& call, const Summary& summary, const SummaryLines& more) {
    SummaryLines lines = more;
    lines.emplace_back("Response Status", summary.status);
    lines.emplace_back("Response Body", summary.body);
    const auto type = summary_type(call);
    if (type == "application/json") {
        auto errors = nlohmann::json::array();
        for (const auto& [path, why] : summary.errors) errors.push_back({path, why});
        nlohmann::json all{{"Errors", errors}};
        for (const auto& [name, value] : lines) all[name] = value;
        return all.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
    }
    if (type != "text/plain") return as_xml(summary, lines);
    std::string text;
    for (const auto& [name, value] : lines) text += name + ": " + shown(value) + "\n";
    text += "Errors:\n";
    for (const auto& [path, why] : summary.errors) text += path + ", " + why + "\n";
    return text;
}

std::shared_ptr<http::BodySource> make_unmeasured(std::string text) {
    return std::make_shared<Unmeasured>(std::move(text));
}

}  // namespace cumulet::objectstore::swift
