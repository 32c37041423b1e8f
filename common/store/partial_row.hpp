// A few fields of a stored row: for readers of the change log, who look at many rows for little.
#pragma once

#include "common/store/record.hpp"

namespace cumulet::store {

namespace detail {
template <class Owner, class A, class B>
constexpr bool same_member(A Owner::*a, B Owner::*b) {
    if constexpr (std::is_same_v<A, B>) return a == b;
    return false;
}
}  // namespace detail

// Of a stored row only the fields `wanted`; the others keep their defaults and are passed over.
template <Record R, class... T>
R decode_row_partly(std::string_view bytes, T R::*... wanted) {
    Decoder in(bytes);
    if (in.array() != 2) throw CodecError("not a row");
    in.integer();
    R record{};
    auto left = in.array();
    auto take = [&](const auto& each) {
        if (left == 0) return;
        --left;
        if ((detail::same_member(each.member, wanted) || ...))
            decode(in, record.*(each.member));
        else
            in.skip();
    };
    Describe<R>::fields.apply([&](const auto&... each) { (take(each), ...); });
    return record;
}

}  // namespace cumulet::store
