// Rules and assertions: whatever they are, the answer is who it is, or a fault. Each line is a piece of a rule as its
// schema allows it, or a value of the assertion; its first letter says which.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "common/api/fault.hpp"
#include "identity/federation/literal.hpp"
#include "identity/federation/mapping.hpp"
#include "identity/federation/mapping_rules.hpp"

using namespace cumulet::identity::federation;
using nlohmann::json;

namespace {

struct Draft {
    json local = json::object(), remote = json::array(), rules = json::array();
    std::string values;

    void finish_rule() {
        if (remote.empty()) remote.push_back({{"type", "v"}});
        rules.push_back({{"local", {local}}, {"remote", remote}});
        local = json::object();
        remote = json::array();
    }
    void require(const char* kind, const std::string& pattern, bool regex) {
        remote.push_back({{"type", "v"}, {kind, {pattern}}, {"regex", regex}});
    }
    void take(char kind, const std::string& text) {
        switch (kind) {
            case 'u':
                local["user"]["name"] = text;
                break;
            case 'i':
                local["user"]["id"] = text;
                break;
            case 'e':
                local["user"]["email"] = text;
                break;
            case 'l':
                local["user"]["type"] = "local";
                break;
            case 'd':
                local["domain"]["name"] = text;
                break;
            case 'g':
                local["groups"] = text;
                break;
            case 'G':
                local["group_ids"] = text;
                break;
            case 'n':
                local["group"] = {{"name", text}, {"domain", {{"id", text}}}};
                break;
            case 'p':
                local["projects"].push_back({{"name", text}, {"roles", {{{"name", text}}}}});
                break;
            case 'a':
            case 'A':
                require("any_one_of", text, kind == 'A');
                break;
            case 'x':
            case 'X':
                require("not_any_of", text, kind == 'X');
                break;
            case 'b':
            case 'B':
                require("blacklist", text, kind == 'B');
                break;
            case 'w':
            case 'W':
                require("whitelist", text, kind == 'W');
                break;
            case 's':
                remote.push_back({{"type", "v"}});
                break;
            case ';':
                finish_rule();
                break;
            default:
                values += text + ';';
        }
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    Draft draft;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        if (end > 0) draft.take(text[0], std::string(text.substr(1, end - 1)));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    draft.finish_rule();
    read_python_list(draft.values);
    if (problem_of_rules(draft.rules)) return 0;
    try {
        apply_rules(draft.rules, {{"v", split_values(draft.values)}});
    } catch (const cumulet::api::Fault&) {
    }
    return 0;
}
