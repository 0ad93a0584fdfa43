"""What the platform's official Python SDK sees of an org, as plain dictionaries."""
import PureCloudPlatformClientV2 as sdk


def every(method, *arguments, size=100, **options):
    """All entities of a listing with page numbers, as the SDK's own examples page through them."""
    entities, number = [], 1
    while True:
        page = method(*arguments, page_size=size, page_number=number, **options)
        entities += page.entities
        if number >= (page.page_count or 1):
            return entities
        number += 1


def fetch(url, client_id, client_secret):
    """Obtains a token by the SDK's own call and lists everything that Rolecall lists."""
    configuration = sdk.configuration
    configuration.host = url
    # The login host is the API host with `api.` replaced by `login.`; a loopback address stays as it is.
    api = sdk.api_client.ApiClient(host=url).get_client_credentials_token(client_id, client_secret)
    authorization, users, groups = sdk.AuthorizationApi(api), sdk.UsersApi(api), sdk.GroupsApi(api)
    roles = every(authorization.get_authorization_roles, user_count=False, size=25)
    people = every(users.get_users, state="any", size=50)
    teams = every(groups.get_groups)
    return {
        "organization": sdk.OrganizationApi(api).get_organizations_me(),
        "clients": sdk.OAuthApi(api).get_oauth_clients().entities,
        "roles": roles,
        "permissions": {
            f"{one.domain}:{one.entity_type}:{one.action}": one
            for collection in every(authorization.get_authorization_permissions)
            for entries in collection.permission_map.values()
            for one in entries
        },
        "divisions": every(authorization.get_authorization_divisions),
        # {(subject id, type, role id, division id)}
        "grants": {
            (subject.id, subject.type, role.id, division.id)
            for role in roles
            for subject in every(authorization.get_authorization_role_subjectgrants, role.id)
            for division in subject.divisions
        },
        "users": people,
        "groups": teams,
        "members": {group.id: {user.id for user in every(groups.get_group_members, group.id)} for group in teams},
    }


def role_permissions(role, catalogue):
    """The permissions of a role, wildcards expanded over the catalogue, one-word permissions included."""
    found = set(role.permissions or [])
    for policy in role.permission_policies or []:
        for action in policy.action_set or []:
            found |= expand(f"{policy.domain}:{policy.entity_name}:{action}", catalogue)
    return found


def expand(pattern, catalogue):
    parts = pattern.split(":")
    if "*" not in parts:
        return {pattern}
    return {
        permission
        for permission in catalogue
        if all(part in ("*", given) for part, given in zip(parts, permission.split(":")))
    }
