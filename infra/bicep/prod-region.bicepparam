// Production in three regions, in private networks: no accepted request is lost with a region.
using 'main.bicep'

param environmentName = 'prod-region'
param groupRegion = 'northeurope'
param dataPlacement = {
  durability: 'region'
  regions: ['swedencentral', 'germanywestcentral', 'northeurope']
  appRegions: ['swedencentral', 'germanywestcentral']
  capacity: { mode: 'autoscale', itemsThousandRuPerSecond: 20 }
}
param network = 'private'
param alwaysReadyInstances = 1
param alertEmail = readEnvironmentVariable('ALERT_EMAIL', 'on-call@example.com')
