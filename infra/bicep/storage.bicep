// Storage of the function app of one region: its packages and the locks of the Functions host. Each
// region has its own, so that none depends on another.

param name string
param region string
param isPrivate bool

@description('Identity of the function app.')
param ownerName string

resource owner 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: ownerName
}

resource storage 'Microsoft.Storage/storageAccounts@2026-04-01' = {
  name: name
  location: region
  kind: 'StorageV2'
  sku: { name: 'Standard_ZRS' }
  properties: {
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: { defaultAction: isPrivate ? 'Deny' : 'Allow', bypass: 'None' }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2026-04-01' = {
  parent: storage
  name: 'default'
}

resource packages 'Microsoft.Storage/storageAccounts/blobServices/containers@2026-04-01' = {
  parent: blobs
  name: 'packages'
  properties: { publicAccess: 'None' }
}

// Blobs only: queues and tables are for triggers that we do not have.
var blobDataOwner = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b' // Storage Blob Data Owner
)

resource ownership 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: storage
  name: guid(storage.id, ownerName, blobDataOwner)
  properties: {
    roleDefinitionId: blobDataOwner
    principalId: owner.properties.principalId
    principalType: 'ServicePrincipal'
  }
}

output id string = storage.id
