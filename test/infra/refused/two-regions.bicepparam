// With two regions the loss of one stops the writes.
using '../../../infra/bicep/main.bicep'

param environmentName = 'refused'
param groupRegion = 'swedencentral'
param dataPlacement = {
  durability: 'region'
  regions: ['swedencentral', 'germanywestcentral']
  appRegions: ['swedencentral', 'germanywestcentral']
  capacity: { mode: 'autoscale', itemsThousandRuPerSecond: 4 }
}
param network = 'public'
param alwaysReadyInstances = 0
param alertEmail = 'on-call@example.com'
