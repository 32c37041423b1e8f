#include "identity/federation/literal.hpp"

namespace cumulet::identity::federation {
namespace {

class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    std::optional<std::vector<std::string>> list() {
        std::vector<std::string> items;
        blanks();
        if (!take('[')) return std::nullopt;
        blanks();
        while (!take(']')) {
            auto one = item();
            if (!one) return std::nullopt;
            items.push_back(std::move(*one));
            blanks();
            if (take(',')) {
                blanks();
                continue;
            }
            if (!take(']')) return std::nullopt;
            break;
        }
        blanks();
        if (!text_.empty()) return std::nullopt;
        return items;
    }

private:
    void blanks() {
        while (!text_.empty() && (text_[0] == ' ' || text_[0] == '\t' || text_[0] == '\n')) text_.remove_prefix(1);
    }
    bool take(char wanted) {
        if (text_.empty() || text_[0] != wanted) return false;
        text_.remove_prefix(1);
        return true;
    }
    std::optional<std::string> item() {
        if (take('\'')) return quoted('\'');
        if (take('"')) return quoted('"');
        std::string digits;
        while (!text_.empty() && text_[0] >= '0' && text_[0] <= '9') {
            digits += text_[0];
            text_.remove_prefix(1);
        }
        if (digits.empty()) return std::nullopt;
        return digits;
    }
    std::optional<std::string> quoted(char end) {
        std::string value;
        while (!text_.empty()) {
            char c = text_[0];
            text_.remove_prefix(1);
            if (c == end) return value;
            if (c == '\\') {
                if (text_.empty()) return std::nullopt;
                c = text_[0];
                text_.remove_prefix(1);
                if (c == 'n')
                    c = '\n';
                else if (c == 't')
                    c = '\t';
                else if (c != '\\' && c != '\'' && c != '"')
                    value += '\\';
            }
            value += c;
        }
        return std::nullopt;
    }
    std::string_view text_;
};

}  // namespace

std::optional<std::vector<std::string>> read_python_list(std::string_view text) { return Reader(text).list(); }

}  // namespace cumulet::identity::federation
