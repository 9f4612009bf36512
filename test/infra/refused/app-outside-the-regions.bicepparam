// An app far from its data would wait for each call.
using '../../../infra/bicep/main.bicep'

param environmentName = 'refused'
param groupRegion = 'swedencentral'
param dataPlacement = {
  durability: 'region'
  regions: ['swedencentral', 'germanywestcentral', 'northeurope']
  appRegions: ['swedencentral', 'eastus']
  capacity: { mode: 'autoscale', itemsThousandRuPerSecond: 4 }
}
param network = 'public'
param alwaysReadyInstances = 0
param alertEmail = 'on-call@example.com'
