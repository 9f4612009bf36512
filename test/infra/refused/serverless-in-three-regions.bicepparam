// Serverless accounts live in one region.
using '../../../infra/bicep/main.bicep'

param environmentName = 'refused'
param groupRegion = 'swedencentral'
param dataPlacement = {
  durability: 'region'
  regions: ['swedencentral', 'germanywestcentral', 'northeurope']
  appRegions: ['swedencentral', 'germanywestcentral']
  capacity: { mode: 'serverless' }
}
param network = 'public'
param alwaysReadyInstances = 0
param alertEmail = 'on-call@example.com'
