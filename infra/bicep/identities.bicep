// Who may do what with the data. Local authentication is off, so this is the whole list. Actions
// are those of reference-data-plane-security; a query of the SDK needs executeQuery and
// readChangeFeed. test/roles/ runs each program with exactly these, and with each one less.

import { access } from 'promises.bicep'

param token string
param accountName string
param insightsName string

@description('Identities of the function apps.')
param processors { name: string, region: string }[]

@description('Region of the identities that clients may use.')
param clientRegion string

param hasHttpApi bool
param accessGrants access[]

var accountActions = 'Microsoft.DocumentDB/databaseAccounts'
var containerActions = '${accountActions}/sqlDatabases/containers'

// In scopes of data-plane roles dbs and colls take the place of sqlDatabases and containers.
var itemsScope = '/dbs/todos/colls/items'
var leasesScope = '/dbs/todos/colls/leases'

var roles = {
  // Every SDK reads regions, partition key and physical partitions when it connects.
  metadataReader: { scope: '', dataActions: ['${accountActions}/readMetadata'] }
  // Creates requests, and looks up those whose id is taken; what others submitted it reads only if
  // it knows the id. Data actions end at the container: a submitter can create any document in
  // items, so the drain trusts none of them.
  submitter: {
    scope: itemsScope
    dataActions: ['${containerActions}/items/create', '${containerActions}/items/read']
  }
  // Hears the doorbell, finds late projects, calls the drain. Whether Cosmos DB wants item actions
  // too, for what the drain writes, could not be tried: if drains answer 403, add them here.
  processor: {
    scope: itemsScope
    dataActions: [
      '${containerActions}/executeQuery'
      '${containerActions}/executeStoredProcedure'
      '${containerActions}/readChangeFeed'
    ]
  }
  leaseOwner: {
    scope: leasesScope
    dataActions: [
      '${containerActions}/executeQuery'
      '${containerActions}/items/create'
      '${containerActions}/items/delete'
      '${containerActions}/items/read'
      '${containerActions}/items/replace'
      '${containerActions}/readChangeFeed'
    ]
  }
  // Lists todos, and hears of new ones.
  follower: {
    scope: itemsScope
    dataActions: ['${containerActions}/executeQuery', '${containerActions}/readChangeFeed']
  }
  // Also looks up single requests.
  reader: {
    scope: itemsScope
    dataActions: [
      '${containerActions}/executeQuery'
      '${containerActions}/items/read'
      '${containerActions}/readChangeFeed'
    ]
  }
}

// A subscriber that takes part in the leases could disturb the doorbell, but lose nothing: the
// sweep drains too.
var rolesOf = {
  // With what it may as a processor, a submitter can answer all that the HTTP API is asked.
  processor: concat(['metadataReader', 'processor', 'leaseOwner'], hasHttpApi ? ['submitter'] : [])
  submitter: ['metadataReader', 'submitter']
  subscriber: ['metadataReader', 'follower', 'leaseOwner']
  auditor: ['metadataReader', 'reader']
}

var members = concat(
  map(processors, processor => { ...processor, roles: rolesOf.processor }),
  map(['submitter', 'subscriber', 'auditor'], client => {
    name: 'id-todos-${token}-${client}'
    region: clientRegion
    roles: rolesOf[client]
  })
)
var memberGrants = flatten(map(
  range(0, length(members)),
  i => map(members[i].roles, role => { member: i, name: members[i].name, role: role })
))
var guestGrants = flatten(map(
  accessGrants,
  grant => map(rolesOf[grant.role], role => { principalId: grant.principalId, role: role })
))

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-10-15' existing = {
  name: accountName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource identities 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = [
  for member in members: {
    name: member.name
    location: member.region
  }
]

// One after the other, here and below: the account changes one role at a time.
@batchSize(1)
resource roleDefinitions 'Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions@2025-10-15' = [
  for role in items(roles): {
    parent: account
    name: guid(account.id, role.key)
    properties: {
      roleName: 'todos ${role.key}'
      type: 'CustomRole'
      assignableScopes: ['${account.id}${role.value.scope}']
      permissions: [{ dataActions: role.value.dataActions }]
    }
  }
]

@batchSize(1)
resource memberAssignments 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-10-15' = [
  for grant in memberGrants: {
    parent: account
    name: guid(account.id, grant.name, grant.role)
    properties: {
      roleDefinitionId: '${account.id}/sqlRoleDefinitions/${guid(account.id, grant.role)}'
      scope: '${account.id}${roles[grant.role].scope}'
      principalId: identities[grant.member].properties.principalId
    }
    dependsOn: [roleDefinitions]
  }
]

@batchSize(1)
resource guestAssignments 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-10-15' = [
  for grant in guestGrants: {
    parent: account
    name: guid(account.id, grant.principalId, grant.role)
    properties: {
      roleDefinitionId: '${account.id}/sqlRoleDefinitions/${guid(account.id, grant.role)}'
      scope: '${account.id}${roles[grant.role].scope}'
      principalId: grant.principalId
    }
    dependsOn: [memberAssignments]
  }
]

var metricsPublisher = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  '3913510d-42f4-4e42-8a64-420c390055eb' // Monitoring Metrics Publisher
)

resource publishers 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (processor, i) in processors: {
    scope: insights
    name: guid(insights.id, processor.name, metricsPublisher)
    properties: {
      roleDefinitionId: metricsPublisher
      principalId: identities[i].properties.principalId
      principalType: 'ServicePrincipal'
    }
  }
]

@export()
type clientIds = { submitter: string, subscriber: string, auditor: string }

output clientIds clientIds = {
  submitter: identities[length(processors)].properties.clientId
  subscriber: identities[length(processors) + 1].properties.clientId
  auditor: identities[length(processors) + 2].properties.clientId
}
