#include "compute/agent/network/metadata_proxy.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <map>
#include <mutex>
#include <stdexcept>

#include "common/api/awaiting.hpp"
#include "common/http/server.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/text.hpp"
#include "compute/agent/network/namespaces.hpp"

namespace cumulet::compute::agent::network {

namespace {

constexpr std::size_t kMaxBody = 64 * 1024;
constexpr std::chrono::milliseconds kGrace{500};

std::string sign(const std::string& secret, const std::string& text) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    if (!HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
              reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &length))
        throw std::runtime_error("OpenSSL cannot compute an HMAC");
    return text::to_hex({reinterpret_cast<const char*>(digest), length});
}

http::Response plain(int status, std::string text) {
    http::Response response;
    response.status = status;
    response.headers.set("Content-Type", "text/plain");
    response.body = std::move(text);
    return response;
}

// What one namespace's server asks; replaced as ports come and go.
struct Directory {
    std::mutex mutex;
    MetadataListeners::Find find;
    std::optional<MetadataClient> who(const std::string& address) {
        const std::lock_guard lock(mutex);
        return find(address);
    }
};

struct Answer {
    std::exception_ptr error;
    http::ClientResponse response;
};

class Proxy final : public MetadataListeners {
public:
    Proxy(http::Io& io, http::Client& client, MetadataProxyOptions options)
        : io_(io), client_(client), options_(std::move(options)) {}
    ~Proxy() override { close_all(); }

    void open(const std::string& name, std::uint16_t port, Find find) override {
        const std::lock_guard lock(mutex_);
        auto& listener = listeners_[name];
        if (!listener.directory) listener.directory = std::make_shared<Directory>();
        {
            const std::lock_guard inner(listener.directory->mutex);
            listener.directory->find = std::move(find);
        }
        if (listener.server) return;
        http::ServerOptions options;
        options.address = "0.0.0.0";
        options.port = port;
        options.max_connections = 256;
        auto handler = [this, directory = listener.directory](http::Request& request) {
            return forward(directory, request);
        };
        run_in_namespace(name, [&] { listener.server = std::make_unique<http::Server>(io_, options, handler); });
        listener.server->start();
    }

    void close(const std::string& name) override {
        Listener gone;
        {
            const std::lock_guard lock(mutex_);
            auto found = listeners_.find(name);
            if (found == listeners_.end()) return;
            gone = std::move(found->second);
            listeners_.erase(found);
        }
        if (gone.server) gone.server->stop(kGrace);
    }

    void close_all() override {
        std::vector<std::string> names;
        {
            const std::lock_guard lock(mutex_);
            for (const auto& [name, listener] : listeners_) names.push_back(name);
        }
        for (const auto& name : names) close(name);
    }

private:
    struct Listener {
        std::shared_ptr<Directory> directory;
        std::unique_ptr<http::Server> server;
    };

    http::Task<http::Response> forward(std::shared_ptr<Directory> directory, http::Request& request) {
        const auto who = directory->who(request.remote_address);
        if (!who || who->device_id.empty()) co_return plain(404, "No server is known at this address.\n");
        http::ClientRequest asked;
        asked.method = request.method;
        asked.url = options_.url + request.target;
        asked.headers.set("X-Forwarded-For", who->address);
        if (options_.secret.empty()) {
            asked.headers.set("X-Network-ID", who->network_id);
        } else {
            asked.headers.set("X-Instance-ID", who->device_id);
            asked.headers.set("X-Instance-ID-Signature", sign(options_.secret, who->device_id));
        }
        if (auto type = request.headers.get("Content-Type")) asked.headers.set("Content-Type", std::string(*type));
        asked.body = co_await request.body->read_all(kMaxBody);
        auto answer = co_await api::wait_for<Answer>([&](auto done) {
            client_.send(std::move(asked), [done](std::exception_ptr error, http::ClientResponse response) {
                done(Answer{error, std::move(response)});
            });
        });
        if (answer.error) {
            log::warning("metadata of server {}: the metadata service does not answer", who->device_id);
            co_return plain(503, "The metadata service does not answer.\n");
        }
        http::Response response;
        response.status = answer.response.status;
        response.headers.set("Content-Type", answer.response.headers.value_or("Content-Type", "text/plain"));
        response.body = std::move(answer.response.body);
        co_return response;
    }

    http::Io& io_;
    http::Client& client_;
    const MetadataProxyOptions options_;
    std::mutex mutex_;
    std::map<std::string, Listener> listeners_;
};

}  // namespace

std::unique_ptr<MetadataListeners> make_metadata_proxy(http::Io& io, http::Client& client,
                                                       MetadataProxyOptions options) {
    return std::make_unique<Proxy>(io, client, std::move(options));
}

}  // namespace cumulet::compute::agent::network
