// Somebody must say which applications may call.
using '../../../infra/bicep/main.bicep'

param environmentName = 'refused'
param groupRegion = 'swedencentral'
param dataPlacement = {
  durability: 'zone'
  region: 'swedencentral'
  capacity: { mode: 'serverless' }
}
param network = 'public'
param alwaysReadyInstances = 0
param alertEmail = 'on-call@example.com'
param httpApiAccess = {
  kind: 'entra'
  clientId: '00000000-0000-0000-0000-000000000000'
  allowedClientIds: []
}
