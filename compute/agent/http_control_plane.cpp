#include "compute/agent/http_control_plane.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "common/runtime/text.hpp"
#include "compute/protocol/json.hpp"

namespace cumulet::compute::agent {

HttpControlPlane::HttpControlPlane(http::Client& client, std::string url) : client_(client), url_(std::move(url)) {
    while (url_.ends_with('/')) url_.pop_back();
}

http::ClientResponse HttpControlPlane::send(http::Method method, const std::string& path, std::string body) {
    http::ClientRequest request{.method = method, .url = url_ + path, .headers = {}, .body = std::move(body)};
    request.headers.set("Content-Type", "application/json");
    http::ClientResponse response;
    try {
        response = client_.fetch(std::move(request));
    } catch (const http::ClientError& error) {
        throw ControlPlaneError(error.what());
    }
    if (response.status == 404) throw NotRegistered("the compute daemon does not know this host");
    if (response.status / 100 != 2)
        throw ControlPlaneError(fmt::format("{} answered {}: {}", path, response.status, response.body.substr(0, 500)));
    return response;
}

void HttpControlPlane::register_host(const std::string& host, const protocol::HostDescription& description) {
    send(http::Method::put, "/v1/hosts/" + text::percent_encode(host), store::to_json(description).dump());
}

std::optional<protocol::Desired> HttpControlPlane::report(const std::string& host, const protocol::Report& report) {
    auto response =
        send(http::Method::post, "/v1/hosts/" + text::percent_encode(host) + "/report", store::to_json(report).dump());
    if (response.status == 204) return std::nullopt;
    try {
        return protocol::from_json<protocol::Desired>(protocol::parse(response.body));
    } catch (const protocol::ProtocolError& error) {
        throw ControlPlaneError(error.what());
    }
}

void HttpControlPlane::download_image(const std::string& image_id, const std::function<void(std::string_view)>& sink) {
    http::ClientRequest request{.method = http::Method::get,
                                .url = url_ + "/v1/images/" + text::percent_encode(image_id) + "/data",
                                .headers = {},
                                .body = ""};
    try {
        auto response = client_.download(std::move(request), sink);
        if (response.status != 200)
            throw ControlPlaneError(fmt::format("image {} cannot be fetched: {}", image_id, response.status));
    } catch (const http::ClientError& error) {
        throw ControlPlaneError(error.what());
    }
}

void HttpControlPlane::upload_image(const std::string& server_id, const std::string& image_id,
                                    const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw ControlPlaneError(file + " cannot be read");
    http::ClientRequest request{.method = http::Method::put,
                                .url = fmt::format("{}/v1/images/{}/data?server={}", url_,
                                                   text::percent_encode(image_id), text::percent_encode(server_id)),
                                .headers = {},
                                .body = ""};
    request.headers.set("Content-Type", "application/octet-stream");
    try {
        const auto response =
            client_.upload(std::move(request), std::filesystem::file_size(file), [&](char* buffer, std::size_t size) {
                in.read(buffer, static_cast<std::streamsize>(size));
                return static_cast<std::size_t>(in.gcount());
            });
        if (response.status / 100 != 2)
            throw ControlPlaneError(
                fmt::format("image {} is not taken: {} {}", image_id, response.status, response.body.substr(0, 500)));
    } catch (const http::ClientError& error) {
        throw ControlPlaneError(error.what());
    }
}

}  // namespace cumulet::compute::agent
