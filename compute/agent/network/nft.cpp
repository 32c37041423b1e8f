#include "compute/agent/network/nft.hpp"

#include <fmt/format.h>
#include <nftables/libnftables.h>

#include <cstdint>
#include <memory>
#include <stdexcept>

namespace cumulet::compute::agent::network {

namespace {

struct Free {
    void operator()(nft_ctx* context) const { nft_ctx_free(context); }
};

// Returns the error's text, empty on success.
std::string attempt(const std::string& commands) {
    // Made anew each time: its socket belongs to the namespace of the thread that makes it.
    const std::unique_ptr<nft_ctx, Free> context(nft_ctx_new(NFT_CTX_DEFAULT));
    if (!context) throw std::bad_alloc();
    nft_ctx_buffer_error(context.get());
    nft_ctx_buffer_output(context.get());
    if (nft_run_cmd_from_buffer(context.get(), commands.c_str()) == 0) return "";
    std::string error = nft_ctx_get_error_buffer(context.get());
    return error.empty() ? "refused" : error;
}

std::string digest(const std::string& text) {
    std::uint64_t hash = 14695981039346656037ull;
    for (unsigned char c : text) hash = (hash ^ c) * 1099511628211ull;
    return fmt::format("{:016x}", hash);
}

}  // namespace

void run_nft(const std::string& commands) {
    if (auto error = attempt(commands); !error.empty()) throw std::runtime_error("nftables: " + error);
}

void RuleSet::table(const std::string& family, const std::string& name, const std::string& body) {
    if (first_name_.empty()) {
        first_family_ = family;
        first_name_ = name;
    }
    // Declared before it is deleted, so that deleting never meets a missing table.
    head_ += fmt::format("table {} {}\ndelete table {} {}\n", family, name, family, name);
    text_ += fmt::format("table {} {} {{\n{}}}\n", family, name, body);
}

void RuleSet::apply() const {
    const auto mark = "digest_" + digest(text_);
    if (attempt(fmt::format("list chain {} {} {}", first_family_, first_name_, mark)).empty()) return;
    run_nft(head_ + text_ + fmt::format("add chain {} {} {}\n", first_family_, first_name_, mark));
}

void remove_table(const std::string& family, const std::string& name) {
    run_nft(fmt::format("table {0} {1}\ndelete table {0} {1}\n", family, name));
}

}  // namespace cumulet::compute::agent::network
