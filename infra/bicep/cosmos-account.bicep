// The account with its database, both containers and the stored procedure. With Entra ID only the
// control plane may create these (403/5300 otherwise), so nobody creates them at run time.

param name string
param durability 'zone' | 'region'

@description('Where the record of the account is kept; it says nothing about the data and never changes.')
param recordRegion string

@description('In order of failover; the first takes the writes.')
param regions string[]

@description('Absent: serverless.')
param itemsThousandRuPerSecond int?

param isPrivate bool
param workspaceId string

var isServerless = itemsThousandRuPerSecond == null

// Built by build.ts: { name: 'drain-<hash of the text>' }. Old drains stay for the apps that still
// call them; a container takes 100.
var drain = loadJsonContent('../../dist/drain.json')

// A change of locations must be the only change of the account in its deployment, and zone
// redundancy is set when a region is added (manage-with-bicep, reliability-cosmos-db-nosql). To go
// from zone to region add the regions first (az cosmosdb update --locations), then deploy.
resource account 'Microsoft.DocumentDB/databaseAccounts@2025-10-15' = {
  name: name
  // Resource Manager refuses another location for what exists. The write region moves, so not that.
  location: recordRegion
  kind: 'GlobalDocumentDB'
  properties: {
    databaseAccountOfferType: 'Standard'
    locations: [
      for (region, i) in regions: {
        locationName: region
        failoverPriority: i
        isZoneRedundant: true
      }
    ]
    // Strong means RPO 0 for a region. In one region a write is on a quorum of zones either way.
    consistencyPolicy: { defaultConsistencyLevel: durability == 'region' ? 'Strong' : 'Session' }
    enableAutomaticFailover: durability == 'region'
    // Several write regions settle conflicts by the last writer: counters would lose numbers.
    enableMultipleWriteLocations: false
    capabilities: isServerless ? [{ name: 'EnableServerless' }] : []
    // Against human error; 7 days cost nothing.
    backupPolicy: {
      type: 'Continuous'
      continuousModeProperties: { tier: isServerless ? 'Continuous7Days' : 'Continuous30Days' }
    }
    disableLocalAuth: true
    disableKeyBasedMetadataWriteAccess: true
    minimalTlsVersion: 'Tls12'
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAclBypass: 'None'
  }
}

resource database 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2025-10-15' = {
  parent: account
  name: 'todos'
  properties: { resource: { id: 'todos' } }
}

// A new partition key or name is a new container: new leases, and a replay from the beginning.
resource items 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2025-10-15' = {
  parent: database
  name: 'items'
  properties: {
    resource: {
      id: 'items'
      partitionKey: { kind: 'Hash', version: 2, paths: ['/projectId'] }
      indexingPolicy: loadJsonContent('items-indexing-policy.json')
      // No defaultTtl: a request that carries a ttl must not disappear before it is done.
    }
    options: isServerless
      ? null
      : { autoscaleSettings: { maxThroughput: itemsThousandRuPerSecond! * 1000 } }
  }
}

// The change feed processor wants the key /id and lets each lease say when it ends. It has its own
// throughput, so that a busy items container never costs a lease.
resource leases 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2025-10-15' = {
  parent: database
  name: 'leases'
  properties: {
    resource: {
      id: 'leases'
      partitionKey: { kind: 'Hash', version: 2, paths: ['/id'] }
      defaultTtl: -1
    }
    options: isServerless ? null : { autoscaleSettings: { maxThroughput: 1000 } }
  }
}

resource drainProcedure 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/storedProcedures@2025-10-15' = {
  parent: items
  name: drain.name
  properties: {
    resource: {
      id: drain.name
      body: loadTextContent('../../dist/drain.js')
    }
  }
}

// The stable version, of 2016, knows no categories.
#disable-next-line use-recent-api-versions
resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: account
  name: 'to-workspace'
  properties: {
    workspaceId: workspaceId
    logAnalyticsDestinationType: 'Dedicated'
    logs: [
      { category: 'ControlPlaneRequests', enabled: true }
      // Names the largest logical partitions, before one is full.
      { category: 'PartitionKeyStatistics', enabled: true }
    ]
    metrics: [{ category: 'Requests', enabled: true }]
  }
}

output id string = account.id
output endpoint string = account.properties.documentEndpoint
