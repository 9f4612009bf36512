// Everything that the pipeline needs in Azure, as an inventory. Safe to run again: names follow
// from the subscription, the environment and the region, and a second run changes nothing.
targetScope = 'subscription'

import { clientIds } from 'identities.bicep'
import { access, accountRegions, appRegions, httpApi, placement } from 'promises.bicep'

@description('Names everything, and tells environments apart.')
@minLength(2)
@maxLength(20)
param environmentName string

@description('''Region that keeps the records of the resource group, the logs, and the identities of
clients. Better not the write region: while it is down nothing in the group can be changed, and no
failover started by hand. It never changes.''')
param groupRegion string

@description('Where the data lives, and what it survives.')
param dataPlacement placement

@description('''public: endpoints on the internet, which ask for an identity.
private: endpoints in a virtual network of each app region only.''')
param network 'public' | 'private'

@description('Node version of the function apps.')
param nodeVersion '22' | '24' = '24'

@description('''Instances of processRequests that never stop. 0: the app stops when nothing happens,
and the first request after that waits. 1: it does not. 2 and more: they are in different zones.''')
@minValue(0)
@maxValue(20)
param alwaysReadyInstances int

@description('What stands in front of the HTTP API.')
param httpApiAccess httpApi = { kind: 'off' }

@description('Existing identities that may use the data.')
param accessGrants access[] = []

@description('Mailbox of the people on call.')
param alertEmail string

var isPrivate = network == 'private'
var token = uniqueString(subscription().id, environmentName)
var accountName = 'cosmos-todos-${token}'
var insightsName = 'appi-todos-${token}'
var apps = map(appRegions(dataPlacement), region => {
  region: region
  name: 'func-todos-${token}-${region}'
  identityName: 'id-todos-${token}-processor-${region}'
  storageName: 'st${uniqueString(subscription().id, environmentName, region)}'
})

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-todos-${environmentName}'
  location: groupRegion
  // azd finds the group by this tag.
  tags: { 'azd-env-name': environmentName }
}

module monitoring 'monitoring.bicep' = {
  scope: group
  params: {
    token: token
    region: groupRegion
    insightsName: insightsName
    alertEmail: alertEmail
  }
}

module account 'cosmos-account.bicep' = {
  scope: group
  params: {
    name: accountName
    durability: dataPlacement.durability
    recordRegion: groupRegion
    regions: accountRegions(dataPlacement)
    itemsThousandRuPerSecond: dataPlacement.capacity.?itemsThousandRuPerSecond
    isPrivate: isPrivate
    workspaceId: monitoring.outputs.workspaceId
  }
}

module identities 'identities.bicep' = {
  scope: group
  params: {
    token: token
    accountName: accountName
    insightsName: insightsName
    processors: map(apps, app => { name: app.identityName, region: app.region })
    clientRegion: groupRegion
    hasHttpApi: httpApiAccess.kind != 'off'
    accessGrants: accessGrants
  }
  dependsOn: [account, monitoring]
}

module storages 'storage.bicep' = [
  for app in apps: {
    scope: group
    params: {
      name: app.storageName
      region: app.region
      isPrivate: isPrivate
      ownerName: app.identityName
    }
    dependsOn: [identities]
  }
]

// Each region's network has a group of its own: two private endpoints of one account cannot share a
// DNS zone, and a group holds one zone of a name (failover-considerations-for-private-endpoints).
resource networkGroups 'Microsoft.Resources/resourceGroups@2025-04-01' = [
  for app in apps: if (isPrivate) {
    name: '${group.name}-network-${app.region}'
    location: app.region
  }
]

module networks 'private-network.bicep' = [
  for (app, i) in apps: if (isPrivate) {
    scope: networkGroups[i]
    params: {
      region: app.region
      number: i
      accountId: account.outputs.id
      storageId: storages[i].outputs.id
    }
  }
]

// Last: an app that starts before its roles, containers or stored procedure just never scales.
module functionApps 'function-app.bicep' = [
  for (app, i) in apps: {
    scope: group
    params: {
      name: app.name
      region: app.region
      // azure.yaml knows the app by this name.
      azdServiceName: i == 0 ? 'app' : 'app-${i + 1}'
      nodeVersion: nodeVersion
      alwaysReadyInstances: alwaysReadyInstances
      durability: dataPlacement.durability
      // Its own region first, then the others in order of failover.
      preferredRegions: union([app.region], accountRegions(dataPlacement))
      accountName: accountName
      identityName: app.identityName
      storageName: app.storageName
      insightsName: insightsName
      httpApiAccess: httpApiAccess
      subnetId: isPrivate ? networks[i]!.outputs.appSubnetId : null
    }
    dependsOn: [identities, storages]
  }
]

module alerts 'alerts.bicep' = {
  scope: group
  params: {
    region: groupRegion
    durability: dataPlacement.durability
    accountName: accountName
    appNames: map(apps, app => app.name)
    workspaceId: monitoring.outputs.workspaceId
    actionGroupId: monitoring.outputs.actionGroupId
  }
  dependsOn: [account]
}

output resourceGroupName string = group.name

@description('One in each app region; each gets the same package.')
output functionApps { name: string, region: string }[] = map(apps, app => {
  name: app.name
  region: app.region
})

@description('For COSMOS__accountEndpoint of a client.')
output cosmosEndpoint string = account.outputs.endpoint

@description('For COSMOS__clientId of a client that runs with one of these identities.')
output clientIds clientIds = identities.outputs.clientIds
