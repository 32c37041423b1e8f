// A constant list of values of different types, for what records declare of themselves. It is what std::tuple is
// without its conversions: those cost a fifth of the time that a file with a few records took to compile.
#pragma once

#include <cstddef>
#include <utility>

namespace cumulet::store {

namespace detail {

template <std::size_t Position, class T>
struct ListSlot {
    T value;
};

template <class Positions, class... Ts>
struct ListSlots;
template <std::size_t... Positions, class... Ts>
struct ListSlots<std::index_sequence<Positions...>, Ts...> : ListSlot<Positions, Ts>... {
    constexpr explicit ListSlots(Ts... values) : ListSlot<Positions, Ts>{values}... {}

    // f(first, second, ...)
    template <class F>
    constexpr decltype(auto) apply(F&& f) const {
        return std::forward<F>(f)(static_cast<const ListSlot<Positions, Ts>&>(*this).value...);
    }
};

}  // namespace detail

template <class... Ts>
struct List : detail::ListSlots<std::index_sequence_for<Ts...>, Ts...> {
    static constexpr std::size_t size = sizeof...(Ts);
    using detail::ListSlots<std::index_sequence_for<Ts...>, Ts...>::ListSlots;
};
template <class... Ts>
List(Ts...) -> List<Ts...>;

// The items of one and then those of the other.
template <class... First, class... Second>
constexpr List<First..., Second...> join(const List<First...>& first, const List<Second...>& second) {
    return first.apply([&](const auto&... ones) {
        return second.apply([&](const auto&... others) { return List<First..., Second...>(ones..., others...); });
    });
}

}  // namespace cumulet::store
