// One connection to a server: reads requests, calls the handler, writes answers, in order. Internal to common/http.
#pragma once

#include <memory>

#include "common/http/incoming_body.hpp"
#include "common/http/server_core.hpp"
#include "common/http/stream.hpp"

namespace cumulet::http {

// Lives on one io thread. drain() and abort() are called there too.
class Connection final : public std::enable_shared_from_this<Connection> {
public:
    enum class Role { serve, refuse };  // refuse: one connection too many, answers 503
    Connection(std::shared_ptr<ServerCore> core, boost::asio::io_context& context, boost::asio::ip::tcp::socket socket,
               std::string remote_address, Role role);

    boost::asio::io_context& context() { return context_; }
    Task<void> run();
    // Closes when idle, else after the answer that is being made.
    void drain();
    void abort();

private:
    class Body;
    enum class Next { request, close_gently, close };

    Task<Next> serve_one();
    // False: nothing came, or the fault was answered already.
    Task<bool> read_head(Request& request, HeadInfo& info);
    Task<bool> fill_head(HeadScanner& scanner, HeadFault& fault);
    Task<Response> call_handler(Request& request);
    Task<bool> respond(const Request& request, const Response& response, ResponsePlan& plan);
    Task<bool> write_source(BodySource& source, std::string head, bool chunked, bool& begun);
    Task<void> refuse(HeadFault fault);
    Task<Next> after_answer(Body* body, bool keep_alive);
    Task<Next> hand_over(const Response& response, Body* body);

    std::shared_ptr<ServerCore> core_;
    boost::asio::io_context& context_;
    Stream stream_;
    InputBuffer input_;
    const std::string remote_address_;
    const Role role_;
    std::string peer_name_;
    std::shared_ptr<BodyReader> no_body_;
    bool idle_ = true;
    bool draining_ = false;
    bool handed_over_ = false;
};

}  // namespace cumulet::http
