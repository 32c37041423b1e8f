// One connection to a directory. Every call ends within the configured time.
#pragma once

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "identity/ldap/options.hpp"

namespace cumulet::identity::ldap {

// The directory does not answer, or not what it should.
class DirectoryError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct Entry {
    std::string dn;
    std::map<std::string, std::vector<std::string>> attributes;  // names in lower case
    // The first value; empty when there is none.
    std::string text(const std::string& name) const;
};

// `text` as a value in a filter: nothing in it has a meaning.
std::string escaped(std::string_view text);

// One thread at a time.
class Connection {
public:
    // Connects, with TLS where asked. Throws DirectoryError.
    explicit Connection(const Options& options);
    ~Connection();

    // False for a wrong password or name. An empty password is always wrong: a directory would call that anonymous.
    bool bind(const std::string& dn, const std::string& password);
    void bind_anonymously();
    // Everything below `base` (or at it, with `only_base`) that fits, in pages where configured.
    std::vector<Entry> search(const std::string& base, bool only_base, const std::string& filter,
                              const std::vector<std::string>& attributes);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace cumulet::identity::ldap
