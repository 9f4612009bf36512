// The HTTP API is never open to everybody.
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
param httpApiAccess = { kind: 'anonymous' }
