// What S3 clients prove with: claims of signatures, forms, chunked bodies. The first byte says which.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "common/runtime/text.hpp"
#include "objectstore/s3/auth/chunks.hpp"
#include "objectstore/s3/rules/post_policy.hpp"
#include "objectstore/s3/wire/error.hpp"

using namespace cumulet;
using namespace cumulet::objectstore::s3;

namespace {

void must(bool condition) {
    if (!condition) std::abort();
}

// The first line is the target, the others are headers.
void try_claim(const std::string& text) {
    http::Request request;
    const auto end = text.find('\n');
    request.target = text.substr(0, end);
    const auto mark = request.target.find('?');
    request.path = request.target.substr(0, mark);
    if (mark != std::string::npos) request.query = request.target.substr(mark + 1);
    for (auto at = end; at != std::string::npos;) {
        const auto next = text.find('\n', at + 1);
        const auto line = text.substr(at + 1, next == std::string::npos ? next : next - at - 1);
        if (const auto colon = line.find(':'); colon != std::string::npos)
            request.headers.add(line.substr(0, colon), line.substr(colon + 1));
        at = next;
    }
    const ClaimRules rules{.now = *parse_amz_date("20130524T000000Z"), .regions = {"us-east-1"}};
    const auto claim = read_claim(request, rules);
    must(!claim.is_v4() || !v4_fits(request, claim, v4_signing_key("secret", claim)));
    must(claim.is_v4() || claim.scheme == Scheme::anonymous || !v2_fits(request, claim, "secret", "bucket"));
    if (!claim.is_v4()) return;
    // What is signed has one line for each signed header, so that none can pass for another.
    const auto canonical = v4_canonical_request(request, claim);
    const auto lines = static_cast<std::size_t>(std::count(canonical.begin(), canonical.end(), '\n'));
    must(lines == claim.signed_headers.size() + 5);
}

// Whole, or byte by byte into a small buffer: the same.
struct Decoded {
    std::string data, error;
    std::map<std::string, std::string> trailers;
    bool done = false;
    bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view text, Payload payload, std::size_t piece, std::size_t room) {
    Claim claim;
    claim.payload = payload;
    ChunkReader reader(claim, "key");
    Decoded result;
    std::string buffer(room, '\0');
    try {
        for (std::size_t at = 0; at < text.size() && !reader.done();) {
            const auto step = reader.decode(text.substr(at, piece), buffer);
            must(step.produced <= room && (step.consumed > 0 || step.produced > 0));
            result.data.append(buffer, 0, step.produced);
            at += step.consumed;
        }
    } catch (const S3Error& error) {
        result.error = error.code();
        result.data.clear();  // how much of it was given out before is not part of the answer
    }
    if (!result.error.empty()) return result;
    result.done = reader.done();
    result.trailers = reader.trailers();
    return result;
}

void try_chunks(std::string_view text, Payload payload) {
    must(decode(text, payload, text.size() + 1, text.size() + 1) == decode(text, payload, 1, 1));
}

// "name=value" in lines; the policy in the first of them, plain.
void try_form(const std::string& text) {
    FormFields fields;
    const auto lines = text::split(text, '\n');
    for (const auto line : lines) {
        const auto equals = line.find('=');
        if (equals != std::string_view::npos) fields[text::to_lower(line.substr(0, equals))] = line.substr(equals + 1);
    }
    const ClaimRules rules{.now = *parse_amz_date("20130524T000000Z"), .regions = {"us-east-1"}};
    read_form_claim(fields, rules);
    const auto policy = parse_post_policy(lines.front());
    must(policy.min_bytes <= policy.max_bytes || policy.conditions.size() < 100);
    check_form(policy, fields, rules.now);
    // What passed names every field, so one more does not.
    fields["x-amz-meta-never-named-before"] = "x";
    bool refused = false;
    try {
        check_form(policy, fields, rules.now);
    } catch (const S3Error&) {
        refused = true;
    }
    must(refused || text.find("never-named-before") != std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    try {
        switch (data[0]) {
            case 'c':
                try_claim(text);
                break;
            case 'u':
                try_chunks(text, Payload::unsigned_trailer);
                break;
            case 's':
                try_chunks(text, Payload::chunks);
                break;
            case 't':
                try_chunks(text, Payload::chunks_trailer);
                break;
            case 'f':
                try_form(text);
                break;
            default:
                return -1;
        }
    } catch (const S3Error&) {
    }
    return 0;
}
