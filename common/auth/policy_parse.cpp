#include "common/auth/policy_parse.hpp"

#include <cctype>
#include <utility>

#include "common/auth/policy.hpp"
#include "common/runtime/text.hpp"

namespace cumulet::auth {

namespace {

constexpr std::size_t kMaxText = 64 * 1024;
constexpr int kMaxDepth = 100;

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

// Words and parentheses. A parenthesis inside "%(name)s" belongs to its word.
std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    auto flush = [&] {
        if (!word.empty()) words.push_back(std::exchange(word, {}));
    };
    char quote = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quote) {
            word += c;
            if (c == quote) quote = 0;
        } else if (c == '\'' || c == '"') {
            quote = c;
            word += c;
        } else if (is_space(c)) {
            flush();
        } else if (c == '%' && i + 1 < text.size() && text[i + 1] == '(') {
            const auto end = text.find(')', i);
            if (end == std::string_view::npos) throw PolicyError("a '%(' without its ')'");
            word.append(text.substr(i, end - i + 1));
            i = end;
        } else if (c == '(' || c == ')') {
            flush();
            words.emplace_back(1, c);
        } else {
            word += c;
        }
    }
    if (quote) throw PolicyError("a quote is not closed");
    flush();
    return words;
}

bool is_quoted(std::string_view text) {
    return text.size() >= 2 && (text.front() == '\'' || text.front() == '"') && text.back() == text.front();
}

bool is_literal(std::string_view text) {
    if (is_quoted(text) || text == "True" || text == "False" || text == "None") return true;
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string unquoted(std::string_view text) {
    return std::string(is_quoted(text) ? text.substr(1, text.size() - 2) : text);
}

std::unique_ptr<Check> make(Check::Kind kind) {
    auto check = std::make_unique<Check>();
    check->kind = kind;
    return check;
}

std::unique_ptr<Check> leaf(const std::string& word) {
    if (word == "@") return make(Check::Kind::always);
    if (word == "!") return make(Check::Kind::never);
    // The part before the colon may be a quoted literal that holds one itself.
    std::size_t colon = std::string::npos;
    if (word.front() == '\'' || word.front() == '"') {
        const auto close = word.find(word.front(), 1);
        if (close != std::string::npos) colon = word.find(':', close);
    } else {
        colon = word.find(':');
    }
    if (colon == std::string::npos || colon == 0) throw PolicyError("'" + word + "' is no check: expected KIND:VALUE");
    const std::string left = word.substr(0, colon);
    const std::string right = word.substr(colon + 1);
    if (left == "http" || left == "https") throw PolicyError("'" + word + "': remote checks are not supported");
    if (left == "role" || left == "rule") {
        auto check = make(left == "role" ? Check::Kind::role : Check::Kind::rule);
        check->right = right;
        return check;
    }
    auto check = make(Check::Kind::compare);
    if (left == "field") {  // Neutron: field:RESOURCE:NAME=VALUE compares an attribute of the target
        const auto equals = right.find('=');
        const auto second = right.find(':');
        if (equals == std::string::npos || second == std::string::npos || second > equals)
            throw PolicyError("'" + word + "': expected field:RESOURCE:NAME=VALUE");
        check->left = unquoted(right.substr(equals + 1));
        check->left_is_literal = true;
        check->right = "%(" + right.substr(second + 1, equals - second - 1) + ")s";
        return check;
    }
    check->left_is_literal = is_literal(left);
    check->left = check->left_is_literal ? unquoted(left) : left;
    check->right = unquoted(right);
    return check;
}

class Parser {
public:
    explicit Parser(std::vector<std::string> words) : words_(std::move(words)) {}

    std::unique_ptr<Check> whole() {
        auto check = any_of();
        if (at_ < words_.size()) throw PolicyError("'" + words_[at_] + "' was not expected here");
        return check;
    }

private:
    bool next_is(std::string_view keyword) const { return at_ < words_.size() && text::iequals(words_[at_], keyword); }

    std::unique_ptr<Check> joined(Check::Kind kind, std::string_view keyword,
                                  std::unique_ptr<Check> (Parser::*part)()) {
        auto first = (this->*part)();
        if (!next_is(keyword)) return first;
        auto check = make(kind);
        check->children.push_back(std::move(first));
        while (next_is(keyword)) {
            ++at_;
            check->children.push_back((this->*part)());
        }
        return check;
    }

    std::unique_ptr<Check> any_of() { return joined(Check::Kind::any_of, "or", &Parser::all_of); }
    std::unique_ptr<Check> all_of() { return joined(Check::Kind::all_of, "and", &Parser::single); }

    std::unique_ptr<Check> single() {
        if (++depth_ > kMaxDepth) throw PolicyError("nested too deeply");
        if (at_ >= words_.size()) throw PolicyError("the rule ends where a check was expected");
        const std::string word = words_[at_++];
        std::unique_ptr<Check> check;
        if (text::iequals(word, "not")) {
            check = make(Check::Kind::negation);
            check->children.push_back(single());
        } else if (word == "(") {
            check = any_of();
            if (!next_is(")")) throw PolicyError("a '(' is not closed");
            ++at_;
        } else if (word == ")" || text::iequals(word, "and") || text::iequals(word, "or")) {
            throw PolicyError("'" + word + "' was not expected here");
        } else {
            check = leaf(word);
        }
        --depth_;
        return check;
    }

    std::vector<std::string> words_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

}  // namespace

std::unique_ptr<Check> parse_check(std::string_view text) {
    if (text.size() > kMaxText) throw PolicyError("longer than a rule may be");
    if (text::trim(text).empty()) return make(Check::Kind::always);
    return Parser(words_of(text)).whole();
}

std::vector<std::string> template_keys(std::string_view text) {
    std::vector<std::string> keys;
    for (std::size_t at = 0; (at = text.find("%(", at)) != std::string_view::npos;) {
        const auto end = text.find(')', at);
        if (end == std::string_view::npos) break;
        keys.emplace_back(text.substr(at + 2, end - at - 2));
        at = end;
    }
    return keys;
}

}  // namespace cumulet::auth
