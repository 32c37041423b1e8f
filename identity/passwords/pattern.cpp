#include "identity/passwords/pattern.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <memory>
#include <stdexcept>

namespace cumulet::identity::passwords {
namespace {

constexpr std::uint32_t kMostSteps = 1'000'000;
constexpr std::uint32_t kMostHeapKib = 4096;

template <auto free>
struct Free {
    template <class T>
    void operator()(T* item) const {
        free(item);
    }
};
using Code = std::unique_ptr<pcre2_code, Free<pcre2_code_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Free<pcre2_match_data_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Free<pcre2_match_context_free>>;

Code compiled(const std::string& regex) {
    int error = 0;
    PCRE2_SIZE where = 0;
    Code code(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(regex.data()), regex.size(),
                            PCRE2_ANCHORED | PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &error, &where, nullptr));
    if (code) return code;
    PCRE2_UCHAR text[256] = {};
    pcre2_get_error_message(error, text, sizeof text);
    throw std::invalid_argument("'" + regex + "' at character " + std::to_string(where) + ": " +
                                reinterpret_cast<const char*>(text));
}

}  // namespace

void check_pattern(const std::string& regex) { compiled(regex); }

bool matches_pattern(const std::string& regex, std::string_view text) {
    const auto code = compiled(regex);
    const MatchData data(pcre2_match_data_create_from_pattern(code.get(), nullptr));
    const MatchContext context(pcre2_match_context_create(nullptr));
    pcre2_set_match_limit(context.get(), kMostSteps);
    pcre2_set_heap_limit(context.get(), kMostHeapKib);
    return pcre2_match(code.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0, data.get(),
                       context.get()) >= 0;
}

}  // namespace cumulet::identity::passwords
