#include "identity/ldap/connection.hpp"

#include <fmt/format.h>
#include <ldap.h>

#include "common/runtime/text.hpp"

namespace cumulet::identity::ldap {
namespace {

constexpr std::size_t kMostEntries = 2'000'000;

void check(int code, const char* what) {
    if (code != LDAP_SUCCESS) throw DirectoryError(fmt::format("{}: {}", what, ldap_err2string(code)));
}

struct FreeMessage {
    void operator()(LDAPMessage* message) const { ldap_msgfree(message); }
};
using Message = std::unique_ptr<LDAPMessage, FreeMessage>;

Entry entry_of(LDAP* ldap, LDAPMessage* message) {
    Entry entry;
    if (char* dn = ldap_get_dn(ldap, message)) {
        entry.dn = dn;
        ldap_memfree(dn);
    }
    BerElement* position = nullptr;
    for (char* name = ldap_first_attribute(ldap, message, &position); name;
         name = ldap_next_attribute(ldap, message, position)) {
        auto& values = entry.attributes[text::to_lower(name)];
        if (berval** found = ldap_get_values_len(ldap, message, name)) {
            for (int i = 0; found[i]; ++i) values.emplace_back(found[i]->bv_val, found[i]->bv_len);
            ldap_value_free_len(found);
        }
        ldap_memfree(name);
    }
    if (position) ber_free(position, 0);
    return entry;
}

int dereferencing(const std::string& name) {
    if (name == "searching") return LDAP_DEREF_SEARCHING;
    if (name == "finding") return LDAP_DEREF_FINDING;
    if (name == "always") return LDAP_DEREF_ALWAYS;
    return LDAP_DEREF_NEVER;
}

}  // namespace

struct Connection::State {
    LDAP* ldap = nullptr;
    timeval patience{};
    int page_size = 0;
    int scope = LDAP_SCOPE_ONELEVEL;

    ~State() {
        if (ldap) ldap_unbind_ext_s(ldap, nullptr, nullptr);
    }
    void set_up(const Options& options);
    void start_tls(const Options& options);
    int bind(const char* dn, const std::string& password);
    // One page; returns the cookie of the next, empty after the last.
    std::string page(const std::string& base, int scope, const std::string& filter, char** attributes,
                     const std::string& cookie, std::vector<Entry>& out);
};

void Connection::State::set_up(const Options& options) {
    check(ldap_initialize(&ldap, options.url.c_str()), "the address of the directory");
    const int version = LDAP_VERSION3, deref = dereferencing(options.alias_dereferencing);
    patience.tv_sec = options.timeout_s;
    page_size = options.page_size;
    if (options.whole_subtree) scope = LDAP_SCOPE_SUBTREE;
    ldap_set_option(ldap, LDAP_OPT_PROTOCOL_VERSION, &version);
    ldap_set_option(ldap, LDAP_OPT_NETWORK_TIMEOUT, &patience);
    ldap_set_option(ldap, LDAP_OPT_TIMEOUT, &patience);
    ldap_set_option(ldap, LDAP_OPT_DEREF, &deref);
    ldap_set_option(ldap, LDAP_OPT_REFERRALS, options.chase_referrals ? LDAP_OPT_ON : LDAP_OPT_OFF);
}

void Connection::State::start_tls(const Options& options) {
    int demand = LDAP_OPT_X_TLS_DEMAND;
    if (options.tls_req_cert == "never") demand = LDAP_OPT_X_TLS_NEVER;
    if (options.tls_req_cert == "allow") demand = LDAP_OPT_X_TLS_ALLOW;
    ldap_set_option(ldap, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);
    if (!options.tls_cacertfile.empty())
        ldap_set_option(ldap, LDAP_OPT_X_TLS_CACERTFILE, options.tls_cacertfile.c_str());
    if (!options.tls_cacertdir.empty()) ldap_set_option(ldap, LDAP_OPT_X_TLS_CACERTDIR, options.tls_cacertdir.c_str());
    const int client = 0;
    ldap_set_option(ldap, LDAP_OPT_X_TLS_NEWCTX, &client);
    if (options.use_tls && !options.url.starts_with("ldaps:"))
        check(ldap_start_tls_s(ldap, nullptr, nullptr), "TLS with the directory");
}

int Connection::State::bind(const char* dn, const std::string& password) {
    berval secret{.bv_len = password.size(), .bv_val = const_cast<char*>(password.data())};
    int id = 0;
    check(ldap_sasl_bind(ldap, dn, LDAP_SASL_SIMPLE, &secret, nullptr, nullptr, &id), "binding to the directory");
    LDAPMessage* answer = nullptr;
    const int kind = ldap_result(ldap, id, LDAP_MSG_ALL, &patience, &answer);
    const Message owned(answer);
    if (kind <= 0) throw DirectoryError("the directory does not answer a bind in time");
    int code = LDAP_OTHER;
    check(ldap_parse_result(ldap, answer, &code, nullptr, nullptr, nullptr, nullptr, 0), "the answer to a bind");
    return code;
}

std::string Connection::State::page(const std::string& base, int how, const std::string& filter, char** attributes,
                                    const std::string& cookie, std::vector<Entry>& out) {
    LDAPControl* control = nullptr;
    berval last{.bv_len = cookie.size(), .bv_val = const_cast<char*>(cookie.data())};
    if (page_size > 0) check(ldap_create_page_control(ldap, page_size, &last, 'T', &control), "asking for a page");
    LDAPControl* controls[] = {control, nullptr};
    LDAPMessage* answer = nullptr;
    const int code = ldap_search_ext_s(ldap, base.c_str(), how, filter.c_str(), attributes, 0,
                                       control ? controls : nullptr, nullptr, &patience, LDAP_NO_LIMIT, &answer);
    if (control) ldap_control_free(control);
    const Message owned(answer);
    if (code == LDAP_NO_SUCH_OBJECT) return "";
    check(code, "searching the directory");
    for (auto* one = ldap_first_entry(ldap, answer); one; one = ldap_next_entry(ldap, one)) {
        if (out.size() >= kMostEntries) throw DirectoryError("the directory has too many entries");
        out.push_back(entry_of(ldap, one));
    }
    if (page_size == 0) return "";
    LDAPControl** returned = nullptr;
    int status = 0;
    check(ldap_parse_result(ldap, answer, &status, nullptr, nullptr, nullptr, &returned, 0), "the end of a page");
    std::string next;
    if (auto* found = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, returned, nullptr)) {
        berval more{};
        ber_int_t estimate = 0;
        if (ldap_parse_pageresponse_control(ldap, found, &estimate, &more) == LDAP_SUCCESS) {
            next.assign(more.bv_val ? more.bv_val : "", more.bv_len);
            ber_memfree(more.bv_val);
        }
    }
    ldap_controls_free(returned);
    return next;
}

std::string Entry::text(const std::string& name) const {
    auto found = attributes.find(text::to_lower(name));
    return found == attributes.end() || found->second.empty() ? "" : found->second.front();
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = c != '*' && c != '(' && c != ')' && c != '\\' && static_cast<unsigned char>(c) >= 0x20;
        if (plain)
            out += c;
        else
            out += fmt::format("\\{:02x}", static_cast<unsigned char>(c));
    }
    return out;
}

Connection::Connection(const Options& options) : state_(std::make_unique<State>()) {
    state_->set_up(options);
    if (options.use_tls || options.url.starts_with("ldaps:")) state_->start_tls(options);
}

Connection::~Connection() = default;

bool Connection::bind(const std::string& dn, const std::string& password) {
    if (password.empty() || dn.empty()) return false;
    const int code = state_->bind(dn.c_str(), password);
    for (const int wrong : {LDAP_INVALID_CREDENTIALS, LDAP_NO_SUCH_OBJECT, LDAP_INAPPROPRIATE_AUTH,
                            LDAP_INVALID_DN_SYNTAX, LDAP_UNWILLING_TO_PERFORM, LDAP_CONSTRAINT_VIOLATION})
        if (code == wrong) return false;
    check(code, "binding to the directory");
    return true;
}

void Connection::bind_anonymously() { check(state_->bind("", ""), "binding to the directory"); }

std::vector<Entry> Connection::search(const std::string& base, bool only_base, const std::string& filter,
                                      const std::vector<std::string>& attributes) {
    std::vector<char*> names;
    for (const auto& name : attributes)
        if (!name.empty()) names.push_back(const_cast<char*>(name.c_str()));
    names.push_back(nullptr);
    std::vector<Entry> found;
    std::string cookie;
    do {
        cookie = state_->page(base, only_base ? LDAP_SCOPE_BASE : state_->scope, filter, names.data(), cookie, found);
    } while (!cookie.empty());
    return found;
}

}  // namespace cumulet::identity::ldap
