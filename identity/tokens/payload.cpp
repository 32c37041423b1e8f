#include "identity/tokens/payload.hpp"

#include <msgpuck.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "common/runtime/ids.hpp"
#include "common/runtime/text.hpp"

namespace cumulet::identity::tokens {
namespace {

// The versions of Keystone's payloads.
enum Layout : std::uint64_t {
    unscoped = 0,
    domain_scoped = 1,
    project_scoped = 2,
    trust_scoped = 3,
    federated_unscoped = 4,
    federated_project = 5,
    federated_domain = 6,
    oauth_scoped = 7,
    system_scoped = 8,
    application_credential = 9
};

// 'ec2credential' is written by the EC2 exchange and is no method that a configuration lists: it has a bit of its own.
constexpr std::string_view kEc2Method = "ec2credential";
constexpr std::size_t kEc2Bit = 32;
constexpr std::uint32_t kReceiptMembers = 3;

bool is_hex_id(std::string_view text) {
    return text.size() == 32 && std::all_of(text.begin(), text.end(),
                                            [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Layout layout_of(const TokenFacts& facts) {
    if (facts.federated()) {
        if (!facts.project_id.empty()) return federated_project;
        return facts.domain_id.empty() ? federated_unscoped : federated_domain;
    }
    if (!facts.trust_id.empty()) return trust_scoped;
    if (!facts.access_token_id.empty()) return oauth_scoped;
    if (!facts.application_credential_id.empty()) return application_credential;
    if (facts.system) return system_scoped;
    if (!facts.project_id.empty()) return project_scoped;
    return facts.domain_id.empty() ? unscoped : domain_scoped;
}

class Packer {
public:
    void array(std::uint32_t size) { end_ = mp_encode_array(grow(5), size); }
    void number(std::uint64_t value) { end_ = mp_encode_uint(grow(9), value); }
    void real(double value) { end_ = mp_encode_double(grow(9), value); }
    void string(std::string_view value) {
        end_ = mp_encode_str(grow(5 + value.size()), value.data(), static_cast<std::uint32_t>(value.size()));
    }
    void binary(std::string_view value) {
        end_ = mp_encode_bin(grow(5 + value.size()), value.data(), static_cast<std::uint32_t>(value.size()));
    }
    // (True, 16 bytes) for what is a UUID, (False, text) for the rest.
    void id(std::string_view value) {
        array(2);
        end_ = mp_encode_bool(grow(1), is_hex_id(value));
        bare_id(value);
    }
    void bare_id(std::string_view value) {
        if (is_hex_id(value))
            binary(*text::from_hex(value));
        else
            string(value);
    }
    std::string take() {
        bytes_.resize(static_cast<std::size_t>(end_ - bytes_.data()));
        return std::move(bytes_);
    }

private:
    char* grow(std::size_t by) {
        const std::size_t used = end_ ? static_cast<std::size_t>(end_ - bytes_.data()) : 0;
        if (bytes_.size() < used + by) bytes_.resize(std::max(bytes_.size() * 2, used + by + 256));
        return bytes_.data() + used;
    }
    std::string bytes_;
    char* end_ = nullptr;
};

struct Malformed {};

// Every read is held against the end by itself: mp_check() counts members in an int and can be led past it.
class Unpacker {
public:
    explicit Unpacker(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}
    std::uint32_t array() {
        expect(MP_ARRAY);
        hold(mp_check_array(at_, end_));
        return mp_decode_array(&at_);
    }
    void array_of(std::uint32_t size) {
        if (array() != size) throw Malformed{};
    }
    std::uint64_t number() {
        expect(MP_UINT);
        hold(mp_check_uint(at_, end_));
        return mp_decode_uint(&at_);
    }
    double real() {
        if (type() == MP_UINT) return static_cast<double>(number());
        if (type() == MP_FLOAT) {
            hold(mp_check_float(at_, end_));
            return static_cast<double>(mp_decode_float(&at_));
        }
        expect(MP_DOUBLE);
        hold(mp_check_double(at_, end_));
        return mp_decode_double(&at_);
    }
    // Text or bytes: Keystones under Python 2 wrote both alike.
    std::string bytes() {
        std::uint32_t size = 0;
        if (type() == MP_STR) {
            hold(mp_check_strl(at_, end_));
            size = mp_decode_strl(&at_);
        } else {
            expect(MP_BIN);
            hold(mp_check_binl(at_, end_));
            size = mp_decode_binl(&at_);
        }
        if (size > static_cast<std::size_t>(end_ - at_)) throw Malformed{};
        const char* data = at_;
        at_ += size;
        return std::string(data, size);
    }
    std::string id() {
        array_of(2);
        expect(MP_BOOL);
        const bool as_bytes = mp_decode_bool(&at_);
        auto value = bytes();
        return as_bytes ? text::to_hex(value) : value;
    }
    std::string bare_id() {
        auto value = bytes();
        return value.size() == 16 ? text::to_hex(value) : value;
    }

private:
    mp_type type() const {
        if (at_ >= end_) throw Malformed{};
        return mp_typeof(*at_);
    }
    void expect(mp_type wanted) const {
        if (type() != wanted) throw Malformed{};
    }
    // mp_check_*() say how many bytes are missing.
    static void hold(std::ptrdiff_t missing) {
        if (missing > 0) throw Malformed{};
    }
    const char* at_;
    const char* end_;
};

std::uint64_t method_bits(const std::vector<std::string>& used, const std::vector<std::string>& known) {
    std::uint64_t bits = 0;
    for (const auto& method : used) {
        if (method == kEc2Method) bits |= 1ull << kEc2Bit;
        for (std::size_t i = 0; i < std::min(known.size(), kEc2Bit); ++i)
            if (known[i] == method) bits |= 1ull << i;
    }
    return bits;
}

// The highest bit first, as Keystone lists them.
std::vector<std::string> methods_of(std::uint64_t bits, const std::vector<std::string>& known) {
    std::vector<std::string> methods;
    if (bits & (1ull << kEc2Bit)) methods.emplace_back(kEc2Method);
    for (std::size_t i = std::min(known.size(), kEc2Bit); i-- > 0;)
        if (bits & (1ull << i)) methods.push_back(known[i]);
    return methods;
}

void pack_end(Packer& out, const TokenFacts& facts) {
    out.real(std::chrono::duration<double>(facts.expires_at.time_since_epoch()).count());
}

void unpack_end(Unpacker& in, TokenFacts& facts) {
    const double seconds = in.real();
    if (!std::isfinite(seconds) || seconds < 0 || seconds > 253'402'300'799.0) throw Malformed{};
    facts.expires_at = Timestamp{Duration{std::llround(seconds * 1e6)}};
}

void pack_times(Packer& out, const TokenFacts& facts) {
    pack_end(out, facts);
    out.array(static_cast<std::uint32_t>(facts.audit_ids.size()));
    for (const auto& id : facts.audit_ids) out.binary(text::from_base64(id).value_or(""));
}

void unpack_times(Unpacker& in, TokenFacts& facts) {
    unpack_end(in, facts);
    for (auto left = in.array(); left > 0; --left) facts.audit_ids.push_back(text::to_base64_url(in.bytes()));
    if (facts.audit_ids.empty()) throw Malformed{};
}

void pack_federation(Packer& out, const TokenFacts& facts) {
    out.array(static_cast<std::uint32_t>(facts.group_ids.size()));
    for (const auto& id : facts.group_ids) out.id(id);
    out.id(facts.identity_provider_id);
    out.string(facts.protocol_id);
}

void unpack_federation(Unpacker& in, TokenFacts& facts) {
    for (auto left = in.array(); left > 0; --left) facts.group_ids.push_back(in.id());
    facts.identity_provider_id = in.id();
    facts.protocol_id = in.bytes();
}

std::uint32_t members(Layout layout) {
    switch (layout) {
        case unscoped:
            return 5;
        case domain_scoped:
        case project_scoped:
        case system_scoped:
            return 6;
        case trust_scoped:
        case oauth_scoped:
        case application_credential:
            return 7;
        case federated_unscoped:
            return 8;
        case federated_project:
        case federated_domain:
            return 9;
    }
    throw Malformed{};
}

void unpack_scope(Unpacker& in, Layout layout, TokenFacts& facts) {
    switch (layout) {
        case unscoped:
        case federated_unscoped:
            break;
        case domain_scoped:
            facts.domain_id = in.bare_id();
            break;
        case federated_domain:
            facts.domain_id = in.id();
            break;
        case system_scoped:
            in.bytes();
            facts.system = true;
            break;
        default:
            facts.project_id = in.id();
    }
    if (layout == oauth_scoped) facts.access_token_id = in.id();
}

}  // namespace

std::string pack_token(const TokenFacts& facts, const std::vector<std::string>& methods) {
    const auto layout = layout_of(facts);
    Packer out;
    out.array(members(layout));
    out.number(layout);
    out.id(facts.user_id);
    out.number(method_bits(facts.methods, methods));
    switch (layout) {
        case unscoped:
        case federated_unscoped:
            break;
        case domain_scoped:
            out.bare_id(facts.domain_id);
            break;
        case federated_domain:
            out.id(facts.domain_id);
            break;
        case system_scoped:
            out.string("all");
            break;
        default:
            out.id(facts.project_id);
    }
    if (layout == oauth_scoped) out.id(facts.access_token_id);
    if (facts.federated()) pack_federation(out, facts);
    pack_times(out, facts);
    if (layout == trust_scoped) out.bare_id(facts.trust_id);
    if (layout == application_credential) out.id(facts.application_credential_id);
    return out.take();
}

std::optional<TokenFacts> unpack_token(std::string_view bytes, const std::vector<std::string>& methods) {
    try {
        Unpacker in(bytes);
        const auto size = in.array();
        const auto version = in.number();
        if (version > application_credential) return std::nullopt;
        const auto layout = static_cast<Layout>(version);
        if (size != members(layout)) return std::nullopt;
        TokenFacts facts;
        facts.user_id = in.id();
        facts.methods = methods_of(in.number(), methods);
        unpack_scope(in, layout, facts);
        if (layout >= federated_unscoped && layout <= federated_domain) unpack_federation(in, facts);
        unpack_times(in, facts);
        if (layout == trust_scoped) facts.trust_id = in.bare_id();
        if (layout == application_credential) facts.application_credential_id = in.id();
        return facts;
    } catch (const Malformed&) {
        return std::nullopt;
    }
}

std::string pack_receipt(const TokenFacts& facts, const std::vector<std::string>& methods) {
    Packer out;
    out.array(kReceiptMembers);
    out.id(facts.user_id);
    out.number(method_bits(facts.methods, methods));
    pack_end(out, facts);
    return out.take();
}

std::optional<TokenFacts> unpack_receipt(std::string_view bytes, const std::vector<std::string>& methods) {
    try {
        Unpacker in(bytes);
        in.array_of(kReceiptMembers);
        TokenFacts facts;
        facts.user_id = in.id();
        facts.methods = methods_of(in.number(), methods);
        unpack_end(in, facts);
        return facts;
    } catch (const Malformed&) {
        return std::nullopt;
    }
}

}  // namespace cumulet::identity::tokens
