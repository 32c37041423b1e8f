#include "objectstore/s3/caller.hpp"

#include "common/api/awaiting.hpp"
#include "objectstore/swift/access.hpp"

namespace cumulet::objectstore::s3 {

namespace {

http::Task<std::shared_ptr<const AccessKey>> key_of(S3Call& call, std::string access) {
    auto start = [&](auto done) { call.s3.keys.find(access, std::move(done)); };
    const FoundKey found = co_await api::wait_for<FoundKey>(std::move(start));
    if (found.verdict == auth::Verdict::unavailable) throw S3Error("ServiceUnavailable");
    if (found.verdict != auth::Verdict::valid) throw S3Error("InvalidAccessKeyId").with("AWSAccessKeyId", access);
    co_return found.key;
}

}  // namespace

http::Task<void> authenticate(S3Call& call) {
    const auto& request = call.http.request();
    call.claim = read_claim(request, {.now = call.now(), .regions = call.s3.settings.regions});
    if (call.claim.scheme == Scheme::anonymous) co_return;
    const auto key = co_await key_of(call, call.claim.access);
    const bool virtual_host = raw_path(request) != request.path;
    const std::string bucket = virtual_host ? call.bucket : "";
    if (!key->signed_this(request, call.claim, bucket)) {
        const auto text = call.claim.is_v4() ? v4_string_to_sign(request, call.claim)
                                             : v2_string_to_sign(request, call.claim, bucket);
        auto error = S3Error("SignatureDoesNotMatch")
                         .with("AWSAccessKeyId", call.claim.access)
                         .with("StringToSign", text)
                         .with("SignatureProvided", call.claim.signature);
        if (call.claim.is_v4())
            error = std::move(error).with("CanonicalRequest", v4_canonical_request(request, call.claim));
        throw error;
    }
    call.key = key;
    call.http.act_as(key->owner());
}

http::Task<void> authenticate(S3Call& call, const Claim& claim, std::string_view policy) {
    const auto key = co_await key_of(call, claim.access);
    if (!key->signed_policy(policy, claim))
        throw S3Error("SignatureDoesNotMatch")
            .with("AWSAccessKeyId", claim.access)
            .with("StringToSign", std::string(policy))
            .with("SignatureProvided", claim.signature);
    call.key = key;
    call.http.act_as(key->owner());
}

void find_container(S3Call& call) {
    auto txn = call.reading();
    auto container = find_bucket(txn, call.own_account(), call.bucket);
    if (!container) throw no_such_bucket(call.bucket);
    call.container = std::move(*container);
    const auto owner = call.header("x-amz-expected-bucket-owner");
    if (owner && !call.is_owner(*owner, call.container)) throw S3Error("AccessDenied");
}

void find_rights(S3Call& call) {
    if (call.anonymous()) return;
    const swift::SwiftCall asking(call.http);
    const bool to_own = swift::owns(asking, call.own_account());
    // Whoever may not act for the project is one of those who signed, and no more.
    call.grantees = {to_own ? call.who().project_id : "-"};
    if (to_own && call.own_id() != call.who().project_id) call.grantees.push_back(call.own_id());
    call.owns = call.container.name.empty() ? to_own : swift::owns(asking, call.container.account);
}

}  // namespace cumulet::objectstore::s3
