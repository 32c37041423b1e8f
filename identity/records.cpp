#include "identity/records.hpp"

#include "common/store/record_set.hpp"
#include "identity/model/catalog.hpp"
#include "identity/model/credentials.hpp"
#include "identity/model/directory.hpp"
#include "identity/model/domain_config.hpp"
#include "identity/model/endpoint_filters.hpp"
#include "identity/model/endpoint_policies.hpp"
#include "identity/model/federation.hpp"
#include "identity/model/limits.hpp"
#include "identity/model/login_state.hpp"
#include "identity/model/oauth1.hpp"
#include "identity/model/policies.hpp"
#include "identity/model/resources.hpp"
#include "identity/model/revocation.hpp"
#include "identity/model/roles.hpp"
#include "identity/model/trusts.hpp"
#include "identity/model/users.hpp"

namespace cumulet::identity {
namespace {

using Records =
    store::RecordSet<Region, ServiceEntry, EndpointEntry, Credential, ApplicationCredential, AccessRule, DirectoryEntry,
                     DomainConfig, EndpointGroup, ProjectEndpoint, ProjectEndpointGroup, PolicyAssociation,
                     IdentityProvider, RemoteId, FederationProtocol, Mapping, ServiceProvider, UsedAssertion,
                     FederatedUser, ExpiringMembership, RegisteredLimit, Limit, LoginState, OauthConsumer, OauthRequest,
                     OauthAccess, PolicyDocument, Project, RevocationEvent, Role, ImpliedRole, Assignment, Trust, User,
                     UserSecret, Group, Membership>;

}  // namespace

std::size_t ensure_indexes(store::Engine& engine) { return Records::ensure_indexes(engine); }

std::vector<std::string> record_schemas() { return Records::schemas(); }

}  // namespace cumulet::identity
