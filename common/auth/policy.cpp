#include "common/auth/policy.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <mutex>
#include <optional>
#include <set>
#include <sstream>

#include "common/auth/policy_eval.hpp"
#include "common/auth/policy_parse.hpp"

namespace cumulet::auth {

namespace {

struct Rule {
    std::string text;
    std::unique_ptr<Check> check;
    std::vector<std::string> scope_types;
    std::vector<std::string> target_keys;
};

using Rules = std::map<std::string, Rule, std::less<>>;

constexpr std::size_t kMaxFileBytes = 4u << 20;

std::unique_ptr<Check> parse_named(const std::string& name, const std::string& text) {
    try {
        return parse_check(text);
    } catch (const PolicyError& error) {
        throw PolicyError("policy rule '" + name + "' (" + text.substr(0, 200) + "): " + error.what());
    }
}

// Resolves the references of every rule once, collecting what its target must have; refuses unknown rules and circles.
class Linker {
public:
    explicit Linker(Rules& rules) : rules_(rules) {}
    void run() {
        for (auto& [name, rule] : rules_) keys_of(name, rule);
    }

private:
    const std::set<std::string>& keys_of(const std::string& name, Rule& rule) {
        auto [entry, fresh] = keys_.try_emplace(name);
        if (!fresh) {
            if (!entry->second) throw PolicyError("policy rule '" + name + "' refers to itself");
            return *entry->second;
        }
        std::set<std::string> keys;
        collect(name, *rule.check, keys);
        rule.target_keys.assign(keys.begin(), keys.end());
        return keys_[name].emplace(std::move(keys));
    }

    void collect(const std::string& name, const Check& check, std::set<std::string>& keys) {
        if (check.kind == Check::Kind::compare || check.kind == Check::Kind::role)
            for (auto& key : template_keys(check.right)) keys.insert(std::move(key));
        if (check.kind == Check::Kind::rule) {
            auto found = rules_.find(check.right);
            if (found == rules_.end())
                throw PolicyError("policy rule '" + name + "' refers to '" + check.right + "', which is not there");
            const auto& inner = keys_of(found->first, found->second);
            keys.insert(inner.begin(), inner.end());
        }
        for (const auto& child : check.children) collect(name, *child, keys);
    }

    Rules& rules_;
    std::map<std::string, std::optional<std::set<std::string>>> keys_;  // nullopt: being followed
};

// A rule of a policy file: text, or the old form of lists of lists (any of the lists, all of one list).
std::string check_text(const std::string& name, const YAML::Node& node) {
    if (node.IsNull()) return "";
    if (node.IsScalar()) return node.Scalar();
    if (!node.IsSequence()) throw PolicyError("policy rule '" + name + "' must be text");
    std::string any;
    for (const auto& item : node) {
        std::string all;
        if (item.IsScalar()) all = item.Scalar();
        if (item.IsSequence())
            for (const auto& part : item) {
                if (!part.IsScalar()) throw PolicyError("policy rule '" + name + "' is nested too deeply");
                all += (all.empty() ? "" : " and ") + part.Scalar();
            }
        any += (any.empty() ? "(" : " or (") + (all.empty() ? std::string("@") : all) + ")";
    }
    return any;
}

std::map<std::string, std::string> read_overrides(const std::string& yaml) {
    if (yaml.size() > kMaxFileBytes) throw PolicyError("the policy file is longer than 4 MiB");
    std::map<std::string, std::string> overrides;
    try {
        const YAML::Node root = YAML::Load(yaml);
        if (root.IsNull() || !root.IsDefined()) return overrides;
        if (!root.IsMap()) throw PolicyError("a policy file is a mapping of rule names to checks");
        for (const auto& item : root) {
            const auto name = item.first.as<std::string>();
            overrides[name] = check_text(name, item.second);
        }
    } catch (const YAML::Exception& error) {
        throw PolicyError(std::string("the policy file is not readable as YAML: ") + error.what());
    }
    return overrides;
}

bool scope_fits(const Rule& rule, const Context& who) {
    if (rule.scope_types.empty()) return true;
    const auto takes = [&](std::string_view scope) {
        return std::find(rule.scope_types.begin(), rule.scope_types.end(), scope) != rule.scope_types.end();
    };
    if (who.system_scope) return takes("system");
    if (!who.domain_id.empty()) return takes("domain");
    if (!who.project_id.empty()) return takes("project");
    // What is open to every scope is also asked before there is one: which projects a user has.
    return takes("system") && takes("domain") && takes("project");
}

}  // namespace

struct PolicyEngine::State {
    std::vector<RuleDefault> defaults;  // later ones outweigh earlier ones of the same name
    bool enforce_scope = true;
    mutable std::mutex mutex;
    std::shared_ptr<const Rules> rules;

    std::shared_ptr<const Rules> now() const {
        std::lock_guard lock(mutex);
        return rules;
    }

    std::shared_ptr<const Rules> build(const std::map<std::string, std::string>& overrides) const {
        Rules built;
        for (const auto& rule : defaults) {
            Rule& entry = built[rule.name];
            entry.text = rule.check;
            entry.scope_types = rule.scope_types;
        }
        for (const auto& [name, text] : overrides) built[name].text = text;
        for (auto& [name, rule] : built) rule.check = parse_named(name, rule.text);
        Linker(built).run();
        return std::make_shared<const Rules>(std::move(built));
    }
};

PolicyEngine::PolicyEngine(std::vector<RuleDefault> defaults, bool enforce_scope) : state_(std::make_unique<State>()) {
    state_->enforce_scope = enforce_scope;
    state_->defaults = common_rules();
    std::move(defaults.begin(), defaults.end(), std::back_inserter(state_->defaults));
    state_->rules = state_->build({});
}

PolicyEngine::~PolicyEngine() = default;

void PolicyEngine::load_yaml(const std::string& yaml) {
    auto rules = state_->build(read_overrides(yaml));
    std::lock_guard lock(state_->mutex);
    state_->rules = std::move(rules);
}

void PolicyEngine::load_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw PolicyError("the policy file " + path + " cannot be read");
    std::ostringstream text;
    text << file.rdbuf();
    load_yaml(text.str());
}

bool PolicyEngine::allows(std::string_view rule, const Context& who, const nlohmann::json& target) const {
    const auto rules = state_->now();
    auto found = rules->find(rule);
    if (found == rules->end()) return false;
    if (state_->enforce_scope && !scope_fits(found->second, who)) return false;
    return evaluate(*found->second.check, who, target, [&](std::string_view name) -> const Check* {
        auto named = rules->find(name);
        return named == rules->end() ? nullptr : named->second.check.get();
    });
}

std::vector<std::string> PolicyEngine::target_keys(std::string_view rule) const {
    const auto rules = state_->now();
    auto found = rules->find(rule);
    return found == rules->end() ? std::vector<std::string>{} : found->second.target_keys;
}

std::map<std::string, std::string> PolicyEngine::rules() const {
    std::map<std::string, std::string> shown;
    for (const auto& [name, rule] : *state_->now()) shown[name] = rule.text;
    return shown;
}

}  // namespace cumulet::auth
