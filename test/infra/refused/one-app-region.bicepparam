// If the region of the only app is lost, nobody drains.
using '../../../infra/bicep/main.bicep'

param environmentName = 'refused'
param groupRegion = 'swedencentral'
param dataPlacement = {
  durability: 'region'
  regions: ['swedencentral', 'germanywestcentral', 'northeurope']
  appRegions: ['swedencentral']
  capacity: { mode: 'autoscale', itemsThousandRuPerSecond: 4 }
}
param network = 'public'
param alwaysReadyInstances = 0
param alertEmail = 'on-call@example.com'
