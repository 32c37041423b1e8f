// What a handler answers.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "common/http/message.hpp"

namespace cumulet::api {

class Reply {
public:
    static Reply json(int status, const nlohmann::json& body);
    static Reply ok(const nlohmann::json& body) { return json(200, body); }
    static Reply created(const nlohmann::json& body) { return json(201, body); }
    static Reply accepted() { return empty(202); }
    static Reply accepted(const nlohmann::json& body) { return json(202, body); }
    static Reply no_content() { return empty(204); }
    static Reply empty(int status);
    static Reply text(int status, std::string body, std::string content_type);
    // JSON that is already text: hot lists that write themselves.
    static Reply raw_json(int status, std::string body);
    static Reply of(http::Response response);

    Reply&& header(std::string_view name, std::string value) && {
        response_.headers.set(name, std::move(value));
        return std::move(*this);
    }
    int status() const { return response_.status; }
    http::Response& response() { return response_; }
    http::Response&& take() && { return std::move(response_); }

private:
    http::Response response_;
};

}  // namespace cumulet::api
