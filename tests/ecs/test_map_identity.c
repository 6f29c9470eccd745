/* Who acted: every type of identity, services, accounts. */
#include "ecs/columns/map.h"

#include "ecs/map_help.h"

static void test_identity(void)
{
    map("{'userIdentity':{'type':'Root','principalId':'111122223333',"
        "'arn':'arn:aws:iam::111122223333:root','accountId':'111122223333','accessKeyId':'ASIA1',"
        "'sessionContext':{'attributes':{'mfaAuthenticated':'true','creationDate':'2026-03-01T09:"
        "00:00Z'}}}}");
    is(TH_F_USER_IDENTITY_TYPE, "Root", "Root: type");
    is(TH_F_USER_NAME, NULL, "Root: no name");
    is(TH_F_USER_ID, "111122223333", "Root: id");
    is(TH_F_OWN_ACTOR, "root", "Root: actor");
    is(TH_F_OWN_TONE, "notable", "Root: tone");
    is(TH_F_ACCESS_KEY_ID, "ASIA1", "access key");
    is(TH_F_MFA_AUTHENTICATED, "true", "mfaAuthenticated is a text");
    is_num(TH_F_CREATION_DATE, INT64_C(1772355600000), "creationDate");
    is(TH_F_CLOUD_ACCOUNT_ID, "111122223333", "account");

    map("{'userIdentity':{'type':'IAMUser','principalId':'AIDA1','arn':'arn:aws:iam::1:user/dev/"
        "ivy',"
        "'accountId':'1','userName':'ivy'}}");
    is(TH_F_USER_NAME, "ivy", "IAMUser: name");
    is(TH_F_USER_ID, "AIDA1", "IAMUser: id");
    is(TH_F_OWN_ACTOR, "ivy", "IAMUser: actor");
    map("{'eventName':'ConsoleLogin','userIdentity':{'type':'IAMUser','principalId':'','accountId':"
        "'1','accessKeyId':'','userName':'HIDDEN_DUE_TO_SECURITY_REASONS'}}");
    is(TH_F_USER_NAME, "HIDDEN_DUE_TO_SECURITY_REASONS", "a hidden name is kept as it is");
    is(TH_F_OWN_ACTOR, NULL, "but nobody is shown");
    is(TH_F_SERVICE_NAME, NULL, "IAMUser: no service");
    is(TH_F_USER_EMAIL, NULL, "IAMUser: no address");

    map("{'userIdentity':{'type':'AssumedRole','principalId':'AROA1:s1','accountId':'1',"
        "'arn':'arn:aws:sts::1:assumed-role/Admin/"
        "s1','userName':'hidden','sessionContext':{'sessionIssuer':{"
        "'type':'Role','principalId':'AROA1','arn':'arn:aws:iam::1:role/x/Admin','accountId':'2',"
        "'userName':'Admin'},'ec2RoleDelivery':'2.0','sourceIdentity':'ivy','assumedRoot':'true',"
        "'signInSessionArn':'arn:s','webIdFederationData':{'federatedProvider':'p','attributes':{'"
        "a':'b'}}}}}");
    is(TH_F_USER_NAME, "Admin", "AssumedRole: the role's name, not the session's");
    is(TH_F_USER_ID, "AROA1:s1", "AssumedRole: id");
    is(TH_F_OWN_ACTOR, "Admin/s1", "AssumedRole: actor");
    is(TH_F_SESSION_ISSUER_TYPE, "Role", "issuer's type");
    is(TH_F_SESSION_ISSUER_PRINCIPAL_ID, "AROA1", "issuer's id");
    is(TH_F_SESSION_ISSUER_ARN, "arn:aws:iam::1:role/x/Admin", "issuer's ARN");
    is(TH_F_SESSION_ISSUER_ACCOUNT_ID, "2", "issuer's account");
    is(TH_F_EC2_ROLE_DELIVERY, "2.0", "ec2RoleDelivery");
    is(TH_F_SOURCE_IDENTITY, "ivy", "sourceIdentity");
    is_num(TH_F_ASSUMED_ROOT, 1, "assumedRoot");
    is(TH_F_SIGN_IN_SESSION_ARN, "arn:s", "signInSessionArn");
    is(TH_F_WEB_ID_FEDERATED_PROVIDER, "p", "federatedProvider");

    map("{'userIdentity':{'type':'AssumedRole','principalId':'AROA1:s1','arn':'arn:aws:sts::1:"
        "assumed-role/Admin/s1'}}");
    is(TH_F_USER_NAME, NULL, "AssumedRole without issuer: no name");
    is(TH_F_OWN_ACTOR, "Admin/s1", "but an actor");
    map("{'userIdentity':{'type':'AssumedRole','principalId':'AROA1:i-0abc','sessionContext':{"
        "'sessionIssuer':{'userName':'Web'}}}}");
    is(TH_F_OWN_ACTOR, "Web/i-0abc", "AssumedRole without ARN: session by the id");
    map("{'userIdentity':{'type':'AssumedRole','arn':'arn:aws-us-gov:sts::1:assumed-role/R/"
        "ivy@corp.example',"
        "'sessionContext':{'sessionIssuer':{'userName':'R'}}}}");
    is(TH_F_USER_EMAIL, "ivy@corp.example", "a session that is an address");
    is(TH_F_USER_NAME, "R", "stays out of the name");
    map("{'userIdentity':{'type':'AssumedRole','arn':'arn:aws:iam::1:role/ivy@corp.example'}}");
    is(TH_F_USER_EMAIL, NULL, "only STS ARNs have sessions");
    map("{'userIdentity':{'type':'IAMUser','arn':'arn:aws:sts::1:x/"
        "ivy@corp.example','userName':'a@b'}}");
    is(TH_F_USER_EMAIL, "a@b", "only some types have sessions; a user name may be an address");
    map("{'userIdentity':{'type':'IAMUser','userName':'@b'}}");
    is(TH_F_USER_EMAIL, NULL, "something must stand before the @");

    map("{'userIdentity':{'type':'FederatedUser','principalId':'1:bob','arn':'arn:aws:sts::1:"
        "federated-user/bob',"
        "'accountId':'1','sessionContext':{'sessionIssuer':{'type':'IAMUser','userName':'alice'}}}"
        "}");
    is(TH_F_USER_NAME, "alice", "FederatedUser: name of the issuer");
    is(TH_F_OWN_ACTOR, "alice/bob", "FederatedUser: actor");
    map("{'userIdentity':{'type':'FederatedUser','principalId':'1:bob','arn':'arn:aws:sts::1:"
        "federated-user/bob'}}");
    is(TH_F_OWN_ACTOR, "bob", "FederatedUser without issuer");

    map("{'userIdentity':{'type':'SAMLUser','principalId':'x:y','userName':'sam','identityProvider'"
        ":'idp'}}");
    is(TH_F_USER_NAME, "sam", "SAMLUser: name");
    is(TH_F_OWN_ACTOR, "sam", "SAMLUser: actor");
    is(TH_F_IDENTITY_PROVIDER, "idp", "identityProvider");
    map("{'userIdentity':{'type':'WebIdentityUser','userName':'123456','identityProvider':'"
        "accounts.google.com'}}");
    is(TH_F_OWN_ACTOR, "123456", "WebIdentityUser: actor");
    map("{'userIdentity':{'type':'AWSAccount','principalId':'AIDA:x','accountId':'999988887777'}}");
    is(TH_F_USER_ID, "AIDA:x", "AWSAccount: id");
    is(TH_F_OWN_ACTOR, "999988887777", "AWSAccount: actor");
    map("{'userIdentity':{'type':'Directory','userName':'d'}}");
    is(TH_F_OWN_ACTOR, "d", "Directory: actor");
    map("{'userIdentity':{'type':'Unknown'}}");
    is(TH_F_OWN_ACTOR, NULL, "Unknown: nobody");
    map("{'userIdentity':{'type':'Unknown','arn':'arn:aws:iam::1:user/p/q'}}");
    is(TH_F_OWN_ACTOR, "q", "Unknown: last part of the ARN");
}

static void test_services(void)
{
    map("{'eventName':'AssumeRole','userIdentity':{'type':'AWSService','invokedBy':'inspector2."
        "amazonaws.com',"
        "'principalId':'p','userName':'u'}}");
    is(TH_F_SERVICE_NAME, "inspector2.amazonaws.com", "AWSService: service.name");
    is(TH_F_USER_NAME, NULL, "AWSService: no user.name");
    is(TH_F_USER_ID, NULL, "AWSService: no user.id");
    is(TH_F_INVOKED_BY, "inspector2.amazonaws.com", "invokedBy");
    is(TH_F_OWN_ACTOR, "inspector2", "AWSService: actor");
    map("{'userIdentity':{'type':'AWSService','invokedBy':'AWS Internal'}}");
    is(TH_F_OWN_ACTOR, "AWS Internal", "a service without the domain");
    map("{'userIdentity':{'type':'AWSService','userName':'u','principalId':'p'}}");
    is(TH_F_SERVICE_NAME, NULL, "AWSService without invokedBy is no service");
    is(TH_F_USER_NAME, "u", "so the name counts");

    const char *linked = "{'userIdentity':{'type':'AssumedRole','principalId':'AROA:x','arn':'arn:"
                         "aws:sts::1:assumed-role/L/x@y',%s"
                         "'sessionContext':{'sessionIssuer':{'userName':'L',"
                         "'arn':'arn:aws:iam::1:role/aws-service-role/config.amazonaws.com/L'}}}}";
    char text[1024];
    const char *hole = strstr(linked, "%s");
    snprintf(text, sizeof text, "%.*s%s", (int)(hole - linked), linked, hole + 2);
    map(text);
    is(TH_F_SERVICE_NAME, "config.amazonaws.com", "a service-linked role: the service in its path");
    is(TH_F_USER_NAME, NULL, "no user.name");
    is(TH_F_USER_EMAIL, "x@y", "but the session's address");
    is(TH_F_OWN_ACTOR, "config", "actor");
    snprintf(text, sizeof text, "%.*s'invokedBy':'ssm.amazonaws.com',%s", (int)(hole - linked),
             linked, hole + 2);
    map(text);
    is(TH_F_SERVICE_NAME, "ssm.amazonaws.com", "invokedBy goes before the path");

    map("{'userIdentity':{'type':'IAMUser','userName':'ivy','principalId':'A','invokedBy':'signin."
        "amazonaws.com'}}");
    is(TH_F_SERVICE_NAME, NULL, "invokedBy alone makes no service");
    is(TH_F_USER_NAME, "ivy", "ivy did it");
    is(TH_F_OWN_ACTOR, "ivy", "and is shown");
    map("{'userIdentity':{'type':'IAMUser','userName':'ivy','sessionContext':{'sessionIssuer':{"
        "'arn':'arn:aws:iam::1:role/aws-service-role/x.amazonaws.com/L'}}}}");
    is(TH_F_SERVICE_NAME, NULL, "only assumed roles can be service-linked");
}

static void test_identity_center(void)
{
    map("{'userIdentity':{'type':'IdentityCenterUser','accountId':'1','credentialId':'c','"
        "onBehalfOf':{"
        "'userId':'544894e8-80c1','identityStoreArn':'arn:aws:identitystore::1:identitystore/d-1'},"
        "'inScopeOf':{'issuerType':'t','credentialsIssuedTo':'to','sourceArn':'sa','sourceAccount':"
        "'sc'},"
        "'invokedByDelegate':{'accountId':'77'}}}");
    is(TH_F_USER_ID, "544894e8-80c1", "IdentityCenterUser: id");
    is(TH_F_ON_BEHALF_OF_USER_ID, "544894e8-80c1", "onBehalfOf.userId");
    is(TH_F_ON_BEHALF_OF_IDENTITY_STORE_ARN, "arn:aws:identitystore::1:identitystore/d-1",
       "identityStoreArn");
    is(TH_F_CREDENTIAL_ID, "c", "credentialId");
    is(TH_F_IN_SCOPE_OF_ISSUER_TYPE, "t", "inScopeOf.issuerType");
    is(TH_F_IN_SCOPE_OF_CREDENTIALS_ISSUED_TO, "to", "inScopeOf.credentialsIssuedTo");
    is(TH_F_IN_SCOPE_OF_SOURCE_ARN, "sa", "inScopeOf.sourceArn");
    is(TH_F_IN_SCOPE_OF_SOURCE_ACCOUNT, "sc", "inScopeOf.sourceAccount");
    is(TH_F_INVOKED_BY_DELEGATE_ACCOUNT_ID, "77", "invokedByDelegate.accountId");
    is(TH_F_OWN_ACTOR, "544894e8-80c1", "IdentityCenterUser: actor");
    map("{'userIdentity':{'type':'IdentityCenterUser','principalId':'p','onBehalfOf':{'userId':'u'}"
        "}}");
    is(TH_F_USER_ID, "p", "principalId goes first");
    map("{'userIdentity':{'type':'IAMUser','onBehalfOf':{'userId':'u'}}}");
    is(TH_F_USER_ID, NULL, "other types don't take it");

    map("{'eventName':'UserAuthentication','userIdentity':{'type':'IdentityCenterUser'},"
        "'additionalEventData':{'UserName':'ivy@corp.example'}}");
    is(TH_F_USER_NAME, "ivy@corp.example", "UserAuthentication names its user");
    is(TH_F_USER_EMAIL, "ivy@corp.example", "who is an address");
    map("{'eventName':'UserAuthentication','userIdentity':{'userName':'x'},'additionalEventData':{'"
        "UserName':'y'}}");
    is(TH_F_USER_NAME, "x", "only when there is no name yet");
    map("{'eventName':'Other','additionalEventData':{'UserName':'y'}}");
    is(TH_F_USER_NAME, NULL, "other events don't");
}

static void test_accounts(void)
{
    map("{'userIdentity':{'accountId':'1'},'recipientAccountId':'2','awsAccountId':'3'}");
    is(TH_F_CLOUD_ACCOUNT_ID, "1", "the caller's account");
    is(TH_F_RECIPIENT_ACCOUNT_ID, "2", "the recipient's stays");
    is(TH_F_OWN_TONE, "notable", "two accounts: notable");
    map("{'userIdentity':{'accountId':'2'},'recipientAccountId':'2'}");
    is(TH_F_OWN_TONE, "routine", "one account: not");
    map("{'recipientAccountId':'2','awsAccountId':'3'}");
    is(TH_F_CLOUD_ACCOUNT_ID, "2", "else the recipient's");
    map("{'awsAccountId':'3'}");
    is(TH_F_CLOUD_ACCOUNT_ID, "3", "else the digest's");
    map("{'userIdentity':{'accountId':'-'},'recipientAccountId':'2'}");
    is(TH_F_CLOUD_ACCOUNT_ID, "2", "a dash is no account");

    map("{'sharedEventID':'a','sharedEventId':'b'}");
    is(TH_F_SHARED_EVENT_ID, "a", "sharedEventID first");
    map("{'sharedEventId':'b'}");
    is(TH_F_SHARED_EVENT_ID, "b", "else sharedEventId");
    map("{'sharedEventID':'','sharedEventId':'b'}");
    is(TH_F_SHARED_EVENT_ID, "b", "also when the first is empty");

    map("{'requestParameters':{'userName':'t','newUserName':'n','groupName':'g'},"
        "'responseElements':{'user':{'userId':'i'},'group':{'groupId':'k'}}}");
    is(TH_F_USER_TARGET_NAME, "t", "user.target.name");
    is(TH_F_USER_CHANGES_NAME, "n", "user.changes.name");
    is(TH_F_GROUP_NAME, "g", "group.name");
    is(TH_F_USER_TARGET_ID, "i", "user.target.id");
    is(TH_F_GROUP_ID, "k", "group.id");
}

static void test_session(void)
{
    map("{'userIdentity':{'type':'AssumedRole','principalId':'AROA1:s1','accessKeyId':'ASIA1'}}");
    is(TH_F_OWN_SESSION, "ASIA1", "a session is known by its temporary key");
    map("{'userIdentity':{'type':'IAMUser','principalId':'AIDA1','accessKeyId':'ASIA2'}}");
    is(TH_F_OWN_SESSION, "ASIA2", "a user's too");
    map("{'userIdentity':{'type':'AssumedRole','principalId':'AROA1:s1'}}");
    is(TH_F_OWN_SESSION, "AROA1:s1", "without a key by role and session name");
    map("{'userIdentity':{'type':'AssumedRole','principalId':'AROA1:s1','accessKeyId':'-'}}");
    is(TH_F_OWN_SESSION, "AROA1:s1", "a key that says nothing is none");
    map("{'userIdentity':{'type':'FederatedUser','principalId':'1:carol'}}");
    is(TH_F_OWN_SESSION, "1:carol", "a federated user's session");
    map("{'userIdentity':{'type':'IAMUser','principalId':'AIDA1','accessKeyId':'AKIA1'}}");
    is(TH_F_OWN_SESSION, NULL, "a long-term key is no session");
    map("{'userIdentity':{'type':'SAMLUser','principalId':'q:dora'}}");
    is(TH_F_OWN_SESSION, NULL, "nor is who only asks for one");
    map("{'userIdentity':{'type':'AssumedRole','principalId':'AROA1'}}");
    is(TH_F_OWN_SESSION, NULL, "nor a role without a session");
    map("{'userIdentity':{'type':'AWSService','invokedBy':'ec2.amazonaws.com'}}");
    is(TH_F_OWN_SESSION, NULL, "nor a service");
}

int main(void)
{
    map_begin();
    test_session();
    test_identity();
    test_services();
    test_identity_center();
    test_accounts();
    return map_done();
}
