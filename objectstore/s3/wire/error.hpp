// S3's errors: a code of its closed list, thrown where something is found wrong and turned once into S3's document.
#pragma once

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cumulet::objectstore::s3 {

struct ErrorInfo {
    std::string_view code;
    int status;
    std::string_view message;
};

inline constexpr auto kErrors = std::to_array<ErrorInfo>({
    {"AccessControlListNotSupported", 400, "The bucket does not allow ACLs"},
    {"AccessDenied", 403, "Access Denied"},
    {"AccessControlListNotSupported", 400, "The bucket does not allow ACLs"},
    {"AccessForbidden", 403, "CORSResponse: This CORS request is not allowed."},
    {"AuthorizationHeaderMalformed", 400, "The authorization header you provided is invalid."},
    {"AuthorizationQueryParametersError", 400, "The authorization query parameters are not valid."},
    {"BadDigest", 400, "The Content-MD5 or checksum you specified did not match what we received."},
    {"BucketAlreadyExists", 409, "The requested bucket name is not available."},
    {"BucketAlreadyOwnedByYou", 409,
     "Your previous request to create the named bucket succeeded and you already own it."},
    {"BucketNotEmpty", 409, "The bucket you tried to delete is not empty."},
    {"ConditionalRequestConflict", 409, "Another request changed the object meanwhile."},
    {"EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed object size."},
    {"EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed object size."},
    {"IllegalLocationConstraintException", 400, "The specified location constraint is not valid for this endpoint."},
    {"IllegalVersioningConfigurationException", 400, "The versioning configuration is not valid."},
    {"IncompleteBody", 400, "You did not provide the number of bytes that the Content-Length header announced."},
    {"InternalError", 500, "We encountered an internal error. Please try again."},
    {"InvalidAccessKeyId", 403, "The AWS access key ID that you provided does not exist in our records."},
    {"InvalidArgument", 400, "Invalid Argument"},
    {"InvalidBucketAclWithObjectOwnership", 400,
     "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"},
    {"InvalidBucketName", 400, "The specified bucket is not valid."},
    {"InvalidBucketState", 409, "The request is not valid for the current state of the bucket."},
    {"InvalidDigest", 400, "The Content-MD5 or checksum you specified is not valid."},
    {"InvalidEncryptionAlgorithmError", 400, "The encryption request that you specified is not valid."},
    {"InvalidLocationConstraint", 400, "The specified location constraint is not valid."},
    {"InvalidObjectState", 403, "The operation is not valid for the current state of the object."},
    {"InvalidPart", 400, "One or more of the specified parts could not be found, or its ETag does not match."},
    {"InvalidPartNumber", 416, "The requested part number is not satisfiable."},
    {"InvalidPartOrder", 400, "The list of parts was not in ascending order."},
    {"InvalidPolicyDocument", 400, "The content of the form does not meet the conditions of the policy document."},
    {"InvalidRange", 416, "The requested range is not satisfiable."},
    {"InvalidRequest", 400, "Invalid Request"},
    {"InvalidRetentionPeriod", 400, "The retention period is not valid."},
    {"InvalidStorageClass", 400, "The storage class that you specified is not valid."},
    {"InvalidTag", 400, "The tag provided was not a valid tag."},
    {"InvalidTargetBucketForLogging", 400, "The target bucket for logging does not exist or is not yours."},
    {"InvalidToken", 400, "The provided token is malformed or otherwise not valid."},
    {"InvalidURI", 400, "The specified URI couldn't be parsed."},
    {"KeyTooLongError", 400, "Your key is too long."},
    {"MalformedACLError", 400, "The XML that you provided was not well formed or is no valid ACL."},
    {"MalformedPOSTRequest", 400, "The body of your POST request is not well-formed multipart/form-data."},
    {"MalformedPolicy", 400, "The policy is not in the valid JSON format of policies."},
    {"MalformedXML", 400, "The XML that you provided was not well formed or did not validate."},
    {"MaxMessageLengthExceeded", 400, "Your request was too large."},
    {"MaxPostPreDataLengthExceededError", 400, "Your POST request fields preceding the upload file were too large."},
    {"MetadataTooLarge", 400, "Your metadata headers exceed the maximum allowed metadata size."},
    {"MethodNotAllowed", 405, "The specified method is not allowed against this resource."},
    {"MissingContentLength", 411, "You must provide the Content-Length HTTP header."},
    {"MissingSecurityHeader", 400, "Your request is missing a required header."},
    {"NoSuchBucket", 404, "The specified bucket does not exist."},
    {"NoSuchBucketPolicy", 404, "The bucket policy does not exist"},
    {"NoSuchCORSConfiguration", 404, "The CORS configuration does not exist"},
    {"NoSuchKey", 404, "The specified key does not exist."},
    {"NoSuchLifecycleConfiguration", 404, "The lifecycle configuration does not exist"},
    {"NoSuchObjectLockConfiguration", 404, "The specified object does not have an object lock configuration"},
    {"NoSuchPublicAccessBlockConfiguration", 404, "The public access block configuration was not found"},
    {"NoSuchTagSet", 404, "The TagSet does not exist"},
    {"NoSuchUpload", 404, "The specified multipart upload does not exist."},
    {"NoSuchVersion", 404, "The version ID specified does not match an existing version."},
    {"NoSuchWebsiteConfiguration", 404, "The specified bucket does not have a website configuration"},
    {"NotImplemented", 501, "A header or parameter you provided implies functionality that is not implemented."},
    {"NotModified", 304, "Not Modified"},
    {"ObjectLockConfigurationNotFoundError", 404, "Object Lock configuration does not exist for this bucket"},
    {"OperationAborted", 409, "A conflicting operation is under way. Try again."},
    {"OwnershipControlsNotFoundError", 404, "The bucket ownership controls were not found"},
    {"PreconditionFailed", 412, "At least one of the preconditions that you specified did not hold."},
    {"QuotaExceeded", 403, "The upload exceeds a quota."},
    {"ReplicationConfigurationNotFoundError", 404, "The replication configuration was not found"},
    {"RequestTimeTooSkewed", 403, "The difference between the request time and the server's time is too large."},
    {"ServerSideEncryptionConfigurationNotFoundError", 404, "The server side encryption configuration was not found"},
    {"ServiceUnavailable", 503, "Service is unable to handle the request just now. Please try again."},
    {"SignatureDoesNotMatch", 403,
     "The request signature that the server calculated does not match the signature that you provided."},
    {"SlowDown", 503, "Please reduce your request rate."},
    {"TooManyBuckets", 400, "You have attempted to create more buckets than allowed."},
    {"UnresolvableGrantByEmailAddress", 400, "The email address that you provided does not match any account."},
    {"UserKeyMustBeSpecified", 400, "The bucket POST must contain the specified field name."},
    {"XAmzContentSHA256Mismatch", 400, "The provided 'x-amz-content-sha256' header does not match what was computed."},
});

// One of kErrors; anything else does not compile.
class ErrorCode {
public:
    consteval ErrorCode(const char* code) : info_(nullptr) {
        for (const auto& each : kErrors)
            if (each.code == code) info_ = &each;
        if (!info_) throw "no such S3 error code";
    }
    const ErrorInfo& info() const { return *info_; }

private:
    const ErrorInfo* info_;
};

class S3Error : public std::runtime_error {
public:
    explicit S3Error(ErrorCode code) : S3Error(code, std::string(code.info().message)) {}
    S3Error(ErrorCode code, const std::string& message) : std::runtime_error(message), info_(&code.info()) {}

    std::string_view code() const { return info_->code; }
    int status() const { return info_->status; }
    // A further element of the document (Resource, ArgumentName, Region).
    S3Error&& with(std::string name, std::string value) && {
        elements_.emplace_back(std::move(name), std::move(value));
        return std::move(*this);
    }
    // A header of the answer (x-amz-delete-marker).
    S3Error&& header(std::string name, std::string value) && {
        headers_.emplace_back(std::move(name), std::move(value));
        return std::move(*this);
    }
    const std::vector<std::pair<std::string, std::string>>& elements() const { return elements_; }
    const std::vector<std::pair<std::string, std::string>>& headers() const { return headers_; }

private:
    const ErrorInfo* info_;
    std::vector<std::pair<std::string, std::string>> elements_, headers_;
};

}  // namespace cumulet::objectstore::s3
