// Uploads by forms of web pages: a signature in the form, made with a temporary URL's key, stands for a token.
#pragma once

#include "objectstore/swift/call.hpp"

namespace cumulet::objectstore::swift {

// Whether a POST carries such a form.
bool is_form_post(const SwiftCall& call);
// Puts the files of the form as objects below the path. Answers 201, or 303 to where the form says. Faults 400 and 401.
http::Task<api::Reply> post_form(SwiftCall& call, std::string account, std::string container, std::string prefix);

}  // namespace cumulet::objectstore::swift
