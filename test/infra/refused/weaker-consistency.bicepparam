// Without strong consistency a lost region takes accepted requests with it.
using '../../../infra/bicep/main.bicep'

param environmentName = 'refused'
param groupRegion = 'swedencentral'
param dataPlacement = {
  durability: 'region'
  regions: ['swedencentral', 'germanywestcentral', 'northeurope']
  appRegions: ['swedencentral', 'germanywestcentral']
  capacity: { mode: 'autoscale', itemsThousandRuPerSecond: 4 }
  consistency: 'Session'
}
param network = 'public'
param alwaysReadyInstances = 0
param alertEmail = 'on-call@example.com'
